use std::{
    fmt,
    str::FromStr,
    time::{Duration, Instant},
};

use jiff::{SignedDuration, Timestamp};

/// What time it is for detectors that watch. The real time; or, for tests, a time that begins where it is told and goes
/// faster.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Where it began, when, and how much faster than the real time it goes; `None` for the real time.
    test: Option<(Timestamp, Instant, u32)>,
}

/// Not `START` or `START*SPEED`, as in `2021-02-01T00:00:00Z*3600`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidClock(String);

impl Clock {
    /// The real time.
    pub const REAL: Self = Self { test: None };

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let Some((start, began, speed)) = self.test else { return Timestamp::now() };
        let passed = SignedDuration::try_from(began.elapsed().saturating_mul(speed)).unwrap_or(SignedDuration::MAX);
        start.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// How long to wait really until then; nothing if it is past.
    #[must_use]
    pub fn until(&self, time: Timestamp) -> Duration {
        let wait = Duration::try_from(time.duration_since(self.now())).unwrap_or_default();
        wait / self.test.map_or(1, |(_, _, speed)| speed)
    }

    /// So much real time from now.
    #[must_use]
    pub fn after(&self, wait: Duration) -> Timestamp {
        let wait = wait.saturating_mul(self.test.map_or(1, |(_, _, speed)| speed));
        let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
        self.now().checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for Clock {
    type Err = InvalidClock;

    fn from_str(text: &str) -> Result<Self, InvalidClock> {
        let invalid = || InvalidClock(text.to_owned());
        let (start, speed) = text.split_once('*').unwrap_or((text, "1"));
        let speed = speed.parse().ok().filter(|speed| *speed > 0).ok_or_else(invalid)?;
        Ok(Self { test: Some((start.parse().map_err(|_| invalid())?, Instant::now(), speed)) })
    }
}

impl fmt::Display for InvalidClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a start and a speed, such as 2021-02-01T00:00:00Z*3600", self.0)
    }
}

impl std::error::Error for InvalidClock {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_clock_begins_where_it_is_told_and_goes_faster() {
        let clock: Clock = "2021-02-01T00:00:00Z*1000000".parse().unwrap();
        let start: Timestamp = "2021-02-01T00:00:00Z".parse().unwrap();
        assert!(clock.now() >= start);
        assert!(clock.until(start + SignedDuration::from_hours(24_000)) <= Duration::from_millis(86_400));
        assert_eq!(clock.until(start), Duration::ZERO);
        assert!(clock.after(Duration::from_secs(1)) >= start + SignedDuration::from_secs(1_000_000));
        for text in ["", "now", "2021-02-01", "2021-02-01T00:00:00Z*0", "2021-02-01T00:00:00Z*fast"] {
            assert!(text.parse::<Clock>().is_err(), "{text}");
        }
    }
}
