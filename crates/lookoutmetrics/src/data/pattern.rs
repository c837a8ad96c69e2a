//! Dates and times in the letters of Java's patterns: how a column writes them, and how a path's keys do.
//!
//! <https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html#patterns>

use std::fmt::Write as _;

use jiff::{
    Timestamp, ToSpan, ZonedDateTime,
    civil::{Date, Time},
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

/// A pattern, read once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Item>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Literal(char),
    Field(Field, usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Year,
    WeekYear,
    Month,
    Day,
    DayOfYear,
    Weekday,
    HalfDay,
    /// 0 to 23
    Hour,
    /// 1 to 24
    HourFromOne,
    /// 1 to 12
    HourOfHalf,
    /// 0 to 11
    HourOfHalfFromZero,
    Minute,
    Second,
    Fraction,
    Nanosecond,
    Offset,
    Zone,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// How long the short form of a name is.
const SHORT: usize = 3;

/// What has been read of a text.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    weekday: Option<usize>,
    afternoon: Option<bool>,
    hour: Option<i8>,
    hour_of_half: Option<i8>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    zone: Option<TimeZone>,
}

impl Pattern {
    /// Reads a pattern. `T` stands for itself, as it does in ISO 8601; `D` and `DD` are the day of the month, as AWS's
    /// guide writes them.
    ///
    /// # Errors
    /// What it must have or not have, in words that follow "Member must".
    pub fn read(text: &str) -> Result<Self, &'static str> {
        let mut items: Vec<Item> = Vec::new();
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            if letter == '\'' {
                quoted(&mut letters, &mut items)?;
                continue;
            }
            if letter == 'T' || !letter.is_ascii_alphabetic() {
                items.push(Item::Literal(letter));
                continue;
            }
            let mut count = 1;
            while letters.next_if_eq(&letter).is_some() {
                count += 1;
            }
            let field = field(letter, count)
                .ok_or("have no letters but those of Java's date and time patterns outside of quotes")?;
            items.push(Item::Field(field, count));
        }
        Ok(Self(items))
    }

    /// A text as it is.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self(text.chars().map(Item::Literal).collect())
    }

    /// One pattern after another.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        self.0.extend_from_slice(&next.0);
        self
    }

    /// Whether it tells years, months and days apart.
    #[must_use]
    pub fn has_date(&self) -> bool {
        self.has(&[Field::Year])
            && (self.has(&[Field::DayOfYear]) || self.has(&[Field::Month]) && self.has(&[Field::Day]))
    }

    /// Whether it tells hours apart.
    #[must_use]
    pub fn has_hour(&self) -> bool {
        self.has(&[Field::Hour, Field::HourFromOne, Field::HourOfHalf, Field::HourOfHalfFromZero])
    }

    /// Whether it has an hour of half a day, and does not say of which half.
    #[must_use]
    pub fn lacks_half_day(&self) -> bool {
        self.has(&[Field::HourOfHalf, Field::HourOfHalfFromZero]) && !self.has(&[Field::HalfDay])
    }

    /// Whether it tells minutes apart.
    #[must_use]
    pub fn has_minute(&self) -> bool {
        self.has(&[Field::Minute])
    }

    fn has(&self, any_of: &[Field]) -> bool {
        self.0.iter().any(|item| matches!(item, Item::Field(field, _) if any_of.contains(field)))
    }

    /// The time that a text tells, local in `zone` unless it has an offset or a zone of its own; `None` if it is not
    /// of this pattern, or there is no such time. What a change of clocks leaves out or doubles is read as Java does.
    #[must_use]
    pub fn parse(&self, text: &str, zone: &TimeZone) -> Option<Timestamp> {
        let mut parts = Parts::default();
        let mut rest = text;
        let mut items = self.0.iter().peekable();
        while let Some(item) = items.next() {
            rest = match *item {
                Item::Literal(literal) => rest.strip_prefix(literal)?,
                Item::Field(field, count) => {
                    let next_is_number =
                        matches!(items.peek(), Some(Item::Field(next, count)) if is_number(*next, *count));
                    parts.read(field, count, next_is_number, rest)?
                }
            };
        }
        if rest.is_empty() { parts.timestamp(zone) } else { None }
    }

    /// Writes a time as this pattern has it.
    #[must_use]
    pub fn print(&self, time: &ZonedDateTime) -> String {
        let mut out = String::new();
        for item in &self.0 {
            match *item {
                Item::Literal(literal) => out.push(literal),
                Item::Field(field, count) => print(field, count, time, &mut out),
            }
        }
        out
    }
}

