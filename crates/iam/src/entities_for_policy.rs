//! Who uses a managed policy.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>

use std::sync::Arc;

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{
    AccountId, Snapshot,
    entity::{Group, Role, User},
};
use bartizan_wire::Shape;

use crate::{
    managed_policy::{self, ManagedPolicy},
    names::{Arn, Marker, MaxItems, Path},
    page::Paging,
    policy::PolicyUsageType,
};

/// The kinds of things that IAM keeps, as filters name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum EntityType {
    User,
    Role,
    Group,
    LocalManagedPolicy,
    #[shape(name = "AWSManagedPolicy")]
    AwsManagedPolicy,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyGroup.html>
#[derive(Debug, Shape)]
pub struct PolicyGroup {
    pub group_name: Option<String>,
    pub group_id: Option<String>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyUser.html>
#[derive(Debug, Shape)]
pub struct PolicyUser {
    pub user_name: Option<String>,
    pub user_id: Option<String>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyRole.html>
#[derive(Debug, Shape)]
pub struct PolicyRole {
    pub role_name: Option<String>,
    pub role_id: Option<String>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>
#[derive(Debug, Shape)]
pub struct ListEntitiesForPolicy {
    pub policy_arn: Arn,
    pub entity_filter: Option<EntityType>,
    pub path_prefix: Option<Path>,
    pub policy_usage_filter: Option<PolicyUsageType>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListEntitiesForPolicyResponse {
    pub policy_groups: Option<Vec<PolicyGroup>>,
    pub policy_users: Option<Vec<PolicyUser>>,
    pub policy_roles: Option<Vec<PolicyRole>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

/// A user, group or role that uses the policy.
enum Entity<'a> {
    Group(&'a Arc<Group>),
    User(&'a Arc<User>),
    Role(&'a Arc<Role>),
}

impl<'a> Entity<'a> {
    /// All that point at the policy, in the order of their unique ids: AWS's prefixes for groups, users and roles
    /// (`AGPA`, `AIDA`, `AROA`) are in the order of the alphabet.
    fn all_using(snapshot: &'a Snapshot, account: AccountId, arn: &str) -> impl Iterator<Item = Self> {
        let groups = snapshot.pointing_at(account, arn).map(Self::Group);
        let users = snapshot.pointing_at(account, arn).map(Self::User);
        let roles = snapshot.pointing_at(account, arn).map(Self::Role);
        groups.chain(users).chain(roles)
    }

    fn id(&self) -> &str {
        match self {
            Self::Group(group) => &group.id,
            Self::User(user) => &user.id,
            Self::Role(role) => &role.id,
        }
    }

    fn path(&self) -> &str {
        match self {
            Self::Group(group) => &group.path,
            Self::User(user) => &user.path,
            Self::Role(role) => &role.path,
        }
    }

    fn is_a(&self, kind: EntityType) -> bool {
        match self {
            Self::Group(_) => kind == EntityType::Group,
            Self::User(_) => kind == EntityType::User,
            Self::Role(_) => kind == EntityType::Role,
        }
    }

    /// Whether the policy is used in this way.
    fn uses(&self, arn: &str, usage: PolicyUsageType) -> bool {
        let (attached, boundary) = match self {
            Self::Group(group) => (&group.attached_policies, None),
            Self::User(user) => (&user.attached_policies, user.permissions_boundary.as_deref()),
            Self::Role(role) => (&role.attached_policies, role.permissions_boundary.as_deref()),
        };
        match usage {
            PolicyUsageType::PermissionsPolicy => attached.iter().any(|policy| policy == arn),
            PolicyUsageType::PermissionsBoundary => boundary == Some(arn),
        }
    }
}

impl Operation for ListEntitiesForPolicy {
    const ACTION: &'static str = "iam:ListEntitiesForPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = ListEntitiesForPolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListEntitiesForPolicyResponse, Error> {
        let arn = ManagedPolicy::find(cx, &self.policy_arn)?.arn();
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let prefix = self.path_prefix.as_ref().map_or(Path::ROOT, Path::as_str);
        let listed = Entity::all_using(cx.snapshot, cx.account(), &arn)
            .filter(|entity| paging.after().is_none_or(|after| entity.id() > after))
            .filter(|entity| self.entity_filter.is_none_or(|kind| entity.is_a(kind)))
            .filter(|entity| self.policy_usage_filter.is_none_or(|usage| entity.uses(&arn, usage)))
            .filter(|entity| entity.path().starts_with(prefix));
        let page = paging.take(cx, listed, |entity| entity.id())?;
        let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        for entity in page.items {
            match entity {
                Entity::Group(group) => {
                    groups.push(PolicyGroup { group_name: Some(group.name.clone()), group_id: Some(group.id.clone()) })
                }
                Entity::User(user) => {
                    users.push(PolicyUser { user_name: Some(user.name.clone()), user_id: Some(user.id.clone()) });
                }
                Entity::Role(role) => {
                    roles.push(PolicyRole { role_name: Some(role.name.clone()), role_id: Some(role.id.clone()) });
                }
            }
        }
        Ok(ListEntitiesForPolicyResponse {
            policy_groups: Some(groups),
            policy_users: Some(users),
            policy_roles: Some(roles),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}
