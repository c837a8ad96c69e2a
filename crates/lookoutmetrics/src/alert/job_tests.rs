use bartizan_store::{Changes, Store, audit::Batch};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;

const DETECTOR: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:shop";
const ALERT: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:";
const UUID: &str = "01234567-89ab-4cde-8f01-23456789abcd";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn detector() -> AnomalyDetector {
    AnomalyDetector {
        account: "123456789012".parse().unwrap(),
        region: "us-east-1".to_owned(),
        arn: DETECTOR.to_owned(),
        name: "shop".to_owned(),
        description: None,
        frequency: "PT1H".to_owned(),
        kms_key_arn: None,
        status: entity::AnomalyDetectorStatus::Active,
        failure: None,
        rows: None,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        tags: Vec::new(),
    }
}

/// A state with these alerts of the detector: their names, and what there is of them besides an action.
fn snapshot(alerts: &[(&str, Value)]) -> std::sync::Arc<Snapshot> {
    static NEXT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("bartizan-alert-jobs-{}-{number}", std::process::id()));
    let store = Store::open(&directory, None).unwrap();
    let mut changes = Changes::default();
    for (name, configuration) in alerts {
        let mut configuration = configuration.clone();
        configuration["Action"] = json!({"LambdaConfiguration": {
            "RoleArn": "arn:aws:iam::123456789012:role/r", "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        }});
        changes.put(entity::Alert {
            account: detector().account,
            arn: format!("{ALERT}{name}"),
            anomaly_detector_arn: DETECTOR.to_owned(),
            name: (*name).to_owned(),
            configuration,
            created: Timestamp::UNIX_EPOCH,
            modified: Timestamp::UNIX_EPOCH,
            tags: Vec::new(),
        });
    }
    let snapshot = store.commit(0, &changes, &Batch::default()).unwrap();
    std::fs::remove_dir_all(directory).unwrap();
    snapshot
}

fn outline() -> Outline {
    Outline {
        measures: vec!["revenue".to_owned()],
        dimensions: vec!["marketplace".to_owned(), "platform".to_owned()],
        frequency: "PT1H".to_owned(),
        timezone: Some("Europe/Berlin".to_owned()),
        combinations: 4,
        learnt: 300,
        judges_from: None,
        last: None,
    }
}

fn event(severity: f64, told: &[&str]) -> Event {
    Event {
        id: UUID.to_owned(),
        number: 3,
        measure: "revenue".to_owned(),
        start: at("2026-11-27T10:00:00Z"),
        start_number: 100,
        end: at("2026-11-27T11:00:00Z"),
        end_number: 101,
        severity,
        series: 4,
        is_up: false,
        told: told.iter().map(|name| format!("{ALERT}{name}")).collect(),
    }
}

fn members() -> [EventMember; 2] {
    let member = |marketplace: &str, severity, impact| EventMember {
        dimensions: vec![marketplace.to_owned(), "pc_web".to_owned()],
        severity,
        impact,
    };
    [member("it", 72.5, -73.0), member("fr", 60.0, -27.0)]
}

fn jobs(snapshot: &Snapshot, event: &mut Event) -> Vec<Job> {
    let values = |member: &EventMember| (member.dimensions[0] == "it").then_some(12.5);
    let mut uuid = || Ok(UUID.to_owned());
    jobs_for(snapshot, &detector(), &outline(), event, &members(), &values, &mut uuid).unwrap()
}

#[test]
fn an_alert_tells_of_what_is_severe_enough_and_passes_its_filters() {
    let filters = |measures: &[&str], dimensions: &[(&str, &[&str])]| {
        let dimensions: Vec<Value> = dimensions
            .iter()
            .map(|(name, values)| json!({"DimensionName": name, "DimensionValueList": values}))
            .collect();
        let mut filters = json!({});
        if !measures.is_empty() {
            filters["MetricList"] = json!(measures);
        }
        if !dimensions.is_empty() {
            filters["DimensionFilterList"] = json!(dimensions);
        }
        json!({"AlertFilters": filters})
    };
    let threshold = |threshold: u8| json!({"AlertSensitivityThreshold": threshold});
    for (configuration, told, tells) in [
        (json!({}), false, true),
        (threshold(72), false, true),
        (threshold(73), false, false),
        (threshold(0), true, false),
        (filters(&["views", "revenue"], &[]), false, true),
        (filters(&["views"], &[]), false, false),
        (filters(&[], &[("marketplace", &["de", "fr"])]), false, true),
        (filters(&[], &[("marketplace", &["de"])]), false, false),
        (filters(&[], &[("marketplace", &["it"]), ("platform", &["pc_web"])]), false, true),
        // No one series is both.
        (filters(&[], &[("marketplace", &["it"]), ("platform", &["mobile"])]), false, false),
        (filters(&[], &[("colour", &["it"])]), false, false),
        // Values are not folded.
        (filters(&[], &[("marketplace", &["IT"])]), false, false),
    ] {
        let state = snapshot(&[("one", configuration.clone())]);
        let mut event = event(72.4, if told { &["one"] } else { &[] });
        let found = jobs(&state, &mut event);
        assert_eq!(!found.is_empty(), tells, "{configuration}");
        assert_eq!(event.told.len(), usize::from(told || tells), "{configuration}");
        // Once.
        assert_eq!(jobs(&state, &mut event), []);
    }
}

#[test]
fn each_alert_tells_for_itself_and_when_the_group_has_grown_to_its_threshold() {
    let state = snapshot(&[
        ("all", json!({})),
        ("high", json!({"AlertSensitivityThreshold": 90})),
        ("low", json!({"AlertSensitivityThreshold": 60})),
    ]);
    let mut group = event(72.4, &["all"]);
    let abouts = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.about).collect::<Vec<_>>();
    assert_eq!(abouts(jobs(&state, &mut group)), [format!("{ALERT}low")]);
    group.severity = 95.0;
    assert_eq!(abouts(jobs(&state, &mut group)), [format!("{ALERT}high")]);
    assert_eq!(group.told.len(), 3);
}

#[test]
fn a_message_is_of_the_last_interval() {
    let filter = json!([{"DimensionName": "marketplace", "DimensionValueList": ["it", "de"]}]);
    let configuration = json!({"AlertDescription": "d", "AlertFilters": {"DimensionFilterList": filter}});
    let state = snapshot(&[("one", configuration)]);
    let [job] = &jobs(&state, &mut event(72.4, &[]))[..] else { panic!() };
    assert_eq!((job.work.as_str(), job.id.as_str(), job.due), (WORK, UUID, Some(Job::AT_ONCE)));
    let value = |name: &str, share: f64| json!({"dimensionValue": name, "valueContribution": share});
    let expected = json!({
        "alertName": "one", "alertEventId": format!("{ALERT}one:event/{UUID}"), "alertArn": format!("{ALERT}one"),
        "anomalyDetectorArn": DETECTOR, "alertDescription": "d", "timestamp": "2026-11-27T12:00+01:00[Europe/Berlin]",
        "anomalyScore": 72.4,
        "impactedMetric": {
            "metricName": "revenue",
            // Of the group, not of what the filter lets through.
            "dimensionContribution": [
                {"dimensionName": "marketplace", "dimensionValueContributions": [value("it", 73.0), value("fr", 27.0)]},
                {"dimensionName": "platform", "dimensionValueContributions": [value("pc_web", 100.0)]},
            ],
            "relevantTimeSeries": [{
                "timeSeriesId": names::time_series_id("revenue", &members()[0].dimensions),
                "dimensions": [
                    {"dimensionName": "marketplace", "dimensionValue": "it"},
                    {"dimensionName": "platform", "dimensionValue": "pc_web"},
                ],
                "metricValue": 12.5,
            }],
        },
    });
    assert_eq!(job.document, expected);
    let message: AlertMessage = serde_json::from_value(job.document.clone()).unwrap();
    assert_eq!(message.json(), serde_json::to_string(&message).unwrap());
}

#[test]
fn the_longest_message_is_one_that_a_topic_takes() {
    let letter = |count: usize| "ä".repeat(count);
    let outline = Outline { dimensions: (0..10).map(|place| format!("{place:063}")).collect(), ..outline() };
    let members: Vec<EventMember> = (0..500)
        .map(|number| EventMember {
            dimensions: vec![format!("{}{number:03}", letter(37)); 10],
            severity: 50.0,
            impact: f64::from(number),
        })
        .collect();
    let state = snapshot(&[("one", json!({"AlertDescription": letter(256)}))]);
    let mut uuid = || Ok(UUID.to_owned());
    let (values, mut event) = (|_: &EventMember| Some(-1.234_567_890_123_456e15), event(99.9, &[]));
    let jobs = jobs_for(&state, &detector(), &outline, &mut event, &members, &values, &mut uuid).unwrap();
    let length = jobs[0].document.to_string().len();
    assert!(length < 256 * 1024, "{length}");
    assert_eq!(jobs[0].document["impactedMetric"]["relevantTimeSeries"].as_array().unwrap().len(), 40);
}
