//! Where a dataset's data is, and as whom it is read.

use bartizan_gate::Error;
use bartizan_store::entity;

use super::Configuration;
use crate::{
    configuration,
    data::{Location, PathTemplate, Plan},
    error,
    names::Arn,
};

/// What a detector's data is, and where it comes from.
pub struct Supply {
    /// What rows mean.
    pub plan: Plan,
    /// The role that data is read as.
    pub role: Arn,
    /// Where the files of the past are.
    pub historical: Option<Location>,
    /// Where each interval's files are.
    pub template: Option<PathTemplate>,
    /// For how many seconds after its end an interval's data is waited for.
    pub offset: i64,
}

impl Supply {
    /// The supply of a detector's dataset.
    ///
    /// # Errors
    /// Only for a configuration that the rules would not have let through.
    pub fn of(metric_set: &entity::MetricSet, detector: &entity::AnomalyDetector) -> Result<Self, Error> {
        let configuration = Configuration::of(metric_set)?;
        let damaged = || error::damaged(&metric_set.arn, "it has no source");
        let source = configuration.metric_source.s3_source_config.as_ref().ok_or_else(damaged)?;
        let historical = source.historical_data_path_list.iter().flat_map(|list| list.as_slice()).next();
        let template = source.templated_path_list.iter().flat_map(|list| list.as_slice()).next();
        Ok(Self {
            plan: configuration.plan(configuration::frequency_of(detector)?, &metric_set.arn)?,
            role: source.role_arn.clone().ok_or_else(damaged)?,
            historical: match historical {
                None => None,
                Some(path) => Some(Location::read(path.as_str()).ok_or_else(damaged)?),
            },
            template: match template {
                None => None,
                Some(template) => Some(PathTemplate::read(template.as_str()).map_err(|_| damaged())?),
            },
            offset: configuration.offset.map_or(0, |offset| i64::from(offset.get())),
        })
    }
}
