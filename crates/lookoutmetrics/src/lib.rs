//! Amazon Lookout for Metrics: the rest-json API of version 2017-07-25.
//!
//! AWS closed the service in September 2025; what it did is in its developer guide and its API's model. One file a
//! resource: its operations, each a struct that is its own input, and the shapes that they answer with. What several
//! of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `names` | names, ARNs and other atoms under the constraints of AWS's model |
//! | `error` | the errors of the API |
//! | `page` | pages of lists: `NextToken`, `MaxResults` |
//! | `lookup` | what a request names, found by its ARN |
//! | `tag` | tags: their rules, and their three operations |
//! | `role` | roles that callers pass to the service |
//! | `metric_source` | where data comes from |
//! | `data` | reading data: from the bytes of files to the values of metrics |
//! | `source` | the objects that data is in, read as the role or caller that may |
//! | `detection` | what detectors do by themselves |
//! | `rows` | what the store keeps of what detectors have learnt and found |
//! | `found` | what of it operations read |
//! | `report` | what of it people look at |
//! | `configuration` | what the store keeps of detectors, datasets and alerts |
//!
//! # Invariants
//! - A resource is found by its whole ARN, in the caller's account and in the Region that the request was signed for.
//! - What is not there is authorised as it is named: only who may ask learns that it is not there.
//! - A role is taken only if the caller may pass it, and if it trusts the service on behalf of the one detector.
//!
//! # Not yet
//! Data comes from Amazon S3 alone.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/lookoutmetrics-welcome.html>

mod activation;
mod alert;
mod anomaly_detector;
mod anomaly_group;
mod configuration;
pub mod data;
mod data_quality;
pub mod database;
mod detection;
mod error;
mod execution;
mod feedback;
#[cfg(test)]
mod fixture;
mod found;
mod lookup;
mod metric_set;
mod metric_set_config;
mod metric_source;
mod names;
mod page;
mod report;
mod role;
mod rows;
mod sample_data;
mod source;
mod tag;

use bartizan_gate::{Row, Service, operation};
use bartizan_wire::{Protocol, rest::Route};

pub use alert::{
    WORK as ALERT_WORK,
    delivery::{Untold, deliver, tell},
    message::{
        AlertMessage, Dimension, DimensionContribution, DimensionValueContribution, ImpactedMetric, RelevantTimeSeries,
    },
};
pub use detection::{Clock, InvalidClock, Worker};
pub use error::{ERRORS, ErrorShape};
pub use report::{Report, ReportedGroup};

use crate::{
    activation::{ActivateAnomalyDetector, BackTestAnomalyDetector, DeactivateAnomalyDetector},
    alert::{CreateAlert, DeleteAlert, DescribeAlert, ListAlerts, UpdateAlert},
    anomaly_detector::{
        CreateAnomalyDetector, DeleteAnomalyDetector, DescribeAnomalyDetector, ListAnomalyDetectors,
        UpdateAnomalyDetector,
    },
    anomaly_group::{
        GetAnomalyGroup, ListAnomalyGroupRelatedMetrics, ListAnomalyGroupSummaries, ListAnomalyGroupTimeSeries,
    },
    data_quality::GetDataQualityMetrics,
    execution::DescribeAnomalyDetectionExecutions,
    feedback::{GetFeedback, PutFeedback},
    metric_set::{CreateMetricSet, DescribeMetricSet, ListMetricSets, UpdateMetricSet},
    metric_set_config::DetectMetricSetConfig,
    sample_data::GetSampleData,
    tag::{ListTagsForResource, TagResource, UntagResource},
};

/// Lookout for Metrics behind the gate.
pub const SERVICE: Service = Service {
    name: "lookoutmetrics",
    principal: role::PRINCIPAL,
    protocol: Protocol::RestJson,
    version: "2017-07-25",
    operations: OPERATIONS,
    invalid: error::invalid,
};

/// Every operation of the API.
pub const OPERATIONS: &[Row] = &[
    operation::<ActivateAnomalyDetector>(),
    operation::<BackTestAnomalyDetector>(),
    operation::<CreateAlert>(),
    operation::<CreateAnomalyDetector>(),
    operation::<CreateMetricSet>(),
    operation::<DeactivateAnomalyDetector>(),
    operation::<DeleteAlert>(),
    operation::<DeleteAnomalyDetector>(),
    operation::<DescribeAlert>(),
    operation::<DescribeAnomalyDetectionExecutions>(),
    operation::<DescribeAnomalyDetector>(),
    operation::<DescribeMetricSet>(),
    operation::<DetectMetricSetConfig>(),
    operation::<GetAnomalyGroup>(),
    operation::<GetDataQualityMetrics>(),
    operation::<GetFeedback>(),
    operation::<GetSampleData>(),
    operation::<ListAlerts>(),
    operation::<ListAnomalyDetectors>(),
    operation::<ListAnomalyGroupRelatedMetrics>(),
    operation::<ListAnomalyGroupSummaries>(),
    operation::<ListAnomalyGroupTimeSeries>(),
    operation::<ListMetricSets>(),
    operation::<ListTagsForResource>().at(TAGS),
    operation::<PutFeedback>(),
    operation::<TagResource>().at(Route { method: "POST", status: 204, ..TAGS }),
    operation::<UntagResource>().at(Route { method: "DELETE", status: 204, query_lists: &["tagKeys"], ..TAGS }),
    operation::<UpdateAlert>(),
    operation::<UpdateAnomalyDetector>(),
    operation::<UpdateMetricSet>(),
];

/// The tags of a resource. All other operations are posted to their names.
const TAGS: Route = Route { method: "GET", ..Route::post("/tags/{resourceArn}") };
