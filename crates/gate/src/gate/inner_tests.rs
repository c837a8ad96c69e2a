use bartizan_store::{
    Document,
    entity::{AccessKey, AccessKeyStatus, AccountStatus, Role},
};
use serde_json::Value as Json;

use super::*;
use crate::fixture::{ALLOW_ALL, DENY_ALL, House, account, alice, of_role, ours, role, session};

const SERVICE: &str = "lookoutmetrics.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/team/Reader";
const DETECTOR: &str = "arn:aws:lookoutmetrics:eu-central-1:123456789012:AnomalyDetector:one";

fn assumes() -> Assumes<'static> {
    Assumes {
        service: SERVICE,
        role_arn: ROLE,
        session_name: "LookoutMetrics-one",
        source_arn: Some(DETECTOR),
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
    fn at_work(policies: &[&str]) -> (Self, Acting) {
        let house = Self::new();
        house.put(role(policies));
        let assumed = house.gate.assume(&assumes()).unwrap();
        (house, assumed)
    }

    fn inner(&self, assumed: &Acting, operation: &'static str) -> Result<Value, ErrorReply> {
        let input = match operation {
            "GetThing" | "PutThing" => named("one"),
            _ => Value::Structure(Vec::new()),
        };
        assumed.call(&self.gate, "vault", operation, input).map(|reply| reply.output)
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
fn what_works_for_no_resource_is_not_trusted_for_one() {
    let house = House::new();
    house.put(role(&[ALLOW_ALL]));
    let for_nothing = Assumes { source_arn: None, ..assumes() };
    assert!(house.gate.assume(&for_nothing).is_err(), "the role asks for a resource");
    house.put(trusting(r#""Principal":{"Service":"lookoutmetrics.amazonaws.com"}"#));
    assert!(house.gate.assume(&for_nothing).is_ok());
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
    let mut session = assumed.session.as_deref().unwrap().clone();
    session.expires = Timestamp::now().as_second();
    let over = Acting { session: Some(session.into()), ..assumed.clone() };
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
    // A filter that is not understood would be none.
    let misnamed = Value::Structure(vec![("name".into(), Value::String("one".to_owned()))]);
    assert_eq!(assumed.call(&house.gate, "vault", "GetThing", misnamed).err().unwrap().code, "ServiceFailure");
    let nothing = Value::Structure(Vec::new());
    assert_eq!(assumed.call(&house.gate, "vault", "PutThing", nothing.clone()).err().unwrap().code, "ValidationError");
    assert_eq!(assumed.call(&house.gate, "nowhere", "GetThing", nothing).err().unwrap().code, "UnknownService");
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

/// Allows to relay, and to get a thing under this condition.
fn relaying(condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"vault:Relay","Resource":"*"}},{{"Effect":"Allow","Action":"vault:GetThing","Resource":"*","Condition":{{{condition}}}}}]}}"#
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-calledvia>
#[test]
fn the_keys_of_a_forward_access_session_tell_through_whom_the_caller_asks() {
    for (condition, direct, near, far) in [
        (r#""Bool":{"aws:ViaAWSService":"true"}"#, false, true, true),
        (r#""Bool":{"aws:ViaAWSService":"false"}"#, true, false, false),
        (r#""ForAnyValue:StringEquals":{"aws:CalledVia":"vault.amazonaws.com"}"#, false, true, true),
        (r#""ForAnyValue:StringEquals":{"aws:CalledVia":"lookoutmetrics.amazonaws.com"}"#, false, false, true),
        (r#""StringEquals":{"aws:CalledViaFirst":"lookoutmetrics.amazonaws.com"}"#, false, false, true),
        (r#""StringEquals":{"aws:CalledViaFirst":"vault.amazonaws.com"}"#, false, true, false),
        (r#""StringEquals":{"aws:CalledViaLast":"vault.amazonaws.com"}"#, false, true, true),
        (r#""StringEquals":{"aws:CalledViaLast":"lookoutmetrics.amazonaws.com"}"#, false, false, false),
        (
            r#""Null":{"aws:CalledVia":"true","aws:CalledViaFirst":"true","aws:CalledViaLast":"true"}"#,
            true,
            false,
            false,
        ),
        (r#""IpAddress":{"aws:SourceIp":"127.0.0.0/8"}"#, true, false, false),
        (r#""Null":{"aws:SourceIp":"true","aws:UserAgent":"true"}"#, false, true, true),
        // All that is the caller's is there.
        (r#""StringEquals":{"aws:PrincipalArn":"arn:aws:iam::123456789012:user/team/Alice"}"#, true, true, true),
        (r#""StringEquals":{"aws:username":"Alice","aws:PrincipalType":"User"}"#, true, true, true),
        (r#""StringEquals":{"aws:RequestedRegion":"eu-central-1"}"#, true, true, true),
        (r#""Bool":{"aws:PrincipalIsAWSService":"false"}"#, true, true, true),
        (r#""Null":{"aws:PrincipalServiceName":"true","aws:SourceArn":"true"}"#, true, true, true),
    ] {
        let house = House::new();
        let alice = house.alice(&[&relaying(condition)]);
        for (parameters, may) in [("GetThing&Name=one", direct), ("Relay", near), ("Relay&Far=true", far)] {
            assert_eq!(house.call(&alice, parameters).status == 200, may, "{parameters} if {condition}");
        }
    }
}

#[test]
fn every_policy_of_the_caller_has_its_say_in_a_forward_access_session() {
    let house = House::new();
    let denies = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"vault:GetThing","Resource":"*","Condition":{"Bool":{"aws:ViaAWSService":"true"}}}}"#;
    let seen = house.call(&house.alice(&[ALLOW_ALL, denies]), "Relay");
    assert_eq!((seen.status, seen.code()), (403, "Relayed"));
    let denied = "User: arn:aws:iam::123456789012:user/team/Alice is not authorized to perform: vault:GetThing on \
                  resource: arn:aws:vault:eu-central-1:123456789012:thing/one with an explicit deny in an \
                  identity-based policy";
    assert!(seen.body.contains(denied), "{}", seen.body);
    // A session's own policy, too.
    house.put(role(&[ALLOW_ALL]));
    let open = session(of_role());
    assert_eq!(house.call(&house.session(&open), "Relay").status, 200);
    let relay_only = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"vault:Relay","Resource":"*"}}"#;
    let limited = Session { policy: Some(Document::new(relay_only)), ..open };
    assert_eq!(house.call(&house.session(&limited), "Relay").status, 403);
    assert_eq!(house.call(&house.root(), "Relay").status, 200);
}

/// The service, with the credentials of this caller.
fn forwarded(house: &House, caller: &Caller) -> Acting {
    let (snapshot, request) = (house.gate.store().snapshot(), facts("nobody", Vec::new(), String::new()));
    let scope = Scope {
        snapshot: &snapshot,
        caller,
        now: Timestamp::now(),
        region: "eu-central-1",
        request: &request,
        gate: &house.gate,
    };
    Acting::forward(SERVICE, &scope)
}

type End<'a> = &'a dyn Fn(&House);

#[test]
fn a_forward_access_session_ends_with_its_caller() {
    let with_key = |house: &House| {
        house.alice(&[ALLOW_ALL]);
        let identity = Identity::User(alice(&[]).into());
        Caller { account: ours(), identity, access_key_id: "AKIAALICE".to_owned(), session: None }
    };
    let with_session = |house: &House| {
        house.put(role(&[ALLOW_ALL]));
        let identity = Identity::Role { role: role(&[]).into(), session_name: "today".to_owned() };
        let session = session(of_role());
        Caller {
            account: ours(),
            identity,
            access_key_id: session.access_key_id.clone(),
            session: Some(session.into()),
        }
    };
    let key = |house: &House| house.gate.store().snapshot().access_key("AKIAALICE").unwrap().clone();
    let gone: [(&str, End<'_>); 4] = [
        ("the user is gone", &|house| house.change(|changes| changes.delete(&alice(&[])))),
        ("the key is gone", &|house| house.change(|changes| changes.delete(&*key(house)))),
        ("the key is out of use", &|house| {
            house.put(AccessKey { status: AccessKeyStatus::Inactive, ..(*key(house)).clone() });
        }),
        ("the account is closed", &|house| house.put(account(AccountStatus::Suspended))),
    ];
    for (why, end) in gone {
        let house = House::new();
        let acting = forwarded(&house, &with_key(&house));
        assert!(house.inner(&acting, "GetThing").is_ok(), "{why}");
        end(&house);
        assert_eq!(house.inner(&acting, "GetThing").unwrap_err().code, "InvalidClientTokenId", "{why}");
        assert_eq!(house.last_record()["errorCode"], "InvalidClientTokenId", "{why}");
    }
    let house = House::new();
    let acting = forwarded(&house, &with_session(&house));
    assert!(house.inner(&acting, "GetThing").is_ok());
    let mut over = acting.session.as_deref().unwrap().clone();
    over.expires = Timestamp::now().as_second();
    let over = Acting { session: Some(over.into()), ..acting.clone() };
    assert_eq!(house.inner(&over, "GetThing").unwrap_err().code, "ExpiredToken");
    house.change(|changes| changes.delete(&role(&[ALLOW_ALL])));
    house.put(Role { id: "AROAANOTHER".to_owned(), ..role(&[ALLOW_ALL]) });
    assert_eq!(house.inner(&acting, "GetThing").unwrap_err().code, "InvalidClientTokenId", "another of the name");
    // Nobody has no credentials to go on with.
    assert!(house.inner(&forwarded(&house, &Caller::anonymous()), "GetThing").is_err());
}

#[test]
fn the_trail_tells_who_asked_through_which_service() {
    let house = House::new();
    let alice = house.alice(&[ALLOW_ALL]);
    assert_eq!(house.call(&alice, "Relay&Far=true").status, 200);
    let trail: Vec<Json> = house.trail().iter().map(|record| serde_json::from_str(record).unwrap()).collect();
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let told: Vec<_> =
        trail.iter().map(|record| (text(&record["eventName"]), text(&record["sourceIPAddress"]))).collect();
    let (near, far) = ("vault.amazonaws.com", SERVICE);
    let names = [("GetThing", near), ("Relay", far), ("Relay", "127.0.0.1")];
    assert_eq!(told, names.map(|(name, address)| (name.to_owned(), address.to_owned())));
    for (record, invoked_by) in trail.iter().zip([Json::from(near), far.into(), Json::Null]) {
        let identity = &record["userIdentity"];
        assert_eq!((&identity["type"], &identity["userName"]), (&"IAMUser".into(), &"Alice".into()));
        assert_eq!((&identity["accessKeyId"], &identity["invokedBy"]), (&"AKIAALICE".into(), &invoked_by));
    }
}
