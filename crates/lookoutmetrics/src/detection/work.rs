//! A job that a worker is at, for one detector.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bartizan_gate::{Error, Gate, Leased, Lost};
use bartizan_store::{
    Changes, Snapshot,
    entity::{AnomalyDetector, AnomalyDetectorStatus, Job, MetricSet},
};
use jiff::Timestamp;

use super::{Clock, Task};
use crate::{
    data::Refused,
    database::Unread,
    metric_set::Supply,
    rows::{Row, Rows},
};

/// How often progress is written, and the lease renewed.
const KEPT: Duration = Duration::from_secs(2);
/// Bytes of rows that go into the store at once.
const AT_ONCE: usize = 32 * 1024 * 1024;

/// A detector's job on its way.
pub struct Work<'a> {
    pub gate: &'a Gate,
    pub clock: &'a Clock,
    leased: &'a Leased,
    /// Whether the process ends.
    ended: &'a AtomicBool,
    /// The detector as it was when the work began.
    pub detector: Arc<AnomalyDetector>,
    /// The owner of its rows.
    pub owner: Arc<str>,
    kept: Instant,
}

/// What becomes of the job.
pub enum Next {
    /// There is nothing more to do.
    Done,
    /// The work goes on, and is this far.
    Still(Task),
    /// This, from then on.
    Then(Task, Timestamp),
}

/// Why work breaks off.
#[derive(Debug)]
pub enum Trouble {
    /// There is something that the detector's owner has to put right, in words for people.
    Refused(String),
    /// Too much of the like is done already. It was not tried.
    Busy,
    /// It may pass by itself.
    Passing(String),
    /// What the data is in does not answer. That may pass by itself; if not, the detector's owner has to see to it. In words
    /// for people.
    Unanswered(String),
    /// The process ends. The next one begins the work anew.
    Ended,
    /// The work is in vain: it is another's, or its detector is gone or is to do something else.
    Lost(Lost),
}

impl<'a> Work<'a> {
    /// Begins work on a job; `None` if its detector is gone.
    pub fn begin(gate: &'a Gate, clock: &'a Clock, leased: &'a Leased, ended: &'a AtomicBool) -> Option<Self> {
        let snapshot = gate.store().snapshot();
        let detector = Arc::clone(snapshot.get::<AnomalyDetector>(leased.job.account, &leased.job.about)?);
        let owner = detector.rows.clone().filter(|owner| **owner == *leased.job.id)?;
        Some(Self { gate, clock, leased, ended, detector, owner, kept: Instant::now() })
    }

    /// The job.
    pub const fn job(&self) -> &Job {
        &self.leased.job
    }

    /// The detector's rows.
    pub fn rows(&self) -> Rows<'a> {
        Rows::new(self.gate.store().volume(), Arc::clone(&self.owner))
    }

    /// The detector's data, as its dataset says now.
    pub fn supply(&self) -> Result<Supply, Trouble> {
        let snapshot = self.gate.store().snapshot();
        let found = snapshot.pointing_at::<MetricSet>(self.detector.account, &self.detector.arn).next();
        let metric_set = found.ok_or_else(|| Trouble::Refused("The detector has no dataset.".to_owned()))?;
        Ok(Supply::of(metric_set, &self.detector)?)
    }

    /// Says how far the work is, and keeps the lease; not more often than there is something to see. Where the process ends,
    /// it is the place to break off.
    pub fn keep(&mut self, task: impl FnOnce() -> Task) -> Result<(), Trouble> {
        if self.ended.load(Ordering::Acquire) {
            return Err(Trouble::Ended);
        }
        if self.kept.elapsed() < KEPT {
            return Ok(());
        }
        self.kept = Instant::now();
        let document = task().document();
        self.gate.settle(self.leased, |_, job, changes| {
            let mut job = job.leased_again(Timestamp::now());
            job.document.clone_from(&document);
            changes.put(job);
        })?;
        Ok(())
    }

    /// Puts rows into the store, while the work goes on.
    pub fn put_rows(&self, rows: &[Row]) -> Result<(), Trouble> {
        let mut rest = rows;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fits = rest.iter().take_while(|row| {
                let is_first = bytes == 0;
                bytes += row.value.len();
                is_first || bytes <= AT_ONCE
            });
            let (some, others) = rest.split_at(fits.count());
            self.gate.settle(self.leased, |_, job, changes| {
                put(&self.owner, some, changes);
                changes.put(job.leased_again(Timestamp::now()));
            })?;
            rest = others;
        }
        Ok(())
    }

    /// Forgets all that was learnt and found.
    pub fn forget(&self) -> Result<(), Trouble> {
        self.gate.settle(self.leased, |_, job, changes| {
            changes.delete_rows(&self.owner);
            changes.put(job.leased_again(Timestamp::now()));
        })?;
        Ok(())
    }

    /// Commits what came of the work, if the detector is still in one of these states; `decide` changes the detector, adds
    /// what else changes, and says what becomes of the job. A detector that is to rest, rests.
    pub fn settle(
        &self,
        states: &[AnomalyDetectorStatus],
        mut decide: impl FnMut(&Snapshot, &mut AnomalyDetector, &mut Changes) -> Next,
    ) -> Result<(), Trouble> {
        let mut is_in_vain = false;
        self.gate.settle(self.leased, |snapshot, job, changes| {
            let found = snapshot.get::<AnomalyDetector>(job.account, &job.about);
            let Some(found) = found.filter(|found| found.rows.as_deref() == Some(&*self.owner)) else {
                is_in_vain = true;
                return changes.delete(job);
            };
            let mut detector = AnomalyDetector::clone(found);
            is_in_vain = !states.contains(&detector.status);
            let next = if is_in_vain {
                if detector.status == AnomalyDetectorStatus::Deactivating {
                    detector.status = AnomalyDetectorStatus::Deactivated;
                }
                Next::Done
            } else {
                decide(snapshot, &mut detector, changes)
            };
            if detector != **found {
                detector.modified = Timestamp::now();
                changes.put(detector);
            }
            match next {
                Next::Done => changes.delete(job),
                Next::Still(task) => {
                    changes.put(Job { document: task.document(), ..job.leased_again(Timestamp::now()) });
                }
                Next::Then(task, due) => changes.put(Job {
                    lease: None,
                    due: Some(due),
                    attempts: 0,
                    error: None,
                    document: task.document(),
                    ..job.clone()
                }),
            }
        })?;
        if is_in_vain { Err(Trouble::Lost(Lost::Superseded)) } else { Ok(()) }
    }
}

/// Puts rows of an owner.
pub fn put(owner: &Arc<str>, rows: &[Row], changes: &mut Changes) {
    for row in rows {
        changes.put_row(owner, row.kind, row.key.clone(), Arc::clone(&row.value));
    }
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        match error {
            Error::Service(fault) => Self::Refused(fault.message),
            Error::Internal(why) => Self::Passing(why),
            other @ (Error::Invalid(_) | Error::Denied(_) | Error::Body(_) | Error::Unavailable) => {
                Self::Refused(other.to_string())
            }
        }
    }
}

impl From<Unread> for Trouble {
    fn from(why: Unread) -> Self {
        if why.is_transient() { Self::Unanswered(why.to_string()) } else { Self::Refused(why.to_string()) }
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unkept(why) => Self::Passing(why.to_string()),
            refused => Self::Refused(refused.to_string()),
        }
    }
}

impl From<std::io::Error> for Trouble {
    fn from(why: std::io::Error) -> Self {
        Self::Passing(why.to_string())
    }
}

impl From<Lost> for Trouble {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}
