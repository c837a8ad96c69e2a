use std::fmt;

use bartizan_wire::{Faults, Value};

use crate::{BodyFault, authorise::Denial};

/// Why a request is not answered. What the caller sees of it is made in one place, [`crate::Gate::answer`].
#[derive(Debug)]
pub enum Error {
    /// The service says no, in its own words.
    Service(Fault),
    /// The input does not satisfy the operation's constraints.
    Invalid(Faults),
    /// A check was not allowed.
    Denied(Box<Denial>),
    /// The body is not what its head says.
    Body(BodyFault),
    /// AWS knows the operation and this version of Bartizan does not have it.
    Unavailable,
    /// Something failed on our side. The text is for the log; the caller learns nothing of it.
    Internal(String),
}

/// An error of a service's API model.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Such as `NoSuchEntity`.
    pub code: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// AWS's wording.
    pub message: String,
    /// The other members of the error's shape.
    pub members: Vec<(&'static str, Value)>,
}

impl Fault {
    /// An error without further members.
    #[must_use]
    pub fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into(), members: Vec::new() }
    }

    /// Adds a member of the error's shape.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.members.push((name, Value::String(value.into())));
        self
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Service(fault)
    }
}

impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        Self::Invalid(faults)
    }
}

impl From<bartizan_store::Unsealable> for Error {
    fn from(error: bartizan_store::Unsealable) -> Self {
        Self::Internal(error.to_string())
    }
}

/// Of reading a body: what is wrong with it, or a failure of ours.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        BodyFault::of(&error).map_or_else(|| Self::Internal(error.to_string()), Self::Body)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(fault) => write!(f, "{}: {}", fault.code, fault.message),
            Self::Invalid(faults) => write!(f, "{faults}"),
            Self::Denied(denial) => write!(f, "{denial}"),
            Self::Body(fault) => write!(f, "{fault}"),
            Self::Unavailable => f.write_str("the operation is not available"),
            Self::Internal(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}
