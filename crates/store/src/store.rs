use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rusqlite::Connection;
use zeroize::Zeroizing;

use crate::{
    Changes, CommitError, Keyring, OpenError, Snapshot, audit,
    database::{Database, beside},
    delivery::{self, Bell, Delivery, Settled},
    mark::{Acknowledged, Mark},
    volume::Volume,
};

const DATABASE: &str = "bartizan.db";
const MARK: &str = "commit.mark";
const LOCK: &str = "lock";
const MASTER_KEY: &str = "master.key";

/// A data directory that this process alone has open, and the state that it holds.
pub struct Store {
    writer: Mutex<Writer>,
    snapshot: ArcSwap<Snapshot>,
    keyring: Keyring,
    /// Reads deliveries beside the writer.
    deliveries: Mutex<Connection>,
    /// Rung when there are new ones.
    bell: Bell,
    volume: Volume,
    /// Rung when there are new jobs.
    jobs: Bell,
    /// Set when what is on the disk is no longer known; nothing is written from then on.
    broken: AtomicBool,
    _lock: File,
}

struct Writer {
    database: Database,
    mark: Mark,
}

impl Store {
    /// Opens the store in `data_dir`, or makes one where there is none. The master key is in `master_key`, by
    /// default `master.key` in the same directory, and is made together with the store.
    ///
    /// # Errors
    /// If another process has it, or anything that was acknowledged is not there as it was written.
    pub fn open(data_dir: &Path, master_key: Option<&Path>) -> Result<Self, OpenError> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(OpenError::io(data_dir))?;
        let lock = lock(data_dir)?;
        let (database_path, mark_path) = (data_dir.join(DATABASE), data_dir.join(MARK));
        let key_path = master_key.map_or_else(|| data_dir.join(MASTER_KEY), Path::to_path_buf);
        // The mark is what makes a store: it comes last when one is made, so that a first start that was cut short
        // is begun again.
        let fresh = !exists(&mark_path)?;
        match exists(&database_path)? {
            true if fresh && is_unused(&database_path) => remove_database(&database_path)?,
            true if fresh => return Err(OpenError::Damaged(format!("{} is missing", mark_path.display()))),
            false if !fresh => return Err(OpenError::DatabaseMissing(database_path)),
            _ => {}
        }
        let master = read_master_key(&key_path, fresh)?;
        let keyring = Keyring::new(&master).map_err(|_| OpenError::KeyWrong(key_path.clone()))?;
        let mut database = Database::open(&database_path, keyring.digests.clone(), fresh)?;
        if !database.is_of_this_key()? {
            return Err(OpenError::KeyWrong(key_path));
        }
        if database.is_cut_short(&database_path)? {
            return Err(OpenError::Damaged(format!("{} is cut short", database_path.display())));
        }
        let state = Acknowledged { revision: database.revision, digest: database.digest };
        let mark = if fresh {
            // All that the mark vouches for must outlast it.
            sync_dir(data_dir)?;
            let mark = Mark::create(&mark_path, keyring.digests.clone(), state).map_err(OpenError::io(&mark_path))?;
            sync_dir(data_dir)?;
            mark
        } else {
            Mark::open(&mark_path, keyring.digests.clone()).map_err(OpenError::io(&mark_path))?
        };
        let acknowledged = mark
            .read()
            .map_err(OpenError::io(&mark_path))?
            .ok_or_else(|| OpenError::Damaged(format!("{} cannot be read", mark_path.display())))?;
        compare(state, acknowledged)?;
        let snapshot = database.load()?;
        database.upgrade()?;
        mark.write(state).map_err(OpenError::io(&mark_path))?;
        let volume = Volume::new(Database::read_only(&database_path)?, keyring.digests.clone());
        Ok(Self {
            writer: Mutex::new(Writer { database, mark }),
            snapshot: ArcSwap::from_pointee(snapshot),
            keyring,
            deliveries: Mutex::new(Database::read_only(&database_path)?),
            bell: Bell::default(),
            volume,
            jobs: Bell::default(),
            broken: AtomicBool::new(false),
            _lock: lock,
        })
    }

    /// The newest state.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// The installation's keys.
    #[must_use]
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// Commits what was decided on the revision `base`, with its audit records, as one transaction, and publishes
    /// the new state. When it returns, all of it is on the disk.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] if the state is no longer at `base`: decide again on [`Store::snapshot`].
    pub fn commit(&self, base: u64, changes: &Changes, audit: &audit::Batch) -> Result<Arc<Snapshot>, CommitError> {
        let mut writer = self.writer()?;
        let current = self.snapshot.load_full();
        if current.revision != base {
            return Err(CommitError::Conflict);
        }
        writer.database.commit(changes, audit)?;
        let (revision, digest) = (writer.database.revision, writer.database.digest);
        if let Err(error) = writer.mark.write(Acknowledged { revision, digest }) {
            // The database has the revision, the mark does not, and nobody has been told: stop here.
            self.broken.store(true, Ordering::Release);
            return Err(error.into());
        }
        let mut next = Snapshot::clone(&current);
        changes.apply(&mut next);
        next.revision = revision;
        let next = Arc::new(next);
        self.snapshot.store(Arc::clone(&next));
        if !changes.messages().is_empty() {
            self.bell.ring();
        }
        if changes.has_jobs() {
            self.jobs.ring();
        }
        Ok(next)
    }

    /// Writes audit records and uses of access keys that go with no change.
    ///
    /// # Errors
    /// If the disk or the database refuses; nothing of it is written then.
    pub fn record(&self, audit: &audit::Batch, used: &[audit::KeyUse]) -> Result<(), CommitError> {
        self.writer()?.database.record(audit, used)
    }

    /// Reads the audit trail of a data directory, oldest first, also while a server runs on it. `since` leaves out
    /// batches that are wholly earlier; the caller filters records. `each` is given one JSON text at a time and says
    /// whether to go on.
    ///
    /// # Errors
    /// If there is no readable store.
    pub fn read_audit(
        data_dir: &Path,
        since: Option<Timestamp>,
        each: impl FnMut(&str) -> bool,
    ) -> Result<(), OpenError> {
        let path = data_dir.join(DATABASE);
        if !path.exists() {
            return Err(OpenError::DatabaseMissing(path));
        }
        Database::read_audit(&path, since, each)
    }

    /// Up to `limit` deliveries that are due at `now`, the longest due first, of each of up to `subscriptions`
    /// subscriptions. Those `but` for which somebody is at work are left out.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn due_deliveries(
        &self,
        now: Timestamp,
        but: &BTreeSet<String>,
        subscriptions: usize,
        limit: usize,
    ) -> Result<Vec<Vec<Delivery>>, CommitError> {
        delivery::due(&self.reader(), now, but, subscriptions, limit)
    }

    /// Writes how attempts at delivery ended: delivered ones are gone, others wait or are kept as undelivered for
    /// [`delivery::KEPT`].
    ///
    /// # Errors
    /// If the disk or the database refuses; nothing of it is written then.
    pub fn settle(&self, settled: &[Settled], now: Timestamp) -> Result<(), CommitError> {
        let forget_before = now.checked_sub(delivery::KEPT).unwrap_or(Timestamp::MIN);
        self.writer()?.database.settle(settled, forget_before)
    }

    /// Waits until there may be deliveries that are newer than those `heard` of, or for `patience`. What has been heard of
    /// then, for the next time.
    pub fn wait_for_deliveries(&self, heard: u64, patience: Duration) -> u64 {
        self.bell.wait(heard, patience)
    }

    /// Ends a wait for deliveries.
    pub fn wake_deliverer(&self) {
        self.bell.ring();
    }

    /// Reads what a data directory has to deliver, and what it could not deliver, oldest first, also while a server
    /// runs on it.
    ///
    /// # Errors
    /// If there is no readable store.
    pub fn read_deliveries(data_dir: &Path, each: impl FnMut(&Delivery) -> bool) -> Result<(), OpenError> {
        let path = data_dir.join(DATABASE);
        if !path.exists() {
            return Err(OpenError::DatabaseMissing(path));
        }
        Ok(delivery::all(&Database::read_only(&path)?, each)?)
    }

    /// The volume rows.
    #[must_use]
    pub fn volume(&self) -> &Volume {
        &self.volume
    }

    /// Waits until there may be jobs that are newer than those `heard` of, or for `patience`. What has been heard of then,
    /// for the next time.
    pub fn wait_for_jobs(&self, heard: u64, patience: Duration) -> u64 {
        self.jobs.wait(heard, patience)
    }

    /// Ends a wait for jobs.
    pub fn wake_workers(&self) {
        self.jobs.ring();
    }

    /// When the access key was last used, as far as it has been written.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub fn key_use(&self, access_key_id: &str) -> Result<Option<audit::KeyUse>, CommitError> {
        self.writer()?.database.key_use(access_key_id)
    }

    /// Whether commits are taken.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        !self.broken.load(Ordering::Acquire) && !self.writer.is_poisoned()
    }

    /// Tidies up before the process ends.
    pub fn close(&self) {
        if let Ok(writer) = self.writer() {
            writer.database.checkpoint();
        }
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.deliveries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, CommitError> {
        // The lock first: whoever held it before may be the one that broke off.
        match self.writer.lock() {
            Ok(writer) if !self.broken.load(Ordering::Acquire) => Ok(writer),
            _ => Err(CommitError::Failed("an earlier commit broke off; restart to recover".into())),
        }
    }
}

