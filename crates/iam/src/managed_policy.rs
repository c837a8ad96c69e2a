//! A managed policy, whoever manages it: the account, or AWS.
//!
//! AWS managed policies are the same in every account: whoever may read policies may read them, anyone can attach
//! them, and nobody can change them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>

use std::{borrow::Cow, sync::Arc};

use bartizan_gate::{Arn, Check, Error, Fault, Scope};
use bartizan_store::{
    AccountId, Snapshot,
    aws_managed::{self, AwsManagedPolicy},
    entity::{Group, Policy, Role, Tag, User},
};
use jiff::Timestamp;

use crate::{error, lookup, names};

/// A managed policy that is there.
#[derive(Debug, Clone, Copy)]
pub enum ManagedPolicy<'a> {
    /// The account's own.
    Customer(&'a Arc<Policy>),
    /// AWS's.
    Aws(&'static AwsManagedPolicy),
}

/// How many users, groups and roles of an account use a managed policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// As many have it attached.
    pub attachments: usize,
    /// As many users and roles are bounded by it.
    pub boundaries: usize,
}

impl<'a> ManagedPolicy<'a> {
    /// The policy of this ARN that the caller's account can use: its own or AWS's, never another account's.
    pub fn get(scope: &Scope<'a>, arn: &str) -> Option<Self> {
        aws_managed::get(arn).map(Self::Aws).or_else(|| lookup::customer_policy(scope, arn).map(Self::Customer))
    }

    /// The same, for an operation that is about the policy itself.
    ///
    /// # Errors
    /// `NoSuchEntity`
    pub fn find(scope: &Scope<'a>, arn: &names::Arn) -> Result<Self, Error> {
        Ok(Self::get(scope, arn.as_str()).ok_or_else(|| not_found(arn))?)
    }

    /// The same, to be attached to a user, group or role.
    ///
    /// # Errors
    /// `NoSuchEntity`; `PolicyNotAttachable` for the policies that AWS keeps for service-linked roles.
    pub fn attachable(scope: &Scope<'a>, arn: &names::Arn) -> Result<Self, Error> {
        let policy = Self::get(scope, arn.as_str())
            .ok_or_else(|| error::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))?;
        Ok(policy.for_customers()?)
    }

    /// The same, to bound a user or role.
    ///
    /// # Errors
    /// `NoSuchEntity`; `PolicyNotAttachable` for the policies that AWS keeps for service-linked roles.
    pub fn boundary(scope: &Scope<'a>, arn: &str) -> Result<Self, Error> {
        let policy = Self::get(scope, arn)
            .ok_or_else(|| error::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable.")))?;
        Ok(policy.for_customers()?)
    }

    /// Refuses the policies that AWS keeps for service-linked roles.
    fn for_customers(self) -> Result<Self, Fault> {
        match self.path().starts_with("/aws-service-role/") {
            true => {
                Err(Fault::new("PolicyNotAttachable", 400, "Cannot attach a Service Role Policy to a Customer Role."))
            }
            false => Ok(self),
        }
    }

    /// Its ARN, with the case and path that it was made with.
    pub fn arn(&self) -> Cow<'a, str> {
        match self {
            Self::Customer(policy) => Cow::Owned(policy.arn()),
            Self::Aws(policy) => Cow::Borrowed(policy.arn),
        }
    }

    /// Its unique id, `ANPA…`.
    pub fn id(&self) -> &'a str {
        match self {
            Self::Customer(policy) => &policy.id,
            Self::Aws(policy) => policy.id,
        }
    }

    /// Its name.
    pub fn name(&self) -> &'a str {
        match self {
            Self::Customer(policy) => &policy.name,
            Self::Aws(policy) => policy.name,
        }
    }

    /// Its path.
    pub fn path(&self) -> &'a str {
        match self {
            Self::Customer(policy) => &policy.path,
            Self::Aws(policy) => policy.path,
        }
    }

    /// The id of the version in force.
    pub fn default_version_id(&self) -> String {
        match self {
            Self::Customer(policy) => version_id(policy.default_version),
            Self::Aws(policy) => policy.version_id.to_owned(),
        }
    }

    /// What it is for. AWS's descriptions are not kept.
    pub fn description(&self) -> Option<&'a str> {
        match self {
            Self::Customer(policy) => policy.description.as_deref(),
            Self::Aws(_) => None,
        }
    }

    /// When it was made.
    pub fn created(&self) -> Timestamp {
        match self {
            Self::Customer(policy) => policy.created,
            Self::Aws(policy) => policy.created,
        }
    }

    /// When it last changed.
    pub fn updated(&self) -> Timestamp {
        match self {
            Self::Customer(policy) => policy.updated,
            Self::Aws(policy) => policy.updated,
        }
    }

    /// Its tags. AWS's have none.
    pub fn tags(&self) -> &'a [Tag] {
        match self {
            Self::Customer(policy) => &policy.tags,
            Self::Aws(_) => &[],
        }
    }
}

impl Usage {
    /// Nothing uses it.
    pub const NONE: Self = Self { attachments: 0, boundaries: 0 };

    /// How the account uses the policy of this ARN.
    pub fn of(snapshot: &Snapshot, account: AccountId, arn: &str) -> Self {
        let mut usage = Self::NONE;
        for user in snapshot.pointing_at::<User>(account, arn) {
            usage.count(arn, &user.attached_policies, user.permissions_boundary.as_deref());
        }
        for group in snapshot.pointing_at::<Group>(account, arn) {
            usage.count(arn, &group.attached_policies, None);
        }
        for role in snapshot.pointing_at::<Role>(account, arn) {
            usage.count(arn, &role.attached_policies, role.permissions_boundary.as_deref());
        }
        usage
    }

