//! Detectors: made, described, listed, changed, deleted.

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{
    entity::{self, Alert, Job, MetricSet},
    fold,
};
use bartizan_wire::{Faults, Place, Shape};
use jiff::Timestamp;

use crate::{
    alert, configuration,
    error::{self, Quota, ResourceType},
    lookup, metric_set,
    names::{self, AnomalyDetectorDescription, AnomalyDetectorName, Arn, Frequency, KmsKeyArn},
    page::{MaxResults, NextToken, Paging},
    tag::{self, TagMap, Tags},
};

/// Makes a detector. It watches nothing until it has a dataset and is activated.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_CreateAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "CreateAnomalyDetectorRequest")]
pub struct CreateAnomalyDetector {
    anomaly_detector_name: AnomalyDetectorName,
    anomaly_detector_description: Option<AnomalyDetectorDescription>,
    anomaly_detector_config: AnomalyDetectorConfig,
    kms_key_arn: Option<KmsKeyArn>,
    tags: Option<TagMap>,
}

/// The new detector.
#[derive(Debug, Shape)]
pub struct CreateAnomalyDetectorResponse {
    anomaly_detector_arn: Option<String>,
}

/// How a detector works.
#[derive(Debug, Clone, Shape)]
pub struct AnomalyDetectorConfig {
    /// How often it looks. A new detector cannot do without.
    anomaly_detector_frequency: Option<Frequency>,
}

/// Describes a detector.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DescribeAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DescribeAnomalyDetectorRequest")]
pub struct DescribeAnomalyDetector {
    anomaly_detector_arn: Arn,
}

/// A detector.
#[derive(Debug, Shape)]
pub struct DescribeAnomalyDetectorResponse {
    anomaly_detector_arn: Option<String>,
    anomaly_detector_name: Option<String>,
    anomaly_detector_description: Option<String>,
    anomaly_detector_config: Option<AnomalyDetectorConfigSummary>,
    creation_time: Option<Timestamp>,
    last_modification_time: Option<Timestamp>,
    status: Option<AnomalyDetectorStatus>,
    /// At most 256 characters, for people; only of a failed detector.
    failure_reason: Option<String>,
    kms_key_arn: Option<String>,
    /// What it was doing when it failed; only of a failed detector.
    failure_type: Option<AnomalyDetectorFailureType>,
}

/// How a detector works, in answers.
#[derive(Debug, Shape)]
pub struct AnomalyDetectorConfigSummary {
    anomaly_detector_frequency: Option<Frequency>,
}

/// Where a detector is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AnomalyDetectorStatus {
    Active,
    Activating,
    Deleting,
    Failed,
    Inactive,
    Learning,
    BackTestActivating,
    BackTestActive,
    BackTestComplete,
    Deactivated,
    Deactivating,
}

/// What a detector was doing when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum AnomalyDetectorFailureType {
    #[shape(name = "ACTIVATION_FAILURE")]
    Activation,
    #[shape(name = "BACK_TEST_ACTIVATION_FAILURE")]
    BackTestActivation,
    #[shape(name = "DELETION_FAILURE")]
    Deletion,
    #[shape(name = "DEACTIVATION_FAILURE")]
    Deactivation,
}

