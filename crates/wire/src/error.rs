//! What a client is told when it is refused.

use crate::{Malformed, Value};

/// An error on its way out: what is public of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorReply {
    /// The HTTP status.
    pub status: u16,
    /// AWS's code: `NoSuchEntity`.
    pub code: String,
    /// AWS's words.
    pub message: String,
    /// Further members of the error's shape, by wire name.
    pub members: Vec<(&'static str, Value)>,
}

impl ErrorReply {
    /// An error without further members.
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), members: Vec::new() }
    }

    /// The same error with one more member.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.members.push((name, value));
        self
    }

    /// Whether the one who asked is at fault, not the one who answers.
    pub const fn is_of_sender(&self) -> bool {
        self.status < 500
    }

    pub(crate) fn malformed(code: &'static str, malformed: &Malformed) -> Self {
        let status = if code == "NotImplemented" { 501 } else { 400 };
        Self::new(status, code, malformed.message.clone())
    }
}
