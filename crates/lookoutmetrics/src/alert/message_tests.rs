use super::*;

fn value(dimension_value: &str, value_contribution: f64) -> DimensionValueContribution {
    DimensionValueContribution { dimension_value: dimension_value.to_owned(), value_contribution }
}

fn contribution(name: &str, values: &[(&str, f64)]) -> DimensionContribution {
    DimensionContribution {
        dimension_name: name.to_owned(),
        dimension_value_contributions: values.iter().map(|(name, part)| value(name, *part)).collect(),
    }
}

fn series(id: &str, dimensions: &[(&str, &str)], metric_value: f64) -> RelevantTimeSeries {
    let dimension = |(name, value): &(&str, &str)| Dimension {
        dimension_name: (*name).to_owned(),
        dimension_value: (*value).to_owned(),
    };
    RelevantTimeSeries {
        time_series_id: id.to_owned(),
        dimensions: dimensions.iter().map(dimension).collect(),
        metric_value,
    }
}

/// What the service's guide shows: revenue by marketplace and platform.
fn revenue() -> AlertMessage {
    AlertMessage {
        alert_name: "low-revenue".to_owned(),
        alert_event_id: "arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:low-revenue:event/0b1c".to_owned(),
        anomaly_detector_arn: "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:shop".to_owned(),
        alert_arn: "arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:low-revenue".to_owned(),
        alert_description: Some("Tell the shop".to_owned()),
        impacted_metric: ImpactedMetric {
            metric_name: "revenue".to_owned(),
            dimension_contribution: vec![
                contribution("marketplace", &[("it", 73.0), ("fr", 27.0)]),
                contribution("platform", &[("pc_web", 100.0)]),
            ],
            relevant_time_series: vec![
                series("a1", &[("marketplace", "it"), ("platform", "pc_web")], 12.5),
                series("b2", &[("marketplace", "fr"), ("platform", "pc_web")], 3.0),
            ],
        },
        timestamp: "2021-02-14T04:00Z[Atlantic/St_Helena]".to_owned(),
        anomaly_score: 72.4,
    }
}

#[test]
fn the_event_has_the_members_of_the_guide_in_its_order() {
    let expected = concat!(
        r#"{"alertName":"low-revenue","#,
        r#""alertEventId":"arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:low-revenue:event/0b1c","#,
        r#""anomalyDetectorArn":"arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:shop","#,
        r#""alertArn":"arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:low-revenue","#,
        r#""alertDescription":"Tell the shop","impactedMetric":{"metricName":"revenue","dimensionContribution":["#,
        r#"{"dimensionName":"marketplace","dimensionValueContributions":["#,
        r#"{"dimensionValue":"it","valueContribution":73.0},{"dimensionValue":"fr","valueContribution":27.0}]},"#,
        r#"{"dimensionName":"platform","dimensionValueContributions":["#,
        r#"{"dimensionValue":"pc_web","valueContribution":100.0}]}],"relevantTimeSeries":["#,
        r#"{"timeSeriesId":"a1","dimensions":[{"dimensionName":"marketplace","dimensionValue":"it"},"#,
        r#"{"dimensionName":"platform","dimensionValue":"pc_web"}],"metricValue":12.5},"#,
        r#"{"timeSeriesId":"b2","dimensions":[{"dimensionName":"marketplace","dimensionValue":"fr"},"#,
        r#"{"dimensionName":"platform","dimensionValue":"pc_web"}],"metricValue":3.0}]},"#,
        r#""timestamp":"2021-02-14T04:00Z[Atlantic/St_Helena]","anomalyScore":72.4}"#,
    );
    assert_eq!(revenue().json(), expected);
    let silent = AlertMessage { alert_description: None, ..revenue() };
    assert!(silent.json().contains(r#""alertDescription":null"#));
}

#[test]
fn a_letter_says_what_when_and_where() {
    let expected = "An anomaly of severity 72 was detected in revenue at 2021-02-14T04:00Z[Atlantic/St_Helena].\n\n\
                    Alert: low-revenue\n\
                    Description: Tell the shop\n\
                    Detector: arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:shop\n\
                    Event: arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:low-revenue:event/0b1c\n\n\
                    Contribution of dimensions:\n  marketplace: it 73 %, fr 27 %\n  platform: pc_web 100 %\n\n\
                    Time series:\n  marketplace it, platform pc_web: 12.5\n  marketplace fr, platform pc_web: 3\n";
    assert_eq!(revenue().long_text(), expected);
}

#[test]
fn a_letter_names_ten_time_series_and_counts_the_others() {
    let mut many = revenue();
    many.impacted_metric.relevant_time_series = (0..13).map(|number| series("x", &[], f64::from(number))).collect();
    let text = many.long_text();
    assert!(text.ends_with("  all: 8\n  all: 9\n  and 3 more\n"), "{text}");
    many.impacted_metric.relevant_time_series.truncate(10);
    assert!(many.long_text().ends_with("  all: 9\n"));
    many.impacted_metric =
        ImpactedMetric { dimension_contribution: Vec::new(), relevant_time_series: Vec::new(), ..many.impacted_metric };
    assert!(many.long_text().ends_with("event/0b1c\n"));
}

#[test]
fn a_short_text_fits_a_telephone() {
    assert_eq!(
        revenue().short_text(),
        "Anomaly, severity 72, in revenue (marketplace it, platform pc_web) at \
         2021-02-14T04:00Z[Atlantic/St_Helena]. Alert low-revenue"
    );
    let mut long = revenue();
    long.impacted_metric.metric_name = "ä".repeat(300);
    let text = long.short_text();
    assert_eq!(text.chars().count(), 160);
    assert!(text.starts_with("Anomaly, severity 72, in ää") && text.ends_with("ä…"), "{text}");
}

#[test]
fn a_subject_is_one_that_a_topic_takes() {
    assert_eq!(revenue().subject(), "Anomaly of severity 72: low-revenue");
    let odd =
        AlertMessage { alert_name: format!("a\r\nBcc: ä{}", "x".repeat(200)), anomaly_score: 100.0, ..revenue() };
    assert!(odd.subject().len() < 100 && odd.subject().bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
}
