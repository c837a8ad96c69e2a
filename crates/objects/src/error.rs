use std::{fmt, io};

/// Why objects cannot be read or written.
#[derive(Debug)]
pub enum Error {
    /// The object or upload is not, or no longer, as the writer wants it.
    Unmet,
    /// The bucket is being deleted.
    Closed,
    /// The outer store cannot be reached, or does not do what it is asked.
    Unavailable(String),
    /// The disk or the database says no.
    Failed(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmet => f.write_str("it is not as the writer wants it"),
            Self::Closed => f.write_str("the bucket is being deleted"),
            Self::Unavailable(why) | Self::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

/// What a [`crate::Reader`] fails with comes out of it as it went in.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error: io::Error| Self::Failed(error.to_string()))
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
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
