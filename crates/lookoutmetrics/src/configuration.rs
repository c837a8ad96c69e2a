//! What the store keeps of detectors, datasets and alerts: shapes of ours, as JSON.
//!
//! A shape becomes the JSON that it would be on the wire and is read back through the same constraints, so that nothing
//! is lost and nothing that could not have been asked for is ever believed.

use bartizan_gate::Error;
use bartizan_store::entity;
use bartizan_wire::{Faults, Shape, json};

use crate::{error, names::Frequency};

/// The shape as the store keeps it, in the resource of this ARN.
///
/// # Errors
/// Only if the shape holds what JSON has no form for; none here does.
pub fn to_json<S: Shape>(shape: S, arn: &str) -> Result<serde_json::Value, Error> {
    serde_json::from_slice(&json::encode(&shape.into_value())).map_err(|why| error::damaged(arn, why))
}

/// The shape that the store keeps in the resource of this ARN.
///
/// # Errors
/// `InternalServerException` if it cannot be read as what was kept.
pub fn of_json<S: Shape>(kept: &serde_json::Value, arn: &str) -> Result<S, Error> {
    let bytes = serde_json::to_vec(kept).map_err(|why| error::damaged(arn, why))?;
    let value = json::decode(&bytes).map_err(|why| error::damaged(arn, why))?;
    S::read(value).map_err(|why| error::damaged(arn, why))
}

/// The length of a detector's interval.
///
/// # Errors
/// Only if what is stored could never have been stored.
pub fn frequency_of(detector: &entity::AnomalyDetector) -> Result<Frequency, Error> {
    detector.frequency.parse().map_err(|why: Faults| error::damaged(&detector.arn, why))
}
