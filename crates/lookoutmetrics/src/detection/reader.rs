//! A detector's data, read as its role.

use std::{
    io::{self, Read},
    ops::Range,
};

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

    /// Reads the files of the past into `reading`; `progress` is told again and again how many of how many are done.
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
            self.file(&folder.bucket, &file.key, reading, &mut || progress(done, files.len()))?;
        }
        must_have_timestamps(reading.counts())
    }

    /// Reads the files of an interval into `reading`; `progress` is called again and again. How many there are.
    pub fn interval(
        &self,
        start: Timestamp,
        reading: &mut Reading<'_>,
        mut progress: impl FnMut() -> Result<(), Trouble>,
    ) -> Result<usize, Trouble> {
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
            self.file(&folder.bucket, &file.key, reading, &mut progress)?;
        }
        must_have_timestamps(reading.counts())?;
        Ok(files.len())
    }

    /// Reads a file into `reading`. It may be so large that a lease would be over before its end.
    fn file(
        &self,
        bucket: &str,
        key: &str,
        reading: &mut Reading<'_>,
        progress: &mut dyn FnMut() -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        let mut watched = Watched { from: self.source.read(bucket, key)?, progress, trouble: None };
        let read = reading.file(&mut watched);
        match watched.trouble {
            Some(trouble) => Err(trouble),
            None => Ok(read?),
        }
    }

    /// Begins to read rows of these intervals.
    pub fn reading(&self, wanted: Option<Range<Timestamp>>) -> Reading<'a> {
        Reading::new(&self.supply.plan, wanted)
    }
}

/// Bytes that tell somebody that they are being read, and end when that fails.
struct Watched<'a, R> {
    from: R,
    progress: &'a mut dyn FnMut() -> Result<(), Trouble>,
    /// Why they have ended.
    trouble: Option<Trouble>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(trouble) = (self.progress)() {
            self.trouble = Some(trouble);
            return Err(io::Error::other("nobody waits for it"));
        }
        self.from.read(buffer)
    }
}

fn must_have_timestamps(counts: &Counts) -> Result<(), Trouble> {
    if counts.foreign_timestamps > 0 && counts.foreign_timestamps == counts.rows {
        let text = "Timestamp Column values inside file provided in S3 path do not match provided timestamp format.";
        return Err(Trouble::Refused(text.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_in_vain_ends() {
        let mut pieces = 0;
        let mut progress = || {
            pieces += 1;
            if pieces < 3 { Ok(()) } else { Err(Trouble::Refused("enough".to_owned())) }
        };
        let mut watched = Watched { from: io::repeat(b'x'), progress: &mut progress, trouble: None };
        let mut read = Vec::new();
        assert!(watched.by_ref().take(1_000_000).read_to_end(&mut read).is_err());
        assert!(matches!(watched.trouble, Some(Trouble::Refused(why)) if why == "enough"));
        assert!(read.len() < 1_000_000);
    }
}
