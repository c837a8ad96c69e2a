//! Users in groups.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups_manage_add-remove-users.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    error,
    group::Group,
    lookup,
    names::{ExistingUserName, GroupName, Marker, MaxItems},
    page::Paging,
};

/// How many groups a user may be in.
pub const MAX_GROUPS: usize = 10;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>
#[derive(Debug, Shape)]
pub struct AddUserToGroup {
    pub group_name: GroupName,
    pub user_name: ExistingUserName,
}

impl Operation for AddUserToGroup {
    const ACTION: &'static str = "iam:AddUserToGroup";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// The permission is on the group; the user is none of the action's resources.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    /// To add a member again changes nothing.
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let user = lookup::user(cx, self.user_name.as_str())?;
        if user.groups.contains(&group.id) {
            return Ok(());
        }
        if user.groups.len() >= MAX_GROUPS {
            return Err(error::quota_exceeded("GroupsPerUser", MAX_GROUPS).into());
        }
        let mut user = entity::User::clone(user);
        user.groups.push(group.id.clone());
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>
#[derive(Debug, Shape)]
pub struct RemoveUserFromGroup {
    pub group_name: GroupName,
    pub user_name: ExistingUserName,
}

impl Operation for RemoveUserFromGroup {
    const ACTION: &'static str = "iam:RemoveUserFromGroup";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// The permission is on the group; the user is none of the action's resources.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    /// To remove who is no member changes nothing.
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let user = lookup::user(cx, self.user_name.as_str())?;
        if user.groups.contains(&group.id) {
            let mut user = entity::User::clone(user);
            user.groups.retain(|id| *id != group.id);
            cx.put(user);
        }
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>
#[derive(Debug, Shape)]
pub struct ListGroupsForUser {
    pub user_name: ExistingUserName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListGroupsForUserResponse {
    pub groups: Vec<Group>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListGroupsForUser {
    const ACTION: &'static str = "iam:ListGroupsForUser";
    const EFFECT: Effect = Effect::Read;
    type Output = ListGroupsForUserResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListGroupsForUserResponse, Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let groups = user.groups.iter().filter_map(|id| cx.snapshot.groups.by_id(user.account, id));
        let page = paging.sort_and_take(cx, groups, |group| &group.name)?.map(|group| Group::from(&**group));
        Ok(ListGroupsForUserResponse { groups: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
