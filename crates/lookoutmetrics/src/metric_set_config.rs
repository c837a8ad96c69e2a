//! Guessing how a dataset is to be configured, from a look at its data with the caller's own credentials.

mod guess;
mod rhythm;

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::{Faults, Place, Shape};
use jiff::{Timestamp, tz::TimeZone};

use crate::{
    data::{Location, PathTemplate, Unreadable},
    error, lookup,
    metric_source::{HistoricalDataPathList, TemplatedPathList},
    names::Arn,
    source::{INSUFFICIENT_DATA, Listed, Source},
};

use guess::{Csv, Guess, Guessed, Head};

/// Among how many objects of a path the first and the last are looked at.
const LOOK: usize = 1_000;

/// Guesses a dataset's format, interval and offset.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DetectMetricSetConfig.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DetectMetricSetConfigRequest")]
pub struct DetectMetricSetConfig {
    anomaly_detector_arn: Arn,
    auto_detection_metric_source: AutoDetectionMetricSource,
}

/// Where to look.
#[derive(Debug, Clone, Shape)]
pub struct AutoDetectionMetricSource {
    s3_source_config: Option<AutoDetectionS3SourceConfig>,
}

/// Where to look in Amazon S3. There is no role in it: the caller's own permissions count.
#[derive(Debug, Clone, Shape)]
pub struct AutoDetectionS3SourceConfig {
    templated_path_list: Option<TemplatedPathList>,
    historical_data_path_list: Option<HistoricalDataPathList>,
}

/// What was guessed.
#[derive(Debug, Shape)]
pub struct DetectMetricSetConfigResponse {
    detected_metric_set_config: Option<DetectedMetricSetConfig>,
}

/// A guessed configuration.
#[derive(Debug, Shape)]
pub struct DetectedMetricSetConfig {
    offset: Option<DetectedField>,
    metric_set_frequency: Option<DetectedField>,
    metric_source: Option<DetectedMetricSource>,
}

/// A guessed value.
#[derive(Debug, Shape)]
pub struct DetectedField {
    value: Option<AttributeValue>,
    confidence: Option<Confidence>,
    message: Option<String>,
}

/// A value of one type or another.
#[derive(Debug, Default, Shape)]
pub struct AttributeValue {
    s: Option<String>,
    /// A number, in text.
    n: Option<String>,
    b: Option<String>,
    #[shape(name = "SS")]
    ss: Option<Vec<String>>,
    #[shape(name = "NS")]
    ns: Option<Vec<String>>,
    #[shape(name = "BS")]
    bs: Option<Vec<String>>,
}

/// How sure the guess is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum Confidence {
    High,
    Low,
    None,
}

/// A guessed source.
#[derive(Debug, Shape)]
pub struct DetectedMetricSource {
    s3_source_config: Option<DetectedS3SourceConfig>,
}

/// A guessed source in Amazon S3.
#[derive(Debug, Shape)]
pub struct DetectedS3SourceConfig {
    file_format_descriptor: Option<DetectedFileFormatDescriptor>,
}

/// A guessed format.
#[derive(Debug, Shape)]
pub struct DetectedFileFormatDescriptor {
    csv_format_descriptor: Option<DetectedCsvFormatDescriptor>,
    json_format_descriptor: Option<DetectedJsonFormatDescriptor>,
}

/// A guessed format of delimited records.
#[derive(Debug, Shape)]
pub struct DetectedCsvFormatDescriptor {
    file_compression: Option<DetectedField>,
    charset: Option<DetectedField>,
    contains_header: Option<DetectedField>,
    delimiter: Option<DetectedField>,
    header_list: Option<DetectedField>,
    quote_symbol: Option<DetectedField>,
}

/// A guessed format of JSON lines.
#[derive(Debug, Shape)]
pub struct DetectedJsonFormatDescriptor {
    file_compression: Option<DetectedField>,
    charset: Option<DetectedField>,
}

impl Operation for DetectMetricSetConfig {
    const ACTION: &'static str = "lookoutmetrics:DetectMetricSetConfig";
    // AWS counts it among the writes.
    const EFFECT: Effect = Effect::Write;
    type Output = DetectMetricSetConfigResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let place = Place::named("AutoDetectionMetricSource");
        let place = place.member("S3SourceConfig");
        let Some(config) = &self.auto_detection_metric_source.s3_source_config else {
            let mut faults = Faults::new();
            faults.missing(&place);
            return Err(Error::Invalid(faults));
        };
        let look = Look::at(&Source::of_caller(cx), config, &place)?;
        let guess = Guess::of(&look.heads).ok_or_else(|| error::refused(INSUFFICIENT_DATA))?;
        Ok(DetectMetricSetConfigResponse { detected_metric_set_config: Some(look.detected(guess)) })
    }
}

/// What is seen of a source's objects.
struct Look {
    /// The beginnings of the first and the last object of each path.
    heads: Vec<Head>,
    /// Of the objects of intervals: when the interval starts, and when the object was written.
    arrivals: Vec<(Timestamp, Timestamp)>,
}

