use bartizan_wire::{Faults, Protocol};

use crate::{Fault, Row};

/// A service behind the gate.
#[derive(Clone, Copy)]
pub struct Service {
    /// The name that requests are signed for and that actions begin with, `iam`.
    pub name: &'static str,
    /// Its principal and event source, `iam.amazonaws.com`.
    pub principal: &'static str,
    /// How it speaks.
    pub protocol: Protocol,
    /// Its API version, which a model names, `2010-05-08`.
    pub version: &'static str,
    /// Every operation of its API.
    pub operations: &'static [Row],
    /// How it words an input that does not satisfy its constraints.
    pub invalid: fn(&Faults) -> Fault,
}

impl Service {
    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static Row> {
        self.operations.iter().find(|row| row.name() == name)
    }
}
