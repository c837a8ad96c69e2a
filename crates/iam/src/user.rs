//! Users.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users.html>

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope, UniqueId};
use bartizan_store::entity::{self, AccessKey};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    attached::AttachedPermissionsBoundary,
    error,
    lookup::{self, Subject},
    managed_policy::ManagedPolicy,
    names::{Arn, ExistingUserName, Marker, MaxItems, Path, PathPrefix, UserName},
    page::Paging,
    tag::{self, Tag},
};

/// A user in an answer.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_User.html>
#[derive(Debug, Clone, Shape)]
pub struct User {
    pub path: String,
    pub user_name: String,
    pub user_id: String,
    pub arn: String,
    pub create_date: Timestamp,
    pub password_last_used: Option<Timestamp>,
    pub permissions_boundary: Option<AttachedPermissionsBoundary>,
    pub tags: Option<Vec<Tag>>,
}

impl User {
    /// All that a look at one user shows.
    pub fn whole(user: &entity::User) -> Self {
        Self {
            permissions_boundary: user.permissions_boundary.as_deref().map(AttachedPermissionsBoundary::new),
            tags: tag::shown(&user.tags),
            ..Self::listed(user)
        }
    }

    /// What lists show: neither boundary nor tags.
    pub fn listed(user: &entity::User) -> Self {
        Self {
            path: user.path.clone(),
            user_name: user.name.clone(),
            user_id: user.id.clone(),
            arn: user.arn(),
            create_date: user.created,
            password_last_used: None,
            permissions_boundary: None,
            tags: None,
        }
    }

