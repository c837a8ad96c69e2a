//! A look at a dataset's data before the dataset is taken: as its role, and at the first records of the first and the last
//! file only. What no detector could work with is refused here, and not learnt from one that fails.

use std::io::Read;

use bartizan_gate::{Context, Error};
use bartizan_store::entity;
use bartizan_wire::Place;

use super::Configuration;
use crate::{
    data::{Kind, Location, PathTemplate, Plan, Row, Unreadable},
    error, role,
    source::{INSUFFICIENT_DATA, Listed, Source, WorksFor},
};

/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
const MAX_HISTORICAL_FILES: usize = 3_000;
/// Among how many objects those of intervals are looked for.
const LOOK: usize = 1_000;
/// How many records of a file are read.
const RECORDS: usize = 100;
/// AWS's words.
const FOREIGN_TIMESTAMPS: &str =
    "Timestamp Column values inside file provided in S3 path do not match provided timestamp format.";

impl Configuration {
    /// That its role can be assumed for the detector and may list and read, that its buckets are in the Region, and that
    /// the records are as they are described.
    ///
    /// # Errors
    /// `ValidationException`
    pub(super) fn data_must_be_readable(
        &self,
        cx: &Context<'_>,
        detector: &entity::AnomalyDetector,
        plan: &Plan,
    ) -> Result<(), Error> {
        let Some(config) = &self.metric_source.s3_source_config else { return Ok(()) };
        // The rules have asked for one.
        let Some(role) = &config.role_arn else { return Ok(()) };
        let place = Place::named("MetricSource");
        let place = place.member("S3SourceConfig");
        role::must_be_usable(cx, role, &place.member("RoleArn"), &detector.arn)?;
        let works_for = WorksFor { account: cx.account(), region: cx.region, detector: Some(&detector.arn) };
        let source = Source::open(cx, role, &works_for)?;

        for path in config.historical_data_path_list.iter().flat_map(|list| list.as_slice()) {
            let folder = Location::read(path.as_str()).ok_or_else(|| error::refused(INSUFFICIENT_DATA))?;
            must_be_here(&source, &folder.bucket, cx.region, "historicalDataPathList")?;
            let files = source.directly_in(&folder, MAX_HISTORICAL_FILES)?;
            if files.len() > MAX_HISTORICAL_FILES {
                return Err(error::refused(format!(
                    "There are more than {MAX_HISTORICAL_FILES} files at the source location. Check service limits and \
                     requirements."
                )));
            }
            if !Sample::of(&source, &folder, &files, plan)?.is_good()? {
                return Err(error::refused(INSUFFICIENT_DATA));
            }
        }
        for path in config.templated_path_list.iter().flat_map(|list| list.as_slice()) {
            // The rules have read it.
            let Ok(template) = PathTemplate::read(path.as_str()) else { continue };
            let Some(root) = template.root() else { continue };
            must_be_here(&source, &root.bucket, cx.region, "templatedPathList")?;
            let mut files = source.under(&root, LOOK)?;
            files.retain(|file| template.start_of(&root.bucket, &file.key, plan.zone()).is_some());
            // There may be none yet.
            Sample::of(&source, &root, &files, plan)?.is_good()?;
        }
        Ok(())
    }
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
    /// Of the first and the last file.
    fn of(source: &Source<'_>, folder: &Location, files: &[Listed], plan: &'a Plan) -> Result<Self, Error> {
        let mut sample = Self { plan, records: 0, whole: 0, timed: 0, present: vec![false; plan.columns().len()] };
        let last = files.last().filter(|_| files.len() > 1);
        for file in files.first().into_iter().chain(last) {
            sample.file(source.read(&folder.bucket, &file.key)?).map_err(|why| error::refused(why.to_string()))?;
        }
        Ok(sample)
    }

    fn file(&mut self, from: impl Read) -> Result<(), Unreadable> {
        let plan = self.plan;
        let mut left = RECORDS;
        let mut each = |row: Option<&Row<'_>>| {
            self.record(row);
            left -= 1;
            left > 0
        };
        plan.format.read(from, &plan.columns(), &mut each)
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
    fn is_good(&self) -> Result<bool, Error> {
        if self.records == 0 {
            return Ok(false);
        }
        if self.whole == 0 {
            return Err(error::refused(
                "The data's records are not of the format that FileFormatDescriptor describes.",
            ));
        }
        // A line of JSON has its columns' names itself: one that is nowhere is not there.
        if self.plan.format.kind == Kind::JsonLines
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
