//! What a detector has learnt: the states of its series, and of the groups that it joins anomalies into.
//!
//! The same points make the same states. So only a part of the states is written with each interval, in turn, and what has
//! come since is learnt again from the points when a model is loaded.

use std::{collections::HashMap, num::NonZero, panic::resume_unwind, thread};

use bartizan_anomaly::{
    Interval, Series, Time,
    group::{Group, Groups, Point},
};
use bartizan_gate::Error;
use jiff::Timestamp;

use crate::{
    data::{Intervals, Plan},
    rows::{self, CHUNK, Outline, Row, Rows},
};

/// How many intervals it takes until every state has been written anew.
const ROUND: usize = 16;
/// Intervals that are learnt again at once, when a model is loaded.
const AT_ONCE: usize = 64;
/// Points of which learning is worth a second thread.
const WORTH_A_THREAD: usize = 20_000;

/// The states of a detector.
pub struct Model {
    outline: Outline,
    intervals: Intervals,
    interval: Interval,
    combinations: Vec<Vec<String>>,
    places: HashMap<Vec<String>, usize>,
    /// The measures of each combination; none where there was no value yet.
    series: Vec<Option<Series>>,
    groups: Groups,
    /// How many combinations' names have been written.
    named: usize,
    /// The chunk of states that is written next.
    turn: usize,
}

/// The values of an interval: the measures of each combination. What is not there is no number.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// The interval's start.
    pub start: Timestamp,
    /// In the order of the model.
    pub values: Vec<f64>,
}

/// The verdict on a point that is judged.
#[derive(Debug, Clone, Copy, Default)]
struct Judged {
    expected: f64,
    severity: f64,
}

impl Model {
    /// Nothing learnt yet.
    ///
    /// # Errors
    /// Only for a plan that cannot be.
    pub fn new(plan: &Plan) -> Result<Self, Error> {
        let outline = Outline {
            measures: plan.measures.iter().map(|measure| measure.name.clone()).collect(),
            dimensions: plan.dimensions.clone(),
            frequency: plan.intervals.frequency().to_string(),
            timezone: plan.zone().iana_name().map(str::to_owned),
            combinations: 0,
            learnt: 0,
            judges_from: None,
            last: None,
        };
        Self::of(outline)
    }

    fn of(outline: Outline) -> Result<Self, Error> {
        let dimensions: Vec<&str> = outline.dimensions.iter().map(String::as_str).collect();
        Ok(Self {
            intervals: outline.intervals()?,
            interval: outline.interval()?,
            groups: Groups::new(&dimensions),
            combinations: Vec::new(),
            places: HashMap::new(),
            series: Vec::new(),
            named: 0,
            turn: 0,
            outline,
        })
    }

    /// The model whose rows these are, if there is one.
    ///
    /// # Errors
    /// If rows are missing, or not what was written.
    pub fn load(rows: &Rows<'_>) -> Result<Option<Self>, Error> {
        let Some(outline) = rows.outline()? else { return Ok(None) };
        let mut model = Self::of(outline)?;
        let count = model.outline.combinations;
        let mut since = Vec::new();
        for chunk in 0..count.div_ceil(CHUNK) {
            model.admit(&rows.combinations(chunk)?);
            let state = rows.bytes(rows::SERIES, &rows::number(chunk as u64))?;
            let state = state.ok_or_else(|| rows.damaged("a state is missing"))?;
            since.push(model.read_states(chunk, &state).ok_or_else(|| rows.damaged("a state"))?);
        }
        if model.combinations.len() != count {
            return Err(rows.damaged("combinations are missing"));
        }
        model.named = count;
        if let Some(bytes) = rows.bytes(rows::GROUPS, &[])? {
            model.groups = Groups::from_bytes(&bytes).map_err(|_| rows.damaged("the groups"))?;
        }
        let mut after = since.iter().min().copied();
        while let Some(start) = after {
            let frames: Vec<Frame> = rows
                .points_after(Some(start), AT_ONCE)?
                .into_iter()
                .map(|(start, values)| Frame { start, values })
                .collect();
            after = frames.last().map(|frame| frame.start);
            model.learn(&frames, Some(&since), false);
        }
        Ok(Some(model))
    }

    /// What it is a model of.
    pub const fn outline(&self) -> &Outline {
        &self.outline
    }

    /// How its time is cut.
    pub const fn intervals(&self) -> &Intervals {
        &self.intervals
    }

    /// Whether it is a model of what this plan reads.
    pub fn is_of(&self, plan: &Plan) -> bool {
        self.outline.measures.iter().eq(plan.measures.iter().map(|measure| &measure.name))
            && self.outline.dimensions == plan.dimensions
            && self.outline.frequency == plan.intervals.frequency().as_str()
            && self.outline.timezone.as_deref() == plan.zone().iana_name()
    }

    /// How many series it has.
    pub const fn size(&self) -> usize {
        self.series.len()
    }

