//! `bartizan deliveries`: what waits to be delivered, and what could not be: messages of topics, and what alerts of Lookout
//! for Metrics tell.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use bartizan_lookoutmetrics::ALERT_WORK;
use bartizan_store::{Store, delivery::Delivery, entity::Job};
use clap::Args;
use comfy_table::Table;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Failure, audit::STYLE, config::DATA_DIR};

/// The flags of `deliveries`.
#[derive(Args)]
pub struct Arguments {
    /// Where the state is kept.
    #[arg(long, env = "BARTIZAN_DATA_DIR", value_name = "DIR", default_value = DATA_DIR)]
    data_dir: PathBuf,
    /// Only what is not tried again.
    #[arg(long)]
    undelivered: bool,
    /// One JSON text a line, instead of a table.
    #[arg(long)]
    json: bool,
}

/// Prints them, messages before alerts, oldest first; not what they say.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut found = Vec::new();
    Store::read_deliveries(&arguments.data_dir, |delivery| {
        found.push(Waiting::from(delivery));
        true
    })?;
    let jobs: Vec<Job> = Store::read_entities(&arguments.data_dir)?;
    found.extend(jobs.iter().filter(|job| job.work == ALERT_WORK).map(Waiting::from));
    found.retain(|waiting| !arguments.undelivered || waiting.due.is_none());

    let mut out = io::stdout().lock();
    if arguments.json {
        for waiting in &found {
            writeln!(out, "{}", serde_json::to_string(waiting)?)?;
        }
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(STYLE).set_header(["what", "to whom", "attempts", "next attempt", "last error"]);
    table.add_rows(found.into_iter().map(Waiting::row));
    writeln!(out, "{}", table.trim_fmt())?;
    Ok(())
}

/// Something that waits to be delivered, or could not be.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Waiting {
    #[serde(flatten)]
    what: What,
    attempts: u32,
    due: Option<Timestamp>,
    error: Option<String>,
}

/// What is to be delivered, and to whom.
#[derive(Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum What {
    /// A message to a subscription of a topic.
    Message { message_id: String, topic_arn: String, subscription_arn: String },
    /// An alert tells whoever it is for of an anomaly.
    Alert { alert_event_id: String, alert_arn: String },
}

impl From<&Delivery> for Waiting {
    fn from(delivery: &Delivery) -> Self {
        Self {
            what: What::Message {
                message_id: delivery.message.clone(),
                topic_arn: delivery.topic.clone(),
                subscription_arn: delivery.subscription.clone(),
            },
            attempts: delivery.attempts,
            due: delivery.due,
            error: delivery.error.clone(),
        }
    }
}

impl From<&Job> for Waiting {
    fn from(job: &Job) -> Self {
        let event = job.document.pointer("/alertEventId").and_then(|id| id.as_str());
        Self {
            what: What::Alert { alert_event_id: event.unwrap_or_default().to_owned(), alert_arn: job.about.clone() },
            attempts: job.attempts,
            due: job.due,
            error: job.error.clone(),
        }
    }
}

impl Waiting {
    fn row(self) -> [String; 5] {
        let (what, to_whom) = match self.what {
            What::Message { message_id, subscription_arn, .. } => (message_id, subscription_arn),
            What::Alert { alert_event_id, alert_arn } => {
                let event = alert_event_id.rsplit('/').next().unwrap_or_default().to_owned();
                (event, alert_arn)
            }
        };
        let due = self.due.map_or_else(|| "none".to_owned(), |due| format!("{due:.0}"));
        [what, to_whom, self.attempts.to_string(), due, self.error.unwrap_or_default()]
    }
}
