//! Policies that a simulation leaves out, as if they were not attached.

use bartizan_gate::{Arn, Fault, HeldPolicies, HeldPolicy, Holder, Origin};
use bartizan_wire::Shape;

use crate::{
    error,
    names::{self, AttachmentName, PolicyName},
};

/// Policies by their type, by ARN, or by name and whom they hang on: one of the three.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html>
#[derive(Debug, Shape)]
pub struct PolicyIdentifier {
    pub policy_type: Option<PolicyIdentifierPolicyType>,
    pub policy_arn: Option<names::Arn>,
    pub inline_policy_identifier: Option<InlinePolicyIdentifier>,
}

/// The types of policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum PolicyIdentifierPolicyType {
    #[shape(name = "inline")]
    Inline,
    #[shape(name = "aws-managed")]
    AwsManaged,
    #[shape(name = "user-managed")]
    UserManaged,
    #[shape(name = "permission-boundary")]
    PermissionBoundary,
    #[shape(name = "scp")]
    Scp,
    #[shape(name = "rcp")]
    Rcp,
}

/// An inline policy, and whom it hangs on.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_InlinePolicyIdentifierType.html>
#[derive(Debug, Shape)]
#[shape(name = "InlinePolicyIdentifierType")]
pub struct InlinePolicyIdentifier {
    pub policy_name: PolicyName,
    pub attachment_type: AttachmentType,
    pub attachment_name: AttachmentName,
}

/// What an inline policy hangs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum AttachmentType {
    #[shape(name = "user")]
    User,
    #[shape(name = "group")]
    Group,
    #[shape(name = "role")]
    Role,
}

/// Which policies one identifier means. Service control policies and resource control policies are none of those that a
/// principal holds.
#[derive(Debug)]
enum Exclusion<'a> {
    Type(PolicyIdentifierPolicyType),
    Managed(Pattern<'a>),
    Inline(&'a InlinePolicyIdentifier, Pattern<'a>),
}

/// Takes away the policies that are to be left out.
///
/// # Errors
/// `InvalidInput` for an identifier that is none.
pub fn exclude(held: &mut HeldPolicies<'_>, identifiers: &[PolicyIdentifier]) -> Result<(), Fault> {
    let exclusions = identifiers.iter().map(Exclusion::read).collect::<Result<Vec<_>, _>>()?;
    held.identity.retain(|policy| !exclusions.iter().any(|exclusion| exclusion.means(policy)));
    if exclusions
        .iter()
        .any(|exclusion| matches!(exclusion, Exclusion::Type(PolicyIdentifierPolicyType::PermissionBoundary)))
    {
        held.boundary = None;
    }
    Ok(())
}

impl<'a> Exclusion<'a> {
    fn read(identifier: &'a PolicyIdentifier) -> Result<Self, Fault> {
        match identifier {
            PolicyIdentifier { policy_type: Some(of), policy_arn: None, inline_policy_identifier: None } => {
                Ok(Self::Type(*of))
            }
            PolicyIdentifier { policy_type: None, policy_arn: Some(arn), inline_policy_identifier: None } => {
                Ok(Self::Managed(managed(arn.as_str())?))
            }
            PolicyIdentifier { policy_type: None, policy_arn: None, inline_policy_identifier: Some(inline) } => {
                Ok(Self::Inline(inline, Pattern::read(inline.attachment_name.as_str())?))
            }
            _ => Err(invalid("each names exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier")),
        }
    }

    fn means(&self, policy: &HeldPolicy<'_>) -> bool {
        match (self, policy.origin) {
            (Self::Type(PolicyIdentifierPolicyType::Inline), Origin::Inline(..)) => true,
            (Self::Type(PolicyIdentifierPolicyType::AwsManaged), Origin::Managed(arn)) => is_awss(arn),
            (Self::Type(PolicyIdentifierPolicyType::UserManaged), Origin::Managed(arn)) => !is_awss(arn),
            (Self::Managed(pattern), Origin::Managed(arn)) => pattern.matches(arn),
            (Self::Inline(identifier, pattern), Origin::Inline(holder, name)) => {
                let (of, holder_name) = match holder {
                    Holder::User(user) => (AttachmentType::User, &user.name),
                    Holder::Group(group) => (AttachmentType::Group, &group.name),
                    Holder::Role(role) => (AttachmentType::Role, &role.name),
                };
                identifier.policy_name.as_str() == name
                    && identifier.attachment_type == of
                    && pattern.matches(holder_name)
            }
            _ => false,
        }
    }
}

