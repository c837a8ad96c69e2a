use std::sync::Arc;

use bartizan_store::{Changes, Store, audit::Batch};
use jiff::tz::TimeZone;

use super::*;
use crate::{
    data::{Aggregation, Limits, Measure, Pattern},
    names::Frequency,
};

/// A store that goes away with its test.
struct Home(std::path::PathBuf, Store);

impl Home {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("bartizan-model-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        let store = Store::open(&directory, None).unwrap();
        Self(directory, store)
    }

    fn rows(&self) -> Rows<'_> {
        Rows::new(self.1.volume(), "owner".into())
    }

    fn write(&self, rows: Vec<Row>) {
        let mut changes = Changes::default();
        for row in rows {
            changes.put_row(&"owner".into(), row.kind, row.key, row.value);
        }
        self.1.commit(self.1.snapshot().revision(), &changes, &Batch::default()).unwrap();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn plan() -> Plan {
    let measure = |name: &str| Measure { name: name.to_owned(), aggregation: Aggregation::Sum };
    Plan {
        timestamp: "at".to_owned(),
        pattern: Pattern::read("yyyy-MM-dd HH:mm").unwrap(),
        measures: vec![measure("views"), measure("orders")],
        dimensions: vec!["shop".to_owned()],
        filters: Vec::new(),
        intervals: Intervals::new(Frequency::OneHour, TimeZone::UTC),
        limits: Limits { files: 5, rows: 1_000, metrics: 1_000 },
    }
}

/// An interval of so many shops. Some come later, some are closed at times, and the first has an accident.
fn frame(model: &mut Model, hour: i64, shops: usize) -> Frame {
    let here: Vec<Vec<String>> = (0..shops)
        .filter(|shop| hour >= *shop as i64 && (hour + *shop as i64) % 17 != 0)
        .rev()
        .map(|shop| vec![format!("shop-{shop}")])
        .collect();
    let values = here.iter().flat_map(|names| {
        let shop: i64 = names[0].trim_start_matches("shop-").parse().unwrap();
        let wobble = ((hour * 7 + shop * 13) % 11) as f64;
        let accident = if (250..253).contains(&hour) && shop == 0 { 400.0 } else { 0.0 };
        [100.0 + (hour % 24) as f64 * 5.0 + wobble + accident, if shop % 3 == 0 { f64::NAN } else { 10.0 + wobble }]
    });
    let values: Vec<f64> = values.collect();
    let places = model.admit(&here);
    model.frame(Timestamp::from_second(hour * 3_600).unwrap(), &places, &values)
}

#[test]
fn a_model_that_is_loaded_goes_on_as_one_that_never_rested() {
    const SHOPS: usize = CHUNK + 6;
    let home = Home::new("loaded");
    let mut steady = Model::new(&plan()).unwrap();
    let mut resting = Model::new(&plan()).unwrap();
    steady.judge_from(Timestamp::from_second(200 * 3_600).unwrap());
    resting.judge_from(Timestamp::from_second(200 * 3_600).unwrap());
    let mut found = 0;
    for hour in 0..270 {
        let one = frame(&mut steady, hour, SHOPS);
        let expected = steady.observe(std::slice::from_ref(&one));
        let other = frame(&mut resting, hour, SHOPS);
        let groups = resting.observe(std::slice::from_ref(&other));
        assert_eq!(groups, expected, "hour {hour}");
        found += groups.iter().map(Vec::len).sum::<usize>();
        let mut rows = resting.rows(false);
        rows.push(Row::points(other.start, &other.values));
        home.write(rows);
        if hour % 41 == 5 {
            resting = Model::load(&home.rows()).unwrap().unwrap();
            assert_eq!(resting.outline(), steady.outline(), "hour {hour}");
        }
    }
    assert!(found >= 3, "the accident is found");
    assert!(steady.outline().combinations > CHUNK);
}

#[test]
fn many_intervals_at_once_are_as_one_after_the_other() {
    let mut one = Model::new(&plan()).unwrap();
    let mut all = Model::new(&plan()).unwrap();
    let mut frames = Vec::new();
    for model in [&mut one, &mut all] {
        model.judge_from(Timestamp::from_second(200 * 3_600).unwrap());
        frames = (0..270).map(|hour| frame(model, hour, 90)).collect();
    }
    assert!(frames.len() * all.size() > WORTH_A_THREAD);
    let expected: Vec<Vec<Group>> = frames.iter().flat_map(|frame| one.observe(std::slice::from_ref(frame))).collect();
    assert_eq!(all.observe(&frames), expected);
    assert!(expected.iter().any(|groups| !groups.is_empty()));
}

#[test]
fn a_model_that_is_written_in_parts_is_none_before_the_last() {
    let home = Home::new("parts");
    let mut model = Model::new(&plan()).unwrap();
    let frame = frame(&mut model, 90, 80);
    model.observe(&[frame]);
    let rows = model.rows(true);
    assert!(rows.len() > 3);
    for row in rows {
        assert!(Model::load(&home.rows()).unwrap().is_none(), "before the {}", row.kind);
        home.write(vec![row]);
    }
    assert_eq!(Model::load(&home.rows()).unwrap().unwrap().outline(), model.outline());
}

#[test]
fn a_model_with_rows_missing_or_of_another_is_not_loaded() {
    let home = Home::new("damaged");
    assert!(Model::load(&home.rows()).unwrap().is_none());
    let mut model = Model::new(&plan()).unwrap();
    let frame = frame(&mut model, 90, 80);
    model.observe(&[frame]);
    let mut rows = model.rows(true);
    home.write(rows.clone());
    assert!(Model::load(&home.rows()).unwrap().unwrap().is_of(&plan()));
    rows.retain(|row| row.kind == rows::SERIES);
    let cut: Arc<[u8]> = rows[0].value[..rows[0].value.len() - 1].into();
    home.write(vec![Row { value: cut, ..rows[0].clone() }]);
    assert!(Model::load(&home.rows()).is_err());
    let other = Plan { dimensions: vec!["market".to_owned()], ..plan() };
    assert!(!model.is_of(&other));
}
