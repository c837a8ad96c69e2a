use serde_json::{Value, json};

use crate::{
    fixture::{House, OTHER, SHOP, group, hour, id, learnt, points, rows},
    names,
    rows::Row,
};

/// A detector with five groups; the other one has a group of its own.
fn house() -> House {
    let house = House::new();
    house.put(SHOP, learnt());
    house.put(
        SHOP,
        rows(&[
            group(0, "views", (3, 3), 55.0, &[(0, 5.0)]),
            group(1, "revenue", (9, 11), 90.0, &[(0, -10.0)]),
            group(2, "views", (10, 12), 77.5, &[(3, 73.0), (0, -27.0)]),
            group(3, "revenue", (12, 13), 60.0, &[(1, 1.0)]),
            group(4, "views", (20, 20), 77.4, &[(0, 5.0)]),
        ]),
    );
    house.put(SHOP, vec![points(9, &[1.0; 4]), points(10, &[10.0, 20.0]), points(12, &[11.0, 21.0, f64::NAN, 41.0])]);
    house.put(OTHER, learnt());
    house.put(OTHER, rows(&[group(7, "views", (3, 3), 99.0, &[(0, 5.0)])]));
    house
}

fn of(detector: &str, more: Value) -> Value {
    let mut input = json!({"AnomalyDetectorArn": detector});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn not_found(kind: &str, id: &str) -> Result<Value, (String, String)> {
    Err(("ResourceNotFoundException".to_owned(), format!("{id} {kind}")))
}

fn ids(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["AnomalyGroupId"].as_str().unwrap()).collect()
}

#[test]
fn groups_of_at_least_the_threshold_are_listed_the_newest_first() {
    let house = house();
    let list = |threshold: u8| {
        house.call("ListAnomalyGroupSummaries", of(SHOP, json!({"SensitivityThreshold": threshold}))).unwrap()
    };
    let all = list(0);
    let numbers = |numbers: &[u64]| numbers.iter().map(|number| id(*number)).collect::<Vec<_>>();
    assert_eq!(ids(all["AnomalyGroupSummaryList"].as_array().unwrap()), numbers(&[4, 3, 2, 1, 0]));
    assert_eq!(
        all["AnomalyGroupSummaryList"][2],
        json!({
            "StartTime": "2021-02-02T11:00+01:00[Europe/Berlin]", "EndTime": "2021-02-02T13:00+01:00[Europe/Berlin]",
            "AnomalyGroupId": id(2), "AnomalyGroupScore": 77.5, "PrimaryMetricName": "views",
        })
    );
    let statistics = |total: u8, itemized: &[(&str, u8)]| {
        let itemized: Vec<Value> =
            itemized.iter().map(|(name, count)| json!({"MetricName": name, "OccurrenceCount": count})).collect();
        json!({
            "EvaluationStartDate": "2021-02-02T03:00+01:00[Europe/Berlin]", "TotalCount": total,
            "ItemizedMetricStatsList": itemized,
        })
    };
    assert_eq!(all["AnomalyGroupStatistics"], statistics(5, &[("revenue", 2), ("views", 3)]));
    let severe = list(77);
    assert_eq!(ids(severe["AnomalyGroupSummaryList"].as_array().unwrap()), numbers(&[4, 2, 1]));
    assert_eq!(severe["AnomalyGroupStatistics"], statistics(3, &[("revenue", 1), ("views", 2)]));
    assert_eq!(list(100)["AnomalyGroupStatistics"], statistics(0, &[]));
}

