//! Temporary credentials. A session is a sealed token, not a row: issuing one writes nothing but its audit record.

use bartizan_store::{AccountId, Document, Keyring, Purpose, Secret, Unsealable, entity::Tag};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a session token says. Only this installation can make or read one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The access key id that the token goes with, `ASIA…`.
    #[serde(rename = "k")]
    pub access_key_id: String,
    /// The account that the session acts in.
    #[serde(rename = "a")]
    pub account: AccountId,
    /// Whose session it is.
    #[serde(rename = "o")]
    pub of: SessionOf,
    /// `aws:TokenIssueTime`, to the second.
    #[serde(rename = "i")]
    pub issued: i64,
    /// When it ends, in epoch seconds.
    #[serde(rename = "e")]
    pub expires: i64,
    /// The inline session policy, where one was passed.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Document>,
    /// The ARNs of the managed policies passed as session policies. They are looked up at each request.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<String>,
    /// Session tags, inherited transitive ones among them.
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The keys of the tags that the next role's session inherits.
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub transitive_tag_keys: Vec<String>,
    /// `aws:SourceIdentity`, which passes on unchanged from role to role.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// When the caller passed multi-factor authentication, in epoch seconds.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub mfa_authenticated: Option<i64>,
}

/// Whose session it is, by unique id: a re-created role or user of the same name does not revive it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionOf {
    /// The account's root user (GetSessionToken).
    #[serde(rename = "r")]
    Root,
    /// The user of this id (GetSessionToken).
    #[serde(rename = "u")]
    User(String),
    /// The role of this id, under this session name (AssumeRole).
    #[serde(rename = "a")]
    Role(String, String),
    /// A federated user of this name; the id of the user that asked, `None` for root (GetFederationToken).
    #[serde(rename = "f")]
    FederatedUser(String, Option<String>),
}

#[derive(Serialize, Deserialize)]
struct Token {
    #[serde(flatten)]
    session: Session,
    /// The secret access key; never outside the seal but in the one answer that issues it.
    #[serde(rename = "x")]
    secret: String,
}

impl Session {
    /// When the session ends.
    #[must_use]
    pub fn expiration(&self) -> Timestamp {
        Timestamp::from_second(self.expires).unwrap_or(Timestamp::MAX)
    }

    /// The session token for this session with this secret.
    pub(crate) fn seal(&self, secret: &Secret, keyring: &Keyring) -> Result<String, Unsealable> {
        let token = Token { session: self.clone(), secret: secret.expose().to_owned() };
        let clear = zeroize::Zeroizing::new(serde_json::to_vec(&token).map_err(|_| Unsealable)?);
        Ok(keyring.seal(Purpose::SessionToken, b"", &clear)?.as_str().to_owned())
    }

    /// Reads a session token. That it is not expired, and goes with the access key id, is for the caller to check.
    pub(crate) fn open(token: &str, keyring: &Keyring) -> Result<(Self, Secret), Unsealable> {
        let clear = keyring.open(Purpose::SessionToken, b"", token)?;
        let token: Token = serde_json::from_slice(&clear).map_err(|_| Unsealable)?;
        Ok((token.session, Secret::new(token.secret)))
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
