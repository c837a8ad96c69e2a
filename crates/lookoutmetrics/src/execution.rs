//! Executions: one for each interval that a detector has looked at.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    found::Found,
    lookup,
    names::{Arn, TimestampString},
    page::{MaxResults, NextToken, Paging},
    rows::Execution,
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

/// A page of executions, the newest interval first; with a timestamp, the one of the interval that starts then. A detector
/// that never ran has none.
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
        let rows = detector.rows.as_deref().unwrap_or_default();
        let asked = self.timestamp.as_ref().map(|timestamp| timestamp.as_str()).unwrap_or_default();
        let paging = Paging::of::<Self>(cx, &format!("{rows} {asked}"), self.next_token.as_ref(), self.max_results)?;
        let Some(found) = Found::of(cx.volume(), detector)? else {
            return Ok(DescribeAnomalyDetectionExecutionsResponse {
                execution_list: Some(Vec::new()),
                next_token: None,
            });
        };
        let read = |after: Option<&str>, limit: usize| match &self.timestamp {
            None => {
                let after = after.map(str::parse).transpose().map_err(|why| found.rows.damaged(why))?;
                found.rows.executions(after, limit)
            }
            Some(timestamp) => {
                let Some(start) = timestamp.time() else { return Ok(Vec::new()) };
                Ok(found.rows.execution(start)?.map(|execution| (start, execution)).into_iter().collect())
            }
        };
        let (page, next_token) = paging.of_items(cx, read, |(start, _): &(Timestamp, Execution)| start.to_string())?;
        let statuses = page.into_iter().map(|(start, execution)| {
            Ok(ExecutionStatus {
                timestamp: Some(found.text(start)?),
                status: Some(match execution.failure {
                    None => AnomalyDetectionTaskStatus::Completed,
                    Some(_) => AnomalyDetectionTaskStatus::Failed,
                }),
                failure_reason: execution.failure,
            })
        });
        let execution_list = Some(statuses.collect::<Result<_, Error>>()?);
        Ok(DescribeAnomalyDetectionExecutionsResponse { execution_list, next_token })
    }
}

#[cfg(test)]
#[path = "execution_tests.rs"]
mod tests;
