//! Blobs in a bucket of another store: one object for each, under a folder that is this data directory's own.
//!
//! | file | what it does |
//! |---|---|
//! | `location` | the URL of the bucket |
//! | `store` | requests to it, signed, and tried again |
//! | `sending` | a blob on its way out, in parts |
//! | `stream` | a blob on its way in, from where it broke off |

mod location;
mod sending;
mod store;
mod stream;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::Error;

pub use store::{Credentials, OuterStore};

pub(crate) use sending::Sending;
pub(crate) use stream::Stream;

use store::Refusal;

/// The object that shows whose folder it is.
const MARK: &str = "bartizan";
const MARK_TEXT: &[u8] =
    b"The bytes of a Bartizan server's objects. Its data directory knows what they are: keep them together.\n";

/// The folder.
pub(crate) struct Outer {
    store: OuterStore,
    id: String,
    /// The names that are being read, and by how many.
    held: Mutex<HashMap<String, usize>>,
}

impl Outer {
    /// The folder of this id.
    pub fn new(store: OuterStore, id: String) -> Self {
        Self { store, id, held: Mutex::default() }
    }

    /// Marks a new folder.
    pub fn mark(&self) -> Result<(), Error> {
        self.store.put(&self.key(MARK), MARK_TEXT).map_err(|refusal| self.is_no_store(&refusal))
    }

    /// Looks for the mark: this is how the store is known again, wherever it is by now.
    pub fn must_be_marked(&self) -> Result<(), Error> {
        match self.store.get(&self.key(MARK), 0, MARK_TEXT.len() as u64) {
            Ok(_) => Ok(()),
            Err(Refusal::Absent) => {
                let store = &self.store;
                Err(Error::Failed(format!("{store} is not the object store that this data directory's objects are in")))
            }
            Err(refusal) => Err(self.is_no_store(&refusal)),
        }
    }

    fn is_no_store(&self, refusal: &Refusal) -> Error {
        Error::Unavailable(format!("the object store {} cannot be used: {refusal}", self.store))
    }

    pub fn remove(&self, name: &str) -> Result<bool, Error> {
        if self.held().contains_key(name) {
            return Ok(false);
        }
        self.store.delete(&self.key(name))?;
        Ok(true)
    }

    /// Nobody completes the uploads of earlier runs.
    pub fn abort_uploads_before(&self, run: u64) -> Result<(), Error> {
        let ours = self.key(&format!("{run}/"));
        let mut is_truncated = true;
        while is_truncated {
            let (uploads, more) = self.store.uploads(&self.key(""))?;
            let old: Vec<_> = uploads.into_iter().filter(|(key, _)| !key.starts_with(&ours)).collect();
            is_truncated = more && !old.is_empty();
            for (key, id) in old {
                self.store.abort_upload(&key, &id)?;
            }
        }
        Ok(())
    }

    fn key(&self, name: &str) -> String {
        format!("{}{}/{name}", self.store.prefix(), self.id)
    }

    fn held(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Blobs that are being read, and are kept so long.
pub(crate) struct Held {
    outer: Arc<Outer>,
    names: Vec<String>,
}

impl Held {
    pub fn new(outer: &Arc<Outer>, names: Vec<String>) -> Self {
        let mut held = outer.held();
        for name in &names {
            *held.entry(name.clone()).or_default() += 1;
        }
        drop(held);
        Self { outer: Arc::clone(outer), names }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self.outer.held();
        for name in &self.names {
            if let Some(readers) = held.get_mut(name) {
                *readers -= 1;
                if *readers == 0 {
                    held.remove(name);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
