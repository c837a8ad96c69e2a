use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    io::{self, Read},
    ops::Range,
};

use jiff::Timestamp;

use super::{
    Aggregation, Plan, Row, Unreadable,
    sums::{Sum, Sums},
};

/// The longest that a dimension's value may be, in characters.
const MAX_DIMENSION_VALUE: usize = 40;
/// The greatest that a measure may be, and below zero the least.
const MAX_MEASURE: f64 = 1e15;

/// Data on its way in: what has been read of one or more files. In memory are the sums of each interval and metric, as far
/// as they are not too many, and nothing of the rows.
pub struct Reading<'a> {
    plan: &'a Plan,
    /// The intervals that count; rows of others are passed over.
    wanted: Option<Range<Timestamp>>,
    /// Places of combinations, by their values with their lengths.
    series: HashMap<String, usize>,
    combinations: Vec<Vec<String>>,
    sums: Sums,
    /// How many rows each interval has.
    rows: HashMap<Timestamp, u64>,
    counts: Counts,
    /// The values that each dimension has had.
    values: Vec<BTreeSet<String>>,
    /// Rows of one time mostly come together: the last one, and its interval.
    last: (String, Option<Timestamp>),
    key: String,
    numbers: Vec<Option<f64>>,
}

/// What has been read.
pub struct Values {
    /// The combinations of dimension values, in the order in which they were first seen.
    pub series: Vec<Vec<String>>,
    /// What was counted.
    pub counts: Counts,
    sums: Sums,
    aggregations: Vec<Aggregation>,
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
    /// What has been read cannot be kept; that is no fault of the data.
    Unkept(io::Error),
}

impl<'a> Reading<'a> {
    /// Begins to read; `wanted` are the intervals that count, from the first one's start to before the end.
    #[must_use]
    pub fn new(plan: &'a Plan, wanted: Option<Range<Timestamp>>) -> Self {
        let present = vec![0; plan.columns().len()];
        let values = vec![BTreeSet::new(); plan.dimensions.len()];
        Self {
            plan,
            wanted,
            series: HashMap::new(),
            combinations: Vec::new(),
            sums: Sums::default(),
            rows: HashMap::new(),
            counts: Counts { present, ..Counts::default() },
            values,
            last: (String::new(), None),
            key: String::new(),
            numbers: Vec::new(),
        }
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

    /// Reads a row: its values in the order of [`Plan::columns`], `None` for what is no record.
    ///
    /// # Errors
    /// If there is more than there may be.
    pub fn row(&mut self, row: Option<&Row<'_>>) -> Result<(), Refused> {
        let plan = self.plan;
        let Some((timestamp, rest)) = row.and_then(|row| row.split_first()) else {
            self.counts.rows += 1;
            self.counts.invalid += 1;
            return Ok(());
        };
        let start = timestamp.as_deref().and_then(|text| self.interval(text));
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
        self.numbers.clear();
        self.numbers.extend(measures.iter().map(|value| value.as_deref().and_then(number)));
        let (Some(start), true) = (start, write_key(&mut self.key, dimensions)) else {
            self.counts.invalid += 1;
            return Ok(());
        };
        match self.numbers.iter().filter(|number| number.is_none()).count() {
            0 => {}
            missing if missing == self.numbers.len() => {
                self.counts.invalid += 1;
                return Ok(());
            }
            _ => self.counts.partial += 1,
        }
        self.add(start, dimensions)
    }

    /// The start of the interval that a timestamp is in, if it is of the pattern.
    fn interval(&mut self, text: &str) -> Option<Timestamp> {
        let text = text.trim();
        if self.last.0 != text {
            let time = self.plan.pattern.parse(text, self.plan.zone());
            self.last.1 = time.map(|time| self.plan.intervals.containing(time));
            self.last.0.clear();
            self.last.0.push_str(text);
        }
        self.last.1
    }

    /// Adds the numbers of a row to the sums of its interval, under the key of its dimensions.
    fn add(&mut self, start: Timestamp, dimensions: &Row<'_>) -> Result<(), Refused> {
        let measures = self.numbers.len();
        let next = self.combinations.len();
        let series = match self.series.get(self.key.as_str()) {
            Some(series) => *series,
            None if (next + 1) * measures > self.plan.limits.metrics => return Err(Refused::TooManyMetrics),
            None => {
                let combination: Vec<String> =
                    dimensions.iter().map(|value| value.as_deref().unwrap_or_default().to_owned()).collect();
                for (values, value) in self.values.iter_mut().zip(&combination) {
                    values.insert(value.clone());
                }
                self.combinations.push(combination);
                self.series.insert(self.key.clone(), next);
                next
            }
        };
        let rows = self.rows.entry(start).or_default();
        *rows += 1;
        if *rows > self.plan.limits.rows {
            return Err(Refused::TooManyRows(start));
        }
        self.sums.add(start, series * measures, &self.numbers).map_err(Refused::Unkept)
    }

    /// The newest interval with data so far.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.rows.keys().max().copied()
    }

    /// What has been counted so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// What has been read.
    #[must_use]
    pub fn finish(self) -> Values {
        let Self { plan, combinations, sums, mut counts, values, .. } = self;
        counts.values = values.iter().map(BTreeSet::len).collect();
        let aggregations = plan.measures.iter().map(|measure| measure.aggregation).collect();
        Values { series: combinations, counts, sums, aggregations }
    }
}

impl Values {
    /// The starts of the intervals with any data, in order.
    #[must_use]
    pub fn intervals(&self) -> Vec<Timestamp> {
        self.sums.intervals()
    }

    /// The values of an interval: the measures of each combination, by its place, in the plan's order. What is not there is
    /// no number.
    ///
    /// # Errors
    /// If what has been read cannot be read again.
    pub fn of(&mut self, start: Timestamp) -> io::Result<Vec<f64>> {
        let mut sums = self.sums.of(start)?;
        sums.resize(self.series.len() * self.aggregations.len(), Sum::default());
        let aggregations = self.aggregations.iter().cycle();
        Ok(sums.into_iter().zip(aggregations).map(|(sum, aggregation)| sum.value(*aggregation)).collect())
    }
}

impl Sum {
    fn value(self, aggregation: Aggregation) -> f64 {
        match (self.count, aggregation) {
            (0, _) => f64::NAN,
            (_, Aggregation::Sum) => self.total,
            (count, Aggregation::Average) => self.total / f64::from(count),
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

/// Writes what a combination of dimension values is found by: each with its length, so that no two are alike. Whether all
/// are there and within limits.
fn write_key(key: &mut String, dimensions: &Row<'_>) -> bool {
    key.clear();
    for value in dimensions {
        let Some(value) = value.as_deref().filter(|value| value.chars().count() <= MAX_DIMENSION_VALUE) else {
            return false;
        };
        // Forty characters have no more than 160 bytes.
        key.push(u8::try_from(value.len()).unwrap_or(u8::MAX).into());
        key.push_str(value);
    }
    true
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => why.fmt(f),
            Self::TooManyRows(start) => write!(f, "The interval from {start} has more records than the limit."),
            Self::Unkept(why) => write!(f, "What was read cannot be kept: {why}."),
            Self::TooManyMetrics => f.write_str("The data has more metrics than the limit."),
        }
    }
}

impl std::error::Error for Refused {}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