/// Holds what the database is at against what was acknowledged. It is one revision ahead if the process ended between
/// a commit and its mark, and never more.
fn compare(found: Acknowledged, acknowledged: Acknowledged) -> Result<(), OpenError> {
    let damaged = match found.revision.checked_sub(acknowledged.revision) {
        Some(0) if found.digest == acknowledged.digest => return Ok(()),
        Some(1) => return Ok(()),
        Some(0) => format!("revision {} is not the one acknowledged", found.revision),
        Some(_) => format!(
            "the commit mark is of revision {}, but the database is at {}: they are not of the same time",
            acknowledged.revision, found.revision
        ),
        None => {
            format!("revision {} was acknowledged, but the database ends at {}", acknowledged.revision, found.revision)
        }
    };
    Err(OpenError::Damaged(damaged))
}

/// Whether the file is there; that it cannot be told is no "no".
fn exists(path: &Path) -> Result<bool, OpenError> {
    path.try_exists().map_err(OpenError::io(path))
}

fn lock(data_dir: &Path) -> Result<File, OpenError> {
    let path = data_dir.join(LOCK);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(OpenError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(data_dir.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(OpenError::Io(path, Box::new(error))),
    }
}

/// The size of a page, in bytes; a database without tables has no more than one.
const ONE_PAGE: u64 = 4096;

/// Whether the database is what a first start leaves when it is cut short: nothing was ever committed to it.
fn is_unused(path: &Path) -> bool {
    // A rollback journal is kept only until the log is there, which comes before the first table.
    let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    if length(&beside(path, "-journal")) > 0 && length(&beside(path, "-wal")) == 0 && length(path) <= ONE_PAGE {
        return true;
    }
    let Ok(connection) = Database::read_only(path) else { return false };
    match connection.query_row("SELECT revision FROM meta", [], |row| row.get::<_, i64>(0)) {
        Ok(revision) => revision == 0,
        // No table yet: the schema is made in one transaction with its first row.
        Err(_) => connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))
            .is_ok_and(|tables| tables == 0),
    }
}

