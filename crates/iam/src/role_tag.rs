//! Tags on roles.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_roles.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    lookup,
    names::{Marker, MaxItems, RoleName, TagKey},
    tag::{self, Tag},
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>
#[derive(Debug, Shape)]
pub struct TagRole {
    pub role_name: RoleName,
    #[shape(max = 50)]
    pub tags: Vec<Tag>,
}

impl Operation for TagRole {
    const ACTION: &'static str = "iam:TagRole";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = tag::requested(&self.tags)?;
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).request_tags(&tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role(cx, self.role_name.as_str())?);
        tag::merge(&mut role.tags, tag::requested(&self.tags)?, "Role")?;
        cx.put(role);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html>
#[derive(Debug, Shape)]
pub struct UntagRole {
    pub role_name: RoleName,
    #[shape(max = 50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagRole {
    const ACTION: &'static str = "iam:UntagRole";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let keys = self.tag_keys.iter().map(TagKey::as_str);
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).tag_keys(keys).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut role = entity::Role::clone(lookup::role(cx, self.role_name.as_str())?);
        tag::remove(&mut role.tags, &self.tag_keys);
        cx.put(role);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>
#[derive(Debug, Shape)]
pub struct ListRoleTags {
    pub role_name: RoleName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListRoleTagsResponse {
    pub tags: Vec<Tag>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListRoleTags {
    const ACTION: &'static str = "iam:ListRoleTags";
    const EFFECT: Effect = Effect::Read;
    type Output = ListRoleTagsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_role(scope, Self::ACTION, self.role_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListRoleTagsResponse, Error> {
        let role = lookup::role(cx, self.role_name.as_str())?;
        let page = tag::page::<Self>(cx, &role.tags, &self.marker, &self.max_items)?;
        Ok(ListRoleTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
