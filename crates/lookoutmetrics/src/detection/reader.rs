//! A detector's data, read as its role.

use std::{
    io::{self, Read},
    ops::Range,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use bartizan_gate::Gate;
use bartizan_store::entity::AnomalyDetector;
use jiff::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{Worker, work::Trouble};
use crate::{
    data::{Counts, Format, Reading},
    metric_set::{Files, Origin, Supply},
    session::WorksFor,
    source::{FOREIGN_TIMESTAMPS, INSUFFICIENT_DATA, Listed, MAX_HISTORICAL_FILES, Source},
    table::Table,
};

/// Bytes of data of an interval.
const MAX_BYTES: u64 = 200 * 1024 * 1024;
/// How long a table's rows are waited for: those of all the past, and those of an interval. A database that is slow holds up
/// other detectors.
const PAST: Duration = Duration::from_secs(5 * 60);
const INTERVAL: Duration = Duration::from_secs(30);
/// How often the lease is thought of while they are.
const BEAT: Duration = Duration::from_secs(1);
/// How many tables are read at once: whatever their databases do, a thread is left for other detectors.
static TABLES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(Worker::threads() - 1));

/// Reads data as the role that the dataset names, which is assumed for an hour.
pub struct Reader<'a> {
    supply: &'a Supply,
    from: Opened<'a>,
    /// Held while a table is read.
    _place: Option<SemaphorePermit<'static>>,
}

/// What data is read from.
enum Opened<'a> {
    Files(&'a Files, Source<'a>),
    Table(Table<'a>),
}

/// Keeps the lease while data is read; it may be called at any time.
pub type Keep<'a> = &'a mut dyn FnMut() -> Result<(), Trouble>;

impl<'a> Reader<'a> {
    /// Assumes the role for the detector.
    pub fn open(gate: &'a Gate, supply: &'a Supply, detector: &AnomalyDetector) -> Result<Self, Trouble> {
        let works_for = WorksFor { account: detector.account, region: &detector.region, detector: Some(&detector.arn) };
        let (from, place) = match &supply.origin {
            Origin::Files(files) => (Opened::Files(files, Source::open(gate, &files.role, &works_for)?), None),
            Origin::Table(table) => {
                let place = TABLES.try_acquire().map_err(|_| Trouble::Busy)?;
                (Opened::Table(Table::open(gate, gate.outbound(), table, &works_for)?), Some(place))
            }
        };
        Ok(Self { supply, from, _place: place })
    }

    /// Reads the past into `reading`: the historical files, if there are any.
    pub fn historical(&self, reading: &mut Reading<'_>, keep: Keep<'_>) -> Result<(), Trouble> {
        let Opened::Files(Files { historical: Some(folder), format, .. }, source) = &self.from else { return Ok(()) };
        let files = source.directly_in(folder, MAX_HISTORICAL_FILES)?;
        if files.is_empty() {
            return Err(Trouble::Refused(INSUFFICIENT_DATA.to_owned()));
        }
        if files.len() > MAX_HISTORICAL_FILES {
            let text = format!("There are more than {MAX_HISTORICAL_FILES} files of historical data.");
            return Err(Trouble::Refused(text));
        }
        for file in &files {
            keep()?;
            read_file(source, format, (&folder.bucket, &file.key), reading, keep)?;
        }
        must_have_timestamps(reading.counts())
    }

    /// Reads what was in the intervals of this time into `reading`: from the historical files, and from the intervals' own
    /// since then; or all from the table.
    pub fn past(&self, range: Range<Timestamp>, reading: &mut Reading<'_>, keep: Keep<'_>) -> Result<(), Trouble> {
        if let Opened::Table(table) = &self.from {
            return self.rows(table, range, PAST, reading, keep);
        }
        self.historical(reading, keep)?;
        let intervals = &self.supply.plan.intervals;
        let mut start = reading.newest().map_or(range.start, |newest| intervals.after(newest));
        while start < range.end {
            self.interval(start, reading, keep)?;
            start = intervals.after(start);
        }
        Ok(())
    }

