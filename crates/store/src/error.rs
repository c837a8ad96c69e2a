use std::{fmt, io, path::PathBuf};

/// Why a store does not open. Each says what is wrong and what to look at.
#[derive(Debug)]
pub enum OpenError {
    /// Another process has it open.
    InUse(PathBuf),
    /// The database is there and the key that its secrets are sealed with is not.
    KeyMissing(PathBuf),
    /// The key file is not a master key, or not the one that this store was made with.
    KeyWrong(PathBuf),
    /// The directory's commit mark or key speaks of a database that is not there.
    DatabaseMissing(PathBuf),
    /// Something that was written is not there, or not as it was written.
    Damaged(String),
    /// Written by a newer version of Bartizan.
    Newer(i64),
    /// The operating system or the database says no.
    Io(PathBuf, Box<dyn std::error::Error + Send + Sync>),
}

impl OpenError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io(path, Box::new(error))
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse(path) => write!(f, "{} is in use by another bartizan process", path.display()),
            Self::KeyMissing(path) => write!(
                f,
                "the master key {} is missing; without it the store's secrets cannot be read. Restore it from your backup",
                path.display()
            ),
            Self::KeyWrong(path) => write!(f, "{} is not the master key of this store", path.display()),
            Self::DatabaseMissing(path) => {
                write!(f, "the store has been used before, but its database {} is missing", path.display())
            }
            Self::Damaged(what) => write!(f, "the store is damaged: {what}. Restore it from your backup"),
            Self::Newer(version) => {
                write!(f, "the store has format {version}, which a newer version of Bartizan wrote")
            }
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Damaged(format!("the database says: {error}"))
    }
}

/// Why a commit did not happen. Nothing of it did.
#[derive(Debug)]
pub enum CommitError {
    /// Somebody else's commit came first: what the changes were decided on is no longer so.
    Conflict,
    /// The disk or the database says no.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("another commit came first"),
            Self::Failed(error) => write!(f, "the commit failed: {error}"),
        }
    }
}

impl std::error::Error for CommitError {}

impl From<rusqlite::Error> for CommitError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl From<io::Error> for CommitError {
    fn from(error: io::Error) -> Self {
        Self::Failed(Box::new(error))
    }
}
