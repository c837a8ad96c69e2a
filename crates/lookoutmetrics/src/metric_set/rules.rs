//! What a dataset must be like before any of its data is read.

use std::collections::BTreeSet;

use bartizan_gate::Error;
use bartizan_wire::{Faults, Place};
use jiff::tz::TimeZoneDatabase;

use super::{Configuration, timestamp_format};
use crate::{
    data::{self, PathTemplate},
    database::DatabaseSource,
    error::{self, Quota, ResourceType},
    metric_source::{Charset, CsvFormatDescriptor, FileFormatDescriptor, S3SourceConfig},
    names::{ColumnName, Frequency},
};

/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
const MAX_MEASURES: usize = 10;
const MAX_DIMENSIONS: usize = 10;
/// The length of a dimension's value, in characters.
const MAX_DIMENSION_VALUE: usize = 40;
/// The characters that may stand between the values of a record.
const DELIMITERS: [&str; 4] = [",", "\t", " ", "|"];

/// How much a dataset may have.
///
/// # Errors
/// `ServiceQuotaExceededException`
pub fn check_quotas(configuration: &Configuration, arn: &str) -> Result<(), Error> {
    let exceeded = |quota, limit| Err(error::quota_exceeded(quota, limit, ResourceType::MetricSet, arn));
    if configuration.metric_list.as_slice().len() > MAX_MEASURES {
        exceeded(Quota::MeasuresPerMetricSet, MAX_MEASURES)
    } else if configuration.dimensions().len() > MAX_DIMENSIONS {
        exceeded(Quota::DimensionsPerMetricSet, MAX_DIMENSIONS)
    } else {
        Ok(())
    }
}

/// All that is wrong with a dataset of a detector with this interval.
pub fn check(configuration: &Configuration, detector: Frequency) -> Faults {
    let mut faults = Faults::new();
    check_columns(configuration, &mut faults);
    check_frequency(configuration, detector, &mut faults);
    check_timezone(configuration, &mut faults);
    check_source(configuration, &mut faults);
    check_filters(configuration, &mut faults);
    faults
}

/// What of a dataset hangs on its detector's interval: data must not come less often than it is looked at (inferred:
/// AWS's documents do not say), and timestamps must tell its intervals apart.
pub fn check_frequency(configuration: &Configuration, detector: Frequency, faults: &mut Faults) {
    let own = configuration.metric_set_frequency.unwrap_or(detector);
    if own.seconds() > detector.seconds() {
        let constraint = format!("Member must not be longer than the detector's interval, {detector}");
        faults.unsatisfied(&Place::named("MetricSetFrequency"), Some(own.as_str()), constraint);
    }
    let column = Place::named("TimestampColumn");
    let Some(timestamp) = &configuration.timestamp_column else {
        faults.missing(&column);
        return;
    };
    let Some(format) = &timestamp.column_format else {
        faults.missing(&column.member("ColumnFormat"));
        return;
    };
    if let Err(what) = timestamp_format::check(format, own) {
        faults.unsatisfied(&column.member("ColumnFormat"), Some(format), format!("Member must {what}"));
    }
}

/// No column is two things at once.
fn check_columns(configuration: &Configuration, faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    let mut once = |place: &Place<'_>, name: &ColumnName, faults: &mut Faults| {
        if !seen.insert(name.as_str().to_owned()) {
            let constraint = "Member must be a column that is neither timestamp, measure nor dimension already";
            faults.unsatisfied(place, Some(name.as_str()), constraint);
        }
    };
    let timestamp = Place::named("TimestampColumn");
    match configuration.timestamp_column.as_ref().map(|column| &column.column_name) {
        Some(Some(name)) => once(&timestamp.member("ColumnName"), name, faults),
        Some(None) => faults.missing(&timestamp.member("ColumnName")),
        // Said where the timestamp's form is asked for.
        None => {}
    }
    let measures = Place::named("MetricList");
    for (position, measure) in configuration.metric_list.as_slice().iter().enumerate() {
        once(&measures.item(position + 1).member("MetricName"), &measure.metric_name, faults);
    }
    let dimensions = Place::named("DimensionList");
    for (position, dimension) in configuration.dimensions().iter().enumerate() {
        once(&dimensions.item(position + 1), dimension, faults);
    }
}

fn check_timezone(configuration: &Configuration, faults: &mut Faults) {
    let Some(timezone) = &configuration.timezone else { return };
    if TimeZoneDatabase::bundled().get(timezone.as_str()).is_err() {
        let constraint = "Member must be the name of a time zone, such as America/Los_Angeles";
        faults.unsatisfied(&Place::named("Timezone"), Some(timezone.as_str()), constraint);
    }
}

fn check_source(configuration: &Configuration, faults: &mut Faults) {
    let place = Place::named("MetricSource");
    let source = &configuration.metric_source;
    for unavailable in source.unavailable() {
        let constraint = "Member must be absent: this version of Bartizan reads data from S3SourceConfig, \
                          RDSSourceConfig or RedshiftSourceConfig";
        faults.unsatisfied(&place.member(unavailable), None, constraint);
    }
    match source.available().count() {
        0 if source.unavailable().next().is_none() => {
            let constraint = "Member must have an S3SourceConfig, an RDSSourceConfig or a RedshiftSourceConfig";
            faults.unsatisfied(&place, None, constraint);
        }
        0 | 1 => {}
        _ => faults.unsatisfied(&place, None, "Member must have one source only"),
    }
    if let Some(files) = &source.s3_source_config {
        check_s3_source(configuration, files, &place.member("S3SourceConfig"), faults);
    }
    let rds = source.rds_source_config.as_ref().map(DatabaseSource::of_rds);
    let redshift = source.redshift_source_config.as_ref().map(DatabaseSource::of_redshift);
    for (name, table) in [("RDSSourceConfig", rds), ("RedshiftSourceConfig", redshift)] {
        for missing in table.and_then(Result::err).into_iter().flatten() {
            faults.missing(&place.member(name).member(missing));
        }
    }
}

