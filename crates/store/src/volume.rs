//! Volume rows: what there is too much of to be held in memory, such as the points of metrics. They are written with the
//! commit of whoever makes them, and read when they are asked for.
//!
//! A row has an owner, which is a unique id that is never used again, a kind, and a key by which rows of a kind are in
//! order. Each has a keyed digest, so that one that is not as it was written is found when it is read; that none has been
//! lost, only the commit mark vouches for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::hmac;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::{CommitError, database::Digest};

/// What format 3 has beside format 2.
pub(crate) const SCHEMA: &str = "
CREATE TABLE volume (owner TEXT NOT NULL, kind TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, digest BLOB NOT NULL,
  PRIMARY KEY (owner, kind, key)) STRICT;
";

/// One change of volume rows.
#[derive(Debug, Clone)]
pub(crate) enum RowChange {
    Put { owner: Arc<str>, kind: &'static str, key: Vec<u8>, value: Arc<[u8]> },
    Delete { owner: Arc<str>, kind: &'static str, key: Vec<u8> },
    DeleteAll { owner: Arc<str> },
}

/// Which way rows are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the least key on.
    Ascending,
    /// From the greatest key on.
    Descending,
}

/// A row: its key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// Reads volume rows beside the writer.
pub struct Volume {
    connection: Mutex<Connection>,
    key: hmac::Key,
}

impl Volume {
    pub(crate) fn new(connection: Connection, key: hmac::Key) -> Self {
        Self { connection: Mutex::new(connection), key }
    }

    /// One row's value.
    ///
    /// # Errors
    /// If the database cannot be read, or the row is not as it was written.
    pub fn get(&self, owner: &str, kind: &str, key: &[u8]) -> Result<Option<Vec<u8>>, CommitError> {
        let found: Option<(Vec<u8>, Vec<u8>)> = self
            .connection()
            .prepare_cached("SELECT value, digest FROM volume WHERE owner = ? AND kind = ? AND key = ?")?
            .query_row(params![owner, kind, key], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map(|(value, written)| self.checked(owner, kind, key, value, &written)).transpose()
    }

    /// Up to `limit` rows of a kind, in order: those beyond `after`, or from the first one on.
    ///
    /// # Errors
    /// If the database cannot be read, or a row is not as it was written.
    pub fn list(
        &self,
        owner: &str,
        kind: &str,
        order: Order,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, CommitError> {
        let (beyond, direction) = match order {
            Order::Ascending => (">", "ASC"),
            Order::Descending => ("<", "DESC"),
        };
        let bound = if after.is_some() { format!("AND key {beyond} ?3") } else { "AND ?3 IS NULL".to_owned() };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)> = self
            .connection()
            .prepare_cached(&format!(
                "SELECT key, value, digest FROM volume WHERE owner = ?1 AND kind = ?2 {bound} \
                 ORDER BY key {direction} LIMIT ?4"
            ))?
            .query_map(params![owner, kind, after, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?;
        rows.into_iter()
            .map(|(key, value, written)| Ok((key.clone(), self.checked(owner, kind, &key, value, &written)?)))
            .collect()
    }

    fn checked(
        &self,
        owner: &str,
        kind: &str,
        key: &[u8],
        value: Vec<u8>,
        written: &[u8],
    ) -> Result<Vec<u8>, CommitError> {
        if digest(&self.key, owner, kind, key, &value).blob() != written {
            return Err(CommitError::Failed(format!("a {kind} row of {owner} is not as it was written").into()));
        }
        Ok(value)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn write(
    transaction: &Transaction<'_>,
    digests: &hmac::Key,
    changes: &[RowChange],
) -> Result<(), CommitError> {
    for change in changes {
        match change {
            RowChange::Put { owner, kind, key, value } => {
                let digest = digest(digests, owner, kind, key, value);
                transaction.prepare_cached("INSERT OR REPLACE INTO volume VALUES (?, ?, ?, ?, ?)")?.execute(params![
                    owner,
                    kind,
                    key,
                    value,
                    digest.blob()
                ])?
            }
            RowChange::Delete { owner, kind, key } => transaction
                .prepare_cached("DELETE FROM volume WHERE owner = ? AND kind = ? AND key = ?")?
                .execute(params![owner, kind, key])?,
            RowChange::DeleteAll { owner } => {
                transaction.prepare_cached("DELETE FROM volume WHERE owner = ?")?.execute([owner])?
            }
        };
    }
    Ok(())
}

fn digest(key: &hmac::Key, owner: &str, kind: &str, row: &[u8], value: &[u8]) -> Digest {
    let mut context = hmac::Context::with_key(key);
    // The lengths keep what is a part of one from being a part of the next.
    for part in [owner.as_bytes(), kind.as_bytes(), row, value] {
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part);
    }
    Digest::first_of(&context.sign())
}
