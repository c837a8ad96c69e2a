use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// An instance profile: the envelope in which a role reaches a machine.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// The account it is in.
    pub account: AccountId,
    /// `AIPA…`
    pub id: String,
    /// Unique in the account without regard to case, kept with case.
    pub name: String,
    /// Begins and ends with a slash.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// The unique id of its role, at most one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl InstanceProfile {
    /// `arn:aws:iam::ACCOUNT:instance-profile/PATH/NAME`
    #[must_use]
    pub fn arn(&self) -> String {
        super::iam_arn(self.account, "instance-profile", &self.path, &self.name)
    }
}

impl Entity for InstanceProfile {
    const KIND: Kind = Kind::InstanceProfile;

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
        self.role.as_deref().into_iter().collect()
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.instance_profiles
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.instance_profiles
    }
}
