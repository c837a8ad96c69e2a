use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{Intervals, Pattern};
use crate::names::Frequency;

/// What a dataset's rows mean.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The column that says when.
    pub timestamp: String,
    /// How it says so.
    pub pattern: Pattern,
    /// The columns that are measured.
    pub measures: Vec<Measure>,
    /// The columns that tell metrics of one measure apart.
    pub dimensions: Vec<String>,
    /// For a dimension, by its place: the values of which a row must have one.
    pub filters: Vec<(usize, BTreeSet<String>)>,
    /// How time is cut.
    pub intervals: Intervals,
    /// How much there may be.
    pub limits: Limits,
}

/// A column that is measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its name.
    pub name: String,
    /// How several values of one interval become one.
    pub aggregation: Aggregation,
}

/// How several values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregation {
    /// Their mean.
    Average,
    /// Their sum.
    Sum,
}

/// How much data there may be. What goes beyond is refused, not left out.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Files of one interval.
    pub files: usize,
    /// Rows of one interval.
    pub rows: u64,
    /// Metrics of a detector: measures times combinations of dimensions.
    pub metrics: usize,
}

impl Limits {
    pub(crate) const fn of(frequency: Frequency) -> Self {
        let (files, rows, metrics) = match frequency {
            Frequency::FiveMinutes => (5, 15_000, 5_000),
            Frequency::TenMinutes => (5, 24_000, 10_000),
            Frequency::OneHour => (10, 150_000, 50_000),
            Frequency::OneDay => (10, 150_000, 50_000),
        };
        Self { files, rows, metrics }
    }
}

impl Plan {
    /// The columns that are read: the timestamp, the measures, the dimensions.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let measures = self.measures.iter().map(|measure| measure.name.as_str());
        let dimensions = self.dimensions.iter().map(String::as_str);
        std::iter::once(self.timestamp.as_str()).chain(measures).chain(dimensions).collect()
    }

    /// The zone that timestamps are local in.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        self.intervals.zone()
    }
}
