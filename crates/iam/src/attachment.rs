//! Managed policies on users, groups and roles.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage-attach-detach.html>

use std::sync::Arc;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{
    Entity,
    entity::{Group, Role, User},
};
use bartizan_wire::Shape;

use crate::{
    attached::AttachedPolicy,
    error, lookup,
    managed_policy::{self, ManagedPolicy},
    names::{Arn, GroupName, Marker, MaxItems, Path, PolicyPath, RoleName, UserName},
    page::{Page, Paging},
};

/// How many managed policies a user, group or role may have attached.
pub const MAX_ATTACHED: usize = 10;

/// What managed policies can be attached to.
trait Holder: Entity {
    /// The quota's name.
    const QUOTA: &'static str;

    /// The ARNs of what is attached.
    fn attached(&mut self) -> &mut Vec<String>;
}

impl Holder for User {
    const QUOTA: &'static str = "PoliciesPerUser";

    fn attached(&mut self) -> &mut Vec<String> {
        &mut self.attached_policies
    }
}

impl Holder for Group {
    const QUOTA: &'static str = "PoliciesPerGroup";

    fn attached(&mut self) -> &mut Vec<String> {
        &mut self.attached_policies
    }
}

impl Holder for Role {
    const QUOTA: &'static str = "PoliciesPerRole";

    fn attached(&mut self) -> &mut Vec<String> {
        &mut self.attached_policies
    }
}

/// A check on who is to have a policy attached or detached, with the policy's ARN.
fn with_policy(on: Check, arn: &Arn) -> Result<Checks, Error> {
    managed_policy::valid(arn)?;
    Ok(on.key("iam:PolicyARN", [arn.as_str()]).into())
}

/// Attaches a policy. One that is attached already stays so.
fn attach<H: Holder>(cx: &mut Context<'_>, holder: &Arc<H>, arn: &Arn) -> Result<(), Error> {
    let arn = ManagedPolicy::attachable(cx, arn)?.arn();
    let mut holder = H::clone(holder);
    if holder.attached().iter().any(|attached| *attached == arn) {
        return Ok(());
    }
    if holder.attached().len() >= MAX_ATTACHED {
        return Err(error::quota_exceeded(H::QUOTA, MAX_ATTACHED).into());
    }
    holder.attached().push(arn.into_owned());
    cx.put(holder);
    Ok(())
}

/// Detaches a policy that is attached.
fn detach<H: Holder>(cx: &mut Context<'_>, holder: &Arc<H>, arn: &Arn) -> Result<(), Error> {
    let mut holder = H::clone(holder);
    let before = holder.attached().len();
    holder.attached().retain(|attached| attached != arn.as_str());
    if holder.attached().len() == before {
        return Err(error::no_such_entity(format!("Policy {arn} was not found.")).into());
    }
    cx.put(holder);
    Ok(())
}

/// What a page's marker says of an attached policy. Two of one name can be attached, the account's and AWS's, so of
/// AWS's it is the ARN. Of the account's it is the name: their ARNs can be longer than a marker may be.
fn place(arn: &str) -> &str {
    match arn.starts_with("arn:aws:iam::aws:") {
        true => arn,
        false => arn.rsplit('/').next().unwrap_or(arn),
    }
}

