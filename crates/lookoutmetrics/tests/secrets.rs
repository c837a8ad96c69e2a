//! Secrets that detectors read: as the role that the customer gave, asked for each time, and recorded without their values.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use bartizan_gate::{Acting, Assumes, Config, Gate, InnerReply};
use bartizan_lookoutmetrics::database::Login;
use bartizan_store::{
    AccountId, Changes, Document, Entity, Store,
    audit::Batch,
    entity::{Account, AccountStatus, InlinePolicy, Role},
};
use bartizan_wire::{ErrorReply, Value};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;

const NAME: &str = "AmazonLookoutMetrics-shop";
const CLEAR: &str = r#"{"username":"lookout","password":"correct-horse"}"#;
const TOKEN: &str = "00000000-0000-4000-8000-000000000000";

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

/// An installation with Secrets Manager, and roles that trust Lookout for Metrics.
struct House {
    gate: Gate,
    directory: TempDir,
}

impl House {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let store = Store::open(directory.path(), None).unwrap();
        let house = Self { gate: Gate::new(store, &[bartizan_secretsmanager::SERVICE], Config::default()), directory };
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
        house
    }

    fn put<E: Entity>(&self, entity: E) {
        let mut changes = Changes::default();
        changes.put(entity);
        let store = self.gate.store();
        store.commit(store.snapshot().revision(), &changes, &Batch::default()).unwrap();
    }

    /// A session of a new role that may do this.
    fn role(&self, name: &str, actions: &[&str]) -> Acting {
        let trust = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Service": "lookoutmetrics.amazonaws.com"}, "Action": "sts:AssumeRole",
        }});
        let may = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource":
            format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{NAME}-??????")}});
        self.put(Role {
            account: account(),
            id: format!("AROA{name}"),
            name: name.to_owned(),
            path: "/".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            trust_policy: Document::new(&trust.to_string()),
            description: None,
            max_session_duration: 3600,
            inline_policies: vec![InlinePolicy { name: "may".to_owned(), document: Document::new(&may.to_string()) }],
            attached_policies: Vec::new(),
            permissions_boundary: None,
            tags: Vec::new(),
        });
        let assumes = Assumes {
            service: "lookoutmetrics.amazonaws.com",
            role_arn: &format!("arn:aws:iam::123456789012:role/{name}"),
            session_name: "LookoutMetricsSession",
            source_arn: None,
            source_account: account(),
            region: "us-east-1",
        };
        self.gate.assume(&assumes).unwrap()
    }

    fn call(
        &self,
        role: &Acting,
        operation: &'static str,
        given: &[(&'static str, &str)],
    ) -> Result<InnerReply, ErrorReply> {
        let members = given.iter().map(|(name, value)| ((*name).into(), Value::String((*value).to_owned())));
        role.call(&self.gate, "secretsmanager", operation, Value::Structure(members.collect()))
    }
}

#[test]
fn a_role_reads_the_secrets_that_it_may_and_nobody_else_sees_them() {
    let house = House::new();
    let maker = house.role("maker", &["secretsmanager:CreateSecret"]);
    let given = [("Name", NAME), ("SecretString", CLEAR), ("ClientRequestToken", TOKEN)];
    house.call(&maker, "CreateSecret", &given).unwrap();
    let asked = [("SecretId", NAME)];
    let refusal = house.call(&maker, "GetSecretValue", &asked).map(|_| ()).unwrap_err();
    assert_eq!((refusal.code.as_str(), refusal.is_of_sender()), ("AccessDeniedException", true));

    let reader = house.role("reader", &["secretsmanager:GetSecretValue"]);
    let login = Login::of(house.call(&reader, "GetSecretValue", &asked).unwrap().output).ok().unwrap();
    assert_eq!((login.username.as_str(), login.password.expose()), ("lookout", "correct-horse"));

    house.gate.flush();
    let mut operations = Vec::new();
    Store::read_audit(house.directory.path(), None, |record| {
        assert!(!record.contains("correct-horse"), "{record}");
        let record: serde_json::Value = serde_json::from_str(record).unwrap();
        assert_eq!(record["userIdentity"]["invokedBy"], "lookoutmetrics.amazonaws.com");
        operations.push(record["eventName"].as_str().unwrap().to_owned());
        true
    })
    .unwrap();
    operations.retain(|operation| operation != "AssumeRole");
    assert_eq!(operations, ["CreateSecret", "GetSecretValue", "GetSecretValue"]);
}
