//! Small series with the verdicts that they must have, and what holds for every series.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::NoInterval;

const HOUR: i64 = 3_600;
/// From which score on a point is an anomaly.
const ANOMALY: f64 = 50.0;

/// Noise between -1 and 1 that is the same in every run.
fn noise(index: i64) -> f64 {
    let mixed = (index as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed >> 32) as f64) / f64::from(u32::MAX) * 2.0 - 1.0
}

/// A shop's hour: a day with a peak, quiet weekends, some noise.
fn shop(hour: i64) -> f64 {
    let day = 100.0 - 60.0 * ((hour % 24) as f64 / 24.0 * std::f64::consts::TAU).cos();
    // 1970-01-01 was a Thursday.
    let weekend = if matches!(hour / 24 % 7, 2 | 3) { 0.6 } else { 1.0 };
    day * weekend * (1.0 + 0.05 * noise(hour))
}

/// The hours of a series that are anomalies.
fn anomalies(hours: i64, value: impl Fn(i64) -> f64) -> Vec<i64> {
    let mut series = Series::new("PT1H".parse().expect("an interval"));
    (0..hours)
        .filter(|&hour| series.observe(Time::from_seconds(hour * HOUR), value(hour)).severity >= ANOMALY)
        .collect()
}

/// What a case says of an hour.
enum Hours {
    /// Some hour of these, and none outside them and the day that follows them.
    Within(i64, i64),
    /// None outside these.
    Perhaps(i64, i64),
    None,
}

const WEEKS: i64 = 24 * 7 * 6;
/// A Wednesday, 14:00, in the sixth week.
const THEN: i64 = 24 * 41 + 14;

