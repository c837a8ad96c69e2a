//! An alert tells of an anomaly: the service assumes the role that the alert was given, and publishes or calls as it.

use std::fmt;

use bartizan_gate::{Assumes, Gate, Uninvoked};
use bartizan_store::entity;
use bartizan_wire::{ErrorReply, Value};

use super::{Configuration, SnsFormat, message::AlertMessage};
use crate::role;

/// Why an alert has not told of an anomaly.
#[derive(Debug)]
pub enum Untold {
    /// The role may not, or does not trust the service; or there is no such topic or function.
    Refused(ErrorReply),
    /// The function's endpoint was not reached, or did not take the event.
    Unreached(Uninvoked),
    /// What the store has of the alert cannot be read.
    Unreadable(String),
}

/// Tells whoever the alert is for. A message to a topic is durable when this returns, and the topic's own affair from then
/// on; a function has taken its event.
///
/// # Errors
/// If nobody was told. Only [`Untold::Unreached`] may help itself in time.
pub fn tell(gate: &Gate, alert: &entity::Alert, message: &AlertMessage) -> Result<(), Untold> {
    let Configuration { action, .. } =
        Configuration::of(alert).map_err(|error| Untold::Unreadable(error.to_string()))?;
    let region = alert.arn.split(':').nth(3).unwrap_or_default();
    let session_name = format!("LookoutMetrics-{}", alert.name.get(..40).unwrap_or(&alert.name));
    let role_arn = action.role_arns().next().map(|role| role.as_str()).unwrap_or_default();
    let assumed = gate
        .assume(&Assumes {
            service: role::PRINCIPAL,
            role_arn,
            session_name: &session_name,
            source_arn: Some(&alert.anomaly_detector_arn),
            source_account: alert.account,
            region,
        })
        .map_err(Untold::Refused)?;
    if let Some(channel) = &action.sns_configuration {
        let (text, subject) = match channel.sns_format {
            Some(SnsFormat::LongText) => (message.long_text(), Some(message.subject())),
            Some(SnsFormat::ShortText) => (message.short_text(), Some(message.subject())),
            Some(SnsFormat::Json) | None => (message.json(), None),
        };
        let mut input = vec![
            ("TopicArn".to_owned(), Value::String(channel.sns_topic_arn.as_str().to_owned())),
            ("Message".to_owned(), Value::String(text)),
        ];
        input.extend(subject.map(|subject| ("Subject".to_owned(), Value::String(subject))));
        assumed.call(gate, "sns", "Publish", Value::Map(input)).map_err(Untold::Refused)?;
    }
    if let Some(channel) = &action.lambda_configuration {
        let event = message.json();
        assumed.invoke(gate, channel.lambda_arn.as_str(), event.as_bytes()).map_err(|failed| match failed {
            Uninvoked::Refused(error) => Untold::Refused(error),
            unreached @ Uninvoked::Unreached(_) => Untold::Unreached(unreached),
        })?;
    }
    Ok(())
}

impl fmt::Display for Untold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "{}: {}", error.code, error.message),
            Self::Unreached(why) => why.fmt(f),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Untold {}
