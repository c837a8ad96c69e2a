use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    io::Read,
    ops::Range,
};

use jiff::Timestamp;

use super::{Aggregation, Plan, Row, Unreadable};

/// The longest that a dimension's value may be, in characters.
const MAX_DIMENSION_VALUE: usize = 40;
/// The greatest that a measure may be, and below zero the least.
const MAX_MEASURE: f64 = 1e15;

/// Data on its way in: what has been read of one or more files. In memory are the sums of each interval and metric, and
/// nothing of the rows.
pub struct Reading<'a> {
    plan: &'a Plan,
    /// The intervals that count; rows of others are passed over.
    wanted: Option<Range<Timestamp>>,
    series: HashMap<Box<[String]>, usize>,
    intervals: BTreeMap<Timestamp, Interval>,
    counts: Counts,
    /// The values that each dimension has had.
    values: Vec<BTreeSet<String>>,
}

#[derive(Default)]
struct Interval {
    rows: u64,
    sums: BTreeMap<usize, Box<[Sum]>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    total: f64,
    count: u32,
}

/// What has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The combinations of dimension values, in the order in which they were first seen.
    pub series: Vec<Vec<String>>,
    /// For each interval with any data, by its start, and each combination in it, by its place: the measures, in the
    /// plan's order.
    pub intervals: BTreeMap<Timestamp, BTreeMap<usize, Vec<Option<f64>>>>,
    /// What was counted.
    pub counts: Counts,
}

/// What is counted of rows that are read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counts {
    /// All rows of the wanted intervals, and those that cannot be told to be of any.
    pub rows: u64,
    /// Rows that say nothing: no record, no timestamp, a dimension missing or too long, or no measure at all.
    pub invalid: u64,
    /// Rows of which some measure is missing or no number.
    pub partial: u64,
    /// Rows whose timestamp is there and not of the pattern.
    pub foreign_timestamps: u64,
    /// For each column of the plan: rows with a value in it.
    pub present: Vec<u64>,
    /// For each dimension: how many values it has had.
    pub values: Vec<usize>,
}

/// Why data is not taken.
#[derive(Debug)]
pub enum Refused {
    /// A file cannot be read.
    Unreadable(Unreadable),
    /// There are more rows in the interval that starts then.
    TooManyRows(Timestamp),
    /// There are more metrics.
    TooManyMetrics,
}

impl<'a> Reading<'a> {
    /// Begins to read; `wanted` are the intervals that count, from the first one's start to before the end.
    #[must_use]
    pub fn new(plan: &'a Plan, wanted: Option<Range<Timestamp>>) -> Self {
        let present = vec![0; plan.columns().len()];
        let values = vec![BTreeSet::new(); plan.dimensions.len()];
        let counts = Counts { present, ..Counts::default() };
        Self { plan, wanted, series: HashMap::new(), intervals: BTreeMap::new(), counts, values }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read, or there is more than there may be. What was read of it before counts no less: the
    /// reading as a whole is of no use then.
    pub fn file(&mut self, from: impl Read) -> Result<(), Refused> {
        let plan = self.plan;
        let mut outcome = Ok(());
        let mut each = |row: Option<&Row<'_>>| {
            outcome = self.row(row);
            outcome.is_ok()
        };
        plan.format.read(from, &plan.columns(), &mut each).map_err(Refused::Unreadable)?;
        outcome
    }

