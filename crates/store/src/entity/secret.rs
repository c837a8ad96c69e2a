use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Document, Entity, Kind, Sealed, Snapshot, Table};

/// A secret of AWS Secrets Manager: all of it but its values, which are [`SecretVersion`]s.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// The account it is in.
    pub account: AccountId,
    /// Its ARN, `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-` and six random letters, so that a secret that is made
    /// again is another one.
    pub arn: String,
    /// Its name, unique in its account and Region with regard to case.
    pub name: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When anything of it was last changed.
    pub changed: Timestamp,
    /// When it will be gone, if that has been asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<Timestamp>,
    /// Each staging label, and the id of the one version that it is attached to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub stages: BTreeMap<String, String>,
    /// Who may do what with it, besides what identity-based policies say. Users and roles stand in it by unique id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Document>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// A value that a secret has or had.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretVersion {
    /// The account it is in.
    pub account: AccountId,
    /// The secret's ARN, a colon, and the version's id.
    pub id: String,
    /// The ARN of the secret.
    pub secret: String,
    /// When it was made.
    pub created: Timestamp,
    /// Whether the value is bytes rather than text.
    pub is_binary: bool,
    /// The value, sealed for this very version: see [`SecretVersion::place`].
    pub value: Sealed,
}

impl SecretVersion {
    /// The id that a version of a secret is kept under.
    #[must_use]
    pub fn id_of(secret: &str, version: &str) -> String {
        format!("{secret}:{version}")
    }

    /// The version's own id.
    #[must_use]
    pub fn version(&self) -> &str {
        self.id.get(self.secret.len() + 1..).unwrap_or_default()
    }

    /// What a value is sealed for besides its purpose: the secret, the version, and whether it is bytes. A sealed value
    /// that is put elsewhere does not open.
    #[must_use]
    pub fn place(id: &str, is_binary: bool) -> String {
        format!("{} {id}", if is_binary { "binary" } else { "string" })
    }
}

impl Entity for Secret {
    const KIND: Kind = Kind::Secret;

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
        &snapshot.secrets
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.secrets
    }
}

impl Entity for SecretVersion {
    const KIND: Kind = Kind::SecretVersion;

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
        vec![&self.secret]
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.secret_versions
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.secret_versions
    }
}