    /// The root user, whose id is the account's and who has no name.
    fn root(scope: &Scope<'_>) -> Self {
        let account = scope.snapshot.account(scope.account());
        Self {
            path: Path::ROOT.to_owned(),
            user_name: String::new(),
            user_id: scope.account().to_string(),
            arn: scope.caller.arn(),
            create_date: account.map_or(scope.now, |account| account.created),
            password_last_used: None,
            permissions_boundary: None,
            tags: None,
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
#[derive(Debug, Shape)]
pub struct CreateUser {
    pub path: Option<Path>,
    pub user_name: UserName,
    pub permissions_boundary: Option<Arn>,
    #[shape(max = 50)]
    pub tags: Option<Vec<Tag>>,
}

#[derive(Debug, Shape)]
pub struct CreateUserResponse {
    pub user: Option<User>,
}

impl CreateUser {
    fn path(&self) -> &str {
        self.path.as_ref().map_or(Path::ROOT, Path::as_str)
    }

    fn tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }
}

impl Operation for CreateUser {
    const ACTION: &'static str = "iam:CreateUser";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateUserResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = lookup::arn(scope, "user", &format!("{}{}", self.path(), self.user_name));
        Ok(Check::new(Self::ACTION, arn)
            .request_tags(&self.tags()?)
            .key("iam:PermissionsBoundary", self.permissions_boundary.as_ref().map(Arn::as_str))
            .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateUserResponse, Error> {
        let (account, name) = (cx.account(), self.user_name.as_str());
        if cx.snapshot.users.by_name(account, name).is_some() {
            return Err(error::entity_already_exists("User", name).into());
        }
        let quota = cx.quotas().users;
        if cx.snapshot.users.count(account) >= quota {
            return Err(error::quota_exceeded("UsersPerAccount", quota).into());
        }
        if let Some(boundary) = &self.permissions_boundary {
            ManagedPolicy::boundary(cx, boundary.as_str())?;
        }
        let user = entity::User {
            account,
            id: cx.unique_id(UniqueId::User)?,
            name: name.to_owned(),
            path: self.path().to_owned(),
            created: cx.now,
            groups: Vec::new(),
            inline_policies: Vec::new(),
            attached_policies: Vec::new(),
            permissions_boundary: self.permissions_boundary.as_ref().map(|arn| arn.as_str().to_owned()),
            tags: self.tags()?,
        };
        let answer = CreateUserResponse { user: Some(User::whole(&user)) };
        cx.put(user);
        Ok(answer)
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
#[derive(Debug, Shape)]
pub struct GetUser {
    pub user_name: Option<ExistingUserName>,
}

#[derive(Debug, Shape)]
pub struct GetUserResponse {
    pub user: User,
}

impl Operation for GetUser {
    const ACTION: &'static str = "iam:GetUser";
    const EFFECT: Effect = Effect::Read;
    type Output = GetUserResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Subject::of(scope, &self.user_name)?.check(scope, Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetUserResponse, Error> {
        let user = match Subject::of(cx, &self.user_name)? {
            Subject::Root => User::root(cx),
            Subject::User(user) => User::whole(user),
            Subject::Nobody(name) => return Err(error::not_found("user", name).into()),
        };
        Ok(GetUserResponse { user })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>
#[derive(Debug, Shape)]
pub struct ListUsers {
    pub path_prefix: Option<PathPrefix>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListUsersResponse {
    pub users: Vec<User>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl ListUsers {
    fn prefix(&self) -> &str {
        self.path_prefix.as_ref().map_or(Path::ROOT, PathPrefix::as_str)
    }
}

impl Operation for ListUsers {
    const ACTION: &'static str = "iam:ListUsers";
    const EFFECT: Effect = Effect::Read;
    type Output = ListUsersResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, lookup::arn(scope, "user", self.prefix())).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListUsersResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let users = cx.snapshot.users.by_name_after(cx.account(), paging.after());
        let listed = users.filter(|user| user.path.starts_with(self.prefix()));
        let page = paging.take(cx, listed, |user| &user.name)?.map(|user| User::listed(user));
        Ok(ListUsersResponse { users: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
#[derive(Debug, Shape)]
pub struct UpdateUser {
    pub user_name: ExistingUserName,
    pub new_path: Option<Path>,
    pub new_user_name: Option<UserName>,
}

impl Operation for UpdateUser {
    const ACTION: &'static str = "iam:UpdateUser";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    /// Who renames or moves a user needs the permission on what it was and on what it becomes.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let name = self.user_name.as_str();
        let source = lookup::on_user(scope, Self::ACTION, name);
        if self.new_path.is_none() && self.new_user_name.is_none() {
            return Ok(source.into());
        }
        let user = scope.snapshot.users.by_name(scope.account(), name);
        let path = self.new_path.as_ref().map(Path::as_str).or(user.map(|user| user.path.as_str()));
        let name = self.new_user_name.as_ref().map_or(user.map_or(name, |user| &user.name), UserName::as_str);
        let arn = lookup::arn(scope, "user", &format!("{}{name}", path.unwrap_or(Path::ROOT)));
        let target = Check::new(Self::ACTION, arn).resource_tags(user.iter().flat_map(|user| &user.tags));
        Ok(vec![source, target].into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        if let Some(name) = &self.new_user_name {
            // To change no more than the case of a name is to keep it.
            if cx.snapshot.users.by_name(cx.account(), name.as_str()).is_some_and(|other| other.id != user.id) {
                return Err(error::entity_already_exists("User", name.as_str()).into());
            }
            user.name = name.as_str().to_owned();
        }
        if let Some(path) = &self.new_path {
            user.path = path.as_str().to_owned();
        }
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
#[derive(Debug, Shape)]
pub struct DeleteUser {
    pub user_name: ExistingUserName,
}

impl Operation for DeleteUser {
    const ACTION: &'static str = "iam:DeleteUser";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        let has_keys = cx.snapshot.pointing_at::<AccessKey>(user.account, &user.id).next().is_some();
        let conflict = if has_keys {
            Some("delete access keys")
        } else if !user.groups.is_empty() {
            Some("remove users from group")
        } else if !user.inline_policies.is_empty() {
            Some("delete policies")
        } else if !user.attached_policies.is_empty() {
            Some("detach all policies")
        } else {
            None
        };
        match conflict {
            Some(first) => Err(error::delete_conflict(first).into()),
            None => {
                cx.delete(&**user);
                Ok(())
            }
        }
    }
}
