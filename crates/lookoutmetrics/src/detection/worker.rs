use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use bartizan_gate::{Error, Gate, Leased, Lost};
use bartizan_store::entity::{
    AnomalyDetectorFailure, AnomalyDetectorFailureType,
    AnomalyDetectorStatus::{Activating, Active, BackTestActivating, BackTestActive, Failed, Learning},
    Job,
};
use jiff::Timestamp;

use super::{
    Clock, DETECTION, Task, activation, back_test, findings, interval,
    model::Model,
    work::{Next, Trouble, Work},
};
use crate::alert;

/// The longest wait before looking again whether something is due.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often what may pass by itself is tried, and how long to wait before the second attempt; it doubles.
const ATTEMPTS: u32 = 5;
const BACK_OFF: Duration = Duration::from_secs(1);
/// Series whose states are kept in memory between intervals: a gigabyte of them.
const AT_HAND: usize = 150_000;

/// Does what detectors do by themselves. Several threads may run one.
pub struct Worker {
    gate: Arc<Gate>,
    clock: Clock,
    /// This process, as leases name it.
    node: String,
    /// What detectors have learnt, by the owners of their rows, each before the interval that starts then.
    models: Mutex<HashMap<Arc<str>, (Timestamp, Model)>>,
}

impl Worker {
    /// A worker behind the gate.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn new(gate: Arc<Gate>, clock: Clock) -> Result<Self, Error> {
        Ok(Self { node: gate.uuid()?, gate, clock, models: Mutex::default() })
    }

    /// How many threads look at data: one that is long at work must not keep the others waiting.
    #[must_use]
    pub fn threads() -> usize {
        thread::available_parallelism().map_or(2, |count| count.get().max(2))
    }

    /// Looks at data until `ended`. What is long under way then is broken off, and begun anew by the next process.
    pub fn detect(&self, ended: &AtomicBool) {
        self.run(DETECTION, ended, |leased| self.work(leased, ended));
    }

    /// Tells of anomalies until `ended`.
    pub fn tell(&self, ended: &AtomicBool) {
        self.run(alert::WORK, ended, |leased| {
            if let Err(Lost::Failed(error)) = alert::deliver(&self.gate, &self.clock, leased) {
                tracing::error!(%error, "what came of an alert cannot be written");
            }
        });
    }

    /// Does the jobs of one kind, as they are due.
    fn run(&self, kind: &str, ended: &AtomicBool, work: impl Fn(&Leased)) {
        let (store, clock) = (self.gate.store(), &self.clock);
        let mut heard = 0;
        while !ended.load(Ordering::Acquire) {
            let patience = match self.gate.lease(&[kind], &self.node, clock.now()) {
                Ok(Some(leased)) => {
                    work(&leased);
                    continue;
                }
                Ok(None) => {
                    let next = self.gate.next_due(&[kind], clock.now());
                    next.map_or(PATIENCE, |due| clock.until(due).min(PATIENCE))
                }
                Err(error) => {
                    tracing::error!(%error, "no job can be leased");
                    PATIENCE
                }
            };
            heard = store.wait_for_jobs(heard, patience);
        }
    }

    /// Does a job, and sees what becomes of it if it fails.
    fn work(&self, leased: &Leased, ended: &AtomicBool) {
        let Some(mut work) = Work::begin(&self.gate, &self.clock, leased, ended) else {
            // Its detector is gone.
            self.forget(leased);
            return;
        };
        let detector = work.detector.arn.clone();
        let done = match Task::of(work.job()) {
            Some(task) => self.task(&mut work, &task),
            None => Err(Trouble::Refused("What is to be done cannot be read.".to_owned())),
        };
        let Err(trouble) = done else { return };
        let settled = match trouble {
            Trouble::Ended | Trouble::Lost(Lost::Superseded) => Ok(()),
            Trouble::Lost(lost) => Err(Trouble::Lost(lost)),
            Trouble::Busy => self.later(leased),
            Trouble::Passing(why) | Trouble::Unanswered(why) if work.job().attempts + 1 < ATTEMPTS => {
                tracing::warn!(detector, why, "a detector's work failed, and is tried again");
                self.again(leased, &why)
            }
            Trouble::Passing(why) => {
                tracing::error!(detector, why, "a detector's work failed");
                self.give_up(&work, "The service failed.")
            }
            Trouble::Refused(reason) | Trouble::Unanswered(reason) => self.give_up(&work, &reason),
        };
        if let Err(Trouble::Lost(Lost::Failed(error))) = settled {
            tracing::error!(detector, %error, "what came of a detector's work cannot be written");
        }
    }

    fn task(&self, work: &mut Work<'_>, task: &Task) -> Result<(), Trouble> {
        match (work.detector.status, task) {
            (BackTestActivating | BackTestActive, Task::BackTest { .. }) => back_test::run(work),
            (Activating, Task::Activation { .. }) => activation::run(work),
            (Active | Learning, Task::Interval { start }) => {
                let model = self.models().remove(&work.owner);
                let model = model.filter(|(before, _)| before == start).map(|(_, model)| model);
                let model = interval::run(work, *start, model)?;
                let next = model.intervals().after(*start);
                self.keep(&work.owner, next, model);
                Ok(())
            }
            // It is to rest, or is beyond what this was for.
            _ => work.settle(&[], |_, _, _| Next::Done),
        }
    }

    /// Keeps a model at hand, if there is room.
    fn keep(&self, owner: &Arc<str>, next: Timestamp, model: Model) {
        let mut models = self.models();
        let at_hand: usize = models.values().map(|(_, model)| model.size()).sum();
        if at_hand + model.size() > AT_HAND {
            // Any can be loaded again.
            models.clear();
        }
        models.insert(Arc::clone(owner), (next, model));
    }

    /// Comes back to what could not be begun.
    fn later(&self, leased: &Leased) -> Result<(), Trouble> {
        let due = self.clock.after(PATIENCE);
        self.gate.settle(leased, |_, job, changes| {
            changes.put(Job { lease: None, due: Some(due), ..job.clone() });
        })?;
        Ok(())
    }

    /// Tries again later what may pass by itself.
    fn again(&self, leased: &Leased, why: &str) -> Result<(), Trouble> {
        let due = self.clock.after(BACK_OFF * 2_u32.saturating_pow(leased.job.attempts));
        self.gate.settle(leased, |_, job, changes| {
            let (attempts, error) = (job.attempts + 1, Some(why.to_owned()));
            changes.put(Job { lease: None, due: Some(due), attempts, error, ..job.clone() });
        })?;
        Ok(())
    }

    /// What cannot be done has failed: the interval, and the next is tried; or the detector.
    fn give_up(&self, work: &Work<'_>, reason: &str) -> Result<(), Trouble> {
        if let Some(Task::Interval { start }) = Task::of(work.job()) {
            return interval::fail(work, &work.supply()?, start, reason);
        }
        work.settle(&[Activating, BackTestActivating, BackTestActive], |_, detector, _| {
            let doing = match detector.status {
                Activating => AnomalyDetectorFailureType::Activation,
                _ => AnomalyDetectorFailureType::BackTestActivation,
            };
            detector.status = Failed;
            detector.failure = Some(AnomalyDetectorFailure { doing, reason: findings::reason_of(reason) });
            Next::Done
        })
    }

    fn forget(&self, leased: &Leased) {
        let forgotten = self.gate.settle(leased, |_, job, changes| changes.delete(job));
        if let Err(Lost::Failed(error)) = forgotten {
            tracing::error!(%error, "a job without a detector cannot be deleted");
        }
    }

    fn models(&self) -> MutexGuard<'_, HashMap<Arc<str>, (Timestamp, Model)>> {
        self.models.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
