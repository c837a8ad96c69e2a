//! Finding what a request names, for its checks and for its run.
//!
//! The checks of a topic that is not there are on the ARN that it would have, so that only who may ask at all learns that
//! it is not there.

use std::sync::Arc;

use bartizan_gate::{Check, Fault, Scope};
use bartizan_store::entity::{Subscription, Topic};

use crate::{
    error,
    names::{self, TopicArn},
};

/// The topic of this ARN.
///
/// # Errors
/// `NotFound`
pub fn topic<'a>(scope: &Scope<'a>, arn: &TopicArn) -> Result<&'a Arc<Topic>, Fault> {
    scope.snapshot.topics.by_id(arn.account, &arn.text).ok_or_else(error::topic_not_found)
}

/// A check of `action` on the topic of this ARN, with the policy and the tags that it has.
pub fn on_topic(scope: &Scope<'_>, action: &'static str, arn: &TopicArn) -> Check {
    let check = Check::new(action, arn.text.as_str());
    match scope.snapshot.topics.by_id(arn.account, &arn.text) {
        Some(topic) => check.resource_tags(&topic.tags).policy(Some(topic.policy.clone())),
        None => check,
    }
}

/// The subscription of this ARN, if its topic or itself is the caller's account's. Permissions on subscriptions cannot
/// name them: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html>
///
/// # Errors
/// `InvalidParameter` if it is no ARN of one; `NotFound`
pub fn own_subscription<'a>(scope: &Scope<'a>, arn: &str) -> Result<&'a Arc<Subscription>, Fault> {
    let found = subscription(scope, arn)?;
    match found.owner == scope.account() || found.account == scope.account() {
        true => Ok(found),
        false => Err(error::subscription_not_found()),
    }
}

/// The subscription of this ARN, whoever asks.
///
/// # Errors
/// `InvalidParameter` if it is no ARN of one; `NotFound`
pub fn subscription<'a>(scope: &Scope<'a>, arn: &str) -> Result<&'a Arc<Subscription>, Fault> {
    let topic = names::topic_of_subscription(scope, arn)?;
    scope.snapshot.subscriptions.by_id(topic.account, arn).ok_or_else(error::subscription_not_found)
}
