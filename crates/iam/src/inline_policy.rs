//! Inline policies of users, groups and roles.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#inline-policies>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity::{self, InlinePolicy};
use bartizan_wire::Shape;

use crate::{
    document::{self, Owner},
    error, lookup,
    names::{ExistingUserName, GroupName, Marker, MaxItems, PolicyDocument, PolicyName, RoleName},
    page::Paging,
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html>
#[derive(Debug, Shape)]
pub struct PutUserPolicy {
    pub user_name: ExistingUserName,
    pub policy_name: PolicyName,
    pub policy_document: PolicyDocument,
}

impl Operation for PutUserPolicy {
    const ACTION: &'static str = "iam:PutUserPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bounded_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        let name = self.policy_name.as_str();
        document::put_inline(&mut user.inline_policies, name, &self.policy_document, Owner::User, &user.name)?;
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html>
#[derive(Debug, Shape)]
pub struct GetUserPolicy {
    pub user_name: ExistingUserName,
    pub policy_name: PolicyName,
}

#[derive(Debug, Shape)]
pub struct GetUserPolicyResponse {
    pub user_name: String,
    pub policy_name: String,
    pub policy_document: String,
}

impl Operation for GetUserPolicy {
    const ACTION: &'static str = "iam:GetUserPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetUserPolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetUserPolicyResponse, Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        let policy = named(&user.inline_policies, &self.policy_name, "user")?;
        Ok(GetUserPolicyResponse {
            user_name: user.name.clone(),
            policy_name: policy.name.clone(),
            policy_document: document::shown_as_stored(&policy.document),
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>
#[derive(Debug, Shape)]
pub struct ListUserPolicies {
    pub user_name: ExistingUserName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListUserPoliciesResponse {
    pub policy_names: Vec<String>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListUserPolicies {
    const ACTION: &'static str = "iam:ListUserPolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListUserPoliciesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListUserPoliciesResponse, Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let names = user.inline_policies.iter().map(|policy| policy.name.clone());
        let page = paging.sort_and_take(cx, names, |name| name)?;
        Ok(ListUserPoliciesResponse { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html>
#[derive(Debug, Shape)]
pub struct DeleteUserPolicy {
    pub user_name: ExistingUserName,
    pub policy_name: PolicyName,
}

impl Operation for DeleteUserPolicy {
    const ACTION: &'static str = "iam:DeleteUserPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bounded_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        named(&user.inline_policies, &self.policy_name, "user")?;
        user.inline_policies.retain(|policy| policy.name != self.policy_name.as_str());
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html>
#[derive(Debug, Shape)]
pub struct PutGroupPolicy {
    pub group_name: GroupName,
    pub policy_name: PolicyName,
    pub policy_document: PolicyDocument,
}

impl Operation for PutGroupPolicy {
    const ACTION: &'static str = "iam:PutGroupPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut group = entity::Group::clone(lookup::group(cx, self.group_name.as_str())?);
        let name = self.policy_name.as_str();
        document::put_inline(&mut group.inline_policies, name, &self.policy_document, Owner::Group, &group.name)?;
        cx.put(group);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html>
#[derive(Debug, Shape)]
pub struct GetGroupPolicy {
    pub group_name: GroupName,
    pub policy_name: PolicyName,
}

#[derive(Debug, Shape)]
pub struct GetGroupPolicyResponse {
    pub group_name: String,
    pub policy_name: String,
    pub policy_document: String,
}

impl Operation for GetGroupPolicy {
    const ACTION: &'static str = "iam:GetGroupPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetGroupPolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetGroupPolicyResponse, Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let policy = named(&group.inline_policies, &self.policy_name, "group")?;
        Ok(GetGroupPolicyResponse {
            group_name: group.name.clone(),
            policy_name: policy.name.clone(),
            policy_document: document::shown_as_stored(&policy.document),
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html>
#[derive(Debug, Shape)]
pub struct ListGroupPolicies {
    pub group_name: GroupName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListGroupPoliciesResponse {
    pub policy_names: Vec<String>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListGroupPolicies {
    const ACTION: &'static str = "iam:ListGroupPolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListGroupPoliciesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListGroupPoliciesResponse, Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let names = group.inline_policies.iter().map(|policy| policy.name.clone());
        let page = paging.sort_and_take(cx, names, |name| name)?;
        Ok(ListGroupPoliciesResponse { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html>
#[derive(Debug, Shape)]
pub struct DeleteGroupPolicy {
    pub group_name: GroupName,
    pub policy_name: PolicyName,
}

impl Operation for DeleteGroupPolicy {
    const ACTION: &'static str = "iam:DeleteGroupPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut group = entity::Group::clone(lookup::group(cx, self.group_name.as_str())?);
        named(&group.inline_policies, &self.policy_name, "group")?;
        group.inline_policies.retain(|policy| policy.name != self.policy_name.as_str());
        cx.put(group);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
#[derive(Debug, Shape)]
pub struct PutRolePolicy {
    pub role_name: RoleName,
    pub policy_name: PolicyName,
    pub policy_document: PolicyDocument,
}

impl Operation for PutRolePolicy {
    const ACTION: &'static str = "iam:PutRolePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bounded_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        let name = self.policy_name.as_str();
        document::put_inline(&mut role.inline_policies, name, &self.policy_document, Owner::Role, &role.name)?;
        cx.put(role);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
#[derive(Debug, Shape)]
pub struct GetRolePolicy {
    pub role_name: RoleName,
    pub policy_name: PolicyName,
}

#[derive(Debug, Shape)]
pub struct GetRolePolicyResponse {
    pub role_name: String,
    pub policy_name: String,
    pub policy_document: String,
}

impl Operation for GetRolePolicy {
    const ACTION: &'static str = "iam:GetRolePolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetRolePolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetRolePolicyResponse, Error> {
        let role = lookup::role(cx, self.role_name.as_str())?;
        let policy = named(&role.inline_policies, &self.policy_name, "role")?;
        Ok(GetRolePolicyResponse {
            role_name: role.name.clone(),
            policy_name: policy.name.clone(),
            policy_document: document::shown_as_stored(&policy.document),
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>
#[derive(Debug, Shape)]
pub struct ListRolePolicies {
    pub role_name: RoleName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListRolePoliciesResponse {
    pub policy_names: Vec<String>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListRolePolicies {
    const ACTION: &'static str = "iam:ListRolePolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListRolePoliciesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListRolePoliciesResponse, Error> {
        let role = lookup::role(cx, self.role_name.as_str())?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let names = role.inline_policies.iter().map(|policy| policy.name.clone());
        let page = paging.sort_and_take(cx, names, |name| name)?;
        Ok(ListRolePoliciesResponse { policy_names: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
#[derive(Debug, Shape)]
pub struct DeleteRolePolicy {
    pub role_name: RoleName,
    pub policy_name: PolicyName,
}

impl Operation for DeleteRolePolicy {
    const ACTION: &'static str = "iam:DeleteRolePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bounded_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        named(&role.inline_policies, &self.policy_name, "role")?;
        role.inline_policies.retain(|policy| policy.name != self.policy_name.as_str());
        cx.put(role);
        Ok(())
    }
}

/// The policy of this name; `owner` is how AWS calls what it hangs on.
fn named<'a>(policies: &'a [InlinePolicy], name: &PolicyName, owner: &str) -> Result<&'a InlinePolicy, Error> {
    let found = policies.iter().find(|policy| policy.name == name.as_str());
    Ok(found.ok_or_else(|| error::not_found(&format!("{owner} policy"), name.as_str()))?)
}
