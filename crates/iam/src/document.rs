//! Policy documents: what is stored, what is shown, how large they may be.
//!
//! A trust policy is stored with the unique ids of the users and roles that it names, and shown with their ARNs as
//! long as they exist: whoever takes a deleted one's name gets none of its trust.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>

use bartizan_gate::{Arn, Fault};
use bartizan_policy::{Kind, MapError, Policy, Version, map_principals};
use bartizan_store::{
    AccountId, Document, Snapshot,
    entity::{InlinePolicy, Role, User},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{error, names::PolicyDocument};

/// How large a managed policy may be.
pub const MANAGED: usize = 6_144;

/// How large a trust policy may be.
pub const TRUST: usize = 2_048;

/// All but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What an inline policy hangs on; it decides how large all of them may be together.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    /// 2,048 characters
    User,
    /// 5,120 characters
    Group,
    /// 10,240 characters
    Role,
}

impl Owner {
    /// How large all of them may be together.
    pub const fn limit(self) -> usize {
        match self {
            Self::User => 2_048,
            Self::Group => 5_120,
            Self::Role => 10_240,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}

/// Puts an inline policy among the others of its owner, in the place of the one of its name if there is one.
///
/// # Errors
/// `MalformedPolicyDocument`; `LimitExceeded` if all of them together would be too large.
pub fn put_inline(
    policies: &mut Vec<InlinePolicy>,
    name: &str,
    document: &PolicyDocument,
    owner: Owner,
    owner_name: &str,
) -> Result<(), Fault> {
    parse(document.as_str(), Kind::Identity)?;
    let document = Document::new(document.as_str());
    match policies.iter_mut().find(|policy| policy.name == name) {
        Some(policy) => policy.document = document,
        None => policies.push(InlinePolicy { name: name.to_owned(), document }),
    }
    let size: usize = policies.iter().map(|policy| size(policy.document.text())).sum();
    if size > owner.limit() {
        let (limit, kind) = (owner.limit(), owner.name());
        return Err(error::limit_exceeded(format!(
            "Maximum policy size of {limit} bytes exceeded for {kind} {owner_name}"
        )));
    }
    Ok(())
}

/// The document of a managed policy's version, to be stored.
///
/// # Errors
/// `MalformedPolicyDocument`, also for the old version of the language; `LimitExceeded` if it is too large.
pub fn managed(document: &PolicyDocument) -> Result<Document, Fault> {
    let policy = parse(document.as_str(), Kind::Identity)?;
    if policy.version() != Version::V2012 {
        return Err(error::malformed_policy_document("Policy document must be version 2012-10-17 or greater."));
    }
    if size(document.as_str()) > MANAGED {
        return Err(error::quota_exceeded("PolicySize", MANAGED));
    }
    Ok(Document::new(document.as_str()))
}

/// A role's trust policy, to be stored: users and roles, of whatever account, by unique id.
///
/// # Errors
/// `MalformedPolicyDocument`, also if it names a principal that does not exist; `LimitExceeded` if it is too large.
pub fn trust(snapshot: &Snapshot, document: &PolicyDocument) -> Result<Document, Fault> {
    parse(document.as_str(), Kind::Trust)?;
    if size(document.as_str()) > TRUST {
        return Err(error::quota_exceeded("ACLSizePerRole", TRUST));
    }
    let stored = map_principals(document.as_str(), &mut |principal| stored_principal(snapshot, principal));
    match stored {
        Ok(stored) => {
            // What is stored must be a policy too, or no decision could ever be made on it.
            parse(&stored, Kind::Trust)?;
            Ok(Document::new(&stored))
        }
        Err(MapError::Malformed(malformed)) => Err(error::malformed_policy_document(malformed.to_string())),
        Err(MapError::Refused(fault)) => Err(fault),
    }
}

/// A role's trust policy in an answer: users and roles that still exist by ARN, others by id; URL-encoded.
pub fn shown_trust(snapshot: &Snapshot, document: &Document) -> String {
    let shown = map_principals::<std::convert::Infallible>(document.text(), &mut |principal| {
        Ok(shown_principal(snapshot, principal))
    });
    match shown {
        Ok(shown) => encode(&shown),
        Err(_) => shown_as_stored(document),
    }
}

/// Any other document in an answer: URL-encoded.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
pub fn shown_as_stored(document: &Document) -> String {
    encode(document.text())
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// The characters that count towards a quota: all but white space.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>
fn size(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_ascii_whitespace()).count()
}

fn parse(text: &str, kind: Kind) -> Result<Policy, Fault> {
    Policy::parse(text, kind).map_err(|malformed| error::malformed_policy_document(malformed.to_string()))
}

/// What is stored for a principal that a trust policy names under `AWS`; `None` for itself.
fn stored_principal(snapshot: &Snapshot, principal: &str) -> Result<Option<String>, Fault> {
    let invalid = || error::malformed_policy_document(format!("Invalid principal in policy: \"AWS\":\"{principal}\""));
    if principal == "*" {
        return Ok(None);
    }
    if let Ok(account) = principal.parse::<AccountId>() {
        // AWS keeps an account's id as the ARN of its root user, which means the same.
        snapshot.account(account).ok_or_else(invalid)?;
        return Ok(Some(format!("arn:aws:iam::{account}:root")));
    }
    let Some(arn) = Arn::parse(principal) else {
        return unique_id_exists(snapshot, principal).then_some(None).ok_or_else(invalid);
    };
    let account = arn.account.parse::<AccountId>().map_err(|_| invalid())?;
    if arn.partition != "aws" || snapshot.account(account).is_none() {
        return Err(invalid());
    }
    match (arn.service, arn.resource.split_once('/')) {
        ("iam", None) => Ok(None),
        ("iam", Some(("user", rest))) => {
            let user = snapshot.users.by_name(account, last_part(rest));
            let user = user.filter(|user| user.arn() == principal).ok_or_else(invalid)?;
            Ok(Some(user.id.clone()))
        }
        ("iam", Some(("role", rest))) => {
            let role = snapshot.roles.by_name(account, last_part(rest));
            let role = role.filter(|role| role.arn() == principal).ok_or_else(invalid)?;
            Ok(Some(role.id.clone()))
        }
        ("sts", Some(("assumed-role", rest))) => {
            let (name, session) = rest.split_once('/').ok_or_else(invalid)?;
            let role = snapshot.roles.by_name(account, name);
            let role = role.filter(|role| role.session_arn(session) == principal).ok_or_else(invalid)?;
            Ok(Some(format!("{}:{session}", role.id)))
        }
        // A federated user has no id but its name.
        ("sts", Some(("federated-user", _))) => Ok(None),
        _ => Err(invalid()),
    }
}

/// What is shown for a stored principal; `None` for itself.
fn shown_principal(snapshot: &Snapshot, principal: &str) -> Option<String> {
    match principal.split_once(':') {
        Some((id, session)) => Some(role_of_id(snapshot, id)?.session_arn(session)),
        None => user_of_id(snapshot, principal).map(User::arn).or_else(|| Some(role_of_id(snapshot, principal)?.arn())),
    }
}

fn unique_id_exists(snapshot: &Snapshot, principal: &str) -> bool {
    let id = principal.split_once(':').map_or(principal, |(id, _)| id);
    user_of_id(snapshot, id).is_some() || role_of_id(snapshot, id).is_some()
}

/// The user of this unique id, whichever account's it is.
fn user_of_id<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a User> {
    snapshot.accounts.everywhere().find_map(|account| snapshot.users.by_id(account.id, id)).map(AsRef::as_ref)
}

/// The role of this unique id, whichever account's it is.
fn role_of_id<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a Role> {
    snapshot.accounts.everywhere().find_map(|account| snapshot.roles.by_id(account.id, id)).map(AsRef::as_ref)
}

fn last_part(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

#[cfg(test)]
mod tests;
