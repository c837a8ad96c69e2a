//! Objects: keys, what is known of each, and their bytes.
//!
//! The index is an SQLite database; bytes are in it where they are few, and in a file of their own where not. A write is
//! seen by nobody before it is on the disk: first the file is synced, then the index commits. Writers that come together
//! share one sync.
//!
//! | file | what it holds |
//! |---|---|
//! | `draft` | bytes on their way in |
//! | `content` | where an object's bytes are, and reading them |
//! | `index` | the database, and the one thread that writes it |
//! | `mark` | what of the database was last acknowledged |
//! | `object` | put, get, list, change, delete |
//! | `upload` | multipart uploads |
//!
//! # Invariants
//! - What is acknowledged is on the disk; what is not is seen by nobody, and swept at the next start.
//! - Where anything that was acknowledged is lost from the index, it does not open.
//! - Buckets are known by unique ids, so that a new bucket of an old name holds nothing.

mod content;
mod draft;
mod error;
mod index;
mod mark;
mod object;
mod upload;

use std::{
    collections::HashSet,
    fs::{self, File},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, atomic::AtomicU64},
};

pub use content::{Content, Reader};
pub use draft::Draft;
pub use error::Error;
pub use object::{Listed, Object, Page, Wanted};
pub use upload::{Part, Upload};

use index::Index;

/// The objects of all buckets.
pub struct Objects {
    directory: PathBuf,
    index: Index,
    /// The number of this run of the process: files are kept apart by it.
    run: u64,
    next_file: AtomicU64,
    /// Buckets that are being deleted.
    closed: Mutex<HashSet<String>>,
}

impl Objects {
    /// Opens the objects in a directory, or makes one where there are none, and sweeps what an earlier run left half done.
    ///
    /// # Errors
    /// If the disk or the database refuses, or the index has lost anything that was acknowledged.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let (index, last_run) = Index::open(&directory.join("index.db"))?;
        let run = last_run + 1;
        let files = directory.join(run.to_string());
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&files)?;
        sync(directory)?;
        let objects = Self {
            directory: directory.to_owned(),
            index,
            run,
            next_file: AtomicU64::new(1),
            closed: Mutex::default(),
        };
        objects.sweep(last_run)?;
        objects.index.begin_run(run)?;
        Ok(objects)
    }

    /// Removes files that nothing points at: those that were on their way in when the last run ended, and those that
    /// were on their way out.
    fn sweep(&self, last_run: u64) -> Result<(), Error> {
        let used = self.index.files_of_run(last_run)?;
        let directory = self.directory.join(last_run.to_string());
        if directory.is_dir() {
            for entry in fs::read_dir(&directory)? {
                let path = entry?.path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                if !used.contains(&format!("{last_run}/{name}")) {
                    fs::remove_file(&path)?;
                }
            }
        }
        self.remove_garbage()
    }

    /// Removes the files of what has been deleted or replaced.
    fn remove_garbage(&self) -> Result<(), Error> {
        let garbage = self.index.garbage()?;
        for file in &garbage {
            match fs::remove_file(self.directory.join(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
        }
        self.index.forget(garbage)
    }

    /// Closes a bucket to writers, if nothing is in it. Whoever does not delete it then must open it again.
    ///
    /// # Errors
    /// If the index cannot be read.
    pub fn close_if_empty(&self, bucket: &str) -> Result<bool, Error> {
        // Closed first, so that nothing slips in behind the look.
        self.closed().insert(bucket.to_owned());
        let is_empty = self.index.is_empty(bucket);
        if !matches!(is_empty, Ok(true)) {
            self.reopen(bucket);
        }
        is_empty
    }

    /// Opens a bucket to writers again.
    pub fn reopen(&self, bucket: &str) {
        self.closed().remove(bucket);
    }

    fn closed(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tidies up before the process ends.
    pub fn close(&self) {
        self.index.checkpoint();
    }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests;