#[test]
fn a_page_goes_on_where_the_one_before_ended_whatever_has_been_found_since() {
    let house = house();
    let input = of(SHOP, json!({"SensitivityThreshold": 56}));
    let pages = house.pages("ListAnomalyGroupSummaries", "AnomalyGroupSummaryList", 3, input.clone());
    assert_eq!(pages.iter().map(|page| ids(page).len()).collect::<Vec<_>>(), [3, 1]);
    let mut first = input.clone();
    first["MaxResults"] = json!(2);
    let page = house.call("ListAnomalyGroupSummaries", first.clone()).unwrap();
    house.put(SHOP, rows(&[group(5, "revenue", (20, 20), 99.0, &[(0, 5.0)])]));
    let mut second = first;
    second["NextToken"] = page["NextToken"].clone();
    let page = house.call("ListAnomalyGroupSummaries", second.clone()).unwrap();
    assert_eq!(ids(page["AnomalyGroupSummaryList"].as_array().unwrap()), [id(2), id(1)]);
    assert_eq!(page["AnomalyGroupStatistics"]["TotalCount"], 5);
    // A token is of its list.
    for (name, value) in [("SensitivityThreshold", json!(57)), ("AnomalyDetectorArn", json!(OTHER))] {
        let mut foreign = second.clone();
        foreign[name] = value;
        assert_eq!(house.call("ListAnomalyGroupSummaries", foreign).unwrap_err().0, "ValidationException");
    }
}

#[test]
fn a_group_tells_what_it_comes_from() {
    let found = house().call("GetAnomalyGroup", of(SHOP, json!({"AnomalyGroupId": id(2)}))).unwrap();
    let share = |value: &str, score: f64| json!({"DimensionValue": value, "ContributionScore": score});
    let dimension =
        |name: &str, values: Value| json!({"DimensionName": name, "DimensionValueContributionList": values});
    assert_eq!(
        found["AnomalyGroup"],
        json!({
            "StartTime": "2021-02-02T11:00+01:00[Europe/Berlin]", "EndTime": "2021-02-02T13:00+01:00[Europe/Berlin]",
            "AnomalyGroupId": id(2), "AnomalyGroupScore": 77.5, "PrimaryMetricName": "views",
            "MetricLevelImpactList": [{
                "MetricName": "views", "NumTimeSeries": 2,
                "ContributionMatrix": {"DimensionContributionList": [
                    dimension("marketplace", json!([share("fr", 73.0), share("it", 27.0)])),
                    dimension("platform", json!([share("mobile", 73.0), share("pc_web", 27.0)])),
                ]},
            }],
        })
    );
}

#[test]
fn a_groups_series_have_a_value_for_each_of_its_intervals() {
    let house = house();
    let input = of(SHOP, json!({"AnomalyGroupId": id(2), "MetricName": "views"}));
    let found = house.call("ListAnomalyGroupTimeSeries", input.clone()).unwrap();
    let times = [11, 12, 13].map(|hour| format!("2021-02-02T{hour}:00+01:00[Europe/Berlin]"));
    assert_eq!(found["TimestampList"], json!(times));
    assert_eq!((&found["AnomalyGroupId"], &found["MetricName"]), (&json!(id(2)), &json!("views")));
    let series = |marketplace: &str, platform: &str, values: Value| {
        json!({
            "TimeSeriesId": names::time_series_id("views", &[marketplace.to_owned(), platform.to_owned()]),
            "DimensionList": [
                {"DimensionName": "marketplace", "DimensionValue": marketplace},
                {"DimensionName": "platform", "DimensionValue": platform},
            ],
            "MetricValueList": values,
        })
    };
    // The first hour knew two combinations, and the second one had no data.
    assert_eq!(
        found["TimeSeriesList"],
        json!([
            series("fr", "mobile", json!(["NaN", "NaN", 41.0])),
            series("it", "pc_web", json!([10.0, "NaN", 11.0])),
        ])
    );
    let pages = house.pages("ListAnomalyGroupTimeSeries", "TimeSeriesList", 1, input);
    let alone: Vec<&Value> = pages.iter().flatten().map(|series| &series["MetricValueList"]).collect();
    assert_eq!(alone, [&json!(["NaN", "NaN", 41.0]), &json!([10.0, "NaN", 11.0])]);
    // The second measure.
    let input = of(SHOP, json!({"AnomalyGroupId": id(1), "MetricName": "revenue"}));
    let found = house.call("ListAnomalyGroupTimeSeries", input).unwrap();
    assert_eq!(found["TimeSeriesList"][0]["MetricValueList"], json!([0.01, 0.1, "NaN"]));
}

