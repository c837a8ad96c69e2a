//! The errors of the API's model, and the wording of those that this service makes itself.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/api/CommonErrors.html>

use std::borrow::Cow;

use bartizan_gate::{Error, Fault};
use bartizan_wire::{Faults, Place, Schema, Shape, Value};

/// An error of the model, described.
#[derive(Clone, Copy)]
pub struct ErrorShape {
    /// Its HTTP status.
    pub status: u16,
    /// Its members; the structure's name is the error's code.
    pub schema: fn() -> Schema,
}

/// Every error of the model.
pub const ERRORS: &[ErrorShape] = &[
    described::<AccessDeniedException>(),
    described::<ConflictException>(),
    described::<InternalServerException>(),
    described::<ResourceNotFoundException>(),
    described::<ServiceQuotaExceededException>(),
    described::<TooManyRequestsException>(),
    described::<ValidationException>(),
];

const fn described<E: Modelled>() -> ErrorShape {
    ErrorShape { status: E::STATUS, schema: E::schema }
}

/// The shape of an error.
trait Modelled: Shape {
    const CODE: &'static str;
    const STATUS: u16;

    /// The error on its way out: its `Message`, and its other members.
    fn fault(self) -> Fault {
        let mut fault = Fault::new(Self::CODE, Self::STATUS, "");
        let Value::Structure(members) = self.into_value() else { return fault };
        for member in members {
            match member {
                (Cow::Borrowed("Message"), Value::String(message)) => fault.message = message,
                (Cow::Borrowed(name), value) => fault.members.push((name, value)),
                // The names of a shape's members are all borrowed.
                (Cow::Owned(_), _) => {}
            }
        }
        fault
    }
}

/// The caller may not. The gate makes most of these.
#[derive(Shape)]
struct AccessDeniedException {
    message: String,
}

/// The resource is there already, or is in a state in which this cannot be done.
#[derive(Shape)]
struct ConflictException {
    message: String,
    resource_id: Option<String>,
    resource_type: Option<String>,
}

/// Something failed on our side.
#[derive(Shape)]
struct InternalServerException {
    message: String,
}

/// No such resource in this account and Region. Its status is 400.
#[derive(Shape)]
struct ResourceNotFoundException {
    message: String,
    resource_id: Option<String>,
    resource_type: Option<String>,
}

/// There are as many as there may be.
#[derive(Shape)]
struct ServiceQuotaExceededException {
    message: String,
    resource_id: Option<String>,
    resource_type: Option<String>,
    quota_code: Option<String>,
    service_code: Option<String>,
}

/// Too many requests at once.
#[derive(Shape)]
struct TooManyRequestsException {
    message: String,
}

/// The input does not satisfy its constraints.
#[derive(Shape)]
struct ValidationException {
    message: String,
    reason: Option<ValidationExceptionReason>,
    fields: Option<Vec<ValidationExceptionField>>,
}

/// Why an input is refused.
#[derive(Shape)]
#[shape(screaming)]
enum ValidationExceptionReason {
    UnknownOperation,
    CannotParse,
    FieldValidationFailed,
    Other,
}

/// A field that is not as it should be.
#[derive(Shape)]
struct ValidationExceptionField {
    name: String,
    message: String,
}

impl Modelled for AccessDeniedException {
    const CODE: &'static str = "AccessDeniedException";
    const STATUS: u16 = 403;
}

impl Modelled for ConflictException {
    const CODE: &'static str = "ConflictException";
    const STATUS: u16 = 409;
}

impl Modelled for InternalServerException {
    const CODE: &'static str = "InternalServerException";
    const STATUS: u16 = 500;
}

impl Modelled for ResourceNotFoundException {
    const CODE: &'static str = "ResourceNotFoundException";
    const STATUS: u16 = 400;
}

impl Modelled for ServiceQuotaExceededException {
    const CODE: &'static str = "ServiceQuotaExceededException";
    const STATUS: u16 = 402;
}

impl Modelled for TooManyRequestsException {
    const CODE: &'static str = "TooManyRequestsException";
    const STATUS: u16 = 429;
}

impl Modelled for ValidationException {
    const CODE: &'static str = "ValidationException";
    const STATUS: u16 = 400;
}

/// The kinds of resources, as errors name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceType {
    /// An alert.
    Alert,
    /// A detector.
    AnomalyDetector,
    /// An anomaly group of a detector.
    AnomalyGroup,
    /// A measure of an anomaly group.
    Metric,
    /// A dataset.
    MetricSet,
    /// A metric in an anomaly group.
    TimeSeries,
}

impl ResourceType {
    const fn name(self) -> &'static str {
        match self {
            Self::Alert => "Alert",
            Self::AnomalyDetector => "AnomalyDetector",
            Self::AnomalyGroup => "AnomalyGroup",
            Self::Metric => "Metric",
            Self::MetricSet => "MetricSet",
            Self::TimeSeries => "TimeSeries",
        }
    }
}

/// The quotas that cannot be exceeded. AWS's codes for them are not known; these are the names that we give them.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quota {
    /// Detectors in an account and Region.
    AnomalyDetectors,
    /// Alerts of a detector.
    AlertsPerDetector,
    /// Datasets of a detector.
    MetricSetsPerDetector,
    /// Measures of a dataset.
    MeasuresPerMetricSet,
    /// Dimensions of a dataset.
    DimensionsPerMetricSet,
}

