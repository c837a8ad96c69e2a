//! Tags on users.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_users.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    lookup,
    names::{ExistingUserName, Marker, MaxItems, TagKey},
    tag::{self, Tag},
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html>
#[derive(Debug, Shape)]
pub struct TagUser {
    pub user_name: ExistingUserName,
    #[shape(max = 50)]
    pub tags: Vec<Tag>,
}

impl Operation for TagUser {
    const ACTION: &'static str = "iam:TagUser";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = tag::requested(&self.tags)?;
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).request_tags(&tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        tag::merge(&mut user.tags, tag::requested(&self.tags)?, "User")?;
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html>
#[derive(Debug, Shape)]
pub struct UntagUser {
    pub user_name: ExistingUserName,
    #[shape(max = 50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagUser {
    const ACTION: &'static str = "iam:UntagUser";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let keys = self.tag_keys.iter().map(TagKey::as_str);
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).tag_keys(keys).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut user = entity::User::clone(lookup::user(cx, self.user_name.as_str())?);
        tag::remove(&mut user.tags, &self.tag_keys);
        cx.put(user);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html>
#[derive(Debug, Shape)]
pub struct ListUserTags {
    pub user_name: ExistingUserName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListUserTagsResponse {
    pub tags: Vec<Tag>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListUserTags {
    const ACTION: &'static str = "iam:ListUserTags";
    const EFFECT: Effect = Effect::Read;
    type Output = ListUserTagsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_user(scope, Self::ACTION, self.user_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListUserTagsResponse, Error> {
        let user = lookup::user(cx, self.user_name.as_str())?;
        let page = tag::page::<Self>(cx, &user.tags, &self.marker, &self.max_items)?;
        Ok(ListUserTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
