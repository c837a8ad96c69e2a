//! Instance profiles: what an EC2 instance carries its role in. Here they serve tools that manage them.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html>

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope, UniqueId};
use bartizan_store::{Snapshot, entity};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    error, lookup,
    names::{InstanceProfileName, Marker, MaxItems, Path, PathPrefix, RoleName},
    page::Paging,
    role::Role,
    tag::{self, Tag},
};

/// An instance profile in an answer.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_InstanceProfile.html>
#[derive(Debug, Shape)]
pub struct InstanceProfile {
    pub path: String,
    pub instance_profile_name: String,
    pub instance_profile_id: String,
    pub arn: String,
    pub create_date: Timestamp,
    pub roles: Vec<Role>,
    pub tags: Option<Vec<Tag>>,
}

impl InstanceProfile {
    /// All that a look at one instance profile shows.
    pub fn whole(snapshot: &Snapshot, profile: &entity::InstanceProfile) -> Self {
        Self { tags: tag::shown(&profile.tags), ..Self::listed(snapshot, profile) }
    }

    /// What lists show: no tags.
    pub fn listed(snapshot: &Snapshot, profile: &entity::InstanceProfile) -> Self {
        let role = profile.role.as_deref().and_then(|id| snapshot.roles.by_id(profile.account, id));
        Self {
            path: profile.path.clone(),
            instance_profile_name: profile.name.clone(),
            instance_profile_id: profile.id.clone(),
            arn: profile.arn(),
            create_date: profile.created,
            roles: role.into_iter().map(|role| Role::listed(snapshot, role)).collect(),
            tags: None,
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct CreateInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
    pub path: Option<Path>,
    #[shape(max = 50)]
    pub tags: Option<Vec<Tag>>,
}

#[derive(Debug, Shape)]
pub struct CreateInstanceProfileResponse {
    pub instance_profile: InstanceProfile,
}

impl CreateInstanceProfile {
    fn path(&self) -> &str {
        self.path.as_ref().map_or(Path::ROOT, Path::as_str)
    }

    fn tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }
}

impl Operation for CreateInstanceProfile {
    const ACTION: &'static str = "iam:CreateInstanceProfile";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateInstanceProfileResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = lookup::arn(scope, "instance-profile", &format!("{}{}", self.path(), self.instance_profile_name));
        Ok(Check::new(Self::ACTION, arn).request_tags(&self.tags()?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateInstanceProfileResponse, Error> {
        let (account, name) = (cx.account(), self.instance_profile_name.as_str());
        if cx.snapshot.instance_profiles.by_name(account, name).is_some() {
            return Err(error::already_exists(format!("Instance Profile {name} already exists.")).into());
        }
        let quota = cx.quotas().instance_profiles;
        if cx.snapshot.instance_profiles.count(account) >= quota {
            return Err(error::quota_exceeded("InstanceProfilesPerAccount", quota).into());
        }
        let profile = entity::InstanceProfile {
            account,
            id: cx.unique_id(UniqueId::InstanceProfile)?,
            name: name.to_owned(),
            path: self.path().to_owned(),
            created: cx.now,
            role: None,
            tags: self.tags()?,
        };
        let answer = CreateInstanceProfileResponse { instance_profile: InstanceProfile::whole(cx.snapshot, &profile) };
        cx.put(profile);
        Ok(answer)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct GetInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
}

#[derive(Debug, Shape)]
pub struct GetInstanceProfileResponse {
    pub instance_profile: InstanceProfile,
}

impl Operation for GetInstanceProfile {
    const ACTION: &'static str = "iam:GetInstanceProfile";
    const EFFECT: Effect = Effect::Read;
    type Output = GetInstanceProfileResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetInstanceProfileResponse, Error> {
        let profile = lookup::instance_profile(cx, self.instance_profile_name.as_str())?;
        Ok(GetInstanceProfileResponse { instance_profile: InstanceProfile::whole(cx.snapshot, profile) })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html>
#[derive(Debug, Shape)]
pub struct ListInstanceProfiles {
    pub path_prefix: Option<PathPrefix>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListInstanceProfilesResponse {
    pub instance_profiles: Vec<InstanceProfile>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl ListInstanceProfiles {
    fn prefix(&self) -> &str {
        self.path_prefix.as_ref().map_or(Path::ROOT, PathPrefix::as_str)
    }
}

impl Operation for ListInstanceProfiles {
    const ACTION: &'static str = "iam:ListInstanceProfiles";
    const EFFECT: Effect = Effect::Read;
    type Output = ListInstanceProfilesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, lookup::arn(scope, "instance-profile", self.prefix())).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListInstanceProfilesResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let profiles = cx.snapshot.instance_profiles.by_name_after(cx.account(), paging.after());
        let listed = profiles.filter(|profile| profile.path.starts_with(self.prefix()));
        let page = paging
            .take(cx, listed, |profile| &profile.name)?
            .map(|profile| InstanceProfile::listed(cx.snapshot, profile));
        Ok(ListInstanceProfilesResponse {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>
#[derive(Debug, Shape)]
pub struct ListInstanceProfilesForRole {
    pub role_name: RoleName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListInstanceProfilesForRoleResponse {
    pub instance_profiles: Vec<InstanceProfile>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListInstanceProfilesForRole {
    const ACTION: &'static str = "iam:ListInstanceProfilesForRole";
    const EFFECT: Effect = Effect::Read;
    type Output = ListInstanceProfilesForRoleResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListInstanceProfilesForRoleResponse, Error> {
        let role = lookup::role(cx, self.role_name.as_str())?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let profiles = cx.snapshot.pointing_at::<entity::InstanceProfile>(role.account, &role.id);
        let page = paging
            .sort_and_take(cx, profiles, |profile| &profile.name)?
            .map(|profile| InstanceProfile::listed(cx.snapshot, profile));
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct AddRoleToInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
    pub role_name: RoleName,
}

impl Operation for AddRoleToInstanceProfile {
    const ACTION: &'static str = "iam:AddRoleToInstanceProfile";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// Whoever puts a role in an instance profile passes it to EC2, whose instances can then use it.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let instances = format!("arn:aws:ec2:*:{}:instance/*", scope.account());
        let pass_role = lookup::on_role(scope, "iam:PassRole", self.role_name.as_str())
            .key("iam:PassedToService", ["ec2.amazonaws.com"])
            .key("iam:AssociatedResourceArn", [instances]);
        let add = lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str());
        Ok(vec![add, pass_role].into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut profile =
            entity::InstanceProfile::clone(lookup::instance_profile(cx, self.instance_profile_name.as_str())?);
        let role = lookup::role_to_change(cx, self.role_name.as_str())?;
        if profile.role.is_some() {
            return Err(error::quota_exceeded("InstanceSessionsPerInstanceProfile", 1).into());
        }
        profile.role = Some(role.id.clone());
        cx.put(profile);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct RemoveRoleFromInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
    pub role_name: RoleName,
}

impl Operation for RemoveRoleFromInstanceProfile {
    const ACTION: &'static str = "iam:RemoveRoleFromInstanceProfile";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut profile =
            entity::InstanceProfile::clone(lookup::instance_profile(cx, self.instance_profile_name.as_str())?);
        let role = lookup::role_to_change(cx, self.role_name.as_str())?;
        if profile.role.as_ref() != Some(&role.id) {
            let message = format!("Role {} in Instance Profile {} cannot be found.", role.name, profile.name);
            return Err(error::no_such_entity(message).into());
        }
        profile.role = None;
        cx.put(profile);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct DeleteInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
}

impl Operation for DeleteInstanceProfile {
    const ACTION: &'static str = "iam:DeleteInstanceProfile";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let profile = lookup::instance_profile(cx, self.instance_profile_name.as_str())?;
        if profile.role.is_some() {
            return Err(error::delete_conflict("remove roles from instance profile").into());
        }
        cx.delete(&**profile);
        Ok(())
    }
}
