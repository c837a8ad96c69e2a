//! Roles.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html>

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope, UniqueId};
use bartizan_store::{
    Snapshot,
    entity::{self, InstanceProfile},
};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    attached::AttachedPermissionsBoundary,
    document, error, lookup,
    managed_policy::ManagedPolicy,
    names::{
        self, Marker, MaxItems, Path, PathPrefix, PolicyDocument, RoleDescription, RoleMaxSessionDuration, RoleName,
    },
    page::Paging,
    tag::{self, Tag},
};

/// How long a session may last at most if nothing else is said, in seconds.
const DEFAULT_MAX_SESSION_DURATION: i32 = 3_600;

/// The paths of roles that services make for themselves. Nobody else can: policies do not bind these roles.
const SERVICE_LINKED: &str = "/aws-service-role/";

/// A role in an answer.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>
#[derive(Debug, Shape)]
pub struct Role {
    pub path: String,
    pub role_name: String,
    pub role_id: String,
    pub arn: String,
    pub create_date: Timestamp,
    pub assume_role_policy_document: Option<String>,
    pub description: Option<String>,
    pub max_session_duration: Option<i32>,
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    pub tags: Option<Vec<Tag>>,
    pub role_last_used: Option<RoleLastUsed>,
}

/// When a role was last used. Nothing is kept of that: both are absent, as at AWS for a role that never was.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleLastUsed.html>
#[derive(Debug, Shape)]
pub struct RoleLastUsed {
    pub last_used_date: Option<Timestamp>,
    pub region: Option<String>,
}

impl Role {
    /// The role as lists and instance profiles show it: without boundary, tags and last use.
    pub fn listed(snapshot: &Snapshot, role: &entity::Role) -> Self {
        Self {
            path: role.path.clone(),
            role_name: role.name.clone(),
            role_id: role.id.clone(),
            arn: role.arn(),
            create_date: role.created,
            assume_role_policy_document: Some(document::shown_trust(snapshot, &role.trust_policy)),
            description: role.description.clone(),
            max_session_duration: Some(role.max_session_duration),
            permissions_boundary: None,
            tags: None,
            role_last_used: None,
        }
    }

    /// The role with its boundary and tags, as the answers show it that are about this one role.
    fn whole(snapshot: &Snapshot, role: &entity::Role) -> Self {
        Self {
            permissions_boundary: role.permissions_boundary.as_deref().map(AttachedPermissionsBoundary::new),
            tags: tag::shown(&role.tags),
            ..Self::listed(snapshot, role)
        }
    }
}

impl RoleLastUsed {
    /// A role that never was used.
    pub const NEVER: Self = Self { last_used_date: None, region: None };
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
#[derive(Debug, Shape)]
pub struct CreateRole {
    pub path: Option<Path>,
    pub role_name: RoleName,
    pub assume_role_policy_document: PolicyDocument,
    pub description: Option<RoleDescription>,
    pub max_session_duration: Option<RoleMaxSessionDuration>,
    pub permissions_boundary: Option<names::Arn>,
    #[shape(max = 50)]
    pub tags: Option<Vec<Tag>>,
}

#[derive(Debug, Shape)]
pub struct CreateRoleResponse {
    pub role: Role,
}

impl CreateRole {
    fn path(&self) -> &str {
        self.path.as_ref().map_or(Path::ROOT, Path::as_str)
    }

    fn tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }
}

