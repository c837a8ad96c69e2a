//! Where bytes are, and reading them.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Cursor, Read, Take},
};

use serde::{Deserialize, Serialize};

use crate::outer::{Held, Stream};

/// Where bytes are: pieces in order, one for an object that was put at once, one a part for others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content(pub(crate) Vec<Piece>);

/// Some bytes in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    #[serde(rename = "n")]
    pub length: u64,
    #[serde(flatten)]
    pub place: Place,
}

/// A blob, or a row of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// The blob's name: `RUN/NUMBER`.
    #[serde(rename = "f")]
    Blob(String),
    /// The row's id.
    #[serde(rename = "r")]
    Row(i64),
    /// In memory, on the way to a row.
    #[serde(skip)]
    Memory(Vec<u8>),
}

impl Content {
    /// How many bytes there are.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.0.iter().map(|piece| piece.length).sum()
    }

    /// The names of its blobs.
    pub(crate) fn blobs(&self) -> Vec<String> {
        let blob = |piece: &Piece| match &piece.place {
            Place::Blob(name) => Some(name.clone()),
            Place::Row(_) | Place::Memory(_) => None,
        };
        self.0.iter().filter_map(blob).collect()
    }
}

/// Reads bytes, piece by piece, from blobs that stay readable when the object is replaced or deleted meanwhile.
#[derive(Default)]
pub struct Reader {
    pub(crate) sources: VecDeque<Source>,
    #[expect(dead_code, reason = "what counts is when it is dropped")]
    pub(crate) held: Option<Held>,
}

pub(crate) enum Source {
    Memory(Cursor<Vec<u8>>),
    File(Take<File>),
    Outer(Box<Stream>),
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(source) = self.sources.front_mut() {
            let read = match source {
                Source::Memory(bytes) => bytes.read(buffer)?,
                Source::File(file) => {
                    let read = file.read(buffer)?;
                    if read == 0 && file.limit() > 0 {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file of an object is cut short"));
                    }
                    read
                }
                Source::Outer(stream) => stream.read(buffer)?,
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.sources.pop_front();
        }
        Ok(0)
    }
}
