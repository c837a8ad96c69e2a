//! Blobs in files below the data directory: a folder for each run of the process, a file for each blob.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Seek as _, SeekFrom, Take, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use crate::Error;

/// The directory with all of them.
pub(crate) struct Files(pub PathBuf);

/// A file that grows.
pub(crate) struct Growing {
    file: File,
    path: PathBuf,
}

impl Files {
    pub fn begin_run(&self, run: u64) -> Result<(), Error> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(self.0.join(run.to_string()))?;
        Ok(sync(&self.0)?)
    }

    pub fn begin(&self, name: &str) -> Result<Growing, Error> {
        let path = self.0.join(name);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Growing { file, path })
    }

    pub fn open(&self, name: &str, skip: u64, length: u64) -> Result<Take<File>, Error> {
        let mut file = match File::open(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Unmet),
            file => file?,
        };
        if skip > 0 {
            file.seek(SeekFrom::Start(skip))?;
        }
        Ok(file.take(length))
    }

    pub fn remove(&self, name: &str) -> Result<(), Error> {
        match fs::remove_file(self.0.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

impl Growing {
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        Ok(self.file.write_all(bytes)?)
    }

    pub fn finish(self) -> Result<(), Error> {
        self.file.sync_all()?;
        Ok(self.path.parent().map_or(Ok(()), sync)?)
    }
}

/// Makes what a directory has last.
pub fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
