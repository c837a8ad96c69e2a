//! Topics: made, listed, deleted.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html>

use std::collections::BTreeMap;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{
    Document,
    entity::{self, Subscription},
};
use bartizan_wire::Shape;

use crate::{
    error, lookup,
    names::TopicArn,
    page,
    tag::{self, Tag},
    topic_attributes, topic_policy,
};

/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
#[derive(Debug, Shape)]
#[shape(name = "CreateTopicInput")]
pub struct CreateTopic {
    name: String,
    attributes: Option<BTreeMap<String, String>>,
    tags: Option<Vec<Tag>>,
    data_protection_policy: Option<String>,
}

#[derive(Debug, Shape)]
pub struct CreateTopicResponse {
    topic_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_DeleteTopic.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteTopicInput")]
pub struct DeleteTopic {
    topic_arn: String,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html>
#[derive(Debug, Shape)]
#[shape(name = "ListTopicsInput")]
pub struct ListTopics {
    next_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListTopicsResponse {
    topics: Option<Vec<Topic>>,
    next_token: Option<String>,
}

/// A topic in a list.
#[derive(Debug, Shape)]
pub struct Topic {
    topic_arn: Option<String>,
}

impl CreateTopic {
    fn tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }
}

impl Operation for CreateTopic {
    const ACTION: &'static str = "sns:CreateTopic";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateTopicResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = TopicArn::of_name(scope, &self.name)?;
        let tags = self.tags()?;
        let mut checks = vec![Check::new(Self::ACTION, arn.text.as_str()).request_tags(&tags)];
        if !tags.is_empty() {
            checks.push(lookup::on_topic(scope, "sns:TagResource", &arn).request_tags(&tags));
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateTopicResponse, Error> {
        if self.data_protection_policy.is_some() {
            let reason = "Data protection policies are not available in this version of Bartizan";
            return Err(error::invalid_because("DataProtectionPolicy", reason).into());
        }
        let arn = TopicArn::of_name(cx, &self.name)?;
        let tags = self.tags()?;
        if tags.len() > tag::MAX_TAGS {
            return Err(error::tag_limit_exceeded().into());
        }
        let old = cx.snapshot.topics.by_id(arn.account, &arn.text);
        if old.is_none() && cx.snapshot.topics.count(arn.account) >= cx.quotas().topics {
            return Err(error::topic_limit_exceeded().into());
        }
        let mut topic = match old {
            Some(old) => entity::Topic::clone(old),
            None => entity::Topic {
                account: arn.account,
                created: cx.now,
                policy: Document::new(&topic_policy::default(&arn)),
                display_name: String::new(),
                delivery_policy: None,
                subscriptions_deleted: 0,
                tags: tags.clone(),
                arn: arn.text.clone(),
            },
        };
        for (name, value) in self.attributes.iter().flatten() {
            topic_attributes::set(cx.snapshot, &mut topic, name, value)?;
        }
        let answer = CreateTopicResponse { topic_arn: Some(arn.text) };
        match old {
            // The same again is no mistake; something else is.
            Some(old) if topic != **old => {
                Err(error::invalid_because("Attributes", "Topic already exists with different attributes").into())
            }
            Some(old) if !tags.is_empty() && !tag::are_the_same(&tags, &old.tags) => {
                Err(error::invalid_because("Tags", "Topic already exists with different tags").into())
            }
            Some(_) => Ok(answer),
            None => {
                cx.put(topic);
                Ok(answer)
            }
        }
    }
}

impl Operation for DeleteTopic {
    const ACTION: &'static str = "sns:DeleteTopic";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &TopicArn::read(scope, &self.topic_arn, "TopicArn")?).into())
    }

    /// "This action is idempotent, so deleting a topic that does not exist does not result in an error."
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let arn = TopicArn::read(cx, &self.topic_arn, "TopicArn")?;
        let Some(topic) = cx.snapshot.topics.by_id(arn.account, &arn.text) else { return Ok(()) };
        for subscription in cx.snapshot.pointing_at::<Subscription>(arn.account, &arn.text) {
            cx.delete(&**subscription);
        }
        cx.delete(&**topic);
        Ok(())
    }
}

impl Operation for ListTopics {
    const ACTION: &'static str = "sns:ListTopics";
    const EFFECT: Effect = Effect::Read;
    type Output = ListTopicsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListTopicsResponse, Error> {
        let list = format!("{} {}", Self::ACTION, cx.region);
        let after = page::after(cx, &list, self.next_token.as_deref())?;
        let region = format!("arn:aws:sns:{}:", cx.region);
        let topics = cx.snapshot.topics.by_id_after(cx.account(), after.as_deref());
        let topics = topics.filter(|topic| topic.arn.starts_with(&region));
        let (page, next_token) = page::take(cx, &list, topics, |topic| &topic.arn)?;
        let topics = page.into_iter().map(|topic| Topic { topic_arn: Some(topic.arn.clone()) }).collect();
        Ok(ListTopicsResponse { topics: Some(topics), next_token })
    }
}
