//! Executions: one for each interval that a detector has looked at.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{
    lookup,
    names::{Arn, TimestampString},
    page::{MaxResults, NextToken, Paging},
};

/// Lists a detector's executions, or the one of an interval.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DescribeAnomalyDetectionExecutions.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DescribeAnomalyDetectionExecutionsRequest")]
pub struct DescribeAnomalyDetectionExecutions {
    anomaly_detector_arn: Arn,
    timestamp: Option<TimestampString>,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// A page of executions. A detector that never ran has none.
#[derive(Debug, Shape)]
pub struct DescribeAnomalyDetectionExecutionsResponse {
    execution_list: Option<Vec<ExecutionStatus>>,
    next_token: Option<NextToken>,
}

/// How the work on one interval went.
#[derive(Debug, Shape)]
pub struct ExecutionStatus {
    timestamp: Option<TimestampString>,
    status: Option<AnomalyDetectionTaskStatus>,
    #[shape(min = 1, max = 256, pattern = r".*\S.*")]
    failure_reason: Option<String>,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AnomalyDetectionTaskStatus {
    Pending,
    InProgress,
    Completed,
    Failed,
    FailedToSchedule,
}

impl Operation for DescribeAnomalyDetectionExecutions {
    const ACTION: &'static str = "lookoutmetrics:DescribeAnomalyDetectionExecutions";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeAnomalyDetectionExecutionsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Paging::of::<Self>(cx, &detector.arn, self.next_token.as_ref(), self.max_results)?;
        Ok(DescribeAnomalyDetectionExecutionsResponse { execution_list: Some(Vec::new()), next_token: None })
    }
}
