//! `bartizan deliveries`: what waits to be delivered, and what could not be.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use bartizan_store::{Store, delivery::Delivery};
use clap::Args;
use comfy_table::Table;
use serde_json::json;

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

/// Prints them, oldest first; not what they say.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(["message", "subscription", "attempts", "next attempt", "last error"]);
    let mut out = io::stdout().lock();
    let mut failed = None;
    Store::read_deliveries(&arguments.data_dir, |delivery| {
        if arguments.undelivered && delivery.due.is_some() {
            return true;
        }
        if !arguments.json {
            table.add_row(row(delivery));
            return true;
        }
        let line = json!({
            "messageId": delivery.message, "topicArn": delivery.topic, "subscriptionArn": delivery.subscription,
            "attempts": delivery.attempts, "due": delivery.due, "error": delivery.error,
        });
        match writeln!(out, "{line}") {
            Ok(()) => true,
            Err(error) => {
                failed = Some(error);
                false
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error.into());
    }
    if !arguments.json {
        writeln!(out, "{}", table.trim_fmt())?;
    }
    Ok(())
}

fn row(delivery: &Delivery) -> [String; 5] {
    [
        delivery.message.clone(),
        delivery.subscription.clone(),
        delivery.attempts.to_string(),
        delivery.due.map_or_else(|| "none".to_owned(), |due| format!("{due:.0}")),
        delivery.error.clone().unwrap_or_default(),
    ]
}