type Case = (&'static str, fn(i64) -> f64, Hours);

const CASES: &[Case] = &[
    ("nothing happens", shop, Hours::None),
    ("a spike", |hour| if hour == THEN { 320.0 } else { shop(hour) }, Hours::Within(THEN, THEN)),
    (
        "a dip",
        |hour| if (THEN..THEN + 5).contains(&hour) { 0.5 * shop(hour) } else { shop(hour) },
        Hours::Within(THEN, THEN + 4),
    ),
    (
        "an outage",
        |hour| if (THEN..THEN + 12).contains(&hour) { 0.0 } else { shop(hour) },
        Hours::Within(THEN, THEN + 11),
    ),
    (
        "an outage at night, when little is expected",
        |hour| if (THEN + 9..THEN + 15).contains(&hour) { 0.0 } else { shop(hour) },
        Hours::Within(THEN + 9, THEN + 14),
    ),
    (
        "a level shift, which is normal after some days",
        |hour| if hour >= THEN { 1.6 * shop(hour) } else { shop(hour) },
        Hours::Within(THEN, THEN + 24 * 4),
    ),
    (
        "a public holiday is like a Sunday, which its first hours tell",
        |hour| if hour / 24 == 39 { 0.6 * shop(hour) } else { shop(hour) },
        Hours::Perhaps(936, 938),
    ),
    ("always the same", |_| 7.0, Hours::None),
    ("always zero", |_| 0.0, Hours::None),
    ("always the same but once", |hour| if hour == THEN { 0.0 } else { 7.0 }, Hours::Within(THEN, THEN)),
    ("a few now and then", |hour| if noise(hour) > 0.9 { 1.0 } else { 0.0 }, Hours::None),
    (
        "many where few come now and then",
        |hour| {
            if hour == THEN {
                12.0
            } else if noise(hour) > 0.9 {
                1.0
            } else {
                0.0
            }
        },
        Hours::Within(THEN, THEN),
    ),
    ("below zero", |hour| shop(hour) - 500.0, Hours::None),
    ("a spike below zero", |hour| if hour == THEN { -150.0 } else { shop(hour) - 500.0 }, Hours::Within(THEN, THEN)),
    ("large numbers", |hour| 1e12 * shop(hour), Hours::None),
    ("missing values", |hour| if hour % 9 == 0 { f64::NAN } else { shop(hour) }, Hours::None),
];

#[test]
fn small_series_have_the_verdicts_that_a_person_would_give() {
    for (name, value, hours) in CASES {
        let found = anomalies(WEEKS, value);
        match hours {
            Hours::None => assert!(found.is_empty(), "{name}: {found:?}"),
            Hours::Perhaps(first, last) => {
                assert!(found.iter().all(|hour| (first..=last).contains(&hour)), "{name}: {found:?}")
            }
            Hours::Within(first, last) => {
                assert!(found.iter().any(|hour| (first..=last).contains(&hour)), "{name}: {found:?}");
                assert!(found.iter().all(|hour| (*first..=*last + 24).contains(hour)), "{name}: {found:?}");
            }
        }
    }
}

#[test]
fn the_first_day_has_no_anomalies() {
    for interval in ["PT1M", "PT5M", "PT1H", "P1D"] {
        let interval: Interval = interval.parse().expect("an interval");
        let mut series = Series::new(interval);
        for point in 0..14 {
            let time = Time { milliseconds: point * interval.milliseconds(), utc_offset: 0 };
            let verdict = series.observe(time, if point == 10 { 1e9 } else { noise(point) });
            assert_eq!((verdict.severity, verdict.novelty), (0.0, 0.0));
        }
    }
}

#[test]
fn what_was_never_seen_is_new_once() {
    let mut series = Series::new("PT1H".parse().expect("an interval"));
    let mut new = Vec::new();
    for hour in 0..WEEKS {
        let value = if (THEN..THEN + 4).contains(&hour) { 900.0 } else { shop(hour) };
        if series.observe(Time::from_seconds(hour * HOUR), value).novelty >= ANOMALY {
            new.push(hour);
        }
    }
    assert_eq!(new, [THEN]);
}

#[test]
fn local_time_is_what_habits_follow() {
    let mut series = Series::new("PT1H".parse().expect("an interval"));
    let mut severe = 0;
    for hour in 0..WEEKS {
        // Clocks go forward by an hour on a Sunday in the fourth week; the shop opens by the clock.
        let offset = if hour >= 24 * 24 + 2 { 7_200 } else { 3_600 };
        let local = hour + i64::from(offset) / HOUR;
        severe += i32::from(
            series.observe(Time::from_seconds(hour * HOUR).at_offset(offset), shop(local)).severity >= ANOMALY,
        );
    }
    assert_eq!(severe, 0);
}

#[test]
fn gaps_are_no_anomalies() {
    let mut series = Series::new("PT1H".parse().expect("an interval"));
    for hour in (0..WEEKS).filter(|hour| !(600..700).contains(hour) && hour % 50 != 0) {
        let verdict = series.observe(Time::from_seconds(hour * HOUR), shop(hour));
        assert!(verdict.severity < ANOMALY, "hour {hour}: {verdict:?}");
    }
}

#[test]
fn a_state_is_small_whatever_the_interval() {
    for interval in ["PT1S", "PT1M", "PT5M", "PT10M", "PT1H", "P1D", "P1W", "P1M", "P1Y"] {
        let mut series = Series::new(interval.parse().expect("an interval"));
        for point in 0..1_000 {
            series.observe(Time::from_seconds(point * 600), noise(point));
        }
        assert!(series.size() <= Series::MOST, "{interval}: {} bytes of memory", series.size());
        assert!(series.to_bytes().len() <= Series::MOST, "{interval}: {} bytes", series.to_bytes().len());
    }
}

#[test]
fn damaged_bytes_are_refused() {
    let mut series = Series::new("PT1H".parse().expect("an interval"));
    for hour in 0..100 {
        series.observe(Time::from_seconds(hour * HOUR), shop(hour));
    }
    let bytes = series.to_bytes();
    assert!(Series::from_bytes(&bytes).is_ok());
    for place in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x10;
        assert_eq!(Series::from_bytes(&damaged).err(), Some(Damaged), "byte {place}");
    }
    for length in [0, 3, 8, 20, bytes.len() - 1] {
        assert_eq!(Series::from_bytes(&bytes[..length]).err(), Some(Damaged));
    }
    assert_eq!(Series::from_bytes(&[&bytes[..], &[0]].concat()).err(), Some(Damaged));
}

