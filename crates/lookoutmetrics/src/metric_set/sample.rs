//! A look at a dataset's data before the dataset is taken: as its role, and at the first records of the first and the last
//! file only, or at some rows of a table. What no detector could work with is refused here, and not learnt from one that
//! fails.

use std::{io::Read, time::Duration};

use bartizan_gate::{Context, Error};
use bartizan_store::entity;
use bartizan_wire::Place;
use jiff::{Timestamp, ToSpan};
use tokio::sync::Semaphore;

use super::{Configuration, Files, Origin, Supply};
use crate::{
    data::{Format, Kind, Location, Plan, Row, Unreadable},
    database::DatabaseSource,
    error, role,
    session::WorksFor,
    source::{FOREIGN_TIMESTAMPS, INSUFFICIENT_DATA, Listed, MAX_HISTORICAL_FILES, Source},
    table::Table,
};

/// Among how many objects those of intervals are looked for.
const LOOK: usize = 1_000;
/// How many records of a file, or rows of a table, are read.
const RECORDS: usize = 100;
/// How long a table's rows are waited for: as long as whoever makes a dataset waits.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many tables are looked at at once, whoever asks: each holds a thread for as long as its database likes.
static LOOKS: Semaphore = Semaphore::const_new(16);

impl Configuration {
    /// That its role can be assumed for the detector and may read, that its buckets are in the Region or its database can be
    /// reached, and that the records are as they are described.
    ///
    /// # Errors
    /// `ValidationException`
    pub(super) fn data_must_be_readable(
        &self,
        cx: &Context<'_>,
        detector: &entity::AnomalyDetector,
        supply: &Supply,
    ) -> Result<(), Error> {
        let place = Place::named("MetricSource");
        // The rules have asked for one.
        let name = self.metric_source.available().next().unwrap_or_default();
        role::must_be_usable(cx, supply.origin.role(), &place.member(name).member("RoleArn"), &detector.arn)?;
        let works_for = WorksFor { account: cx.account(), region: cx.region, detector: Some(&detector.arn) };
        match &supply.origin {
            Origin::Files(files) => files_must_be_readable(cx, &works_for, files, &supply.plan),
            Origin::Table(table) => table_must_be_readable(cx, &works_for, table, &supply.plan),
        }
    }
}

fn files_must_be_readable(cx: &Context<'_>, works_for: &WorksFor<'_>, files: &Files, plan: &Plan) -> Result<(), Error> {
    let Files { role, historical, template, format } = files;
    let source = Source::open(cx, role, works_for)?;
    if let Some(folder) = historical {
        must_be_here(&source, &folder.bucket, cx.region, "historicalDataPathList")?;
        let found = source.directly_in(folder, MAX_HISTORICAL_FILES)?;
        if found.len() > MAX_HISTORICAL_FILES {
            return Err(error::refused(format!(
                "There are more than {MAX_HISTORICAL_FILES} files at the source location. Check service limits and \
                 requirements."
            )));
        }
        if !Sample::of(&source, folder, &found, plan, format)?.is_good(format)? {
            return Err(error::refused(INSUFFICIENT_DATA));
        }
    }
    if let Some((template, root)) = template.as_ref().and_then(|template| Some((template, template.root()?))) {
        must_be_here(&source, &root.bucket, cx.region, "templatedPathList")?;
        let mut found = source.under(&root, LOOK)?;
        found.retain(|file| template.start_of(&root.bucket, &file.key, plan.zone()).is_some());
        // There may be none yet.
        Sample::of(&source, &root, &found, plan, format)?.is_good(format)?;
    }
    Ok(())
}

fn table_must_be_readable(
    cx: &Context<'_>,
    works_for: &WorksFor<'_>,
    source: &DatabaseSource,
    plan: &Plan,
) -> Result<(), Error> {
    let _look = LOOKS.try_acquire().map_err(|_| error::too_many_requests())?;
    let table = Table::open(cx, cx.outbound(), source, works_for)?;
    let mut sample = Sample::new(plan);
    // All times that anything is measured at; there may be no rows yet.
    let latest = cx.now.checked_add((24 * 365 * 100).hours()).unwrap_or(Timestamp::MAX);
    let read = table.read(plan, Timestamp::UNIX_EPOCH..latest, PATIENCE, &mut |row| {
        sample.record(Some(row));
        sample.records < RECORDS
    });
    read.map_err(|why| error::refused(why.to_string()))?;
    if sample.records > 0 && sample.timed == 0 {
        return Err(error::refused("The table's timestamps do not match the provided timestamp format."));
    }
    Ok(())
}

/// AWS's words, for a list of paths that it does not say them of too (inferred).
fn must_be_here(source: &Source<'_>, bucket: &str, region: &str, list: &str) -> Result<(), Error> {
    if source.region_of(bucket)?.as_deref() == Some(region) {
        return Ok(());
    }
    Err(error::refused(format!("One of specified bucket in {list} is not in same region as this AWS service API.")))
}

/// What is counted of some records.
struct Sample<'a> {
    plan: &'a Plan,
    records: usize,
    /// Records with as many values as there are columns, or that are JSON objects.
    whole: usize,
    /// Records with a timestamp of the format.
    timed: usize,
    /// For each column, whether any record has a value in it.
    present: Vec<bool>,
}

impl<'a> Sample<'a> {
    fn new(plan: &'a Plan) -> Self {
        Self { plan, records: 0, whole: 0, timed: 0, present: vec![false; plan.columns().len()] }
    }

    /// Of the first and the last file.
    fn of(
        source: &Source<'_>,
        folder: &Location,
        files: &[Listed],
        plan: &'a Plan,
        format: &Format,
    ) -> Result<Self, Error> {
        let mut sample = Self::new(plan);
        let last = files.last().filter(|_| files.len() > 1);
        for file in files.first().into_iter().chain(last) {
            sample
                .file(source.read(&folder.bucket, &file.key)?, format)
                .map_err(|why| error::refused(why.to_string()))?;
        }
        Ok(sample)
    }

    fn file(&mut self, from: impl Read, format: &Format) -> Result<(), Unreadable> {
        let plan = self.plan;
        let mut left = RECORDS;
        let mut each = |row: Option<&Row<'_>>| {
            self.record(row);
            left -= 1;
            left > 0
        };
        format.read(from, &plan.columns(), &mut each)
    }

    fn record(&mut self, row: Option<&Row<'_>>) {
        self.records += 1;
        let Some(row) = row else { return };
        self.whole += 1;
        for (present, value) in self.present.iter_mut().zip(row) {
            *present |= value.is_some();
        }
        let timestamp = row.first().and_then(Option::as_deref);
        let time = timestamp.and_then(|text| self.plan.pattern.parse(text.trim(), self.plan.zone()));
        self.timed += usize::from(time.is_some());
    }

    /// Whether there is any record; if so, they are such that a detector can work with them.
    fn is_good(&self, format: &Format) -> Result<bool, Error> {
        if self.records == 0 {
            return Ok(false);
        }
        if self.whole == 0 {
            return Err(error::refused(
                "The data's records are not of the format that FileFormatDescriptor describes.",
            ));
        }
        // A line of JSON has its columns' names itself: one that is nowhere is not there.
        if format.kind == Kind::JsonLines
            && let Some((column, _)) =
                self.plan.columns().into_iter().zip(&self.present).find(|(_, present)| !**present)
        {
            return Err(error::refused(Unreadable::NoColumn(column.to_owned()).to_string()));
        }
        if self.timed == 0 {
            return Err(error::refused(FOREIGN_TIMESTAMPS));
        }
        Ok(true)
    }
}
