//! What is told, and the forms in which it is sent.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html>

use std::collections::BTreeMap;

use bartizan_gate::Error;
use bartizan_store::{
    delivery::Delivery,
    entity::{Confirmation, Subscription},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a message of the store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Notice {
    /// What was published.
    Notification {
        timestamp: Timestamp,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        message: String,
        /// Whether the message is a JSON object with a text for each protocol.
        #[serde(default)]
        structured: bool,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        attributes: BTreeMap<String, Attribute>,
    },
    /// The question whether the endpoint wants the subscription. The token is in the subscription.
    SubscriptionConfirmation { timestamp: Timestamp },
}

/// An attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// `String`, `Number`, `Binary`, or one of these, a dot and something more.
    #[serde(rename = "Type")]
    pub kind: String,
    /// Bytes in base 64.
    #[serde(rename = "Value")]
    pub value: String,
}

/// The body that an endpoint is sent, in SNS's order.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope<'a> {
    #[serde(rename = "Type")]
    kind: &'static str,
    message_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    topic_arn: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    message: &'a str,
    timestamp: String,
    #[serde(rename = "SubscribeURL", skip_serializing_if = "Option::is_none")]
    subscribe_url: Option<String>,
    #[serde(rename = "UnsubscribeURL", skip_serializing_if = "Option::is_none")]
    unsubscribe_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_attributes: Option<&'a BTreeMap<String, Attribute>>,
}

impl Notice {
    /// As the store keeps it.
    ///
    /// # Errors
    /// Only if it cannot be written as JSON.
    pub fn to_document(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))
    }

    /// As the store has it; `None` if it is not ours.
    pub fn of_document(document: &str) -> Option<Self> {
        serde_json::from_str(document).ok()
    }

    /// `Notification` or `SubscriptionConfirmation`, as the header `x-amz-sns-message-type` has it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Notification { .. } => "Notification",
            Self::SubscriptionConfirmation { .. } => "SubscriptionConfirmation",
        }
    }

    /// Whether it is still to be told to the subscription.
    pub const fn is_wanted_by(&self, subscription: &Subscription) -> bool {
        match self {
            Self::Notification { .. } => subscription.is_confirmed(),
            Self::SubscriptionConfirmation { .. } => !subscription.is_confirmed(),
        }
    }

    /// The text for a protocol.
    pub fn text(&self, subscription: &Subscription) -> String {
        match self {
            Self::Notification { message, structured: false, .. } => message.clone(),
            Self::Notification { message, structured: true, .. } => {
                text_for(&subscription.protocol, message).unwrap_or_default()
            }
            Self::SubscriptionConfirmation { .. } => format!(
                "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit the SubscribeURL \
                 included in this message.",
                subscription.topic_arn
            ),
        }
    }

    /// The JSON that an endpoint is sent.
    pub fn envelope(&self, delivery: &Delivery, subscription: &Subscription, public_url: &str) -> Option<String> {
        let text = self.text(subscription);
        let (timestamp, subject, attributes) = match self {
            Self::Notification { timestamp, subject, attributes, .. } => {
                (timestamp, subject.as_deref(), Some(attributes))
            }
            Self::SubscriptionConfirmation { timestamp } => (timestamp, None, None),
        };
        let token = match (&subscription.confirmation, self) {
            (Confirmation::Pending { token, .. }, Self::SubscriptionConfirmation { .. }) => Some(token.as_str()),
            _ => None,
        };
        let envelope = Envelope {
            kind: self.kind(),
            message_id: &delivery.message,
            token,
            topic_arn: &delivery.topic,
            subject,
            message: &text,
            timestamp: format!("{:.3}", timestamp),
            subscribe_url: token.map(|token| subscribe_url(public_url, &delivery.topic, token)),
            unsubscribe_url: token.is_none().then(|| unsubscribe_url(public_url, &subscription.arn)),
            message_attributes: attributes.filter(|attributes| !attributes.is_empty()),
        };
        serde_json::to_string_pretty(&envelope).ok()
    }
}

/// The link by which an endpoint confirms.
pub fn subscribe_url(public_url: &str, topic: &str, token: &str) -> String {
    url(public_url, &[("Action", "ConfirmSubscription"), ("TopicArn", topic), ("Token", token)])
}

/// The link by which an endpoint cancels.
pub fn unsubscribe_url(public_url: &str, subscription: &str) -> String {
    url(public_url, &[("Action", "Unsubscribe"), ("SubscriptionArn", subscription)])
}

fn url(public_url: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters).append_pair("Version", crate::VERSION);
    format!("{}/?{}", public_url.trim_end_matches('/'), query.finish())
}

/// That a message is a JSON object with a text for whom it has none of their own.
///
/// # Errors
/// AWS's words.
pub fn must_be_structured(message: &str) -> Result<(), &'static str> {
    match serde_json::from_str(message) {
        Ok(Value::Object(texts)) => match texts.get("default") {
            Some(Value::String(_)) => Ok(()),
            _ => Err("No default entry in JSON message body"),
        },
        _ => Err("JSON message body failed to parse"),
    }
}

/// The text of a structured message for a protocol.
fn text_for(protocol: &str, message: &str) -> Option<String> {
    let texts: BTreeMap<String, Value> = serde_json::from_str(message).ok()?;
    let text = |name: &str| texts.get(name).and_then(Value::as_str);
    text(protocol).or_else(|| text("default")).map(str::to_owned)
}

/// Bytes in base 64.
pub fn base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}
