use bartizan_store::{AccountId, entity::Job};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The work of detectors, as jobs name it.
pub const DETECTION: &str = "lookoutmetrics:detection";

/// What a detector is to do next. Its job's id is the owner of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "task")]
pub enum Task {
    /// To be tried on its history: so many of so many intervals are done; none before the data has been read.
    BackTest { done: usize, of: usize },
    /// To learn from its history; it watches then.
    Activation { done: usize, of: usize },
    /// To look at the interval that starts then.
    Interval { start: Timestamp },
}

impl Task {
    /// The job of a detector that has this to do, at once.
    pub fn job(&self, account: AccountId, owner: &str, detector: &str) -> Job {
        Job::new(account, owner.to_owned(), DETECTION, detector, self.document())
    }

    /// As the job has it.
    pub fn document(&self) -> serde_json::Value {
        // Numbers and a time have a form in JSON.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// What a job says.
    pub fn of(job: &Job) -> Option<Self> {
        serde_json::from_value(job.document.clone()).ok()
    }
}