fn check_s3_source(configuration: &Configuration, source: &S3SourceConfig, place: &Place<'_>, faults: &mut Faults) {
    if source.role_arn.is_none() {
        faults.missing(&place.member("RoleArn"));
    }
    if source.templated_path_list.is_none() && source.historical_data_path_list.is_none() {
        faults.unsatisfied(place, None, "Member must have a TemplatedPathList or a HistoricalDataPathList");
    }
    let templates = place.member("TemplatedPathList");
    let paths = source.templated_path_list.iter().flat_map(|list| list.as_slice()).enumerate();
    for (position, path) in paths {
        if let Err(what) = PathTemplate::read(path.as_str()) {
            faults.unsatisfied(&templates.item(position + 1), Some(path.as_str()), format!("Member must {what}"));
        }
    }
    let format = place.member("FileFormatDescriptor");
    match &source.file_format_descriptor {
        None => faults.missing(&format),
        Some(FileFormatDescriptor { csv_format_descriptor: Some(csv), json_format_descriptor: None }) => {
            check_csv(configuration, csv, &format.member("CsvFormatDescriptor"), faults);
        }
        Some(FileFormatDescriptor { csv_format_descriptor: None, json_format_descriptor: Some(json) }) => {
            check_charset(json.charset.as_ref(), &format.member("JsonFormatDescriptor"), faults);
        }
        Some(_) => {
            let constraint = "Member must have either a CsvFormatDescriptor or a JsonFormatDescriptor";
            faults.unsatisfied(&format, None, constraint);
        }
    }
}

fn check_charset(charset: Option<&Charset>, place: &Place<'_>, faults: &mut Faults) {
    if let Some(name) = charset.map(Charset::as_str).filter(|name| data::charset(Some(name)).is_none()) {
        let constraint = "Member must be the name of a character set, such as UTF-8";
        faults.unsatisfied(&place.member("Charset"), Some(name), constraint);
    }
}

fn check_csv(configuration: &Configuration, csv: &CsvFormatDescriptor, place: &Place<'_>, faults: &mut Faults) {
    check_charset(csv.charset.as_ref(), place, faults);
    if let Some(delimiter) = csv.delimiter.as_deref().filter(|given| !DELIMITERS.contains(given)) {
        let constraint = "Member must be a comma, a tab, a space or a vertical bar";
        faults.unsatisfied(&place.member("Delimiter"), Some(delimiter), constraint);
    }
    let place = place.member("HeaderList");
    let Some(header) = &csv.header_list else {
        if csv.contains_header == Some(false) {
            faults.missing(&place);
        }
        return;
    };
    let mut names = BTreeSet::new();
    for (position, name) in header.iter().enumerate() {
        if !names.insert(name.as_str()) {
            faults.unsatisfied(&place.item(position + 1), Some(name.as_str()), "Member must be there once only");
        }
    }
    for column in configuration.columns().filter(|column| !names.contains(column.as_str())) {
        faults.unsatisfied(&place, None, format!("Member must have the column {column}"));
    }
}

fn check_filters(configuration: &Configuration, faults: &mut Faults) {
    let filters = Place::named("DimensionFilterList");
    let mut seen = BTreeSet::new();
    for (position, filter) in configuration.dimension_filter_list.iter().flatten().enumerate() {
        let place = filters.item(position + 1);
        let name = place.member("Name");
        match &filter.name {
            None => faults.missing(&name),
            Some(dimension) if !configuration.dimensions().contains(dimension) => {
                faults.unsatisfied(&name, Some(dimension.as_str()), "Member must be one of the dataset's dimensions");
            }
            Some(dimension) if !seen.insert(dimension.as_str()) => {
                let constraint = "Member must be there once only; give all of its values in one FilterList";
                faults.unsatisfied(&name, Some(dimension.as_str()), constraint);
            }
            Some(_) => {}
        }
        let list = place.member("FilterList");
        let Some(values) = &filter.filter_list else {
            faults.missing(&list);
            continue;
        };
        for (position, value) in values.as_slice().iter().enumerate() {
            let place = list.item(position + 1);
            match &value.dimension_value {
                None => faults.missing(&place.member("DimensionValue")),
                Some(text) if text.chars().count() > MAX_DIMENSION_VALUE => {
                    let constraint = format!("Member must have length less than or equal to {MAX_DIMENSION_VALUE}");
                    faults.unsatisfied(&place.member("DimensionValue"), Some(text), constraint);
                }
                Some(_) => {}
            }
            if value.filter_operation.is_none() {
                faults.missing(&place.member("FilterOperation"));
            }
        }
    }
}

impl Configuration {
    pub(super) fn dimensions(&self) -> &[ColumnName] {
        self.dimension_list.as_ref().map_or(&[], |list| list.as_slice())
    }

    /// All columns that are read.
    fn columns(&self) -> impl Iterator<Item = &ColumnName> {
        let timestamp = self.timestamp_column.iter().filter_map(|column| column.column_name.as_ref());
        let measures = self.metric_list.as_slice().iter().map(|measure| &measure.metric_name);
        timestamp.chain(measures).chain(self.dimensions())
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
