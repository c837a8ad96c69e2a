//! Tags on customer managed policies.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags_customer-managed-policies.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    managed_policy::{self, ManagedPolicy},
    names::{Arn, Marker, MaxItems, TagKey},
    tag::{self, Tag},
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html>
#[derive(Debug, Shape)]
pub struct TagPolicy {
    pub policy_arn: Arn,
    #[shape(max = 50)]
    pub tags: Vec<Tag>,
}

impl Operation for TagPolicy {
    const ACTION: &'static str = "iam:TagPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = tag::requested(&self.tags)?;
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.request_tags(&tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut policy = entity::Policy::clone(managed_policy::to_change(cx, Self::ACTION, &self.policy_arn)?);
        tag::merge(&mut policy.tags, tag::requested(&self.tags)?, "Policy")?;
        cx.put(policy);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html>
#[derive(Debug, Shape)]
pub struct UntagPolicy {
    pub policy_arn: Arn,
    #[shape(max = 50)]
    pub tag_keys: Vec<TagKey>,
}

impl Operation for UntagPolicy {
    const ACTION: &'static str = "iam:UntagPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let keys = self.tag_keys.iter().map(TagKey::as_str);
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.tag_keys(keys).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut policy = entity::Policy::clone(managed_policy::to_change(cx, Self::ACTION, &self.policy_arn)?);
        tag::remove(&mut policy.tags, &self.tag_keys);
        cx.put(policy);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html>
#[derive(Debug, Shape)]
pub struct ListPolicyTags {
    pub policy_arn: Arn,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListPolicyTagsResponse {
    pub tags: Vec<Tag>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListPolicyTags {
    const ACTION: &'static str = "iam:ListPolicyTags";
    const EFFECT: Effect = Effect::Read;
    type Output = ListPolicyTagsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListPolicyTagsResponse, Error> {
        let policy = ManagedPolicy::find(cx, &self.policy_arn)?;
        let page = tag::page::<Self>(cx, policy.tags(), &self.marker, &self.max_items)?;
        Ok(ListPolicyTagsResponse { tags: page.items, is_truncated: page.is_truncated, marker: page.marker })
    }
}
