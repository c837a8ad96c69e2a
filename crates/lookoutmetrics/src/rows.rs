//! What a detector has learnt and found, in volume rows of its own.
//!
//! | kind | key | what |
//! |---|---|---|
//! | `outline` | none | what the rest is of: measures, dimensions, how far it is |
//! | `combinations` | chunk | the combinations of dimension values, 64 to a row, in the order in which they were first seen |
//! | `series` | chunk | the states of these combinations' series, and of which interval they are |
//! | `groups` | none | the state that joins anomalies into groups |
//! | `points` | interval | the values of all series; what is not there is no number |
//! | `execution` | interval | how the work on an interval went |
//! | `group` | number | an anomaly group |
//! | `members` | number | the anomalous series of a group |
//! | `number` | group's id | a group's number |
//! | `quality` | name | what was counted in the data |
//! | `feedback` | group's id, series | what people say of an anomalous series |
//! | `news` | group's id, series | the same, until the detector has learnt of it |
//!
//! Numbers in keys are big-endian, so that keys have their order.

use std::sync::Arc;

use bartizan_anomaly::{
    Interval, NoInterval,
    group::{Group, Member},
};
use bartizan_gate::Error;
use bartizan_store::{
    CommitError,
    volume::{Order, Volume},
};
use bartizan_wire::Faults;
use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::data::Intervals;

pub const OUTLINE: &str = "outline";
pub const COMBINATIONS: &str = "combinations";
pub const SERIES: &str = "series";
pub const GROUPS: &str = "groups";
pub const POINTS: &str = "points";
pub const EXECUTION: &str = "execution";
pub const GROUP: &str = "group";
pub const MEMBERS: &str = "members";
pub const NUMBER: &str = "number";
pub const QUALITY: &str = "quality";
pub const FEEDBACK: &str = "feedback";
pub const NEWS: &str = "news";

/// How many combinations' names, and their series' states, are in a row.
pub const CHUNK: usize = 64;

/// A row on its way into the store.
#[derive(Debug, Clone)]
pub struct Row {
    pub kind: &'static str,
    pub key: Vec<u8>,
    pub value: Arc<[u8]>,
}

/// What a detector's rows are of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// The measures, in the order of the values in points.
    pub measures: Vec<String>,
    /// The dimensions, in the order of a combination's values.
    pub dimensions: Vec<String>,
    /// The length of an interval, `PT1H`.
    pub frequency: String,
    /// The zone that intervals begin in; UTC if there is none.
    pub timezone: Option<String>,
    /// How many combinations have been seen.
    pub combinations: usize,
    /// How many intervals with data it has learnt from.
    pub learnt: usize,
    /// From which interval on it judges, if it does.
    pub judges_from: Option<Timestamp>,
    /// The last interval that it has learnt from.
    pub last: Option<Timestamp>,
}

/// How the work on an interval went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Why it failed, if it did: at most 256 characters, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// An anomaly group without its members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// A UUID.
    pub id: String,
    /// Counted from 0.
    pub number: u64,
    /// The measure.
    pub measure: String,
    /// The first interval, by its start and by its number.
    pub start: Timestamp,
    pub start_number: i64,
    /// The last one.
    pub end: Timestamp,
    pub end_number: i64,
    /// 0 to 100.
    pub severity: f64,
    /// How many series the measure had.
    pub series: u32,
    /// Whether up is where most of it goes.
    pub is_up: bool,
    /// The ARNs of the alerts that have told of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<String>,
}

/// An anomalous series of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EventMember {
    /// Its values of the dimensions.
    pub dimensions: Vec<String>,
    /// Its greatest severity.
    pub severity: f64,
    /// How far it was off in all, in the measure's unit.
    pub impact: f64,
}

/// What was counted in the data of an interval, or of a detector's history.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Quality {
    /// Since when the data is counted.
    pub start: Timestamp,
    /// All rows, those that say nothing, and those that say less than they should.
    pub rows: u64,
    pub invalid: u64,
    pub partial: u64,
    /// Rows with a value, for each column that is read.
    pub columns: Vec<(String, u64)>,
    /// How many values each dimension has.
    pub dimensions: Vec<(String, u64)>,
    /// How many series there are.
    pub series: u64,
    /// Of a back-test: the first and last interval that it was trained on, and those that it was tried on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<(Timestamp, Timestamp)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried: Option<(Timestamp, Timestamp)>,
}

/// The rows of one detector, to be read.
#[derive(Clone)]
pub struct Rows<'a> {
    volume: &'a Volume,
    owner: Arc<str>,
}

impl Row {
    pub fn outline(outline: &Outline) -> Self {
        Self::json(OUTLINE, Vec::new(), outline)
    }

    /// The names of a chunk's combinations.
    pub fn combinations(chunk: usize, combinations: &[Vec<String>]) -> Self {
        Self::json(COMBINATIONS, number(chunk as u64), &combinations)
    }

