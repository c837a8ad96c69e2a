//! Long-term access keys of users and of the root user.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>

use std::sync::Arc;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Fault, Operation, Scope, UniqueId};
use bartizan_store::entity::{self, AccessKeyOwner, AccessKeyStatus};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    error,
    lookup::{self, Subject},
    names::{AccessKeyId, ExistingUserName, Marker, MaxItems},
    page::Paging,
};

/// How many access keys a user may have, and the root user too.
pub const MAX_KEYS: usize = 2;

/// What is told of a key that was never used.
const NOT_AVAILABLE: &str = "N/A";

/// A new access key, secret and all. It has no `Debug`.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html>
#[derive(Shape)]
pub struct AccessKey {
    pub user_name: String,
    pub access_key_id: String,
    pub status: StatusType,
    #[shape(sensitive)]
    pub secret_access_key: String,
    pub create_date: Option<Timestamp>,
}

/// An access key without its secret.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyMetadata.html>
#[derive(Debug, Clone, Shape)]
pub struct AccessKeyMetadata {
    pub user_name: Option<String>,
    pub access_key_id: Option<String>,
    pub status: Option<StatusType>,
    pub create_date: Option<Timestamp>,
}

/// When and where an access key was last used.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html>
#[derive(Debug, Clone, Shape)]
pub struct AccessKeyLastUsed {
    pub last_used_date: Option<Timestamp>,
    pub service_name: String,
    pub region: String,
}

/// Whether a key may be used. `Expired` is of other credentials; no access key ever is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum StatusType {
    Active,
    Inactive,
    Expired,
}

