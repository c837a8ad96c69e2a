//! Where a dataset's data is, and as whom it is read.

use bartizan_gate::Error;
use bartizan_store::entity;

use super::{Configuration, plan};
use crate::{
    configuration,
    data::{Format, Location, PathTemplate, Plan},
    database::DatabaseSource,
    error,
    metric_source::S3SourceConfig,
    names::{Arn, Frequency},
};

/// What a detector's data is, and where it comes from.
pub struct Supply {
    /// What rows mean.
    pub plan: Plan,
    /// Where they are.
    pub origin: Origin,
    /// For how many seconds after its end an interval's data is waited for.
    pub offset: i64,
}

/// Where data is.
pub enum Origin {
    /// In files, in Amazon S3.
    Files(Files),
    /// In a table, with all of its past.
    Table(DatabaseSource),
}

/// Files in Amazon S3.
pub struct Files {
    /// The role that they are read as.
    pub role: Arn,
    /// Where those of the past are.
    pub historical: Option<Location>,
    /// Where each interval's are.
    pub template: Option<PathTemplate>,
    /// How they are written.
    pub format: Format,
}

impl Supply {
    /// The supply of a detector's dataset.
    ///
    /// # Errors
    /// Only for a configuration that the rules would not have let through.
    pub fn of(metric_set: &entity::MetricSet, detector: &entity::AnomalyDetector) -> Result<Self, Error> {
        Configuration::of(metric_set)?.supply(configuration::frequency_of(detector)?, &metric_set.arn)
    }

    /// Whether data of new intervals comes.
    pub const fn goes_on(&self) -> bool {
        match &self.origin {
            Origin::Files(files) => files.template.is_some(),
            Origin::Table(_) => true,
        }
    }
}

impl Origin {
    /// The role that it is read as.
    pub const fn role(&self) -> &Arn {
        match self {
            Self::Files(files) => &files.role,
            Self::Table(table) => &table.role,
        }
    }

    fn of(configuration: &Configuration) -> Option<Self> {
        let source = &configuration.metric_source;
        match (&source.s3_source_config, &source.rds_source_config, &source.redshift_source_config) {
            (Some(files), None, None) => Some(Self::Files(Files::of(files)?)),
            (None, Some(rds), None) => Some(Self::Table(DatabaseSource::of_rds(rds).ok()?)),
            (None, None, Some(redshift)) => Some(Self::Table(DatabaseSource::of_redshift(redshift).ok()?)),
            _ => None,
        }
    }
}

impl Files {
    fn of(source: &S3SourceConfig) -> Option<Self> {
        let historical = source.historical_data_path_list.iter().flat_map(|list| list.as_slice()).next();
        let template = source.templated_path_list.iter().flat_map(|list| list.as_slice()).next();
        Some(Self {
            role: source.role_arn.clone()?,
            historical: match historical {
                None => None,
                Some(path) => Some(Location::read(path.as_str())?),
            },
            template: match template {
                None => None,
                Some(template) => Some(PathTemplate::read(template.as_str()).ok()?),
            },
            format: plan::format(source.file_format_descriptor.as_ref()?)?,
        })
    }
}

impl Configuration {
    /// What a detector with this interval has of it.
    ///
    /// # Errors
    /// Only for a configuration that the rules would not have let through.
    pub(super) fn supply(&self, detector: Frequency, arn: &str) -> Result<Supply, Error> {
        Ok(Supply {
            plan: self.plan(detector).ok_or_else(|| error::damaged(arn, "it makes no plan"))?,
            origin: Origin::of(self).ok_or_else(|| error::damaged(arn, "it has no source"))?,
            offset: self.offset.map_or(0, |offset| i64::from(offset.get())),
        })
    }
}
