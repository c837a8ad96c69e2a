//! Which alerts tell of an anomaly group, and the jobs that do it: they are committed with the interval in which the group
//! was found, so that an alert tells of a group exactly if it is there.

use bartizan_anomaly::group;
use bartizan_gate::{Context, Error};
use bartizan_store::{
    Snapshot,
    entity::{self, AnomalyDetector, Job},
};

use super::{
    Configuration,
    message::{
        AlertMessage, Dimension, DimensionContribution, DimensionValueContribution, ImpactedMetric, RelevantTimeSeries,
    },
};
use crate::{
    error, names,
    rows::{Event, EventMember, Outline},
};

/// The jobs that tell. One is about its alert, and its document is the message.
pub const WORK: &str = "lookoutmetrics:alert";

/// How many series a message names, and how many values of each dimension: the most severe, and those with the greatest
/// share. The longest message is then one that a topic takes; `GetAnomalyGroup` and `ListAnomalyGroupTimeSeries` have all.
const MOST: usize = 40;

/// The jobs of those of a detector's alerts that tell of a group now: it is as severe as the alert's threshold, if there
/// is one, of one of the measures of its filters, and in one series at least that all of its filters of dimensions let
/// through. The message is of the group's last interval, and names these series, with their values there; a series that
/// has none there is left out.
///
/// An alert tells of a group once; which have is kept in the group. `values` gives a series' value in the interval, and
/// `uuid` random UUIDs: a job's is the alert event's too.
///
/// # Errors
/// If what is kept of an alert or the outline cannot be read, or `uuid` fails.
pub fn jobs_for(
    snapshot: &Snapshot,
    detector: &AnomalyDetector,
    outline: &Outline,
    event: &mut Event,
    members: &[EventMember],
    values: &dyn Fn(&EventMember) -> Option<f64>,
    uuid: &mut dyn FnMut() -> Result<String, Error>,
) -> Result<Vec<Job>, Error> {
    let mut jobs = Vec::new();
    for alert in snapshot.pointing_at::<entity::Alert>(detector.account, &detector.arn) {
        if event.told.contains(&alert.arn) {
            continue;
        }
        let configuration = Configuration::of(alert)?;
        let relevant: Vec<&EventMember> =
            members.iter().filter(|member| configuration.is_about_series(outline, member)).collect();
        if relevant.is_empty() || !configuration.is_about(event) {
            continue;
        }
        let id = uuid()?;
        let series =
            relevant.into_iter().filter_map(|member| Some(time_series(outline, event, member, values(member)?)));
        let message = AlertMessage {
            alert_name: alert.name.clone(),
            alert_event_id: format!("{}:event/{id}", alert.arn),
            anomaly_detector_arn: detector.arn.clone(),
            alert_arn: alert.arn.clone(),
            alert_description: configuration.alert_description.as_ref().map(|text| text.as_str().to_owned()),
            impacted_metric: ImpactedMetric {
                metric_name: event.measure.clone(),
                dimension_contribution: contributions(outline, event, members),
                relevant_time_series: series.take(MOST).collect(),
            },
            timestamp: outline.intervals()?.text(event.end),
            anomaly_score: event.severity,
        };
        let document = serde_json::to_value(&message).map_err(|why| error::damaged(&alert.arn, why))?;
        jobs.push(Job::new(alert.account, id, WORK, &alert.arn, document));
        event.told.push(alert.arn.clone());
    }
    Ok(jobs)
}

/// Deletes an alert, with what it has yet to tell and could not.
pub fn forget(cx: &mut Context<'_>, alert: &entity::Alert) {
    let snapshot = cx.snapshot;
    for job in snapshot.pointing_at::<Job>(alert.account, &alert.arn) {
        cx.delete(&**job);
    }
    cx.delete(alert);
}

impl Configuration {
    fn is_about(&self, event: &Event) -> bool {
        let threshold = self.alert_sensitivity_threshold;
        let measures = self.alert_filters.as_ref().and_then(|filters| filters.metric_list.as_ref());
        threshold.is_none_or(|threshold| event.severity >= f64::from(threshold.get()))
            && measures.is_none_or(|measures| measures.as_slice().iter().any(|name| name.as_str() == event.measure))
    }

    /// Whether all filters of dimensions let the series through. One of a dimension that the data has not lets none through.
    fn is_about_series(&self, outline: &Outline, member: &EventMember) -> bool {
        let filters = self.alert_filters.as_ref().and_then(|filters| filters.dimension_filter_list.as_ref());
        filters.into_iter().flat_map(|filters| filters.as_slice()).all(|filter| {
            let mut dimensions = outline.dimensions.iter().zip(&member.dimensions);
            let name = filter.dimension_name.as_ref().map(|name| name.as_str());
            let value = dimensions.find(|(dimension, _)| Some(dimension.as_str()) == name).map(|(_, value)| value);
            let values = filter.dimension_value_list.as_ref().map(|values| values.as_slice()).unwrap_or_default();
            value.is_some_and(|value| values.contains(value))
        })
    }
}

fn time_series(outline: &Outline, event: &Event, member: &EventMember, metric_value: f64) -> RelevantTimeSeries {
    let dimensions = outline.dimensions.iter().zip(&member.dimensions);
    RelevantTimeSeries {
        time_series_id: names::time_series_id(&event.measure, &member.dimensions),
        dimensions: dimensions
            .map(|(name, value)| Dimension { dimension_name: name.clone(), dimension_value: value.clone() })
            .collect(),
        metric_value,
    }
}

fn contributions(outline: &Outline, event: &Event, members: &[EventMember]) -> Vec<DimensionContribution> {
    let value =
        |(dimension_value, value_contribution)| DimensionValueContribution { dimension_value, value_contribution };
    let found = group::contributions(&outline.dimensions, &event.group(members.to_vec()));
    found
        .into_iter()
        .map(|found| DimensionContribution {
            dimension_name: found.dimension,
            dimension_value_contributions: found.values.into_iter().take(MOST).map(value).collect(),
        })
        .collect()
}

#[cfg(test)]
#[path = "job_tests.rs"]
mod tests;