/// Reads what is between quotes; two quotes are one.
fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, items: &mut Vec<Item>) -> Result<(), &'static str> {
    if letters.next_if_eq(&'\'').is_some() {
        items.push(Item::Literal('\''));
        return Ok(());
    }
    while let Some(letter) = letters.next() {
        if letter != '\'' {
            items.push(Item::Literal(letter));
        } else if letters.next_if_eq(&'\'').is_some() {
            items.push(Item::Literal('\''));
        } else {
            return Ok(());
        }
    }
    Err("end its quotes")
}

fn field(letter: char, count: usize) -> Option<Field> {
    Some(match letter {
        'y' | 'u' => Field::Year,
        'Y' => Field::WeekYear,
        'M' | 'L' => Field::Month,
        'd' => Field::Day,
        'D' if count <= 2 => Field::Day,
        'D' => Field::DayOfYear,
        'E' => Field::Weekday,
        'a' => Field::HalfDay,
        'H' => Field::Hour,
        'k' => Field::HourFromOne,
        'h' => Field::HourOfHalf,
        'K' => Field::HourOfHalfFromZero,
        'm' => Field::Minute,
        's' => Field::Second,
        'S' => Field::Fraction,
        'n' => Field::Nanosecond,
        'X' | 'x' | 'Z' | 'O' => Field::Offset,
        'z' | 'V' => Field::Zone,
        _ => return None,
    })
}

const fn is_number(field: Field, count: usize) -> bool {
    match field {
        Field::Month => count < 3,
        Field::Weekday | Field::HalfDay | Field::Offset | Field::Zone => false,
        _ => true,
    }
}

