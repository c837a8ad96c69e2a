//! One series: its state, and the verdict on each of its points.

use crate::{
    bytes::{Damaged, Pass, Reader, Writer, seal, unseal},
    expectation::{Expectation, HALF},
    novelty::Novelty,
    time::{Interval, Time},
};

/// Values beyond are taken as this: no metric is, and sums of it are still numbers.
const LARGEST: f64 = 1e30;
/// What the bytes are, and the version of their fields.
const KIND: [u8; 4] = *b"BAs\x01";

/// What the detector says of a point, knowing this point and those before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Verdict {
    /// What was expected, in the series' unit.
    pub expected: f64,
    /// The lower end of the range in which a single point is no anomaly.
    pub lower: f64,
    /// The upper end of that range.
    pub upper: f64,
    /// How far out of the ordinary for its time, 0 to 100. At 50 its probability is estimated at 1 in 30,000; a point from 50
    /// on is an anomaly. Several points that are off together can be one while each is within the range.
    pub severity: f64,
    /// How unlike all that was seen before, 0 to 100: 50 is a record, or next to one, in some respects. What repeats soon is not new again.
    pub novelty: f64,
}

/// The streaming state of one series: at most [`Series::MOST`] bytes, whatever it has seen.
///
/// ```
/// use bartizan_anomaly::{Interval, Series, Time};
///
/// let mut series = Series::new("PT1H".parse::<Interval>()?);
/// for hour in 0..24 * 21 {
///     let value = 100.0 + 30.0 * f64::from(hour % 24) + f64::from(hour * 7 % 11);
///     assert!(series.observe(Time::from_seconds(i64::from(hour) * 3600), value).severity < 50.0);
/// }
/// let verdict = series.observe(Time::from_seconds(24 * 21 * 3600), 300.0);
/// assert!(verdict.severity > 50.0);
/// assert!(verdict.expected < 120.0 && verdict.upper < 300.0);
/// # Ok::<(), bartizan_anomaly::NoInterval>(())
/// ```
#[derive(Debug, Clone)]
pub struct Series {
    interval: Interval,
    /// When the last point was, in milliseconds; none yet if this is the least.
    last: i64,
    expectation: Expectation,
    novelty: Novelty,
}

impl Series {
    /// No state takes more bytes, in memory or serialised.
    pub const MOST: usize = 8_000;

    /// A series of which nothing is known yet.
    #[must_use]
    pub fn new(interval: Interval) -> Self {
        Self { interval, last: i64::MIN, expectation: Expectation::new(interval), novelty: Novelty::new() }
    }

    /// The verdict on a point, which is then learned from.
    ///
    /// Points come in the order of time; gaps and uneven steps are fine, and no anomaly. A point at or before the time of the
    /// last is judged and not learned from. A value that is no finite number is missing: it has what was expected, and no
    /// severity.
    pub fn observe(&mut self, time: Time, value: f64) -> Verdict {
        let value = Some(value).filter(|value| value.is_finite()).map(|value| value.clamp(-LARGEST, LARGEST));
        let since = time.milliseconds.saturating_sub(self.last) as f64 / self.interval.milliseconds() as f64;
        let steps = if self.last == i64::MIN { 1.0 } else { since.max(1.0) };
        let is_new = time.milliseconds > self.last;
        let expected = self.expectation.observe(time, self.interval, steps, value, is_new);
        let novelty = value.map_or(0.0, |value| {
            let young = u32::try_from(self.interval.per_day()).map_or(300, |day| (7 * day).clamp(28, 600));
            self.novelty.observe(value, expected.error, young, is_new)
        });
        if value.is_some() && is_new {
            self.last = time.milliseconds;
        }
        Verdict {
            expected: expected.value,
            lower: expected.lower,
            upper: expected.upper,
            severity: severity(expected.rarity),
            novelty,
        }
    }

    /// Bytes of memory that the state takes, all told.
    #[must_use]
    pub fn size(&self) -> usize {
        size_of::<Self>() + self.expectation.bytes() + self.novelty.bytes()
    }

    /// The state as bytes, for a store between intervals.
    ///
    /// ```
    /// # use bartizan_anomaly::{Interval, Series, Time};
    /// let mut series = Series::new("P1D".parse::<Interval>()?);
    /// series.observe(Time::from_seconds(0), 7.0);
    /// let mut again = Series::from_bytes(&series.to_bytes())?;
    /// let next = Time::from_seconds(86_400);
    /// assert_eq!(series.observe(next, 8.0), again.observe(next, 8.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::with_capacity(Self::MOST));
        let mut state = self.clone();
        let mut interval = self.interval.milliseconds();
        writer.i64(&mut interval);
        state.pass(&mut writer);
        seal(KIND, &writer.0)
    }

    /// The state that was written with [`Series::to_bytes`].
    ///
    /// # Errors
    /// If the bytes are of another version, or not those that were written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(unseal(KIND, bytes)?);
        let mut interval = 0;
        reader.i64(&mut interval);
        let mut state = Self::new(Interval::from_milliseconds(interval).map_err(|_| Damaged)?);
        state.pass(&mut reader);
        if reader.is_done() { Ok(state) } else { Err(Damaged) }
    }

    fn pass(&mut self, pass: &mut impl Pass) {
        pass.i64(&mut self.last);
        self.expectation.pass(pass);
        self.novelty.pass(pass);
    }
}

/// Severity of a rarity: 50 at [`HALF`], towards 100 beyond.
fn severity(rarity: f64) -> f64 {
    let square = rarity * rarity;
    (100.0 * square / (square + HALF * HALF)).min(100.0)
}

#[cfg(test)]
mod tests;