impl Operation for CreateRole {
    const ACTION: &'static str = "iam:CreateRole";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateRoleResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = lookup::arn(scope, "role", &format!("{}{}", self.path(), self.role_name));
        let boundary = self.permissions_boundary.as_ref().map(names::Arn::as_str);
        Ok(Check::new(Self::ACTION, arn).request_tags(&self.tags()?).key("iam:PermissionsBoundary", boundary).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateRoleResponse, Error> {
        if self.path().starts_with(SERVICE_LINKED) {
            let message = format!("Path prefix '{SERVICE_LINKED}' can only be used for AWS Service linked Roles");
            return Err(error::invalid_input(message).into());
        }
        let (account, name) = (cx.account(), self.role_name.as_str());
        if cx.snapshot.roles.by_name(account, name).is_some() {
            return Err(error::entity_already_exists("Role", name).into());
        }
        let quota = cx.quotas().roles;
        if cx.snapshot.roles.count(account) >= quota {
            return Err(error::quota_exceeded("RolesPerAccount", quota).into());
        }
        if let Some(boundary) = &self.permissions_boundary {
            ManagedPolicy::boundary(cx, boundary.as_str())?;
        }
        let role = entity::Role {
            account,
            id: cx.unique_id(UniqueId::Role)?,
            name: name.to_owned(),
            path: self.path().to_owned(),
            created: cx.now,
            trust_policy: document::trust(cx.snapshot, &self.assume_role_policy_document)?,
            description: self.description.as_ref().map(ToString::to_string),
            max_session_duration: seconds(self.max_session_duration.as_ref()),
            inline_policies: Vec::new(),
            attached_policies: Vec::new(),
            permissions_boundary: self.permissions_boundary.as_ref().map(ToString::to_string),
            tags: self.tags()?,
        };
        let answer = CreateRoleResponse { role: Role::whole(cx.snapshot, &role) };
        cx.put(role);
        Ok(answer)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
#[derive(Debug, Shape)]
pub struct GetRole {
    pub role_name: RoleName,
}

#[derive(Debug, Shape)]
pub struct GetRoleResponse {
    pub role: Role,
}

impl Operation for GetRole {
    const ACTION: &'static str = "iam:GetRole";
    const EFFECT: Effect = Effect::Read;
    type Output = GetRoleResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetRoleResponse, Error> {
        let role = lookup::role(cx, self.role_name.as_str())?;
        let role_last_used = Some(RoleLastUsed::NEVER);
        Ok(GetRoleResponse { role: Role { role_last_used, ..Role::whole(cx.snapshot, role) } })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>
#[derive(Debug, Shape)]
pub struct ListRoles {
    pub path_prefix: Option<PathPrefix>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListRolesResponse {
    pub roles: Vec<Role>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl ListRoles {
    fn prefix(&self) -> &str {
        self.path_prefix.as_ref().map_or(Path::ROOT, PathPrefix::as_str)
    }
}

impl Operation for ListRoles {
    const ACTION: &'static str = "iam:ListRoles";
    const EFFECT: Effect = Effect::Read;
    type Output = ListRolesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, lookup::arn(scope, "role", self.prefix())).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListRolesResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let roles = cx.snapshot.roles.by_name_after(cx.account(), paging.after());
        let listed = roles.filter(|role| role.path.starts_with(self.prefix()));
        let page = paging.take(cx, listed, |role| &role.name)?.map(|role| Role::listed(cx.snapshot, role));
        Ok(ListRolesResponse { roles: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
#[derive(Debug, Shape)]
pub struct UpdateRole {
    pub role_name: RoleName,
    pub description: Option<RoleDescription>,
    pub max_session_duration: Option<RoleMaxSessionDuration>,
}

#[derive(Debug, Shape)]
pub struct UpdateRoleResponse {}

impl Operation for UpdateRole {
    const ACTION: &'static str = "iam:UpdateRole";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateRoleResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    /// A description that is not given stays; a duration that is not given becomes the default again, as AWS says.
    fn run(&self, cx: &mut Context<'_>) -> Result<UpdateRoleResponse, Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        if let Some(description) = &self.description {
            role.description = Some(description.to_string());
        }
        role.max_session_duration = seconds(self.max_session_duration.as_ref());
        cx.put(role);
        Ok(UpdateRoleResponse {})
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>
#[derive(Debug, Shape)]
pub struct UpdateRoleDescription {
    pub role_name: RoleName,
    pub description: RoleDescription,
}

#[derive(Debug, Shape)]
pub struct UpdateRoleDescriptionResponse {
    pub role: Option<Role>,
}

impl Operation for UpdateRoleDescription {
    const ACTION: &'static str = "iam:UpdateRoleDescription";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateRoleDescriptionResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<UpdateRoleDescriptionResponse, Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        role.description = Some(self.description.to_string());
        let answer = UpdateRoleDescriptionResponse { role: Some(Role::whole(cx.snapshot, &role)) };
        cx.put(role);
        Ok(answer)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
#[derive(Debug, Shape)]
pub struct UpdateAssumeRolePolicy {
    pub role_name: RoleName,
    pub policy_document: PolicyDocument,
}

impl Operation for UpdateAssumeRolePolicy {
    const ACTION: &'static str = "iam:UpdateAssumeRolePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role_to_change(cx, self.role_name.as_str())?);
        role.trust_policy = document::trust(cx.snapshot, &self.policy_document)?;
        cx.put(role);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
#[derive(Debug, Shape)]
pub struct DeleteRole {
    pub role_name: RoleName,
}

impl Operation for DeleteRole {
    const ACTION: &'static str = "iam:DeleteRole";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let role = lookup::role_to_change(cx, self.role_name.as_str())?;
        if !role.attached_policies.is_empty() {
            return Err(error::delete_conflict("detach all policies").into());
        }
        if !role.inline_policies.is_empty() {
            return Err(error::delete_conflict("delete policies").into());
        }
        if cx.snapshot.pointing_at::<InstanceProfile>(role.account, &role.id).next().is_some() {
            return Err(error::delete_conflict("remove roles from instance profile").into());
        }
        cx.delete(&**role);
        Ok(())
    }
}

fn seconds(given: Option<&RoleMaxSessionDuration>) -> i32 {
    given.map_or(DEFAULT_MAX_SESSION_DURATION, RoleMaxSessionDuration::get)
}