impl Parts {
    /// Takes a field from the beginning of a text; what is left is the answer.
    fn read<'a>(&mut self, field: Field, count: usize, next_is_number: bool, text: &'a str) -> Option<&'a str> {
        match field {
            Field::Month if count >= SHORT => {
                let (position, rest) = name(&MONTHS, count, text)?;
                self.month = Some(i8::try_from(position).ok()? + 1);
                return Some(rest);
            }
            Field::Weekday => {
                let (position, rest) = name(&WEEKDAYS, count, text)?;
                self.weekday = Some(position);
                return Some(rest);
            }
            Field::HalfDay => {
                let (half, rest) = text.split_at_checked(2)?;
                self.afternoon = Some(match half.to_ascii_lowercase().as_str() {
                    "am" => false,
                    "pm" => true,
                    _ => return None,
                });
                return Some(rest);
            }
            Field::Offset => {
                let (offset, rest) = offset(text)?;
                self.zone = Some(TimeZone::fixed(offset));
                return Some(rest);
            }
            Field::Zone => {
                let end = text.find(|letter: char| !is_of_zone(letter)).unwrap_or(text.len());
                let (name, rest) = text.split_at_checked(end)?;
                self.zone = Some(match name {
                    "Z" => TimeZone::UTC,
                    _ => TimeZoneDatabase::bundled().get(name).ok()?,
                });
                return Some(rest);
            }
            _ => {}
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (least, most) = widths(field, count);
        let taken = if next_is_number { least.max(count) } else { digits.min(most) };
        if taken < least || taken > digits {
            return None;
        }
        let (number, rest) = text.split_at_checked(taken)?;
        let value: i64 = number.parse().ok()?;
        self.set(field, count, value, taken)?;
        Some(rest)
    }

    fn set(&mut self, field: Field, count: usize, value: i64, digits: usize) -> Option<()> {
        match field {
            // Of two digits: this century, as Java reads them.
            Field::Year if count == 2 => self.year = Some(i16::try_from(value).ok()? + 2000),
            Field::Year | Field::WeekYear => self.year = Some(i16::try_from(value).ok()?),
            Field::Month => self.month = Some(i8::try_from(value).ok()?),
            Field::Day => self.day = Some(i8::try_from(value).ok()?),
            Field::DayOfYear => self.day_of_year = Some(i16::try_from(value).ok()?),
            Field::Hour => self.hour = Some(within(value, 0, 23)?),
            Field::HourFromOne => self.hour = Some(within(value, 1, 24)? % 24),
            Field::HourOfHalf => self.hour_of_half = Some(within(value, 1, 12)? % 12),
            Field::HourOfHalfFromZero => self.hour_of_half = Some(within(value, 0, 11)?),
            Field::Minute => self.minute = within(value, 0, 59)?,
            Field::Second => self.second = within(value, 0, 59)?,
            Field::Fraction => {
                let scale = 10_i64.checked_pow(u32::try_from(9_usize.checked_sub(digits)?).ok()?)?;
                self.nanosecond = i32::try_from(value.checked_mul(scale)?).ok()?;
            }
            Field::Nanosecond => self.nanosecond = i32::try_from(value).ok()?,
            Field::Weekday | Field::HalfDay | Field::Offset | Field::Zone => return None,
        }
        Some(())
    }

    fn timestamp(self, zone: &TimeZone) -> Option<Timestamp> {
        let year = self.year?;
        let date = match self.day_of_year {
            Some(day) => {
                let date = Date::new(year, 1, 1).ok()?.checked_add((day - 1).days()).ok()?;
                Some(date).filter(|date| day >= 1 && date.year() == year)?
            }
            None => Date::new(year, self.month?, self.day?).ok()?,
        };
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
        if self.weekday.is_some_and(|told| told != weekday) {
            return None;
        }
        let hour = match (self.hour, self.hour_of_half) {
            (Some(hour), _) => hour,
            (None, Some(hour)) => hour + if self.afternoon? { 12 } else { 0 },
            (None, None) => 0,
        };
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        let zone = self.zone.as_ref().unwrap_or(zone);
        zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok()
    }
}

/// How many digits a number has, at least and at most. One letter: as many as it needs.
fn widths(field: Field, count: usize) -> (usize, usize) {
    match (field, count) {
        (Field::Year | Field::WeekYear, 2) => (2, 2),
        (Field::Year | Field::WeekYear, _) => (4, 4),
        (Field::DayOfYear, _) => (3, 3),
        (Field::Fraction, _) => (count, count),
        (Field::Nanosecond, _) => (1, 9),
        (_, 1) => (1, 2),
        _ => (2, 2),
    }
}

fn within(value: i64, least: i64, most: i64) -> Option<i8> {
    if (least..=most).contains(&value) { i8::try_from(value).ok() } else { None }
}

fn name<'a>(names: &[&str], count: usize, text: &'a str) -> Option<(usize, &'a str)> {
    names.iter().enumerate().find_map(|(position, name)| {
        let length = if count > SHORT { name.len() } else { SHORT };
        let (start, rest) = text.split_at_checked(length)?;
        name.get(..length)?.eq_ignore_ascii_case(start).then_some((position, rest))
    })
}

