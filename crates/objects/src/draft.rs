//! Bytes on their way in.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt as _,
    path::PathBuf,
    sync::atomic::Ordering,
};

use crate::{
    Content, Objects,
    content::{Piece, Place},
    sync,
};

/// Up to so many bytes go into the index itself: one sync for all of a small object.
const SMALL: usize = 128 * 1024;

/// Bytes that are written, and are nobody's yet. A draft that is dropped leaves nothing.
pub struct Draft<'a> {
    objects: &'a Objects,
    memory: Vec<u8>,
    file: Option<(File, PathBuf, String)>,
    length: u64,
}

impl Objects {
    /// Begins to take bytes in.
    #[must_use]
    pub fn draft(&self) -> Draft<'_> {
        Draft { objects: self, memory: Vec::new(), file: None, length: 0 }
    }
}

impl Draft<'_> {
    /// Makes all bytes last, and says where they are. They are still nobody's.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn finish(mut self) -> io::Result<Content> {
        let length = self.length;
        let place = match self.file.take() {
            None => Place::Memory(std::mem::take(&mut self.memory)),
            Some((file, path, name)) => {
                let synced = file.sync_all().and_then(|()| path.parent().map_or(Ok(()), sync));
                if let Err(error) = synced {
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
                Place::File(name)
            }
        };
        Ok(Content(if length == 0 { Vec::new() } else { vec![Piece { length, place }] }))
    }

    fn spill(&mut self) -> io::Result<()> {
        let number = self.objects.next_file.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}/{number}", self.objects.run);
        let path = self.objects.directory.join(&name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(&self.memory)?;
        self.memory = Vec::new();
        self.file = Some((file, path, name));
        Ok(())
    }
}

impl Write for Draft<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.memory.len() + bytes.len() > SMALL {
            self.spill()?;
        }
        let written = match &mut self.file {
            Some((file, ..)) => file.write(bytes)?,
            None => self.memory.write(bytes)?,
        };
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if let Some((_, path, _)) = &self.file {
            // What cannot be removed now is swept at the next start.
            let _ = fs::remove_file(path);
        }
    }
}
