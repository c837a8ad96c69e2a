//! The commit mark: a small file beside the database that says which revision was last acknowledged.
//!
//! SQLite drops the damaged tail of its write-ahead log silently, and a lost Deny opens access. So each commit, once
//! it is durable in the database, is marked here before it is acknowledged; a database behind its mark does not open.
//!
//! The file has two slots that are written in turn, in place: a torn write spoils one of them and never both, and a
//! full disk cannot refuse it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use aws_lc_rs::hmac;

use crate::database::Digest;

const SLOT: usize = 8 + 16 + 32;

pub(crate) struct Mark {
    file: File,
    key: hmac::Key,
}

/// What was last acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Acknowledged {
    pub revision: u64,
    pub digest: Digest,
}

impl Mark {
    /// Makes the mark of a store that is at `acknowledged`. It is written aside and renamed: a start that is cut short
    /// leaves a whole mark or none.
    pub fn create(path: &Path, key: hmac::Key, acknowledged: Acknowledged) -> io::Result<Self> {
        let aside = path.with_extension("new");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&aside)?;
        file.set_len(2 * SLOT as u64)?;
        let mark = Self { file, key };
        mark.write(acknowledged)?;
        mark.file.sync_all()?;
        fs::rename(&aside, path)?;
        Ok(mark)
    }

    pub fn open(path: &Path, key: hmac::Key) -> io::Result<Self> {
        Ok(Self { file: OpenOptions::new().read(true).write(true).open(path)?, key })
    }

    /// The newer of the slots that are whole.
    pub fn read(&self) -> io::Result<Option<Acknowledged>> {
        let mut newest: Option<Acknowledged> = None;
        for slot in 0..2 {
            let mut bytes = [0; SLOT];
            if self.file.read_exact_at(&mut bytes, slot * SLOT as u64).is_err() {
                continue;
            }
            let (body, tag) = bytes.split_at(24);
            if hmac::verify(&self.key, body, tag).is_err() {
                continue;
            }
            let (revision, digest) = body.split_at(8);
            let (Ok(revision), Ok(digest)) = (revision.try_into(), digest.try_into()) else { continue };
            let found =
                Acknowledged { revision: u64::from_le_bytes(revision), digest: Digest(u128::from_le_bytes(digest)) };
            if newest.is_none_or(|newest| found.revision > newest.revision) {
                newest = Some(found);
            }
        }
        Ok(newest)
    }

    pub fn write(&self, acknowledged: Acknowledged) -> io::Result<()> {
        let mut slot = Vec::with_capacity(SLOT);
        slot.extend_from_slice(&acknowledged.revision.to_le_bytes());
        slot.extend_from_slice(&acknowledged.digest.0.to_le_bytes());
        let tag = hmac::sign(&self.key, &slot);
        slot.extend_from_slice(tag.as_ref());
        self.file.write_all_at(&slot, (acknowledged.revision % 2) * SLOT as u64)?;
        self.file.sync_data()
    }
}