impl From<AccessKeyStatus> for StatusType {
    fn from(status: AccessKeyStatus) -> Self {
        match status {
            AccessKeyStatus::Active => Self::Active,
            AccessKeyStatus::Inactive => Self::Inactive,
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>
#[derive(Debug, Shape)]
pub struct CreateAccessKey {
    pub user_name: Option<ExistingUserName>,
}

#[derive(Shape)]
pub struct CreateAccessKeyResponse {
    pub access_key: AccessKey,
}

impl Operation for CreateAccessKey {
    const ACTION: &'static str = "iam:CreateAccessKey";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateAccessKeyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(subject(scope, &self.user_name)?.check(scope, Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateAccessKeyResponse, Error> {
        let subject = subject(cx, &self.user_name)?;
        if keys(cx, &subject)?.len() >= MAX_KEYS {
            return Err(error::quota_exceeded("AccessKeysPerUser", MAX_KEYS).into());
        }
        let id = cx.unique_id(UniqueId::AccessKey)?;
        let secret = cx.new_secret()?;
        let key = entity::AccessKey {
            account: cx.account(),
            secret: cx.seal_secret(&id, &secret)?,
            id,
            owner: owner(&subject)?,
            status: AccessKeyStatus::Active,
            created: cx.now,
        };
        let access_key = AccessKey {
            user_name: user_name(&subject).unwrap_or_default(),
            access_key_id: key.id.clone(),
            status: key.status.into(),
            secret_access_key: secret.expose().to_owned(),
            create_date: Some(key.created),
        };
        cx.put(key);
        Ok(CreateAccessKeyResponse { access_key })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html>
#[derive(Debug, Shape)]
pub struct ListAccessKeys {
    pub user_name: Option<ExistingUserName>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListAccessKeysResponse {
    pub access_key_metadata: Vec<AccessKeyMetadata>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListAccessKeys {
    const ACTION: &'static str = "iam:ListAccessKeys";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAccessKeysResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(subject(scope, &self.user_name)?.check(scope, Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListAccessKeysResponse, Error> {
        let subject = subject(cx, &self.user_name)?;
        let keys = keys(cx, &subject)?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let page = paging.sort_and_take(cx, keys.into_iter(), |key| &key.id)?.map(|key| AccessKeyMetadata {
            user_name: user_name(&subject),
            access_key_id: Some(key.id.clone()),
            status: Some(key.status.into()),
            create_date: Some(key.created),
        });
        Ok(ListAccessKeysResponse {
            access_key_metadata: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>
#[derive(Debug, Shape)]
pub struct UpdateAccessKey {
    pub user_name: Option<ExistingUserName>,
    pub access_key_id: AccessKeyId,
    pub status: StatusType,
}

impl Operation for UpdateAccessKey {
    const ACTION: &'static str = "iam:UpdateAccessKey";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(subject(scope, &self.user_name)?.check(scope, Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let key = key_of(cx, &subject(cx, &self.user_name)?, &self.access_key_id)?;
        let status = match self.status {
            StatusType::Active => AccessKeyStatus::Active,
            StatusType::Inactive => AccessKeyStatus::Inactive,
            StatusType::Expired => {
                return Err(error::invalid_input("An access key is either Active or Inactive.").into());
            }
        };
        cx.put(entity::AccessKey { status, ..entity::AccessKey::clone(key) });
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>
#[derive(Debug, Shape)]
pub struct DeleteAccessKey {
    pub user_name: Option<ExistingUserName>,
    pub access_key_id: AccessKeyId,
}

impl Operation for DeleteAccessKey {
    const ACTION: &'static str = "iam:DeleteAccessKey";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(subject(scope, &self.user_name)?.check(scope, Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let key = key_of(cx, &subject(cx, &self.user_name)?, &self.access_key_id)?;
        cx.delete(&**key);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>
#[derive(Debug, Shape)]
pub struct GetAccessKeyLastUsed {
    pub access_key_id: AccessKeyId,
}

#[derive(Debug, Shape)]
pub struct GetAccessKeyLastUsedResponse {
    pub user_name: Option<String>,
    pub access_key_last_used: Option<AccessKeyLastUsed>,
}

impl GetAccessKeyLastUsed {
    /// The key and whose it is. A key of another account is none.
    fn find<'a>(&self, scope: &Scope<'a>) -> Option<(&'a Arc<entity::AccessKey>, Subject<'a>)> {
        let key = scope.snapshot.access_keys.by_id(scope.account(), self.access_key_id.as_str())?;
        let subject = match &key.owner {
            AccessKeyOwner::Root => Subject::Root,
            AccessKeyOwner::User(id) => Subject::User(scope.snapshot.users.by_id(scope.account(), id)?),
        };
        Some((key, subject))
    }
}

impl Operation for GetAccessKeyLastUsed {
    const ACTION: &'static str = "iam:GetAccessKeyLastUsed";
    const EFFECT: Effect = Effect::Read;
    type Output = GetAccessKeyLastUsedResponse;

    /// The resource is the key's user. Of an unknown key only who may ask about every user learns that it is unknown.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let check = match self.find(scope) {
            Some((_, subject)) => subject.check(scope, Self::ACTION),
            None => Check::new(Self::ACTION, lookup::arn(scope, "user/", "*")),
        };
        Ok(check.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetAccessKeyLastUsedResponse, Error> {
        let (key, subject) = self.find(cx).ok_or_else(|| unknown_key(&self.access_key_id))?;
        let last_used = match cx.last_used(key)? {
            Some(used) => {
                AccessKeyLastUsed { last_used_date: Some(used.time), service_name: used.service, region: used.region }
            }
            None => AccessKeyLastUsed {
                last_used_date: None,
                service_name: NOT_AVAILABLE.to_owned(),
                region: NOT_AVAILABLE.to_owned(),
            },
        };
        Ok(GetAccessKeyLastUsedResponse { user_name: user_name(&subject), access_key_last_used: Some(last_used) })
    }
}

/// Whose keys a request is about. Temporary credentials do not say it: with them the user name must be given.
fn subject<'a>(scope: &Scope<'a>, name: &'a Option<ExistingUserName>) -> Result<Subject<'a>, Error> {
    if name.is_none() && scope.caller.session.is_some() {
        return Err(lookup::must_specify_user_name().into());
    }
    Subject::of(scope, name)
}

/// All keys of one owner, in the order of their ids.
fn keys<'a>(scope: &Scope<'a>, subject: &Subject<'_>) -> Result<Vec<&'a Arc<entity::AccessKey>>, Error> {
    let account = scope.account();
    Ok(match subject {
        // Nothing points from a key to root; that root asks for its own keys is rare enough to look at all of them.
        Subject::Root => scope
            .snapshot
            .access_keys
            .by_id_after(account, None)
            .filter(|key| key.owner == AccessKeyOwner::Root)
            .collect(),
        Subject::User(user) => scope.snapshot.pointing_at(account, &user.id).collect(),
        Subject::Nobody(name) => return Err(error::not_found("user", name).into()),
    })
}

/// The key of this id, if it is the owner's.
fn key_of<'a>(scope: &Scope<'a>, subject: &Subject<'_>, id: &AccessKeyId) -> Result<&'a Arc<entity::AccessKey>, Error> {
    let owner = owner(subject)?;
    let key = scope.snapshot.access_keys.by_id(scope.account(), id.as_str());
    Ok(key.filter(|key| key.owner == owner).ok_or_else(|| unknown_key(id))?)
}

fn owner(subject: &Subject<'_>) -> Result<AccessKeyOwner, Error> {
    match subject {
        Subject::Root => Ok(AccessKeyOwner::Root),
        Subject::User(user) => Ok(AccessKeyOwner::User(user.id.clone())),
        Subject::Nobody(name) => Err(error::not_found("user", name).into()),
    }
}

/// Root has no user name.
fn user_name(subject: &Subject<'_>) -> Option<String> {
    match subject {
        Subject::User(user) => Some(user.name.clone()),
        Subject::Root | Subject::Nobody(_) => None,
    }
}

fn unknown_key(id: &AccessKeyId) -> Fault {
    error::no_such_entity(format!("The Access Key with id {id} cannot be found."))
}
