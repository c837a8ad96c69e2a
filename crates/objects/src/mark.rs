//! The commit mark: a small file beside the index that says which of its revisions was last acknowledged.
//!
//! SQLite drops the damaged tail of its write-ahead log silently, and with it objects that were acknowledged, whose files
//! would then be swept as nobody's. So each commit, once it is durable in the index, is marked here before it is
//! acknowledged; an index behind its mark does not open.
//!
//! The file has two slots that are written in turn, in place: a torn write spoils one of them and never both, and a full
//! disk cannot refuse it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::Path,
};

use crate::sync;

/// The revision, and its complement, by which a slot is known to be whole.
const SLOT: usize = 8 + 8;

pub(crate) struct Mark(File);

impl Mark {
    /// Makes the mark of an index that has acknowledged nothing. It is written aside and renamed: a start that is cut short
    /// leaves a whole mark or none.
    pub fn create(path: &Path) -> io::Result<Self> {
        let aside = path.with_extension("new");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&aside)?;
        file.set_len(2 * SLOT as u64)?;
        let mark = Self(file);
        mark.write(0)?;
        mark.0.sync_all()?;
        fs::rename(&aside, path)?;
        path.parent().map_or(Ok(()), sync)?;
        Ok(mark)
    }

    /// The mark, if there is one.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => Ok(Some(Self(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The revision of the newer of the slots that are whole.
    pub fn read(&self) -> io::Result<u64> {
        let whole = |slot: u64| {
            let (mut revision, mut complement) = ([0; 8], [0; 8]);
            self.0.read_exact_at(&mut revision, slot * SLOT as u64).ok()?;
            self.0.read_exact_at(&mut complement, slot * SLOT as u64 + 8).ok()?;
            let revision = u64::from_le_bytes(revision);
            (u64::from_le_bytes(complement) == !revision).then_some(revision)
        };
        whole(0)
            .max(whole(1))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the commit mark cannot be read"))
    }

    pub fn write(&self, revision: u64) -> io::Result<()> {
        let mut slot = [0; SLOT];
        for (to, from) in slot.iter_mut().zip(revision.to_le_bytes().into_iter().chain((!revision).to_le_bytes())) {
            *to = from;
        }
        self.0.write_all_at(&slot, (revision % 2) * SLOT as u64)?;
        self.0.sync_data()
    }
}
