use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InlinePolicy, Tag};
use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// An IAM user.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The account it is in.
    pub account: AccountId,
    /// `AIDA…`
    pub id: String,
    /// Unique in the account without regard to case, kept with case.
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// The groups it is in, by unique id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Its embedded policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inline_policies: Vec<InlinePolicy>,
    /// The ARNs of the managed policies attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_policies: Vec<String>,
    /// The ARN of the managed policy that bounds its permissions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl User {
    /// `arn:aws:iam::ACCOUNT:user/PATH/NAME`
    #[must_use]
    pub fn arn(&self) -> String {
        super::iam_arn(self.account, "user", &self.path, &self.name)
    }
}

impl Entity for User {
    const KIND: Kind = Kind::User;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn links(&self) -> Vec<&str> {
        self.groups
            .iter()
            .chain(&self.attached_policies)
            .chain(&self.permissions_boundary)
            .map(String::as_str)
            .collect()
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.users
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.users
    }
}
