//! Finding what a request names, for its checks and for its run.

use std::sync::Arc;

use bartizan_gate::{Check, Error, Scope};
use bartizan_store::{
    Entity,
    entity::{Alert, AnomalyDetector, MetricSet, Tag},
};

use crate::{
    error::{self, ResourceType},
    names::{self, Arn},
};

/// A resource of the service: it has an ARN, which is its id, and tags.
pub trait Resource: Entity {
    /// What errors call it.
    const TYPE: ResourceType;

    /// Its tags.
    fn tags(&self) -> &[Tag];
}

impl Resource for Alert {
    const TYPE: ResourceType = ResourceType::Alert;

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Resource for AnomalyDetector {
    const TYPE: ResourceType = ResourceType::AnomalyDetector;

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

impl Resource for MetricSet {
    const TYPE: ResourceType = ResourceType::MetricSet;

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

/// The resource of this ARN, in the caller's account and the request's Region.
///
/// # Errors
/// `ResourceNotFoundException`
pub fn find<'a, R: Resource>(scope: &Scope<'a>, arn: &Arn) -> Result<&'a Arc<R>, Error> {
    at(scope, arn.as_str()).ok_or_else(|| error::not_found(R::TYPE, arn.as_str()))
}

/// A check of `action` on the resource of this ARN, with the tags that it has. What is not there is checked as it is
/// named, so that only who may ask at all learns that it is not there.
pub fn on<R: Resource>(scope: &Scope<'_>, action: &'static str, arn: &str) -> Check {
    let check = Check::new(action, arn);
    match at::<R>(scope, arn) {
        Some(resource) => check.resource_tags(resource.tags()),
        None => check,
    }
}

fn at<'a, R: Resource>(scope: &Scope<'a>, arn: &str) -> Option<&'a Arc<R>> {
    R::table(scope.snapshot).by_id(scope.account(), arn).filter(|_| names::is_here(scope, arn))
}
