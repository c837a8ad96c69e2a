//! Alerts that tell: the roles that they are given, the topics and functions that they reach, and what is recorded of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    collections::BTreeSet,
    env, fs,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use bartizan_gate::{Config, Functions, Gate};
use bartizan_lookoutmetrics::{ALERT_WORK, AlertMessage, Clock, ImpactedMetric, Untold, deliver, tell};
use bartizan_store::{
    AccountId, Changes, Document, Entity, Store,
    audit::Batch,
    entity::{Account, AccountStatus, Alert, Confirmation, InlinePolicy, Job, Role, Subscription, Topic},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::123456789012:role/teller";
const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:alerts";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:page";
const DETECTOR: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:shop";
const ALERT: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:low-revenue";

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

/// An installation with a topic that somebody is subscribed to, and a role that trusts the service for a detector.
struct House {
    gate: Gate,
    directory: PathBuf,
}

impl House {
    fn new(detector: &str, policy: &Value) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bartizan-alerts-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = env::temp_dir().join(name);
        let store = Store::open(&directory, None).unwrap();
        // Nobody listens on port 1.
        let functions = Functions::new([format!("{FUNCTION}=http://127.0.0.1:1/").as_str()]).unwrap();
        let gate = Gate::new(store, &[bartizan_sns::SERVICE], Config { functions, ..Config::default() });
        let house = Self { gate, directory };
        house.put(Account {
            id: account(),
            id_text: account().to_string(),
            name: "root".to_owned(),
            email: "root@example.com".to_owned(),
            status: AccountStatus::Active,
            created: Timestamp::UNIX_EPOCH,
            organization: None,
            created_by_organization: false,
            alias: None,
            tags: Vec::new(),
        });
        let trust = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Service": "lookoutmetrics.amazonaws.com"}, "Action": "sts:AssumeRole",
            "Condition": {"ArnEquals": {"aws:SourceArn": detector}},
        }});
        house.put(Role {
            account: account(),
            id: "AROATELLER".to_owned(),
            name: "teller".to_owned(),
            path: "/".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            trust_policy: Document::new(&trust.to_string()),
            description: None,
            max_session_duration: 3600,
            inline_policies: vec![InlinePolicy {
                name: "may".to_owned(),
                document: Document::new(&policy.to_string()),
            }],
            attached_policies: Vec::new(),
            permissions_boundary: None,
            tags: Vec::new(),
        });
        let nobody_deletes = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Deny", "Principal": "*", "Action": "SNS:DeleteTopic", "Resource": TOPIC,
        }});
        house.put(Topic {
            account: account(),
            arn: TOPIC.to_owned(),
            created: Timestamp::UNIX_EPOCH,
            policy: Document::new(&nobody_deletes.to_string()),
            display_name: String::new(),
            delivery_policy: None,
            subscriptions_deleted: 0,
            tags: Vec::new(),
        });
        house.put(Subscription {
            account: account(),
            arn: format!("{TOPIC}:00000000-0000-4000-8000-000000000000"),
            topic_arn: TOPIC.to_owned(),
            owner: account(),
            principal: "arn:aws:iam::123456789012:root".to_owned(),
            protocol: "email".to_owned(),
            endpoint: "ann@example.com".to_owned(),
            raw_message_delivery: false,
            confirmation: Confirmation::Confirmed { authenticated: false, authenticate_on_unsubscribe: false },
        });
        house
    }

    fn put<E: Entity>(&self, entity: E) {
        let mut changes = Changes::default();
        changes.put(entity);
        let store = self.gate.store();
        store.commit(store.snapshot().revision(), &changes, &Batch::default()).unwrap();
    }

    /// What waits to be delivered, as it is kept.
    fn waiting(&self) -> Vec<Value> {
        let later = Timestamp::now() + SignedDuration::from_hours(1);
        let batches = self.gate.store().due_deliveries(later, &BTreeSet::new(), 9, 9).unwrap();
        let deliveries = batches.into_iter().flatten();
        deliveries.map(|delivery| serde_json::from_str(&delivery.document).unwrap()).collect()
    }

    /// Does a job that tells of the anomaly, once, and gives what is left of it.
    fn deliver(&self, alert: Option<Alert>) -> Option<Job> {
        let _ = alert.map(|alert| self.put(alert));
        let document = serde_json::to_value(message()).unwrap();
        self.put(Job::new(account(), "0b1c".to_owned(), ALERT_WORK, ALERT, document));
        let leased = self.gate.lease(&[ALERT_WORK], "here", Timestamp::now()).unwrap().unwrap();
        deliver(&self.gate, &Clock::REAL, &leased).unwrap();
        self.gate.store().snapshot().get::<Job>(account(), "0b1c").map(|job| Job::clone(job))
    }

    /// Service, operation, who and error of each record.
    fn trail(&self) -> Vec<[String; 4]> {
        self.gate.flush();
        let mut found = Vec::new();
        Store::read_audit(&self.directory, None, |line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let text = |place: &str| record.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned();
            found.push(["/eventSource", "/eventName", "/userIdentity/arn", "/errorCode"].map(text));
            true
        })
        .unwrap();
        found
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

