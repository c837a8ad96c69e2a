//! Finding what a request names, for its checks and for its run.
//!
//! The checks of a name that nobody has are on the ARN that it would have, so that only who may ask at all learns
//! that it is not there.

use std::sync::Arc;

use bartizan_gate::{Arn, Check, Error, Fault, Identity, Scope};
use bartizan_store::entity::{Group, InstanceProfile, Policy, Role, User};

use crate::{error, names::ExistingUserName};

/// The user of this name.
///
/// # Errors
/// `NoSuchEntity`
pub fn user<'a>(scope: &Scope<'a>, name: &str) -> Result<&'a Arc<User>, Error> {
    let found = scope.snapshot.users.by_name(scope.account(), name);
    Ok(found.ok_or_else(|| error::not_found("user", name))?)
}

/// The group of this name.
///
/// # Errors
/// `NoSuchEntity`
pub fn group<'a>(scope: &Scope<'a>, name: &str) -> Result<&'a Arc<Group>, Error> {
    let found = scope.snapshot.groups.by_name(scope.account(), name);
    Ok(found.ok_or_else(|| error::not_found("group", name))?)
}

/// The role of this name.
///
/// # Errors
/// `NoSuchEntity`
pub fn role<'a>(scope: &Scope<'a>, name: &str) -> Result<&'a Arc<Role>, Error> {
    let found = scope.snapshot.roles.by_name(scope.account(), name);
    Ok(found.ok_or_else(|| error::not_found("role", name))?)
}

/// The role of this name, to be changed.
///
/// # Errors
/// `NoSuchEntity`; `UnmodifiableEntity` if it is service-linked.
pub fn role_to_change<'a>(scope: &Scope<'a>, name: &str) -> Result<&'a Arc<Role>, Error> {
    let role = role(scope, name)?;
    if role.is_service_linked() {
        return Err(error::unmodifiable(format!(
            "Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS",
            role.name
        ))
        .into());
    }
    Ok(role)
}

/// The instance profile of this name.
///
/// # Errors
/// `NoSuchEntity`
pub fn instance_profile<'a>(scope: &Scope<'a>, name: &str) -> Result<&'a Arc<InstanceProfile>, Error> {
    let found = scope.snapshot.instance_profiles.by_name(scope.account(), name);
    // AWS's sentence has the words in this form.
    Ok(found.ok_or_else(|| error::no_such_entity(format!("Instance Profile {name} cannot be found.")))?)
}

/// The customer managed policy of this ARN, in the caller's account. An ARN is compared with case, path and all.
pub fn customer_policy<'a>(scope: &Scope<'a>, arn: &str) -> Option<&'a Arc<Policy>> {
    let resource = Arn::parse(arn)?.resource;
    let name = resource.strip_prefix("policy/")?.rsplit('/').next()?;
    scope.snapshot.policies.by_name(scope.account(), name).filter(|policy| policy.arn() == arn)
}

/// A check of `action` on the user of this name, with the tags that it has.
pub fn on_user(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    match scope.snapshot.users.by_name(scope.account(), name) {
        Some(user) => Check::new(action, user.arn()).resource_tags(&user.tags),
        None => Check::new(action, arn(scope, "user/", name)),
    }
}

/// The same for an action that also has the key `iam:PermissionsBoundary`: the user's.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#available-keys-for-iam>
pub fn on_bounded_user(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    let user = scope.snapshot.users.by_name(scope.account(), name);
    let boundary = user.and_then(|user| user.permissions_boundary.clone());
    on_user(scope, action, name).key("iam:PermissionsBoundary", boundary)
}

/// A check of `action` on the group of this name. Groups have no tags.
pub fn on_group(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    match scope.snapshot.groups.by_name(scope.account(), name) {
        Some(group) => Check::new(action, group.arn()),
        None => Check::new(action, arn(scope, "group/", name)),
    }
}

/// A check of `action` on the role of this name, with the tags that it has.
pub fn on_role(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    match scope.snapshot.roles.by_name(scope.account(), name) {
        Some(role) => Check::new(action, role.arn()).resource_tags(&role.tags),
        None => Check::new(action, arn(scope, "role/", name)),
    }
}

/// The same for an action that also has the key `iam:PermissionsBoundary`: the role's.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#available-keys-for-iam>
pub fn on_bounded_role(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    let role = scope.snapshot.roles.by_name(scope.account(), name);
    let boundary = role.and_then(|role| role.permissions_boundary.clone());
    on_role(scope, action, name).key("iam:PermissionsBoundary", boundary)
}

/// A check of `action` on the instance profile of this name, with the tags that it has.
pub fn on_instance_profile(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    match scope.snapshot.instance_profiles.by_name(scope.account(), name) {
        Some(profile) => Check::new(action, profile.arn()).resource_tags(&profile.tags),
        None => Check::new(action, arn(scope, "instance-profile/", name)),
    }
}

/// The ARN of something in the caller's account: `kind`, which ends with a slash or is followed by a path, and what
/// comes after it.
pub fn arn(scope: &Scope<'_>, kind: &str, rest: &str) -> String {
    format!("arn:aws:iam::{}:{kind}{rest}", scope.account())
}

/// The error of a request that leaves out `UserName` although it does not follow from the caller.
pub fn must_specify_user_name() -> Fault {
    error::validation("Must specify userName when calling with non-User credentials")
}

/// Whom a request is about whose `UserName` may be left out.
#[derive(Debug)]
pub enum Subject<'a> {
    /// The caller's account's root user, who asks about itself.
    Root,
    /// A user who is there.
    User(&'a Arc<User>),
    /// A user name that nobody has.
    Nobody(&'a str),
}

impl<'a> Subject<'a> {
    /// The user of this name, or else the caller.
    ///
    /// # Errors
    /// `ValidationError` if no name is given and the caller is neither a user nor root.
    pub fn of(scope: &Scope<'a>, name: &'a Option<ExistingUserName>) -> Result<Self, Error> {
        match (name, &scope.caller.identity) {
            (Some(name), _) => match scope.snapshot.users.by_name(scope.account(), name.as_str()) {
                Some(user) => Ok(Self::User(user)),
                None => Ok(Self::Nobody(name.as_str())),
            },
            (None, Identity::User(user)) => Ok(Self::User(user)),
            (None, Identity::Root) => Ok(Self::Root),
            (None, Identity::Anonymous | Identity::Role { .. } | Identity::FederatedUser { .. }) => {
                Err(must_specify_user_name().into())
            }
        }
    }

    /// A check of `action` on it.
    pub fn check(&self, scope: &Scope<'_>, action: &'static str) -> Check {
        match self {
            Self::Root => Check::new(action, arn(scope, "root", "")),
            Self::User(user) => Check::new(action, user.arn()).resource_tags(&user.tags),
            Self::Nobody(name) => Check::new(action, arn(scope, "user/", name)),
        }
    }
}
