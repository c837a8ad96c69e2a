//! Tags on instance profiles.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_instance-profiles.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    lookup,
    names::{InstanceProfileName, Marker, MaxItems, TagKey},
    tag::{self, Tag},
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct TagInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
    #[shape(max = 50)]
    pub tags: Vec<Tag>,
}

impl Operation for TagInstanceProfile {
    const ACTION: &'static str = "iam:TagInstanceProfile";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = tag::requested(&self.tags)?;
        Ok(lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str())
            .request_tags(&tags)
            .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut profile =
            entity::InstanceProfile::clone(lookup::instance_profile(cx, self.instance_profile_name.as_str())?);
        tag::merge(&mut profile.tags, tag::requested(&self.tags)?, "InstanceProfile")?;
        cx.put(profile);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagInstanceProfile.html>
#[derive(Debug, Shape)]
pub struct UntagInstanceProfile {
    pub instance_profile_name: InstanceProfileName,
    #[shape(max = 50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagInstanceProfile {
    const ACTION: &'static str = "iam:UntagInstanceProfile";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let keys = self.tag_keys.iter().map(TagKey::as_str);
        Ok(lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str()).tag_keys(keys).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut profile =
            entity::InstanceProfile::clone(lookup::instance_profile(cx, self.instance_profile_name.as_str())?);
        tag::remove(&mut profile.tags, &self.tag_keys);
        cx.put(profile);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfileTags.html>
#[derive(Debug, Shape)]
pub struct ListInstanceProfileTags {
    pub instance_profile_name: InstanceProfileName,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListInstanceProfileTagsResponse {
    pub tags: Vec<Tag>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListInstanceProfileTags {
    const ACTION: &'static str = "iam:ListInstanceProfileTags";
    const EFFECT: Effect = Effect::Read;
    type Output = ListInstanceProfileTagsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_instance_profile(scope, Self::ACTION, self.instance_profile_name.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListInstanceProfileTagsResponse, Error> {
        let profile = lookup::instance_profile(cx, self.instance_profile_name.as_str())?;
        let page = tag::page::<Self>(cx, &profile.tags, &self.marker, &self.max_items)?;
        Ok(ListInstanceProfileTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
