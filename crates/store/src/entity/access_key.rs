use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Entity, Kind, Sealed, Snapshot, Table};

/// A long-term access key of a user or of an account's root user.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKey {
    /// The account it acts in.
    pub account: AccountId,
    /// The access key id, `AKIA…`; unique in the whole installation.
    pub id: String,
    /// Whose key it is.
    pub owner: AccessKeyOwner,
    /// The secret access key. It must be recoverable, because the signature is symmetric.
    pub secret: Sealed,
    /// Whether it may be used.
    pub status: AccessKeyStatus,
    /// When it was made.
    pub created: Timestamp,
}

/// Whose key it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessKeyOwner {
    /// The account's root user.
    Root,
    /// The user of this unique id.
    User(String),
}

/// Whether a key may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessKeyStatus {
    /// It may.
    Active,
    /// It may not, but can be made active again.
    Inactive,
}

impl Entity for AccessKey {
    const KIND: Kind = Kind::AccessKey;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn links(&self) -> Vec<&str> {
        match &self.owner {
            AccessKeyOwner::Root => Vec::new(),
            AccessKeyOwner::User(id) => vec![id],
        }
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.access_keys
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.access_keys
    }
}
