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
        if !supply_of(cx, detector)?.goes_on() {
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
        if supply_of(cx, detector)?.goes_on() {
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
    // A worker that is late may hold a lease of an earlier job of this id. No lease has counted further than the commits.
    let epoch = cx.snapshot.revision();
    cx.put(Job { epoch, ..task.job(detector.account, &owner, &detector.arn) });
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

#[cfg(test)]
mod tests {
    use bartizan_gate::{Leased, Lost};
    use bartizan_store::{Changes, audit::Batch};
    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::{
        detection::DETECTION,
        fixture::{House, SHOP, account, dataset, detector},
    };

    fn put(house: &House, change: impl FnOnce(&mut Changes)) {
        let mut changes = Changes::default();
        change(&mut changes);
        let store = house.gate.store();
        store.commit(store.snapshot().revision(), &changes, &Batch::default()).unwrap();
    }

    #[test]
    fn a_lease_of_before_is_not_good_after_a_rest() {
        let house = House::new();
        let format = json!({"CsvFormatDescriptor": {"ContainsHeader": true}});
        let source = json!({
            "RoleArn": "arn:aws:iam::123456789012:role/reader", "TemplatedPathList": ["s3://data/{{yyyyMMdd}}/{{HH}}"],
            "FileFormatDescriptor": format,
        });
        let configuration = json!({
            "MetricList": [{"MetricName": "views", "AggregationFunction": "SUM"}],
            "TimestampColumn": {"ColumnName": "at", "ColumnFormat": "yyyy-MM-dd HH:mm"}, "MetricSetFrequency": "PT1H",
            "MetricSource": {"S3SourceConfig": source},
        });
        put(&house, |changes| changes.put(entity::MetricSet { configuration, ..dataset(SHOP, "shop") }));
        let activated = || {
            let resting = entity::AnomalyDetector { status: Status::Deactivated, ..detector(SHOP, "shop") };
            put(&house, |changes| changes.put(resting));
            house.call("ActivateAnomalyDetector", json!({"AnomalyDetectorArn": SHOP})).unwrap();
            house.gate.lease(&[DETECTION], "this process", Timestamp::now()).unwrap().unwrap()
        };
        let renew = |leased: &Leased| {
            house.gate.settle(leased, |_, job, changes| changes.put(job.leased_again(Timestamp::now())))
        };
        let late = activated();
        renew(&late).unwrap();
        // Another worker has done it, and the detector has been deactivated since.
        put(&house, |changes| changes.delete(&late.job));
        let now = activated();
        assert_eq!((now.job.account, &now.job.id), (account(), &late.job.id));
        assert!(matches!(renew(&late), Err(Lost::Superseded)));
        renew(&now).unwrap();
    }
}
