//! An installation with two detectors that have found something, for tests of what operations make of it.

use std::{
    env, fs,
    path::PathBuf,
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use bartizan_anomaly::group::{Group, Member};
use bartizan_gate::{Acting, Assumes, Config, Gate};
use bartizan_store::{
    AccountId, Changes, Document, Store,
    audit::Batch,
    entity::{Account, AccountStatus, AnomalyDetector, AnomalyDetectorStatus, InlinePolicy, MetricSet, Role},
};
use bartizan_wire::{Shape as _, json};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    SERVICE,
    role::PRINCIPAL,
    rows::{Event, Execution, Outline, Row},
};

pub const SHOP: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:shop";
pub const OTHER: &str = "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:other";
const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

/// The places of the combinations of marketplace and platform, as the detector `shop` has them.
pub const SHOPS: [[&str; 2]; 4] = [["it", "pc_web"], ["fr", "pc_web"], ["it", "mobile"], ["fr", "mobile"]];

/// The gate, and a service behind it that may do anything.
pub struct House {
    pub gate: Gate,
    assumed: Acting,
    directory: PathBuf,
}

impl House {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("bartizan-found-{}-{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let directory = env::temp_dir().join(name);
        let store = Store::open(&directory, None).unwrap();
        put(&store, |changes| {
            changes.put(us());
            changes.put(reader());
            changes.put(detector(SHOP, "shop"));
            changes.put(detector(OTHER, "other"));
            changes.put(dataset(SHOP, "shop"));
            changes.put(dataset(OTHER, "other"));
        });
        let gate = Gate::new(store, &[SERVICE], Config::default());
        let assumed = gate
            .assume(&Assumes {
                service: PRINCIPAL,
                role_arn: ROLE,
                session_name: "test",
                source_arn: None,
                source_account: account(),
                region: "us-east-1",
            })
            .unwrap();
        Self { gate, assumed, directory }
    }

    /// Puts rows of a detector.
    pub fn put(&self, detector: &str, rows: Vec<Row>) {
        let owner: Arc<str> = Arc::from(owner(detector));
        put(self.gate.store(), |changes| {
            for row in rows {
                changes.put_row(&owner, row.kind, row.key, row.value);
            }
        });
    }

    /// What the operation answers; or its error's code, and what it names.
    pub fn call(&self, operation: &'static str, input: Value) -> Result<Value, (String, String)> {
        let input = json::decode(input.to_string().as_bytes()).unwrap();
        let answered = self.assumed.call(&self.gate, "lookoutmetrics", operation, input);
        let reply = answered.map_err(|error| {
            let named = error.members.iter().filter(|(name, _)| name.starts_with("Resource"));
            let named: Vec<String> = named.map(|(_, value)| String::read(value.clone()).unwrap()).collect();
            (error.code, named.join(" "))
        })?;
        Ok(serde_json::from_slice(&json::encode(&reply.output)).unwrap())
    }

