//! Work that a service does by itself: it leases a job, does it, and commits what came of it, once.
//!
//! A lease counts up the job's epoch. What is done under it is committed only while the job still has that epoch, in one
//! transaction with what becomes of the job; so a worker that was too slow, or whose process ended, leaves nothing behind,
//! and whoever does the work after it does it once.

use std::fmt;

use bartizan_store::{Changes, CommitError, Snapshot, entity::Job};
use jiff::Timestamp;

use super::{Gate, blocking};
use crate::id;

/// A job that somebody is at.
#[derive(Debug, Clone)]
pub struct Leased {
    /// The job as it was when it was leased.
    pub job: Job,
}

/// Why the outcome of work is not kept. Nothing of it is.
#[derive(Debug)]
pub enum Lost {
    /// The job is somebody else's now, or nobody's.
    Superseded,
    /// The disk or the database says no.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl Gate {
    /// Leases the job of one of these `works` that is due longest at `now`, if one is; `node` is the process.
    ///
    /// # Errors
    /// If the lease cannot be written.
    pub fn lease(&self, works: &[&str], node: &str, now: Timestamp) -> Result<Option<Leased>, CommitError> {
        loop {
            let snapshot = self.store.snapshot();
            let real = Timestamp::now();
            let free = snapshot.jobs.everywhere().filter(|job| works.contains(&job.work.as_str()));
            let due = free.filter(|job| job.due.is_some_and(|due| due <= now) && job.is_free(node, real));
            let Some(job) = due.min_by_key(|job| job.due) else { return Ok(None) };
            let job = job.leased(node, real);
            let mut changes = Changes::default();
            changes.put(job.clone());
            match self.commit_own(&snapshot, &changes) {
                Ok(()) => return Ok(Some(Leased { job })),
                Err(CommitError::Conflict) => {}
                Err(failed) => return Err(failed),
            }
        }
    }

    /// When the next job of these `works` is due that is not due at `now`.
    #[must_use]
    pub fn next_due(&self, works: &[&str], now: Timestamp) -> Option<Timestamp> {
        let snapshot = self.store.snapshot();
        let jobs = snapshot.jobs.everywhere().filter(|job| works.contains(&job.work.as_str()));
        jobs.filter_map(|job| job.due).filter(|due| *due > now).min()
    }

    /// Commits what came of the work. `decide` is given the newest state and the job as it is in it, and leaves what
    /// changes; the job too, which is put without its lease for what comes next, or deleted. It is asked again if another
    /// commit comes first.
    ///
    /// # Errors
    /// [`Lost::Superseded`] if the lease is over, and if the commit fails.
    pub fn settle(&self, leased: &Leased, mut decide: impl FnMut(&Snapshot, &Job, &mut Changes)) -> Result<(), Lost> {
        loop {
            let snapshot = self.store.snapshot();
            let current = snapshot.get::<Job>(leased.job.account, &leased.job.id);
            let current = current.filter(|job| job.epoch == leased.job.epoch).ok_or(Lost::Superseded)?;
            let mut changes = Changes::default();
            decide(&snapshot, current, &mut changes);
            match self.commit_own(&snapshot, &changes) {
                Ok(()) => return Ok(()),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Failed(error)) => return Err(Lost::Failed(error)),
            }
        }
    }

    /// A random UUID (version 4).
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn uuid(&self) -> Result<String, crate::Error> {
        let [uuid] = id::uuids(self.keyring())?;
        Ok(uuid)
    }

    /// Commits what nobody has asked for, after the records that wait.
    fn commit_own(&self, snapshot: &Snapshot, changes: &Changes) -> Result<(), CommitError> {
        let records = self.pending.take();
        match blocking(|| self.store.commit(snapshot.revision(), changes, &records)) {
            Ok(_) => Ok(()),
            Err(error) => {
                self.pending.give_back(records);
                Err(error)
            }
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Superseded => f.write_str("the job is another's by now"),
            Self::Failed(error) => write!(f, "the commit failed: {error}"),
        }
    }
}

impl std::error::Error for Lost {}

#[cfg(test)]
#[path = "work_tests.rs"]
mod tests;