/// Lists the detectors of the Region.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListAnomalyDetectors.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListAnomalyDetectorsRequest")]
pub struct ListAnomalyDetectors {
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// A page of detectors, in the order of their names.
#[derive(Debug, Shape)]
pub struct ListAnomalyDetectorsResponse {
    anomaly_detector_summary_list: Option<Vec<AnomalyDetectorSummary>>,
    next_token: Option<NextToken>,
}

/// A detector in a list.
#[derive(Debug, Shape)]
pub struct AnomalyDetectorSummary {
    anomaly_detector_arn: Option<String>,
    anomaly_detector_name: Option<String>,
    anomaly_detector_description: Option<String>,
    creation_time: Option<Timestamp>,
    last_modification_time: Option<Timestamp>,
    status: Option<AnomalyDetectorStatus>,
    tags: Option<Tags>,
}

/// Changes a detector. What is left out stays.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_UpdateAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "UpdateAnomalyDetectorRequest")]
pub struct UpdateAnomalyDetector {
    anomaly_detector_arn: Arn,
    kms_key_arn: Option<KmsKeyArn>,
    anomaly_detector_description: Option<AnomalyDetectorDescription>,
    anomaly_detector_config: Option<AnomalyDetectorConfig>,
}

/// The changed detector.
#[derive(Debug, Shape)]
pub struct UpdateAnomalyDetectorResponse {
    anomaly_detector_arn: Option<String>,
}

/// Deletes a detector, with its dataset and its alerts.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DeleteAnomalyDetector.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DeleteAnomalyDetectorRequest")]
pub struct DeleteAnomalyDetector {
    anomaly_detector_arn: Arn,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct DeleteAnomalyDetectorResponse;

impl Operation for CreateAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:CreateAnomalyDetector";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = names::anomaly_detector_arn(scope, self.anomaly_detector_name.as_str());
        let requested = tag::requested(self.tags.as_ref(), &Place::named("tags"))?;
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, &arn).request_tags(&requested).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let name = self.anomaly_detector_name.as_str();
        let arn = names::anomaly_detector_arn(cx, name);
        let frequency = self.anomaly_detector_config.anomaly_detector_frequency.ok_or_else(frequency_is_missing)?;
        let folded = fold(name);
        let mut here = 0;
        let all = names::anomaly_detector_arn(cx, "");
        for other in names::beginning_with::<entity::AnomalyDetector>(cx, &all) {
            if fold(&other.name) == folded {
                return Err(error::already_exists(ResourceType::AnomalyDetector, &other.arn));
            }
            here += 1;
        }
        let limit = cx.quotas().anomaly_detectors;
        if here >= limit {
            return Err(error::quota_exceeded(Quota::AnomalyDetectors, limit, ResourceType::AnomalyDetector, &arn));
        }
        cx.put(entity::AnomalyDetector {
            account: cx.account(),
            region: cx.region.to_owned(),
            arn: arn.clone(),
            name: name.to_owned(),
            description: self.anomaly_detector_description.as_ref().map(|text| text.as_str().to_owned()),
            frequency: frequency.to_string(),
            kms_key_arn: self.kms_key_arn.as_ref().map(|key| key.as_str().to_owned()),
            status: entity::AnomalyDetectorStatus::Inactive,
            failure: None,
            rows: None,
            created: cx.now,
            modified: cx.now,
            tags: tag::requested(self.tags.as_ref(), &Place::named("tags"))?,
        });
        Ok(CreateAnomalyDetectorResponse { anomaly_detector_arn: Some(arn) })
    }
}

impl Operation for DescribeAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:DescribeAnomalyDetector";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Ok(DescribeAnomalyDetectorResponse {
            anomaly_detector_arn: Some(detector.arn.clone()),
            anomaly_detector_name: Some(detector.name.clone()),
            anomaly_detector_description: detector.description.clone(),
            anomaly_detector_config: Some(AnomalyDetectorConfigSummary {
                anomaly_detector_frequency: Some(configuration::frequency_of(detector)?),
            }),
            creation_time: Some(detector.created),
            last_modification_time: Some(detector.modified),
            status: Some(detector.status.into()),
            failure_reason: detector.failure.as_ref().map(|failure| failure.reason.clone()),
            kms_key_arn: detector.kms_key_arn.clone(),
            failure_type: detector.failure.as_ref().map(|failure| failure.doing.into()),
        })
    }
}

impl Operation for ListAnomalyDetectors {
    const ACTION: &'static str = "lookoutmetrics:ListAnomalyDetectors";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAnomalyDetectorsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let paging = Paging::of::<Self>(cx, "", self.next_token.as_ref(), self.max_results)?;
        let prefix = names::anomaly_detector_arn(cx, "");
        let (page, next_token) = paging.of_prefix::<entity::AnomalyDetector>(cx, &prefix)?;
        let summaries = page.into_iter().map(|detector| AnomalyDetectorSummary::from(&**detector)).collect();
        Ok(ListAnomalyDetectorsResponse { anomaly_detector_summary_list: Some(summaries), next_token })
    }
}

