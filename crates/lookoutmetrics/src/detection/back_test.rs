//! A back-test: a detector learns from the older part of its history, and is tried on the newer part.
//!
//! Until all of it is done, the job can be begun anew: what an earlier attempt has left is forgotten first.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-backtest.html>

use bartizan_store::entity::AnomalyDetectorStatus::{BackTestActivating, BackTestActive, BackTestComplete};
use jiff::Timestamp;

use super::{
    Task, findings,
    findings::Findings,
    model::{Frame, Model},
    reader::Reader,
    work::{Next, Trouble, Work, put},
};
use crate::{
    data::{Intervals, Values},
    rows::Row,
    source::INSUFFICIENT_DATA,
};

/// The newest intervals count, so many at most.
const MOST: i64 = 3_000;
/// With less there is nothing to try.
const LEAST: usize = 285;
/// Of ten intervals, a detector learns from these and is tried on the others.
const LEARNT_OF_TEN: i64 = 7;
/// Intervals at once.
const AT_ONCE: usize = 64;

/// Tries the detector.
pub fn run(work: &mut Work<'_>) -> Result<(), Trouble> {
    work.forget()?;
    let supply = work.supply()?;
    let reader = Reader::open(work.gate, &supply, &work.detector)?;
    let mut reading = reader.reading(None);
    reader.historical(&mut reading, &mut || work.keep(|| Task::BackTest { done: 0, of: 0 }))?;
    let mut values = reading.finish();
    let plan = &supply.plan;
    let spans = Spans::of(&plan.intervals, &values).ok_or_else(|| Trouble::Refused(INSUFFICIENT_DATA.to_owned()))?;

    let mut model = Model::new(plan)?;
    let places = model.admit(&values.series);
    let of = spans.learnt.len() + spans.tried.len();
    let mut done = 0;
    for starts in spans.learnt.chunks(AT_ONCE) {
        let frames: Vec<Frame> = findings::frames(&model, &mut values, &places, starts).collect::<Result<_, _>>()?;
        model.observe(&frames);
        done += frames.len();
        work.keep(|| Task::BackTest { done, of })?;
    }
    let [Some(learnt), Some(tried)] = [&spans.learnt, &spans.tried].map(|span| ends(span)) else {
        return Err(Trouble::Refused(INSUFFICIENT_DATA.to_owned()));
    };
    model.judge_from(tried.0);
    let mut quality = findings::quality(plan, &values.counts, values.series.len(), tried.0);
    (quality.trained, quality.tried) = (Some(learnt), Some(tried));
    let mut rows = model.names();
    rows.push(Row::quality("history", &quality));
    rows.extend(findings::before(&model, &mut values, &places, &spans.learnt)?);
    work.put_rows(&rows)?;
    work.settle(&[BackTestActivating, BackTestActive], |_, detector, _| {
        detector.status = BackTestActive;
        Next::Still(Task::BackTest { done, of })
    })?;

    let mut found = Findings::default();
    for starts in spans.tried.chunks(AT_ONCE) {
        let frames: Vec<Frame> = findings::frames(&model, &mut values, &places, starts).collect::<Result<_, _>>()?;
        let groups = model.observe(&frames);
        for (frame, groups) in frames.iter().zip(groups) {
            found.add(work, frame, groups)?;
        }
        work.put_rows(&found.take())?;
        done += frames.len();
        work.keep(|| Task::BackTest { done, of })?;
    }
    let outline = Row::outline(model.outline());
    work.settle(&[BackTestActive], |_, detector, changes| {
        detector.status = BackTestComplete;
        put(&work.owner, std::slice::from_ref(&outline), changes);
        Next::Done
    })
}

/// The intervals with data that a detector learns from, and those that it is tried on.
#[derive(Debug, PartialEq)]
struct Spans {
    learnt: Vec<Timestamp>,
    tried: Vec<Timestamp>,
}

impl Spans {
    fn of(intervals: &Intervals, values: &Values) -> Option<Self> {
        Self::of_starts(intervals, values.intervals())
    }

    /// The newest of all intervals count, those without data too; `None` if there are too few.
    fn of_starts(intervals: &Intervals, mut starts: Vec<Timestamp>) -> Option<Self> {
        let newest = intervals.number(*starts.last()?);
        starts.retain(|start| intervals.number(*start) > newest - MOST);
        let oldest = intervals.number(*starts.first()?);
        let first_tried = oldest + (newest - oldest + 1) * LEARNT_OF_TEN / 10;
        if starts.len() < LEAST {
            return None;
        }
        let (learnt, tried) = starts.into_iter().partition(|start| intervals.number(*start) < first_tried);
        Some(Self { learnt, tried })
    }
}

fn ends(span: &[Timestamp]) -> Option<(Timestamp, Timestamp)> {
    Some((*span.first()?, *span.last()?))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::names::Frequency;

    fn spans(hours: impl Iterator<Item = i64>) -> Option<(usize, usize, i64)> {
        let intervals = Intervals::new(Frequency::OneHour, TimeZone::UTC);
        let starts = hours.map(|hour| Timestamp::from_second(hour * 3_600).unwrap()).collect();
        let spans = Spans::of_starts(&intervals, starts)?;
        Some((spans.learnt.len(), spans.tried.len(), spans.tried.first()?.as_second() / 3_600))
    }

    #[test]
    fn the_older_seventy_of_a_hundred_intervals_are_learnt_from() {
        assert_eq!(spans(0..284), None);
        assert_eq!(spans(0..285), Some((199, 86, 199)));
        assert_eq!(spans(0..1_000), Some((700, 300, 700)));
        // Of more than 3,000 intervals the newest count.
        assert_eq!(spans(0..4_000), Some((2_100, 900, 3_100)));
        // Intervals without data count for the time, and not for what there must be.
        assert_eq!(spans((0..1_000).filter(|hour| hour % 10 != 3)), Some((630, 270, 700)));
        assert_eq!(spans((0..2_800).step_by(10)), None);
    }
}
