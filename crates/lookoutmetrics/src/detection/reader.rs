//! A detector's data, read as its role.

use std::ops::Range;

use bartizan_gate::Gate;
use bartizan_store::entity::AnomalyDetector;
use jiff::Timestamp;

use super::work::Trouble;
use crate::{
    data::{Counts, Location, Reading},
    metric_set::Supply,
    source::{INSUFFICIENT_DATA, Listed, Source, WorksFor},
};

/// How many files of the past there may be.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
const MAX_HISTORICAL_FILES: usize = 3_000;
/// Bytes of data of an interval.
const MAX_BYTES: u64 = 200 * 1024 * 1024;

/// Reads data as the role that the dataset names, which is assumed for an hour.
pub struct Reader<'a> {
    supply: &'a Supply,
    source: Source<'a>,
}

impl<'a> Reader<'a> {
    /// Assumes the role for the detector.
    pub fn open(gate: &'a Gate, supply: &'a Supply, detector: &AnomalyDetector) -> Result<Self, Trouble> {
        let works_for = WorksFor { account: detector.account, region: &detector.region, detector: Some(&detector.arn) };
        Ok(Self { supply, source: Source::open(gate, &supply.role, &works_for)? })
    }

    /// Reads the files of the past into `reading`; `progress` is told how many of how many are done.
    pub fn history(
        &self,
        folder: &Location,
        reading: &mut Reading<'_>,
        mut progress: impl FnMut(usize, usize) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let files = self.source.directly_in(folder, MAX_HISTORICAL_FILES)?;
        if files.is_empty() {
            return Err(Trouble::Refused(INSUFFICIENT_DATA.to_owned()));
        }
        if files.len() > MAX_HISTORICAL_FILES {
            let text = format!("There are more than {MAX_HISTORICAL_FILES} files of historical data.");
            return Err(Trouble::Refused(text));
        }
        for (done, file) in files.iter().enumerate() {
            progress(done, files.len())?;
            reading.file(self.source.read(&folder.bucket, &file.key)?)?;
        }
        must_have_timestamps(reading.counts())
    }

    /// Reads the files of an interval into `reading`. How many there are.
    pub fn interval(&self, start: Timestamp, reading: &mut Reading<'_>) -> Result<usize, Trouble> {
        let Some(template) = &self.supply.template else { return Ok(0) };
        let intervals = &self.supply.plan.intervals;
        let folder = template.at(&intervals.local(start));
        let folder = folder.ok_or_else(|| Trouble::Refused("The path template names no folder.".to_owned()))?;
        let most = self.supply.plan.limits.files;
        let files = self.source.under(&folder, most)?;
        if files.len() > most {
            return Err(Trouble::Refused(format!("There are more than {most} files of the interval.")));
        }
        if files.iter().map(|Listed { size, .. }| size).sum::<u64>() > MAX_BYTES {
            return Err(Trouble::Refused("There are more than 200 MB of data of the interval.".to_owned()));
        }
        for file in &files {
            reading.file(self.source.read(&folder.bucket, &file.key)?)?;
        }
        must_have_timestamps(reading.counts())?;
        Ok(files.len())
    }

    /// Begins to read rows of these intervals.
    pub fn reading(&self, wanted: Option<Range<Timestamp>>) -> Reading<'a> {
        Reading::new(&self.supply.plan, wanted)
    }
}

fn must_have_timestamps(counts: &Counts) -> Result<(), Trouble> {
    if counts.foreign_timestamps > 0 && counts.foreign_timestamps == counts.rows {
        let text = "Timestamp Column values inside file provided in S3 path do not match provided timestamp format.";
        return Err(Trouble::Refused(text.to_owned()));
    }
    Ok(())
}
