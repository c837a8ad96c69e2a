//! Where bytes are, and reading them.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Cursor, Read, Seek as _, SeekFrom, Take},
};

use serde::{Deserialize, Serialize};

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

/// A file, or a row of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Place {
    /// The path below the objects' directory: `RUN/NUMBER`.
    #[serde(rename = "f")]
    File(String),
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

    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match &piece.place {
            Place::File(path) => Some(path.as_str()),
            Place::Row(_) | Place::Memory(_) => None,
        })
    }
}

/// Reads bytes, piece by piece, from files that stay readable when the object is replaced or deleted meanwhile.
#[derive(Default)]
pub struct Reader(pub(crate) VecDeque<Source>);

pub(crate) enum Source {
    Memory(Cursor<Vec<u8>>),
    File(Take<File>),
}

impl Source {
    /// A part of a file.
    pub fn of_file(mut file: File, skip: u64, length: u64) -> io::Result<Self> {
        if skip > 0 {
            file.seek(SeekFrom::Start(skip))?;
        }
        Ok(Self::File(file.take(length)))
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(source) = self.0.front_mut() {
            let read = match source {
                Source::Memory(bytes) => bytes.read(buffer)?,
                Source::File(file) => {
                    let read = file.read(buffer)?;
                    if read == 0 && file.limit() > 0 {
                        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file of an object is cut short"));
                    }
                    read
                }
            };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.0.pop_front();
        }
        Ok(0)
    }
}
