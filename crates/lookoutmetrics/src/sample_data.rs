//! Samples of data, read as the role that is to read all of it.

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::{Faults, Place, Shape};

use crate::{
    data::{Location, PathTemplate},
    error, metric_set,
    metric_source::{FileFormatDescriptor, HistoricalDataPathList, TemplatedPathList},
    names::Arn,
    role,
    source::{INSUFFICIENT_DATA, Source, WorksFor},
};

/// How many records are shown.
const ROWS: usize = 10;
/// Among how many objects the last is taken, which has the newest records where keys are times.
const LOOK: usize = 1_000;

/// Shows some records of a source, as its role sees them.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_GetSampleData.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "GetSampleDataRequest")]
pub struct GetSampleData {
    s3_source_config: Option<SampleDataS3SourceConfig>,
}

/// A source in Amazon S3.
#[derive(Debug, Clone, Shape)]
pub struct SampleDataS3SourceConfig {
    role_arn: Arn,
    templated_path_list: Option<TemplatedPathList>,
    historical_data_path_list: Option<HistoricalDataPathList>,
    file_format_descriptor: FileFormatDescriptor,
}

/// The columns' names, and records.
#[derive(Debug, Shape)]
pub struct GetSampleDataResponse {
    header_values: Option<Vec<String>>,
    sample_rows: Option<Vec<Vec<String>>>,
}

impl Operation for GetSampleData {
    const ACTION: &'static str = "lookoutmetrics:GetSampleData";
    const EFFECT: Effect = Effect::Read;
    type Output = GetSampleDataResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let mut checks = vec![Check::new(Self::ACTION, "*")];
        if let Some(source) = &self.s3_source_config {
            checks.push(role::may_pass(scope, &source.role_arn)?);
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let place = Place::named("S3SourceConfig");
        let Some(config) = &self.s3_source_config else {
            let mut faults = Faults::new();
            faults.missing(&place);
            return Err(Error::Invalid(faults));
        };
        let format = metric_set::format(&config.file_format_descriptor).ok_or_else(|| {
            let constraint = "Member must have either a CsvFormatDescriptor or a JsonFormatDescriptor, in a character \
                              set such as UTF-8";
            error::invalid_field(&place.member("FileFormatDescriptor"), None, constraint)
        })?;
        let (location, is_deep) = config.location(&place)?;
        // There is no detector yet: a role that trusts the service for one detector alone is not for samples.
        let works_for = WorksFor { account: cx.account(), region: cx.region, detector: None };
        let source = Source::open(cx, &config.role_arn, &works_for)?;
        let objects = if is_deep { source.under(&location, LOOK)? } else { source.directly_in(&location, LOOK)? };
        let Some(object) = objects.last() else { return Err(error::refused(INSUFFICIENT_DATA)) };
        let bytes = source.read(&location.bucket, &object.key)?;
        let (header, rows) = format.sample(bytes, ROWS).map_err(|why| error::refused(why.to_string()))?;
        Ok(GetSampleDataResponse { header_values: Some(header), sample_rows: Some(rows) })
    }
}

impl SampleDataS3SourceConfig {
    /// Where its objects are, and whether those in folders below are too.
    fn location(&self, place: &Place<'_>) -> Result<(Location, bool), Error> {
        let historical = self.historical_data_path_list.iter().flat_map(|list| list.as_slice()).next();
        let template = self.templated_path_list.iter().flat_map(|list| list.as_slice()).next();
        let found = match (historical, template) {
            (Some(path), _) => Location::read(path.as_str()).map(|location| (location, false)),
            (None, Some(template)) => {
                let read = PathTemplate::read(template.as_str());
                read.ok().and_then(|template| template.root()).map(|location| (location, true))
            }
            (None, None) => None,
        };
        found.ok_or_else(|| {
            let constraint = "Member must have a TemplatedPathList or a HistoricalDataPathList";
            error::invalid_field(place, None, constraint)
        })
    }
}
