//! Data quality: what a detector has counted in the data that it read.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    error::{self, ResourceType},
    lookup,
    names::Arn,
};

/// Lists what a detector has counted in the data that it read, of all its datasets or of one.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_GetDataQualityMetrics.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "GetDataQualityMetricsRequest")]
pub struct GetDataQualityMetrics {
    anomaly_detector_arn: Arn,
    metric_set_arn: Option<Arn>,
}

/// What was counted. A detector that has read nothing has counted nothing.
#[derive(Debug, Shape)]
pub struct GetDataQualityMetricsResponse {
    anomaly_detector_data_quality_metric_list: Option<Vec<AnomalyDetectorDataQualityMetric>>,
}

/// What was counted since a time.
#[derive(Debug, Shape)]
pub struct AnomalyDetectorDataQualityMetric {
    start_timestamp: Option<Timestamp>,
    metric_set_data_quality_metric_list: Option<Vec<MetricSetDataQualityMetric>>,
}

/// What was counted of a dataset.
#[derive(Debug, Shape)]
pub struct MetricSetDataQualityMetric {
    metric_set_arn: Option<Arn>,
    data_quality_metric_list: Option<Vec<DataQualityMetric>>,
}

/// One count.
#[derive(Debug, Shape)]
pub struct DataQualityMetric {
    metric_type: Option<DataQualityMetricType>,
    #[shape(min = 1, max = 256, pattern = r".*\S.*")]
    metric_description: Option<String>,
    /// The column that is counted in, where it is one.
    #[shape(min = 1, max = 256, pattern = r".*\S.*")]
    related_column_name: Option<String>,
    metric_value: Option<f64>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum DataQualityMetricType {
    ColumnCompleteness,
    DimensionUniqueness,
    TimeSeriesCount,
    RowsProcessed,
    RowsPartialCompliance,
    InvalidRowsCompliance,
    BacktestTrainingDataStartTimeStamp,
    BacktestTrainingDataEndTimeStamp,
    BacktestInferenceDataStartTimeStamp,
    BacktestInferenceDataEndTimeStamp,
}

impl Operation for GetDataQualityMetrics {
    const ACTION: &'static str = "lookoutmetrics:GetDataQualityMetrics";
    const EFFECT: Effect = Effect::Read;
    type Output = GetDataQualityMetricsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        if let Some(arn) = &self.metric_set_arn {
            // Permission to one detector says nothing of another's dataset, not even that it is there.
            let is_own = lookup::find::<entity::MetricSet>(cx, arn)?.anomaly_detector_arn == detector.arn;
            if !is_own {
                return Err(error::not_found(ResourceType::MetricSet, arn.as_str()));
            }
        }
        Ok(GetDataQualityMetricsResponse { anomaly_detector_data_quality_metric_list: Some(Vec::new()) })
    }
}
