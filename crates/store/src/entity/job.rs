use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// Work that a service does by itself, now or at a later time. Whoever does it leases it first, and commits what comes of
/// it only while the lease's epoch is still the job's: what is done is done once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// The account that it is done for.
    pub account: AccountId,
    /// A UUID.
    pub id: String,
    /// What kind of work, in the service's own words.
    pub work: String,
    /// The ARN of what it is done for.
    pub about: String,
    /// From when on; `None` if it is not tried again.
    pub due: Option<Timestamp>,
    /// Counts the leases.
    pub epoch: u64,
    /// Who is at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// How often it has failed.
    #[serde(default)]
    pub attempts: u32,
    /// Why it failed last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When it was given up, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// What there is to do, in the service's own form (JSON).
    pub document: serde_json::Value,
}

/// Somebody is at a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The process; a UUID that it gave itself.
    pub node: String,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

impl Job {
    /// Due at once, on every clock.
    pub const AT_ONCE: Timestamp = Timestamp::UNIX_EPOCH;

    /// How long a lease lasts unless it is renewed.
    pub const LEASE: Duration = Duration::from_secs(60);

    /// A job that nobody has tried yet.
    #[must_use]
    pub fn new(account: AccountId, id: String, work: &str, about: &str, document: serde_json::Value) -> Self {
        Self {
            account,
            id,
            work: work.to_owned(),
            about: about.to_owned(),
            due: Some(Self::AT_ONCE),
            epoch: 0,
            lease: None,
            attempts: 0,
            error: None,
            ended: None,
            document,
        }
    }

    /// Whether `node` may lease it at `now`. One process has a store: a lease of another one is of one that has ended.
    #[must_use]
    pub fn is_free(&self, node: &str, now: Timestamp) -> bool {
        self.lease.as_ref().is_none_or(|lease| lease.node != node || lease.until <= now)
    }

    /// The same job, with its lease renewed at `now`.
    #[must_use]
    pub fn leased_again(&self, now: Timestamp) -> Self {
        let until = now.checked_add(Self::LEASE).unwrap_or(Timestamp::MAX);
        let lease = self.lease.as_ref().map(|lease| Lease { node: lease.node.clone(), until });
        Self { lease, ..self.clone() }
    }

    /// The same job, leased by `node` from `now` on.
    #[must_use]
    pub fn leased(&self, node: &str, now: Timestamp) -> Self {
        let until = now.checked_add(Self::LEASE).unwrap_or(Timestamp::MAX);
        Self { epoch: self.epoch + 1, lease: Some(Lease { node: node.to_owned(), until }), ..self.clone() }
    }
}

impl Entity for Job {
    const KIND: Kind = Kind::Job;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn links(&self) -> Vec<&str> {
        vec![&self.about]
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.jobs
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.jobs
    }
}
