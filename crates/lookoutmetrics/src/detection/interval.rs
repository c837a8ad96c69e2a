//! One interval of a detector that watches: its data is read, learnt from, and judged if the detector knows enough.
//!
//! What comes of it goes into the store in one commit with the job's next interval, so that each interval is looked at
//! once, whatever ends the process. An interval that was missed is looked at as soon as there is somebody to do it.

use bartizan_anomaly::group::Group;
use bartizan_store::{
    Changes, Snapshot,
    entity::{
        AnomalyDetector,
        AnomalyDetectorStatus::{Active, Learning},
    },
};
use jiff::{SignedDuration, Timestamp};

use super::{
    Task, cold_start, findings,
    findings::Findings,
    model::{Frame, Model},
    reader::Reader,
    work::{Next, Trouble, Work, put},
};
use crate::{
    alert, configuration,
    data::{Intervals, Refused},
    metric_set::Supply,
    names,
    rows::{self, Event, EventMember, NEWS, Row},
};

/// How much of what people said is heeded at once.
const NEWS_AT_ONCE: usize = 256;

/// Looks at the interval that starts then, with the model of the interval before it if it is at hand. What is learnt is
/// given back for the next.
pub fn run(work: &mut Work<'_>, start: Timestamp, model: Option<Model>) -> Result<Model, Trouble> {
    let supply = work.supply()?;
    let plan = &supply.plan;
    let loaded = match model {
        Some(model) => Some(model),
        None => Model::load(&work.rows())?,
    };
    let mut model = match loaded {
        Some(model) if model.is_of(plan) => model,
        // The dataset is another: what was learnt of the old one is of no use.
        _ => {
            work.forget()?;
            Model::new(plan)?
        }
    };
    let next = plan.intervals.after(start);
    let due = due(model.intervals(), &work.detector, &supply, next)?;
    let (frame, quality) = match read(work, &supply, start, &mut model) {
        Ok(read) => read,
        Err(Trouble::Refused(reason)) => {
            fail(work, &supply, start, &reason)?;
            return Ok(model);
        }
        Err(trouble) => return Err(trouble),
    };
    let news = heed(work, &mut model)?;
    let mut found = Findings::default();
    found.rows.push(quality);
    let groups = model.observe(std::slice::from_ref(&frame)).pop().unwrap_or_default();
    found.add(work, &frame, groups)?;
    if model.outline().judges_from.is_none() && model.outline().learnt >= cold_start(plan.intervals.frequency()) {
        model.judge_from(next);
    }
    found.rows.extend(model.rows(false));
    let judges = model.outline().judges_from.is_some();
    work.settle(&[Active, Learning], |snapshot, detector, changes| {
        detector.status = if judges { Active } else { Learning };
        put(&work.owner, &found.rows, changes);
        for (event, group) in &found.events {
            let told = tell(work, snapshot, (event, group), &model, &frame, changes);
            put(&work.owner, &[Row::event(&told), Row::number(&told), Row::members(group)], changes);
        }
        for (group, series) in &news {
            changes.delete_row(&work.owner, NEWS, rows::feedback_key(group, series));
        }
        Next::Then(Task::Interval { start: next }, due)
    })?;
    Ok(model)
}

/// Notes that an interval could not be looked at, and goes on with the next.
pub fn fail(work: &Work<'_>, supply: &Supply, start: Timestamp, reason: &str) -> Result<(), Trouble> {
    let intervals = &supply.plan.intervals;
    let next = intervals.after(start);
    let due = due(intervals, &work.detector, supply, next)?;
    let row = findings::failed(start, reason);
    work.settle(&[Active, Learning], |_, _, changes| {
        put(&work.owner, std::slice::from_ref(&row), changes);
        Next::Then(Task::Interval { start: next }, due)
    })
}

/// Leaves the jobs of the alerts that tell of a group now. The group, which knows who has told of it.
fn tell(
    work: &Work<'_>,
    snapshot: &Snapshot,
    (event, group): (&Event, &Group),
    model: &Model,
    frame: &Frame,
    changes: &mut Changes,
) -> Event {
    let mut told = event.clone();
    let members: Vec<EventMember> = group.members.iter().cloned().map(EventMember::from).collect();
    let value = |member: &EventMember| model.value(frame, &event.measure, &member.dimensions);
    let mut uuid = || work.gate.uuid();
    let jobs = alert::jobs_for(snapshot, &work.detector, model.outline(), &mut told, &members, &value, &mut uuid);
    match jobs {
        Ok(jobs) => jobs.into_iter().for_each(|job| changes.put(job)),
        // The anomaly is found all the same.
        Err(error) => tracing::error!(detector = work.detector.arn, %error, "alerts cannot tell of a group"),
    }
    told
}

/// When the interval that starts then is looked at: when the detector's own interval in which it is has ended, and the
/// offset after that has passed.
pub fn due(
    intervals: &Intervals,
    detector: &AnomalyDetector,
    supply: &Supply,
    start: Timestamp,
) -> Result<Timestamp, Trouble> {
    let own = Intervals::new(configuration::frequency_of(detector)?, intervals.zone().clone());
    let end = own.after(own.containing(start)).max(intervals.after(start));
    Ok(end.checked_add(SignedDuration::from_secs(supply.offset)).unwrap_or(Timestamp::MAX))
}

/// The interval's values, and what was counted of them.
fn read(work: &mut Work<'_>, supply: &Supply, start: Timestamp, model: &mut Model) -> Result<(Frame, Row), Trouble> {
    let plan = &supply.plan;
    let next = plan.intervals.after(start);
    let reader = Reader::open(work.gate, supply, &work.detector)?;
    let mut reading = reader.reading(Some(start..next));
    reader.interval(start, &mut reading, &mut || work.keep(|| Task::Interval { start }))?;
    let mut values = reading.finish();
    if values.intervals().is_empty() {
        let [from, to] = [start, next].map(|time| plan.intervals.text(time));
        return Err(Trouble::Refused(format!(
            "No datapoint was found at the source location for time interval from {from} to {to}"
        )));
    }
    if model.size() + model.unknown(&values.series) > plan.limits.metrics {
        return Err(Refused::TooManyMetrics.into());
    }
    let places = model.admit(&values.series);
    let quality = findings::quality(plan, &values.counts, values.series.len(), start);
    let frame = model.frame(start, &places, &values.of(start)?);
    Ok((frame, Row::quality("latest", &quality)))
}

/// Tells the model what people have said since. Which of it.
fn heed(work: &Work<'_>, model: &mut Model) -> Result<Vec<(String, String)>, Trouble> {
    let rows = work.rows();
    let mut heeded = Vec::new();
    for (group, series, is_anomaly) in rows.feedback(NEWS, None, NEWS_AT_ONCE)? {
        if let Some(event) = rows.event_of_id(&group)? {
            let members = rows.members(event.number)?;
            let said_of = |dimensions: &[String]| names::time_series_id(&event.measure, dimensions) == series;
            if let Some(member) = members.iter().find(|member| said_of(&member.dimensions)) {
                let dimensions = member.dimensions.clone();
                model.heed(&event.group(members), &dimensions, is_anomaly);
            }
        }
        heeded.push((group, series));
    }
    Ok(heeded)
}
