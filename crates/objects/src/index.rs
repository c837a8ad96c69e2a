//! The database, and the one thread that writes it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        mpsc::{self, Receiver, SyncSender},
    },
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, params};

use crate::{
    Content, Error,
    content::{Piece, Place},
    mark::Mark,
};

/// Format 1 had no revisions.
const FORMAT: i64 = 2;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS meta (one INTEGER PRIMARY KEY CHECK (one = 1), format INTEGER NOT NULL, run INTEGER NOT NULL)
  STRICT;
INSERT OR IGNORE INTO meta (one, format, run) VALUES (1, 1, 0);
CREATE TABLE IF NOT EXISTS object (bucket TEXT NOT NULL, key BLOB NOT NULL, etag TEXT NOT NULL, modified INTEGER NOT NULL,
  size INTEGER NOT NULL, head TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (bucket, key)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bytes (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS upload (bucket TEXT NOT NULL, key BLOB NOT NULL, id TEXT NOT NULL, begun INTEGER NOT NULL,
  head TEXT NOT NULL, PRIMARY KEY (bucket, key, id)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (upload TEXT NOT NULL, number INTEGER NOT NULL, etag TEXT NOT NULL,
  modified INTEGER NOT NULL, size INTEGER NOT NULL, head TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (upload, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS draft (blob TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS garbage (file TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outer_store (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
";

/// How many writes wait before those who bring more have to.
const QUEUE: usize = 256;
/// How many connections for reading are kept.
const READERS: usize = 16;

type Job = Box<dyn FnOnce(&Transaction<'_>) -> Done + Send>;
/// What tells the one who waits, once the commit's outcome is known.
type Done = Box<dyn FnOnce(Result<(), String>) + Send>;

pub(crate) struct Index {
    path: PathBuf,
    jobs: SyncSender<Job>,
    readers: Mutex<Vec<Connection>>,
}

impl Index {
    /// Opens the database, and says the number of the last run.
    pub fn open(path: &Path) -> Result<(Self, u64), Error> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        let mut mark = ready(&mut connection, &path.with_file_name("commit.mark"))?;
        let (run, revision): (i64, i64) =
            connection.query_row("SELECT run, revision FROM meta", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (run, revision, acknowledged) = (run.cast_unsigned(), revision.cast_unsigned(), mark.revision);
        // It is ahead if the process ended between a commit and its mark.
        if revision < acknowledged {
            return Err(damaged(&format!("revision {acknowledged} was acknowledged, but they end at {revision}")));
        }
        mark.write(revision)?;
        let (jobs, waiting) = mpsc::sync_channel(QUEUE);
        let writer = Writer { connection, mark, revision };
        thread::Builder::new().name("objects".to_owned()).spawn(move || writer.run(&waiting))?;
        Ok((Self { path: path.to_owned(), jobs, readers: Mutex::default() }, run))
    }

    /// Reads.
    pub fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let pooled = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match pooled {
            Some(connection) => connection,
            None => Connection::open_with_flags(
                &self.path,
                OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            )?,
        };
        let result = read(&connection);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < READERS {
            readers.push(connection);
        }
        result
    }

    /// Writes, and returns when what was written is on the disk. A job that fails has written nothing.
    pub fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (tell, told) = mpsc::sync_channel(1);
        let job: Job = Box::new(move |transaction| {
            let result = within_savepoint(transaction, job);
            Box::new(move |committed: Result<(), String>| {
                let _ = tell.send(match committed {
                    Ok(()) => result,
                    Err(why) => Err(Error::Failed(why)),
                });
            })
        });
        let gone = || Error::Failed("the index's writer has ended".to_owned());
        self.jobs.send(job).map_err(|_| gone())?;
        told.recv().map_err(|_| gone())?
    }

    /// Begins a run. What earlier ones were about to write is garbage.
    pub fn begin_run(&self, run: u64) -> Result<(), Error> {
        self.write(move |transaction| {
            transaction.execute("UPDATE meta SET run = ?", [run.cast_signed()])?;
            transaction.execute("INSERT OR IGNORE INTO garbage SELECT blob FROM draft", [])?;
            transaction.execute("DELETE FROM draft", [])?;
            Ok(())
        })
    }

    /// The id of the folder in the outer store that holds the bytes, if one does.
    pub fn outer(&self) -> Result<Option<String>, Error> {
        self.read(|connection| {
            Ok(connection.query_row("SELECT id FROM outer_store", [], |row| row.get(0)).optional()?)
        })
    }

    /// 128 random bits, for a new folder.
    pub fn new_id(&self) -> Result<String, Error> {
        self.read(|connection| Ok(connection.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?))
    }

    /// From now on the folder of this id holds the bytes.
    pub fn bind(&self, id: String) -> Result<(), Error> {
        self.write(move |transaction| {
            transaction.execute("INSERT INTO outer_store VALUES (1, ?)", [id])?;
            Ok(())
        })
    }

    /// Whether there is no object, and none is being uploaded.
    pub fn is_unused(&self) -> Result<bool, Error> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM object) AND NOT EXISTS (SELECT 1 FROM upload)";
        self.read(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?))
    }

    /// Writes down that blobs of these names may be there, and are nobody's.
    pub fn note_drafts(&self, blobs: Vec<String>) -> Result<(), Error> {
        self.write(move |transaction| {
            let mut statement = transaction.prepare_cached("INSERT INTO draft VALUES (?)")?;
            for blob in blobs {
                statement.execute([blob])?;
            }
            Ok(())
        })
    }

    /// Drafts become garbage.
    pub fn abandon(&self, blobs: Vec<String>) -> Result<(), Error> {
        self.write(move |transaction| {
            for blob in blobs {
                take_draft(transaction, &blob)?;
                transaction.prepare_cached("INSERT OR IGNORE INTO garbage VALUES (?)")?.execute([blob])?;
            }
            Ok(())
        })
    }

    /// The names of some blobs that are nobody's any more.
    pub fn garbage(&self) -> Result<Vec<String>, Error> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT file FROM garbage LIMIT 1000")?;
            Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
    }

    /// They are there no more.
    pub fn forget(&self, blobs: Vec<String>) -> Result<(), Error> {
        if blobs.is_empty() {
            return Ok(());
        }
        self.write(move |transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM garbage WHERE file = ?")?;
            for blob in blobs {
                statement.execute([blob])?;
            }
            Ok(())
        })
    }

    pub fn is_empty(&self, bucket: &str) -> Result<bool, Error> {
        let bucket = bucket.to_owned();
        // By the writer: after all that was begun before.
        self.write(move |transaction| {
            let found = transaction
                .query_row("SELECT 1 FROM object WHERE bucket = ?1 LIMIT 1", [bucket], |_| Ok(()))
                .optional()?;
            Ok(found.is_none())
        })
    }

    pub fn checkpoint(&self) {
        // A failure here costs the next start a little time and nothing else.
        let _ = self.read(|connection| Ok(connection.execute_batch("PRAGMA optimize")?));
    }
}

fn within_savepoint<T>(
    transaction: &Transaction<'_>,
    job: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    transaction.execute_batch("SAVEPOINT job")?;
    let result = job(transaction);
    transaction.execute_batch(if result.is_ok() { "RELEASE job" } else { "ROLLBACK TO job; RELEASE job" })?;
    result
}

/// Makes the tables and the mark where nothing was ever acknowledged, and brings an index of an older format to this one.
fn ready(connection: &mut Connection, mark_path: &Path) -> Result<Mark, Error> {
    let mark = Mark::open(mark_path)?;
    let is_new = mark.as_ref().is_none_or(|mark| mark.revision == 0);
    if is_new {
        connection.execute_batch(&format!("BEGIN; {SCHEMA} COMMIT;"))?;
    }
    let format = connection.query_row("SELECT format FROM meta", [], |row| row.get(0));
    match (format.map_err(|error| damaged(&error.to_string()))?, mark) {
        (FORMAT, Some(mark)) => Ok(mark),
        (1, _) if is_new => {
            // The mark first: an index with revisions never is without one.
            let mark = Mark::create(mark_path)?;
            let transaction = connection.transaction()?;
            transaction.execute_batch("ALTER TABLE meta ADD COLUMN revision INTEGER NOT NULL DEFAULT 0")?;
            transaction.execute("UPDATE meta SET format = ?", [FORMAT])?;
            transaction.commit()?;
            Ok(mark)
        }
        (1..=FORMAT, _) => Err(damaged("their commit mark is not theirs")),
        (format, _) => Err(Error::Failed(format!("the objects have format {format}, which a newer version wrote"))),
    }
}

fn damaged(why: &str) -> Error {
    Error::Failed(format!("the objects are damaged: {why}"))
}

/// What the one thread has that writes.
struct Writer {
    connection: Connection,
    mark: Mark,
    revision: u64,
}

impl Writer {
    /// Commits again and again, until nobody is left, or marks can no longer be written.
    fn run(mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut waiting = Vec::new();
            let committed = self.commit(first, jobs, &mut waiting);
            let is_marked = committed.is_err() || self.mark.write(self.revision).is_ok();
            let outcome = match committed {
                Ok(()) if !is_marked => Err("the objects' commit mark cannot be written".to_owned()),
                committed => committed.map_err(|error| error.to_string()),
            };
            for done in waiting {
                done(outcome.clone());
            }
            if !is_marked {
                return;
            }
        }
    }

    /// Takes all jobs that wait into one transaction, and commits it as the next revision.
    fn commit(&mut self, first: Job, jobs: &Receiver<Job>, waiting: &mut Vec<Done>) -> rusqlite::Result<()> {
        let next = self.revision + 1;
        let transaction = self.connection.transaction()?;
        transaction.prepare_cached("UPDATE meta SET revision = ?")?.execute([next.cast_signed()])?;
        waiting.push(first(&transaction));
        while waiting.len() < QUEUE
            && let Ok(job) = jobs.try_recv()
        {
            waiting.push(job(&transaction));
        }
        transaction.commit()?;
        self.revision = next;
        Ok(())
    }
}

/// Moves bytes that are in memory into rows, and takes blobs out of the drafts.
pub(crate) fn settle(transaction: &Transaction<'_>, content: Content) -> Result<Content, Error> {
    let settle = |piece: Piece| -> Result<Piece, Error> {
        match &piece.place {
            Place::Row(_) => Ok(piece),
            Place::Blob(name) => take_draft(transaction, name).map(|()| piece),
            Place::Memory(bytes) => {
                transaction.prepare_cached("INSERT INTO bytes (bytes) VALUES (?)")?.execute(params![bytes])?;
                Ok(Piece { length: piece.length, place: Place::Row(transaction.last_insert_rowid()) })
            }
        }
    };
    Ok(Content(content.0.into_iter().map(settle).collect::<Result<_, _>>()?))
}

fn take_draft(transaction: &Transaction<'_>, blob: &str) -> Result<(), Error> {
    match transaction.prepare_cached("DELETE FROM draft WHERE blob = ?")?.execute([blob])? {
        1 => Ok(()),
        _ => Err(Error::Failed(format!("the blob {blob} is no draft"))),
    }
}

/// Gives up content: rows at once, blobs once nobody can find them any more. Whether there are blobs in it.
pub(crate) fn discard(transaction: &Transaction<'_>, content: &str) -> Result<bool, Error> {
    let content: Content = serde_json::from_str(content)?;
    let mut has_blobs = false;
    for piece in &content.0 {
        match &piece.place {
            Place::Row(id) => {
                transaction.prepare_cached("DELETE FROM bytes WHERE id = ?")?.execute([id])?;
            }
            Place::Blob(name) => {
                transaction.prepare_cached("INSERT OR IGNORE INTO garbage VALUES (?)")?.execute([name])?;
                has_blobs = true;
            }
            Place::Memory(_) => {}
        }
    }
    Ok(has_blobs)
}