fn may(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})
}

fn alert(action: &Value) -> Alert {
    Alert {
        account: account(),
        arn: ALERT.to_owned(),
        anomaly_detector_arn: DETECTOR.to_owned(),
        name: "low-revenue".to_owned(),
        configuration: json!({"Action": action}),
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        tags: Vec::new(),
    }
}

fn to_topic(format: &str) -> Alert {
    alert(&json!({"SNSConfiguration": {"RoleArn": ROLE, "SnsTopicArn": TOPIC, "SnsFormat": format}}))
}

fn to_function() -> Alert {
    alert(&json!({"LambdaConfiguration": {"RoleArn": ROLE, "LambdaArn": FUNCTION}}))
}

fn message() -> AlertMessage {
    AlertMessage {
        alert_name: "low-revenue".to_owned(),
        alert_event_id: format!("{ALERT}:event/0b1c"),
        anomaly_detector_arn: DETECTOR.to_owned(),
        alert_arn: ALERT.to_owned(),
        alert_description: None,
        impacted_metric: ImpactedMetric {
            metric_name: "revenue".to_owned(),
            dimension_contribution: Vec::new(),
            relevant_time_series: Vec::new(),
        },
        timestamp: "2026-11-28T05:00Z[UTC]".to_owned(),
        anomaly_score: 72.0,
    }
}

fn refusal(told: Result<(), Untold>) -> (String, u16) {
    let Err(Untold::Refused(error)) = told else { panic!("{told:?}") };
    (error.code, error.status)
}

#[test]
fn a_role_that_may_not_publish_tells_nobody() {
    for policy in [may("sns:Publish", "arn:aws:sns:us-east-1:123456789012:other"), may("sns:Subscribe", "*")] {
        let house = House::new(DETECTOR, &policy);
        assert_eq!(refusal(tell(&house.gate, &to_topic("JSON"), &message())), ("AuthorizationError".to_owned(), 403));
        assert_eq!(house.waiting(), Vec::<Value>::new());
        let who = "arn:aws:sts::123456789012:assumed-role/teller/LookoutMetrics-low-revenue";
        assert_eq!(house.trail().last().unwrap(), &["sns.amazonaws.com", "Publish", who, "AuthorizationError"]);
    }
}

#[test]
fn a_role_that_trusts_the_service_for_another_detector_is_not_assumed() {
    let house = House::new(&format!("{DETECTOR}-two"), &may("*", "*"));
    for alert in [to_topic("JSON"), to_function()] {
        assert_eq!(refusal(tell(&house.gate, &alert, &message())), ("AccessDenied".to_owned(), 403));
    }
    assert_eq!(house.waiting(), Vec::<Value>::new());
}

