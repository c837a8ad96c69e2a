//! From a dataset's configuration to the plan that its data is read by.

use std::collections::BTreeSet;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{AggregationFunction, Configuration};
use crate::{
    data::{self, Aggregation, Format, Intervals, Kind, Limits, Measure, Pattern, Plan},
    metric_source::{CsvFileCompression, CsvFormatDescriptor, FileFormatDescriptor, JsonFileCompression},
    names::Frequency,
};

/// What separates a record's values, and quotes them, where the dataset does not say.
const DELIMITER: u8 = b',';
const QUOTE: u8 = b'"';

impl Configuration {
    /// How its data is read, for a detector with this interval; `None` only for a configuration that the rules would not
    /// have let through.
    pub(super) fn plan(&self, detector: Frequency) -> Option<Plan> {
        let column = self.timestamp_column.as_ref()?;
        let frequency = self.metric_set_frequency.unwrap_or(detector);
        let zone = match &self.timezone {
            None => TimeZone::UTC,
            Some(name) => TimeZoneDatabase::bundled().get(name.as_str()).ok()?,
        };
        let measures = self.metric_list.as_slice().iter().map(|metric| Measure {
            name: metric.metric_name.as_str().to_owned(),
            aggregation: match metric.aggregation_function {
                AggregationFunction::Avg => Aggregation::Average,
                AggregationFunction::Sum => Aggregation::Sum,
            },
        });
        Some(Plan {
            timestamp: column.column_name.as_ref()?.as_str().to_owned(),
            pattern: Pattern::read(column.column_format.as_deref()?).ok()?,
            measures: measures.collect(),
            dimensions: self.dimensions().iter().map(|name| name.as_str().to_owned()).collect(),
            filters: self.filters()?,
            intervals: Intervals::new(frequency, zone),
            limits: Limits::of(frequency),
        })
    }

    fn filters(&self) -> Option<Vec<(usize, BTreeSet<String>)>> {
        let filters = self.dimension_filter_list.iter().flatten().map(|filter| {
            let place = self.dimensions().iter().position(|name| Some(name) == filter.name.as_ref())?;
            let values = filter.filter_list.as_ref()?.as_slice().iter();
            Some((place, values.filter_map(|value| value.dimension_value.clone()).collect()))
        });
        filters.collect()
    }
}

/// How files of this description are read.
pub fn format(descriptor: &FileFormatDescriptor) -> Option<Format> {
    match (&descriptor.csv_format_descriptor, &descriptor.json_format_descriptor) {
        (Some(csv), None) => Some(Format {
            kind: csv_kind(csv),
            gzip: csv.file_compression == Some(CsvFileCompression::Gzip),
            charset: data::charset(csv.charset.as_ref().map(|charset| charset.as_str()))?,
        }),
        (None, Some(json)) => Some(Format {
            kind: Kind::JsonLines,
            gzip: json.file_compression == Some(JsonFileCompression::Gzip),
            charset: data::charset(json.charset.as_ref().map(|charset| charset.as_str()))?,
        }),
        _ => None,
    }
}

fn csv_kind(csv: &CsvFormatDescriptor) -> Kind {
    let header = csv.header_list.as_ref();
    let header: Option<Vec<String>> = header.map(|names| names.iter().map(|name| name.as_str().to_owned()).collect());
    let quote = match csv.quote_symbol.as_deref() {
        None => Some(QUOTE),
        Some(symbol) => symbol.bytes().next(),
    };
    Kind::Csv {
        delimiter: csv.delimiter.as_deref().and_then(|text| text.bytes().next()).unwrap_or(DELIMITER),
        quote,
        contains_header: csv.contains_header.unwrap_or(header.is_none()),
        header,
    }
}