impl Look {
    fn at(source: &Source<'_>, config: &AutoDetectionS3SourceConfig, place: &Place<'_>) -> Result<Self, Error> {
        let mut look = Self { heads: Vec::new(), arrivals: Vec::new() };
        let historical = config.historical_data_path_list.iter().flat_map(|list| list.as_slice());
        let templates = config.templated_path_list.iter().flat_map(|list| list.as_slice());
        if config.historical_data_path_list.is_none() && config.templated_path_list.is_none() {
            let constraint = "Member must have a TemplatedPathList or a HistoricalDataPathList";
            return Err(error::invalid_field(place, None, constraint));
        }
        for path in historical {
            let folder = Location::read(path.as_str()).ok_or_else(|| error::refused(INSUFFICIENT_DATA))?;
            look.begin(source, &folder, &source.directly_in(&folder, LOOK)?)?;
        }
        let list = place.member("TemplatedPathList");
        for (position, path) in templates.enumerate() {
            let template = PathTemplate::read(path.as_str()).map_err(|what| {
                error::invalid_field(&list.item(position + 1), Some(path.as_str()), &format!("Member must {what}"))
            })?;
            let root = template.root().ok_or_else(|| error::refused(INSUFFICIENT_DATA))?;
            let mut objects = source.under(&root, LOOK)?;
            objects.retain(|object| match template.start_of(&root.bucket, &object.key, &TimeZone::UTC) {
                Some(start) => {
                    look.arrivals.push((start.timestamp(), object.modified));
                    true
                }
                None => false,
            });
            look.begin(source, &root, &objects)?;
        }
        Ok(look)
    }

    fn begin(&mut self, source: &Source<'_>, folder: &Location, objects: &[Listed]) -> Result<(), Error> {
        let last = objects.last().filter(|_| objects.len() > 1);
        for object in objects.first().into_iter().chain(last) {
            let head = Head::read(source.read(&folder.bucket, &object.key)?);
            self.heads.push(head.map_err(|why| error::refused(Unreadable::from(why).to_string()))?);
        }
        Ok(())
    }

    fn detected(&self, guess: Guess) -> DetectedMetricSetConfig {
        // Where the paths of intervals tell how long these are, the records' times within do not count.
        let starts: Vec<Timestamp> = self.arrivals.iter().map(|(start, _)| *start).collect();
        let mut steps = rhythm::steps(&starts);
        if steps.is_empty() {
            steps = guess.times.iter().flat_map(|times| rhythm::steps(times)).collect();
        }
        let frequency = rhythm::frequency(&steps);
        let offset = rhythm::offset(&self.arrivals, frequency.value);
        DetectedMetricSetConfig {
            offset: Some(offset.number()),
            metric_set_frequency: Some(frequency.map(|frequency| frequency.as_str().to_owned()).text()),
            metric_source: Some(DetectedMetricSource {
                s3_source_config: Some(DetectedS3SourceConfig { file_format_descriptor: Some(format(guess)) }),
            }),
        }
    }
}

fn format(guess: Guess) -> DetectedFileFormatDescriptor {
    let Guess { gzip, charset, csv, .. } = guess;
    let file_compression = Some(gzip.map(|gzip| if gzip { "GZIP" } else { "NONE" }.to_owned()).text());
    let charset = Some(charset.text());
    match csv {
        None => DetectedFileFormatDescriptor {
            csv_format_descriptor: None,
            json_format_descriptor: Some(DetectedJsonFormatDescriptor { file_compression, charset }),
        },
        Some(Csv { delimiter, quote, contains_header, header }) => DetectedFileFormatDescriptor {
            csv_format_descriptor: Some(DetectedCsvFormatDescriptor {
                file_compression,
                charset,
                contains_header: Some(contains_header.map(|is_there| is_there.to_string()).text()),
                delimiter: Some(delimiter.map(|symbol| char::from(symbol).to_string()).text()),
                header_list: Some(header.list()),
                quote_symbol: Some(quote.map(|symbol| char::from(symbol).to_string()).text()),
            }),
            json_format_descriptor: None,
        },
    }
}

impl<T> Guessed<T> {
    fn map<To>(self, to: impl FnOnce(T) -> To) -> Guessed<To> {
        Guessed { value: self.value.map(to), confidence: self.confidence, message: self.message }
    }

    fn field(self, value: impl FnOnce(T) -> AttributeValue) -> DetectedField {
        DetectedField {
            value: self.value.map(value),
            confidence: Some(self.confidence),
            message: self.message.map(str::to_owned),
        }
    }
}

impl Guessed<String> {
    fn text(self) -> DetectedField {
        self.field(|text| AttributeValue { s: Some(text), ..AttributeValue::default() })
    }
}

impl Guessed<Vec<String>> {
    fn list(self) -> DetectedField {
        self.field(|texts| AttributeValue { ss: Some(texts), ..AttributeValue::default() })
    }
}

impl Guessed<i64> {
    fn number(self) -> DetectedField {
        self.field(|number| AttributeValue { n: Some(number.to_string()), ..AttributeValue::default() })
    }
}