fn remove_database(path: &Path) -> Result<(), OpenError> {
    for file in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm"), beside(path, "-journal")] {
        if exists(&file)? {
            fs::remove_file(&file).map_err(OpenError::io(&file))?;
        }
    }
    Ok(())
}

fn read_master_key(path: &Path, fresh: bool) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    if !exists(path)? {
        if !fresh {
            return Err(OpenError::KeyMissing(path.to_path_buf()));
        }
        return make_master_key(path);
    }
    let mut text = Zeroizing::new(String::new());
    File::open(path).and_then(|mut file| file.read_to_string(&mut text)).map_err(OpenError::io(path))?;
    let key = STANDARD.decode(text.trim()).map_err(|_| OpenError::KeyWrong(path.to_path_buf()))?;
    if key.len() != Keyring::MASTER_KEY_LEN {
        return Err(OpenError::KeyWrong(path.to_path_buf()));
    }
    Ok(Zeroizing::new(key))
}

fn make_master_key(path: &Path) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let key = Keyring::generate_master_key()
        .map_err(|_| OpenError::Damaged("the system has no random numbers".to_owned()))?;
    let text = Zeroizing::new(STANDARD.encode(&*key));
    // Written aside and renamed: a cut-short start leaves no half key.
    let aside = path.with_extension("new");
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)
        .and_then(|mut file| writeln!(file, "{}", *text).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&aside, path))
        .map_err(OpenError::io(path))?;
    // The key may be kept elsewhere than the store, which must not outlast it.
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    sync_dir(directory)?;
    Ok(key)
}

fn sync_dir(path: &Path) -> Result<(), OpenError> {
    File::open(path).and_then(|directory| directory.sync_all()).map_err(OpenError::io(path))
}
