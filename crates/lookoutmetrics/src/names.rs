//! Names, ARNs and the other constrained atoms of the API.
//!
//! The three kinds of resources have three shapes of ARN:
//! ```text
//! arn:aws:lookoutmetrics:REGION:ACCOUNT:AnomalyDetector:NAME
//! arn:aws:lookoutmetrics:REGION:ACCOUNT:MetricSet/DETECTOR/NAME
//! arn:aws:lookoutmetrics:REGION:ACCOUNT:Alert:NAME
//! ```
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonlookoutformetrics.html#amazonlookoutformetrics-resources-for-iam-policies>

use std::sync::Arc;

use aws_lc_rs::digest;
use bartizan_gate::Scope;
use bartizan_store::Entity;
use bartizan_wire::Shape;
use jiff::Timestamp;

/// Any ARN: up to 256 characters.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 256, pattern = r"arn:([a-z\d-]+):.*:.*:.*:.+")]
pub struct Arn(String);

/// A detector's name.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 63, pattern = r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")]
pub struct AnomalyDetectorName(String);

/// A dataset's name.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 63, pattern = r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")]
pub struct MetricSetName(String);

/// An alert's name.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 63, pattern = r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")]
pub struct AlertName(String);

/// A detector's description.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 256, pattern = r".*\S.*")]
pub struct AnomalyDetectorDescription(String);

/// A dataset's description.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 256, pattern = r".*\S.*")]
pub struct MetricSetDescription(String);

/// An alert's description.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 256, pattern = r".*\S.*")]
pub struct AlertDescription(String);

/// The key of KMS that a detector's data is to be encrypted with.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(
    min = 20,
    max = 2048,
    pattern = r"arn:aws.*:kms:.*:[0-9]{12}:key/[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}"
)]
pub struct KmsKeyArn(String);

/// A column of the source data: a measure, a dimension or the timestamp.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 63, pattern = r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")]
pub struct ColumnName(String);

/// A measure, as alerts and anomaly groups name it.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 256, pattern = r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")]
pub struct MetricName(String);

/// How often a detector looks, or a dataset's data comes: the length of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum Frequency {
    /// A day.
    #[shape(name = "P1D")]
    OneDay,
    /// An hour.
    #[shape(name = "PT1H")]
    OneHour,
    /// Ten minutes.
    #[shape(name = "PT10M")]
    TenMinutes,
    /// Five minutes.
    #[shape(name = "PT5M")]
    FiveMinutes,
}

impl TimestampString {
    /// The time that it names, whichever form it has; `None` for a day that is not in the calendar.
    pub fn time(&self) -> Option<Timestamp> {
        // The offset says it all: a zone's name is for people.
        self.as_str().split('[').next()?.parse().ok()
    }
}

impl Frequency {
    /// The length of an interval in seconds.
    pub const fn seconds(self) -> u32 {
        match self {
            Self::OneDay => 86_400,
            Self::OneHour => 3_600,
            Self::TenMinutes => 600,
            Self::FiveMinutes => 300,
        }
    }
}

/// The least severity, 0 to 100, that is of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(min = 0, max = 100)]
pub struct SensitivityThreshold(i32);

/// The id of an anomaly group.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(name = "UUID", max = 63, pattern = r"[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}")]
pub struct Uuid(String);

/// The id of a metric: a measure under one combination of dimension values.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 520, pattern = r".*\S.*")]
pub struct TimeSeriesId(String);

/// An interval's start. AWS's model wants seconds and, before a zone, an offset; the service itself has always sent
/// Java's `ZonedDateTime`, `2021-02-17T11:00Z[UTC]`, and clients send back what they got. Both forms are taken.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(
    max = 60,
    pattern = r"^([12]\d{3})-(1[0-2]|0[1-9])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(Z|(\+|\-)(0\d|1[0-2]):([0-5]\d)(\[[[:alnum:]\/\_]+\])?)$",
    like = r"[12]\d{3}-(1[0-2]|0[1-9])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+\-](0\d|1[0-4]):[0-5]\d)(\[[0-9A-Za-z/_+\-]+\])?"
)]
pub struct TimestampString(String);

/// The ARN of the detector of this name in the caller's account and the request's Region.
pub fn anomaly_detector_arn(scope: &Scope<'_>, name: &str) -> String {
    arn(scope, &format!("AnomalyDetector:{name}"))
}

/// The ARN of the dataset of this name, of the detector of that name.
pub fn metric_set_arn(scope: &Scope<'_>, detector: &str, name: &str) -> String {
    arn(scope, &format!("MetricSet/{detector}/{name}"))
}

/// What the ARNs of all datasets of the account and Region begin with.
pub fn metric_sets_prefix(scope: &Scope<'_>) -> String {
    arn(scope, "MetricSet/")
}

/// The ARN of the alert of this name.
pub fn alert_arn(scope: &Scope<'_>, name: &str) -> String {
    arn(scope, &format!("Alert:{name}"))
}

/// The detector's name in a detector's ARN; `None` for any other ARN.
pub fn anomaly_detector_name(arn: &Arn) -> Option<&str> {
    bartizan_gate::Arn::parse(arn.as_str())?.resource.strip_prefix("AnomalyDetector:")
}

/// Whether an ARN's Region is the request's. A resource is found only through the Region that it is in.
pub fn is_here(scope: &Scope<'_>, arn: &str) -> bool {
    bartizan_gate::Arn::parse(arn).is_some_and(|arn| arn.region == scope.region)
}

/// The account's resources of one kind whose ARNs begin with `prefix`, in order.
pub fn beginning_with<'a, E: Entity>(
    scope: &Scope<'a>,
    prefix: &'a str,
) -> impl Iterator<Item = &'a Arc<E>> + use<'a, E> {
    let found = E::table(scope.snapshot).by_id_after(scope.account(), Some(prefix));
    found.take_while(move |entity| entity.id().starts_with(prefix))
}

/// The id of the series of a measure under a combination of dimension values: 128 hexadecimal digits.
pub fn time_series_id(measure: &str, dimensions: &[String]) -> String {
    let mut context = digest::Context::new(&digest::SHA512);
    for part in std::iter::once(measure).chain(dimensions.iter().map(String::as_str)) {
        // The lengths keep what is a part of one from being a part of the next.
        context.update(&(part.len() as u64).to_le_bytes());
        context.update(part.as_bytes());
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An ARN in the caller's account and the request's Region.
fn arn(scope: &Scope<'_>, resource: &str) -> String {
    format!("arn:aws:lookoutmetrics:{}:{}:{resource}", scope.region, scope.account())
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
