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
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// Where a detector is in its life. The states past the first come with detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnomalyDetectorStatus {
    /// Made, and not yet activated.
    Inactive,
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
