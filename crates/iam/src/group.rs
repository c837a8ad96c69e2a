//! Groups.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html>

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope, UniqueId};
use bartizan_store::entity;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    error, lookup,
    names::{GroupName, Marker, MaxItems, Path, PathPrefix},
    page::Paging,
    user::User,
};

/// A group in an answer.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Group.html>
#[derive(Debug, Clone, Shape)]
pub struct Group {
    pub path: String,
    pub group_name: String,
    pub group_id: String,
    pub arn: String,
    pub create_date: Timestamp,
}

impl From<&entity::Group> for Group {
    fn from(group: &entity::Group) -> Self {
        Self {
            path: group.path.clone(),
            group_name: group.name.clone(),
            group_id: group.id.clone(),
            arn: group.arn(),
            create_date: group.created,
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
#[derive(Debug, Shape)]
pub struct CreateGroup {
    pub path: Option<Path>,
    pub group_name: GroupName,
}

#[derive(Debug, Shape)]
pub struct CreateGroupResponse {
    pub group: Group,
}

impl CreateGroup {
    fn path(&self) -> &str {
        self.path.as_ref().map_or(Path::ROOT, Path::as_str)
    }
}

impl Operation for CreateGroup {
    const ACTION: &'static str = "iam:CreateGroup";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateGroupResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = lookup::arn(scope, "group", &format!("{}{}", self.path(), self.group_name));
        Ok(Check::new(Self::ACTION, arn).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateGroupResponse, Error> {
        let (account, name) = (cx.account(), self.group_name.as_str());
        if cx.snapshot.groups.by_name(account, name).is_some() {
            return Err(error::entity_already_exists("Group", name).into());
        }
        let quota = cx.quotas().groups;
        if cx.snapshot.groups.count(account) >= quota {
            return Err(error::quota_exceeded("GroupsPerAccount", quota).into());
        }
        let group = entity::Group {
            account,
            id: cx.unique_id(UniqueId::Group)?,
            name: name.to_owned(),
            path: self.path().to_owned(),
            created: cx.now,
            inline_policies: Vec::new(),
            attached_policies: Vec::new(),
        };
        let answer = CreateGroupResponse { group: Group::from(&group) };
        cx.put(group);
        Ok(answer)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>
#[derive(Debug, Shape)]
pub struct GetGroup {
    pub group_name: GroupName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct GetGroupResponse {
    pub group: Group,
    pub users: Vec<User>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for GetGroup {
    const ACTION: &'static str = "iam:GetGroup";
    const EFFECT: Effect = Effect::Read;
    type Output = GetGroupResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetGroupResponse, Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let members = cx.snapshot.pointing_at::<entity::User>(group.account, &group.id);
        let page = paging.sort_and_take(cx, members, |user| &user.name)?.map(|user| User::listed(user));
        Ok(GetGroupResponse {
            group: Group::from(&**group),
            users: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html>
#[derive(Debug, Shape)]
pub struct ListGroups {
    pub path_prefix: Option<PathPrefix>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListGroupsResponse {
    pub groups: Vec<Group>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl ListGroups {
    fn prefix(&self) -> &str {
        self.path_prefix.as_ref().map_or(Path::ROOT, PathPrefix::as_str)
    }
}

impl Operation for ListGroups {
    const ACTION: &'static str = "iam:ListGroups";
    const EFFECT: Effect = Effect::Read;
    type Output = ListGroupsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, lookup::arn(scope, "group", self.prefix())).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListGroupsResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let groups = cx.snapshot.groups.by_name_after(cx.account(), paging.after());
        let listed = groups.filter(|group| group.path.starts_with(self.prefix()));
        let page = paging.take(cx, listed, |group| &group.name)?.map(|group| Group::from(&**group));
        Ok(ListGroupsResponse { groups: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>
#[derive(Debug, Shape)]
pub struct UpdateGroup {
    pub group_name: GroupName,
    pub new_path: Option<Path>,
    pub new_group_name: Option<GroupName>,
}

impl Operation for UpdateGroup {
    const ACTION: &'static str = "iam:UpdateGroup";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// Who renames or moves a group needs the permission on what it was and on what it becomes.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let name = self.group_name.as_str();
        let source = lookup::on_group(scope, Self::ACTION, name);
        if self.new_path.is_none() && self.new_group_name.is_none() {
            return Ok(source.into());
        }
        let group = scope.snapshot.groups.by_name(scope.account(), name);
        let path = self.new_path.as_ref().map(Path::as_str).or(group.map(|group| group.path.as_str()));
        let name = self.new_group_name.as_ref().map_or(group.map_or(name, |group| &group.name), GroupName::as_str);
        let arn = lookup::arn(scope, "group", &format!("{}{name}", path.unwrap_or(Path::ROOT)));
        Ok(vec![source, Check::new(Self::ACTION, arn)].into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut group = entity::Group::clone(lookup::group(cx, self.group_name.as_str())?);
        if let Some(name) = &self.new_group_name {
            // To change no more than the case of a name is to keep it.
            if cx.snapshot.groups.by_name(cx.account(), name.as_str()).is_some_and(|other| other.id != group.id) {
                return Err(error::entity_already_exists("Group", name.as_str()).into());
            }
            group.name = name.as_str().to_owned();
        }
        if let Some(path) = &self.new_path {
            group.path = path.as_str().to_owned();
        }
        cx.put(group);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>
#[derive(Debug, Shape)]
pub struct DeleteGroup {
    pub group_name: GroupName,
}

impl Operation for DeleteGroup {
    const ACTION: &'static str = "iam:DeleteGroup";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_group(scope, Self::ACTION, self.group_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let group = lookup::group(cx, self.group_name.as_str())?;
        let has_members = cx.snapshot.pointing_at::<entity::User>(group.account, &group.id).next().is_some();
        let conflict = if has_members {
            Some("remove users from group")
        } else if !group.inline_policies.is_empty() {
            Some("delete policies")
        } else if !group.attached_policies.is_empty() {
            Some("detach all policies")
        } else {
            None
        };
        match conflict {
            Some(first) => Err(error::delete_conflict(first).into()),
            None => {
                cx.delete(&**group);
                Ok(())
            }
        }
    }
}