#[test]
fn intervals_are_iso_8601_durations() {
    for (text, milliseconds) in [
        ("PT5M", 300_000),
        ("P1D", 86_400_000),
        ("P2W", 1_209_600_000),
        ("P1DT12H", 129_600_000),
        ("PT0.5S", 500),
        ("PT1,5H", 5_400_000),
        ("P1M", 2_629_746_000),
        ("P1Y", 31_556_952_000),
        ("P1Y2M3DT4H5M6S", 37_090_350_000),
    ] {
        assert_eq!(text.parse::<Interval>().map(Interval::milliseconds), Ok(milliseconds), "{text}");
    }
    for text in [
        "", "P", "PT", "P1", "5M", "PT5", "P1H", "PT1D", "P1DT", "PT0S", "P-1D", "PTM", "PT1M1H", "P1D1D", "P1Mx",
        "P9999Y", "P.D",
    ] {
        assert_eq!(text.parse::<Interval>(), Err(NoInterval), "{text}");
    }
}

/// Any number that there is, more often one that a metric could have.
fn values() -> impl Strategy<Value = f64> {
    prop_oneof![6 => -1e3..1e3, 2 => Just(0.0), 1 => any::<f64>(), 1 => any::<u64>().prop_map(f64::from_bits)]
}

fn points() -> impl Strategy<Value = Vec<(i64, f64)>> {
    vec((prop_oneof![8 => Just(3_600_000_i64), 1 => -10_000_000..100_000_000_i64, 1 => any::<i64>()], values()), 1..400)
}

fn verdicts(series: &mut Series, points: &[(i64, f64)]) -> Vec<Verdict> {
    let mut now = 0_i64;
    points
        .iter()
        .map(|(step, value)| {
            now = now.saturating_add(*step);
            series.observe(Time { milliseconds: now, utc_offset: 0 }, *value)
        })
        .collect()
}

/// As bits: what is not a number would equal nothing.
fn bits(verdicts: &[Verdict]) -> Vec<[u64; 5]> {
    let one = |verdict: &Verdict| {
        [verdict.expected, verdict.lower, verdict.upper, verdict.severity, verdict.novelty].map(f64::to_bits)
    };
    verdicts.iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_verdict_is_in_range(points in points(), interval in prop_oneof![Just("PT1H"), Just("PT5M"), Just("P1D")]) {
        let mut series = Series::new(interval.parse().expect("an interval"));
        for verdict in verdicts(&mut series, &points) {
            prop_assert!((0.0..=100.0).contains(&verdict.severity), "{verdict:?}");
            prop_assert!((0.0..=100.0).contains(&verdict.novelty), "{verdict:?}");
            prop_assert!(verdict.expected.is_finite() && verdict.lower.is_finite() && verdict.upper.is_finite(), "{verdict:?}");
            prop_assert!(verdict.lower <= verdict.upper, "{verdict:?}");
        }
    }

    #[test]
    fn later_points_change_no_verdict(points in points(), cut in 0..400_usize) {
        let interval: Interval = "PT1H".parse().expect("an interval");
        let cut = cut.min(points.len());
        let all = verdicts(&mut Series::new(interval), &points);
        let some = verdicts(&mut Series::new(interval), &points[..cut]);
        prop_assert_eq!(bits(&all[..cut]), bits(&some));
    }

    #[test]
    fn a_state_goes_on_from_its_bytes(before in points(), after in points()) {
        let mut series = Series::new("PT1H".parse().expect("an interval"));
        verdicts(&mut series, &before);
        let mut again = Series::from_bytes(&series.to_bytes()).expect("what was written");
        prop_assert_eq!(again.to_bytes(), series.to_bytes());
        prop_assert_eq!(bits(&verdicts(&mut again, &after)), bits(&verdicts(&mut series, &after)));
    }

    #[test]
    fn no_bytes_make_a_state_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Series::from_bytes(&bytes);
        prop_assert!(Series::from_bytes(&seal(KIND, &bytes)).is_err());
    }
}
