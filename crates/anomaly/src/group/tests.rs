use super::*;
use crate::bytes::Damaged;

const SHOPS: [[&str; 2]; 6] =
    [["it", "pc_web"], ["it", "mobile"], ["fr", "pc_web"], ["fr", "mobile"], ["de", "pc_web"], ["de", "mobile"]];

/// The points of an interval: each shop's severity of a measure; all that is off is off by its severity.
fn points<'a>(measure: &'a str, severities: &[f64; 6]) -> Vec<Point<'a>> {
    let one = |(dimensions, &severity): (&'a [&'a str; 2], &f64)| Point {
        measure,
        dimensions,
        value: 100.0 + severity,
        expected: 100.0,
        severity,
    };
    SHOPS.iter().zip(severities).map(one).collect()
}

fn groups() -> Groups {
    Groups::new(&["marketplace", "platform"])
}

const QUIET: [f64; 6] = [3.0, 8.0, 1.0, 0.0, 20.0, 49.0];

#[test]
fn anomalies_of_the_same_and_the_next_interval_are_one_group() {
    let mut groups = groups();
    assert!(groups.observe(10, &points("orders", &QUIET)).is_empty());
    assert_eq!(groups.open().count(), 0);
    groups.observe(11, &points("orders", &[80.0, 3.0, 60.0, 3.0, 3.0, 3.0]));
    groups.observe(12, &points("orders", &[70.0, 90.0, 3.0, 3.0, 3.0, 3.0]));
    let closed = groups.observe(13, &points("orders", &QUIET));
    let [group] = &closed[..] else { panic!("{closed:?}") };
    assert_eq!((group.number, group.start, group.end, group.series), (0, 11, 12, 6));
    let members: Vec<(&str, f64, f64)> =
        group.members.iter().map(|member| (member.dimensions[0].as_str(), member.severity, member.impact)).collect();
    assert_eq!(members, [("it", 90.0, 90.0), ("it", 80.0, 150.0), ("fr", 60.0, 60.0)]);
    // A new one begins after a quiet interval.
    groups.observe(14, &points("orders", &[80.0, 3.0, 3.0, 3.0, 3.0, 3.0]));
    assert_eq!(groups.open().next().map(|group| (group.number, group.start)), Some((1, 14)));
}

#[test]
fn measures_have_groups_of_their_own() {
    let mut groups = groups();
    let both = [points("orders", &[80.0; 6]), points("views", &[70.0; 6])].concat();
    groups.observe(1, &both);
    let found: Vec<(&str, usize)> = groups.open().map(|group| (group.measure.as_str(), group.members.len())).collect();
    assert_eq!(found, [("orders", 6), ("views", 6)]);
}

