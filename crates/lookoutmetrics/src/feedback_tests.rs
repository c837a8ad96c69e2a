use serde_json::{Value, json};

use super::*;
use crate::{
    fixture::{House, OTHER, SHOP, SHOPS, detector, group, id, learnt, rows},
    rows::Rows,
};

fn house() -> House {
    let house = House::new();
    for (detector, numbers) in [(SHOP, [1, 2]), (OTHER, [3, 4])] {
        let groups = numbers.map(|number| group(number, "views", (9, 10), 77.0, &[(0, 1.0), (1, 1.0), (2, 1.0)]));
        house.put(detector, learnt());
        house.put(detector, rows(&groups));
    }
    house
}

/// The id of a shop's series.
fn series(place: usize) -> String {
    names::time_series_id("views", &SHOPS[place].map(str::to_owned))
}

fn say(house: &House, number: u64, series: &str, is_anomaly: bool) -> Result<Value, (String, String)> {
    let said = json!({"AnomalyGroupId": id(number), "TimeSeriesId": series, "IsAnomaly": is_anomaly});
    house.call("PutFeedback", json!({"AnomalyDetectorArn": SHOP, "AnomalyGroupTimeSeriesFeedback": said}))
}

fn said(house: &House, number: u64, series: Option<&str>) -> Vec<(String, bool)> {
    let mut of = json!({"AnomalyGroupId": id(number)});
    series.into_iter().for_each(|series| of["TimeSeriesId"] = json!(series));
    let input = json!({"AnomalyDetectorArn": SHOP, "AnomalyGroupTimeSeriesFeedback": of});
    let pages = house.pages("GetFeedback", "AnomalyGroupTimeSeriesFeedback", 1, input);
    let item = |item: Value| (item["TimeSeriesId"].as_str().unwrap().to_owned(), item["IsAnomaly"] == json!(true));
    pages.into_iter().flatten().map(item).collect()
}

#[test]
fn feedback_is_of_a_series_of_one_of_the_detectors_groups() {
    let house = house();
    let not_found = |id: &str, kind: &str| Err(("ResourceNotFoundException".to_owned(), format!("{id} {kind}")));
    // Another detector's, nobody's; a series that was none of it, and one that is nowhere.
    assert_eq!(say(&house, 3, &series(0), true), not_found(&id(3), "AnomalyGroup"));
    assert_eq!(say(&house, 9, &series(0), true), not_found(&id(9), "AnomalyGroup"));
    assert_eq!(say(&house, 1, &series(3), true), not_found(&series(3), "TimeSeries"));
    assert_eq!(say(&house, 1, "series", true), not_found("series", "TimeSeries"));
    let of = json!({"AnomalyGroupId": id(1), "TimeSeriesId": "series"});
    let input = json!({"AnomalyDetectorArn": SHOP, "AnomalyGroupTimeSeriesFeedback": of});
    assert_eq!(house.call("GetFeedback", input), not_found("series", "TimeSeries"));
    assert_eq!(said(&house, 1, None), []);
}

#[test]
fn what_was_said_last_is_kept_and_is_news() {
    let house = house();
    say(&house, 1, &series(0), true).unwrap();
    say(&house, 1, &series(2), true).unwrap();
    say(&house, 2, &series(1), true).unwrap();
    say(&house, 1, &series(0), false).unwrap();
    let mut expected = [(series(0), false), (series(2), true)];
    expected.sort();
    assert_eq!(said(&house, 1, None), expected);
    assert_eq!(said(&house, 1, Some(&series(2))), [(series(2), true)]);
    assert_eq!(said(&house, 1, Some(&series(1))), []);
    assert_eq!(said(&house, 2, None), [(series(1), true)]);
    let owner = detector(SHOP, "shop").rows.unwrap();
    let news = Rows::new(house.gate.store().volume(), owner).feedback(NEWS, None, 9).unwrap();
    assert_eq!(news.len(), 3);
}
