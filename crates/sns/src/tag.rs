//! Tags of topics. Keys are compared with case.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-tags.html>

use std::collections::BTreeSet;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::{self, Topic};
use bartizan_wire::Shape;

use crate::{error, lookup, names::TopicArn};

/// How many tags a topic may have.
pub const MAX_TAGS: usize = 50;

/// <https://docs.aws.amazon.com/sns/latest/api/API_Tag.html>
#[derive(Debug, Clone, Shape)]
pub struct Tag {
    #[shape(min = 1, max = 128)]
    pub key: String,
    #[shape(min = 0, max = 256)]
    pub value: String,
}

/// The ARN of what has tags (`AmazonResourceName`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 1011)]
pub struct ResourceArn(String);

/// The key of a tag (`TagKey`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128)]
pub struct TagKey(String);

/// <https://docs.aws.amazon.com/sns/latest/api/API_TagResource.html>
#[derive(Debug, Shape)]
#[shape(name = "TagResourceRequest")]
pub struct TagResource {
    resource_arn: ResourceArn,
    tags: Vec<Tag>,
}

#[derive(Debug, Shape)]
pub struct TagResourceResponse {}

/// <https://docs.aws.amazon.com/sns/latest/api/API_UntagResource.html>
#[derive(Debug, Shape)]
#[shape(name = "UntagResourceRequest")]
pub struct UntagResource {
    resource_arn: ResourceArn,
    tag_keys: Vec<TagKey>,
}

#[derive(Debug, Shape)]
pub struct UntagResourceResponse {}

/// <https://docs.aws.amazon.com/sns/latest/api/API_ListTagsForResource.html>
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceRequest")]
pub struct ListTagsForResource {
    resource_arn: ResourceArn,
}

#[derive(Debug, Shape)]
pub struct ListTagsForResourceResponse {
    tags: Option<Vec<Tag>>,
}

/// The tags of a request as they are stored.
///
/// # Errors
/// `InvalidParameter` if a key is there twice, or one is AWS's own.
pub fn requested(tags: &[Tag]) -> Result<Vec<entity::Tag>, Fault> {
    let mut keys = BTreeSet::new();
    for tag in tags {
        if !keys.insert(tag.key.as_str()) {
            return Err(error::invalid_parameter("Duplicated keys are not allowed."));
        }
        if tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(error::invalid_because(
                "Tags",
                "aws: prefixed tag key names are not allowed for external use.",
            ));
        }
    }
    Ok(tags.iter().map(|tag| entity::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect())
}

/// Whether two lists of tags are the same, in whatever order.
pub fn are_the_same(one: &[entity::Tag], other: &[entity::Tag]) -> bool {
    one.len() == other.len() && one.iter().all(|tag| other.contains(tag))
}

fn topic_of(cx: &Context<'_>, arn: &ResourceArn) -> Result<Topic, Error> {
    let arn = TopicArn::read(cx, arn.as_str(), "ResourceArn")?;
    let topic = cx.snapshot.topics.by_id(arn.account, &arn.text).ok_or_else(error::resource_not_found)?;
    Ok(Topic::clone(topic))
}

impl Operation for TagResource {
    const ACTION: &'static str = "sns:TagResource";
    const EFFECT: Effect = Effect::Write;
    type Output = TagResourceResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = TopicArn::read(scope, self.resource_arn.as_str(), "ResourceArn")?;
        Ok(lookup::on_topic(scope, Self::ACTION, &arn).request_tags(&requested(&self.tags)?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<TagResourceResponse, Error> {
        let mut topic = topic_of(cx, &self.resource_arn)?;
        for tag in requested(&self.tags)? {
            match topic.tags.iter_mut().find(|old| old.key == tag.key) {
                Some(old) => *old = tag,
                None => topic.tags.push(tag),
            }
        }
        if topic.tags.len() > MAX_TAGS {
            return Err(error::tag_limit_exceeded().into());
        }
        cx.put(topic);
        Ok(TagResourceResponse {})
    }
}

impl Operation for UntagResource {
    const ACTION: &'static str = "sns:UntagResource";
    const EFFECT: Effect = Effect::Write;
    type Output = UntagResourceResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = TopicArn::read(scope, self.resource_arn.as_str(), "ResourceArn")?;
        Ok(lookup::on_topic(scope, Self::ACTION, &arn).tag_keys(self.tag_keys.iter().map(TagKey::as_str)).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<UntagResourceResponse, Error> {
        let mut topic = topic_of(cx, &self.resource_arn)?;
        topic.tags.retain(|tag| !self.tag_keys.iter().any(|key| key.as_str() == tag.key));
        cx.put(topic);
        Ok(UntagResourceResponse {})
    }
}

impl Operation for ListTagsForResource {
    const ACTION: &'static str = "sns:ListTagsForResource";
    const EFFECT: Effect = Effect::Read;
    type Output = ListTagsForResourceResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = TopicArn::read(scope, self.resource_arn.as_str(), "ResourceArn")?;
        Ok(lookup::on_topic(scope, Self::ACTION, &arn).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListTagsForResourceResponse, Error> {
        let topic = topic_of(cx, &self.resource_arn)?;
        let tags = topic.tags.into_iter().map(|tag| Tag { key: tag.key, value: tag.value }).collect();
        Ok(ListTagsForResourceResponse { tags: Some(tags) })
    }
}
