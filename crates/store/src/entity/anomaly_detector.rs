use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// A Lookout for Metrics detector.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DescribeAnomalyDetector.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnomalyDetector {
    /// The account it is in.
    pub account: AccountId,
    /// The Region it is in.
    pub region: String,
    /// Its ARN, `arn:aws:lookoutmetrics:REGION:ACCOUNT:AnomalyDetector:NAME`.
    pub arn: String,
    /// Unique in the account and Region.
    pub name: String,
    /// 1 to 256 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How often it looks: `PT5M`, `PT10M`, `PT1H` or `P1D`.
    pub frequency: String,
    /// The key that encrypts its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    /// Where it is in its life.
    pub status: AnomalyDetectorStatus,
    /// Why it failed, if it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<AnomalyDetectorFailure>,
    /// The owner of what it has learnt and found, in volume rows, since it was first set to work: a UUID, so that another
    /// detector of the same name finds none of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Arc<str>>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// Where a detector is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnomalyDetectorStatus {
    /// Made, and not yet activated.
    Inactive,
    /// To watch: its history is being read.
    Activating,
    /// It watches, and has not seen enough yet to judge.
    Learning,
    /// It watches and judges.
    Active,
    /// To rest, as soon as what it is at is done.
    Deactivating,
    /// It rests.
    Deactivated,
    /// To be tried on its history, which is being read.
    BackTestActivating,
    /// It is being tried on its history.
    BackTestActive,
    /// It has been tried on its history, and does nothing more.
    BackTestComplete,
    /// It failed, and does nothing more.
    Failed,
}

/// Why a detector failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnomalyDetectorFailure {
    /// What it was doing.
    pub doing: AnomalyDetectorFailureType,
    /// For people: at most 256 characters.
    pub reason: String,
}

/// What a detector was doing when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnomalyDetectorFailureType {
    /// It was being set to watch.
    Activation,
    /// It was being tried on its history.
    BackTestActivation,
}

impl Entity for AnomalyDetector {
    const KIND: Kind = Kind::AnomalyDetector;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.anomaly_detectors
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.anomaly_detectors
    }
}
