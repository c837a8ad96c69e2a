//! Feedback: what people say of anomalies.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    error::{self, ResourceType},
    lookup,
    names::{Arn, TimeSeriesId, Uuid},
    page::{MaxResults, NextToken, Paging},
};

/// Says whether an anomalous metric is an anomaly indeed.
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

/// A page of feedback. On a group that is not there, nothing was said.
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
        lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let group = self.anomaly_group_time_series_feedback.anomaly_group_id.as_str();
        Err(error::not_found(ResourceType::AnomalyGroup, group))
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
        Paging::of::<Self>(cx, &detector.arn, self.next_token.as_ref(), self.max_results)?;
        Ok(GetFeedbackResponse { anomaly_group_time_series_feedback: Some(Vec::new()), next_token: None })
    }
}
