//! What of the intervals that a detector has looked at goes into the store: points, executions, groups.

use std::collections::HashMap;

use bartizan_anomaly::group::Group;
use bartizan_gate::Error;
use jiff::Timestamp;

use super::{model::Frame, work::Work};
use crate::{
    data::{Counts, Plan, Values},
    rows::{Event, Execution, Quality, Row, Rows},
};

/// Intervals before those that are judged, whose points are kept for pictures.
const BEFORE: usize = 48;
/// The longest that a reason may be, in characters.
const MAX_REASON: usize = 256;

/// The findings of some intervals, on their way into the store.
#[derive(Default)]
pub struct Findings {
    /// What is to be written.
    pub rows: Vec<Row>,
    /// The groups that began or grew, as they are now, with their members.
    pub events: Vec<(Event, Group)>,
    /// Groups that are known, by their numbers.
    known: HashMap<u64, Event>,
}

impl Findings {
    /// Notes an interval that has been looked at, with what was found in it.
    pub fn add(&mut self, work: &Work<'_>, frame: &Frame, groups: Vec<Group>) -> Result<(), Error> {
        self.rows.push(Row::points(frame.start, &frame.values));
        self.rows.push(Row::execution(frame.start, &Execution { failure: None }));
        for group in groups {
            let event = self.event(&work.rows(), &group, frame.start, || work.gate.uuid())?;
            self.events.retain(|(other, _)| other.number != event.number);
            self.events.push((event, group));
        }
        Ok(())
    }

    /// What is written, and forgotten here.
    pub fn take(&mut self) -> Vec<Row> {
        let mut rows = std::mem::take(&mut self.rows);
        for (event, group) in std::mem::take(&mut self.events) {
            rows.extend([Row::event(&event), Row::number(&event), Row::members(&group)]);
        }
        rows
    }

    /// The group as the store has it, with the id that it got when it began.
    fn event(
        &mut self,
        rows: &Rows<'_>,
        group: &Group,
        now: Timestamp,
        uuid: impl FnOnce() -> Result<String, Error>,
    ) -> Result<Event, Error> {
        let known = match self.known.get(&group.number) {
            Some(known) => Some(known.clone()),
            None => rows.event(group.number)?,
        };
        let event = match known {
            Some(known) => Event::new(group, known.id, known.start, now, known.told),
            None => Event::new(group, uuid()?, now, now, Vec::new()),
        };
        self.known.insert(group.number, event.clone());
        Ok(event)
    }
}

/// An interval that could not be looked at.
pub fn failed(start: Timestamp, reason: &str) -> Row {
    Row::execution(start, &Execution { failure: Some(reason_of(reason)) })
}

/// A reason in as many characters as one may have.
pub fn reason_of(text: &str) -> String {
    match text.char_indices().nth(MAX_REASON) {
        None => text.to_owned(),
        Some(_) => text.chars().take(MAX_REASON - 1).chain(['…']).collect(),
    }
}

/// What was counted in data that has been read.
pub fn quality(plan: &Plan, counts: &Counts, series: usize, start: Timestamp) -> Quality {
    let of = |names: Vec<&str>, counts: Vec<u64>| names.into_iter().map(str::to_owned).zip(counts).collect();
    Quality {
        start,
        rows: counts.rows,
        invalid: counts.invalid,
        partial: counts.partial,
        columns: of(plan.columns(), counts.present.clone()),
        dimensions: of(
            plan.dimensions.iter().map(String::as_str).collect(),
            counts.values.iter().map(|count| *count as u64).collect(),
        ),
        series: (series * plan.measures.len()) as u64,
        trained: None,
        tried: None,
    }
}

/// The points of the last intervals that were learnt from, for pictures.
pub fn before(
    model: &super::model::Model,
    values: &mut Values,
    places: &[usize],
    learnt: &[Timestamp],
) -> std::io::Result<Vec<Row>> {
    let last = learnt.get(learnt.len().saturating_sub(BEFORE)..).unwrap_or_default();
    frames(model, values, places, last)
        .map(|frame| frame.map(|frame| Row::points(frame.start, &frame.values)))
        .collect()
}

/// The intervals of what was read, as the model has them.
pub fn frames<'a>(
    model: &'a super::model::Model,
    values: &'a mut Values,
    places: &'a [usize],
    starts: &'a [Timestamp],
) -> impl Iterator<Item = std::io::Result<Frame>> + 'a {
    starts.iter().map(|start| Ok(model.frame(*start, places, &values.of(*start)?)))
}
