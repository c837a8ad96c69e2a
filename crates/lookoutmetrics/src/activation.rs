//! Activation: what sets a detector to work. This version has no detection yet, and says so; whether the caller may, and
//! whether the detector is there, is decided as it will be then.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;

use crate::{error, lookup, names::Arn};

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
        lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Err(error::not_available("The activation of detectors"))
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
        lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Err(error::not_available("The back-testing of detectors"))
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
        lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        Err(error::not_available("The activation of detectors"))
    }
}