/// `Z`, or a sign, two digits of hours and, with or without a colon, of minutes.
fn offset(text: &str) -> Option<(Offset, &str)> {
    if let Some(rest) = text.strip_prefix('Z') {
        return Some((Offset::UTC, rest));
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let two = |text: &str| -> Option<i32> {
        let digits = text.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
        digits.parse().ok()
    };
    let hours = two(rest)?;
    let rest = rest.get(2..)?;
    let after = rest.strip_prefix(':').unwrap_or(rest);
    let (minutes, rest) = match two(after) {
        Some(minutes) => (minutes, after.get(2..)?),
        None => (0, rest),
    };
    if minutes > 59 {
        return None;
    }
    Some((Offset::from_seconds(sign * (hours * 3_600 + minutes * 60)).ok()?, rest))
}

fn is_of_zone(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "/_+-".contains(letter)
}

fn print(field: Field, count: usize, time: &ZonedDateTime, out: &mut String) {
    let weekday = usize::try_from(time.weekday().to_monday_zero_offset()).unwrap_or_default();
    let month = usize::try_from(time.month() - 1).unwrap_or_default();
    let number = match field {
        Field::Year if count == 2 => time.year() % 100,
        Field::Year => time.year(),
        Field::WeekYear if count == 2 => time.date().iso_week_date().year() % 100,
        Field::WeekYear => time.date().iso_week_date().year(),
        Field::Month if count >= SHORT => return named(&MONTHS, month, count, out),
        Field::Month => time.month().into(),
        Field::Day => time.day().into(),
        Field::DayOfYear => time.day_of_year(),
        Field::Weekday => return named(&WEEKDAYS, weekday, count, out),
        Field::HalfDay => return out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        Field::Hour => time.hour().into(),
        Field::HourFromOne => i16::from((time.hour() + 23) % 24 + 1),
        Field::HourOfHalf => i16::from((time.hour() + 11) % 12 + 1),
        Field::HourOfHalfFromZero => i16::from(time.hour() % 12),
        Field::Minute => time.minute().into(),
        Field::Second => time.second().into(),
        Field::Fraction => {
            let digits = format!("{:09}", time.subsec_nanosecond());
            return out.push_str(digits.get(..count.min(9)).unwrap_or_default());
        }
        Field::Nanosecond => return out.push_str(&time.subsec_nanosecond().to_string()),
        Field::Offset => return out.push_str(&time.offset().to_string()),
        Field::Zone => return out.push_str(time.time_zone().iana_name().unwrap_or("UTC")),
    };
    // Writing to a string cannot fail.
    let _ = write!(out, "{number:0count$}");
}

fn named(names: &[&str], position: usize, count: usize, out: &mut String) {
    let name = names.get(position).copied().unwrap_or_default();
    out.push_str(if count > SHORT { name } else { name.get(..SHORT).unwrap_or(name) });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(name).unwrap()
    }

    #[test]
    fn texts_tell_times() {
        for (pattern, text, local, expected) in [
            ("yyyy-MM-dd HH:mm:ss", "2021-02-03 04:05:06", "UTC", Some("2021-02-03T04:05:06Z")),
            ("yyyy-MM-dd HH:mm:ss", "2021-2-3 04:05:06", "UTC", None),
            ("yyyy-MM-dd HH:mm:ss", "2021-02-03 04:05:06 ", "UTC", None),
            ("yyyy-MM-dd HH:mm:ss", "2021-02-03", "UTC", None),
            ("yyyy-MM-dd HH:mm:ss", "2021-02-30 04:05:06", "UTC", None),
            ("yyyy-MM-dd HH:mm:ss", "2021-02-03 24:05:06", "UTC", None),
            ("yyyy-MM-dd kk:mm", "2021-02-03 24:05", "UTC", Some("2021-02-03T00:05:00Z")),
            ("yyyy-MM-dd", "2021-02-03", "America/New_York", Some("2021-02-03T05:00:00Z")),
            ("yyyyMMddHHmm", "202102030405", "UTC", Some("2021-02-03T04:05:00Z")),
            ("MM/DD/yyyy hh:mm a", "02/03/2021 12:30 am", "UTC", Some("2021-02-03T00:30:00Z")),
            ("MM/dd/yy hh:mm a", "02/03/21 12:30 PM", "UTC", Some("2021-02-03T12:30:00Z")),
            ("MM/dd/yy hh:mm a", "02/03/21 13:30 PM", "UTC", None),
            ("d MMM yyyy H:m", "3 Feb 2021 4:5", "UTC", Some("2021-02-03T04:05:00Z")),
            ("d MMMM yyyy", "13 September 2021", "UTC", Some("2021-09-13T00:00:00Z")),
            ("EEE d MMM yyyy", "Wed 3 Feb 2021", "UTC", Some("2021-02-03T00:00:00Z")),
            ("EEE d MMM yyyy", "Tue 3 Feb 2021", "UTC", None),
            ("yyyyDDD", "2021034", "UTC", Some("2021-02-03T00:00:00Z")),
            ("yyyyDDD", "2021366", "UTC", None),
            ("yyyy-MM-dd'T'HH:mm:ss'Z'", "2021-02-03T04:05:06Z", "UTC", Some("2021-02-03T04:05:06Z")),
            ("yyyy-MM-ddTHH:mm:ssZ", "2021-02-03T04:05:06+0100", "UTC", Some("2021-02-03T03:05:06Z")),
            ("yyyy-MM-ddTHH:mm:ssXXX", "2021-02-03T04:05:06-03:30", "UTC", Some("2021-02-03T07:35:06Z")),
            ("yyyy-MM-ddTHH:mm:ss.SSSX", "2021-02-03T04:05:06.250Z", "UTC", Some("2021-02-03T04:05:06.25Z")),
            ("yyyy-MM-dd HH:mm VV", "2021-02-03 04:05 Europe/Berlin", "UTC", Some("2021-02-03T03:05:00Z")),
            ("yyyy-MM-dd HH:mm VV", "2021-02-03 04:05 Nowhere/Land", "UTC", None),
            // Clocks go forward and back.
            ("yyyy-MM-dd HH:mm", "2021-03-28 02:30", "Europe/Berlin", Some("2021-03-28T01:30:00Z")),
            ("yyyy-MM-dd HH:mm", "2021-10-31 02:30", "Europe/Berlin", Some("2021-10-31T00:30:00Z")),
            ("yyyy-MM-dd 'o''clock'", "2021-02-03 o'clock", "UTC", Some("2021-02-03T00:00:00Z")),
            ("yyyy-MM-dd", "2021-02-0é", "UTC", None),
        ] {
            let found = Pattern::read(pattern).unwrap().parse(text, &zone(local));
            let expected = expected.map(|time| time.parse::<Timestamp>().unwrap());
            assert_eq!(found, expected, "{text} as {pattern}");
        }
    }

    #[test]
    fn times_are_written() {
        let time: Timestamp = "2021-02-03T12:05:06Z".parse().unwrap();
        for (pattern, local, expected) in [
            ("yyyyMMdd/HHmm", "UTC", "20210203/1205"),
            ("yyyyMMdd/HHmm", "Asia/Kolkata", "20210203/1735"),
            ("y-M-d h a", "UTC", "2021-2-3 12 PM"),
            ("yy MMM MMMM EEE K k", "America/New_York", "21 Feb February Wed 7 7"),
            ("YYYY ss", "UTC", "2021 06"),
        ] {
            assert_eq!(
                Pattern::read(pattern).unwrap().print(&time.to_zoned_datetime(zone(local))),
                expected,
                "{pattern}"
            );
        }
        let midnight: Timestamp = "2021-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(Pattern::read("k h YYYY").unwrap().print(&midnight.to_zoned_datetime(zone("UTC"))), "24 12 2020");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for pattern in ["yyyy-MM-dd 'x", "epoch", "yyyy q"] {
            assert!(Pattern::read(pattern).is_err(), "{pattern}");
        }
    }
}
