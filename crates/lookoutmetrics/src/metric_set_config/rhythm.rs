//! From times to how often data comes, and how late.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Confidence, guess::Guessed};
use crate::names::Frequency;

/// Shortest first.
const FREQUENCIES: [Frequency; 4] =
    [Frequency::FiveMinutes, Frequency::TenMinutes, Frequency::OneHour, Frequency::OneDay];
/// Fewer steps say little.
const ENOUGH: usize = 3;
/// The longest that data can be waited for, in seconds.
const MAX_OFFSET: i64 = 432_000;
/// To how many seconds an offset is rounded up.
const STEP_OF_OFFSET: i64 = 60;

/// From each time to the next one, in seconds. Equal times are one.
pub fn steps(times: &[Timestamp]) -> Vec<i64> {
    let mut times: Vec<i64> = times.iter().map(|time| time.as_second()).collect();
    times.sort_unstable();
    times.dedup();
    times.iter().zip(times.iter().skip(1)).map(|(time, next)| next - time).collect()
}

/// The interval for data that comes in these steps: the smallest step that is usual, and at least as long an interval.
pub fn frequency(steps: &[i64]) -> Guessed<Frequency> {
    let mut counts = BTreeMap::<i64, usize>::new();
    for step in steps {
        *counts.entry(*step).or_default() += 1;
    }
    // What is left out makes longer steps, so that the usual one may be less than half of all.
    let usual = counts.iter().find(|(_, count)| **count * 4 >= steps.len());
    let Some((step, count)) = usual.or_else(|| counts.iter().max_by_key(|(_, count)| **count)) else {
        return Guessed::none(
            "The data has no two timestamps, of a form that is common, from which to tell its interval.",
        );
    };
    let longer = FREQUENCIES.into_iter().find(|frequency| i64::from(frequency.seconds()) >= *step);
    let frequency = longer.unwrap_or(Frequency::OneDay);
    if i64::from(frequency.seconds()) != *step {
        Guessed::low(frequency, "The data comes in steps of another length than any interval.")
    } else if steps.len() < ENOUGH {
        Guessed::low(frequency, "There are few timestamps.")
    } else if count * 2 < steps.len() {
        Guessed::low(frequency, "The data comes in steps of several lengths.")
    } else {
        Guessed::high(frequency)
    }
}

/// For how many seconds after its end an interval's data is to be waited for, by when objects came: each with its
/// interval's start, and when it was written.
pub fn offset(objects: &[(Timestamp, Timestamp)], frequency: Option<Frequency>) -> Guessed<i64> {
    let Some(frequency) = frequency.filter(|_| !objects.is_empty()) else {
        return Guessed {
            value: Some(0),
            confidence: Confidence::None,
            message: Some("No data of an interval has come."),
        };
    };
    let late =
        objects.iter().map(|(start, written)| written.as_second() - start.as_second() - i64::from(frequency.seconds()));
    // What was written long after was copied there.
    let Some(latest) = late.filter(|late| *late <= MAX_OFFSET).max() else {
        let message = "All of the data was written long after its intervals.";
        return Guessed { value: Some(0), confidence: Confidence::None, message: Some(message) };
    };
    let offset = latest.max(0).div_euclid(STEP_OF_OFFSET) * STEP_OF_OFFSET;
    let offset = if offset < latest { offset + STEP_OF_OFFSET } else { offset };
    Guessed::low(offset.min(MAX_OFFSET), "By when the objects were written, if their paths are in UTC.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(texts: &[&str]) -> Vec<Timestamp> {
        texts.iter().map(|text| format!("2021-02-{text}Z").parse().unwrap()).collect()
    }

    #[test]
    fn equal_times_are_one_and_their_order_does_not_matter() {
        let times = times(&["03T04:10:00", "03T04:00:00", "03T04:00:00", "03T04:05:00", "03T04:10:00"]);
        assert_eq!(steps(&times), [300, 300]);
        assert_eq!(steps(&[]), [0; 0]);
    }

    #[test]
    fn data_is_looked_at_as_often_as_it_comes() {
        use Confidence::{High, Low, None as Unknown};
        use Frequency::{FiveMinutes, OneDay, OneHour, TenMinutes};
        for (steps, expected, confidence) in [
            (&[300, 300, 300][..], Some(FiveMinutes), High),
            (&[600, 600, 600, 1_200], Some(TenMinutes), High),
            (&[3_600, 3_600, 3_600], Some(OneHour), High),
            (&[86_400, 86_400, 86_400], Some(OneDay), High),
            // Gaps are no steps; a stray record is none either.
            (&[600, 1_200, 1_800, 600, 3_000, 600, 600], Some(TenMinutes), High),
            (&[1, 3_599, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600, 3_600], Some(OneHour), High),
            (&[600, 1_200, 600, 1_800, 2_400, 3_000], Some(TenMinutes), Low),
            (&[3_600], Some(OneHour), Low),
            (&[60, 60, 60], Some(FiveMinutes), Low),
            (&[900, 900, 900], Some(OneHour), Low),
            (&[604_800, 604_800, 604_800], Some(OneDay), Low),
            (&[], None, Unknown),
        ] {
            let found = frequency(steps);
            assert_eq!((found.value, found.confidence), (expected, confidence), "{steps:?}");
            assert_eq!(found.message.is_none(), confidence == High, "{steps:?}");
        }
    }

    #[test]
    fn data_is_waited_for_as_long_as_it_takes() {
        let start = "2021-02-03T04:00:00Z".parse::<Timestamp>().unwrap();
        let written = |seconds: i64| (start, Timestamp::from_second(start.as_second() + seconds).unwrap());
        for (objects, expected, confidence) in [
            (vec![written(3_600)], 0, Confidence::Low),
            (vec![written(100)], 0, Confidence::Low),
            (vec![written(3_601)], 60, Confidence::Low),
            (vec![written(3_720), written(3_630)], 120, Confidence::Low),
            (vec![written(3_630), written(100_000_000)], 60, Confidence::Low),
            (vec![written(100_000_000)], 0, Confidence::None),
            (Vec::new(), 0, Confidence::None),
        ] {
            let found = offset(&objects, Some(Frequency::OneHour));
            assert_eq!((found.value, found.confidence), (Some(expected), confidence), "{objects:?}");
        }
        assert_eq!(offset(&[written(3_600)], None).confidence, Confidence::None);
    }
}