    /// All values of an interval, series by series of a combination.
    pub fn points(start: Timestamp, values: &[f64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self { kind: POINTS, key: time(start), value: compress_prepend_size(&bytes).into() }
    }

    pub fn execution(start: Timestamp, execution: &Execution) -> Self {
        Self::json(EXECUTION, time(start), execution)
    }

    pub fn event(event: &Event) -> Self {
        Self::json(GROUP, number(event.number), event)
    }

    pub fn number(event: &Event) -> Self {
        Self::json(NUMBER, event.id.clone().into_bytes(), &event.number)
    }

    pub fn members(group: &Group) -> Self {
        let members: Vec<EventMember> = group.members.iter().cloned().map(EventMember::from).collect();
        Self::json(MEMBERS, number(group.number), &members)
    }

    pub fn quality(name: &str, quality: &Quality) -> Self {
        Self::json(QUALITY, name.as_bytes().to_vec(), quality)
    }

    /// What people say of a series of a group; `kind` is [`FEEDBACK`] or [`NEWS`].
    pub fn feedback(kind: &'static str, group: &str, series: &str, is_anomaly: bool) -> Self {
        Self::json(kind, feedback_key(group, series), &is_anomaly)
    }

    fn json(kind: &'static str, key: Vec<u8>, value: &impl Serialize) -> Self {
        // Times, numbers, texts and lists of them have a form in JSON; a number that is none becomes null, and is none here.
        Self { kind, key, value: serde_json::to_vec(value).unwrap_or_default().into() }
    }
}

impl<'a> Rows<'a> {
    pub const fn new(volume: &'a Volume, owner: Arc<str>) -> Self {
        Self { volume, owner }
    }

    pub fn outline(&self) -> Result<Option<Outline>, Error> {
        self.one(OUTLINE, &[])
    }

    /// The dimension values of a combination, by its place.
    pub fn combinations(&self, chunk: usize) -> Result<Vec<Vec<String>>, Error> {
        Ok(self.one(COMBINATIONS, &number(chunk as u64))?.unwrap_or_default())
    }

    /// All values of an interval, as far as they are known.
    pub fn points(&self, start: Timestamp) -> Result<Option<Vec<f64>>, Error> {
        let found = self.volume.get(&self.owner, POINTS, &time(start)).map_err(unreadable)?;
        found.map(|bytes| self.read_points(&bytes)).transpose()
    }

    /// The values of up to `limit` intervals after one, in order.
    pub fn points_after(&self, start: Option<Timestamp>, limit: usize) -> Result<Vec<(Timestamp, Vec<f64>)>, Error> {
        let after = start.map(time);
        let rows =
            self.volume.list(&self.owner, POINTS, Order::Ascending, after.as_deref(), limit).map_err(unreadable)?;
        rows.iter().map(|(key, value)| Ok((self.read_time(key)?, self.read_points(value)?))).collect()
    }

    pub fn execution(&self, start: Timestamp) -> Result<Option<Execution>, Error> {
        self.one(EXECUTION, &time(start))
    }

    /// Executions from the newest interval on, or of those before one.
    pub fn executions(&self, before: Option<Timestamp>, limit: usize) -> Result<Vec<(Timestamp, Execution)>, Error> {
        let before = before.map(time);
        let rows = self
            .volume
            .list(&self.owner, EXECUTION, Order::Descending, before.as_deref(), limit)
            .map_err(unreadable)?;
        rows.iter().map(|(key, value)| Ok((self.read_time(key)?, self.read(value)?))).collect()
    }

    pub fn event(&self, number_: u64) -> Result<Option<Event>, Error> {
        self.one(GROUP, &number(number_))
    }

    pub fn event_of_id(&self, id: &str) -> Result<Option<Event>, Error> {
        match self.one(NUMBER, id.as_bytes())? {
            Some(number) => self.event(number),
            None => Ok(None),
        }
    }

    /// Groups in the order of their numbers or against it, beyond one.
    pub fn events(&self, order: Order, beyond: Option<u64>, limit: usize) -> Result<Vec<Event>, Error> {
        let beyond = beyond.map(number);
        let rows = self.volume.list(&self.owner, GROUP, order, beyond.as_deref(), limit).map_err(unreadable)?;
        rows.iter().map(|(_, value)| self.read(value)).collect()
    }

    pub fn members(&self, number_: u64) -> Result<Vec<EventMember>, Error> {
        Ok(self.one(MEMBERS, &number(number_))?.unwrap_or_default())
    }

    /// What was counted, by name.
    pub fn quality(&self) -> Result<Vec<Quality>, Error> {
        let rows = self.volume.list(&self.owner, QUALITY, Order::Ascending, None, usize::MAX).map_err(unreadable)?;
        rows.iter().map(|(_, value)| self.read(value)).collect()
    }