/// A page of what is attached.
fn page<O: Operation>(
    scope: &Scope<'_>,
    attached: &[String],
    path_prefix: &Option<PolicyPath>,
    marker: &Option<Marker>,
    max_items: &Option<MaxItems>,
) -> Result<Page<AttachedPolicy>, Error> {
    let prefix = path_prefix.as_ref().map_or(Path::ROOT, PolicyPath::as_str);
    let listed = attached.iter().filter(|arn| managed_policy::path_in(arn).starts_with(prefix));
    let page = Paging::of::<O>(scope, marker, max_items)?.sort_and_take(scope, listed, |arn| place(arn))?;
    Ok(page.map(|arn| AttachedPolicy::new(arn)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html>
#[derive(Debug, Shape)]
pub struct AttachUserPolicy {
    pub user_name: UserName,
    pub policy_arn: Arn,
}

impl Operation for AttachUserPolicy {
    const ACTION: &'static str = "iam:AttachUserPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        with_policy(lookup::on_bounded_user(scope, Self::ACTION, self.user_name.as_str()), &self.policy_arn)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        attach(cx, user, &self.policy_arn)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachGroupPolicy.html>
#[derive(Debug, Shape)]
pub struct AttachGroupPolicy {
    pub group_name: GroupName,
    pub policy_arn: Arn,
}

impl Operation for AttachGroupPolicy {
    const ACTION: &'static str = "iam:AttachGroupPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        with_policy(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()), &self.policy_arn)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        attach(cx, group, &self.policy_arn)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
#[derive(Debug, Shape)]
pub struct AttachRolePolicy {
    pub role_name: RoleName,
    pub policy_arn: Arn,
}

impl Operation for AttachRolePolicy {
    const ACTION: &'static str = "iam:AttachRolePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        with_policy(lookup::on_bounded_role(scope, Self::ACTION, self.role_name.as_str()), &self.policy_arn)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let role = lookup::role_to_change(cx, self.role_name.as_str())?;
        attach(cx, role, &self.policy_arn)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html>
#[derive(Debug, Shape)]
pub struct DetachUserPolicy {
    pub user_name: UserName,
    pub policy_arn: Arn,
}

impl Operation for DetachUserPolicy {
    const ACTION: &'static str = "iam:DetachUserPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        with_policy(lookup::on_bounded_user(scope, Self::ACTION, self.user_name.as_str()), &self.policy_arn)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        detach(cx, user, &self.policy_arn)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html>
#[derive(Debug, Shape)]
pub struct DetachGroupPolicy {
    pub group_name: GroupName,
    pub policy_arn: Arn,
}

impl Operation for DetachGroupPolicy {
    const ACTION: &'static str = "iam:DetachGroupPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        with_policy(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()), &self.policy_arn)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        detach(cx, group, &self.policy_arn)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html>
#[derive(Debug, Shape)]
pub struct DetachRolePolicy {
    pub role_name: RoleName,
    pub policy_arn: Arn,
}

impl Operation for DetachRolePolicy {
    const ACTION: &'static str = "iam:DetachRolePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        with_policy(lookup::on_bounded_role(scope, Self::ACTION, self.role_name.as_str()), &self.policy_arn)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let role = lookup::role_to_change(cx, self.role_name.as_str())?;
        detach(cx, role, &self.policy_arn)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
#[derive(Debug, Shape)]
pub struct ListAttachedUserPolicies {
    pub user_name: UserName,
    pub path_prefix: Option<PolicyPath>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListAttachedUserPoliciesResponse {
    pub attached_policies: Option<Vec<AttachedPolicy>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListAttachedUserPolicies {
    const ACTION: &'static str = "iam:ListAttachedUserPolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAttachedUserPoliciesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListAttachedUserPoliciesResponse, Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        let page = page::<Self>(cx, &user.attached_policies, &self.path_prefix, &self.marker, &self.max_items)?;
        Ok(ListAttachedUserPoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedGroupPolicies.html>
#[derive(Debug, Shape)]
pub struct ListAttachedGroupPolicies {
    pub group_name: GroupName,
    pub path_prefix: Option<PolicyPath>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListAttachedGroupPoliciesResponse {
    pub attached_policies: Option<Vec<AttachedPolicy>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListAttachedGroupPolicies {
    const ACTION: &'static str = "iam:ListAttachedGroupPolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAttachedGroupPoliciesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListAttachedGroupPoliciesResponse, Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let page = page::<Self>(cx, &group.attached_policies, &self.path_prefix, &self.marker, &self.max_items)?;
        Ok(ListAttachedGroupPoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
#[derive(Debug, Shape)]
pub struct ListAttachedRolePolicies {
    pub role_name: RoleName,
    pub path_prefix: Option<PolicyPath>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListAttachedRolePoliciesResponse {
    pub attached_policies: Option<Vec<AttachedPolicy>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListAttachedRolePolicies {
    const ACTION: &'static str = "iam:ListAttachedRolePolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAttachedRolePoliciesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListAttachedRolePoliciesResponse, Error> {
        let role = lookup::role(cx, self.role_name.as_str())?;
        let page = page::<Self>(cx, &role.attached_policies, &self.path_prefix, &self.marker, &self.max_items)?;
        Ok(ListAttachedRolePoliciesResponse {
            attached_policies: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn policies_of_one_name_have_different_places() {
        assert_eq!(place("arn:aws:iam::123456789012:policy/a/ReadOnlyAccess"), "ReadOnlyAccess");
        assert_eq!(place("arn:aws:iam::aws:policy/ReadOnlyAccess"), "arn:aws:iam::aws:policy/ReadOnlyAccess");
    }
}
