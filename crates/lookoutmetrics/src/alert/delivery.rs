//! An alert tells of an anomaly: the service assumes the role that the alert was given, and publishes or calls as it.

use std::{fmt, sync::Arc, time::Duration};

use bartizan_gate::{Assumes, Gate, Leased, Lost, Uninvoked};
use bartizan_store::{
    delivery,
    entity::{self, Job},
};
use bartizan_wire::{ErrorReply, Value};
use jiff::Timestamp;
use serde::Deserialize as _;

use super::{Configuration, SnsFormat, WORK, message::AlertMessage};
use crate::{detection::Clock, role};

/// How long after a failure it is tried again: twice as long after each, up to the longest.
const FIRST_DELAY: Duration = Duration::from_secs(60);
const LONGEST_DELAY: Duration = Duration::from_secs(60 * 60);

/// How often it is tried in all; the last time is some six hours after the first.
const ATTEMPTS: u32 = 12;

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
/// If nobody was told.
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

/// Does a leased job of [`WORK`]: tells, and then the job is gone; or tries again later, or gives it up and keeps it, with
/// the reason, as long as other deliveries that were given up. Those whose time is over are forgotten with the end of any
/// other.
///
/// If the process ends between the telling and the job's end, it is told again, with the same event id.
///
/// # Errors
/// If the lease is over, or what becomes of the job cannot be written: then it is done again.
pub fn deliver(gate: &Gate, clock: &Clock, leased: &Leased) -> Result<(), Lost> {
    let failure = attempt(gate, &leased.job).err();
    let now = Timestamp::now();
    if let Some(given_up) = failure.as_ref().map(|why| failed(&leased.job, why, clock)).filter(|job| job.due.is_none())
    {
        let Job { about, error, attempts, .. } = given_up;
        tracing::warn!(alert = about, error, attempts, "not told");
    }
    gate.settle(leased, |snapshot, job, changes| {
        match &failure {
            None => changes.delete(job),
            Some(why) => changes.put(failed(job, why, clock)),
        }
        let forget_before = now.checked_sub(delivery::KEPT).unwrap_or(Timestamp::MIN);
        let over = |other: &&Arc<Job>| {
            other.work == WORK && other.id != job.id && other.ended.is_some_and(|ended| ended < forget_before)
        };
        for other in snapshot.jobs.everywhere().filter(over) {
            changes.delete(&**other);
        }
    })
}

/// Tells, if the alert is still there.
fn attempt(gate: &Gate, job: &Job) -> Result<(), Untold> {
    let snapshot = gate.store().snapshot();
    let Some(alert) = snapshot.get::<entity::Alert>(job.account, &job.about) else { return Ok(()) };
    let message =
        AlertMessage::deserialize(&job.document).map_err(|why| Untold::Unreadable(format!("the message: {why}")))?;
    tell(gate, alert, &message)
}

/// What becomes of a job that failed: it is tried again, if that may help.
fn failed(job: &Job, why: &Untold, clock: &Clock) -> Job {
    let attempts = job.attempts.saturating_add(1);
    let again = why.is_transient() && attempts < ATTEMPTS;
    let delay = FIRST_DELAY.saturating_mul(1 << job.attempts.min(ATTEMPTS)).min(LONGEST_DELAY);
    Job {
        lease: None,
        attempts,
        error: Some(why.to_string()),
        due: again.then(|| clock.after(delay)),
        ended: (!again).then(Timestamp::now),
        ..job.clone()
    }
}

impl Untold {
    /// Whether another attempt may help.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Refused(error) => !error.is_of_sender(),
            Self::Unreached(Uninvoked::Refused(error)) => !error.is_of_sender(),
            Self::Unreached(Uninvoked::Unreached(why)) => why.is_transient(),
            Self::Unreadable(_) => false,
        }
    }
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

#[cfg(test)]
mod tests {
    use bartizan_gate::Unreached;
    use serde_json::Value;

    use super::*;

    fn job(attempts: u32) -> Job {
        let account = "123456789012".parse().unwrap();
        Job { attempts, ..Job::new(account, "id".to_owned(), WORK, "arn", Value::Null) }
    }

    #[test]
    fn what_may_help_itself_is_tried_again_less_and_less_often() {
        let wait = |job: &Job| job.due.map(|due| Clock::REAL.until(due).as_secs_f64().round() / 60.0);
        let unreached = |status| Untold::Unreached(Uninvoked::Unreached(Unreached::Status(status)));
        let refused = |status| Untold::Refused(ErrorReply::new(status, "Code", "Why."));
        for (why, attempts, minutes) in [
            (unreached(503), 0, Some(1.0)),
            (unreached(429), 1, Some(2.0)),
            (refused(500), 5, Some(32.0)),
            (refused(503), 6, Some(60.0)),
            (unreached(502), 10, Some(60.0)),
            (unreached(502), 11, None),
            (unreached(400), 0, None),
            (refused(403), 0, None),
            (Untold::Unreadable("it".to_owned()), 0, None),
        ] {
            let after = failed(&job(attempts), &why, &Clock::REAL);
            assert_eq!((wait(&after), after.attempts), (minutes, attempts + 1), "{why}");
            assert_eq!(after.ended.is_some(), minutes.is_none(), "{why}");
            assert_eq!(after.error, Some(why.to_string()));
        }
    }
}
