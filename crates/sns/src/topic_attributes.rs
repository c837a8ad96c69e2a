//! What a topic is like.

use std::collections::BTreeMap;

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope, principals};
use bartizan_store::{
    Snapshot,
    entity::{Subscription, Topic},
};
use bartizan_wire::Shape;

use crate::{error, lookup, names::TopicArn, retry_policy::RetryPolicy, topic_policy};

/// How long a display name may be.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html>
const MAX_DISPLAY_NAME: usize = 100;

/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
#[derive(Debug, Shape)]
#[shape(name = "GetTopicAttributesInput")]
pub struct GetTopicAttributes {
    topic_arn: String,
}

#[derive(Debug, Shape)]
pub struct GetTopicAttributesResponse {
    attributes: Option<BTreeMap<String, String>>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>
#[derive(Debug, Shape)]
#[shape(name = "SetTopicAttributesInput")]
pub struct SetTopicAttributes {
    topic_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

/// Sets one attribute. An empty value sets what a new topic has.
///
/// # Errors
/// `InvalidParameter`
pub fn set(snapshot: &Snapshot, topic: &mut Topic, name: &str, value: &str) -> Result<(), Error> {
    match name {
        "Policy" if value.is_empty() => {
            let arn = TopicArn { text: topic.arn.clone(), account: topic.account };
            topic.policy = bartizan_store::Document::new(&topic_policy::default(&arn));
        }
        "Policy" => topic.policy = topic_policy::stored(snapshot, value)?,
        "DisplayName" => {
            if value.chars().count() > MAX_DISPLAY_NAME || value.chars().any(char::is_control) {
                return Err(error::invalid_parameter("DisplayName").into());
            }
            value.clone_into(&mut topic.display_name);
        }
        "DeliveryPolicy" if value.is_empty() => topic.delivery_policy = None,
        "DeliveryPolicy" => {
            RetryPolicy::of_topic(value).map_err(|why| error::invalid_parameter(format!("DeliveryPolicy: {why}")))?;
            topic.delivery_policy = Some(value.to_owned());
        }
        "FifoTopic" if value == "false" => {}
        _ => return Err(error::invalid_parameter("AttributeName").into()),
    }
    Ok(())
}

impl Operation for GetTopicAttributes {
    const ACTION: &'static str = "sns:GetTopicAttributes";
    const EFFECT: Effect = Effect::Read;
    type Output = GetTopicAttributesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &TopicArn::read(scope, &self.topic_arn, "TopicArn")?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetTopicAttributesResponse, Error> {
        let topic = lookup::topic(cx, &TopicArn::read(cx, &self.topic_arn, "TopicArn")?)?;
        let subscriptions = cx.snapshot.pointing_at::<Subscription>(topic.account, &topic.arn);
        let (confirmed, pending): (Vec<_>, Vec<_>) =
            subscriptions.partition(|subscription| subscription.is_confirmed());
        let retry = RetryPolicy::in_force(topic.delivery_policy.as_deref());
        let mut attributes = BTreeMap::from([
            ("TopicArn", topic.arn.clone()),
            ("Owner", topic.account.to_string()),
            ("Policy", principals::with_arns(cx.snapshot, &topic.policy)),
            ("DisplayName", topic.display_name.clone()),
            ("SubscriptionsConfirmed", confirmed.len().to_string()),
            ("SubscriptionsPending", pending.len().to_string()),
            ("SubscriptionsDeleted", topic.subscriptions_deleted.to_string()),
            ("EffectiveDeliveryPolicy", retry.shown_of_topic()),
        ]);
        if let Some(policy) = &topic.delivery_policy {
            attributes.insert("DeliveryPolicy", policy.clone());
        }
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(GetTopicAttributesResponse { attributes: Some(attributes) })
    }
}

impl Operation for SetTopicAttributes {
    const ACTION: &'static str = "sns:SetTopicAttributes";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &TopicArn::read(scope, &self.topic_arn, "TopicArn")?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut topic = Topic::clone(lookup::topic(cx, &TopicArn::read(cx, &self.topic_arn, "TopicArn")?)?);
        set(cx.snapshot, &mut topic, &self.attribute_name, self.attribute_value.as_deref().unwrap_or_default())?;
        cx.put(topic);
        Ok(())
    }
}
