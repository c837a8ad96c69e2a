//! Data quality: what a detector has counted in the data that it read.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    error::{self, ResourceType},
    found::Found,
    lookup,
    names::Arn,
    rows::Quality,
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

/// What was counted: in a detector's history, and in the last interval that it looked at. A detector that has read nothing
/// has counted nothing.
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

/// What is counted. AWS's guide does not say in which units; ours are in the descriptions.
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
        let mut own = cx.snapshot.pointing_at::<entity::MetricSet>(cx.account(), &detector.arn);
        let metric_set = match &self.metric_set_arn {
            // Permission to one detector says nothing of another's dataset, not even that it is there.
            Some(arn) => {
                let given = own.find(|metric_set| metric_set.arn == arn.as_str());
                Some(given.ok_or_else(|| error::not_found(ResourceType::MetricSet, arn.as_str()))?)
            }
            None => own.next(),
        };
        let mut counted = Vec::new();
        if let (Some(found), Some(metric_set)) = (Found::of(cx.volume(), detector)?, metric_set) {
            for quality in found.rows.quality()? {
                counted.push(AnomalyDetectorDataQualityMetric {
                    start_timestamp: Some(quality.start),
                    metric_set_data_quality_metric_list: Some(vec![MetricSetDataQualityMetric {
                        metric_set_arn: Some(found.kept(Arn::new(metric_set.arn.as_str()))?),
                        data_quality_metric_list: Some(metrics(&quality)),
                    }]),
                });
            }
        }
        Ok(GetDataQualityMetricsResponse { anomaly_detector_data_quality_metric_list: Some(counted) })
    }
}

/// Every count, in the order of the model's types.
fn metrics(quality: &Quality) -> Vec<DataQualityMetric> {
    use DataQualityMetricType as Type;

    let metric = |metric_type, description: &str, column: Option<&str>, value: f64| DataQualityMetric {
        metric_type: Some(metric_type),
        metric_description: Some(description.to_owned()),
        related_column_name: column.map(str::to_owned),
        metric_value: Some(value),
    };
    let mut metrics = Vec::new();
    for (column, rows) in &quality.columns {
        let description = "The percentage of rows that have a value in this column.";
        let share = if quality.rows == 0 { 0.0 } else { 100.0 * *rows as f64 / quality.rows as f64 };
        metrics.push(metric(Type::ColumnCompleteness, description, Some(column), share));
    }
    for (dimension, values) in &quality.dimensions {
        let description = "The number of values of this dimension.";
        metrics.push(metric(Type::DimensionUniqueness, description, Some(dimension), *values as f64));
    }
    for (metric_type, description, count) in [
        (Type::TimeSeriesCount, "The number of time series: measures times combinations of values.", quality.series),
        (Type::RowsProcessed, "The number of rows that were read.", quality.rows),
        (Type::RowsPartialCompliance, "The number of rows in which some values cannot be used.", quality.partial),
        (Type::InvalidRowsCompliance, "The number of rows that cannot be used at all.", quality.invalid),
    ] {
        metrics.push(metric(metric_type, description, None, count as f64));
    }
    let spans = [
        (
            quality.trained,
            Type::BacktestTrainingDataStartTimeStamp,
            Type::BacktestTrainingDataEndTimeStamp,
            "trained on",
        ),
        (quality.tried, Type::BacktestInferenceDataStartTimeStamp, Type::BacktestInferenceDataEndTimeStamp, "tried on"),
    ];
    for (span, start, end, what) in spans {
        let Some((first, last)) = span else { continue };
        let ends = [(start, "first", first), (end, "last", last)];
        for (metric_type, which, time) in ends {
            let description =
                format!("The start of the {which} interval that the detector was {what}, in seconds since 1970.");
            metrics.push(metric(metric_type, &description, None, time.as_second() as f64));
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        fixture::{House, OTHER, SHOP, hour, learnt},
        rows::Row,
    };

    const DATASET: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:MetricSet/shop/data";

    fn house() -> House {
        let house = House::new();
        let history = Quality {
            start: hour(2),
            rows: 200,
            invalid: 3,
            partial: 10,
            columns: vec![("views".to_owned(), 150), ("platform".to_owned(), 200)],
            dimensions: vec![("platform".to_owned(), 4)],
            series: 8,
            trained: Some((hour(-9), hour(1))),
            tried: Some((hour(2), hour(5))),
        };
        let latest = Quality { start: hour(6), ..Quality::default() };
        house.put(SHOP, learnt());
        house.put(SHOP, vec![Row::quality("history", &history), Row::quality("latest", &latest)]);
        house
    }

    #[test]
    fn every_type_is_counted() {
        let found = house().call("GetDataQualityMetrics", json!({"AnomalyDetectorArn": SHOP})).unwrap();
        let [history, latest] = found["AnomalyDetectorDataQualityMetricList"].as_array().unwrap().as_slice() else {
            panic!("{found}")
        };
        assert_eq!(history["StartTimestamp"], hour(2).as_second());
        let [dataset] = history["MetricSetDataQualityMetricList"].as_array().unwrap().as_slice() else { panic!() };
        assert_eq!(dataset["MetricSetArn"], DATASET);
        let metrics = dataset["DataQualityMetricList"].as_array().unwrap();
        let shown: Vec<(&str, &Value, f64)> = metrics
            .iter()
            .map(|metric| {
                assert!(!metric["MetricDescription"].as_str().unwrap().is_empty());
                let value = metric["MetricValue"].as_f64().unwrap();
                (metric["MetricType"].as_str().unwrap(), &metric["RelatedColumnName"], value)
            })
            .collect();
        let (views, platform, none) = (json!("views"), json!("platform"), Value::Null);
        let at = |at: i64| hour(at).as_second() as f64;
        assert_eq!(
            shown,
            [
                ("COLUMN_COMPLETENESS", &views, 75.0),
                ("COLUMN_COMPLETENESS", &platform, 100.0),
                ("DIMENSION_UNIQUENESS", &platform, 4.0),
                ("TIME_SERIES_COUNT", &none, 8.0),
                ("ROWS_PROCESSED", &none, 200.0),
                ("ROWS_PARTIAL_COMPLIANCE", &none, 10.0),
                ("INVALID_ROWS_COMPLIANCE", &none, 3.0),
                ("BACKTEST_TRAINING_DATA_START_TIME_STAMP", &none, at(-9)),
                ("BACKTEST_TRAINING_DATA_END_TIME_STAMP", &none, at(1)),
                ("BACKTEST_INFERENCE_DATA_START_TIME_STAMP", &none, at(2)),
                ("BACKTEST_INFERENCE_DATA_END_TIME_STAMP", &none, at(5)),
            ]
        );
        assert_eq!(latest["MetricSetDataQualityMetricList"][0]["DataQualityMetricList"].as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_dataset_is_the_detectors_own() {
        let house = house();
        let of = |detector: &str| {
            house.call("GetDataQualityMetrics", json!({"AnomalyDetectorArn": detector, "MetricSetArn": DATASET}))
        };
        assert_eq!(of(SHOP).unwrap()["AnomalyDetectorDataQualityMetricList"].as_array().unwrap().len(), 2);
        let not_found = ("ResourceNotFoundException".to_owned(), format!("{DATASET} MetricSet"));
        assert_eq!(of(OTHER), Err(not_found));
    }
}
