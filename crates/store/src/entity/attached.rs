use serde::{Deserialize, Serialize};

use crate::Document;

/// A tag on a resource.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Kept with its case; whether keys that differ in case are one key is the service's rule.
    pub key: String,
    /// May be empty.
    pub value: String,
}

/// A policy embedded in one user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InlinePolicy {
    /// Unique within its owner.
    pub name: String,
    /// What it says.
    pub document: Document,
}
