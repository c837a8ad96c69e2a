//! Feedback: what people say of anomalies.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    error::{self, ResourceType},
    found::{self, Found},
    lookup,
    names::{self, Arn, TimeSeriesId, Uuid},
    page::{MaxResults, NextToken, Paging},
    rows::{Event, EventMember, FEEDBACK, NEWS, Row},
};

/// Says whether an anomalous metric is an anomaly indeed. What was said of it before is forgotten; a detector that watches
/// heeds it from its next interval on.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_PutFeedback.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "PutFeedbackRequest")]
pub struct PutFeedback {
    anomaly_detector_arn: Arn,
    anomaly_group_time_series_feedback: AnomalyGroupTimeSeriesFeedback,
}

/// What is said of an anomalous metric.
#[derive(Debug, Clone, Shape)]
pub struct AnomalyGroupTimeSeriesFeedback {
    anomaly_group_id: Uuid,
    time_series_id: TimeSeriesId,
    is_anomaly: bool,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct PutFeedbackResponse;

/// Lists what was said of an anomaly group, or of one metric in it.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_GetFeedback.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "GetFeedbackRequest")]
pub struct GetFeedback {
    anomaly_detector_arn: Arn,
    anomaly_group_time_series_feedback: AnomalyGroupTimeSeries,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// An anomaly group, or one metric in it.
#[derive(Debug, Clone, Shape)]
pub struct AnomalyGroupTimeSeries {
    anomaly_group_id: Uuid,
    time_series_id: Option<TimeSeriesId>,
}

/// A page of feedback, in the order of the metrics' ids.
#[derive(Debug, Shape)]
pub struct GetFeedbackResponse {
    anomaly_group_time_series_feedback: Option<Vec<TimeSeriesFeedback>>,
    next_token: Option<NextToken>,
}

/// What was said of a metric.
#[derive(Debug, Shape)]
pub struct TimeSeriesFeedback {
    time_series_id: Option<TimeSeriesId>,
    is_anomaly: Option<bool>,
}

impl Operation for PutFeedback {
    const ACTION: &'static str = "lookoutmetrics:PutFeedback";
    const EFFECT: Effect = Effect::Write;
    type Output = PutFeedbackResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let AnomalyGroupTimeSeriesFeedback { anomaly_group_id, time_series_id, is_anomaly } =
            &self.anomaly_group_time_series_feedback;
        let (_, event, members) = found::group(Found::of(cx.volume(), detector)?, anomaly_group_id)?;
        must_be_in(&event, &members, time_series_id)?;
        for row in [FEEDBACK, NEWS].map(|kind| Row::feedback(kind, &event.id, time_series_id.as_str(), *is_anomaly)) {
            // A detector that has a group has an owner of its rows.
            detector.rows.iter().for_each(|owner| cx.put_row(owner, row.kind, row.key.clone(), row.value.clone()));
        }
        Ok(PutFeedbackResponse)
    }
}

impl Operation for GetFeedback {
    const ACTION: &'static str = "lookoutmetrics:GetFeedback";
    const EFFECT: Effect = Effect::Read;
    type Output = GetFeedbackResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let AnomalyGroupTimeSeries { anomaly_group_id, time_series_id } = &self.anomaly_group_time_series_feedback;
        let series = time_series_id.as_ref().map(|id| id.as_str());
        let list = format!("{} {}", anomaly_group_id.as_str(), series.unwrap_or_default());
        let paging = Paging::of::<Self>(cx, &list, self.next_token.as_ref(), self.max_results)?;
        let (found, event, members) = found::group(Found::of(cx.volume(), detector)?, anomaly_group_id)?;
        if let Some(id) = time_series_id {
            must_be_in(&event, &members, id)?;
        }
        let read = |after: Option<&str>, limit: usize| match series {
            Some(id) => {
                Ok(found.rows.feedback_on(&event.id, id)?.map(|said| (id.to_owned(), said)).into_iter().collect())
            }
            None => {
                let beyond = Some((event.id.as_str(), after.unwrap_or_default()));
                let said = found.rows.feedback(FEEDBACK, beyond, limit)?.into_iter();
                Ok(said.take_while(|(group, ..)| *group == event.id).map(|(_, series, said)| (series, said)).collect())
            }
        };
        let (page, next_token) = paging.of_items(cx, read, |(id, _): &(String, bool)| id.clone())?;
        let said = page.into_iter().map(|(id, is_anomaly)| {
            let time_series_id = Some(found.kept(TimeSeriesId::new(id))?);
            Ok(TimeSeriesFeedback { time_series_id, is_anomaly: Some(is_anomaly) })
        });
        let anomaly_group_time_series_feedback = Some(said.collect::<Result<_, Error>>()?);
        Ok(GetFeedbackResponse { anomaly_group_time_series_feedback, next_token })
    }
}

/// That the group has this series.
fn must_be_in(event: &Event, members: &[EventMember], id: &TimeSeriesId) -> Result<(), Error> {
    let mut ids = members.iter().map(|member| names::time_series_id(&event.measure, &member.dimensions));
    if ids.any(|other| other == id.as_str()) {
        return Ok(());
    }
    Err(error::not_found(ResourceType::TimeSeries, id.as_str()))
}

#[cfg(test)]
#[path = "feedback_tests.rs"]
mod tests;
