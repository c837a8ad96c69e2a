//! What a detector has found, as operations and `bartizan lookout show` read it.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_anomaly::group::Group;
use bartizan_gate::Error;
use bartizan_store::{
    entity::{
        AnomalyDetector,
        AnomalyDetectorStatus::{BackTestActivating, BackTestActive},
    },
    volume::{Order, Volume},
};
use bartizan_wire::Faults;
use jiff::Timestamp;

use crate::{
    data::Intervals,
    error::{self, ResourceType},
    names::{TimestampString, Uuid},
    rows::{CHUNK, Event, EventMember, Outline, Rows},
};

/// How many groups before one, and after it, are looked at for what may be its cause or its effect.
const NEIGHBOURS: usize = 100;

/// The findings of a detector that has read data.
pub struct Found<'a> {
    pub rows: Rows<'a>,
    pub outline: Outline,
    intervals: Intervals,
}

impl<'a> Found<'a> {
    /// The detector's findings; `None` if it never read any data, or is at a back-test: that can begin anew, and nobody may
    /// have been shown what it finds another time.
    pub fn of(volume: &'a Volume, detector: &AnomalyDetector) -> Result<Option<Self>, Error> {
        if matches!(detector.status, BackTestActivating | BackTestActive) {
            return Ok(None);
        }
        let Some(owner) = &detector.rows else { return Ok(None) };
        let rows = Rows::new(volume, owner.clone());
        let Some(outline) = rows.outline()? else { return Ok(None) };
        let intervals = outline.intervals()?;
        Ok(Some(Self { rows, outline, intervals }))
    }

    /// An interval's start, as it is written.
    pub fn text(&self, start: Timestamp) -> Result<TimestampString, Error> {
        self.kept(TimestampString::new(self.intervals.text(start)))
    }

    /// What was kept, read through the constraints that it was taken under.
    pub fn kept<T>(&self, read: Result<T, Faults>) -> Result<T, Error> {
        read.map_err(|why| self.rows.damaged(why))
    }

    /// The groups of at least a severity, the newest first.
    pub fn events(&self, severity: f64) -> Result<Vec<Event>, Error> {
        let mut events = self.rows.events(Order::Descending, None, usize::MAX)?;
        events.retain(|event| event.severity >= severity);
        Ok(events)
    }

    /// The groups of other measures that overlap one or lie close to it, in the order in which they began.
    pub fn near(&self, event: &Event) -> Result<Vec<(Event, Group)>, Error> {
        let without_members = event.group(Vec::new());
        let mut before = self.rows.events(Order::Descending, Some(event.number), NEIGHBOURS)?;
        before.reverse();
        let after = self.rows.events(Order::Ascending, Some(event.number), NEIGHBOURS)?;
        let near = before.into_iter().chain(after).filter(|other| without_members.is_near(&other.group(Vec::new())));
        near.map(|other| {
            let group = other.group(self.rows.members(other.number)?);
            Ok((other, group))
        })
        .collect()
    }

    /// The starts of the intervals from one to another, both included.
    pub fn starts(&self, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let following =
            std::iter::successors(Some(from), |start| Some(self.intervals.after(*start)).filter(|next| next > start));
        following.take_while(|start| *start <= to).collect()
    }

    /// The starts of up to so many intervals that end with one.
    pub fn starts_until(&self, to: Timestamp, count: usize) -> Vec<Timestamp> {
        let preceding = std::iter::successors(Some(to), |start| Some(self.intervals.before(*start)));
        let mut starts: Vec<Timestamp> = preceding.take(count).collect();
        starts.reverse();
        starts
    }

    /// The values of a measure's series in these intervals, for each series one for each interval. What is not there is no
    /// number.
    pub fn values(&self, measure: &str, series: &[EventMember], starts: &[Timestamp]) -> Result<Vec<Vec<f64>>, Error> {
        let measures = &self.outline.measures;
        let place_of = measures.iter().position(|name| name == measure);
        let place = place_of.ok_or_else(|| self.rows.damaged("a group is of no measure"))?;
        let places = self.places(series)?;
        let slots: Vec<Option<usize>> = series
            .iter()
            .map(|member| Some(places.get(member.dimensions.as_slice())? * measures.len() + place))
            .collect();
        let mut values = vec![Vec::with_capacity(starts.len()); series.len()];
        for start in starts {
            let points = self.rows.points(*start)?.unwrap_or_default();
            for (values, slot) in values.iter_mut().zip(&slots) {
                values.push(slot.and_then(|slot| points.get(slot).copied()).unwrap_or(f64::NAN));
            }
        }
        Ok(values)
    }

    /// Where in an interval's points the combinations of these series are.
    fn places<'b>(&self, series: &'b [EventMember]) -> Result<BTreeMap<&'b [String], usize>, Error> {
        let mut wanted: BTreeSet<&[String]> = series.iter().map(|member| member.dimensions.as_slice()).collect();
        let mut places = BTreeMap::new();
        for chunk in 0..self.outline.combinations.div_ceil(CHUNK) {
            if wanted.is_empty() {
                break;
            }
            for (place, combination) in self.rows.combinations(chunk)?.iter().enumerate() {
                if let Some(found) = wanted.take(combination.as_slice()) {
                    places.insert(found, chunk * CHUNK + place);
                }
            }
        }
        Ok(places)
    }
}

/// A group of the detector, with its series. That another detector has one of this id says nothing.
///
/// # Errors
/// `ResourceNotFoundException`
pub fn group<'a>(found: Option<Found<'a>>, id: &Uuid) -> Result<(Found<'a>, Event, Vec<EventMember>), Error> {
    let not_found = || error::not_found(ResourceType::AnomalyGroup, id.as_str());
    let found = found.ok_or_else(not_found)?;
    let event = found.rows.event_of_id(id.as_str())?.ok_or_else(not_found)?;
    let members = found.rows.members(event.number)?;
    Ok((found, event, members))
}
