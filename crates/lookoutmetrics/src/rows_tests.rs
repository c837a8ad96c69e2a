use bartizan_store::{Changes, Store, audit::Batch};

use super::*;

/// A store that goes away with its test, with these rows of an owner.
fn kept(name: &str, rows: Vec<Row>) -> (std::path::PathBuf, Store) {
    let directory = std::env::temp_dir().join(format!("bartizan-rows-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&directory);
    let store = Store::open(&directory, None).unwrap();
    let mut changes = Changes::default();
    for row in rows {
        changes.put_row(&"owner".into(), row.kind, row.key, row.value);
    }
    store.commit(0, &changes, &Batch::default()).unwrap();
    (directory, store)
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[test]
fn times_have_their_order_before_1970_too() {
    let rows = [-7200, -3600, 0, 3600].map(|second| Row::points(at(second), &[second as f64, f64::NAN]));
    let (directory, store) = kept("times", rows.into());
    let rows = Rows::new(store.volume(), "owner".into());
    let found = rows.points_after(None, 9).unwrap();
    assert_eq!(found.iter().map(|(start, _)| start.as_second()).collect::<Vec<_>>(), [-7200, -3600, 0, 3600]);
    assert!(found.iter().all(|(start, values)| values[0] == start.as_second() as f64 && values[1].is_nan()));
    assert_eq!(rows.points_after(Some(at(-3600)), 1).unwrap()[0].0, at(0));
    assert_eq!(rows.points(at(3600)).unwrap().unwrap()[0], 3600.0);
    assert_eq!(rows.points(at(60)).unwrap(), None);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_group_is_found_by_its_number_and_by_its_id() {
    let group = Group {
        number: 7,
        measure: "orders".to_owned(),
        start: 100,
        end: 102,
        severity: 77.0,
        members: vec![Member { dimensions: vec!["it".to_owned()], severity: 77.0, impact: -3.5 }],
        series: 12,
        is_up: false,
    };
    let id = "01234567-89ab-4cde-8f01-23456789abcd";
    let event = Event::new(&group, id.to_owned(), at(360_000), at(367_200), Vec::new());
    let (directory, store) = kept("groups", vec![Row::event(&event), Row::number(&event), Row::members(&group)]);
    let rows = Rows::new(store.volume(), "owner".into());
    let found = rows.event_of_id(id).unwrap().unwrap();
    assert_eq!(found, event);
    assert_eq!(found.group(rows.members(7).unwrap()), group);
    assert_eq!(rows.events(Order::Descending, None, 9).unwrap(), [event]);
    assert_eq!(rows.event_of_id("another").unwrap(), None);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn feedback_is_of_a_series_of_a_group() {
    let (directory, store) = kept(
        "feedback",
        vec![
            Row::feedback(FEEDBACK, "a", "1", true),
            Row::feedback(FEEDBACK, "a", "2", false),
            Row::feedback(FEEDBACK, "b", "1", false),
            Row::feedback(NEWS, "a", "1", true),
        ],
    );
    let rows = Rows::new(store.volume(), "owner".into());
    assert_eq!(rows.feedback_on("a", "2").unwrap(), Some(false));
    assert_eq!(rows.feedback_on("b", "2").unwrap(), None);
    let said = |(group, series, is_anomaly): (&str, &str, bool)| (group.to_owned(), series.to_owned(), is_anomaly);
    assert_eq!(rows.feedback(FEEDBACK, Some(("a", "1")), 1).unwrap(), [said(("a", "2", false))]);
    assert_eq!(rows.feedback(NEWS, None, 9).unwrap(), [said(("a", "1", true))]);
    std::fs::remove_dir_all(directory).unwrap();
}