    /// Reads the interval that starts then into `reading`.
    pub fn interval(&self, start: Timestamp, reading: &mut Reading<'_>, keep: Keep<'_>) -> Result<(), Trouble> {
        let plan = &self.supply.plan;
        let (files, source) = match &self.from {
            Opened::Files(files, source) => (files, source),
            Opened::Table(table) => {
                return self.rows(table, start..plan.intervals.after(start), INTERVAL, reading, keep);
            }
        };
        let Some(template) = &files.template else { return Ok(()) };
        let folder = template.at(&plan.intervals.local(start));
        let folder = folder.ok_or_else(|| Trouble::Refused("The path template names no folder.".to_owned()))?;
        let most = plan.limits.files;
        let found = source.under(&folder, most)?;
        if found.len() > most {
            return Err(Trouble::Refused(format!("There are more than {most} files of the interval.")));
        }
        if found.iter().map(|Listed { size, .. }| size).sum::<u64>() > MAX_BYTES {
            return Err(Trouble::Refused("There are more than 200 MB of data of the interval.".to_owned()));
        }
        keep()?;
        for file in &found {
            read_file(source, &files.format, (&folder.bucket, &file.key), reading, keep)?;
        }
        must_have_timestamps(reading.counts())
    }

    /// Reads a table's rows on a thread of their own. On this one the lease is kept: a database may be silent for longer
    /// than it lasts.
    fn rows(
        &self,
        table: &Table<'_>,
        range: Range<Timestamp>,
        patience: Duration,
        reading: &mut Reading<'_>,
        keep: Keep<'_>,
    ) -> Result<(), Trouble> {
        let plan = &self.supply.plan;
        let is_in_vain = AtomicBool::new(false);
        let (end, ended) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| {
                let end = end;
                let mut taken = Ok(());
                let read = table.read(plan, range, patience, &mut |row| {
                    taken = reading.row(Some(row));
                    taken.is_ok() && !is_in_vain.load(Ordering::Relaxed)
                });
                // Nobody listens to work in vain.
                let _ = end.send(taken.map_err(Trouble::from).and(read.map_err(Trouble::from)));
            });
            loop {
                match ended.recv_timeout(BEAT) {
                    Ok(outcome) => return outcome,
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(why @ RecvTimeoutError::Disconnected) => return Err(Trouble::Passing(why.to_string())),
                }
                if let Err(trouble) = keep() {
                    is_in_vain.store(true, Ordering::Relaxed);
                    return Err(trouble);
                }
            }
        })
    }

    /// Begins to read rows of these intervals.
    pub fn reading(&self, wanted: Option<Range<Timestamp>>) -> Reading<'a> {
        Reading::new(&self.supply.plan, wanted)
    }
}

/// Bytes that tell somebody that they are being read, and end when that fails.
struct Watched<'a, R> {
    from: R,
    keep: Keep<'a>,
    /// Why they have ended.
    trouble: Option<Trouble>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Err(trouble) = (self.keep)() {
            self.trouble = Some(trouble);
            return Err(io::Error::other("nobody waits for it"));
        }
        let read = self.from.read(buffer);
        if let Err(why) = &read {
            // That bytes do not come is no fault of the data.
            self.trouble = Some(Trouble::Passing(why.to_string()));
        }
        read
    }
}

/// Reads a file into `reading`. It may be so large that a lease would be over before its end.
fn read_file(
    source: &Source<'_>,
    format: &Format,
    (bucket, key): (&str, &str),
    reading: &mut Reading<'_>,
    keep: Keep<'_>,
) -> Result<(), Trouble> {
    let mut watched = Watched { from: source.read(bucket, key)?, keep, trouble: None };
    let read = reading.file(format, &mut watched);
    match watched.trouble {
        Some(trouble) => Err(trouble),
        None => Ok(read?),
    }
}

fn must_have_timestamps(counts: &Counts) -> Result<(), Trouble> {
    if counts.foreign_timestamps > 0 && counts.foreign_timestamps == counts.rows {
        return Err(Trouble::Refused(FOREIGN_TIMESTAMPS.to_owned()));
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
        let mut watched = Watched { from: io::repeat(b'x'), keep: &mut progress, trouble: None };
        let mut read = Vec::new();
        assert!(watched.by_ref().take(1_000_000).read_to_end(&mut read).is_err());
        assert!(matches!(watched.trouble, Some(Trouble::Refused(why)) if why == "enough"));
        assert!(read.len() < 1_000_000);
    }
}
