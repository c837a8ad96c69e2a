use serde_json::{Value, json};

use crate::fixture::{House, SHOP, executed, learnt};

const OPERATION: &str = "DescribeAnomalyDetectionExecutions";

fn house() -> House {
    let house = House::new();
    house.put(SHOP, learnt());
    let why = "No datapoint was found.";
    house.put(SHOP, vec![executed(3, None), executed(4, Some(why)), executed(5, None)]);
    house
}

fn completed(hour: u8) -> Value {
    json!({"Timestamp": format!("2021-02-02T{hour:02}:00+01:00[Europe/Berlin]"), "Status": "COMPLETED"})
}

fn failed(hour: u8) -> Value {
    json!({
        "Timestamp": format!("2021-02-02T{hour:02}:00+01:00[Europe/Berlin]"), "Status": "FAILED",
        "FailureReason": "No datapoint was found.",
    })
}

#[test]
fn executions_are_listed_the_newest_first() {
    let house = house();
    let pages = house.pages(OPERATION, "ExecutionList", 2, json!({"AnomalyDetectorArn": SHOP}));
    assert_eq!(pages, [vec![completed(6), failed(5)], vec![completed(4)]]);
}

#[test]
fn a_timestamp_is_of_one_interval_whichever_form_it_has() {
    let house = house();
    for (timestamp, found) in [
        ("2021-02-02T04:00Z[UTC]", vec![failed(5)]),
        ("2021-02-02T04:00:00Z", vec![failed(5)]),
        ("2021-02-02T05:00+01:00[Europe/Berlin]", vec![failed(5)]),
        ("2021-02-02T05:00:00+01:00", vec![failed(5)]),
        // Of no interval's start, of none that was looked at, and of no day.
        ("2021-02-02T04:30:00Z", vec![]),
        ("2021-02-02T06:00:00Z", vec![]),
        ("2021-02-30T04:00:00Z", vec![]),
    ] {
        let input = json!({"AnomalyDetectorArn": SHOP, "Timestamp": timestamp});
        assert_eq!(house.call(OPERATION, input).unwrap(), json!({"ExecutionList": found}), "{timestamp}");
    }
}
