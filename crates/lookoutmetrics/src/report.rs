//! What a detector is at and what it has found, for people to look at: `bartizan lookout show`.

use bartizan_anomaly::group;
use bartizan_gate::Error;
use bartizan_store::{
    entity::{AnomalyDetector, Job},
    volume::Volume,
};

use crate::{anomaly_detector::AnomalyDetectorStatus, detection::Task, found::Found, rows::Event};

/// How many values a group is shown with, at most.
const VALUES: usize = 48;

/// What a detector is at and what it has found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Where it is in its life, in the API's words.
    pub status: &'static str,
    /// Why it failed, if it did.
    pub failure: Option<String>,
    /// How many of how many intervals of its history are done, if it is at that; of none, before it has read it.
    pub progress: Option<(usize, usize)>,
    /// The newest groups, the newest first.
    pub groups: Vec<ReportedGroup>,
    /// How many older ones there are.
    pub older: usize,
}

/// An anomaly group.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedGroup {
    /// The first interval, as the service writes it.
    pub start: String,
    /// The last one.
    pub end: String,
    /// 0 to 100.
    pub severity: f64,
    /// The measure.
    pub measure: String,
    /// The dimension, its value and the share in per cent of what it comes from most; none where there are no dimensions.
    pub contribution: Option<(String, String, f64)>,
    /// The values of its most severe series up to its last interval, oldest first; what is not there is no number.
    pub values: Vec<f64>,
    /// How many of these, at the end, are of the group.
    pub anomalous: usize,
}

impl Report {
    /// The report on a detector, which `job` is about if it has anything to do, with up to `most` groups.
    ///
    /// # Errors
    /// If what is kept of the detector cannot be read, or is not as it was written.
    pub fn of(volume: &Volume, detector: &AnomalyDetector, job: Option<&Job>, most: usize) -> Result<Self, Error> {
        let mut report = Self {
            status: AnomalyDetectorStatus::from(detector.status).as_str(),
            failure: detector.failure.as_ref().map(|failure| failure.reason.clone()),
            progress: match job.and_then(Task::of) {
                Some(Task::BackTest { done, of } | Task::Activation { done, of }) => Some((done, of)),
                Some(Task::Interval { .. }) | None => None,
            },
            groups: Vec::new(),
            older: 0,
        };
        if let Some(found) = Found::of(volume, detector)? {
            let events = found.events(0.0)?;
            report.older = events.len().saturating_sub(most);
            let newest = events.iter().take(most);
            report.groups = newest.map(|event| ReportedGroup::of(event, &found)).collect::<Result<_, _>>()?;
        }
        Ok(report)
    }
}

impl ReportedGroup {
    fn of(event: &Event, found: &Found<'_>) -> Result<Self, Error> {
        let members = found.rows.members(event.number)?;
        let starts = found.starts_until(event.end, VALUES);
        let worst = members.get(..1).unwrap_or_default();
        let values = found.values(&event.measure, worst, &starts)?.pop().unwrap_or_default();
        let contributions = group::contributions(&found.outline.dimensions, &event.group(members));
        let greatest = contributions.into_iter().filter_map(|mut found| {
            (!found.values.is_empty())
                .then(|| found.values.swap_remove(0))
                .map(|(value, share)| (found.dimension, value, share))
        });
        Ok(Self {
            start: found.text(event.start)?.as_str().to_owned(),
            end: found.text(event.end)?.as_str().to_owned(),
            severity: event.severity,
            measure: event.measure.clone(),
            // Of dimensions with the same share, the first.
            contribution: greatest.reduce(|first, other| if other.2 > first.2 { other } else { first }),
            anomalous: starts.iter().filter(|start| **start >= event.start).count(),
            values,
        })
    }
}

#[cfg(test)]
mod tests {
    use bartizan_store::entity::AnomalyDetectorStatus;

    use super::*;
    use crate::fixture::{House, SHOP, account, detector, group, learnt, points, rows};

    #[test]
    fn a_group_is_shown_with_what_led_to_it() {
        let house = House::new();
        house.put(SHOP, learnt());
        let groups =
            [group(0, "views", (3, 3), 55.0, &[(0, 5.0)]), group(1, "views", (60, 61), 77.5, &[(3, 73.0), (1, -27.0)])];
        house.put(SHOP, rows(&groups));
        house
            .put(SHOP, (0..62).filter(|hour| *hour != 59).map(|hour| points(hour, &[hour as f64 * 10.0; 4])).collect());
        let of = |most| Report::of(house.gate.store().volume(), &detector(SHOP, "shop"), None, most).unwrap();
        let report = of(9);
        assert_eq!((report.status, report.progress, report.failure.as_deref()), ("ACTIVE", None, None));
        let [newest, oldest] = &report.groups[..] else { panic!("{report:?}") };
        assert_eq!(newest.start, "2021-02-04T13:00+01:00[Europe/Berlin]");
        assert_eq!(newest.end, "2021-02-04T14:00+01:00[Europe/Berlin]");
        // Platform has the value pc_web for 27 and mobile for 73, marketplace is fr for all.
        assert_eq!(newest.contribution, Some(("marketplace".to_owned(), "fr".to_owned(), 100.0)));
        assert_eq!((newest.values.len(), newest.anomalous), (48, 2));
        assert_eq!((newest.values[0], newest.values[44], newest.values[47]), (140.0, 580.0, 610.0));
        assert!(newest.values[45].is_nan());
        // What was before there was anything is no number.
        assert_eq!(oldest.values.iter().filter(|value| value.is_nan()).count(), 44);
        let report = of(1);
        assert_eq!((report.groups.len(), report.older), (1, 1));
    }

    #[test]
    fn a_detector_at_work_says_how_far_it_is() {
        let house = House::new();
        house.put(SHOP, learnt());
        house.put(SHOP, rows(&[group(0, "views", (3, 3), 55.0, &[(0, 5.0)])]));
        let testing = AnomalyDetector { status: AnomalyDetectorStatus::BackTestActive, ..detector(SHOP, "shop") };
        let job = Task::BackTest { done: 64, of: 600 }.job(account(), "owner", SHOP);
        let report = Report::of(house.gate.store().volume(), &testing, Some(&job), 9).unwrap();
        assert_eq!((report.status, report.progress), ("BACK_TEST_ACTIVE", Some((64, 600))));
        // What it has found so far it may find anew.
        assert_eq!(report.groups, []);
    }
}
