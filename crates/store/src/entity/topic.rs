use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Document, Entity, Kind, Snapshot, Table};

/// An SNS topic.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// The account it is in.
    pub account: AccountId,
    /// Its ARN, `arn:aws:sns:REGION:ACCOUNT:NAME`.
    pub arn: String,
    /// When it was made.
    pub created: Timestamp,
    /// Who may do what with it, besides what identity-based policies say. Users and roles stand in it by unique id.
    pub policy: Document,
    /// How people see where a message comes from; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub display_name: String,
    /// How often and when delivery is tried again, in SNS's form (JSON); `None` for the usual way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_policy: Option<String>,
    /// How many subscriptions of it have been cancelled.
    #[serde(default)]
    pub subscriptions_deleted: u64,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl Entity for Topic {
    const KIND: Kind = Kind::Topic;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.topics
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.topics
    }
}
