//! The SQLite database: its tables, how they are read whole at the start, and how one commit is written.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::hmac;
use jiff::Timestamp;
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, params};

use crate::{
    AccountId, Changes, CommitError, Entity, Kind, OpenError, Snapshot, audit,
    delivery::{self, Settled},
    entity::{
        AccessKey, Account, Alert, AnomalyDetector, Bucket, CreateAccountStatus, Group, InstanceProfile, Job,
        MetricSet, Organization, Policy, Role, Secret, SecretVersion, Subscription, Topic, User,
    },
    fold, volume,
};

/// Format 1 had no deliveries, and format 2 no volume rows and no jobs.
const FORMAT: i64 = 3;

/// What `meta.key_check` is the tag of.
const KEY_CHECK: &[u8] = b"bartizan store";

/// `meta` has one row; `meta.key_check` tells the key that the store was made with. `entity.digest` is a keyed digest of the row, and `meta.digest` the sum of them all, so that
/// a row that was changed, lost or added behind our back is found at the next start.
const SCHEMA: &str = "
CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, key_check BLOB NOT NULL,
  revision INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;
CREATE TABLE entity (kind TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL,
  document TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (kind, account, id)) STRICT, WITHOUT ROWID;
CREATE TABLE unique_name (account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (account, kind, name)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX unique_name_of ON unique_name (account, kind, id);
CREATE TABLE change (revision INTEGER NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL,
  id TEXT NOT NULL, deleted INTEGER NOT NULL, PRIMARY KEY (revision, position)) STRICT, WITHOUT ROWID;
CREATE TABLE access_key (id TEXT PRIMARY KEY, last_used INTEGER NOT NULL, service TEXT NOT NULL, region TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE audit (position INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, records BLOB NOT NULL)
  STRICT;
CREATE INDEX audit_last ON audit (last);
";

/// What format 2 has beside that.
const DELIVERIES: &str = "
CREATE TABLE message (id TEXT PRIMARY KEY, account TEXT NOT NULL, topic TEXT NOT NULL, document TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE delivery (position INTEGER PRIMARY KEY, message TEXT NOT NULL REFERENCES message, subscription TEXT NOT NULL,
  due INTEGER, attempts INTEGER NOT NULL, error TEXT, ended INTEGER) STRICT;
CREATE INDEX delivery_due ON delivery (subscription, due) WHERE due IS NOT NULL;
CREATE INDEX delivery_of_message ON delivery (message);
CREATE INDEX delivery_ended ON delivery (ended) WHERE ended IS NOT NULL;
";

/// A keyed digest of one row, or the sum (modulo 2^128) of those of all rows, which does not depend on their order
/// and can be kept up to date row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Digest(pub u128);

impl Digest {
    fn of(key: &hmac::Key, kind: Kind, account: AccountId, id: &str, revision: u64, document: &str) -> Self {
        let mut context = hmac::Context::with_key(key);
        let head = format!("{}\0{account}\0{id}\0{revision}\0", kind.name());
        context.update(head.as_bytes());
        context.update(document.as_bytes());
        Self::first_of(&context.sign())
    }

    /// What of a tag is kept.
    pub(crate) fn first_of(tag: &hmac::Tag) -> Self {
        let mut first = [0; 16];
        for (to, from) in first.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        Self(u128::from_le_bytes(first))
    }

    fn from_blob(blob: &[u8]) -> Result<Self, OpenError> {
        let bytes = blob.try_into().map_err(|_| OpenError::Damaged("a digest has the wrong length".to_owned()))?;
        Ok(Self(u128::from_le_bytes(bytes)))
    }

    pub(crate) fn blob(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

pub(crate) struct Database {
    connection: Connection,
    key: hmac::Key,
    pub revision: u64,
    pub digest: Digest,
}

impl Database {
    /// Makes a new database, or opens the one that is there. Nothing is read yet but its state.
    pub fn open(path: &Path, key: hmac::Key, fresh: bool) -> Result<Self, OpenError> {
        let mut connection = Connection::open(path)?;
        // WAL: readers (`bartizan audit`) beside the one writer. FULL: a commit that returned is on the disk.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        if fresh {
            let transaction = connection.transaction()?;
            transaction.execute_batch(SCHEMA)?;
            transaction.execute_batch(DELIVERIES)?;
            transaction.execute_batch(volume::SCHEMA)?;
            transaction.execute(
                "INSERT INTO meta VALUES (1, ?, ?, 0, ?)",
                params![FORMAT, hmac::sign(&key, KEY_CHECK).as_ref(), Digest::default().blob()],
            )?;
            transaction.commit()?;
        }
        // The format first: what else a newer one has in `meta` is not for us to know.
        let format: i64 = connection.query_row("SELECT format FROM meta", [], |row| row.get(0))?;
        match format {
            1..=FORMAT => {}
            ..1 => return Err(OpenError::Damaged(format!("there is no format {format}"))),
            _ => return Err(OpenError::Newer(format)),
        }
        let (revision, digest): (i64, Vec<u8>) =
            connection.query_row("SELECT revision, digest FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { connection, key, revision: revision.cast_unsigned(), digest: Digest::from_blob(&digest)? })
    }

    /// Brings a database of an older format to this one. For those that have been found whole.
    pub fn upgrade(&mut self) -> Result<(), OpenError> {
        let transaction = self.connection.transaction()?;
        let format: i64 = transaction.query_row("SELECT format FROM meta", [], |row| row.get(0))?;
        if format < 2 {
            transaction.execute_batch(DELIVERIES)?;
        }
        if format < 3 {
            transaction.execute_batch(volume::SCHEMA)?;
        }
        transaction.execute("UPDATE meta SET format = ?", [FORMAT])?;
        transaction.commit()?;
        Ok(())
    }

    /// Whether the file at `path` ends within its last page. SQLite reads what is missing there as zeros.
    pub fn is_cut_short(&self, path: &Path) -> Result<bool, OpenError> {
        let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
        if length(&beside(path, "-wal")) > 0 {
            // A crash may have left pages half-copied that are whole in the log.
            return Ok(false);
        }
        let (pages, size): (i64, i64) = self.connection.query_row(
            "SELECT page_count, page_size FROM pragma_page_count, pragma_page_size",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(length(path) < pages.saturating_mul(size).cast_unsigned())
    }

    /// Whether this is the key that the database was made with.
    pub fn is_of_this_key(&self) -> Result<bool, OpenError> {
        is_of_key(&self.connection, &self.key)
    }

    /// Reads every entity and holds each, and all together, against their digests.
    pub fn load(&self) -> Result<Snapshot, OpenError> {
        let mut snapshot = Snapshot::default();
        snapshot.revision = self.revision;
        let mut sum = Digest::default();
        let mut statement =
            self.connection.prepare("SELECT kind, account, id, revision, document, digest FROM entity")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = |column: usize| -> Result<&str, OpenError> {
                row.get_ref(column)?.as_str().map_err(|_| OpenError::Damaged("a row is not text".to_owned()))
            };
            let (kind, account, id, document) = (text(0)?, text(1)?, text(2)?, text(4)?);
            let damaged = |why: &str| OpenError::Damaged(format!("the {kind} {id} of account {account} {why}"));
            let revision: i64 = row.get(3)?;
            let kind_named = Kind::named(kind).ok_or_else(|| damaged("is of a kind that does not exist"))?;
            let account_id = account.parse().map_err(|_| damaged("has no account id"))?;
            let written = Digest::from_blob(row.get_ref(5)?.as_blob().unwrap_or_default())?;
            let found = Digest::of(&self.key, kind_named, account_id, id, revision.cast_unsigned(), document);
            if written != found {
                return Err(damaged("is not as it was written"));
            }
            sum.0 = sum.0.wrapping_add(found.0);
            put(&mut snapshot, kind_named, document).map_err(|error| damaged(&format!("cannot be read: {error}")))?;
        }
        if sum != self.digest {
            return Err(OpenError::Damaged("entities have been lost or added".to_owned()));
        }
        Ok(snapshot)
    }

    /// Writes the changes, the change log and the audit records as one transaction, as the next revision.
    pub fn commit(&mut self, changes: &Changes, audit: &audit::Batch) -> Result<(), CommitError> {
        let revision = self.revision + 1;
        let transaction = self.connection.transaction()?;
        let mut digest = self.digest;
        for (position, change) in changes.iter().enumerate() {
            let (kind, account) = (change.kind.name(), change.account.to_string());
            let old: Option<Vec<u8>> = transaction
                .prepare_cached("SELECT digest FROM entity WHERE kind = ? AND account = ? AND id = ?")?
                .query_row(params![kind, account, change.id], |row| row.get(0))
                .optional()?;
            if let Some(old) = old {
                let old = Digest::from_blob(&old).map_err(|error| CommitError::Failed(Box::new(error)))?;
                digest.0 = digest.0.wrapping_sub(old.0);
            }
            transaction
                .prepare_cached("DELETE FROM unique_name WHERE account = ? AND kind = ? AND id = ?")?
                .execute(params![account, kind, change.id])?;
            if let Some(document) = &change.document {
                let document = document.as_ref().map_err(|error| CommitError::Failed(Box::new(error.clone())))?;
                let new = Digest::of(&self.key, change.kind, change.account, &change.id, revision, document);
                digest.0 = digest.0.wrapping_add(new.0);
                transaction
                    .prepare_cached("INSERT OR REPLACE INTO entity VALUES (?, ?, ?, ?, ?, ?)")?
                    .execute(params![kind, account, change.id, revision.cast_signed(), document, new.blob()])?;
                if let Some(name) = &change.name {
                    transaction.prepare_cached("INSERT INTO unique_name VALUES (?, ?, ?, ?)")?.execute(params![
                        account,
                        kind,
                        fold(name),
                        change.id
                    ])?;
                }
            } else {
                transaction
                    .prepare_cached("DELETE FROM entity WHERE kind = ? AND account = ? AND id = ?")?
                    .execute(params![kind, account, change.id])?;
            }
            let position = i64::try_from(position).unwrap_or(i64::MAX);
            transaction.prepare_cached("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)")?.execute(params![
                revision.cast_signed(),
                position,
                kind,
                account,
                change.id,
                change.document.is_none()
            ])?;
        }
        delivery::write(&transaction, changes.messages())?;
        volume::write(&transaction, &self.key, changes.rows())?;
        write_audit(&transaction, audit)?;
        transaction
            .prepare_cached("UPDATE meta SET revision = ?, digest = ?")?
            .execute(params![revision.cast_signed(), digest.blob()])?;
        transaction.commit()?;
        (self.revision, self.digest) = (revision, digest);
        Ok(())
    }

    /// Writes audit records and when access keys were last used; no revision, for nothing that anyone decides on
    /// changes.
    pub fn record(&mut self, audit: &audit::Batch, used: &[audit::KeyUse]) -> Result<(), CommitError> {
        let transaction = self.connection.transaction()?;
        write_audit(&transaction, audit)?;
        for key in used {
            transaction.prepare_cached("INSERT OR REPLACE INTO access_key VALUES (?, ?, ?, ?)")?.execute(params![
                key.access_key_id,
                key.time.as_second(),
                key.service,
                key.region
            ])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Writes how attempts ended, and forgets what ended before `forget_before`.
    pub fn settle(&mut self, settled: &[Settled], forget_before: Timestamp) -> Result<(), CommitError> {
        let transaction = self.connection.transaction()?;
        delivery::settle(&transaction, settled, forget_before)?;
        transaction.commit()?;
        Ok(())
    }

    /// When the access key was last used, if ever.
    pub fn key_use(&self, access_key_id: &str) -> Result<Option<audit::KeyUse>, CommitError> {
        let found = self
            .connection
            .prepare_cached("SELECT last_used, service, region FROM access_key WHERE id = ?")?
            .query_row([access_key_id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })
            .optional()?;
        Ok(found.and_then(|(seconds, service, region)| {
            let time = Timestamp::from_second(seconds).ok()?;
            Some(audit::KeyUse { access_key_id: access_key_id.to_owned(), time, service, region })
        }))
    }

    /// Moves the write-ahead log into the database, so that the next start has less to do.
    pub fn checkpoint(&self) {
        // A failure here costs the next start a little time and nothing else.
        let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }

    /// Opens the database beside a running server.
    pub fn read_only(path: &Path) -> Result<Connection, OpenError> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        Ok(connection)
    }

    /// Reads the entities of one kind, also beside a running server, unchecked.
    pub fn read_entities<E: Entity>(path: &Path) -> Result<Vec<E>, OpenError> {
        let connection = Self::read_only(path)?;
        let mut statement = connection.prepare("SELECT document FROM entity WHERE kind = ? ORDER BY revision, id")?;
        let mut rows = statement.query([E::KIND.name()])?;
        let damaged =
            |why: &dyn fmt::Display| OpenError::Damaged(format!("a {} cannot be read: {why}", E::KIND.name()));
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let document = row.get_ref(0)?.as_str().map_err(|error| damaged(&error))?;
            found.push(serde_json::from_str(document).map_err(|error| damaged(&error))?);
        }
        Ok(found)
    }

    /// Reads the audit trail, also beside a running server: each record of the batches whose last record is not earlier
    /// than `since`, as long as `each` says to go on.
    pub fn read_audit(
        path: &Path,
        since: Option<Timestamp>,
        mut each: impl FnMut(&str) -> bool,
    ) -> Result<(), OpenError> {
        let connection = Self::read_only(path)?;
        let mut statement = connection.prepare("SELECT records FROM audit WHERE last >= ? ORDER BY position")?;
        let mut rows = statement.query([since.map_or(i64::MIN, Timestamp::as_second)])?;
        let damaged = |why: &dyn fmt::Display| OpenError::Damaged(format!("an audit row cannot be read: {why}"));
        while let Some(row) = rows.next()? {
            let compressed = row.get_ref(0)?.as_blob().map_err(|error| damaged(&error))?;
            let records = decompress_size_prepended(compressed).map_err(|error| damaged(&error))?;
            let records = str::from_utf8(&records).map_err(|error| damaged(&error))?;
            if !records.lines().all(&mut each) {
                break;
            }
        }
        Ok(())
    }
}

/// Whether this is the key that the database was made with.
pub(crate) fn is_of_key(connection: &Connection, key: &hmac::Key) -> Result<bool, OpenError> {
    let tag: Vec<u8> = connection.query_row("SELECT key_check FROM meta", [], |row| row.get(0))?;
    Ok(hmac::verify(key, KEY_CHECK, &tag).is_ok())
}

/// SQLite's files beside a database: `-wal`, the write-ahead log, and `-shm`.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

/// One row for a batch: the records are what is kept, one JSON text a line, and rows are only how. They are much alike:
/// compressed, they take a ninth of the room, and of the writing.
fn write_audit(transaction: &Transaction<'_>, audit: &audit::Batch) -> Result<(), CommitError> {
    let Some((first, last)) = audit.seconds.filter(|_| !audit.is_empty()) else { return Ok(()) };
    transaction.prepare_cached("INSERT INTO audit (first, last, records) VALUES (?, ?, ?)")?.execute(params![
        first,
        last,
        compress_prepend_size(&audit.lines)
    ])?;
    Ok(())
}

fn put(snapshot: &mut Snapshot, kind: Kind, document: &str) -> Result<(), serde_json::Error> {
    fn read<E: Entity>(snapshot: &mut Snapshot, document: &str) -> Result<(), serde_json::Error> {
        snapshot.put(std::sync::Arc::new(serde_json::from_str::<E>(document)?));
        Ok(())
    }
    match kind {
        Kind::AccessKey => read::<AccessKey>(snapshot, document),
        Kind::Account => read::<Account>(snapshot, document),
        Kind::Alert => read::<Alert>(snapshot, document),
        Kind::AnomalyDetector => read::<AnomalyDetector>(snapshot, document),
        Kind::Bucket => read::<Bucket>(snapshot, document),
        Kind::CreateAccountStatus => read::<CreateAccountStatus>(snapshot, document),
        Kind::Group => read::<Group>(snapshot, document),
        Kind::InstanceProfile => read::<InstanceProfile>(snapshot, document),
        Kind::Job => read::<Job>(snapshot, document),
        Kind::MetricSet => read::<MetricSet>(snapshot, document),
        Kind::Organization => read::<Organization>(snapshot, document),
        Kind::Policy => read::<Policy>(snapshot, document),
        Kind::Role => read::<Role>(snapshot, document),
        Kind::Secret => read::<Secret>(snapshot, document),
        Kind::SecretVersion => read::<SecretVersion>(snapshot, document),
        Kind::Subscription => read::<Subscription>(snapshot, document),
        Kind::Topic => read::<Topic>(snapshot, document),
        Kind::User => read::<User>(snapshot, document),
    }
}
