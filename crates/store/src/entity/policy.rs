use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Document, Entity, Kind, Snapshot, Table};

/// A customer managed policy, with its versions.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The account it is in.
    pub account: AccountId,
    /// `ANPA…`
    pub id: String,
    /// Unique in the account without regard to case, kept with case.
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// When its newest version was made or its default changed.
    pub updated: Timestamp,
    /// Up to 1000 characters; it cannot be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One to five, oldest first.
    pub versions: Vec<PolicyVersion>,
    /// The number of the version in force.
    pub default_version: u32,
    /// The number that the next version gets; numbers are not used again.
    pub next_version: u32,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// 1 for `v1`.
    pub number: u32,
    /// What it says.
    pub document: Document,
    /// When it was made.
    pub created: Timestamp,
}

impl Policy {
    /// `arn:aws:iam::ACCOUNT:policy/PATH/NAME`
    #[must_use]
    pub fn arn(&self) -> String {
        super::iam_arn(self.account, "policy", &self.path, &self.name)
    }

    /// The version of this number.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&PolicyVersion> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The document in force.
    #[must_use]
    pub fn document(&self) -> Option<&Document> {
        self.version(self.default_version).map(|version| &version.document)
    }
}

impl Entity for Policy {
    const KIND: Kind = Kind::Policy;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.policies
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.policies
    }
}