    /// The pages of a list; each is of so many items.
    pub fn pages(&self, operation: &'static str, member: &str, size: usize, mut input: Value) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        input["MaxResults"] = json!(size);
        loop {
            let mut page = self.call(operation, input.clone()).unwrap();
            pages.push(page[member].as_array().unwrap().clone());
            match page["NextToken"].take() {
                Value::Null => return pages,
                token => input["NextToken"] = token,
            }
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// The start of an hour of 2 February 2021.
pub fn hour(hour: i64) -> Timestamp {
    Timestamp::from_second(1_612_224_000 + hour * 3_600).unwrap()
}

/// The outline of the detector `shop`, which judges from the second hour on.
pub fn outline() -> Outline {
    Outline {
        measures: vec!["views".to_owned(), "revenue".to_owned()],
        dimensions: vec!["marketplace".to_owned(), "platform".to_owned()],
        frequency: "PT1H".to_owned(),
        timezone: Some("Europe/Berlin".to_owned()),
        combinations: SHOPS.len(),
        learnt: 300,
        judges_from: Some(hour(2)),
        last: Some(hour(20)),
    }
}

/// The outline, and what goes with it.
pub fn learnt() -> Vec<Row> {
    let names = SHOPS.map(|shop| shop.map(str::to_owned).to_vec());
    vec![Row::outline(&outline()), Row::combinations(0, &names)]
}

/// The id of a group.
pub fn id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// A group of a measure: its hours, severity, and the shops by their places with how far each was off.
pub fn group(
    number: u64,
    measure: &str,
    (start, end): (i64, i64),
    severity: f64,
    shops: &[(usize, f64)],
) -> (Event, Group) {
    let member = |(place, impact): &(usize, f64)| Member {
        dimensions: SHOPS[*place].map(str::to_owned).to_vec(),
        severity,
        impact: *impact,
    };
    let group = Group {
        number,
        measure: measure.to_owned(),
        start,
        end,
        severity,
        members: shops.iter().map(member).collect(),
        series: 4,
        is_up: true,
    };
    (Event::new(&group, id(number), hour(start), hour(end), Vec::new()), group)
}

/// The rows of groups.
pub fn rows(groups: &[(Event, Group)]) -> Vec<Row> {
    let rows = groups.iter().map(|(event, group)| [Row::event(event), Row::number(event), Row::members(group)]);
    rows.flatten().collect()
}

/// The points of an hour: of each shop as many views as given, and a hundredth of it as revenue.
pub fn points(at: i64, views: &[f64]) -> Row {
    let values: Vec<f64> = views.iter().flat_map(|views| [*views, views / 100.0]).collect();
    Row::points(hour(at), &values)
}

pub fn executed(at: i64, failure: Option<&str>) -> Row {
    Row::execution(hour(at), &Execution { failure: failure.map(str::to_owned) })
}

pub fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

fn put(store: &Store, change: impl FnOnce(&mut Changes)) {
    let mut changes = Changes::default();
    change(&mut changes);
    store.commit(store.snapshot().revision(), &changes, &Batch::default()).unwrap();
}

fn owner(detector: &str) -> String {
    format!("rows of {detector}")
}

fn us() -> Account {
    Account {
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
    }
}

fn reader() -> Role {
    let trust = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": PRINCIPAL}, "Action": "sts:AssumeRole",
    }});
    let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    Role {
        account: account(),
        id: "AROAREADER".to_owned(),
        name: "reader".to_owned(),
        path: "/".to_owned(),
        created: Timestamp::UNIX_EPOCH,
        trust_policy: Document::new(&trust.to_string()),
        description: None,
        max_session_duration: 3600,
        inline_policies: vec![InlinePolicy { name: "may".to_owned(), document: Document::new(&policy.to_string()) }],
        attached_policies: Vec::new(),
        permissions_boundary: None,
        tags: Vec::new(),
    }
}

pub fn detector(arn: &str, name: &str) -> AnomalyDetector {
    AnomalyDetector {
        account: account(),
        region: "us-east-1".to_owned(),
        arn: arn.to_owned(),
        name: name.to_owned(),
        description: None,
        frequency: "PT1H".to_owned(),
        kms_key_arn: None,
        status: AnomalyDetectorStatus::Active,
        failure: None,
        rows: Some(owner(arn).into()),
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        tags: Vec::new(),
    }
}

pub fn dataset(detector: &str, name: &str) -> MetricSet {
    MetricSet {
        account: account(),
        arn: format!("arn:aws:lookoutmetrics:us-east-1:123456789012:MetricSet/{name}/data"),
        anomaly_detector_arn: detector.to_owned(),
        name: "data".to_owned(),
        configuration: Value::Null,
        created: Timestamp::UNIX_EPOCH,
        modified: Timestamp::UNIX_EPOCH,
        tags: Vec::new(),
    }
}
