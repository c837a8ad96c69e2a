//! `bartizan lookout show`: what a detector of Lookout for Metrics is at, and what it has found, drawn for people.
//!
//! It reads the data directory, as `audit` and `deliveries` do, so that it needs neither a running server nor credentials of
//! its own: who may read the directory may see all that is in it. What detectors have found is held against the digests that
//! it was written with, for which the master key is read.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::PathBuf,
    thread,
    time::Duration,
};

use bartizan_lookoutmetrics::{Report, ReportedGroup};
use bartizan_store::{
    Store,
    entity::{AnomalyDetector, Job},
};
use clap::Args;
use comfy_table::{CellAlignment, Table};

use crate::{Failure, audit::STYLE, config::DATA_DIR};

/// How many groups are shown.
const GROUPS: usize = 50;
/// How often is looked whether a detector is ready.
const PAUSE: Duration = Duration::from_millis(200);
/// What values are drawn with, the least first.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The flags of `lookout show`.
#[derive(Args)]
pub struct Arguments {
    /// The detector's name, or its ARN where several accounts or Regions have one of that name.
    detector: String,
    /// Wait until the detector has done with its history, and tell meanwhile how far it is.
    #[arg(long)]
    wait: bool,
    /// Where the state is kept.
    #[arg(long, env = "BARTIZAN_DATA_DIR", value_name = "DIR", default_value = DATA_DIR)]
    data_dir: PathBuf,
    /// The file of the master key [default: master.key in the data directory].
    #[arg(long, env = "BARTIZAN_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,
}

/// Prints the detector's state and its newest groups.
pub fn show(arguments: &Arguments) -> Result<(), Failure> {
    let mut progress = Progress::default();
    loop {
        let (detector, report) = arguments.report()?;
        if arguments.wait && report.progress.is_some() {
            progress.show(&line(&report))?;
            thread::sleep(PAUSE);
            continue;
        }
        progress.end()?;
        return io::stdout().lock().write_all(drawn(&detector, &report).as_bytes()).map_err(Into::into);
    }
}

impl Arguments {
    fn report(&self) -> Result<(AnomalyDetector, Report), Failure> {
        let detectors: Vec<AnomalyDetector> = Store::read_entities(&self.data_dir)?;
        let is_asked = |detector: &&AnomalyDetector| detector.arn == self.detector || detector.name == self.detector;
        let asked: Vec<&AnomalyDetector> = detectors.iter().filter(is_asked).collect();
        let detector = match asked.as_slice() {
            [detector] => *detector,
            [] => return Err(format!("there is no detector {}", self.detector).into()),
            several => {
                let arns: Vec<&str> = several.iter().map(|detector| detector.arn.as_str()).collect();
                return Err(format!("which one? {}", arns.join(", ")).into());
            }
        };
        let jobs: Vec<Job> = Store::read_entities(&self.data_dir)?;
        let job = jobs.iter().find(|job| Some(job.id.as_str()) == detector.rows.as_deref());
        let volume = Store::read_volume(&self.data_dir, self.master_key_file.as_deref())?;
        let report = Report::of(&volume, detector, job, GROUPS).map_err(|error| error.to_string())?;
        Ok((detector.clone(), report))
    }
}

/// A line on standard error that is written over on a terminal, and elsewhere once for each change.
#[derive(Default)]
struct Progress {
    last: Option<String>,
}

impl Progress {
    fn show(&mut self, line: &str) -> io::Result<()> {
        if self.last.as_deref() == Some(line) {
            return Ok(());
        }
        self.last = Some(line.to_owned());
        let mut out = io::stderr().lock();
        // Carriage return, and what erases to the line's end.
        if out.is_terminal() {
            write!(out, "\r{line}\x1b[K")?
        } else {
            writeln!(out, "{line}")?
        }
        out.flush()
    }

    fn end(&self) -> io::Result<()> {
        let mut out = io::stderr().lock();
        if self.last.is_some() && out.is_terminal() { writeln!(out) } else { Ok(()) }
    }
}

/// The state, and how far the work is.
fn line(report: &Report) -> String {
    match report.progress {
        None => report.status.to_owned(),
        Some((_, 0)) => format!("{}: reading", report.status),
        Some((done, of)) => format!("{}: {done} of {of} intervals ({} %)", report.status, 100 * done / of),
    }
}

