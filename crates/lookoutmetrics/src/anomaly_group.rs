//! Anomaly groups: anomalous metrics of one measure, in one interval after the other.

use std::collections::BTreeMap;

use bartizan_anomaly::group::{self, Relationship};
use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    error::{self, ResourceType},
    found::{self, Found},
    lookup,
    names::{self, Arn, ColumnName, MetricName, SensitivityThreshold, TimeSeriesId, TimestampString, Uuid},
    page::{MaxResults, NextToken, Paging},
    rows::{Event, EventMember},
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

/// A page of anomaly groups, the newest first, and what all of the list's are.
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

/// What the anomaly groups of a list are in all.
#[derive(Debug, Shape)]
pub struct AnomalyGroupStatistics {
    /// The first interval that the detector has judged.
    evaluation_start_date: Option<TimestampString>,
    total_count: Option<i32>,
    itemized_metric_stats_list: Option<Vec<ItemizedMetricStats>>,
}

/// How many of the groups are of a measure.
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

/// Lists the anomalous metrics of an anomaly group. It is of one measure, and has no metrics of another.
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

/// A page of metrics with their values, in the order of their values of the dimensions.
#[derive(Debug, Shape)]
pub struct ListAnomalyGroupTimeSeriesResponse {
    anomaly_group_id: Option<Uuid>,
    metric_name: Option<MetricName>,
    timestamp_list: Option<Vec<TimestampString>>,
    next_token: Option<NextToken>,
    time_series_list: Option<Vec<TimeSeries>>,
}

/// A metric and its values, one for each timestamp of the list, which has all of the group's intervals. A value that is not
/// there is `"NaN"`, as JSON has no number for it: values stay parallel to timestamps.
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

/// A page of related measures, in the order in which their groups began.
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
        let rows = detector.rows.as_deref().unwrap_or_default();
        let threshold = self.sensitivity_threshold.get();
        let list = format!("{rows} {threshold}");
        let paging = Paging::of::<Self>(cx, &list, self.next_token.as_ref(), self.max_results)?;
        let Some(found) = Found::of(cx.volume(), detector)? else {
            let anomaly_group_statistics = Some(AnomalyGroupStatistics::of(&[], None));
            let anomaly_group_summary_list = Some(Vec::new());
            return Ok(ListAnomalyGroupSummariesResponse {
                anomaly_group_summary_list,
                anomaly_group_statistics,
                next_token: None,
            });
        };
        let events = found.events(f64::from(threshold))?;
        let start = found.outline.judges_from.map(|start| found.text(start)).transpose()?;
        let statistics = AnomalyGroupStatistics::of(&events, start);
        let read = |after: Option<&str>, _| {
            let after: Option<u64> = after.map(str::parse).transpose().map_err(|why| found.rows.damaged(why))?;
            let follows = |event: &Event| after.is_none_or(|after| event.number < after);
            Ok(events.into_iter().filter(follows).collect())
        };
        let (page, next_token) = paging.of_items(cx, read, |event: &Event| event.number.to_string())?;
        let summaries = page.iter().map(|event| AnomalyGroupSummary::of(event, &found));
        Ok(ListAnomalyGroupSummariesResponse {
            anomaly_group_summary_list: Some(summaries.collect::<Result<_, _>>()?),
            anomaly_group_statistics: Some(statistics),
            next_token,
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
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let (found, event, members) = found::group(Found::of(cx.volume(), detector)?, &self.anomaly_group_id)?;
        let summary = AnomalyGroupSummary::of(&event, &found)?;
        let impact = MetricLevelImpact::of(&event, members, &found)?;
        Ok(GetAnomalyGroupResponse {
            anomaly_group: Some(AnomalyGroup {
                start_time: summary.start_time,
                end_time: summary.end_time,
                anomaly_group_id: summary.anomaly_group_id,
                anomaly_group_score: summary.anomaly_group_score,
                primary_metric_name: summary.primary_metric_name,
                metric_level_impact_list: Some(vec![impact]),
            }),
        })
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
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let list = self.anomaly_group_id.as_str();
        let paging = Paging::of::<Self>(cx, list, self.next_token.as_ref(), self.max_results)?;
        let (found, event, mut members) = found::group(Found::of(cx.volume(), detector)?, &self.anomaly_group_id)?;
        if self.metric_name.as_str() != event.measure {
            return Err(error::not_found(ResourceType::Metric, self.metric_name.as_str()));
        }
        // A group may grow between two pages, and its members change their places by severity.
        members.sort_by_key(place);
        let read = |after: Option<&str>, _| {
            let follows = |member: &EventMember| after.is_none_or(|after| place(member).as_str() > after);
            Ok(members.into_iter().filter(follows).collect())
        };
        let (page, next_token) = paging.of_items(cx, read, place)?;
        let starts = found.starts(event.start, event.end);
        let values = found.values(&event.measure, &page, &starts)?;
        let timestamps = starts.iter().map(|start| found.text(*start));
        let series = page.iter().zip(values).map(|(member, values)| TimeSeries::of(&event, member, values, &found));
        Ok(ListAnomalyGroupTimeSeriesResponse {
            anomaly_group_id: Some(self.anomaly_group_id.clone()),
            metric_name: Some(self.metric_name.clone()),
            timestamp_list: Some(timestamps.collect::<Result<_, _>>()?),
            next_token,
            time_series_list: Some(series.collect::<Result<_, _>>()?),
        })
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
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let filter = self.relationship_type_filter;
        let list = format!("{} {filter:?}", self.anomaly_group_id.as_str());
        let paging = Paging::of::<Self>(cx, &list, self.next_token.as_ref(), self.max_results)?;
        let (found, event, members) = found::group(Found::of(cx.volume(), detector)?, &self.anomaly_group_id)?;
        let (events, groups): (Vec<Event>, Vec<_>) = found.near(&event)?.into_iter().unzip();
        let related = group::related(&event.group(members), &groups);
        let all: Vec<(u64, InterMetricImpactDetails)> = events
            .iter()
            .zip(&related)
            .map(|(event, related)| Ok((event.number, InterMetricImpactDetails::of(event, related, &found)?)))
            .collect::<Result<_, Error>>()?;
        let read = |after: Option<&str>, _| {
            let after: Option<u64> = after.map(str::parse).transpose().map_err(|why| found.rows.damaged(why))?;
            let is_wanted = |(number, details): &(u64, InterMetricImpactDetails)| {
                after.is_none_or(|after| *number > after) && (filter.is_none() || details.relationship_type == filter)
            };
            Ok(all.into_iter().filter(is_wanted).collect())
        };
        let (page, next_token) =
            paging.of_items(cx, read, |(number, _): &(u64, InterMetricImpactDetails)| number.to_string())?;
        let inter_metric_impact_list = Some(page.into_iter().map(|(_, details)| details).collect());
        Ok(ListAnomalyGroupRelatedMetricsResponse { inter_metric_impact_list, next_token })
    }
}

