//! Setting a detector to watch: it learns from its history, if it has one, and waits for the interval that is running.

use bartizan_store::entity::AnomalyDetectorStatus::{Activating, Active, Learning};
use jiff::Timestamp;

use super::{
    Task, cold_start, findings, interval,
    model::{Frame, Model},
    reader::Reader,
    work::{Next, Trouble, Work},
};
use crate::{
    data::{Intervals, Values},
    metric_set::Supply,
    names::Frequency,
    rows::Row,
};

/// How many intervals of the past count.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
const MOST: usize = 2_500;
/// Intervals at once.
const AT_ONCE: usize = 64;

/// Activates the detector.
pub fn run(work: &mut Work<'_>) -> Result<(), Trouble> {
    let supply = work.supply()?;
    let plan = &supply.plan;
    let first = plan.intervals.containing(work.clock.now());
    let resumed = Model::load(&work.rows())?.filter(|model| model.is_of(plan));
    let model = match resumed {
        // It rested: what it knows is worth more than what it has missed.
        Some(model) => model,
        None => learn(work, &supply, first)?,
    };
    let (intervals, task) = (model.intervals().clone(), Task::Interval { start: first });
    let due = interval::due(&intervals, &work.detector, &supply, first)?;
    let judges = model.outline().judges_from.is_some();
    work.settle(&[Activating], |_, detector, _| {
        detector.status = if judges { Active } else { Learning };
        Next::Then(task.clone(), due)
    })
}

/// A model of what was before this interval; its rows are written.
fn learn(work: &mut Work<'_>, supply: &Supply, first: Timestamp) -> Result<Model, Trouble> {
    work.forget()?;
    let plan = &supply.plan;
    let mut values = read(work, supply, first)?;
    let mut starts = values.intervals();
    starts.drain(..starts.len().saturating_sub(MOST));
    let mut model = Model::new(plan)?;
    let places = model.admit(&values.series);
    let of = starts.len();
    for (done, starts) in starts.chunks(AT_ONCE).enumerate() {
        let frames: Vec<Frame> = findings::frames(&model, &mut values, &places, starts).collect::<Result<_, _>>()?;
        model.observe(&frames);
        work.keep(|| Task::Activation { done: done * AT_ONCE, of })?;
    }
    if model.outline().learnt >= cold_start(plan.intervals.frequency()) {
        model.judge_from(first);
    }
    let mut rows = Vec::new();
    if let Some(start) = starts.first() {
        let quality = findings::quality(plan, &values.counts, values.series.len(), *start);
        rows.push(Row::quality("history", &quality));
    }
    rows.extend(findings::before(&model, &mut values, &places, &starts)?);
    rows.extend(model.rows(true));
    work.put_rows(&rows)?;
    Ok(model)
}

/// The data of the past.
fn read(work: &mut Work<'_>, supply: &Supply, first: Timestamp) -> Result<Values, Trouble> {
    let past = oldest(&supply.plan.intervals, first)..first;
    let reader = Reader::open(work.gate, supply, &work.detector)?;
    let mut reading = reader.reading(Some(past.clone()));
    reader.past(past, &mut reading, &mut || work.keep(|| Task::Activation { done: 0, of: 0 }))?;
    Ok(reading.finish())
}

/// The first interval of the past that counts: so many before, and not longer ago than 3 months, 6 months, 3 years or 5
/// years.
fn oldest(intervals: &Intervals, first: Timestamp) -> Timestamp {
    let days = match intervals.frequency() {
        Frequency::FiveMinutes => 91,
        Frequency::TenMinutes => 182,
        Frequency::OneHour => 3 * 365,
        Frequency::OneDay => 5 * 365,
    };
    let seconds = (days * 86_400).min(i64::from(intervals.frequency().seconds()) * MOST as i64);
    let oldest = Timestamp::from_second(first.as_second().saturating_sub(seconds)).unwrap_or(Timestamp::MIN);
    intervals.containing(oldest)
}