    fn row(&mut self, row: Option<&Row<'_>>) -> Result<(), Refused> {
        let plan = self.plan;
        let Some((timestamp, rest)) = row.and_then(|row| row.split_first()) else {
            self.counts.rows += 1;
            self.counts.invalid += 1;
            return Ok(());
        };
        let time = timestamp.as_deref().and_then(|text| plan.pattern.parse(text.trim(), plan.zone()));
        let start = time.map(|time| plan.intervals.containing(time));
        if let (Some(start), Some(wanted)) = (start, &self.wanted)
            && !wanted.contains(&start)
        {
            return Ok(());
        }
        let (measures, dimensions) = rest.split_at_checked(plan.measures.len()).unwrap_or((rest, &[]));
        let is_filtered = plan.filters.iter().any(|(place, values)| {
            let value = dimensions.get(*place).and_then(Option::as_deref);
            !value.is_some_and(|value| values.contains(value))
        });
        if is_filtered {
            return Ok(());
        }
        self.counts.rows += 1;
        for (count, value) in self.counts.present.iter_mut().zip(std::iter::once(timestamp).chain(rest)) {
            *count += u64::from(value.is_some());
        }
        self.counts.foreign_timestamps += u64::from(timestamp.is_some() && start.is_none());
        let numbers: Vec<Option<f64>> = measures.iter().map(|value| value.as_deref().and_then(number)).collect();
        let (Some(start), Some(key)) = (start, key(dimensions)) else {
            self.counts.invalid += 1;
            return Ok(());
        };
        match numbers.iter().filter(|number| number.is_none()).count() {
            0 => {}
            missing if missing == numbers.len() => {
                self.counts.invalid += 1;
                return Ok(());
            }
            _ => self.counts.partial += 1,
        }
        self.add(start, key, &numbers)
    }

    fn add(&mut self, start: Timestamp, key: Box<[String]>, numbers: &[Option<f64>]) -> Result<(), Refused> {
        let next = self.series.len();
        let series = match self.series.get(&key) {
            Some(series) => *series,
            None if (next + 1) * numbers.len() > self.plan.limits.metrics => return Err(Refused::TooManyMetrics),
            None => {
                for (values, value) in self.values.iter_mut().zip(&key) {
                    values.insert(value.clone());
                }
                self.series.insert(key, next);
                next
            }
        };
        let interval = self.intervals.entry(start).or_default();
        interval.rows += 1;
        if interval.rows > self.plan.limits.rows {
            return Err(Refused::TooManyRows(start));
        }
        let sums = interval.sums.entry(series).or_insert_with(|| vec![Sum::default(); numbers.len()].into());
        for (sum, number) in sums.iter_mut().zip(numbers) {
            if let Some(number) = number {
                sum.total += number;
                sum.count += 1;
            }
        }
        Ok(())
    }

    /// What has been read.
    #[must_use]
    pub fn finish(self) -> Values {
        let Self { plan, series: places, intervals, mut counts, values, .. } = self;
        let mut series = vec![Vec::new(); places.len()];
        for (key, place) in places {
            if let Some(combination) = series.get_mut(place) {
                *combination = key.into_vec();
            }
        }
        counts.values = values.iter().map(BTreeSet::len).collect();
        let of_measures = |sums: Box<[Sum]>| -> Vec<Option<f64>> {
            sums.iter().zip(&plan.measures).map(|(sum, measure)| sum.value(measure.aggregation)).collect()
        };
        let intervals = intervals.into_iter().map(|(start, interval)| {
            (start, interval.sums.into_iter().map(|(series, sums)| (series, of_measures(sums))).collect())
        });
        Values { series, intervals: intervals.collect(), counts }
    }
}

impl Sum {
    fn value(self, aggregation: Aggregation) -> Option<f64> {
        match (self.count, aggregation) {
            (0, _) => None,
            (_, Aggregation::Sum) => Some(self.total),
            (count, Aggregation::Average) => Some(self.total / f64::from(count)),
        }
    }
}

/// A measure's number, if it is one within limits.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    // "inf", "nan" and the like are no numbers of anyone's data.
    let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    let number: f64 = if is_decimal { text.parse().ok()? } else { return None };
    (number.abs() <= MAX_MEASURE).then_some(number)
}

/// A combination of dimension values, if all are there and within limits.
fn key(dimensions: &Row<'_>) -> Option<Box<[String]>> {
    let values = dimensions.iter().map(|value| {
        let value = value.as_ref().map(Cow::as_ref)?;
        (value.chars().count() <= MAX_DIMENSION_VALUE).then(|| value.to_owned())
    });
    values.collect()
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => why.fmt(f),
            Self::TooManyRows(start) => write!(f, "The interval from {start} has more records than the limit."),
            Self::TooManyMetrics => f.write_str("The data has more metrics than the limit."),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