    /// What was said of a series of a group.
    pub fn feedback_on(&self, group: &str, series: &str) -> Result<Option<bool>, Error> {
        self.one(FEEDBACK, &feedback_key(group, series))
    }

    /// What was said, of `kind` [`FEEDBACK`] or [`NEWS`]: group, series, and whether it is an anomaly; in order, beyond a
    /// group and a series.
    pub fn feedback(
        &self,
        kind: &'static str,
        beyond: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Vec<(String, String, bool)>, Error> {
        let beyond = beyond.map(|(group, series)| feedback_key(group, series));
        let rows =
            self.volume.list(&self.owner, kind, Order::Ascending, beyond.as_deref(), limit).map_err(unreadable)?;
        rows.iter()
            .map(|(key, value)| {
                let text = std::str::from_utf8(key).map_err(|why| self.damaged(why))?;
                let (group, series) = text.split_once('/').ok_or_else(|| self.damaged("a key"))?;
                Ok((group.to_owned(), series.to_owned(), self.read(value)?))
            })
            .collect()
    }

    /// A row's own bytes.
    pub fn bytes(&self, kind: &str, key: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.volume.get(&self.owner, kind, key).map_err(unreadable)
    }

    pub fn damaged(&self, why: impl std::fmt::Display) -> Error {
        Error::Internal(format!("what is kept of the detector {} cannot be read: {why}", self.owner))
    }

    fn one<T: DeserializeOwned>(&self, kind: &str, key: &[u8]) -> Result<Option<T>, Error> {
        self.bytes(kind, key)?.map(|bytes| self.read(&bytes)).transpose()
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T, Error> {
        serde_json::from_slice(bytes).map_err(|why| self.damaged(why))
    }

    fn read_points(&self, bytes: &[u8]) -> Result<Vec<f64>, Error> {
        let bytes = decompress_size_prepended(bytes).map_err(|why| self.damaged(why))?;
        let (values, rest) = bytes.as_chunks::<8>();
        if rest.is_empty() {
            Ok(values.iter().map(|value| f64::from_le_bytes(*value)).collect())
        } else {
            Err(self.damaged("points"))
        }
    }

    fn read_time(&self, key: &[u8]) -> Result<Timestamp, Error> {
        let bytes: [u8; 8] = key.try_into().map_err(|_| self.damaged("a key"))?;
        let second = (u64::from_be_bytes(bytes) ^ (1 << 63)).cast_signed();
        Timestamp::from_second(second).map_err(|why| self.damaged(why))
    }
}

impl Outline {
    /// How its time is cut.
    pub fn intervals(&self) -> Result<Intervals, Error> {
        let frequency = self.frequency.parse().map_err(|why: Faults| Self::damaged(&why))?;
        let zone = match &self.timezone {
            None => TimeZone::UTC,
            Some(name) => TimeZoneDatabase::bundled().get(name).map_err(|why| Self::damaged(&why))?,
        };
        Ok(Intervals::new(frequency, zone))
    }

    /// The length of an interval, as series know it.
    pub fn interval(&self) -> Result<Interval, Error> {
        self.frequency.parse().map_err(|why: NoInterval| Self::damaged(&why))
    }

    fn damaged(why: &dyn std::fmt::Display) -> Error {
        Error::Internal(format!("the outline of a detector's rows cannot be read: {why}"))
    }
}

impl Event {
    /// The group as it is now, with the id that it has from its beginning.
    pub fn new(group: &Group, id: String, start: Timestamp, end: Timestamp, told: Vec<String>) -> Self {
        Self {
            id,
            number: group.number,
            measure: group.measure.clone(),
            start,
            start_number: group.start,
            end,
            end_number: group.end,
            severity: group.severity,
            series: group.series,
            is_up: group.is_up,
            told,
        }
    }

    /// The group as the detector has it.
    pub fn group(&self, members: Vec<EventMember>) -> Group {
        Group {
            number: self.number,
            measure: self.measure.clone(),
            start: self.start_number,
            end: self.end_number,
            severity: self.severity,
            members: members.into_iter().map(Member::from).collect(),
            series: self.series,
            is_up: self.is_up,
        }
    }
}

impl From<Member> for EventMember {
    fn from(member: Member) -> Self {
        Self { dimensions: member.dimensions, severity: member.severity, impact: member.impact }
    }
}

impl From<EventMember> for Member {
    fn from(member: EventMember) -> Self {
        Self { dimensions: member.dimensions, severity: member.severity, impact: member.impact }
    }
}

pub fn number(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

/// Times before 1970 come before those after it.
fn time(start: Timestamp) -> Vec<u8> {
    (start.as_second().cast_unsigned() ^ (1 << 63)).to_be_bytes().to_vec()
}

pub fn feedback_key(group: &str, series: &str) -> Vec<u8> {
    format!("{group}/{series}").into_bytes()
}

fn unreadable(error: CommitError) -> Error {
    Error::Internal(format!("volume rows cannot be read: {error}"))
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
