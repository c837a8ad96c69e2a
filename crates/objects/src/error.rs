use std::{fmt, io};

/// Why objects cannot be read or written.
#[derive(Debug)]
pub enum Error {
    /// The object or upload is not, or no longer, as the writer wants it.
    Unmet,
    /// The bucket is being deleted.
    Closed,
    /// The disk or the database says no.
    Failed(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmet => f.write_str("it is not as the writer wants it"),
            Self::Closed => f.write_str("the bucket is being deleted"),
            Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
