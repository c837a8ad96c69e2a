//! `bartizan audit`: prints and filters the audit trail.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use bartizan_store::Store;
use clap::Args;
use comfy_table::{LineStyle, Table, TableStyle};
use jiff::Timestamp;
use serde_json::Value;

use crate::{Failure, config::DATA_DIR};

/// The flags of `audit`.
#[derive(Args)]
pub struct Arguments {
    /// Where the state is kept.
    #[arg(long, env = "BARTIZAN_DATA_DIR", value_name = "DIR", default_value = DATA_DIR)]
    data_dir: PathBuf,
    /// Only events at or after this time (2026-01-31T12:00:00Z).
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// Only events before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// Only this operation, such as CreateUser.
    #[arg(long, value_name = "NAME")]
    event_name: Option<String>,
    /// Only this service, such as iam.amazonaws.com.
    #[arg(long, value_name = "SOURCE")]
    event_source: Option<String>,
    /// Only callers whose ARN or user name is, or whose access key id is, this.
    #[arg(long, value_name = "WHO")]
    caller: Option<String>,
    /// Only this error code; "any" for every request that was refused.
    #[arg(long, value_name = "CODE")]
    error_code: Option<String>,
    /// Whole CloudTrail records, one JSON text a line, instead of a table.
    #[arg(long)]
    json: bool,
}

/// Prints what passes the filters, oldest first.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut table = table();
    let mut out = io::stdout().lock();
    let mut failed = None;
    Store::read_audit(&arguments.data_dir, arguments.since, |line| {
        let Ok(record) = serde_json::from_str::<Value>(line) else {
            failed = Some("the audit trail holds a line that is no record".into());
            return false;
        };
        if !arguments.wants(&record) {
            return true;
        }
        if !arguments.json {
            table.add_row(row(&record));
            return true;
        }
        match writeln!(out, "{line}") {
            Ok(()) => true,
            Err(error) => {
                failed = Some(Failure::from(error));
                false
            }
        }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if !arguments.json {
        writeln!(out, "{}", table.trim_fmt())?;
    }
    Ok(())
}

impl Arguments {
    fn wants(&self, record: &Value) -> bool {
        let is = |wanted: &Option<String>, found: &str| wanted.as_ref().is_none_or(|wanted| wanted == found);
        let time: Option<Timestamp> = text(record, "/eventTime").parse().ok();
        let in_time = time.is_some_and(|time| {
            self.since.is_none_or(|since| time.as_second() >= since.as_second())
                && self.until.is_none_or(|until| time.as_second() < until.as_second())
        });
        let error = text(record, "/errorCode");
        let caller = |wanted: &String| {
            ["/userIdentity/arn", "/userIdentity/userName", "/userIdentity/accessKeyId"]
                .iter()
                .any(|place| text(record, place) == wanted)
        };
        in_time
            && is(&self.event_name, text(record, "/eventName"))
            && is(&self.event_source, text(record, "/eventSource"))
            && self.caller.as_ref().is_none_or(caller)
            && self.error_code.as_ref().is_none_or(|code| if code == "any" { !error.is_empty() } else { code == error })
    }
}

/// Nothing but a line under the header: what is copied from the table is text.
pub const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// An empty table for [`row`]s.
pub fn table() -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_header(["time", "caller", "operation", "outcome", "from"]);
    table
}

/// What the table tells of a record.
pub fn row(record: &Value) -> [String; 5] {
    let service = text(record, "/eventSource").split('.').next().unwrap_or_default();
    let who = match text(record, "/userIdentity/arn") {
        "" => text(record, "/userIdentity/type"),
        arn => arn,
    };
    let outcome = match text(record, "/errorCode") {
        "" => "ok",
        code => code,
    };
    [
        text(record, "/eventTime").to_owned(),
        who.to_owned(),
        format!("{service}:{}", text(record, "/eventName")),
        outcome.to_owned(),
        text(record, "/sourceIPAddress").to_owned(),
    ]
}

fn text<'a>(record: &'a Value, place: &str) -> &'a str {
    record.pointer(place).and_then(Value::as_str).unwrap_or_default()
}
