//! Where blobs are kept: bytes that are not in the index, each under a name that is used once.

use std::sync::Arc;

use crate::{
    Content, Error,
    content::Source,
    files::{Files, Growing},
    outer::{Held, Outer, Sending, Stream},
};

/// Up to so many bytes go into the index itself where blobs are files: one sync for all of a small object.
const SMALL: usize = 128 * 1024;

/// One of the two places.
pub(crate) enum Blobs {
    Files(Files),
    Outer(Arc<Outer>),
}

impl Blobs {
    /// Up to so many bytes go into the index itself. An outer store holds them all.
    pub const fn most_in_index(&self) -> usize {
        match self {
            Self::Files(_) => SMALL,
            Self::Outer(_) => 0,
        }
    }

    /// Makes ready for the blobs of a run.
    pub fn begin_run(&self, run: u64) -> Result<(), Error> {
        match self {
            Self::Files(files) => files.begin_run(run),
            Self::Outer(_) => Ok(()),
        }
    }

    /// Begins a blob.
    pub fn begin(&self, name: &str) -> Result<Blob, Error> {
        Ok(match self {
            Self::Files(files) => Blob::File(files.begin(name)?),
            Self::Outer(outer) => Blob::Outer(Sending::new(Arc::clone(outer), name)),
        })
    }

    /// Reads a blob, from the byte `skip` on, so many.
    ///
    /// # Errors
    /// [`Error::Unmet`] if it is there no longer; in an outer store that is found out when it is read.
    pub fn open(&self, name: &str, skip: u64, length: u64) -> Result<Source, Error> {
        Ok(match self {
            Self::Files(files) => Source::File(files.open(name, skip, length)?),
            Self::Outer(outer) => Source::Outer(Box::new(Stream::new(Arc::clone(outer), name, skip, length))),
        })
    }

    /// Keeps blobs for a reader, until what this gives is dropped. Files need no keeping: what is open is there.
    pub fn hold(&self, content: &Content) -> Option<Held> {
        match self {
            Self::Files(_) => None,
            Self::Outer(outer) => Some(Held::new(outer, content.blobs())),
        }
    }

    /// Removes a blob, if it is there; `false` if it is still being read.
    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        match self {
            Self::Files(files) => files.remove(name).map(|()| true),
            Self::Outer(outer) => outer.remove(name),
        }
    }

    /// Gives up uploads that earlier runs had begun: what they have sent is no blob yet.
    pub fn abort_uploads_before(&self, run: u64) -> Result<(), Error> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Outer(outer) => outer.abort_uploads_before(run),
        }
    }
}

/// A blob that grows.
pub(crate) enum Blob {
    File(Growing),
    Outer(Sending),
}

impl Blob {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Self::File(growing) => growing.write(bytes),
            Self::Outer(sending) => sending.write(bytes),
        }
    }

    /// Makes it last.
    pub fn finish(self) -> Result<(), Error> {
        match self {
            Self::File(growing) => growing.finish(),
            Self::Outer(sending) => sending.finish(),
        }
    }
}
