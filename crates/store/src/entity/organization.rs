use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// An organization; kept in its management account.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The management account.
    pub account: AccountId,
    /// `o-…`
    pub id: String,
    /// Its root, `r-…`.
    pub root: String,
    /// Whether all features are on, policies among them, or consolidated billing only.
    pub all_features: bool,
    /// When it was made.
    pub created: Timestamp,
}

impl Organization {
    /// Where its root's children are: `o-…/r-…/`.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths>
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}/{}/", self.id, self.root)
    }
}

impl Entity for Organization {
    const KIND: Kind = Kind::Organization;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.organizations
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.organizations
    }
}
