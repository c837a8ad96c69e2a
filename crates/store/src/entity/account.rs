use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// An AWS account. Whoever has its id has its root user too.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its id; in its own account's rows it is the key.
    pub id: AccountId,
    /// The same, as text.
    pub id_text: String,
    /// A friendly name.
    pub name: String,
    /// The address of its root user. No two accounts of an installation share one.
    pub email: String,
    /// Where it is in its life.
    pub status: AccountStatus,
    /// When it joined its organization or was made.
    pub created: Timestamp,
    /// The id of its organization, `o-…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Whether the organization made it, rather than invited it.
    pub created_by_organization: bool,
    /// The alias that sign-in pages show, unique in the installation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// The tags that its organization's management account put on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// Where an account is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountStatus {
    /// In use.
    Active,
    /// Closed; none of its credentials work.
    Suspended,
}

/// What became of a CreateAccount request; kept in the account that asked.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccountStatus.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateAccountStatus {
    /// The account that asked: the organization's management account.
    pub account: AccountId,
    /// `car-…`
    pub id: String,
    /// The friendly name asked for.
    pub account_name: String,
    /// How it went.
    pub state: CreateAccountState,
    /// When it was asked.
    pub requested: Timestamp,
    /// When it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
}

/// How a CreateAccount request went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateAccountState {
    /// The account is there.
    Succeeded(AccountId),
    /// It is not, for the reason that Organizations names, such as `EMAIL_ALREADY_EXISTS`.
    Failed(String),
}

impl Entity for CreateAccountStatus {
    const KIND: Kind = Kind::CreateAccountStatus;

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
        &snapshot.create_account_statuses
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.create_account_statuses
    }
}

impl Entity for Account {
    const KIND: Kind = Kind::Account;

    fn account(&self) -> AccountId {
        self.id
    }

    fn id(&self) -> &str {
        &self.id_text
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.accounts
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.accounts
    }
}
