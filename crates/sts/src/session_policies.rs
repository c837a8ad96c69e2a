//! The policies passed with a session: they limit it, and never add to it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>

use bartizan_gate::Error;
use bartizan_policy::{Kind, Policy};
use bartizan_store::{AccountId, Document, Snapshot, aws_managed};
use bartizan_wire::{Faults, Place, Shape};

use crate::error;

/// How many characters an inline session policy may have.
const MAX_POLICY: usize = 2_048;

/// How many managed policies may be passed.
const MAX_POLICY_ARNS: usize = 10;

/// A managed policy that is passed as a session policy.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_PolicyDescriptorType.html>
#[derive(Debug, Shape)]
pub struct PolicyDescriptorType {
    #[shape(
        name = "arn",
        min = 20,
        max = 2048,
        pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
    )]
    pub arn: Option<String>,
}

/// The policies of a new session.
#[derive(Debug)]
pub struct SessionPolicies {
    /// The inline one.
    pub policy: Option<Document>,
    /// The ARNs of the managed ones.
    pub arns: Vec<String>,
}

impl SessionPolicies {
    /// Reads what was passed for a session in `account`.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`; `ValidationError` if there are too many or one is too long; `InvalidParameterValue` if
    /// a managed policy is neither the account's nor AWS's.
    pub fn read(
        policy: Option<&str>,
        descriptors: Option<&[PolicyDescriptorType]>,
        account: AccountId,
        snapshot: &Snapshot,
    ) -> Result<Self, Error> {
        let descriptors = descriptors.unwrap_or_default();
        check_lengths(policy, descriptors)?;
        if let Some(text) = policy {
            Policy::parse(text, Kind::Identity)
                .map_err(|malformed| error::malformed_policy_document(malformed.to_string()))?;
        }
        let arns: Vec<String> = descriptors.iter().filter_map(|descriptor| descriptor.arn.clone()).collect();
        if let Some(absent) = arns.iter().find(|arn| !exists(snapshot, account, arn)) {
            return Err(error::invalid_parameter_value(format!(
                "Policy {absent} does not exist or is not attachable."
            ))
            .into());
        }
        Ok(Self { policy: policy.map(Document::new), arns })
    }

    /// Whether none was passed.
    pub fn is_empty(&self) -> bool {
        self.policy.is_none() && self.arns.is_empty()
    }
}

/// The limits that AWS's model does not have and its pages do.
fn check_lengths(policy: Option<&str>, descriptors: &[PolicyDescriptorType]) -> Result<(), Faults> {
    let mut faults = Faults::new();
    if let Some(text) = policy.filter(|text| text.chars().count() > MAX_POLICY) {
        let constraint = format!("Member must have length less than or equal to {MAX_POLICY}");
        faults.unsatisfied(&Place::named("policy"), Some(text), constraint);
    }
    let place = Place::named("policyArns");
    if descriptors.len() > MAX_POLICY_ARNS {
        let constraint = format!("Member must have length less than or equal to {MAX_POLICY_ARNS}");
        faults.unsatisfied(&place, None, constraint);
    }
    for (position, descriptor) in descriptors.iter().enumerate() {
        if descriptor.arn.is_none() {
            faults.missing(&place.item(position + 1).member("arn"));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn exists(snapshot: &Snapshot, account: AccountId, arn: &str) -> bool {
    aws_managed::get(arn).is_some()
        || arn
            .rsplit('/')
            .next()
            .and_then(|name| snapshot.policies.by_name(account, name))
            .is_some_and(|policy| policy.arn() == arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOW: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

    fn read(policy: Option<&str>, arns: &[Option<&str>]) -> Result<SessionPolicies, String> {
        let descriptors: Vec<_> = arns.iter().map(|arn| PolicyDescriptorType { arn: arn.map(str::to_owned) }).collect();
        let account = "123456789012".parse().unwrap();
        SessionPolicies::read(policy, Some(&descriptors), account, &Snapshot::default())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_passed_is_kept() {
        let none = read(None, &[]).unwrap();
        assert!(none.is_empty());
        let both = read(Some(ALLOW), &[Some(ADMINISTRATOR)]).unwrap();
        assert!(!both.is_empty());
        assert_eq!((both.policy.unwrap().text(), both.arns), (ALLOW, vec![ADMINISTRATOR.to_owned()]));
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in ["", "x", "{}", r#"{"Version":"2012-10-17","Statement":[]}"#] {
            assert!(read(Some(text), &[]).unwrap_err().starts_with("MalformedPolicyDocument: "), "{text}");
        }
        // A session policy is identity-based: it names no principal.
        let with_principal = ALLOW.replace(r#""Action""#, r#""Principal":"*","Action""#);
        assert!(read(Some(&with_principal), &[]).unwrap_err().starts_with("MalformedPolicyDocument: "));
    }

    #[test]
    fn a_policy_that_is_not_there_is_refused() {
        for arn in [
            "arn:aws:iam::aws:policy/NoSuchPolicyAnywhere",
            "arn:aws:iam::123456789012:policy/mine",
            "arn:aws:iam::210987654321:policy/AdministratorAccess",
            "AdministratorAccess",
        ] {
            let refused = read(None, &[Some(ADMINISTRATOR), Some(arn)]).unwrap_err();
            assert_eq!(refused, format!("InvalidParameterValue: Policy {arn} does not exist or is not attachable."));
        }
    }

    #[test]
    fn there_are_limits() {
        let fits = format!("{ALLOW}{}", " ".repeat(2_048 - ALLOW.len()));
        assert!(read(Some(&fits), &[Some(ADMINISTRATOR); 10]).is_ok());
        let long = format!("{fits} ");
        assert_eq!(
            read(Some(&long), &[]).unwrap_err(),
            format!(
                "1 validation error detected: Value '{long}' at 'policy' failed to satisfy constraint: Member must have \
                 length less than or equal to 2048"
            )
        );
        assert_eq!(
            read(None, &[Some(ADMINISTRATOR); 11]).unwrap_err(),
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have length \
             less than or equal to 10"
        );
        assert_eq!(
            read(None, &[Some(ADMINISTRATOR), None]).unwrap_err(),
            "1 validation error detected: Value null at 'policyArns.2.member.arn' failed to satisfy constraint: Member \
             must not be null"
        );
    }
}
