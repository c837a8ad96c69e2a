//! What is asked for. Names are quoted and times are bound; all values come back as text, whatever their types.

use std::ops::Range;

use jiff::{Span, Timestamp, civil::DateTime, tz::TimeZone};
use tokio_postgres::types::Type;

use crate::data::Pattern;

/// How times are written between the server and here.
const TIME: &str = "%Y-%m-%dT%H:%M:%S.%6f";
/// The same in the server's letters.
const TO_CHAR: &str = r#"'YYYY-MM-DD"T"HH24:MI:SS.US'"#;

/// Rows of a table: those of which the timestamp is in a range.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// The table, with its schema before a dot or without one. Names are taken with their case.
    pub table: &'a str,
    /// The columns, the timestamp first.
    pub columns: &'a [&'a str],
    /// How rows say when: timestamps are handed on in this form, and a column of text has it already.
    pub pattern: &'a Pattern,
    /// The zone that timestamps without one are local in, and in which they are handed on.
    pub zone: &'a TimeZone,
    /// From when to before when.
    pub range: Range<Timestamp>,
}

/// What a column that says when is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeColumn {
    /// `timestamp with time zone`
    Zoned,
    /// `timestamp`
    Local,
    /// `date`: the midnight that it begins with.
    Date,
    /// Text of the pattern. The server cannot tell which rows are in a range.
    Text,
}

/// What a row says of its time.
#[derive(Debug, PartialEq, Eq)]
pub enum When {
    /// It is in the range, at the time that this text tells.
    Within(String),
    /// It is not.
    Beyond,
    /// It cannot be told.
    Unclear,
}

impl TimeColumn {
    /// What a column of this type is like; nothing for those that say no time.
    pub fn of(kind: &Type) -> Option<Self> {
        match *kind {
            Type::TIMESTAMPTZ => Some(Self::Zoned),
            Type::TIMESTAMP => Some(Self::Local),
            Type::DATE => Some(Self::Date),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR => Some(Self::Text),
            _ => None,
        }
    }

    /// How the server's own type is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Zoned => "timestamptz",
            Self::Local => "timestamp",
            Self::Date => "date",
            Self::Text => "text",
        }
    }
}

impl Selection<'_> {
    /// The column that says when.
    pub fn timestamp(&self) -> &str {
        self.columns.first().copied().unwrap_or_default()
    }

    /// A query that tells of what type the timestamp is.
    pub fn probe(&self) -> String {
        format!("SELECT {} FROM {} LIMIT 0", quoted(self.timestamp()), self.quoted_table())
    }

    /// The query, and the values of its parameters.
    pub fn query(&self, kind: TimeColumn) -> (String, Vec<String>) {
        let column = quoted(self.timestamp());
        let time = match kind {
            TimeColumn::Zoned => format!("to_char({column} AT TIME ZONE 'UTC', {TO_CHAR})"),
            TimeColumn::Local | TimeColumn::Date => format!("to_char(CAST({column} AS timestamp), {TO_CHAR})"),
            TimeColumn::Text => as_text(&column),
        };
        let others = self.columns.iter().skip(1).map(|column| as_text(&quoted(column)));
        let selected: Vec<String> = std::iter::once(time).chain(others).collect();
        let mut query = format!("SELECT {} FROM {}", selected.join(", "), self.quoted_table());
        let bounds = self.bounds(kind);
        if !bounds.is_empty() {
            let name = kind.name();
            let bound = |place: u8| format!("CAST(CAST(${place} AS text) AS {name})");
            // A date is within if its midnight is; the bounds are dates too.
            let upper = if kind == TimeColumn::Date { "<=" } else { "<" };
            query.push_str(&format!(" WHERE {column} >= {} AND {column} {upper} {}", bound(1), bound(2)));
        }
        (query, bounds)
    }

    /// The range in the server's words: no narrower than it is. Where clocks change, local times do not tell which hour
    /// they are of: there it is wider, and [`Selection::when`] decides.
    fn bounds(&self, kind: TimeColumn) -> Vec<String> {
        let Range { start, end } = self.range;
        let local = |time: Timestamp, days: i64| -> DateTime {
            let moved = time.checked_add(Span::new().hours(24 * days)).unwrap_or(time);
            let zone = if kind == TimeColumn::Zoned { &TimeZone::UTC } else { self.zone };
            zone.to_datetime(moved)
        };
        let around = |time: Timestamp, days: i64| {
            self.zone.to_offset(time.checked_add(Span::new().hours(24 * days)).unwrap_or(time))
        };
        let days = i64::from(around(start, -1) != around(end, 1));
        match kind {
            TimeColumn::Text => Vec::new(),
            TimeColumn::Zoned => {
                [(start, 0), (end, 0)].map(|(time, days)| format!("{}Z", local(time, days).strftime(TIME))).into()
            }
            TimeColumn::Local => {
                [(start, -days), (end, days)].map(|(time, days)| local(time, days).strftime(TIME).to_string()).into()
            }
            TimeColumn::Date => {
                [(start, -days), (end, days)].map(|(time, days)| local(time, days).date().to_string()).into()
            }
        }
    }

    /// Whether a row is in the range, by the text of its time as the query gives it.
    pub fn when(&self, kind: TimeColumn, text: &str) -> When {
        let time = match kind {
            TimeColumn::Text => self.pattern.parse(text.trim(), self.zone),
            TimeColumn::Zoned => civil(text).and_then(|time| TimeZone::UTC.to_timestamp(time).ok()),
            TimeColumn::Local | TimeColumn::Date => {
                civil(text).and_then(|time| self.zone.to_ambiguous_timestamp(time).compatible().ok())
            }
        };
        match time {
            None => When::Unclear,
            Some(time) if !self.range.contains(&time) => When::Beyond,
            Some(_) if kind == TimeColumn::Text => When::Within(text.to_owned()),
            Some(time) => When::Within(self.pattern.print(&time.to_zoned_datetime(self.zone.clone()))),
        }
    }

    fn quoted_table(&self) -> String {
        self.table.split('.').map(quoted).collect::<Vec<_>>().join(".")
    }
}