fn is_awss(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::aws:")
}

/// A managed policy's ARN, whose name may have wildcards.
fn managed(text: &str) -> Result<Pattern<'_>, Fault> {
    let not_valid = || invalid(&format!("{text} is not the ARN of a managed policy"));
    let arn = Arn::parse(text).ok_or_else(not_valid)?;
    let name = arn.resource.strip_prefix("policy/").ok_or_else(not_valid)?;
    let before = text.get(..text.len() - name.len()).unwrap_or_default();
    match arn.service == "iam" && !name.is_empty() && !before.contains(['*', '?']) {
        true => Pattern::read(text),
        false => Err(not_valid()),
    }
}

/// "At most one * (matches any sequence of characters, including none), and any number of ? (each matches exactly one
/// character)."
#[derive(Debug, Clone, Copy)]
struct Pattern<'a> {
    before: &'a str,
    /// What follows the star, if there is one.
    after: Option<&'a str>,
}

impl<'a> Pattern<'a> {
    fn read(text: &'a str) -> Result<Self, Fault> {
        match text.split_once('*') {
            None => Ok(Self { before: text, after: None }),
            Some((_, after)) if after.contains('*') => Err(invalid(&format!("{text} has more than one *"))),
            Some((before, after)) => Ok(Self { before, after: Some(after) }),
        }
    }

    fn matches(self, text: &str) -> bool {
        let alike = |(ours, theirs): (char, char)| ours == '?' || ours == theirs;
        let (before, after, length) =
            (self.before.chars().count(), self.after.map_or(0, |after| after.chars().count()), text.chars().count());
        let fits = if self.after.is_some() { length >= before + after } else { length == before };
        let ends = self.after.unwrap_or_default().chars().rev().zip(text.chars().rev()).all(alike);
        fits && ends && self.before.chars().zip(text.chars()).all(alike)
    }
}

fn invalid(what: &str) -> Fault {
    error::invalid_input(format!("PolicyExclusionList is not valid: {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_sequence_and_a_question_mark_for_one() {
        for (pattern, fits, others) in [
            ("ab", &["ab"][..], &["a", "abc", "AB", ""][..]),
            ("a*b", &["ab", "axxb", "abab"], &["a", "ba", "abx"]),
            ("a?*", &["ab", "abc"], &["a", "ba"]),
            ("*", &["", "x"], &[]),
            ("aba*aba", &["abaaba", "abaxaba"], &["aba", "ababa"]),
        ] {
            let read = Pattern::read(pattern).unwrap();
            assert!(fits.iter().all(|text| read.matches(text)), "{pattern}");
            assert!(others.iter().all(|text| !read.matches(text)), "{pattern}");
        }
        assert!(Pattern::read("a*b*").is_err());
    }

    #[test]
    fn wildcards_stand_in_a_managed_policys_name_only() {
        for good in ["arn:aws:iam::aws:policy/*", "arn:aws:iam::123456789012:policy/a/b?"] {
            assert!(managed(good).is_ok(), "{good}");
        }
        for bad in [
            "ReadOnlyAccess",
            "arn:aws:iam::*:policy/p",
            "arn:aws:iam::aws:policy/",
            "arn:aws:iam::aws:pol?cy/p",
            "arn:aws:s3::aws:policy/p",
            "arn:aws:iam::aws:policy/*a*",
        ] {
            assert_eq!(managed(bad).unwrap_err().code, "InvalidInput", "{bad}");
        }
    }
}
