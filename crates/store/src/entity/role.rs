use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{InlinePolicy, Tag};
use crate::{AccountId, Document, Entity, Kind, Snapshot, Table};

/// An IAM role.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The account it is in.
    pub account: AccountId,
    /// `AROA…`
    pub id: String,
    /// Unique in the account without regard to case, kept with case.
    pub name: String,
    /// Begins and ends with a slash. Service-linked roles are under `/aws-service-role/`.
    pub path: String,
    /// When it was made.
    pub created: Timestamp,
    /// Who may assume it. Users and roles stand in it by unique id, so that a re-created one of the same name
    /// regains no trust.
    pub trust_policy: Document,
    /// Up to 1000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Seconds, 3,600 to 43,200.
    pub max_session_duration: i32,
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

impl Role {
    /// `arn:aws:iam::ACCOUNT:role/PATH/NAME`
    #[must_use]
    pub fn arn(&self) -> String {
        super::iam_arn(self.account, "role", &self.path, &self.name)
    }

    /// The ARN of a session of it: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`. The path is not in it.
    #[must_use]
    pub fn session_arn(&self, session: &str) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{session}", self.account, self.name)
    }

    /// Whether a service made it for itself, so that no policy of the account's binds it.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.path.starts_with("/aws-service-role/")
    }
}

impl Entity for Role {
    const KIND: Kind = Kind::Role;

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
        self.attached_policies.iter().chain(&self.permissions_boundary).map(String::as_str).collect()
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.roles
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.roles
    }
}
