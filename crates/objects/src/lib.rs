//! Objects: keys, what is known of each, and their bytes.
//!
//! The index is an SQLite database; bytes are in it where they are few, and in a blob of their own where not: a file, or an
//! object of an outer store, which then holds all bytes. A write is seen by nobody before it lasts: first the blob, then
//! the index commits. Writers that come together share one sync.
//!
//! | file | what it holds |
//! |---|---|
//! | `draft` | bytes on their way in |
//! | `content` | where an object's bytes are, and reading them |
//! | `blobs` | bytes that are not in the index: in `files`, or in the `outer` store |
//! | `sweeper` | the one thread that removes blobs which have become nobody's |
//! | `index` | the database, and the one thread that writes it |
//! | `mark` | what of the database was last acknowledged |
//! | `object` | put, get, list, change, delete |
//! | `upload` | multipart uploads |
//!
//! # Invariants
//! - Where anything that was acknowledged is lost from the index, it does not open.
//! - What is acknowledged lasts; what is not is seen by nobody.
//! - A blob's name is in the index before its first byte is anywhere: as a draft's, an object's, or garbage. So nothing is
//!   ever looked for in files or in the outer store, however much is there.
//! - Buckets are known by unique ids, so that a new bucket of an old name holds nothing.

mod blobs;
mod content;
mod draft;
mod error;
mod files;
mod index;
mod mark;
mod object;
mod outer;
mod sweeper;
mod upload;

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::DirBuilderExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

pub use content::{Content, Reader};
pub use draft::Draft;
pub use error::Error;
pub use object::{Listed, Object, Page, Wanted};
pub use outer::{Credentials, OuterStore};
pub use upload::{Part, Upload};

use blobs::Blobs;
use files::Files;
use index::Index;
use outer::Outer;
use sweeper::Sweeper;

/// The objects of all buckets.
pub struct Objects {
    index: Arc<Index>,
    blobs: Arc<Blobs>,
    sweeper: Sweeper,
    names: Mutex<Names>,
    /// Buckets that are being deleted.
    closed: Mutex<HashSet<String>>,
}

/// Names for blobs: the run of the process, and a number.
struct Names {
    run: u64,
    next: u64,
    /// Those that are written down, and not given to anybody.
    noted: Vec<String>,
}

/// How many names are written down at once, so that few commits are for that.
const NOTED: u64 = 64;

impl Objects {
    /// Opens the objects of a directory, or makes one where there are none, and begins to remove what an earlier run left
    /// half done. With an outer store, that holds the bytes.
    ///
    /// # Errors
    /// If the disk or the database refuses, or the index has lost anything that was acknowledged; if the outer store cannot be used, or is not the one that the objects are in.
    pub fn open(directory: &Path, outer: Option<OuterStore>) -> Result<Self, Error> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let (index, last_run) = Index::open(&directory.join("index.db"))?;
        let blobs = match outer {
            None => Blobs::Files(files(directory, &index)?),
            Some(store) => Blobs::Outer(Arc::new(folder(store, &index)?)),
        };
        let run = last_run + 1;
        blobs.begin_run(run)?;
        index.begin_run(run)?;
        let (index, blobs) = (Arc::new(index), Arc::new(blobs));
        let sweeper = Sweeper::begin(Arc::clone(&index), Arc::clone(&blobs), run)?;
        let names = Mutex::new(Names { run, next: 1, noted: Vec::new() });
        Ok(Self { index, blobs, sweeper, names, closed: Mutex::default() })
    }

    /// A name for a blob. It is written down before anybody has it: whatever happens then, the next start knows that the
    /// blob may be there.
    fn name(&self) -> Result<String, Error> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if names.noted.is_empty() {
            let next = names.next + NOTED;
            let noted: Vec<String> = (names.next..next).rev().map(|number| format!("{}/{number}", names.run)).collect();
            self.index.note_drafts(noted.clone())?;
            names.next = next;
            names.noted = noted;
        }
        names.noted.pop().ok_or_else(|| Error::Failed("there are no names".to_owned()))
    }

    /// Gives blobs up that have not become anybody's.
    fn abandon(&self, blobs: Vec<String>) {
        // If the index refuses, they are drafts until the next start.
        if self.index.abandon(blobs).is_ok() {
            self.sweeper.wake();
        }
    }

    /// Tidies up after a write that brought these blobs: whether it has made others nobody's, or has not come about.
    fn tidy(&self, brought: Vec<String>, written: Result<bool, Error>) -> Result<(), Error> {
        match written {
            Ok(true) => self.sweeper.wake(),
            Ok(false) => {}
            Err(error) => {
                // Whether a commit that failed is on the disk is known at the next start only.
                if matches!(error, Error::Unmet | Error::Closed) && !brought.is_empty() {
                    self.abandon(brought);
                }
                return Err(error);
            }
        }
        Ok(())
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

/// The files of this directory.
fn files(directory: &Path, index: &Index) -> Result<Files, Error> {
    match index.outer()? {
        None => Ok(Files(directory.to_owned())),
        Some(_) => {
            Err(Error::Failed("the objects' bytes are in an object store: start with --object-store".to_owned()))
        }
    }
}

/// The folder in the outer store that is this directory's: the one that it has, or a new one.
fn folder(store: OuterStore, index: &Index) -> Result<Outer, Error> {
    if let Some(id) = index.outer()? {
        let outer = Outer::new(store, id);
        outer.must_be_marked()?;
        return Ok(outer);
    }
    if !index.is_unused()? {
        let message = "there are objects whose bytes are in files: start without --object-store";
        return Err(Error::Failed(message.to_owned()));
    }
    let id = index.new_id()?;
    let outer = Outer::new(store, id.clone());
    outer.mark()?;
    outer.must_be_marked()?;
    index.bind(id)?;
    Ok(outer)
}

#[cfg(test)]
mod tests;
