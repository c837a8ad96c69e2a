//! `bartizan tour`: the story of a user, a role, a boundary and another account, played on a throw-away server.
//!
//! | file | what it holds |
//! |---|---|
//! | `server` | the server, and the directory that is removed at the end |
//! | `client` | requests signed and sent, answers read |
//! | `page` | how it looks |
//! | `narrator` | what a chapter is told with: a request and what must come of it |
//! | `policies` | the policies of the story |
//! | `story` | the chapters |
//!
//! # Invariants
//! - Every line is a request that was sent over HTTP, and what the server said to it.
//! - The tour is a test: an outcome that is not the story's ends it with an error.

mod client;
mod narrator;
mod page;
mod policies;
mod server;
mod story;

use std::{io, path::Path};

use bartizan_store::Store;
use serde_json::Value;
use tracing_subscriber::EnvFilter;

use crate::{Failure, audit as trail};
use client::{Caller, Client};
use narrator::Narrator;
use page::Page;
use server::Server;

/// How many lines of the audit trail are shown.
const LAST: usize = 6;

/// Plays the tour.
///
/// # Errors
/// If there can be no server, or anything does not come out as the story says.
pub fn run() -> Result<(), Failure> {
    let filter = EnvFilter::try_from_env("BARTIZAN_LOG").unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    let (server, key) = Server::open(story::ACCOUNT.parse()?)?;
    let root = Caller {
        name: "root".to_owned(),
        arn: format!("arn:aws:iam::{}:root", story::ACCOUNT),
        access_key_id: key.access_key_id,
        secret_access_key: key.secret.expose().to_owned(),
        session_token: None,
    };
    let mut narrator = Narrator::new(Client::new(server.address()), Page::new());
    narrator.page.title(
        "A tour of Bartizan",
        &format!(
            "A throw-away server listens on http://{} for account {}. Each line below is a request to it, signed as the \
             AWS CLI signs: the decision, who asked, for what, on what. Under a refusal stand the server's own words.",
            server.address(),
            story::ACCOUNT
        ),
    )?;
    story::tell(&mut narrator, &root)?;
    let remains = server.close()?;
    the_trail(&mut narrator, remains.path())?;
    remains.remove()?;
    what_next(&mut narrator.page)?;
    Ok(())
}

/// Shows the end of the audit trail, and holds it against what was sent.
fn the_trail(narrator: &mut Narrator, data_dir: &Path) -> Result<(), Failure> {
    let mut records = Vec::new();
    let mut unreadable = None;
    Store::read_audit(data_dir, None, |line| {
        match serde_json::from_str::<Value>(line) {
            Ok(record) => records.push(record),
            Err(error) => unreadable = Some(error),
        }
        unreadable.is_none()
    })?;
    if let Some(error) = unreadable {
        return Err(error.into());
    }
    let refused = records.iter().filter(|record| record.get("errorCode").is_some()).count();
    let (sent, refusals) = (narrator.client.sent(), narrator.refusals());
    if (records.len(), refused) != (sent, refusals) {
        return Err(format!(
            "the audit trail has {} requests, {refused} of them refused; sent were {sent}, refused {refusals}",
            records.len()
        )
        .into());
    }
    narrator.page.chapter(
        "What remains",
        &format!(
            "The server has been shut down. Its audit trail has a CloudTrail record of each of the {sent} requests, of the \
             {refusals} refused ones too. These are the last {LAST}, as `bartizan audit` prints them."
        ),
    )?;
    let mut table = trail::table();
    for record in records.iter().skip(records.len().saturating_sub(LAST)) {
        table.add_row(trail::row(record));
    }
    narrator.page.as_it_is(&table.trim_fmt())?;
    Ok(())
}

fn what_next(page: &mut Page) -> io::Result<()> {
    page.chapter("What next", "Nothing of the tour is left: its directory has been removed. To go on:")?;
    page.as_it_is(
        "bartizan serve                 serve an account of your own; it prints what to paste for the AWS CLI\n\
         aws sts get-caller-identity    ask it who you are\n\
         bartizan models export DIR     let a current AWS CLI speak to Lookout for Metrics\n\
         bartizan audit                 see who asked for what, also while the server runs",
    )
}
