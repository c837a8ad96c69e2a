//! Everything about the account's permissions in one list: users, groups, roles and managed policies.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>

use std::sync::Arc;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{
    Snapshot, aws_managed,
    entity::{self, Group, InlinePolicy, Role, User},
};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    attached::{AttachedPermissionsBoundary, AttachedPolicy},
    document,
    entities_for_policy::EntityType,
    instance_profile::InstanceProfile,
    managed_policy::{ManagedPolicy, Usage},
    names::{Marker, MaxItems},
    page::Paging,
    policy_version::PolicyVersion,
    role::RoleLastUsed,
    tag::{self, Tag},
};

/// An inline policy with its document.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyDetail.html>
#[derive(Debug, Shape)]
pub struct PolicyDetail {
    pub policy_name: Option<String>,
    pub policy_document: Option<String>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UserDetail.html>
#[derive(Debug, Shape)]
pub struct UserDetail {
    pub path: Option<String>,
    pub user_name: Option<String>,
    pub user_id: Option<String>,
    pub arn: Option<String>,
    pub create_date: Option<Timestamp>,
    pub user_policy_list: Option<Vec<PolicyDetail>>,
    pub group_list: Option<Vec<String>>,
    pub attached_managed_policies: Option<Vec<AttachedPolicy>>,
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    pub tags: Option<Vec<Tag>>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GroupDetail.html>
#[derive(Debug, Shape)]
pub struct GroupDetail {
    pub path: Option<String>,
    pub group_name: Option<String>,
    pub group_id: Option<String>,
    pub arn: Option<String>,
    pub create_date: Option<Timestamp>,
    pub group_policy_list: Option<Vec<PolicyDetail>>,
    pub attached_managed_policies: Option<Vec<AttachedPolicy>>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RoleDetail.html>
#[derive(Debug, Shape)]
pub struct RoleDetail {
    pub path: Option<String>,
    pub role_name: Option<String>,
    pub role_id: Option<String>,
    pub arn: Option<String>,
    pub create_date: Option<Timestamp>,
    pub assume_role_policy_document: Option<String>,
    pub instance_profile_list: Option<Vec<InstanceProfile>>,
    pub role_policy_list: Option<Vec<PolicyDetail>>,
    pub attached_managed_policies: Option<Vec<AttachedPolicy>>,
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    pub tags: Option<Vec<Tag>>,
    pub role_last_used: Option<RoleLastUsed>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ManagedPolicyDetail.html>
#[derive(Debug, Shape)]
pub struct ManagedPolicyDetail {
    pub policy_name: Option<String>,
    pub policy_id: Option<String>,
    pub arn: Option<String>,
    pub path: Option<String>,
    pub default_version_id: Option<String>,
    pub attachment_count: Option<i32>,
    pub permissions_boundary_usage_count: Option<i32>,
    pub is_attachable: Option<bool>,
    pub description: Option<String>,
    pub create_date: Option<Timestamp>,
    pub update_date: Option<Timestamp>,
    pub policy_version_list: Option<Vec<PolicyVersion>>,
}

impl UserDetail {
    fn new(snapshot: &Snapshot, user: &User) -> Self {
        let groups = user.groups.iter().filter_map(|id| snapshot.groups.by_id(user.account, id));
        Self {
            path: Some(user.path.clone()),
            user_name: Some(user.name.clone()),
            user_id: Some(user.id.clone()),
            arn: Some(user.arn()),
            create_date: Some(user.created),
            user_policy_list: Some(inline(&user.inline_policies)),
            group_list: Some(groups.map(|group| group.name.clone()).collect()),
            attached_managed_policies: Some(attached(&user.attached_policies)),
            permissions_boundary: user.permissions_boundary.as_deref().map(AttachedPermissionsBoundary::new),
            tags: tag::shown(&user.tags),
        }
    }
}

impl GroupDetail {
    fn new(group: &Group) -> Self {
        Self {
            path: Some(group.path.clone()),
            group_name: Some(group.name.clone()),
            group_id: Some(group.id.clone()),
            arn: Some(group.arn()),
            create_date: Some(group.created),
            group_policy_list: Some(inline(&group.inline_policies)),
            attached_managed_policies: Some(attached(&group.attached_policies)),
        }
    }
}

impl RoleDetail {
    fn new(snapshot: &Snapshot, role: &Role) -> Self {
        let profiles = snapshot.pointing_at::<entity::InstanceProfile>(role.account, &role.id);
        Self {
            path: Some(role.path.clone()),
            role_name: Some(role.name.clone()),
            role_id: Some(role.id.clone()),
            arn: Some(role.arn()),
            create_date: Some(role.created),
            assume_role_policy_document: Some(document::shown_trust(snapshot, &role.trust_policy)),
            instance_profile_list: Some(profiles.map(|profile| InstanceProfile::whole(snapshot, profile)).collect()),
            role_policy_list: Some(inline(&role.inline_policies)),
            attached_managed_policies: Some(attached(&role.attached_policies)),
            permissions_boundary: role.permissions_boundary.as_deref().map(AttachedPermissionsBoundary::new),
            tags: tag::shown(&role.tags),
            role_last_used: Some(RoleLastUsed::NEVER),
        }
    }
}

impl ManagedPolicyDetail {
    fn new(policy: ManagedPolicy<'_>, usage: Usage) -> Self {
        Self {
            policy_name: Some(policy.name().to_owned()),
            policy_id: Some(policy.id().to_owned()),
            arn: Some(policy.arn().into_owned()),
            path: Some(policy.path().to_owned()),
            default_version_id: Some(policy.default_version_id()),
            attachment_count: Some(usage.attachment_count()),
            permissions_boundary_usage_count: Some(usage.boundary_count()),
            is_attachable: Some(true),
            description: policy.description().map(str::to_owned),
            create_date: Some(policy.created()),
            update_date: Some(policy.updated()),
            policy_version_list: Some(PolicyVersion::all(policy)),
        }
    }
}

fn inline(policies: &[InlinePolicy]) -> Vec<PolicyDetail> {
    let detail = |policy: &InlinePolicy| PolicyDetail {
        policy_name: Some(policy.name.clone()),
        policy_document: Some(document::shown_as_stored(&policy.document)),
    };
    policies.iter().map(detail).collect()
}

fn attached(arns: &[String]) -> Vec<AttachedPolicy> {
    arns.iter().map(|arn| AttachedPolicy::new(arn)).collect()
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
#[derive(Debug, Shape)]
pub struct GetAccountAuthorizationDetails {
    pub filter: Option<Vec<EntityType>>,
    pub max_items: Option<MaxItems>,
    pub marker: Option<Marker>,
}

#[derive(Debug, Shape)]
pub struct GetAccountAuthorizationDetailsResponse {
    pub user_detail_list: Option<Vec<UserDetail>>,
    pub group_detail_list: Option<Vec<GroupDetail>>,
    pub role_detail_list: Option<Vec<RoleDetail>>,
    pub policies: Option<Vec<ManagedPolicyDetail>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

/// One thing of the list, with its place in it.
struct Item<'a> {
    place: String,
    of: Of<'a>,
}

enum Of<'a> {
    User(&'a Arc<User>),
    Group(&'a Arc<Group>),
    Role(&'a Arc<Role>),
    Policy(ManagedPolicy<'a>, Usage),
}

/// The parts of the list, in their order. A place in the list is a part's number and a name in that part: `2 alice`.
const USERS: u8 = 1;
const GROUPS: u8 = 2;
const ROLES: u8 = 3;
const CUSTOMER_POLICIES: u8 = 4;
const AWS_POLICIES: u8 = 5;

impl<'a> Item<'a> {
    fn new(part: u8, name: &str, of: Of<'a>) -> Self {
        Self { place: format!("{part} {name}"), of }
    }
}

/// Where a part of the list goes on after a place: `None` if that place is in a later part, so that nothing of this
/// part is left; else the name after which it begins.
fn resume(part: u8, after: Option<&str>) -> Option<Option<&str>> {
    let Some((last, name)) = after.and_then(|after| after.split_once(' ')) else { return Some(None) };
    let last: u8 = last.parse().ok()?;
    match last.cmp(&part) {
        std::cmp::Ordering::Less => Some(None),
        std::cmp::Ordering::Equal => Some(Some(name)),
        std::cmp::Ordering::Greater => None,
    }
}

impl GetAccountAuthorizationDetails {
    /// Where a part of the list goes on, if the filter lets it through at all.
    fn part<'b>(&self, kind: EntityType, part: u8, after: Option<&'b str>) -> Option<Option<&'b str>> {
        let wanted = self.filter.as_deref().is_none_or(|filter| filter.is_empty() || filter.contains(&kind));
        wanted.then(|| resume(part, after)).flatten()
    }

    /// The list after a place. Of AWS's policies those are in it that the account uses.
    fn items<'a>(&self, cx: &Scope<'a>, after: Option<&str>) -> impl Iterator<Item = Item<'a>> {
        let (account, snapshot) = (cx.account(), cx.snapshot);
        let users = self
            .part(EntityType::User, USERS, after)
            .map(|after| snapshot.users.by_name_after(account, after))
            .into_iter()
            .flatten()
            .map(|user| Item::new(USERS, &user.name, Of::User(user)));
        let groups = self
            .part(EntityType::Group, GROUPS, after)
            .map(|after| snapshot.groups.by_name_after(account, after))
            .into_iter()
            .flatten()
            .map(|group| Item::new(GROUPS, &group.name, Of::Group(group)));
        let roles = self
            .part(EntityType::Role, ROLES, after)
            .map(|after| snapshot.roles.by_name_after(account, after))
            .into_iter()
            .flatten()
            .map(|role| Item::new(ROLES, &role.name, Of::Role(role)));
        let own = self
            .part(EntityType::LocalManagedPolicy, CUSTOMER_POLICIES, after)
            .map(|after| snapshot.policies.by_name_after(account, after))
            .into_iter()
            .flatten()
            .map(move |policy| {
                let usage = Usage::of(snapshot, account, &policy.arn());
                Item::new(CUSTOMER_POLICIES, &policy.name, Of::Policy(ManagedPolicy::Customer(policy), usage))
            });
        let aws = self
            .part(EntityType::AwsManagedPolicy, AWS_POLICIES, after)
            .map(|after| {
                let after = after.unwrap_or_default().to_owned();
                aws_managed::all().filter(move |policy| policy.arn > after.as_str())
            })
            .into_iter()
            .flatten()
            .map(move |policy| (policy, Usage::of(snapshot, account, policy.arn)))
            .filter(|(_, usage)| usage.is_any())
            .map(|(policy, usage)| Item::new(AWS_POLICIES, policy.arn, Of::Policy(ManagedPolicy::Aws(policy), usage)));
        users.chain(groups).chain(roles).chain(own).chain(aws)
    }
}

impl Operation for GetAccountAuthorizationDetails {
    const ACTION: &'static str = "iam:GetAccountAuthorizationDetails";
    const EFFECT: Effect = Effect::Read;
    type Output = GetAccountAuthorizationDetailsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetAccountAuthorizationDetailsResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let page = paging.take(cx, self.items(cx, paging.after()), |item| &item.place)?;
        let (mut users, mut groups, mut roles, mut policies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for item in page.items {
            match item.of {
                Of::User(user) => users.push(UserDetail::new(cx.snapshot, user)),
                Of::Group(group) => groups.push(GroupDetail::new(group)),
                Of::Role(role) => roles.push(RoleDetail::new(cx.snapshot, role)),
                Of::Policy(policy, usage) => policies.push(ManagedPolicyDetail::new(policy, usage)),
            }
        }
        Ok(GetAccountAuthorizationDetailsResponse {
            user_detail_list: Some(users),
            group_detail_list: Some(groups),
            role_detail_list: Some(roles),
            policies: Some(policies),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_where_the_last_one_ended() {
        for (part, after, expected) in [
            (USERS, None, Some(None)),
            (USERS, Some("1 alice"), Some(Some("alice"))),
            (GROUPS, Some("1 alice"), Some(None)),
            (USERS, Some("2 admins"), None),
            (AWS_POLICIES, Some("5 arn:aws:iam::aws:policy/A"), Some(Some("arn:aws:iam::aws:policy/A"))),
            (USERS, Some("x y"), None),
        ] {
            assert_eq!(resume(part, after), expected, "{part} after {after:?}");
        }
    }

    #[test]
    fn the_filter_chooses_parts_and_an_empty_one_chooses_all() {
        let details = |filter| GetAccountAuthorizationDetails { filter, max_items: None, marker: None };
        for filter in [None, Some(vec![])] {
            assert_eq!(details(filter).part(EntityType::Role, ROLES, None), Some(None));
        }
        let users = details(Some(vec![EntityType::User]));
        assert_eq!(users.part(EntityType::User, USERS, None), Some(None));
        assert_eq!(users.part(EntityType::Role, ROLES, None), None);
    }
}