impl Operation for UpdateAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:UpdateAnomalyDetector";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let mut detector = entity::AnomalyDetector::clone(lookup::find(cx, &self.anomaly_detector_arn)?);
        let config = self.anomaly_detector_config.as_ref();
        if !can_be_configured(detector.status) {
            // While it works, only the description may change: what it has learnt hangs on the rest.
            let frequency = config.and_then(|config| config.anomaly_detector_frequency);
            let keeps_frequency = frequency.is_none_or(|frequency| frequency.as_str() == detector.frequency);
            let key = self.kms_key_arn.as_ref().map(|key| key.as_str());
            if !keeps_frequency || key.is_some_and(|key| Some(key) != detector.kms_key_arn.as_deref()) {
                let what = "is at work: only its description can be changed";
                return Err(error::conflict(ResourceType::AnomalyDetector, &detector.arn, what));
            }
        }
        if let Some(frequency) = config.and_then(|config| config.anomaly_detector_frequency) {
            metric_set::must_suit_frequency(cx, &detector.arn, frequency)?;
            detector.frequency = frequency.to_string();
        }
        if let Some(description) = &self.anomaly_detector_description {
            detector.description = Some(description.as_str().to_owned());
        }
        if let Some(key) = &self.kms_key_arn {
            detector.kms_key_arn = Some(key.as_str().to_owned());
        }
        detector.modified = cx.now;
        let arn = detector.arn.clone();
        cx.put(detector);
        Ok(UpdateAnomalyDetectorResponse { anomaly_detector_arn: Some(arn) })
    }
}

impl Operation for DeleteAnomalyDetector {
    const ACTION: &'static str = "lookoutmetrics:DeleteAnomalyDetector";
    const EFFECT: Effect = Effect::Write;
    type Output = DeleteAnomalyDetectorResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let snapshot = cx.snapshot;
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        for alert in snapshot.pointing_at::<Alert>(cx.account(), &detector.arn) {
            alert::forget(cx, alert);
        }
        for metric_set in snapshot.pointing_at::<MetricSet>(cx.account(), &detector.arn) {
            cx.delete(&**metric_set);
        }
        if let Some(owner) = &detector.rows {
            for job in snapshot.pointing_at::<Job>(cx.account(), &detector.arn) {
                cx.delete(&**job);
            }
            cx.delete_rows(owner);
        }
        cx.delete(&**detector);
        Ok(DeleteAnomalyDetectorResponse)
    }
}

/// Whether a detector is at rest, so that it can be configured anew.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-manage.html>
fn can_be_configured(status: entity::AnomalyDetectorStatus) -> bool {
    use entity::AnomalyDetectorStatus::{Deactivated, Failed, Inactive};
    matches!(status, Inactive | Deactivated | Failed)
}

fn frequency_is_missing() -> Error {
    let config = Place::named("AnomalyDetectorConfig");
    let mut faults = Faults::new();
    faults.missing(&config.member("AnomalyDetectorFrequency"));
    Error::Invalid(faults)
}

impl From<entity::AnomalyDetectorStatus> for AnomalyDetectorStatus {
    fn from(status: entity::AnomalyDetectorStatus) -> Self {
        match status {
            entity::AnomalyDetectorStatus::Inactive => Self::Inactive,
            entity::AnomalyDetectorStatus::Activating => Self::Activating,
            entity::AnomalyDetectorStatus::Learning => Self::Learning,
            entity::AnomalyDetectorStatus::Active => Self::Active,
            entity::AnomalyDetectorStatus::Deactivating => Self::Deactivating,
            entity::AnomalyDetectorStatus::Deactivated => Self::Deactivated,
            entity::AnomalyDetectorStatus::BackTestActivating => Self::BackTestActivating,
            entity::AnomalyDetectorStatus::BackTestActive => Self::BackTestActive,
            entity::AnomalyDetectorStatus::BackTestComplete => Self::BackTestComplete,
            entity::AnomalyDetectorStatus::Failed => Self::Failed,
        }
    }
}

impl From<entity::AnomalyDetectorFailureType> for AnomalyDetectorFailureType {
    fn from(doing: entity::AnomalyDetectorFailureType) -> Self {
        match doing {
            entity::AnomalyDetectorFailureType::Activation => Self::Activation,
            entity::AnomalyDetectorFailureType::BackTestActivation => Self::BackTestActivation,
        }
    }
}

impl From<&entity::AnomalyDetector> for AnomalyDetectorSummary {
    fn from(detector: &entity::AnomalyDetector) -> Self {
        Self {
            anomaly_detector_arn: Some(detector.arn.clone()),
            anomaly_detector_name: Some(detector.name.clone()),
            anomaly_detector_description: detector.description.clone(),
            creation_time: Some(detector.created),
            last_modification_time: Some(detector.modified),
            status: Some(detector.status.into()),
            tags: Some(tag::shown(&detector.tags)),
        }
    }
}