    /// How many series these combinations would add.
    pub fn unknown(&self, combinations: &[Vec<String>]) -> usize {
        let unknown = combinations.iter().filter(|combination| !self.places.contains_key(*combination));
        unknown.count() * self.outline.measures.len()
    }

    /// Lets it judge, from this interval on.
    pub fn judge_from(&mut self, start: Timestamp) {
        self.outline.judges_from = Some(start);
    }

    /// What people say of a group's series, to be heeded from now on.
    pub fn heed(&mut self, group: &Group, dimensions: &[String], is_anomaly: bool) {
        let dimensions: Vec<&str> = dimensions.iter().map(String::as_str).collect();
        self.groups.put_feedback(group, &dimensions, is_anomaly);
    }

    /// Takes in combinations, and says where each is; new ones come at the end.
    pub fn admit(&mut self, combinations: &[Vec<String>]) -> Vec<usize> {
        let places = combinations.iter().map(|combination| {
            if let Some(place) = self.places.get(combination) {
                return *place;
            }
            self.places.insert(combination.clone(), self.combinations.len());
            self.combinations.push(combination.clone());
            self.combinations.len() - 1
        });
        let places = places.collect();
        self.outline.combinations = self.combinations.len();
        self.series.resize_with(self.combinations.len() * self.outline.measures.len(), || None);
        places
    }

    /// An interval's values, which are of the combinations at these places, in the model's order.
    pub fn frame(&self, start: Timestamp, places: &[usize], values: &[f64]) -> Frame {
        let measures = self.outline.measures.len().max(1);
        let mut all = vec![f64::NAN; self.series.len()];
        for (place, values) in places.iter().zip(values.chunks(measures)) {
            if let Some(slots) = all.get_mut(place * measures..(place + 1) * measures) {
                slots.copy_from_slice(values);
            }
        }
        Frame { start, values: all }
    }

    /// A series' value in an interval, if it has one.
    pub fn value(&self, frame: &Frame, measure: &str, dimensions: &[String]) -> Option<f64> {
        let place = self.places.get(dimensions)?;
        let measure = self.outline.measures.iter().position(|name| name == measure)?;
        let value = frame.values.get(place * self.outline.measures.len() + measure)?;
        Some(*value).filter(|value| !value.is_nan())
    }

    /// Learns from intervals, in their order, and judges those from which on it is let to. For each interval: the groups
    /// that began or grew in it.
    pub fn observe(&mut self, frames: &[Frame]) -> Vec<Vec<Group>> {
        let from = self.outline.judges_from;
        let judges = |frame: &Frame| from.is_some_and(|from| frame.start >= from);
        let judged = self.learn(frames, None, frames.iter().any(judges));
        self.outline.learnt += frames.len();
        self.outline.last = frames.last().map(|frame| frame.start).or(self.outline.last);
        let dimensions: Vec<Vec<&str>> =
            self.combinations.iter().map(|values| values.iter().map(String::as_str).collect()).collect();
        let mut found = Vec::new();
        for (place, frame) in frames.iter().enumerate() {
            if !judges(frame) {
                found.push(Vec::new());
                continue;
            }
            let judged = judged.iter().flat_map(|part| part.of(place));
            let measures = self.outline.measures.iter();
            let names = dimensions.iter().flat_map(|values| measures.clone().map(move |measure| (measure, values)));
            let points: Vec<Point<'_>> = frame
                .values
                .iter()
                .zip(judged)
                .zip(names)
                .filter(|((value, _), _)| !value.is_nan())
                .map(|((value, judged), (measure, dimensions))| Point {
                    measure,
                    dimensions,
                    value: *value,
                    expected: judged.expected,
                    severity: judged.severity,
                })
                .collect();
            let number = self.intervals.number(frame.start);
            self.groups.observe(number, &points);
            found.push(self.groups.open().filter(|group| group.end == number).cloned().collect());
        }
        found
    }

    /// The rows that say what it is a model of, all of them.
    pub fn names(&self) -> Vec<Row> {
        let chunks = self.combinations.chunks(CHUNK).enumerate();
        let names = chunks.map(|(chunk, names)| Row::combinations(chunk, names));
        std::iter::once(Row::outline(&self.outline)).chain(names).collect()
    }

    /// The rows that change with these intervals, of which the model has just learnt; all of its states if it is `whole`,
    /// and otherwise those whose turn it is. The outline comes last: a model without one is none, so that one that was
    /// written in parts is loaded only if all of it was.
    pub fn rows(&mut self, whole: bool) -> Vec<Row> {
        let mut rows = vec![Row { kind: rows::GROUPS, key: Vec::new(), value: self.groups.to_bytes().into() }];
        let chunks = self.combinations.len().div_ceil(CHUNK);
        let first_new = self.named / CHUNK;
        let has_new = self.named < self.combinations.len();
        for chunk in if has_new { first_new..chunks } else { 0..0 } {
            let names: Vec<Vec<String>> = self.combinations.iter().skip(chunk * CHUNK).take(CHUNK).cloned().collect();
            rows.push(Row::combinations(chunk, &names));
        }
        self.named = self.combinations.len();
        let is_in_turn = |chunk: usize| chunk % ROUND == self.turn || (has_new && chunk >= first_new);
        let states = (0..chunks).filter(|chunk| whole || is_in_turn(*chunk));
        rows.extend(states.map(|chunk| self.states(chunk)));
        self.turn = (self.turn + 1) % ROUND;
        rows.push(Row::outline(&self.outline));
        rows
    }

