//! Anomaly groups: anomalous metrics of one measure at one time. No detector of this version has found any.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    error::{self, ResourceType},
    lookup,
    names::{Arn, ColumnName, MetricName, SensitivityThreshold, TimeSeriesId, TimestampString, Uuid},
    page::{MaxResults, NextToken, Paging},
};

/// Lists a detector's anomaly groups of at least a severity.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListAnomalyGroupSummaries.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListAnomalyGroupSummariesRequest")]
pub struct ListAnomalyGroupSummaries {
    anomaly_detector_arn: Arn,
    sensitivity_threshold: SensitivityThreshold,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// A page of anomaly groups, and what they are in all.
#[derive(Debug, Shape)]
pub struct ListAnomalyGroupSummariesResponse {
    anomaly_group_summary_list: Option<Vec<AnomalyGroupSummary>>,
    anomaly_group_statistics: Option<AnomalyGroupStatistics>,
    next_token: Option<NextToken>,
}

/// An anomaly group in a list.
#[derive(Debug, Shape)]
pub struct AnomalyGroupSummary {
    start_time: Option<TimestampString>,
    /// The start of the last interval that is of the group.
    end_time: Option<TimestampString>,
    anomaly_group_id: Option<Uuid>,
    anomaly_group_score: Option<Score>,
    primary_metric_name: Option<MetricName>,
}

/// A severity, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Shape)]
#[shape(min = 0, max = 100)]
pub struct Score(f64);

/// What a detector's anomaly groups are in all.
#[derive(Debug, Shape)]
pub struct AnomalyGroupStatistics {
    evaluation_start_date: Option<TimestampString>,
    total_count: Option<i32>,
    itemized_metric_stats_list: Option<Vec<ItemizedMetricStats>>,
}

/// How often a measure was anomalous.
#[derive(Debug, Shape)]
pub struct ItemizedMetricStats {
    metric_name: Option<ColumnName>,
    occurrence_count: Option<i32>,
}

/// Describes an anomaly group.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_GetAnomalyGroup.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "GetAnomalyGroupRequest")]
pub struct GetAnomalyGroup {
    anomaly_group_id: Uuid,
    anomaly_detector_arn: Arn,
}

/// An anomaly group.
#[derive(Debug, Shape)]
pub struct GetAnomalyGroupResponse {
    anomaly_group: Option<AnomalyGroup>,
}

/// An anomaly group, and what of the data it comes from.
#[derive(Debug, Shape)]
pub struct AnomalyGroup {
    start_time: Option<TimestampString>,
    end_time: Option<TimestampString>,
    anomaly_group_id: Option<Uuid>,
    anomaly_group_score: Option<Score>,
    primary_metric_name: Option<MetricName>,
    metric_level_impact_list: Option<Vec<MetricLevelImpact>>,
}

/// How much of a measure is anomalous.
#[derive(Debug, Shape)]
pub struct MetricLevelImpact {
    metric_name: Option<MetricName>,
    num_time_series: Option<i32>,
    contribution_matrix: Option<ContributionMatrix>,
}

/// Which dimensions an anomaly comes from.
#[derive(Debug, Shape)]
pub struct ContributionMatrix {
    dimension_contribution_list: Option<Vec<DimensionContribution>>,
}

/// Which values of a dimension an anomaly comes from.
#[derive(Debug, Shape)]
pub struct DimensionContribution {
    dimension_name: Option<ColumnName>,
    dimension_value_contribution_list: Option<Vec<DimensionValueContribution>>,
}

/// How much of an anomaly comes from a value of a dimension; all values of one share 100.
#[derive(Debug, Shape)]
pub struct DimensionValueContribution {
    dimension_value: Option<String>,
    contribution_score: Option<Score>,
}

/// Lists the anomalous metrics of an anomaly group.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListAnomalyGroupTimeSeries.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListAnomalyGroupTimeSeriesRequest")]
pub struct ListAnomalyGroupTimeSeries {
    anomaly_detector_arn: Arn,
    anomaly_group_id: Uuid,
    metric_name: MetricName,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// A page of metrics with their values.
#[derive(Debug, Shape)]
pub struct ListAnomalyGroupTimeSeriesResponse {
    anomaly_group_id: Option<Uuid>,
    metric_name: Option<MetricName>,
    timestamp_list: Option<Vec<TimestampString>>,
    next_token: Option<NextToken>,
    time_series_list: Option<Vec<TimeSeries>>,
}

/// A metric and its values, one for each timestamp of the list.
#[derive(Debug, Shape)]
pub struct TimeSeries {
    time_series_id: TimeSeriesId,
    dimension_list: Vec<DimensionNameValue>,
    metric_value_list: Vec<f64>,
}

/// A value of a dimension.
#[derive(Debug, Shape)]
pub struct DimensionNameValue {
    dimension_name: ColumnName,
    dimension_value: String,
}

/// Lists the measures that may have caused an anomaly group, or suffer from it.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListAnomalyGroupRelatedMetrics.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListAnomalyGroupRelatedMetricsRequest")]
pub struct ListAnomalyGroupRelatedMetrics {
    anomaly_detector_arn: Arn,
    anomaly_group_id: Uuid,
    relationship_type_filter: Option<RelationshipType>,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// How a measure is related to an anomaly group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum RelationshipType {
    CauseOfInputAnomalyGroup,
    EffectOfInputAnomalyGroup,
}

/// A page of related measures.
#[derive(Debug, Shape)]
pub struct ListAnomalyGroupRelatedMetricsResponse {
    inter_metric_impact_list: Option<Vec<InterMetricImpactDetails>>,
    next_token: Option<NextToken>,
}

/// A related measure.
#[derive(Debug, Shape)]
pub struct InterMetricImpactDetails {
    metric_name: Option<MetricName>,
    anomaly_group_id: Option<Uuid>,
    relationship_type: Option<RelationshipType>,
    /// Of a cause: its part in per cent.
    #[shape(min = 0, max = 100)]
    contribution_percentage: Option<f64>,
}

impl Operation for ListAnomalyGroupSummaries {
    const ACTION: &'static str = "lookoutmetrics:ListAnomalyGroupSummaries";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAnomalyGroupSummariesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Paging::of::<Self>(cx, &detector.arn, self.next_token.as_ref(), self.max_results)?;
        Ok(ListAnomalyGroupSummariesResponse {
            anomaly_group_summary_list: Some(Vec::new()),
            anomaly_group_statistics: Some(AnomalyGroupStatistics {
                evaluation_start_date: None,
                total_count: Some(0),
                itemized_metric_stats_list: Some(Vec::new()),
            }),
            next_token: None,
        })
    }
}

impl Operation for GetAnomalyGroup {
    const ACTION: &'static str = "lookoutmetrics:GetAnomalyGroup";
    const EFFECT: Effect = Effect::Read;
    type Output = GetAnomalyGroupResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        Err(no_such_group(cx, &self.anomaly_detector_arn, &self.anomaly_group_id))
    }
}

impl Operation for ListAnomalyGroupTimeSeries {
    const ACTION: &'static str = "lookoutmetrics:ListAnomalyGroupTimeSeries";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAnomalyGroupTimeSeriesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        Err(no_such_group(cx, &self.anomaly_detector_arn, &self.anomaly_group_id))
    }
}

impl Operation for ListAnomalyGroupRelatedMetrics {
    const ACTION: &'static str = "lookoutmetrics:ListAnomalyGroupRelatedMetrics";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAnomalyGroupRelatedMetricsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        Err(no_such_group(cx, &self.anomaly_detector_arn, &self.anomaly_group_id))
    }
}

/// Why there is no such group: its detector is not there, or has found none.
fn no_such_group(scope: &Scope<'_>, detector: &Arn, group: &Uuid) -> Error {
    match lookup::find::<entity::AnomalyDetector>(scope, detector) {
        Ok(_) => error::not_found(ResourceType::AnomalyGroup, group.as_str()),
        Err(error) => error,
    }
}