fn civil(text: &str) -> Option<DateTime> {
    DateTime::strptime("%Y-%m-%dT%H:%M:%S.%f", text).ok()
}

/// A name as it is, whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn as_text(quoted: &str) -> String {
    format!("CAST({quoted} AS text)")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZoneDatabase::bundled().get(name).unwrap()
    }

    fn with<T>(
        table: &str,
        columns: &[&str],
        local: &str,
        range: (&str, &str),
        ask: impl Fn(&Selection<'_>) -> T,
    ) -> T {
        let pattern = Pattern::read("yyyy-MM-dd HH:mm").unwrap();
        let range = range.0.parse().unwrap()..range.1.parse().unwrap();
        ask(&Selection { table, columns, pattern: &pattern, zone: &zone(local), range })
    }

    const HOUR: (&str, &str) = ("2021-02-03T04:00:00Z", "2021-02-03T05:00:00Z");

    #[test]
    fn names_are_quoted_and_times_are_bound() {
        let columns = ["at\"; DROP TABLE x; --", "Sum", "dim'"];
        let (query, parameters) =
            with("shop.Or\"ders", &columns, "UTC", HOUR, |selection| selection.query(TimeColumn::Zoned));
        assert_eq!(
            query,
            "SELECT to_char(\"at\"\"; DROP TABLE x; --\" AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US'), \
             CAST(\"Sum\" AS text), CAST(\"dim'\" AS text) FROM \"shop\".\"Or\"\"ders\" \
             WHERE \"at\"\"; DROP TABLE x; --\" >= CAST(CAST($1 AS text) AS timestamptz) \
             AND \"at\"\"; DROP TABLE x; --\" < CAST(CAST($2 AS text) AS timestamptz)"
        );
        assert_eq!(parameters, ["2021-02-03T04:00:00.000000Z", "2021-02-03T05:00:00.000000Z"]);
        let probe = with("orders", &columns, "UTC", HOUR, |selection| selection.probe());
        assert_eq!(probe, "SELECT \"at\"\"; DROP TABLE x; --\" FROM \"orders\" LIMIT 0");
    }

    #[test]
    fn bounds_are_as_the_column_tells_time() {
        for (kind, local, range, expected) in [
            (TimeColumn::Local, "UTC", HOUR, &["2021-02-03T04:00:00.000000", "2021-02-03T05:00:00.000000"][..]),
            (TimeColumn::Local, "Asia/Kolkata", HOUR, &["2021-02-03T09:30:00.000000", "2021-02-03T10:30:00.000000"]),
            (TimeColumn::Date, "America/New_York", HOUR, &["2021-02-02", "2021-02-03"]),
            (TimeColumn::Text, "UTC", HOUR, &[]),
            // Clocks go back at 01:00 UTC: the hour before it and the one after have the same local times.
            (
                TimeColumn::Local,
                "Europe/Berlin",
                ("2021-10-31T00:00:00Z", "2021-10-31T01:00:00Z"),
                &["2021-10-30T02:00:00.000000", "2021-11-01T02:00:00.000000"],
            ),
        ] {
            assert_eq!(
                with("t", &["at"], local, range, |selection| selection.bounds(kind)),
                expected,
                "{kind:?} {local}"
            );
        }
    }

    #[test]
    fn a_row_is_within_the_range_or_not() {
        let within = |text: &str| When::Within(text.to_owned());
        for (kind, local, text, expected) in [
            (TimeColumn::Zoned, "UTC", "2021-02-03T04:00:00.000000", within("2021-02-03 04:00")),
            (TimeColumn::Zoned, "Asia/Kolkata", "2021-02-03T04:59:59.999999", within("2021-02-03 10:29")),
            (TimeColumn::Zoned, "UTC", "2021-02-03T05:00:00.000000", When::Beyond),
            (TimeColumn::Zoned, "UTC", "2021-02-03T03:59:59.999999", When::Beyond),
            (TimeColumn::Local, "Asia/Kolkata", "2021-02-03T09:30:00.000000", within("2021-02-03 09:30")),
            (TimeColumn::Local, "Asia/Kolkata", "2021-02-03T04:00:00.000000", When::Beyond),
            (TimeColumn::Text, "UTC", "2021-02-03 04:30", within("2021-02-03 04:30")),
            (TimeColumn::Text, "UTC", "2021-02-03 05:30", When::Beyond),
            (TimeColumn::Text, "UTC", "yesterday", When::Unclear),
        ] {
            let found = with("t", &["at"], local, HOUR, |selection| selection.when(kind, text));
            assert_eq!(found, expected, "{kind:?} {text}");
        }
    }

    #[test]
    fn only_types_that_tell_times_are_taken() {
        for (kind, expected) in [
            (Type::TIMESTAMPTZ, Some(TimeColumn::Zoned)),
            (Type::TIMESTAMP, Some(TimeColumn::Local)),
            (Type::DATE, Some(TimeColumn::Date)),
            (Type::VARCHAR, Some(TimeColumn::Text)),
            (Type::INT8, None),
            (Type::BYTEA, None),
            (Type::TIME, None),
        ] {
            assert_eq!(TimeColumn::of(&kind), expected, "{kind}");
        }
    }
}
