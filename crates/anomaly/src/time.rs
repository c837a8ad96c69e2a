//! Points in time, and the interval of a series: how far apart its points are meant to be.

use std::{fmt, str::FromStr};

const SECOND: i64 = 1_000;
const DAY: i64 = 86_400 * SECOND;
const WEEK: i64 = 7 * DAY;
/// A mean Gregorian year; a month is a twelfth of it.
const YEAR: i64 = 31_556_952 * SECOND;

/// Longer intervals are mistakes.
const LONGEST: i64 = 1_000 * YEAR;

/// A point in time as the series' owner reads it: the instant, and how far the local clock is from UTC there.
///
/// Daily and weekly habits follow local clocks. A caller that knows the time zone gives the offset in force at the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub milliseconds: i64,
    /// What the local clock is ahead of UTC, in seconds.
    pub utc_offset: i32,
}

impl Time {
    /// The instant so many seconds after 1970-01-01T00:00:00Z, on a clock that shows UTC.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self { milliseconds: seconds.saturating_mul(SECOND), utc_offset: 0 }
    }

    /// The instant on a clock that is `seconds` ahead of UTC.
    #[must_use]
    pub fn at_offset(self, seconds: i32) -> Self {
        Self { utc_offset: seconds, ..self }
    }

    fn local(self) -> i64 {
        self.milliseconds.saturating_add(i64::from(self.utc_offset) * SECOND)
    }

    /// The day of the local calendar, counted from 1970-01-01, a Thursday.
    pub(crate) fn day(self) -> i64 {
        self.local().div_euclid(DAY)
    }

    pub(crate) fn is_weekend(self) -> bool {
        matches!(self.day().rem_euclid(7), 2 | 3)
    }

    /// Whether the local day has just begun: the first hour, or the first two intervals.
    pub(crate) fn is_at_start_of_day(self, interval: Interval) -> bool {
        self.local().rem_euclid(DAY) < (2 * interval.milliseconds).max(3_600 * SECOND)
    }

    /// Which of `slots` equal parts of the local day this is.
    pub(crate) fn slot_of_day(self, slots: usize) -> usize {
        part(self.local(), DAY, slots)
    }

    /// Which of `slots` equal parts of the local week, from Monday, this is; or of the year, if it is `yearly`.
    pub(crate) fn slot_of_cycle(self, slots: usize, yearly: bool) -> usize {
        match yearly {
            true => part(self.local(), YEAR, slots),
            false => part(self.local().saturating_sub(4 * DAY), WEEK, slots),
        }
    }
}

fn part(time: i64, cycle: i64, slots: usize) -> usize {
    let into = i128::from(time.rem_euclid(cycle)) * slots as i128 / i128::from(cycle);
    usize::try_from(into).unwrap_or(0)
}

/// How far apart the points of a series are: an ISO 8601 duration such as `PT5M`, `PT1H`, `P1D`, `P2W` or `P1DT12H`.
///
/// Months and years have their mean lengths, since an interval here only says which habits a series can show.
///
/// ```
/// use bartizan_anomaly::Interval;
///
/// let interval: Interval = "PT10M".parse()?;
/// assert_eq!(interval.milliseconds(), 600_000);
/// assert!("10 minutes".parse::<Interval>().is_err());
/// # Ok::<(), bartizan_anomaly::NoInterval>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    milliseconds: i64,
}

/// The text is no ISO 8601 duration, or one of no length, or longer than a thousand years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoInterval;

impl fmt::Display for NoInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an ISO 8601 duration such as PT5M, PT1H or P1D")
    }
}

impl std::error::Error for NoInterval {}

impl Interval {
    /// The interval of so many milliseconds, if they are at least one and at most a thousand years.
    ///
    /// # Errors
    /// If they are not.
    pub fn from_milliseconds(milliseconds: i64) -> Result<Self, NoInterval> {
        match milliseconds {
            1..=LONGEST => Ok(Self { milliseconds }),
            _ => Err(NoInterval),
        }
    }

    /// Its length in milliseconds.
    #[must_use]
    pub fn milliseconds(self) -> i64 {
        self.milliseconds
    }

    /// How many points make a day, at least one.
    pub(crate) fn per_day(self) -> i64 {
        (DAY / self.milliseconds).max(1)
    }

    /// Parts of the day that can differ: none where a point is a day or more.
    pub(crate) fn day_slots(self, most: usize) -> usize {
        if self.milliseconds >= DAY { 0 } else { parts(DAY, self.milliseconds, most) }
    }

    /// Parts of the week that can differ, or of the year where a point is a week or more.
    pub(crate) fn cycle_slots(self, most: usize) -> usize {
        match self.milliseconds {
            YEAR.. => 0,
            WEEK.. => parts(YEAR, self.milliseconds, most),
            DAY.. => parts(WEEK, self.milliseconds, 7),
            _ => parts(WEEK, self.milliseconds, most),
        }
    }

    pub(crate) fn is_yearly(self) -> bool {
        self.milliseconds >= WEEK
    }
}

fn parts(cycle: i64, interval: i64, most: usize) -> usize {
    usize::try_from((cycle + interval - 1) / interval).unwrap_or(most).min(most)
}

impl FromStr for Interval {
    type Err = NoInterval;

    fn from_str(text: &str) -> Result<Self, NoInterval> {
        let mut rest = text.strip_prefix(['P', 'p']).ok_or(NoInterval)?;
        let (mut milliseconds, mut in_time, mut least_unit, mut parts) = (0.0_f64, false, f64::INFINITY, 0);
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(['T', 't']).filter(|_| !in_time) {
                (in_time, rest) = (true, after);
                continue;
            }
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').ok_or(NoInterval)?;
            let (number, after) = rest.split_at(end);
            let mut letters = after.chars();
            let unit = match (letters.next().ok_or(NoInterval)?.to_ascii_uppercase(), in_time) {
                ('Y', false) => YEAR as f64,
                ('M', false) => YEAR as f64 / 12.0,
                ('W', false) => WEEK as f64,
                ('D', false) => DAY as f64,
                ('H', true) => 3_600_000.0,
                ('M', true) => 60_000.0,
                ('S', true) => 1_000.0,
                _ => return Err(NoInterval),
            };
            // Greater units first, each once.
            if unit >= least_unit || !number.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(NoInterval);
            }
            milliseconds += number.replace(',', ".").parse::<f64>().map_err(|_| NoInterval)? * unit;
            (least_unit, rest, parts) = (unit, letters.as_str(), parts + 1);
        }
        if parts == 0 || (in_time && least_unit > 3_600_000.0) || milliseconds >= 1e15 {
            return Err(NoInterval);
        }
        // The cast is exact: whole milliseconds below 2^53.
        Self::from_milliseconds(milliseconds.round() as i64)
    }
}
