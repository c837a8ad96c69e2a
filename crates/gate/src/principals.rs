//! The principals of policies that hang on resources: stored by unique id, shown by ARN.
//!
//! A trust or resource-based policy is stored with the unique ids of the users and roles that it names, and shown with
//! their ARNs as long as they exist: whoever takes a deleted one's name gets none of its trust.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>

use std::{convert::Infallible, fmt};

use bartizan_policy::{Kind, MapError, Policy, map_principals};
use bartizan_store::{
    AccountId, Document, Snapshot,
    entity::{Role, User},
};

use crate::Arn;

/// The id of a user whom there never is: ids are of base 32, which has no zero.
const NOBODY: &str = "AIDA00000000000000000";

/// A policy names a principal that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPrincipal(pub String);

impl fmt::Display for UnknownPrincipal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no principal {}", self.0)
    }
}

impl std::error::Error for UnknownPrincipal {}

/// A policy of this kind as it is stored: users and roles, of whatever account, by unique id.
///
/// # Errors
/// If it is none, or names a principal that does not exist.
pub fn with_ids(snapshot: &Snapshot, text: &str, kind: Kind) -> Result<Document, MapError<UnknownPrincipal>> {
    let stored = map_principals(text, &mut |principal| stored_principal(snapshot, principal))?;
    // What is stored must be a policy too, or no decision could ever be made on it.
    Policy::parse(&stored, kind).map_err(MapError::Malformed)?;
    Ok(Document::new(&stored))
}

/// A policy that was stored as it was given, brought to unique ids: whoever is there now under an ARN that it names is whom
/// it means from now on, and where nobody is, it names [`NOBODY`].
#[must_use]
pub fn brought_to_ids(snapshot: &Snapshot, document: &Document) -> Document {
    let is_id = |principal: &str| principal.starts_with("AIDA") || principal.starts_with("AROA");
    let brought = map_principals::<Infallible>(document.text(), &mut |principal| {
        let gone = || (!is_id(principal)).then(|| NOBODY.to_owned());
        Ok(stored_principal(snapshot, principal).unwrap_or_else(|_| gone()))
    });
    brought.map_or_else(|_| document.clone(), |text| Document::new(&text))
}

/// A stored policy as it is shown: users and roles that still exist by ARN, others by id.
#[must_use]
pub fn with_arns(snapshot: &Snapshot, document: &Document) -> String {
    let shown =
        map_principals::<Infallible>(document.text(), &mut |principal| Ok(shown_principal(snapshot, principal)));
    shown.unwrap_or_else(|_| document.text().to_owned())
}

/// What is stored for a principal that a policy names under `AWS`; `None` for itself.
fn stored_principal(snapshot: &Snapshot, principal: &str) -> Result<Option<String>, UnknownPrincipal> {
    let invalid = || UnknownPrincipal(principal.to_owned());
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