#[test]
fn a_role_that_may_not_call_calls_nothing() {
    let house = House::new(DETECTOR, &may("sns:*", "*"));
    assert_eq!(refusal(tell(&house.gate, &to_function(), &message())), ("AccessDeniedException".to_owned(), 403));
    let other = FUNCTION.replace("page", "other");
    let house = House::new(DETECTOR, &may("lambda:InvokeFunction", &other));
    let to_other = alert(&json!({"LambdaConfiguration": {"RoleArn": ROLE, "LambdaArn": other}}));
    assert_eq!(refusal(tell(&house.gate, &to_other, &message())), ("ResourceNotFoundException".to_owned(), 404));
}

#[test]
fn a_topic_is_told_in_the_alerts_form_before_tell_returns() {
    let house = House::new(DETECTOR, &may("sns:Publish", TOPIC));
    let subject = json!("Anomaly of severity 72: low-revenue");
    for (format, text, subject) in [
        ("JSON", message().json(), Value::Null),
        ("LONG_TEXT", message().long_text(), subject.clone()),
        ("SHORT_TEXT", message().short_text(), subject),
    ] {
        tell(&house.gate, &to_topic(format), &message()).unwrap();
        let told = house.waiting().pop().unwrap();
        assert_eq!((&told["Notification"]["message"], &told["Notification"]["subject"]), (&json!(text), &subject));
    }
    let operations: Vec<String> = house.trail().into_iter().map(|[_, operation, ..]| operation).collect();
    assert_eq!(operations, ["AssumeRole", "Publish"].repeat(3));
}

#[test]
fn what_may_not_be_told_is_kept_as_undelivered_with_the_reason_and_forgotten_in_time() {
    let house = House::new(DETECTOR, &may("sns:Subscribe", "*"));
    let old = |id: &str, days: i64| Job {
        due: None,
        ended: Some(Timestamp::now() - SignedDuration::from_hours(24 * days)),
        ..Job::new(account(), id.to_owned(), ALERT_WORK, ALERT, Value::Null)
    };
    house.put(old("fifteen days old", 15));
    house.put(old("thirteen days old", 13));
    let job = house.deliver(Some(to_topic("JSON"))).unwrap();
    assert_eq!((job.due, job.attempts, job.lease), (None, 1, None));
    assert!(job.ended.is_some());
    let why = job.error.unwrap();
    assert!(why.starts_with("AuthorizationError: User: arn:aws:sts::123456789012:assumed-role/teller/"), "{why}");
    assert!(why.contains("sns:Publish"), "{why}");
    assert_eq!(job.document, serde_json::to_value(message()).unwrap());
    let snapshot = house.gate.store().snapshot();
    let left: Vec<&str> = snapshot.jobs.everywhere().map(|job| job.id.as_str()).collect();
    assert_eq!(left, ["0b1c", "thirteen days old"]);
}

#[test]
fn a_job_is_gone_when_it_is_done_and_comes_again_while_there_is_hope() {
    let house = House::new(DETECTOR, &may("*", "*"));
    assert_eq!(house.deliver(Some(to_topic("JSON"))), None);
    assert_eq!(house.waiting().len(), 1);
    let before = Timestamp::now();
    let job = house.deliver(Some(to_function())).unwrap();
    assert_eq!((job.attempts, job.ended, job.lease), (1, None, None));
    let wait = job.due.unwrap().duration_since(before);
    assert!(wait >= SignedDuration::from_secs(60) && wait < SignedDuration::from_secs(120), "{wait}");
    assert!(job.error.is_some());
}

#[test]
fn an_alert_that_is_gone_tells_nobody() {
    let house = House::new(DETECTOR, &may("*", "*"));
    assert_eq!(house.deliver(None), None);
    assert_eq!(house.trail(), Vec::<[String; 4]>::new());
}
