//! Anomaly groups: the anomalous series of one measure, in the same or the next intervals, are one event.
//!
//! [`Groups`] is fed interval by interval with every series that has a point, and keeps what it needs to go on: open groups
//! and feedback. What it keeps is bounded and goes to bytes and back. What a group comes from and what it has to do with
//! others, [`contributions`] and [`related`] tell, of groups wherever they are kept.
//!
//! The console of Amazon Lookout for Metrics showed the same: severity, contribution of dimension values, and related groups
//! of other measures
//! (<https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-anomalies.html>).

mod contribution;
mod state;

use std::collections::{BTreeMap, VecDeque};

pub use contribution::Contribution;

/// From which severity on a point is an anomaly.
pub const ANOMALY: f64 = 50.0;
/// Pieces of feedback that are kept.
const FEEDBACK: usize = 256;
/// Series that a group remembers by name and share; the most severe stay.
const MEMBERS: usize = 500;
/// Two groups are related if one starts at most so many intervals after the other ended.
const LAG: i64 = 6;

/// A point of one series in the interval that is being judged.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// The measure that the series is one of.
    pub measure: &'a str,
    /// The series' value of each dimension, in the order of [`Groups::new`].
    pub dimensions: &'a [&'a str],
    /// The value, in the measure's unit.
    pub value: f64,
    /// What was expected, from [`Verdict`](crate::Verdict).
    pub expected: f64,
    /// Severity, from [`Verdict`](crate::Verdict).
    pub severity: f64,
}

/// What an anomalous series has to do with a group.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its value of each dimension.
    pub dimensions: Vec<String>,
    /// Its greatest severity in the group.
    pub severity: f64,
    /// How far it was off in all, in the measure's unit.
    pub impact: f64,
}

/// An event: anomalies of one measure that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Counted from 0, in the order in which groups began.
    pub number: u64,
    /// The measure.
    pub measure: String,
    /// The first interval with an anomaly, as its number.
    pub start: i64,
    /// The last interval with an anomaly: inclusive.
    pub end: i64,
    /// 0 to 100: how far out the worst series is, and how many of the measure's series are.
    pub severity: f64,
    /// The anomalous series, the most severe first.
    pub members: Vec<Member>,
    /// How many series of the measure had a point while the group was open, at most.
    pub series: u32,
    /// Whether up or down is where most of the impact goes.
    pub is_up: bool,
}

/// How another measure's group goes with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relationship {
    /// It came first.
    Cause,
    /// It came after.
    Effect,
}

/// A group of another measure that overlaps one or lies close to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// The other group.
    pub number: u64,
    /// Its measure.
    pub measure: String,
    /// What it is to the group that was asked about. Groups that start together are each other's effects: nothing says which
    /// came first.
    pub relationship: Relationship,
    /// Its part among the causes, in per cent, by severity and by how much they share; 0 for an effect.
    pub contribution: f64,
}

/// What is remembered of an answer to "is this an anomaly?".
#[derive(Debug, Clone, PartialEq)]
struct Feedback {
    measure: String,
    dimensions: Vec<String>,
    is_up: bool,
    is_anomaly: bool,
}

/// The groups of a detector.
///
/// ```
/// use bartizan_anomaly::group::{Groups, Point, contributions};
///
/// let mut groups = Groups::new(&["marketplace", "platform"]);
/// let point = |marketplace, value, severity| (marketplace, value, severity);
/// let points = [point("it", 1270.0, 91.0), point("fr", 1100.0, 72.0), point("de", 1003.0, 4.0)];
/// let dimensions = points.map(|(marketplace, ..)| [marketplace, "pc_web"]);
/// let points: Vec<Point> = points
///     .iter()
///     .zip(&dimensions)
///     .map(|(&(_, value, severity), dimensions)| Point { measure: "orders", dimensions, value, expected: 1000.0, severity })
///     .collect();
/// groups.observe(100, &points);
/// let group = groups.open().next().unwrap();
/// assert_eq!((group.start, group.end, group.members.len()), (100, 100, 2));
/// let [marketplace, platform] = &contributions(&["marketplace", "platform"], group)[..] else { panic!() };
/// assert_eq!(marketplace.dimension, "marketplace");
/// assert_eq!(marketplace.values, [("it".to_owned(), 73.0), ("fr".to_owned(), 27.0)]);
/// assert_eq!(platform.values, [("pc_web".to_owned(), 100.0)]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Groups {
    dimensions: Vec<String>,
    /// By measure: at most one is open.
    open: BTreeMap<String, Group>,
    feedback: VecDeque<Feedback>,
    next: u64,
    /// The last interval that was seen.
    last: i64,
}

