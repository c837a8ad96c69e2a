//! `bartizan detect`: anomalies in a series that comes as CSV on standard input.
//!
//! A row in: `timestamp,value`; a header is passed over. A row out for each, in order and flushed at once:
//! `timestamp,value,anomaly_score,expected,lower,upper`. A row that cannot be read is reported with its line number on
//! standard error and answered with its own fields and nothing else: its score is empty, since zero would be a verdict. A
//! row without a value has what was expected, and no score. `docs/guide/detect.md` tells it to users.

mod plot;

use std::{
    fmt::Write as _,
    fs,
    io::{self, BufRead, Write},
    path::PathBuf,
};

use bartizan_anomaly::{Interval, Series, Time, Verdict};
use jiff::fmt::temporal::Pieces;

use crate::Failure;
use plot::{Plot, Point};

/// The arguments of `bartizan detect`.
#[derive(clap::Args)]
pub struct Arguments {
    /// How far apart points are meant to be, as an ISO 8601 duration: PT5M, PT1H, P1D.
    #[arg(long, value_name = "DURATION")]
    interval: Interval,
    /// What the score says.
    #[arg(long, value_enum, default_value_t)]
    score: Score,
    /// Draw values, expected range and anomalies into this SVG file when the input ends.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// What a score says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Score {
    /// How far out of the ordinary for its time; from 0.5 on it is an anomaly.
    #[default]
    Severity,
    /// How unlike all that was seen before.
    Novelty,
}

/// Answers each row of `input` with a row in `output`; what is wrong with a row goes to `errors`.
///
/// # Errors
/// Those of reading and writing; a bad row is answered, not an error.
pub fn run(arguments: &Arguments, input: impl BufRead, output: impl Write, errors: impl Write) -> Result<(), Failure> {
    let mut plot = arguments.plot.as_ref().map(|_| Plot::new(arguments.interval, arguments.score == Score::Novelty));
    detect(arguments, input, output, errors, plot.as_mut())?;
    if let (Some(plot), Some(path)) = (plot, &arguments.plot) {
        fs::write(path, plot.draw()).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn detect(
    arguments: &Arguments,
    mut input: impl BufRead,
    mut output: impl Write,
    mut errors: impl Write,
    mut plot: Option<&mut Plot>,
) -> io::Result<()> {
    let mut series = Series::new(arguments.interval);
    let (mut line, mut answer) = (Vec::new(), String::new());
    let mut number = 0_u64;
    output.write_all(b"timestamp,value,anomaly_score,expected,lower,upper\n")?;
    output.flush()?;
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        number += 1;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        let (timestamp, value) = fields(text);
        answer.clear();
        match (read_time(timestamp), read_value(value)) {
            (None, Err(())) if number == 1 => continue,
            (Some(time), Ok(found)) => {
                let verdict = series.observe(time, found);
                let score = match arguments.score {
                    Score::Severity => verdict.severity,
                    Score::Novelty => verdict.novelty,
                } / 100.0;
                answer_row(&mut answer, timestamp, value, found.is_finite().then_some(score), &verdict);
                if let Some(plot) = &mut plot {
                    plot.add(Point { milliseconds: time.milliseconds, value: found, score, verdict });
                }
            }
            (time, _) => {
                let (what, field) = if time.is_none() { ("timestamp", timestamp) } else { ("value", value) };
                writeln!(errors, "bartizan: line {number}: '{field}' is no {what}")?;
                let _ = writeln!(answer, "{},{},,,,", quoted(timestamp), quoted(value));
            }
        }
        output.write_all(answer.as_bytes())?;
        output.flush()?;
    }
}

/// The first two fields of a row; what follows them is passed over.
fn fields(text: &str) -> (&str, &str) {
    let mut fields = text.split(',').map(|field| field.trim().trim_matches('"'));
    (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
}

/// A time: ISO 8601 with `T` or a space, with an offset or else in UTC; a date alone; seconds since the epoch, or milliseconds
/// if there are as many as no date in seconds has.
fn read_time(text: &str) -> Option<Time> {
    if let Ok(number) = text.parse::<f64>() {
        let milliseconds = if number.abs() < 1e11 { number * 1000.0 } else { number };
        // The cast is exact enough: below 2^53.
        return (milliseconds.abs() < 9e15)
            .then_some(Time { milliseconds: milliseconds.round() as i64, utc_offset: 0 });
    }
    let pieces = Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset().unwrap_or(jiff::tz::Offset::UTC);
    let local = pieces.date().to_datetime(pieces.time().unwrap_or_default());
    let timestamp = offset.to_timestamp(local).ok()?;
    Some(Time { milliseconds: timestamp.as_millisecond(), utc_offset: offset.seconds() })
}

/// A value; one that is empty is missing, which is not wrong.
fn read_value(text: &str) -> Result<f64, ()> {
    if text.is_empty() { Ok(f64::NAN) } else { text.parse().map_err(drop) }
}

fn answer_row(answer: &mut String, timestamp: &str, value: &str, score: Option<f64>, verdict: &Verdict) {
    let _ = write!(answer, "{},{},", quoted(timestamp), quoted(value));
    if let Some(score) = score {
        let _ = write!(answer, "{score:.4}");
    }
    for number in [verdict.expected, verdict.lower, verdict.upper] {
        answer.push(',');
        write_number(answer, number);
    }
    answer.push('\n');
}

/// Six digits that say something, or all before the point.
fn write_number(out: &mut String, number: f64) {
    let magnitude = if number == 0.0 { 0.0 } else { number.abs().log10().floor() };
    let decimals = (5.0 - magnitude).clamp(0.0, 12.0) as usize;
    let start = out.len();
    let _ = write!(out, "{number:.decimals$}");
    if decimals > 0 {
        out.truncate(out.trim_end_matches('0').trim_end_matches('.').len().max(start + 1));
    }
}

/// The field as CSV has it.
fn quoted(field: &str) -> String {
    if field.contains(['"', ',']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
}

#[cfg(test)]
mod tests;
