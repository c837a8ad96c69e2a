use encoding_rs::UTF_8;
use jiff::tz::TimeZone;

use super::*;
use crate::{
    data::{Format, Intervals, Kind, Limits, Measure, Pattern},
    names::Frequency,
};

fn plan() -> Plan {
    let measure = |name: &str, aggregation| Measure { name: name.to_owned(), aggregation };
    Plan {
        timestamp: "at".to_owned(),
        pattern: Pattern::read("yyyy-MM-dd HH:mm").unwrap(),
        measures: vec![measure("views", Aggregation::Sum), measure("price", Aggregation::Average)],
        dimensions: vec!["shop".to_owned(), "platform".to_owned()],
        filters: Vec::new(),
        format: Format {
            kind: Kind::Csv { delimiter: b',', quote: Some(b'"'), contains_header: true, header: None },
            gzip: false,
            charset: UTF_8,
        },
        intervals: Intervals::new(Frequency::OneHour, TimeZone::UTC),
        limits: Limits { files: 5, rows: 4, metrics: 6 },
    }
}

fn read(plan: &Plan, rows: &[&str]) -> Result<Values, Refused> {
    read_of(plan, None, rows)
}

fn read_of(plan: &Plan, wanted: Option<Range<Timestamp>>, rows: &[&str]) -> Result<Values, Refused> {
    let mut reading = Reading::new(plan, wanted);
    reading.file(format!("at,shop,platform,views,price\n{}\n", rows.join("\n")).as_bytes())?;
    Ok(reading.finish())
}

/// What was read, as text: one line for each interval and combination.
fn shown(values: &mut Values) -> Vec<String> {
    let mut lines = Vec::new();
    for start in values.intervals() {
        let found = values.of(start).unwrap();
        for (measures, combination) in found.chunks(found.len() / values.series.len()).zip(&values.series) {
            if measures.iter().any(|value| !value.is_nan()) {
                lines.push(format!("{start} {} {measures:?}", combination.join("/")));
            }
        }
    }
    lines
}

#[test]
fn rows_of_an_interval_become_one_value() {
    let rows = [
        "2021-02-03 04:00,it,web,1,10",
        "2021-02-03 05:00,it,web,5,1",
        "2021-02-03 04:59,it,web,2,20",
        "2021-02-03 04:30,fr,web,4,",
    ];
    let mut values = read(&plan(), &rows).unwrap();
    assert_eq!(
        shown(&mut values),
        [
            "2021-02-03T04:00:00Z it/web [3.0, 15.0]",
            "2021-02-03T04:00:00Z fr/web [4.0, NaN]",
            "2021-02-03T05:00:00Z it/web [5.0, 1.0]",
        ]
    );
    assert_eq!(
        values.counts,
        Counts { rows: 4, partial: 1, present: vec![4, 4, 3, 4, 4], values: vec![2, 1], ..Counts::default() }
    );
}

#[test]
fn what_says_nothing_is_counted_and_left_out() {
    for (row, invalid, partial, foreign_timestamps) in [
        ("2021-02-03 04:00,it,web,1,x", 0, 1, 0),
        ("2021-02-03 04:00,it,web,x,y", 1, 0, 0),
        ("2021-02-03 04:00,it,web,,", 1, 0, 0),
        ("2021-02-03 04:00,,web,1,1", 1, 0, 0),
        ("03.02.2021 04:00,it,web,1,1", 1, 0, 1),
        (",it,web,1,1", 1, 0, 0),
        ("2021-02-03 04:00,it,web,1", 1, 0, 0),
        ("2021-02-03 04:00,it,web,nan,inf", 1, 0, 0),
        ("2021-02-03 04:00,it,web,1e15,-1e15", 0, 0, 0),
        ("2021-02-03 04:00,it,web,1.1e15,-1.1e15", 1, 0, 0),
        ("2021-02-03 04:00,it,web, 1 ,+2.5", 0, 0, 0),
        (&format!("2021-02-03 04:00,{},web,1,1", "é".repeat(40)), 0, 0, 0),
        (&format!("2021-02-03 04:00,{},web,1,1", "é".repeat(41)), 1, 0, 0),
    ] {
        let values = read(&plan(), &[row]).unwrap();
        let counts = &values.counts;
        let found = (counts.rows, counts.invalid, counts.partial, counts.foreign_timestamps);
        assert_eq!(found, (1, invalid, partial, foreign_timestamps), "{row}");
        assert_eq!(values.intervals().len(), usize::from(invalid == 0), "{row}");
    }
}

#[test]
fn only_wanted_intervals_and_values_are_read() {
    let rows = ["2021-02-03 03:59,it,web,1,1", "2021-02-03 04:00,it,web,2,2", "2021-02-03 05:00,it,web,3,3"];
    let [from, to] = ["2021-02-03T04:00:00Z", "2021-02-03T05:00:00Z"].map(|time| time.parse::<Timestamp>().unwrap());
    let mut values = read_of(&plan(), Some(from..to), &rows).unwrap();
    assert_eq!(shown(&mut values), ["2021-02-03T04:00:00Z it/web [2.0, 2.0]"]);
    assert_eq!(values.counts.rows, 1);

    let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<BTreeSet<String>>();
    let filtered = Plan { filters: vec![(0, set(&["it", "fr"])), (1, set(&["web"]))], ..plan() };
    let rows = [
        "2021-02-03 04:00,it,web,1,1",
        "2021-02-03 04:00,fr,web,2,2",
        "2021-02-03 04:00,fr,app,3,3",
        "2021-02-03 04:00,de,web,4,4",
        "2021-02-03 04:00,,web,5,5",
    ];
    let values = read(&filtered, &rows).unwrap();
    assert_eq!((values.series.len(), values.counts.rows), (2, 2));
}

#[test]
fn more_than_may_be_is_refused() {
    let row = "2021-02-03 04:00,it,web,1,1";
    assert!(read(&plan(), &[row; 4]).is_ok());
    assert!(matches!(read(&plan(), &[row; 5]), Err(Refused::TooManyRows(_))));
    // Two measures: three combinations are six metrics.
    let shop = |name: &str| format!("2021-02-03 04:00,{name},web,1,1");
    let rows = ["a", "b", "c", "d"].map(shop);
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    assert!(read(&plan(), &rows[..3]).is_ok());
    assert!(matches!(read(&plan(), &rows), Err(Refused::TooManyMetrics)));
}

#[test]
fn without_dimensions_a_measure_is_one_metric() {
    let plan = Plan { dimensions: Vec::new(), ..plan() };
    let mut values = read(&plan, &["2021-02-03 04:00,it,web,1,10", "2021-02-03 04:01,fr,app,2,20"]).unwrap();
    assert_eq!(shown(&mut values), ["2021-02-03T04:00:00Z  [3.0, 15.0]"]);
}