impl Groups {
    /// No groups yet, of series with these dimensions.
    #[must_use]
    pub fn new(dimensions: &[&str]) -> Self {
        Self {
            dimensions: dimensions.iter().map(|&name| name.to_owned()).collect(),
            open: BTreeMap::new(),
            feedback: VecDeque::new(),
            next: 0,
            last: i64::MIN,
        }
    }

    /// Takes in all points of an interval, which is a number that grows by one from interval to interval. Groups that had no
    /// anomaly in it are closed, and returned; an interval before the last that was seen changes nothing.
    pub fn observe(&mut self, interval: i64, points: &[Point<'_>]) -> Vec<Group> {
        if interval < self.last {
            return Vec::new();
        }
        self.last = interval;
        let mut closed = self.close_before(interval.saturating_sub(1));
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for point in points {
            let count = counts.entry(point.measure).or_default();
            *count = count.saturating_add(1);
        }
        for point in points {
            let severity = self.shifted(point);
            if severity >= ANOMALY {
                let count = counts.get(point.measure).copied().unwrap_or(1);
                self.join(interval, point, severity, count);
            }
        }
        closed.extend(self.close_before(interval));
        closed
    }

    /// The open groups, by measure.
    pub fn open(&self) -> impl Iterator<Item = &Group> {
        self.open.values()
    }

    /// Whether a series' event is an anomaly, said by who knows: the severity of similar events is shifted from now on.
    /// Similar is an event of the same measure in the same direction; the more so, the more dimension values it shares.
    pub fn put_feedback(&mut self, group: &Group, dimensions: &[&str], is_anomaly: bool) {
        let dimensions: Vec<String> = dimensions.iter().map(|&value| value.to_owned()).collect();
        self.feedback.retain(|known| {
            known.measure != group.measure || known.dimensions != dimensions || known.is_up != group.is_up
        });
        if self.feedback.len() >= FEEDBACK {
            self.feedback.pop_front();
        }
        self.feedback.push_back(Feedback {
            measure: group.measure.clone(),
            dimensions,
            is_up: group.is_up,
            is_anomaly,
        });
    }

    /// Severity after feedback: up to three quarters less, or more of what is missing to 100, by how similar the event is.
    fn shifted(&self, point: &Point<'_>) -> f64 {
        let severity = if point.severity.is_nan() { 0.0 } else { point.severity.clamp(0.0, 100.0) };
        let is_up = point.value > point.expected;
        let mut shift = 0.0_f64;
        for known in self.feedback.iter().filter(|known| known.measure == point.measure && known.is_up == is_up) {
            let same = known.dimensions.iter().zip(point.dimensions).filter(|(known, value)| known == *value).count();
            let similar = 0.5 * (1.0 + same as f64) / (1.0 + self.dimensions.len() as f64);
            shift += if known.is_anomaly { similar } else { -similar };
        }
        match shift {
            ..0.0 => severity * (1.0 + shift.max(-0.75)),
            _ if severity >= ANOMALY => severity + (100.0 - severity) * shift.min(0.75),
            _ => severity * (1.0 + 0.2 * shift.min(0.75)),
        }
    }

    /// Puts an anomalous point into its measure's group, which it may open.
    fn join(&mut self, interval: i64, point: &Point<'_>, severity: f64, series: u32) {
        let next = &mut self.next;
        let impact = (point.value - point.expected).clamp(-1e30, 1e30);
        let impact = if impact.is_nan() { 0.0 } else { impact };
        let group = self.open.entry(point.measure.to_owned()).or_insert_with(|| {
            *next += 1;
            Group {
                number: *next - 1,
                measure: point.measure.to_owned(),
                start: interval,
                end: interval,
                severity: 0.0,
                members: Vec::new(),
                series,
                is_up: true,
            }
        });
        group.end = interval;
        group.series = group.series.max(series);
        match group.members.iter_mut().find(|member| member.dimensions == point.dimensions) {
            Some(member) => {
                member.severity = member.severity.max(severity);
                member.impact += impact;
            }
            None => group.members.push(Member {
                dimensions: point.dimensions.iter().map(|&value| value.to_owned()).collect(),
                severity,
                impact,
            }),
        }
        group.settle();
    }

    fn close_before(&mut self, interval: i64) -> Vec<Group> {
        let is_over = |group: &Group| group.end < interval;
        let over: Vec<String> =
            self.open.values().filter(|group| is_over(group)).map(|group| group.measure.clone()).collect();
        over.iter().filter_map(|measure| self.open.remove(measure)).collect()
    }
}

impl Group {
    /// Whether the other group is of another measure, and overlaps this one or lies close to it.
    #[must_use]
    pub fn is_near(&self, other: &Self) -> bool {
        other.measure != self.measure && other.start <= self.end + LAG && self.start <= other.end + LAG
    }