    /// A chunk's states: of which interval they are, and each with its length; none where there is none yet.
    fn states(&self, chunk: usize) -> Row {
        let last = self.outline.last.unwrap_or(Timestamp::MIN);
        let mut value = last.as_second().to_le_bytes().to_vec();
        let slots = CHUNK * self.outline.measures.len();
        for series in self.series.iter().skip(chunk * slots).take(slots) {
            let bytes = series.as_ref().map(Series::to_bytes).unwrap_or_default();
            value.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            value.extend(bytes);
        }
        Row { kind: rows::SERIES, key: rows::number(chunk as u64), value: value.into() }
    }

    /// Takes in what [`Model::states`] has written; `None` if it is not that.
    fn read_states(&mut self, chunk: usize, mut bytes: &[u8]) -> Option<Timestamp> {
        let (last, rest) = bytes.split_first_chunk()?;
        let last = Timestamp::from_second(i64::from_le_bytes(*last)).ok()?;
        bytes = rest;
        let slots = CHUNK * self.outline.measures.len();
        for series in self.series.iter_mut().skip(chunk * slots).take(slots) {
            let (length, rest) = bytes.split_first_chunk()?;
            let (state, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
            *series = if state.is_empty() { None } else { Some(Series::from_bytes(state).ok()?) };
            bytes = rest;
        }
        bytes.is_empty().then_some(last)
    }

    /// Takes points into the states: of all intervals, or for each chunk of those after the one that it is of. The verdicts,
    /// if they are wanted, come in parts of the series.
    fn learn(&mut self, frames: &[Frame], since: Option<&[Timestamp]>, judge: bool) -> Vec<Verdicts> {
        let times: Vec<Time> = frames.iter().map(|frame| self.intervals.time(frame.start)).collect();
        let chunk = (CHUNK * self.outline.measures.len()).max(1);
        let lesson = Lesson { frames, times: &times, since, chunk, interval: self.interval, judge };
        let work = frames.len() * self.series.len();
        let threads = if work < WORTH_A_THREAD { 1 } else { thread::available_parallelism().map_or(1, NonZero::get) };
        let size = self.series.len().div_ceil(threads).max(1);
        let parts = self.series.chunks_mut(size).enumerate().map(|(place, part)| (place * size, part));
        if threads == 1 {
            return parts.map(|(first, part)| lesson.learn(first, part)).collect();
        }
        thread::scope(|scope| {
            let lesson = &lesson;
            let running: Vec<_> = parts.map(|(first, part)| scope.spawn(move || lesson.learn(first, part))).collect();
            running.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    }
}

/// What series are to learn.
struct Lesson<'a> {
    frames: &'a [Frame],
    times: &'a [Time],
    /// For each chunk, the interval that it is of.
    since: Option<&'a [Timestamp]>,
    chunk: usize,
    interval: Interval,
    judge: bool,
}

/// The verdicts on some series: of all of them in one interval after the other; nothing if they are not wanted.
struct Verdicts {
    series: usize,
    verdicts: Vec<Judged>,
}

impl Lesson<'_> {
    /// One series after the other, so that a state is at hand while it learns.
    fn learn(&self, first: usize, part: &mut [Option<Series>]) -> Verdicts {
        let count = part.len();
        let mut verdicts = vec![Judged::default(); if self.judge { self.frames.len() * count } else { 0 }];
        for (slot, series) in part.iter_mut().enumerate() {
            let since = self.since.and_then(|since| since.get((first + slot) / self.chunk));
            for (row, (frame, time)) in self.frames.iter().zip(self.times).enumerate() {
                let value = frame.values.get(first + slot).copied().unwrap_or(f64::NAN);
                if value.is_nan() || since.is_some_and(|since| *since >= frame.start) {
                    continue;
                }
                let verdict = series.get_or_insert_with(|| Series::new(self.interval)).observe(*time, value);
                if let Some(judged) = verdicts.get_mut(row * count + slot) {
                    *judged = Judged { expected: verdict.expected, severity: verdict.severity };
                }
            }
        }
        Verdicts { series: count, verdicts }
    }
}

impl Verdicts {
    /// Those of one interval.
    fn of(&self, place: usize) -> &[Judged] {
        self.verdicts.get(place * self.series..(place + 1) * self.series).unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;
