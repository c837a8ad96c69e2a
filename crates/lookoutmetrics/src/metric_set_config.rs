//! Guessing how a dataset is to be configured from a look at its data. This version has no access to data yet, and
//! says so.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    error, lookup,
    metric_source::{HistoricalDataPathList, TemplatedPathList},
    names::Arn,
};

/// Guesses a dataset's format, interval and offset.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DetectMetricSetConfig.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DetectMetricSetConfigRequest")]
pub struct DetectMetricSetConfig {
    anomaly_detector_arn: Arn,
    auto_detection_metric_source: AutoDetectionMetricSource,
}

/// Where to look.
#[derive(Debug, Clone, Shape)]
pub struct AutoDetectionMetricSource {
    s3_source_config: Option<AutoDetectionS3SourceConfig>,
}

/// Where to look in Amazon S3. There is no role in it: the caller's own permissions count.
#[derive(Debug, Clone, Shape)]
pub struct AutoDetectionS3SourceConfig {
    templated_path_list: Option<TemplatedPathList>,
    historical_data_path_list: Option<HistoricalDataPathList>,
}

/// What was guessed.
#[derive(Debug, Shape)]
pub struct DetectMetricSetConfigResponse {
    detected_metric_set_config: Option<DetectedMetricSetConfig>,
}

/// A guessed configuration.
#[derive(Debug, Shape)]
pub struct DetectedMetricSetConfig {
    offset: Option<DetectedField>,
    metric_set_frequency: Option<DetectedField>,
    metric_source: Option<DetectedMetricSource>,
}

/// A guessed value.
#[derive(Debug, Shape)]
pub struct DetectedField {
    value: Option<AttributeValue>,
    confidence: Option<Confidence>,
    message: Option<String>,
}

/// A value of one type or another.
#[derive(Debug, Shape)]
pub struct AttributeValue {
    s: Option<String>,
    /// A number, in text.
    n: Option<String>,
    b: Option<String>,
    #[shape(name = "SS")]
    ss: Option<Vec<String>>,
    #[shape(name = "NS")]
    ns: Option<Vec<String>>,
    #[shape(name = "BS")]
    bs: Option<Vec<String>>,
}

/// How sure the guess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum Confidence {
    High,
    Low,
    None,
}

/// A guessed source.
#[derive(Debug, Shape)]
pub struct DetectedMetricSource {
    s3_source_config: Option<DetectedS3SourceConfig>,
}

/// A guessed source in Amazon S3.
#[derive(Debug, Shape)]
pub struct DetectedS3SourceConfig {
    file_format_descriptor: Option<DetectedFileFormatDescriptor>,
}

/// A guessed format.
#[derive(Debug, Shape)]
pub struct DetectedFileFormatDescriptor {
    csv_format_descriptor: Option<DetectedCsvFormatDescriptor>,
    json_format_descriptor: Option<DetectedJsonFormatDescriptor>,
}

/// A guessed format of delimited records.
#[derive(Debug, Shape)]
pub struct DetectedCsvFormatDescriptor {
    file_compression: Option<DetectedField>,
    charset: Option<DetectedField>,
    contains_header: Option<DetectedField>,
    delimiter: Option<DetectedField>,
    header_list: Option<DetectedField>,
    quote_symbol: Option<DetectedField>,
}

/// A guessed format of JSON lines.
#[derive(Debug, Shape)]
pub struct DetectedJsonFormatDescriptor {
    file_compression: Option<DetectedField>,
    charset: Option<DetectedField>,
}

impl Operation for DetectMetricSetConfig {
    const ACTION: &'static str = "lookoutmetrics:DetectMetricSetConfig";
    // AWS counts it among the writes.
    const EFFECT: Effect = Effect::Write;
    type Output = DetectMetricSetConfigResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Err(error::not_available("Access to data, and so the detection of a dataset's configuration,"))
    }
}
