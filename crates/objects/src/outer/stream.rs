//! A blob on its way in, as one answer; if that breaks off, another one goes on from there.

use std::{
    io::{self, Read},
    sync::Arc,
};

use ureq::BodyReader;

use super::{Outer, store::Refusal};
use crate::Error;

/// How many answers in a row may break off before they have brought a byte.
const MAX_BARREN: u8 = 3;

/// Reads a part of a blob.
pub(crate) struct Stream {
    outer: Arc<Outer>,
    name: String,
    from: u64,
    left: u64,
    answer: Option<BodyReader<'static>>,
    barren: u8,
}

impl Stream {
    pub fn new(outer: Arc<Outer>, name: &str, skip: u64, length: u64) -> Self {
        Self { outer, name: name.to_owned(), from: skip, left: length, answer: None, barren: 0 }
    }

    /// Asks for what is left. The first read does so too, but the answer has begun by then.
    ///
    /// # Errors
    /// [`Error::Unmet`] if the blob is not there.
    pub fn ask(&mut self) -> Result<(), Error> {
        let body = match self.outer.store.get(&self.outer.key(&self.name), self.from, self.left) {
            Err(Refusal::Absent) => return Err(Error::Unmet),
            body => body?,
        };
        self.answer = Some(body.into_reader());
        Ok(())
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left > 0 && !buffer.is_empty() {
            let Some(answer) = &mut self.answer else {
                self.ask()?;
                continue;
            };
            match answer.take(self.left).read(buffer) {
                Ok(read) if read > 0 => {
                    self.from += read as u64;
                    self.left -= read as u64;
                    self.barren = 0;
                    return Ok(read);
                }
                _ => {
                    self.answer = None;
                    self.barren += 1;
                    if self.barren >= MAX_BARREN {
                        return Err(Error::Unavailable("the object store breaks off its answers".to_owned()).into());
                    }
                }
            }
        }
        Ok(0)
    }
}
