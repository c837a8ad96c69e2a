use bartizan_store::{
    Document,
    entity::{AccountStatus, Role},
};
use serde_json::Value as Json;

use super::*;
use crate::fixture::{ALLOW_ALL, DENY_ALL, House, account, ours, role};

const SERVICE: &str = "lookoutmetrics.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/team/Reader";
const DETECTOR: &str = "arn:aws:lookoutmetrics:eu-central-1:123456789012:AnomalyDetector:one";

fn assumes() -> Assumes<'static> {
    Assumes {
        service: SERVICE,
        role_arn: ROLE,
        session_name: "LookoutMetrics-one",
        source_arn: DETECTOR,
        source_account: ours(),
        region: "eu-central-1",
    }
}

fn trusting(statement: &str) -> Role {
    let document =
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"sts:AssumeRole",{statement}}}}}"#);
    Role { trust_policy: Document::new(&document), ..role(&[ALLOW_ALL]) }
}

fn named(name: &str) -> Value {
    Value::Structure(vec![("Name".into(), Value::String(name.to_owned()))])
}

impl House {
    /// A house with the role, which may do this, and a service as that role.
    fn at_work(policies: &[&str]) -> (Self, Assumed) {
        let house = Self::new();
        house.put(role(policies));
        let assumed = house.gate.assume(&assumes()).unwrap();
        (house, assumed)
    }

    fn inner(&self, assumed: &Assumed, operation: &'static str) -> Result<Value, ErrorReply> {
        assumed.call(&self.gate, "vault", operation, named("one"))
    }

    fn last_record(&self) -> Json {
        serde_json::from_str(self.trail().last().unwrap()).unwrap()
    }
}