    /// Whether anything uses it.
    pub const fn is_any(self) -> bool {
        self.attachments > 0 || self.boundaries > 0
    }

    /// The attachments, as answers count them.
    pub fn attachment_count(self) -> i32 {
        i32::try_from(self.attachments).unwrap_or(i32::MAX)
    }

    /// The users and roles that it bounds, as answers count them.
    pub fn boundary_count(self) -> i32 {
        i32::try_from(self.boundaries).unwrap_or(i32::MAX)
    }

    fn count(&mut self, arn: &str, attached: &[String], boundary: Option<&str>) {
        self.attachments += usize::from(attached.iter().any(|policy| policy == arn));
        self.boundaries += usize::from(boundary == Some(arn));
    }
}

/// The account's own policy of this ARN, to be changed by `action`.
///
/// # Errors
/// `NoSuchEntity`; `AccessDenied`, whoever asks, for a policy that AWS manages.
pub fn to_change<'a>(scope: &Scope<'a>, action: &str, arn: &names::Arn) -> Result<&'a Arc<Policy>, Error> {
    match ManagedPolicy::find(scope, arn)? {
        ManagedPolicy::Customer(policy) => Ok(policy),
        ManagedPolicy::Aws(policy) => {
            let (caller, arn) = (scope.caller.arn(), policy.arn);
            let message = format!("User: {caller} is not authorized to perform: {action} on resource: policy {arn}");
            Err(Fault::new("AccessDenied", 403, message).into())
        }
    }
}

/// A check of `action` on the policy of this ARN, with the tags that it has.
///
/// # Errors
/// `InvalidInput` if it is no policy's ARN.
pub fn check(scope: &Scope<'_>, action: &'static str, arn: &names::Arn) -> Result<Check, Error> {
    valid(arn)?;
    let tags = ManagedPolicy::get(scope, arn.as_str()).map_or(&[][..], |policy| policy.tags());
    Ok(Check::new(action, arn.as_str()).resource_tags(tags))
}

/// Whether the text is a policy's ARN, of whatever account.
///
/// # Errors
/// `InvalidInput`
pub fn valid(arn: &names::Arn) -> Result<(), Fault> {
    let is_policy = |arn: Arn<'_>| {
        let is_account = arn.account == "aws" || arn.account.parse::<AccountId>().is_ok();
        let name = arn.resource.strip_prefix("policy/").and_then(|rest| rest.rsplit('/').next());
        arn.partition == "aws"
            && arn.service == "iam"
            && arn.region.is_empty()
            && is_account
            && name.is_some_and(|name| !name.is_empty())
    };
    match Arn::parse(arn.as_str()).is_some_and(is_policy) {
        true => Ok(()),
        false => Err(error::invalid_input(format!("ARN {arn} is not valid."))),
    }
}

/// `v1` for 1.
pub fn version_id(number: u32) -> String {
    format!("v{number}")
}

/// The path in a policy's ARN: what is between `policy` and the name.
pub fn path_in(arn: &str) -> &str {
    let path_and_name = arn.split_once(":policy").map_or("", |(_, rest)| rest);
    let end = path_and_name.rfind('/').map_or(0, |slash| slash + 1);
    path_and_name.get(..end).unwrap_or_default()
}

fn not_found(arn: &names::Arn) -> Fault {
    error::no_such_entity(format!("Policy {arn} was not found."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_policys_arn_is_valid() {
        for good in [
            "arn:aws:iam::123456789012:policy/p",
            "arn:aws:iam::123456789012:policy/a/b/p",
            "arn:aws:iam::aws:policy/job-function/Billing",
        ] {
            assert!(valid(&names::Arn::new(good).unwrap()).is_ok(), "{good}");
        }
        for bad in [
            "AmazonS3ReadOnlyAccess",
            "arn:aws:iam::123456789012:policy",
            "arn:aws:iam::123456789012:policy/",
            "arn:aws:iam::123456789012:policy/a/",
            "arn:aws:iam::123456789012:role/p",
            "arn:aws:iam:us-east-1:123456789012:policy/p",
            "arn:aws:sts::123456789012:policy/p",
            "arn:aws-cn:iam::123456789012:policy/p",
            "arn:aws:iam::12345678901:policy/p",
            "arn:aws:iam:::policy/ReadOnlyAccess",
            "arn:aws:iam::*:policy/ReadOnlyAccess",
        ] {
            let fault = valid(&names::Arn::new(bad).unwrap()).unwrap_err();
            assert_eq!((fault.code, fault.message), ("InvalidInput", format!("ARN {bad} is not valid.")), "{bad}");
        }
    }

    #[test]
    fn the_path_is_between_policy_and_name() {
        for (arn, path) in [
            ("arn:aws:iam::123456789012:policy/p", "/"),
            ("arn:aws:iam::123456789012:policy/a/b/p", "/a/b/"),
            ("arn:aws:iam::aws:policy/job-function/Billing", "/job-function/"),
            ("no ARN", ""),
        ] {
            assert_eq!(path_in(arn), path, "{arn}");
        }
    }

    #[test]
    fn an_attachment_and_a_boundary_are_counted_apart() {
        let mut usage = Usage::NONE;
        let (one, other) = ("arn:one", "arn:other");
        usage.count(one, &[one.to_owned(), other.to_owned()], Some(one));
        usage.count(one, &[other.to_owned()], Some(one));
        usage.count(one, &[one.to_owned()], Some(other));
        usage.count(one, &[], None);
        assert_eq!(usage, Usage { attachments: 2, boundaries: 2 });
    }
}