fn drawn(detector: &AnomalyDetector, report: &Report) -> String {
    let mut text = format!("{}\n{}\n", detector.arn, line(report));
    if let Some(why) = &report.failure {
        text.push_str(&format!("{}\n", printable(why)));
    }
    if report.groups.is_empty() {
        return text + "\nNo anomalies.\n";
    }
    let mut table = Table::new();
    table.load_style(STYLE).set_header(["start", "end", "severity", "measure", "most of it from", "values"]);
    if let Some(severity) = table.column_mut(2) {
        severity.set_cell_alignment(CellAlignment::Right);
    }
    table.add_rows(report.groups.iter().map(row));
    text.push_str(&format!("\n{}\n", table.trim_fmt()));
    if report.older > 0 {
        text.push_str(&format!("\n{} older groups are not shown.\n", report.older));
    }
    text
}

fn row(group: &ReportedGroup) -> [String; 6] {
    let contribution = group.contribution.as_ref();
    [
        group.start.clone(),
        group.end.clone(),
        format!("{:.0}", group.severity),
        group.measure.clone(),
        contribution
            .map(|(name, value, share)| format!("{name} {} {share:.0} %", printable(value)))
            .unwrap_or_default(),
        sparkline(group),
    ]
}

/// Text from somebody's data: a terminal must not take it for orders.
fn printable(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// The values as blocks between the least and the greatest of them, those of the group in brackets; a gap for none.
fn sparkline(group: &ReportedGroup) -> String {
    let there = group.values.iter().copied().filter(|value| value.is_finite());
    let (least, greatest) =
        there.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
    let block = |value: f64| {
        let place = if greatest > least { (value - least) / (greatest - least) * 7.0 } else { 3.0 };
        // No number gets no block. The cast is of 0 to 7.
        if value.is_finite() { BLOCKS.get(place.round() as usize).copied().unwrap_or(' ') } else { ' ' }
    };
    let begin = group.values.len().saturating_sub(group.anomalous);
    let (before, own) = group.values.split_at(begin);
    let draw = |values: &[f64]| values.iter().map(|value| block(*value)).collect::<String>();
    format!("{}[{}]", draw(before), draw(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(values: &[f64], anomalous: usize) -> ReportedGroup {
        ReportedGroup {
            start: String::new(),
            end: String::new(),
            severity: 77.5,
            measure: "views".to_owned(),
            contribution: None,
            values: values.to_vec(),
            anomalous,
        }
    }

    #[test]
    fn values_are_drawn_between_the_least_and_the_greatest() {
        for (values, anomalous, drawn) in [
            (&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0][..], 2, "▁▂▃▄▅▆[▇█]"),
            (&[-5.0, f64::NAN, 5.0], 1, "▁ [█]"),
            (&[3.0, 3.0], 1, "▄[▄]"),
            (&[1.0, 2.0], 2, "[▁█]"),
            (&[f64::NAN, f64::NAN], 1, " [ ]"),
            (&[], 0, "[]"),
        ] {
            assert_eq!(sparkline(&group(values, anomalous)), drawn);
        }
    }

    #[test]
    fn data_gives_a_terminal_no_orders() {
        let value = "it\x1b[2J\r\u{9b}0m".to_owned();
        let group = ReportedGroup { contribution: Some(("market".to_owned(), value, 73.0)), ..group(&[], 0) };
        let [.., contribution, _] = row(&group);
        assert_eq!(contribution, "market it\u{fffd}[2J\u{fffd}\u{fffd}0m 73 %");
    }

    #[test]
    fn a_detector_at_work_says_how_far_it_is() {
        let report =
            |progress| Report { status: "BACK_TEST_ACTIVE", failure: None, progress, groups: Vec::new(), older: 0 };
        assert_eq!(line(&report(None)), "BACK_TEST_ACTIVE");
        assert_eq!(line(&report(Some((0, 0)))), "BACK_TEST_ACTIVE: reading");
        assert_eq!(line(&report(Some((128, 600)))), "BACK_TEST_ACTIVE: 128 of 600 intervals (21 %)");
    }
}
