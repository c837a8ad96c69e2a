//! Activation: what sets a detector to work, and lets it rest. The work itself is a job, which workers do.

use std::sync::Arc;

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity::{
    self, AnomalyDetectorFailure, AnomalyDetectorFailureType, AnomalyDetectorStatus as Status, Job,
};
use bartizan_wire::Shape;

use crate::{
    anomaly_detector::AnomalyDetectorStatus,
    detection::Task,
    error::{self, ResourceType},
    lookup,
    metric_set::Supply,
    names::Arn,
};

/// Sets a detector to watch its data as it comes.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ActivateAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ActivateAnomalyDetectorRequest")]
pub struct ActivateAnomalyDetector {
    anomaly_detector_arn: Arn,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct ActivateAnomalyDetectorResponse;

/// Tries a detector on its historical data.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_BackTestAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "BackTestAnomalyDetectorRequest")]
pub struct BackTestAnomalyDetector {
    anomaly_detector_arn: Arn,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct BackTestAnomalyDetectorResponse;

/// Lets a detector rest.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DeactivateAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DeactivateAnomalyDetectorRequest")]
pub struct DeactivateAnomalyDetector {
    anomaly_detector_arn: Arn,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct DeactivateAnomalyDetectorResponse;

impl Operation for ActivateAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:ActivateAnomalyDetector";
    const EFFECT: Effect = Effect::Write;
    type Output = ActivateAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let has_failed_at_it =
            |failure: &AnomalyDetectorFailure| failure.doing == AnomalyDetectorFailureType::Activation;
        if !detector.failure.as_ref().is_some_and(has_failed_at_it) {
            must_be_in(detector, &[Status::Inactive, Status::Deactivated], "activated")?;
        }
        if supply_of(cx, detector)?.template.is_none() {
            let what = "has a dataset without a TemplatedPathList: it can be back-tested, and not activated";
            return Err(error::conflict(ResourceType::AnomalyDetector, &detector.arn, what));
        }
        begin(cx, detector, Status::Activating, &Task::Activation { done: 0, of: 0 })?;
        Ok(ActivateAnomalyDetectorResponse)
    }
}

impl Operation for BackTestAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:BackTestAnomalyDetector";
    const EFFECT: Effect = Effect::Write;
    type Output = BackTestAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        must_be_in(detector, &[Status::Inactive], "back-tested")?;
        let supply = supply_of(cx, detector)?;
        if supply.historical.is_none() || supply.template.is_some() {
            let what = "has a dataset with more or less than a HistoricalDataPathList: it cannot be back-tested";
            return Err(error::conflict(ResourceType::AnomalyDetector, &detector.arn, what));
        }
        begin(cx, detector, Status::BackTestActivating, &Task::BackTest { done: 0, of: 0 })?;
        Ok(BackTestAnomalyDetectorResponse)
    }
}

impl Operation for DeactivateAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:DeactivateAnomalyDetector";
    const EFFECT: Effect = Effect::Write;
    type Output = DeactivateAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        must_be_in(detector, &[Status::Active, Status::Learning], "deactivated")?;
        let mut resting = entity::AnomalyDetector::clone(detector);
        (resting.status, resting.modified) = (Status::Deactivating, cx.now);
        // Its job is due now, and sees that it is to rest.
        for job in cx.snapshot.pointing_at::<Job>(cx.account(), &detector.arn) {
            if Some(&*job.id) == detector.rows.as_deref() {
                cx.put(Job { due: Some(Job::AT_ONCE), ..Job::clone(job) });
            }
        }
        cx.put(resting);
        Ok(DeactivateAnomalyDetectorResponse)
    }
}

/// That a detector is where it can be set to something else.
fn must_be_in(detector: &entity::AnomalyDetector, states: &[Status], what: &str) -> Result<(), Error> {
    if states.contains(&detector.status) {
        return Ok(());
    }
    let status = AnomalyDetectorStatus::from(detector.status);
    let what = format!("is {}: it cannot be {what}", status.as_str());
    Err(error::conflict(ResourceType::AnomalyDetector, &detector.arn, &what))
}

/// Where the detector's data comes from.
fn supply_of(cx: &Context<'_>, detector: &entity::AnomalyDetector) -> Result<Supply, Error> {
    let mut metric_sets = cx.snapshot.pointing_at::<entity::MetricSet>(cx.account(), &detector.arn);
    let metric_set = metric_sets
        .next()
        .ok_or_else(|| error::conflict(ResourceType::AnomalyDetector, &detector.arn, "has no dataset"))?;
    Supply::of(metric_set, detector)
}

/// Sets the detector to a task, which is due at once.
fn begin(cx: &mut Context<'_>, detector: &entity::AnomalyDetector, status: Status, task: &Task) -> Result<(), Error> {
    let owner: Arc<str> = match &detector.rows {
        Some(owner) => Arc::clone(owner),
        None => cx.uuid()?.into(),
    };
    cx.put(task.job(detector.account, &owner, &detector.arn));
    let (rows, modified) = (Some(owner), cx.now);
    cx.put(entity::AnomalyDetector {
        status,
        rows,
        modified,
        failure: None,
        ..entity::AnomalyDetector::clone(detector)
    });
    Ok(())
}