    /// Orders the members, forgets those beyond the most, and takes stock.
    fn settle(&mut self) {
        self.members.sort_by(|a, b| b.severity.total_cmp(&a.severity).then_with(|| a.dimensions.cmp(&b.dimensions)));
        self.members.truncate(MEMBERS);
        let worst = self.members.first().map_or(0.0, |member| member.severity);
        let affected = (self.members.len() as f64 / f64::from(self.series.max(1))).min(1.0);
        // The more of a measure's series are out, the nearer to 100; one of many is as severe as it is.
        let breadth = if self.series > 1 { affected.sqrt() } else { 0.0 };
        self.severity = worst + (100.0 - worst) * 0.5 * breadth;
        self.is_up = self.members.iter().map(|member| member.impact).sum::<f64>() >= 0.0;
    }
}

/// What each dimension's values have to do with a group, in the order of the dimensions, which is that of its members'
/// values; each dimension's share 100 per cent.
#[must_use]
pub fn contributions<D: AsRef<str>>(dimensions: &[D], group: &Group) -> Vec<Contribution> {
    contribution::contributions(dimensions, &group.members)
}

/// What of `others` is near a group, in their order.
#[must_use]
pub fn related(group: &Group, others: &[Group]) -> Vec<Related> {
    let others: Vec<&Group> = others.iter().filter(|other| group.is_near(other)).collect();
    let weight = |other: &Group| match other.start < group.start {
        true => other.severity * (0.5 + 0.5 * shared(&other.members, &group.members)),
        false => 0.0,
    };
    let all: f64 = others.iter().map(|other| weight(other)).sum();
    let related = |other: &&Group| Related {
        number: other.number,
        measure: other.measure.clone(),
        relationship: if other.start < group.start { Relationship::Cause } else { Relationship::Effect },
        contribution: if all > 0.0 { 100.0 * weight(other) / all } else { 0.0 },
    };
    others.iter().map(related).collect()
}

/// How much of one group's dimension values is in another's: 0 to 1.
fn shared(one: &[Member], other: &[Member]) -> f64 {
    let of = |members: &[Member]| -> std::collections::BTreeSet<String> {
        members.iter().flat_map(|member| member.dimensions.iter().cloned()).collect()
    };
    let (one, other) = (of(one), of(other));
    let both = one.intersection(&other).count() as f64;
    if one.is_empty() || other.is_empty() { 1.0 } else { both / one.len().min(other.len()) as f64 }
}

#[cfg(test)]
mod tests;