/// Where a series is among those of its group: by its values of the dimensions.
fn place(member: &EventMember) -> String {
    member.dimensions.join("\0")
}

impl AnomalyGroupSummary {
    fn of(event: &Event, found: &Found<'_>) -> Result<Self, Error> {
        Ok(Self {
            start_time: Some(found.text(event.start)?),
            end_time: Some(found.text(event.end)?),
            anomaly_group_id: Some(found.kept(Uuid::new(event.id.as_str()))?),
            anomaly_group_score: Some(Score(event.severity)),
            primary_metric_name: Some(found.kept(MetricName::new(event.measure.as_str()))?),
        })
    }
}

impl AnomalyGroupStatistics {
    /// Of all groups of a list. Measures that are in none are left out.
    fn of(events: &[Event], evaluation_start_date: Option<TimestampString>) -> Self {
        let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        let mut by_measure: BTreeMap<&str, usize> = BTreeMap::new();
        for event in events {
            *by_measure.entry(&event.measure).or_default() += 1;
        }
        let itemized = by_measure.into_iter().map(|(measure, groups)| ItemizedMetricStats {
            metric_name: ColumnName::new(measure).ok(),
            occurrence_count: Some(count(groups)),
        });
        Self {
            evaluation_start_date,
            total_count: Some(count(events.len())),
            itemized_metric_stats_list: Some(itemized.collect()),
        }
    }
}

impl MetricLevelImpact {
    fn of(event: &Event, members: Vec<EventMember>, found: &Found<'_>) -> Result<Self, Error> {
        let num_time_series = i32::try_from(members.len()).ok();
        let contributions = group::contributions(&found.outline.dimensions, &event.group(members));
        let dimensions = contributions.into_iter().map(|contribution| {
            let values = contribution.values.into_iter().map(|(value, share)| DimensionValueContribution {
                dimension_value: Some(value),
                contribution_score: Some(Score(share)),
            });
            Ok(DimensionContribution {
                dimension_name: Some(found.kept(ColumnName::new(contribution.dimension))?),
                dimension_value_contribution_list: Some(values.collect()),
            })
        });
        let matrix = dimensions.collect::<Result<_, Error>>()?;
        Ok(Self {
            metric_name: Some(found.kept(MetricName::new(event.measure.as_str()))?),
            num_time_series,
            contribution_matrix: Some(ContributionMatrix { dimension_contribution_list: Some(matrix) }),
        })
    }
}

impl TimeSeries {
    fn of(event: &Event, member: &EventMember, values: Vec<f64>, found: &Found<'_>) -> Result<Self, Error> {
        let dimensions = found.outline.dimensions.iter().zip(&member.dimensions).map(|(name, value)| {
            let dimension_name = found.kept(ColumnName::new(name.as_str()))?;
            Ok(DimensionNameValue { dimension_name, dimension_value: value.clone() })
        });
        let id = names::time_series_id(&event.measure, &member.dimensions);
        Ok(Self {
            time_series_id: found.kept(TimeSeriesId::new(id))?,
            dimension_list: dimensions.collect::<Result<_, Error>>()?,
            metric_value_list: values,
        })
    }
}

impl InterMetricImpactDetails {
    fn of(event: &Event, related: &group::Related, found: &Found<'_>) -> Result<Self, Error> {
        let is_cause = related.relationship == Relationship::Cause;
        Ok(Self {
            metric_name: Some(found.kept(MetricName::new(event.measure.as_str()))?),
            anomaly_group_id: Some(found.kept(Uuid::new(event.id.as_str()))?),
            relationship_type: Some(match related.relationship {
                Relationship::Cause => RelationshipType::CauseOfInputAnomalyGroup,
                Relationship::Effect => RelationshipType::EffectOfInputAnomalyGroup,
            }),
            contribution_percentage: is_cause.then_some(related.contribution),
        })
    }
}

#[cfg(test)]
#[path = "anomaly_group_tests.rs"]
mod tests;
