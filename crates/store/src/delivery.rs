//! What is to be told to subscriptions, until it has been: messages, and for each subscription a delivery.
//!
//! A message is written with the commit that makes it, so that what was acknowledged is told at least once. It is kept
//! as long as one of its deliveries is.

use std::{
    collections::BTreeSet,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, Row, Transaction, params};

use crate::{AccountId, CommitError};

/// How long what could not be delivered is kept, to be looked at.
pub const KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// Something to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// A UUID.
    pub id: String,
    /// The topic's account.
    pub account: AccountId,
    /// The topic's ARN.
    pub topic: String,
    /// What is told, in the service's own form.
    pub document: String,
    /// From when on.
    pub due: Timestamp,
    /// The ARNs of the subscriptions that it is told to.
    pub subscriptions: Vec<String>,
}

/// A message on its way to one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Deliveries are numbered in the order in which they were committed.
    pub position: i64,
    /// The message's UUID.
    pub message: String,
    /// The topic's account.
    pub account: AccountId,
    /// The topic's ARN.
    pub topic: String,
    /// The subscription's ARN.
    pub subscription: String,
    /// What is told, in the service's own form.
    pub document: String,
    /// When it is tried next; `None` if it is not tried again.
    pub due: Option<Timestamp>,
    /// How often it has been tried.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// How an attempt at a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Which delivery.
    pub position: i64,
    /// What becomes of it.
    pub end: End,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It is done: delivered, or there is nobody any more to deliver to.
    Done,
    /// It failed, and is tried again.
    Again {
        /// When.
        due: Timestamp,
        /// Why it failed.
        error: String,
    },
    /// It failed, and is not tried again.
    Undelivered {
        /// When it was given up.
        at: Timestamp,
        /// Why it failed.
        error: String,
    },
}

/// Wakes all who wait for something to do.
#[derive(Default)]
pub(crate) struct Bell {
    /// How often it has been rung.
    rung: Mutex<u64>,
    changed: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_all();
    }

    /// Waits until it has been rung more often than was `heard`. How often it has been.
    pub fn wait(&self, heard: u64, patience: Duration) -> u64 {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(rung, patience, |rung| *rung == heard);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

pub(crate) fn write(transaction: &Transaction<'_>, messages: &[Message]) -> Result<(), CommitError> {
    for message in messages {
        transaction.prepare_cached("INSERT INTO message VALUES (?, ?, ?, ?)")?.execute(params![
            message.id,
            message.account.to_string(),
            message.topic,
            message.document
        ])?;
        for subscription in &message.subscriptions {
            transaction
                .prepare_cached("INSERT INTO delivery (message, subscription, due, attempts) VALUES (?, ?, ?, 0)")?
                .execute(params![message.id, subscription, message.due.as_millisecond()])?;
        }
    }
    Ok(())
}

pub(crate) fn settle(
    transaction: &Transaction<'_>,
    settled: &[Settled],
    forget_before: Timestamp,
) -> Result<(), CommitError> {
    for Settled { position, end } in settled {
        match end {
            End::Done => forget(transaction, "position = ?", *position)?,
            End::Again { due, error } => {
                transaction
                    .prepare_cached(
                        "UPDATE delivery SET attempts = attempts + 1, due = ?, error = ? WHERE position = ?",
                    )?
                    .execute(params![due.as_millisecond(), error, position])?;
            }
            End::Undelivered { at, error } => {
                transaction
                    .prepare_cached(
                        "UPDATE delivery SET attempts = attempts + 1, due = NULL, ended = ?, error = ? WHERE position = ?",
                    )?
                    .execute(params![at.as_millisecond(), error, position])?;
            }
        }
    }
    forget(transaction, "ended < ?", forget_before.as_millisecond())
}

/// Deletes deliveries, and messages that were theirs alone.
fn forget(transaction: &Transaction<'_>, which: &str, value: i64) -> Result<(), CommitError> {
    let messages: Vec<String> = transaction
        .prepare_cached(&format!("DELETE FROM delivery WHERE {which} RETURNING message"))?
        .query_map([value], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for message in messages {
        transaction
            .prepare_cached(
                "DELETE FROM message WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM delivery WHERE message = ?1)",
            )?
            .execute([message])?;
    }
    Ok(())
}

pub(crate) fn due(
    connection: &Connection,
    now: Timestamp,
    but: &BTreeSet<String>,
    subscriptions: usize,
    limit: usize,
) -> Result<Vec<Vec<Delivery>>, CommitError> {
    let now = now.as_millisecond();
    let waiting: Vec<String> = connection
        .prepare_cached("SELECT subscription FROM delivery WHERE due <= ? GROUP BY subscription ORDER BY min(due)")?
        .query_map([now], |row| row.get(0))?
        .filter(|subscription| subscription.as_ref().map_or(true, |subscription| !but.contains(subscription)))
        .take(subscriptions)
        .collect::<Result<_, _>>()?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for subscription in waiting {
        let deliveries = connection
            .prepare_cached(&format!("{SELECT} WHERE subscription = ? AND due <= ? ORDER BY due, position LIMIT ?"))?
            .query_map(params![subscription, now, limit], read)?
            .collect::<Result<_, _>>()?;
        found.push(deliveries);
    }
    Ok(found)
}

pub(crate) fn all(connection: &Connection, mut each: impl FnMut(&Delivery) -> bool) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare(&format!("{SELECT} ORDER BY position"))?;
    for delivery in statement.query_map([], read)? {
        if !each(&delivery?) {
            break;
        }
    }
    Ok(())
}

const SELECT: &str = "SELECT position, message, account, topic, subscription, document, due, attempts, error \
                      FROM delivery JOIN message ON message.id = delivery.message";

fn read(row: &Row<'_>) -> Result<Delivery, rusqlite::Error> {
    let unreadable =
        |column, kind: &str| rusqlite::Error::InvalidColumnType(column, kind.to_owned(), rusqlite::types::Type::Text);
    let account: String = row.get(2)?;
    let due: Option<i64> = row.get(6)?;
    Ok(Delivery {
        position: row.get(0)?,
        message: row.get(1)?,
        account: account.parse().map_err(|_| unreadable(2, "account"))?,
        topic: row.get(3)?,
        subscription: row.get(4)?,
        document: row.get(5)?,
        due: due.map(Timestamp::from_millisecond).transpose().map_err(|_| unreadable(6, "due"))?,
        attempts: row.get(7)?,
        error: row.get(8)?,
    })
}