#[test]
fn places_of_combinations_are_counted_over_the_chunks() {
    let house = House::new();
    let name = |place: usize| vec![format!("m{place}"), "pc".to_owned()];
    let mut outline = crate::fixture::outline();
    outline.combinations = 130;
    let mut kept = vec![Row::outline(&outline)];
    for chunk in 0..3 {
        let names: Vec<Vec<String>> = (chunk * 64..130.min(chunk * 64 + 64)).map(name).collect();
        kept.push(Row::combinations(chunk, &names));
    }
    let (event, mut grown) = group(0, "revenue", (5, 5), 80.0, &[(0, 1.0), (1, 1.0)]);
    (grown.members[0].dimensions, grown.members[1].dimensions) = (name(129), name(63));
    kept.extend(rows(&[(event, grown)]));
    let values: Vec<f64> = (0..260).map(f64::from).collect();
    kept.push(Row::points(hour(5), &values));
    house.put(SHOP, kept);
    let input = of(SHOP, json!({"AnomalyGroupId": id(0), "MetricName": "revenue"}));
    let pages = house.pages("ListAnomalyGroupTimeSeries", "TimeSeriesList", 9, input);
    let values: Vec<&Value> = pages.iter().flatten().map(|series| &series["MetricValueList"]).collect();
    assert_eq!(values, [&json!([259.0]), &json!([127.0])]);
}

#[test]
fn what_came_before_caused_it_and_what_came_after_is_its_effect() {
    let house = house();
    let list = |more: Value| {
        let mut input = of(SHOP, json!({"AnomalyGroupId": id(2)}));
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let pages = house.pages("ListAnomalyGroupRelatedMetrics", "InterMetricImpactList", 1, input);
        pages.into_iter().flatten().collect::<Vec<Value>>()
    };
    let cause = json!({
        "MetricName": "revenue", "AnomalyGroupId": id(1), "RelationshipType": "CAUSE_OF_INPUT_ANOMALY_GROUP",
        "ContributionPercentage": 100.0,
    });
    let effect = json!({
        "MetricName": "revenue", "AnomalyGroupId": id(3), "RelationshipType": "EFFECT_OF_INPUT_ANOMALY_GROUP",
    });
    assert_eq!(list(json!({})), [cause.clone(), effect.clone()]);
    assert_eq!(list(json!({"RelationshipTypeFilter": "CAUSE_OF_INPUT_ANOMALY_GROUP"})), [cause]);
    assert_eq!(list(json!({"RelationshipTypeFilter": "EFFECT_OF_INPUT_ANOMALY_GROUP"})), [effect]);
}

#[test]
fn what_is_not_the_detectors_is_not_found() {
    let house = house();
    for operation in ["GetAnomalyGroup", "ListAnomalyGroupTimeSeries", "ListAnomalyGroupRelatedMetrics", "GetFeedback"]
    {
        // One is another detector's, the other nobody's.
        for group in [id(7), id(9)] {
            let input = match operation {
                "ListAnomalyGroupTimeSeries" => json!({"AnomalyGroupId": group, "MetricName": "views"}),
                "GetFeedback" => json!({"AnomalyGroupTimeSeriesFeedback": {"AnomalyGroupId": group}}),
                _ => json!({"AnomalyGroupId": group}),
            };
            assert_eq!(house.call(operation, of(SHOP, input)), not_found("AnomalyGroup", &group), "{operation}");
        }
    }
    for measure in ["revenue", "clicks"] {
        let input = of(SHOP, json!({"AnomalyGroupId": id(2), "MetricName": measure}));
        assert_eq!(house.call("ListAnomalyGroupTimeSeries", input), not_found("Metric", measure));
    }
}

#[test]
fn a_detector_that_has_read_nothing_has_found_nothing() {
    let house = House::new();
    let found = house.call("ListAnomalyGroupSummaries", of(SHOP, json!({"SensitivityThreshold": 0}))).unwrap();
    assert_eq!(
        found,
        json!({
            "AnomalyGroupSummaryList": [],
            "AnomalyGroupStatistics": {"TotalCount": 0, "ItemizedMetricStatsList": []},
        })
    );
    let group = of(SHOP, json!({"AnomalyGroupId": id(2)}));
    assert_eq!(house.call("GetAnomalyGroup", group), not_found("AnomalyGroup", &id(2)));
}
