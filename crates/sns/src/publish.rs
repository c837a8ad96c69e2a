//! Messages: published, and durable before that is answered.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::collections::BTreeMap;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::{delivery::Message, entity::Subscription};
use bartizan_wire::{Blob, Shape};

use crate::{
    error, lookup,
    names::TopicArn,
    notice::{self, Attribute, Notice},
};

/// How large a message may be, its attributes included, in bytes.
const MAX_MESSAGE: usize = 256 * 1024;

/// How long a subject may be, in characters.
const MAX_SUBJECT: usize = 100;

/// What is said is the caller's own: the audit trail has who said something, and where, and not what.
#[derive(Debug, Shape)]
#[shape(name = "PublishInput")]
pub struct Publish {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    #[shape(sensitive)]
    phone_number: Option<String>,
    #[shape(sensitive)]
    message: String,
    #[shape(sensitive)]
    subject: Option<String>,
    message_structure: Option<String>,
    #[shape(sensitive)]
    message_attributes: Option<BTreeMap<String, MessageAttributeValue>>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_MessageAttributeValue.html>
#[derive(Debug, Shape)]
pub struct MessageAttributeValue {
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<Blob>,
}

#[derive(Debug, Shape)]
pub struct PublishResponse {
    message_id: Option<String>,
    sequence_number: Option<String>,
}

impl Publish {
    fn topic(&self, scope: &Scope<'_>) -> Result<TopicArn, Fault> {
        match (&self.topic_arn, &self.target_arn, &self.phone_number) {
            (Some(arn), None, None) => TopicArn::read(scope, arn, "TopicArn"),
            (None, Some(arn), None) => TopicArn::read(scope, arn, "TargetArn"),
            (None, None, Some(_)) => Err(error::invalid_because(
                "PhoneNumber",
                "Text messages are not available in this version of Bartizan",
            )),
            (None, None, None) => {
                Err(error::invalid_because("TopicArn or TargetArn", "no value for required parameter"))
            }
            _ => Err(error::invalid_parameter("Only one of TopicArn, TargetArn or PhoneNumber may be given")),
        }
    }

    fn notice(&self, scope: &Scope<'_>) -> Result<Notice, Fault> {
        for (name, value) in
            [("MessageGroupId", &self.message_group_id), ("MessageDeduplicationId", &self.message_deduplication_id)]
        {
            if value.is_some() {
                let reason = format!("The request includes {name} parameter that is not valid for this topic type");
                return Err(error::invalid_because(name, &reason));
            }
        }
        if self.message.is_empty() {
            return Err(error::invalid_parameter("Empty message"));
        }
        let attributes = self.attributes()?;
        let size = |(name, attribute): (&String, &Attribute)| name.len() + attribute.kind.len() + attribute.value.len();
        if self.message.len() + attributes.iter().map(size).sum::<usize>() > MAX_MESSAGE {
            return Err(error::invalid_parameter("Message too long"));
        }
        if self.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
            return Err(error::invalid_parameter("Subject"));
        }
        let structured = match self.message_structure.as_deref() {
            None | Some("") => false,
            Some("json") => true,
            Some(_) => return Err(error::invalid_parameter("MessageStructure")),
        };
        if structured {
            notice::must_be_structured(&self.message)
                .map_err(|why| error::invalid_parameter(format!("Message Structure - {why}")))?;
        }
        Ok(Notice::Notification {
            timestamp: scope.now,
            subject: self.subject.clone(),
            message: self.message.clone(),
            structured,
            attributes,
        })
    }

    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>
    fn attributes(&self) -> Result<BTreeMap<String, Attribute>, Fault> {
        let given = self.message_attributes.iter().flatten();
        given.map(|(name, value)| Ok((name.clone(), value.read(name)?))).collect()
    }
}

impl MessageAttributeValue {
    fn read(&self, name: &str) -> Result<Attribute, Fault> {
        let invalid = |why: &str| error::invalid_parameter_value(format!("The message attribute '{name}' {why}"));
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
        let is_plain = !name.is_empty() && name.chars().count() <= 256 && name.chars().all(is_name);
        let dots = !name.starts_with('.') && !name.ends_with('.') && !name.contains("..");
        if !is_plain || !dots {
            return Err(invalid("has an invalid name."));
        }
        let kind = self.data_type.split('.').next().unwrap_or_default();
        let value = match (kind, &self.string_value, &self.binary_value) {
            ("String" | "Number", Some(text), None) if !text.is_empty() => text.clone(),
            ("Binary", None, Some(bytes)) if !bytes.0.is_empty() => notice::base64(&bytes.0),
            ("String" | "Number" | "Binary", ..) => {
                return Err(invalid("must contain a non-empty message attribute value of its type."));
            }
            _ => {
                return Err(invalid(
                    "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and \
                     String.",
                ));
            }
        };
        if kind == "Number" && value.parse::<f64>().is_err() {
            return Err(invalid("could not be cast to a number."));
        }
        Ok(Attribute { kind: self.data_type.clone(), value })
    }
}

/// "Subjects must be ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks or
/// control characters; and must be less than 100 characters long."
fn is_subject(subject: &str) -> bool {
    (1..=MAX_SUBJECT).contains(&subject.len())
        && subject.starts_with(|first: char| first.is_ascii_graphic())
        && subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

impl Operation for Publish {
    const ACTION: &'static str = "sns:Publish";
    const EFFECT: Effect = Effect::Write;
    type Output = PublishResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &self.topic(scope)?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<PublishResponse, Error> {
        let topic = lookup::topic(cx, &self.topic(cx)?)?;
        let notice = self.notice(cx)?;
        let id = cx.uuid()?;
        let subscriptions = cx.snapshot.pointing_at::<Subscription>(topic.account, &topic.arn);
        let subscriptions: Vec<String> = subscriptions
            .filter(|subscription| subscription.is_confirmed())
            .map(|subscription| subscription.arn.clone())
            .collect();
        if !subscriptions.is_empty() {
            cx.deliver(Message {
                id: id.clone(),
                account: topic.account,
                topic: topic.arn.clone(),
                document: notice.to_document()?,
                due: cx.now,
                subscriptions,
            });
        }
        Ok(PublishResponse { message_id: Some(id), sequence_number: None })
    }
}

#[cfg(test)]
mod tests {
    use super::is_subject;

    #[test]
    fn a_subject_is_a_line_of_ascii() {
        for good in ["a", "1 2", "!", &"x".repeat(100)] {
            assert!(is_subject(good), "{good}");
        }
        for bad in ["", " a", "a\nb", "a\r\nBcc: x", "\u{7}", "ä", &"x".repeat(101)] {
            assert!(!is_subject(bad), "{bad:?}");
        }
    }
}
