//! A blob on its way out: whole if it is short, in parts if not, so that it needs the same memory however long it is.

use std::{mem, sync::Arc};

use super::Outer;
use crate::Error;

/// The shortest that a part may be, but for the last. Ten thousand of them are more than one request may bring.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PART: usize = 5 * 1024 * 1024;

/// A blob that grows. If it is dropped before it is finished, no upload goes on.
pub(crate) struct Sending {
    outer: Arc<Outer>,
    key: String,
    waiting: Vec<u8>,
    upload: Option<Upload>,
}

struct Upload {
    id: String,
    /// The entity tags of the parts that are there.
    etags: Vec<String>,
}

impl Sending {
    pub fn new(outer: Arc<Outer>, name: &str) -> Self {
        let key = outer.key(name);
        Self { outer, key, waiting: Vec::new(), upload: None }
    }

    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            if self.waiting.len() == PART {
                self.send_part()?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PART - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<(), Error> {
        if self.upload.is_none() {
            return Ok(self.outer.store.put(&self.key, &self.waiting)?);
        }
        self.send_part()?;
        if let Some(Upload { id, etags }) = &self.upload {
            self.outer.store.complete_upload(&self.key, id, etags)?;
        }
        self.upload = None;
        Ok(())
    }

    fn send_part(&mut self) -> Result<(), Error> {
        let store = &self.outer.store;
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(Upload { id: store.begin_upload(&self.key)?, etags: Vec::new() }),
        };
        let etag = store.put_part(&self.key, &upload.id, upload.etags.len() + 1, &self.waiting)?;
        upload.etags.push(etag);
        self.waiting.clear();
        Ok(())
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if let Some(Upload { id, .. }) = mem::take(&mut self.upload) {
            // What cannot be given up now is at the next start.
            let _ = self.outer.store.abort_upload(&self.key, &id);
        }
    }
}
