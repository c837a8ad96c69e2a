//! Reads a table as a detector does. What to read comes as JSON on standard input; each row goes out as a JSON list on a line
//! of standard output, or why there are none on standard error. `tests/e2e/test_lookoutmetrics_database.py` drives it.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    time::Duration,
};

use bartizan_gate::{Networks, Outbound};
use bartizan_lookoutmetrics::{
    data::Pattern,
    database::{Limits, Login, Selection, Server, read},
};
use jiff::tz::TimeZoneDatabase;
use serde::Deserialize;

#[derive(Deserialize)]
struct Asked {
    host: String,
    port: u16,
    database: String,
    table: String,
    secret: String,
    columns: Vec<String>,
    pattern: String,
    zone: String,
    from: jiff::Timestamp,
    to: jiff::Timestamp,
    internal: String,
    rows: u64,
    milliseconds: u64,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            let _ = writeln!(io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let asked: Asked = serde_json::from_reader(io::stdin())?;
    let found = Outbound::new(&asked.internal.parse::<Networks>()?).resolve(&asked.host, asked.port)?;
    let server = Server {
        host: &asked.host,
        addresses: &found.addresses,
        is_internal: found.is_internal,
        database: &asked.database,
    };
    let columns: Vec<&str> = asked.columns.iter().map(String::as_str).collect();
    let selection = Selection {
        table: &asked.table,
        columns: &columns,
        pattern: &Pattern::read(&asked.pattern)?,
        zone: &TimeZoneDatabase::bundled().get(&asked.zone)?,
        range: asked.from..asked.to,
    };
    let limits = Limits { rows: asked.rows, patience: Duration::from_millis(asked.milliseconds) };
    let mut out = io::stdout().lock();
    read(&server, &Login::read(&asked.secret)?, &selection, limits, &mut |row| {
        serde_json::to_string(&row).is_ok_and(|line| writeln!(out, "{line}").is_ok())
    })?;
    Ok(())
}
