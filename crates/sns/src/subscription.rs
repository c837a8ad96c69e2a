//! Subscriptions: asked for, confirmed, cancelled, listed.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html>

use std::collections::BTreeMap;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::{
    delivery::Message,
    entity::{self, Confirmation, Topic},
};
use bartizan_wire::Shape;
use jiff::SignedDuration;

use crate::{
    error, lookup, mail,
    names::{self, TopicArn},
    notice::Notice,
    page, subscription_attributes,
};

/// How long a token can be used.
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html>
const TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(48);

/// How many endpoints of an account's topics may not have answered yet.
///
/// <https://docs.aws.amazon.com/general/latest/gr/sns.html#limits_sns_resource>
const MAX_PENDING: usize = 5_000;

/// What a list says in place of the ARN of a subscription that is not confirmed, and Subscribe in place of a new one's.
const PENDING_CONFIRMATION: &str = "pending confirmation";
const LISTED_AS_PENDING: &str = "PendingConfirmation";

/// <https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html>
#[derive(Debug, Shape)]
#[shape(name = "SubscribeInput")]
pub struct Subscribe {
    topic_arn: String,
    protocol: String,
    endpoint: Option<String>,
    attributes: Option<BTreeMap<String, String>>,
    return_subscription_arn: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct SubscribeResponse {
    subscription_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html>
#[derive(Debug, Shape)]
#[shape(name = "ConfirmSubscriptionInput")]
pub struct ConfirmSubscription {
    topic_arn: String,
    #[shape(sensitive)]
    token: String,
    authenticate_on_unsubscribe: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ConfirmSubscriptionResponse {
    subscription_arn: Option<String>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html>
#[derive(Debug, Shape)]
#[shape(name = "UnsubscribeInput")]
pub struct Unsubscribe {
    subscription_arn: String,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptions.html>
#[derive(Debug, Shape)]
#[shape(name = "ListSubscriptionsInput")]
pub struct ListSubscriptions {
    next_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListSubscriptionsResponse {
    subscriptions: Option<Vec<Subscription>>,
    next_token: Option<String>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html>
#[derive(Debug, Shape)]
#[shape(name = "ListSubscriptionsByTopicInput")]
pub struct ListSubscriptionsByTopic {
    topic_arn: String,
    next_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct ListSubscriptionsByTopicResponse {
    subscriptions: Option<Vec<Subscription>>,
    next_token: Option<String>,
}

/// A subscription in a list.
#[derive(Debug, Shape)]
pub struct Subscription {
    subscription_arn: Option<String>,
    owner: Option<String>,
    protocol: Option<String>,
    endpoint: Option<String>,
    topic_arn: Option<String>,
}

impl Subscription {
    fn listed(subscription: &entity::Subscription) -> Self {
        let arn = if subscription.is_confirmed() { &subscription.arn } else { LISTED_AS_PENDING };
        Self {
            subscription_arn: Some(arn.to_owned()),
            owner: Some(subscription.owner.to_string()),
            protocol: Some(subscription.protocol.clone()),
            endpoint: Some(subscription.endpoint.clone()),
            topic_arn: Some(subscription.topic_arn.clone()),
        }
    }
}

impl Subscribe {
    fn endpoint(&self) -> &str {
        self.endpoint.as_deref().unwrap_or_default()
    }

    /// That messages could be delivered there.
    fn endpoint_must_be_one(&self, scope: &Scope<'_>) -> Result<(), Fault> {
        match self.protocol.as_str() {
            "http" | "https" => {
                let start = format!("{}://", self.protocol);
                let is_of_protocol =
                    self.endpoint().get(..start.len()).is_some_and(|of| of.eq_ignore_ascii_case(&start));
                if !is_of_protocol {
                    return Err(error::invalid_parameter("Endpoint must match the specified protocol"));
                }
                let host = host(self.endpoint()).ok_or_else(|| error::invalid_parameter("Endpoint"))?;
                if !scope.outbound().may_reach(host) {
                    return Err(error::invalid_parameter("Not authorized to subscribe internal endpoints"));
                }
                Ok(())
            }
            "email" | "email-json" if !mail::is_address(self.endpoint()) => {
                Err(error::invalid_parameter("Email address"))
            }
            "email" | "email-json" if !scope.sends_mail() => Err(error::invalid_because(
                "Protocol",
                "this installation sends no electronic mail: serve has neither --mail-relay nor --mail-directory",
            )),
            "email" | "email-json" => Ok(()),
            protocol @ ("sms" | "sqs" | "application" | "lambda" | "firehose") => {
                let reason = format!("{protocol} subscriptions are not available in this version of Bartizan");
                Err(error::invalid_because("Protocol", &reason))
            }
            protocol => {
                let what = format!("Amazon SNS does not support this protocol string: {protocol}");
                Err(error::invalid_parameter(what))
            }
        }
    }

    /// Whether the subscription is what is asked for.
    fn is(&self, other: &entity::Subscription) -> bool {
        other.protocol == self.protocol && other.endpoint == self.endpoint()
    }
}

/// The host of a URL: without credentials, which nobody may give here, and without port.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let is_odd = |letter: char| !letter.is_ascii_graphic() || letter == '@' || letter == '\\';
    if url.contains(|letter: char| letter.is_whitespace() || letter.is_control()) || authority.contains(is_odd) {
        return None;
    }
    let host = match authority.starts_with('[') {
        true => authority.get(..=authority.find(']')?)?,
        false => authority.split(':').next()?,
    };
    (!host.is_empty()).then_some(host)
}

/// Asks the endpoint whether it wants the subscription.
fn ask(cx: &mut Context<'_>, subscription: &entity::Subscription) -> Result<(), Error> {
    let message = Message {
        id: cx.uuid()?,
        account: subscription.account,
        topic: subscription.topic_arn.clone(),
        document: Notice::SubscriptionConfirmation { timestamp: cx.now }.to_document()?,
        due: cx.now,
        subscriptions: vec![subscription.arn.clone()],
    };
    cx.deliver(message);
    Ok(())
}

fn is_expired(scope: &Scope<'_>, subscription: &entity::Subscription) -> bool {
    match subscription.confirmation {
        Confirmation::Pending { asked, .. } => scope.now.duration_since(asked) > TOKEN_LIFETIME,
        Confirmation::Confirmed { .. } => false,
    }
}

impl Operation for Subscribe {
    const ACTION: &'static str = "sns:Subscribe";
    const EFFECT: Effect = Effect::Write;
    type Output = SubscribeResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = TopicArn::read(scope, &self.topic_arn, "TopicArn")?;
        Ok(lookup::on_topic(scope, Self::ACTION, &arn)
            .key("sns:Protocol", [self.protocol.as_str()])
            .key("sns:Endpoint", self.endpoint.as_deref())
            .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<SubscribeResponse, Error> {
        let topic = lookup::topic(cx, &TopicArn::read(cx, &self.topic_arn, "TopicArn")?)?;
        self.endpoint_must_be_one(cx)?;
        let all: Vec<_> = cx.snapshot.pointing_at::<entity::Subscription>(topic.account, &topic.arn).collect();
        let old = all.iter().find(|other| self.is(other)).copied();
        // Who has not answered in time must be asked anew; nothing else clears them away.
        let expired: Vec<_> = all.iter().filter(|other| is_expired(cx, other) && !self.is(other)).collect();
        for other in expired {
            cx.delete(&***other);
        }
        let token = cx.random_text(b"0123456789abcdef", 64)?;
        let pending = Confirmation::Pending { token, asked: cx.now };
        let mut subscription = match old {
            Some(old) => entity::Subscription::clone(old),
            None => entity::Subscription {
                account: topic.account,
                arn: format!("{}:{}", topic.arn, cx.uuid()?),
                topic_arn: topic.arn.clone(),
                owner: cx.account(),
                principal: cx.caller.arn(),
                protocol: self.protocol.clone(),
                endpoint: self.endpoint().to_owned(),
                raw_message_delivery: false,
                confirmation: pending.clone(),
            },
        };
        for (name, value) in self.attributes.iter().flatten() {
            subscription_attributes::set(&mut subscription, name, value)?;
        }
        if old.is_some_and(|old| **old != subscription) {
            let reason = "Subscription already exists with different attributes";
            return Err(error::invalid_because("Attributes", reason).into());
        }
        if !subscription.is_confirmed() {
            let others = cx.snapshot.subscriptions.by_id_after(topic.account, None);
            if others.filter(|other| !other.is_confirmed() && !is_expired(cx, other)).count() >= MAX_PENDING {
                return Err(error::subscription_limit_exceeded().into());
            }
            // Asked once more, it is asked with a new token.
            subscription.confirmation = pending;
            ask(cx, &subscription)?;
        }
        let shows_arn = subscription.is_confirmed() || self.return_subscription_arn == Some(true);
        let arn = if shows_arn { subscription.arn.clone() } else { PENDING_CONFIRMATION.to_owned() };
        if old.is_none_or(|old| **old != subscription) {
            cx.put(subscription);
        }
        Ok(SubscribeResponse { subscription_arn: Some(arn) })
    }
}

impl Operation for ConfirmSubscription {
    const ACTION: &'static str = "sns:ConfirmSubscription";
    const EFFECT: Effect = Effect::Write;
    /// "This call requires an AWS signature only when the AuthenticateOnUnsubscribe flag is set to 'true'."
    const SIGNED: bool = false;
    type Output = ConfirmSubscriptionResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = TopicArn::read(scope, &self.topic_arn, "TopicArn")?;
        if !scope.caller.is_anonymous() {
            return Ok(lookup::on_topic(scope, Self::ACTION, &arn).into());
        }
        if self.authenticates_on_unsubscribe()? {
            let message = "AuthenticateOnUnsubscribe needs a signed request";
            return Err(error::not_authorized(message).into());
        }
        // The token is the permission.
        Ok(Checks::Unneeded)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ConfirmSubscriptionResponse, Error> {
        let arn = TopicArn::read(cx, &self.topic_arn, "TopicArn")?;
        if !cx.caller.is_anonymous() {
            lookup::topic(cx, &arn)?;
        }
        let found = cx.snapshot.pointing_at::<entity::Subscription>(arn.account, &arn.text).find(|subscription| {
            match &subscription.confirmation {
                // Of 256 random bits nobody guesses a part, however long a comparison takes.
                Confirmation::Pending { token, .. } => *token == self.token && !is_expired(cx, subscription),
                Confirmation::Confirmed { .. } => false,
            }
        });
        let found = found.ok_or_else(|| error::invalid_parameter("Token"))?;
        let mut subscription = entity::Subscription::clone(found);
        subscription.confirmation = Confirmation::Confirmed {
            authenticated: !cx.caller.is_anonymous(),
            authenticate_on_unsubscribe: self.authenticates_on_unsubscribe()?,
        };
        let answer = ConfirmSubscriptionResponse { subscription_arn: Some(subscription.arn.clone()) };
        cx.put(subscription);
        Ok(answer)
    }
}

impl ConfirmSubscription {
    fn authenticates_on_unsubscribe(&self) -> Result<bool, Fault> {
        match self.authenticate_on_unsubscribe.as_deref() {
            None => Ok(false),
            Some(flag) if flag.eq_ignore_ascii_case("false") => Ok(false),
            Some(flag) if flag.eq_ignore_ascii_case("true") => Ok(true),
            Some(_) => Err(error::invalid_parameter("AuthenticateOnUnsubscribe")),
        }
    }
}

impl Operation for Unsubscribe {
    const ACTION: &'static str = "sns:Unsubscribe";
    const EFFECT: Effect = Effect::Write;
    /// "The Unsubscribe call doesn't require authentication" unless that was asked for at the confirmation: what an
    /// endpoint is sent has a link.
    const SIGNED: bool = false;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        names::topic_of_subscription(scope, &self.subscription_arn)?;
        match scope.caller.is_anonymous() {
            // Whoever knows the ARN, which ends with 122 random bits, was told it.
            true => Ok(Checks::Unneeded),
            false => Ok(Check::new(Self::ACTION, "*").into()),
        }
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let found = match cx.caller.is_anonymous() {
            false => lookup::own_subscription(cx, &self.subscription_arn)?,
            true => {
                let found = lookup::subscription(cx, &self.subscription_arn)?;
                match found.confirmation {
                    Confirmation::Confirmed { authenticate_on_unsubscribe: false, .. } => found,
                    _ => {
                        return Err(error::not_authorized(
                            "This subscription can only be cancelled with a signed request",
                        )
                        .into());
                    }
                }
            }
        };
        if let Some(topic) = cx.snapshot.get::<Topic>(found.account, &found.topic_arn) {
            let mut topic = Topic::clone(topic);
            topic.subscriptions_deleted += 1;
            cx.put(topic);
        }
        cx.delete(&**found);
        Ok(())
    }
}

impl Operation for ListSubscriptions {
    const ACTION: &'static str = "sns:ListSubscriptions";
    const EFFECT: Effect = Effect::Read;
    type Output = ListSubscriptionsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListSubscriptionsResponse, Error> {
        let list = format!("{} {}", Self::ACTION, cx.region);
        let after = page::after(cx, &list, self.next_token.as_deref())?;
        let region = format!("arn:aws:sns:{}:", cx.region);
        // A subscription lies in its topic's account, which may be another one than its owner's.
        let mut own: Vec<_> = cx
            .snapshot
            .subscriptions
            .everywhere()
            .filter(|other| other.owner == cx.account() && other.arn.starts_with(&region))
            .filter(|other| after.as_deref().is_none_or(|after| *other.arn > *after))
            .collect();
        own.sort_unstable_by(|one, other| one.arn.cmp(&other.arn));
        let (page, next_token) = page::take(cx, &list, own.into_iter(), |subscription| &subscription.arn)?;
        let subscriptions = page.into_iter().map(|subscription| Subscription::listed(subscription)).collect();
        Ok(ListSubscriptionsResponse { subscriptions: Some(subscriptions), next_token })
    }
}

impl Operation for ListSubscriptionsByTopic {
    const ACTION: &'static str = "sns:ListSubscriptionsByTopic";
    const EFFECT: Effect = Effect::Read;
    type Output = ListSubscriptionsByTopicResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &TopicArn::read(scope, &self.topic_arn, "TopicArn")?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListSubscriptionsByTopicResponse, Error> {
        let topic = lookup::topic(cx, &TopicArn::read(cx, &self.topic_arn, "TopicArn")?)?;
        let list = format!("{} {}", Self::ACTION, topic.arn);
        let after = page::after(cx, &list, self.next_token.as_deref())?;
        let subscriptions = cx.snapshot.pointing_at::<entity::Subscription>(topic.account, &topic.arn);
        let subscriptions = subscriptions.filter(|other| after.as_deref().is_none_or(|after| *other.arn > *after));
        let (page, next_token) = page::take(cx, &list, subscriptions, |subscription| &subscription.arn)?;
        let subscriptions = page.into_iter().map(|subscription| Subscription::listed(subscription)).collect();
        Ok(ListSubscriptionsByTopicResponse { subscriptions: Some(subscriptions), next_token })
    }
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn the_host_of_a_url_is_what_is_connected_to() {
        for (url, expected) in [
            ("http://a.example/x", Some("a.example")),
            ("https://a.example:8443?x=@b", Some("a.example")),
            ("http://[::1]:80/", Some("[::1]")),
            ("http://127.0.0.1#@b", Some("127.0.0.1")),
            ("http://user@a.example/", None),
            ("http://a.example\\@b.example/", None),
            ("http://a.example/\r\nx: y", None),
            ("http:///x", None),
            ("http://[::1", None),
            ("a.example", None),
        ] {
            assert_eq!(host(url), expected, "{url}");
        }
    }
}
