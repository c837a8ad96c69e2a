use bartizan_anomaly::Time;
use jiff::{Timestamp, ToSpan, Unit, ZonedDateTime, tz::TimeZone};

use crate::names::Frequency;

/// How time is cut: into intervals of one length that begin with the day, the hour or a part of it, in a time zone.
/// Each is known by its start.
#[derive(Debug, Clone)]
pub struct Intervals {
    frequency: Frequency,
    zone: TimeZone,
}

impl Intervals {
    pub(crate) const fn new(frequency: Frequency, zone: TimeZone) -> Self {
        Self { frequency, zone }
    }

    /// The zone that they begin in.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The start of the interval that a time is in.
    #[must_use]
    pub fn containing(&self, time: Timestamp) -> Timestamp {
        if self.frequency == Frequency::OneDay {
            let day = self.local(time).start_of_day();
            return day.map_or(time, |day| day.timestamp());
        }
        // Offsets of zones are whole minutes where clocks are of use: the hour is the local one.
        let offset = i64::from(self.zone.to_offset(time).seconds());
        let length = i64::from(self.frequency.seconds());
        let start = (time.as_second() + offset).div_euclid(length) * length - offset;
        Timestamp::from_second(start).unwrap_or(time)
    }

    /// The start of the interval after the one with this start.
    #[must_use]
    pub fn after(&self, start: Timestamp) -> Timestamp {
        self.step(start, 1)
    }

    /// The start of the interval before the one with this start.
    #[must_use]
    pub fn before(&self, start: Timestamp) -> Timestamp {
        self.step(start, -1)
    }

    /// A day is as long as the clocks make it; all else has its length in seconds.
    fn step(&self, start: Timestamp, count: i64) -> Timestamp {
        if self.frequency == Frequency::OneDay {
            let day = self.local(start).checked_add(count.days()).and_then(|day| day.start_of_day());
            return day.map_or(start, |day| day.timestamp());
        }
        let seconds = i64::from(self.frequency.seconds()) * count;
        start.checked_add(seconds.seconds()).unwrap_or(start)
    }

    /// The length of an interval.
    #[must_use]
    pub const fn frequency(&self) -> Frequency {
        self.frequency
    }

    /// A number that grows by one from interval to interval.
    #[must_use]
    pub fn number(&self, start: Timestamp) -> i64 {
        let local = match self.frequency {
            // Days begin at any hour of a time that is the same everywhere.
            Frequency::OneDay => start.as_second() + i64::from(self.zone.to_offset(start).seconds()),
            _ => start.as_second(),
        };
        local.div_euclid(i64::from(self.frequency.seconds()))
    }

    /// A time as detectors take it.
    #[must_use]
    pub fn time(&self, start: Timestamp) -> Time {
        Time::from_seconds(start.as_second()).at_offset(self.zone.to_offset(start).seconds())
    }

    /// A time as the zone's clocks show it.
    #[must_use]
    pub fn local(&self, time: Timestamp) -> ZonedDateTime {
        time.to_zoned_datetime(self.zone.clone())
    }

    /// An interval's start as the service has always written it: Java's `ZonedDateTime`, without seconds where there
    /// are none, `2021-02-17T11:00Z[UTC]`.
    #[must_use]
    pub fn text(&self, start: Timestamp) -> String {
        let local = self.local(start);
        let offset = local.offset();
        let offset = if offset.is_zero() { "Z".to_owned() } else { offset_text(offset.seconds()) };
        let name = self.zone.iana_name().unwrap_or("UTC");
        let datetime = local.datetime();
        let minutes = datetime.round(Unit::Minute).map_or(datetime, |rounded| rounded);
        let form = if minutes == datetime { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
        format!("{}{offset}[{name}]", datetime.strftime(form))
    }
}

fn offset_text(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn intervals(frequency: Frequency, zone: &str) -> Intervals {
        Intervals::new(frequency, TimeZoneDatabase::bundled().get(zone).unwrap())
    }

    #[test]
    fn a_time_is_in_the_interval_that_local_clocks_say() {
        for (frequency, zone, time, start, after) in [
            (Frequency::FiveMinutes, "UTC", "2021-02-03T04:07:59Z", "2021-02-03T04:05:00Z", "2021-02-03T04:10:00Z"),
            (Frequency::TenMinutes, "UTC", "2021-02-03T04:10:00Z", "2021-02-03T04:10:00Z", "2021-02-03T04:20:00Z"),
            (
                Frequency::OneHour,
                "Asia/Kolkata",
                "2021-02-03T04:07:00Z",
                "2021-02-03T03:30:00Z",
                "2021-02-03T04:30:00Z",
            ),
            (
                Frequency::OneDay,
                "America/New_York",
                "2021-02-03T04:59:59Z",
                "2021-02-02T05:00:00Z",
                "2021-02-03T05:00:00Z",
            ),
            // A day of 23 hours, and one of 25.
            (
                Frequency::OneDay,
                "Europe/Berlin",
                "2021-03-28T12:00:00Z",
                "2021-03-27T23:00:00Z",
                "2021-03-28T22:00:00Z",
            ),
            (
                Frequency::OneDay,
                "Europe/Berlin",
                "2021-10-31T12:00:00Z",
                "2021-10-30T22:00:00Z",
                "2021-10-31T23:00:00Z",
            ),
        ] {
            let intervals = intervals(frequency, zone);
            let [time, start, after] = [time, start, after].map(|time| time.parse::<Timestamp>().unwrap());
            assert_eq!(intervals.containing(time), start, "{time} in {zone}");
            assert_eq!(intervals.after(start), after, "after {start} in {zone}");
            assert_eq!(intervals.before(after), start, "before {after} in {zone}");
        }
    }

    #[test]
    fn numbers_grow_by_one_whatever_clocks_do() {
        for (frequency, zone) in [
            (Frequency::OneDay, "Europe/Berlin"),
            (Frequency::OneDay, "Pacific/Auckland"),
            (Frequency::OneHour, "America/St_Johns"),
            (Frequency::FiveMinutes, "UTC"),
        ] {
            let intervals = intervals(frequency, zone);
            let mut start = intervals.containing("2021-03-20T12:00:00Z".parse().unwrap());
            for _ in 0..240 {
                let next = intervals.after(start);
                assert_eq!(intervals.number(next), intervals.number(start) + 1, "{start} in {zone}");
                start = next;
            }
        }
    }

    #[test]
    fn a_start_is_written_as_java_does() {
        for (zone, time, text) in [
            ("UTC", "2021-02-17T11:00:00Z", "2021-02-17T11:00Z[UTC]"),
            ("Europe/Berlin", "2021-02-17T11:00:00Z", "2021-02-17T12:00+01:00[Europe/Berlin]"),
            ("America/St_Johns", "2021-02-17T11:00:07Z", "2021-02-17T07:30:07-03:30[America/St_Johns]"),
        ] {
            assert_eq!(intervals(Frequency::OneHour, zone).text(time.parse().unwrap()), text);
        }
    }
}
