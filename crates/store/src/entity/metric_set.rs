use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// A Lookout for Metrics dataset.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DescribeMetricSet.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricSet {
    /// The account it is in.
    pub account: AccountId,
    /// Its ARN, `arn:aws:lookoutmetrics:REGION:ACCOUNT:MetricSet/DETECTOR/NAME`.
    pub arn: String,
    /// The ARN of its detector.
    pub anomaly_detector_arn: String,
    /// Unique within its detector.
    pub name: String,
    /// What the service keeps of it, in the service's own form (JSON).
    pub configuration: serde_json::Value,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl Entity for MetricSet {
    const KIND: Kind = Kind::MetricSet;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn links(&self) -> Vec<&str> {
        vec![&self.anomaly_detector_arn]
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.metric_sets
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.metric_sets
    }
}
