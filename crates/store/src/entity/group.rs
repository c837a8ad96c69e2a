use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::InlinePolicy;
use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// An IAM group. Its members know it; it does not know them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The account it is in.
    pub account: AccountId,
    /// `AGPA…`
    pub id: String,
    /// Unique in the account without regard to case, kept with case.
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its embedded policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inline_policies: Vec<InlinePolicy>,
    /// The ARNs of the managed policies attached to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_policies: Vec<String>,
}

impl Group {
    /// `arn:aws:iam::ACCOUNT:group/PATH/NAME`
    #[must_use]
    pub fn arn(&self) -> String {
        super::iam_arn(self.account, "group", &self.path, &self.name)
    }
}

impl Entity for Group {
    const KIND: Kind = Kind::Group;

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
        self.attached_policies.iter().map(String::as_str).collect()
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.groups
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.groups
    }
}
