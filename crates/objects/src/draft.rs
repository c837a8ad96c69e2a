//! Bytes on their way in.

use crate::{
    Content, Error, Objects,
    blobs::Blob,
    content::{Piece, Place},
};

/// Bytes that are written, and are nobody's yet. A draft that is dropped leaves nothing.
pub struct Draft<'a> {
    objects: &'a Objects,
    memory: Vec<u8>,
    blob: Option<(String, Blob)>,
    length: u64,
}

impl Objects {
    /// Begins to take bytes in.
    #[must_use]
    pub fn draft(&self) -> Draft<'_> {
        Draft { objects: self, memory: Vec::new(), blob: None, length: 0 }
    }
}

impl Draft<'_> {
    /// Takes more bytes.
    ///
    /// # Errors
    /// If the disk or the outer store refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.blob.is_none() && self.memory.len() + bytes.len() > self.objects.blobs.most_in_index() {
            self.spill()?;
        }
        match &mut self.blob {
            Some((_, blob)) => {
                blob.write(&std::mem::take(&mut self.memory))?;
                blob.write(bytes)?;
            }
            None => self.memory.extend_from_slice(bytes),
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Makes all bytes last, and says where they are. They are still nobody's.
    ///
    /// # Errors
    /// If the disk or the outer store refuses.
    pub fn finish(mut self) -> Result<Content, Error> {
        let length = self.length;
        let place = match self.blob.take() {
            None => Place::Memory(std::mem::take(&mut self.memory)),
            Some((name, blob)) => match blob.finish() {
                Ok(()) => Place::Blob(name),
                Err(error) => {
                    self.objects.abandon(vec![name]);
                    return Err(error);
                }
            },
        };
        Ok(Content(if length == 0 { Vec::new() } else { vec![Piece { length, place }] }))
    }

    fn spill(&mut self) -> Result<(), Error> {
        let name = self.objects.name()?;
        let blob = self.objects.blobs.begin(&name)?;
        self.blob = Some((name, blob));
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some((name, blob)) = self.blob.take() {
            drop(blob);
            self.objects.abandon(vec![name]);
        }
    }
}