#[test]
fn severity_grows_with_the_worst_and_with_how_many() {
    let severity = |severities: &[f64; 6]| {
        let mut groups = groups();
        groups.observe(1, &points("orders", severities));
        groups.open().next().map_or(0.0, |group| group.severity)
    };
    let (one, all, worse) =
        (severity(&[60.0, 0.0, 0.0, 0.0, 0.0, 0.0]), severity(&[60.0; 6]), severity(&[90.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
    assert!((60.0..all).contains(&one) && one < worse, "{one} {all} {worse}");
    assert!(all <= 100.0 && severity(&[100.0; 6]) <= 100.0 && severity(&[f64::NAN; 6]) == 0.0);
}

#[test]
fn a_dimension_that_does_not_discriminate_spreads_evenly() {
    let mut groups = groups();
    groups.observe(1, &points("orders", &[90.0, 90.0, 0.0, 0.0, 0.0, 0.0]));
    let group = groups.open().next().expect("a group");
    let of = |index: usize| contributions(&["marketplace", "platform"], group)[index].values.clone();
    assert_eq!(of(0), [("it".to_owned(), 100.0)]);
    assert_eq!(of(1), [("mobile".to_owned(), 50.0), ("pc_web".to_owned(), 50.0)]);
}

#[test]
fn shares_are_whole_and_make_a_hundred() {
    let mut groups = Groups::new(&["shop"]);
    let names: Vec<String> = (0..7).map(|shop| format!("shop-{shop}")).collect();
    let dimensions: Vec<[&str; 1]> = names.iter().map(|name| [name.as_str()]).collect();
    let point = |dimensions| Point { measure: "orders", dimensions, value: 9.0, expected: 5.0, severity: 77.0 };
    groups.observe(1, &dimensions.iter().map(|dimensions| point(dimensions)).collect::<Vec<_>>());
    let group = groups.open().next().expect("a group");
    let shares: Vec<f64> =
        contributions(&["marketplace", "platform"], group)[0].values.iter().map(|(_, share)| *share).collect();
    assert_eq!(shares, [15.0, 15.0, 14.0, 14.0, 14.0, 14.0, 14.0]);
}

#[test]
fn what_came_before_is_a_cause_and_what_comes_after_an_effect() {
    let mut groups = groups();
    let of = |severity: f64| [severity, 0.0, 0.0, 0.0, 0.0, 0.0];
    let mut all = groups.observe(1, &points("latency", &of(90.0)));
    all.extend(groups.observe(2, &points("errors", &of(60.0))));
    all.extend(groups.observe(3, &points("orders", &of(80.0))));
    // What lies far back has nothing to do with it.
    all.extend(groups.observe(40, &points("orders", &[80.0; 6])));
    all.extend(groups.observe(41, &[]));
    let [latency, _, orders, later] = &all[..] else { panic!("{all:?}") };
    let found = related(orders, &all);
    let causes: Vec<(&str, Relationship)> =
        found.iter().map(|other| (other.measure.as_str(), other.relationship)).collect();
    assert_eq!(causes, [("latency", Relationship::Cause), ("errors", Relationship::Cause)]);
    let shares: f64 = found.iter().map(|other| other.contribution).sum();
    assert!((shares - 100.0).abs() < 1e-9 && found[0].contribution > found[1].contribution, "{found:?}");
    let effects = related(latency, &all);
    assert_eq!(effects.len(), 2);
    assert!(
        effects.iter().all(|other| other.relationship == Relationship::Effect && other.contribution == 0.0),
        "{effects:?}"
    );
    assert_eq!(related(later, &all), []);
}

#[test]
fn feedback_shifts_similar_events_and_no_others() {
    let severity = |feedback: Option<bool>, at: [f64; 6], measure: &str| {
        let mut groups = groups();
        groups.observe(1, &points("orders", &[80.0, 0.0, 0.0, 0.0, 0.0, 0.0]));
        let group = groups.observe(2, &points("orders", &QUIET)).remove(0);
        if let Some(is_anomaly) = feedback {
            groups.put_feedback(&group, &["it", "pc_web"], is_anomaly);
        }
        groups.observe(9, &points(measure, &at));
        groups.open().next().map_or(0.0, |group| group.severity)
    };
    let (same, elsewhere) = ([80.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 80.0]);
    let usual = severity(None, same, "orders");
    assert_eq!(severity(Some(false), same, "orders"), 0.0);
    assert!(severity(Some(true), same, "orders") > usual);
    let far = severity(Some(false), elsewhere, "orders");
    assert!(0.0 < far && far < usual, "{far} {usual}");
    assert_eq!(severity(Some(false), same, "views"), severity(None, same, "views"));
    // A dip is another event than a peak.
    let mut groups = groups();
    groups.observe(1, &points("orders", &same));
    let group = groups.observe(2, &[]).remove(0);
    groups.put_feedback(&group, &["it", "pc_web"], false);
    let dip = Point { measure: "orders", dimensions: &SHOPS[0], value: 20.0, expected: 100.0, severity: 80.0 };
    groups.observe(3, &[dip]);
    assert_eq!(groups.open().next().map(|group| (group.severity, group.is_up)), Some((80.0, false)));
}

#[test]
fn an_interval_that_is_over_changes_nothing() {
    let mut groups = groups();
    groups.observe(5, &points("orders", &[80.0; 6]));
    groups.observe(6, &[]);
    let before = groups.clone();
    assert!(groups.observe(4, &points("orders", &[90.0; 6])).is_empty());
    assert_eq!(groups, before);
}

#[test]
fn a_state_is_bounded_and_goes_on_from_its_bytes() {
    let mut groups = groups();
    for interval in 0..1_000_i64 {
        let measure = format!("measure-{}", interval % 10);
        let severity = if interval % 3 == 0 { 80.0 } else { 10.0 };
        for group in groups.observe(interval, &points(&measure, &[severity; 6])) {
            groups.put_feedback(&group, &["it", &interval.to_string()], interval % 2 == 0);
        }
    }
    assert!(groups.open.len() <= 10 && groups.feedback.len() <= FEEDBACK);
    let bytes = groups.to_bytes();
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let mut again = Groups::from_bytes(&bytes).expect("what was written");
    assert_eq!(again, groups);
    let next = points("measure-1", &[99.0; 6]);
    assert_eq!(again.observe(1_000, &next), groups.observe(1_000, &next));
    assert_eq!(again, groups);
    for place in (0..bytes.len()).step_by(97) {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert_eq!(Groups::from_bytes(&damaged), Err(Damaged));
    }
    assert_eq!(Groups::from_bytes(&seal_of_nothing()), Err(Damaged));
}

/// Bytes with a good digest that promise more than they hold.
fn seal_of_nothing() -> Vec<u8> {
    crate::bytes::seal(*b"BAg\x02", &[[0; 16].as_slice(), &[255; 4]].concat())
}