#[test]
fn a_role_that_does_not_trust_the_service_for_the_resource_is_not_assumed() {
    let service = r#""Principal":{"Service":"lookoutmetrics.amazonaws.com"}"#;
    for (statement, why) in [
        (r#""Principal":{"Service":"sns.amazonaws.com"}"#.to_owned(), "another service"),
        (r#""Principal":{"AWS":"*"}"#.to_owned(), "principals that are no services"),
        (format!(r#"{service},"Condition":{{"StringEquals":{{"aws:SourceAccount":"999999999999"}}}}"#), "account"),
        (format!(r#"{service},"Condition":{{"ArnLike":{{"aws:SourceArn":"{DETECTOR}-two"}}}}"#), "another resource"),
        (format!(r#"{service},"Condition":{{"StringLike":{{"aws:PrincipalArn":"*"}}}}"#), "a caller's key"),
        (format!(r#"{service},"Condition":{{"IpAddress":{{"aws:SourceIp":"0.0.0.0/0"}}}}"#), "an address"),
    ] {
        let house = House::new();
        house.put(trusting(&statement));
        let refused = house.gate.assume(&assumes()).unwrap_err();
        assert_eq!((refused.code.as_str(), refused.status), ("AccessDenied", 403), "{why}");
        assert_eq!(
            refused.message,
            format!("User: {SERVICE} is not authorized to perform: sts:AssumeRole on resource: {ROLE}")
        );
        let record = house.last_record();
        assert_eq!(record["errorCode"], "AccessDenied", "{why}");
        assert_eq!(record["responseElements"], Json::Null, "{why}");
    }
}

#[test]
fn a_role_that_is_not_there_is_refused_in_the_same_words() {
    let house = House::new();
    house.put(role(&[ALLOW_ALL]));
    for role_arn in [
        "arn:aws:iam::123456789012:role/team/reader",
        "arn:aws:iam::123456789012:role/Reader",
        "arn:aws:iam::999999999999:role/team/Reader",
        "arn:aws:iam::123456789012:user/team/Reader",
        "Reader",
    ] {
        let refused = house.gate.assume(&Assumes { role_arn, ..assumes() }).unwrap_err();
        let words = format!("User: {SERVICE} is not authorized to perform: sts:AssumeRole on resource: {role_arn}");
        assert_eq!((refused.code.as_str(), refused.message), ("AccessDenied", words));
    }
    house.put(account(AccountStatus::Suspended));
    assert!(house.gate.assume(&assumes()).is_err(), "the account is closed");
}

#[test]
fn taking_the_permission_away_stops_the_next_call() {
    let (house, assumed) = House::at_work(&[ALLOW_ALL]);
    assert!(house.inner(&assumed, "GetThing").is_ok());
    for policies in [&[][..], &[ALLOW_ALL, DENY_ALL]] {
        house.put(role(policies));
        let refused = house.inner(&assumed, "GetThing").unwrap_err();
        assert_eq!((refused.code.as_str(), refused.status), ("AccessDenied", 403));
        assert!(refused.message.starts_with(
            "User: arn:aws:sts::123456789012:assumed-role/Reader/LookoutMetrics-one is not authorized to perform: \
             vault:GetThing on resource: arn:aws:vault:eu-central-1:123456789012:thing/one "
        ));
        assert_eq!(house.last_record()["errorCode"], "AccessDenied");
    }
    house.put(role(&[ALLOW_ALL]));
    assert!(house.inner(&assumed, "GetThing").is_ok());
    // A new role of the old name is another one.
    house.change(|changes| changes.delete(&role(&[ALLOW_ALL])));
    house.put(Role { id: "AROAANOTHER".to_owned(), ..role(&[ALLOW_ALL]) });
    assert!(house.inner(&assumed, "GetThing").is_err());
}

#[test]
fn a_session_ends_with_its_hour_and_with_its_account() {
    let (house, assumed) = House::at_work(&[ALLOW_ALL]);
    let session = Session { expires: Timestamp::now().as_second(), ..(*assumed.session).clone() };
    let over = Assumed { session: Arc::new(session), ..assumed.clone() };
    assert!(house.inner(&over, "GetThing").is_err());
    house.put(account(AccountStatus::Suspended));
    assert!(house.inner(&assumed, "GetThing").is_err());
}

#[test]
fn keys_are_those_of_a_service_role() {
    for (condition, may) in [
        (r#""Bool":{"aws:ViaAWSService":"false"}"#, true),
        (r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#, true),
        (r#""Null":{"aws:CalledVia":"true"}"#, true),
        (r#""Null":{"aws:SourceIp":"true"}"#, true),
        (r#""Null":{"aws:SourceArn":"true"}"#, true),
        (r#""Null":{"aws:UserAgent":"true"}"#, true),
        (r#""StringEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/team/Reader"}"#, true),
        (r#""StringEquals":{"aws:RequestedRegion":"eu-central-1"}"#, true),
        (r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#, false),
        (r#""Bool":{"aws:MultiFactorAuthPresent":"true"}"#, false),
    ] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"vault:GetThing","Resource":"*","Condition":{{{condition}}}}}}}"#
        );
        let (house, assumed) = House::at_work(&[&policy]);
        assert_eq!(house.inner(&assumed, "GetThing").is_ok(), may, "{condition}");
    }
}

#[test]
fn what_is_called_is_checked_as_for_anyone() {
    let (house, assumed) = House::at_work(&[ALLOW_ALL]);
    for (operation, code) in [
        ("Missing", "NotImplemented"),
        ("Unknown", "NotImplemented"),
        ("NoSuchOperation", "InvalidAction"),
        ("Forgetful", "ServiceFailure"),
        ("Unasked", "ServiceFailure"),
        ("Sly", "ServiceFailure"),
    ] {
        assert_eq!(house.inner(&assumed, operation).unwrap_err().code, code, "{operation}");
    }
    let nothing = Value::Structure(Vec::new());
    assert_eq!(assumed.call(&house.gate, "vault", "PutThing", nothing.clone()).unwrap_err().code, "ValidationError");
    assert_eq!(assumed.call(&house.gate, "nowhere", "GetThing", nothing).unwrap_err().code, "UnknownService");
}

#[test]
fn the_trail_tells_which_service_asked_as_which_role() {
    let (house, assumed) = House::at_work(&[ALLOW_ALL]);
    let record = house.last_record();
    assert_eq!(record["eventSource"], "sts.amazonaws.com");
    assert_eq!(record["eventName"], "AssumeRole");
    assert_eq!(record["userIdentity"], serde_json::json!({"type": "AWSService", "invokedBy": SERVICE}));
    assert_eq!((&record["sourceIPAddress"], &record["userAgent"]), (&SERVICE.into(), &SERVICE.into()));
    assert_eq!(record["recipientAccountId"], "123456789012");
    assert_eq!(
        record["requestParameters"],
        serde_json::json!({"roleArn": ROLE, "roleSessionName": "LookoutMetrics-one"})
    );
    let key = record["responseElements"]["credentials"]["accessKeyId"].as_str().unwrap().to_owned();
    assert!(key.starts_with("ASIA"), "{key}");

    house.inner(&assumed, "PutThing").unwrap();
    let record = house.last_record();
    assert_eq!((&record["eventName"], &record["eventSource"]), (&"PutThing".into(), &"vault.amazonaws.com".into()));
    let identity = &record["userIdentity"];
    assert_eq!((&identity["type"], &identity["invokedBy"]), (&"AssumedRole".into(), &SERVICE.into()));
    assert_eq!(identity["accessKeyId"], key);
    assert_eq!(record["sourceIPAddress"], SERVICE);
    assert_eq!(record["requestParameters"]["name"], "one");
    // What it has changed is there, in one commit with its record.
    assert!(house.gate.store().snapshot().groups.by_name(ours(), "one").is_some());
}
