//! The commit mark: a small file beside the index that says which of its revisions was last acknowledged.
//!
//! SQLite drops the damaged tail of its write-ahead log silently, and with it objects that were acknowledged, whose files
//! would then be swept as nobody's. So each commit, once it is durable in the index, is marked here before it is
//! acknowledged; an index behind its mark does not open.
//!
//! A mark is handed to the system and not waited for: it outlasts the process at once, and reaches the disk in its own
//! time. After a power cut it may speak of some seconds before, which costs nothing but that damage of just these seconds
//! would go unseen; a second wait for the disk would halve what a lone writer can do.
//!
//! The file has two slots that are written in turn, in place: a torn write spoils one of them and never both, and a full
//! disk cannot refuse it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
    path::Path,
};

use crate::files::sync;

/// The revision, and its complement, by which a slot is known to be whole.
const SLOT: u64 = 8 + 8;

pub(crate) struct Mark {
    file: File,
    /// What was last acknowledged.
    pub revision: u64,
    /// The slot that says so.
    slot: u64,
}

impl Mark {
    /// Makes the mark of an index that has acknowledged nothing. It is written aside and renamed: a start that is cut short
    /// leaves a whole mark or none.
    pub fn create(path: &Path) -> io::Result<Self> {
        let aside = path.with_extension("new");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&aside)?;
        let mut mark = Self { file, revision: 0, slot: 0 };
        for _ in 0..2 {
            mark.write(0)?;
        }
        mark.file.sync_all()?;
        fs::rename(&aside, path)?;
        path.parent().map_or(Ok(()), sync)?;
        Ok(mark)
    }

    /// The mark, if there is one: the newer of the slots that are whole.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let whole = |slot: u64| {
            let (mut revision, mut complement) = ([0; 8], [0; 8]);
            file.read_exact_at(&mut revision, slot * SLOT).ok()?;
            file.read_exact_at(&mut complement, slot * SLOT + 8).ok()?;
            let revision = u64::from_le_bytes(revision);
            (u64::from_le_bytes(complement) == !revision).then_some((revision, slot))
        };
        let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "the objects' commit mark cannot be read");
        let (revision, slot) = whole(0).max(whole(1)).ok_or_else(unreadable)?;
        Ok(Some(Self { file, revision, slot }))
    }

    /// Marks a revision.
    pub fn write(&mut self, revision: u64) -> io::Result<()> {
        self.slot = 1 - self.slot;
        let bytes = [revision.to_le_bytes(), (!revision).to_le_bytes()];
        self.file.write_all_at(bytes.as_flattened(), self.slot * SLOT)?;
        self.revision = revision;
        Ok(())
    }
}
