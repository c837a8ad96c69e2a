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

/// The Region of the services that have one endpoint for all Regions.
pub(crate) const HOME_REGION: &str = "us-east-1";

impl Service {
    /// The Region that a request is served in: the one that it is signed for, but for services that serve all Regions
    /// from one. `aws:RequestedRegion` of a call to IAM is `us-east-1`, whatever its caller wrote.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion>
    pub(crate) fn region<'a>(&self, signed: &'a str) -> &'a str {
        match self.name {
            "iam" | "organizations" => HOME_REGION,
            _ => signed,
        }
    }

    /// The operation of this name.
    #[must_use]
    pub fn operation(&self, name: &str) -> Option<&'static Row> {
        self.operations.iter().find(|row| row.name() == name)
    }
}
