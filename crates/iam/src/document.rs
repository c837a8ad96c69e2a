//! Policy documents: what is stored, what is shown, how large they may be.
//!
//! A trust policy is stored with the unique ids of the users and roles that it names, and shown with their ARNs as
//! long as they exist: whoever takes a deleted one's name gets none of its trust.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>

use bartizan_gate::{
    Fault,
    principals::{self, UnknownPrincipal},
};
use bartizan_policy::{Kind, MapError, Policy, Version};
use bartizan_store::{Document, Snapshot, entity::InlinePolicy};
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
    principals::with_ids(snapshot, document.as_str(), Kind::Trust).map_err(|error| match error {
        MapError::Malformed(malformed) => error::malformed_policy_document(malformed.to_string()),
        MapError::Refused(UnknownPrincipal(principal)) => {
            error::malformed_policy_document(format!("Invalid principal in policy: \"AWS\":\"{principal}\""))
        }
    })
}

/// A role's trust policy in an answer: users and roles that still exist by ARN, others by id; URL-encoded.
pub fn shown_trust(snapshot: &Snapshot, document: &Document) -> String {
    encode(&principals::with_arns(snapshot, document))
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

#[cfg(test)]
mod tests;
