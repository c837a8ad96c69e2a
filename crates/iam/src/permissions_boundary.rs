//! Permissions boundaries of users and roles.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    lookup,
    managed_policy::{self, ManagedPolicy},
    names::{Arn, RoleName, UserName},
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html>
#[derive(Debug, Shape)]
pub struct PutUserPermissionsBoundary {
    pub user_name: UserName,
    pub permissions_boundary: Arn,
}

impl Operation for PutUserPermissionsBoundary {
    const ACTION: &'static str = "iam:PutUserPermissionsBoundary";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// The condition key is the boundary that is to be, not the one that is.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        managed_policy::valid(&self.permissions_boundary)?;
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str())
            .key("iam:PermissionsBoundary", [self.permissions_boundary.as_str()])
            .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        ManagedPolicy::boundary(cx, self.permissions_boundary.as_str())?;
        user.permissions_boundary = Some(self.permissions_boundary.to_string());
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
#[derive(Debug, Shape)]
pub struct PutRolePermissionsBoundary {
    pub role_name: RoleName,
    pub permissions_boundary: Arn,
}

impl Operation for PutRolePermissionsBoundary {
    const ACTION: &'static str = "iam:PutRolePermissionsBoundary";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// The condition key is the boundary that is to be, not the one that is.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        managed_policy::valid(&self.permissions_boundary)?;
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str())
            .key("iam:PermissionsBoundary", [self.permissions_boundary.as_str()])
            .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        ManagedPolicy::boundary(cx, self.permissions_boundary.as_str())?;
        role.permissions_boundary = Some(self.permissions_boundary.to_string());
        cx.put(role);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html>
#[derive(Debug, Shape)]
pub struct DeleteUserPermissionsBoundary {
    pub user_name: UserName,
}

impl Operation for DeleteUserPermissionsBoundary {
    const ACTION: &'static str = "iam:DeleteUserPermissionsBoundary";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bounded_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    /// A user without a boundary stays without one.
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        if user.permissions_boundary.take().is_some() {
            cx.put(user);
        }
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>
#[derive(Debug, Shape)]
pub struct DeleteRolePermissionsBoundary {
    pub role_name: RoleName,
}

impl Operation for DeleteRolePermissionsBoundary {
    const ACTION: &'static str = "iam:DeleteRolePermissionsBoundary";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bounded_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    /// A role without a boundary stays without one.
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        if role.permissions_boundary.take().is_some() {
            cx.put(role);
        }
        Ok(())
    }
}