impl Quota {
    const fn code(self) -> &'static str {
        match self {
            Self::AnomalyDetectors => "detectors",
            Self::AlertsPerDetector => "alerts-per-detector",
            Self::MetricSetsPerDetector => "datasets-per-detector",
            Self::MeasuresPerMetricSet => "measures-per-dataset",
            Self::DimensionsPerMetricSet => "dimensions-per-dataset",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::AnomalyDetectors => "detectors in this account and Region",
            Self::AlertsPerDetector => "alerts for this detector",
            Self::MetricSetsPerDetector => "datasets for this detector",
            Self::MeasuresPerMetricSet => "measures for a dataset",
            Self::DimensionsPerMetricSet => "dimensions for a dataset",
        }
    }
}

/// The input does not satisfy its constraints: the sentence for all of them, and one for each field.
pub fn invalid(faults: &Faults) -> Fault {
    let (reason, fields) = if faults.malformed().is_some() {
        (ValidationExceptionReason::CannotParse, None)
    } else {
        let fields = faults
            .iter()
            .map(|fault| ValidationExceptionField { name: fault.place.clone(), message: fault.constraint.clone() });
        (ValidationExceptionReason::FieldValidationFailed, Some(fields.collect()))
    };
    ValidationException { message: faults.to_string(), reason: Some(reason), fields }.fault()
}

/// One field is not as it should be; `shown` is its value, where there is one worth showing.
pub fn invalid_field(place: &Place<'_>, shown: Option<&str>, constraint: &str) -> Error {
    let mut faults = Faults::new();
    faults.unsatisfied(place, shown, constraint);
    Error::Invalid(faults)
}

/// The input is well-formed, and cannot be answered for another reason.
pub fn refused(message: impl Into<String>) -> Error {
    let reason = Some(ValidationExceptionReason::Other);
    ValidationException { message: message.into(), reason, fields: None }.fault().into()
}

/// No such resource in this account and Region. `id` is the ARN given, or the name or id of what is in one.
pub fn not_found(kind: ResourceType, id: &str) -> Error {
    ResourceNotFoundException {
        message: format!("{} {id} could not be found.", kind.name()),
        resource_id: Some(id.to_owned()),
        resource_type: Some(kind.name().to_owned()),
    }
    .fault()
    .into()
}

/// A resource of this name is there already.
pub fn already_exists(kind: ResourceType, arn: &str) -> Error {
    ConflictException {
        message: format!("{} {arn} already exists.", kind.name()),
        resource_id: Some(arn.to_owned()),
        resource_type: Some(kind.name().to_owned()),
    }
    .fault()
    .into()
}

/// The resource is in a state in which this cannot be done; `what` goes on from its ARN.
pub fn conflict(kind: ResourceType, arn: &str, what: &str) -> Error {
    ConflictException {
        message: format!("{} {arn} {what}.", kind.name()),
        resource_id: Some(arn.to_owned()),
        resource_type: Some(kind.name().to_owned()),
    }
    .fault()
    .into()
}

/// There are as many as there may be.
pub fn quota_exceeded(quota: Quota, limit: usize, kind: ResourceType, arn: &str) -> Error {
    ServiceQuotaExceededException {
        message: format!("The maximum number of {} is {limit}.", quota.words()),
        resource_id: Some(arn.to_owned()),
        resource_type: Some(kind.name().to_owned()),
        quota_code: Some(quota.code().to_owned()),
        service_code: Some("lookoutmetrics".to_owned()),
    }
    .fault()
    .into()
}

/// AWS's words when a role of another account is passed.
pub fn cross_account_pass_role() -> Error {
    AccessDeniedException { message: "Cross-account pass role is not allowed.".to_owned() }.fault().into()
}

/// What is kept cannot be read as what we keep.
pub fn damaged(arn: &str, why: impl std::fmt::Display) -> Error {
    Error::Internal(format!("the configuration kept for {arn} cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_shape_s_name() {
        fn check<E: Modelled>() {
            assert!(matches!(E::schema(), Schema::Structure { name, .. } if name == E::CODE));
        }
        check::<AccessDeniedException>();
        check::<ConflictException>();
        check::<InternalServerException>();
        check::<ResourceNotFoundException>();
        check::<ServiceQuotaExceededException>();
        check::<TooManyRequestsException>();
        check::<ValidationException>();
    }

    #[test]
    fn an_invalid_input_names_every_field() {
        let mut faults = Faults::new();
        faults.missing(&Place::named("AlertName"));
        faults.unsatisfied(&Place::named("Offset"), Some("-1"), "Member must be positive");
        let fault = invalid(&faults);
        assert_eq!((fault.code, fault.status), ("ValidationException", 400));
        assert_eq!(
            fault.message,
            "2 validation errors detected: Value null at 'alertName' failed to satisfy constraint: Member must not \
             be null; Value '-1' at 'offset' failed to satisfy constraint: Member must be positive"
        );
        let [(reason, Value::String(said)), (fields, Value::List(items))] = fault.members.as_slice() else {
            panic!("{:?}", fault.members)
        };
        assert_eq!((*reason, said.as_str(), *fields, items.len()), ("Reason", "FIELD_VALIDATION_FAILED", "Fields", 2));
    }

    #[test]
    fn what_is_not_found_is_named() {
        let Error::Service(fault) = not_found(ResourceType::MetricSet, "arn:x") else { panic!() };
        assert_eq!((fault.code, fault.status), ("ResourceNotFoundException", 400));
        assert_eq!(
            fault.members,
            [("ResourceId", Value::String("arn:x".into())), ("ResourceType", Value::String("MetricSet".into()))]
        );
    }
}
