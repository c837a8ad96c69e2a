use serde_json::{Value, json};

use crate::{
    SessionOf,
    fixture::{ALLOW_ALL, House, Signer, VAULT, of_role, role, session},
};

const TIME: &str = "(a time)";

/// A record with what differs from run to run replaced, if it has the right form.
fn settled(mut record: Value) -> Value {
    fn is_time(text: &str) -> bool {
        text.len() == 20 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
    }
    fn is_uuid(text: &str) -> bool {
        let parts: Vec<usize> = text.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12] && text.as_bytes()[14] == b'4'
    }
    for (name, check, shown) in [
        ("eventTime", is_time as fn(&str) -> bool, TIME),
        ("requestID", is_uuid, "(an id)"),
        ("eventID", is_uuid, "(an id)"),
    ] {
        assert!(check(record[name].as_str().unwrap()), "{name}: {}", record[name]);
        record[name] = shown.into();
    }
    assert!(record["requestID"] == "(an id)");
    if let Some(created) = record.pointer_mut("/userIdentity/sessionContext/attributes/creationDate") {
        assert!(is_time(created.as_str().unwrap()));
        *created = TIME.into();
    }
    record
}

fn identity(house: &House, signer: &Signer) -> Value {
    settled(house.call(signer, "GetThing").record)["userIdentity"].clone()
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
#[test]
fn a_read_is_recorded_as_cloudtrail_does() {
    let house = House::new();
    let seen = house.call(&house.alice(&[ALLOW_ALL]), "GetThing&Name=one");
    assert_eq!(
        settled(seen.record),
        json!({
            "eventVersion": "1.11",
            "userIdentity": {
                "type": "IAMUser",
                "principalId": "AIDAALICE",
                "arn": "arn:aws:iam::123456789012:user/team/Alice",
                "accountId": "123456789012",
                "accessKeyId": "AKIAALICE",
                "userName": "Alice",
            },
            "eventTime": TIME,
            "eventSource": "vault.amazonaws.com",
            "eventName": "GetThing",
            "awsRegion": "eu-central-1",
            "sourceIPAddress": "127.0.0.1",
            "userAgent": "a test",
            "requestParameters": {"name": "one"},
            "responseElements": null,
            "requestID": "(an id)",
            "eventID": "(an id)",
            "readOnly": true,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": "123456789012",
            "eventCategory": "Management",
        })
    );
}

/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
#[test]
fn each_kind_of_caller_is_recorded_as_cloudtrail_does() {
    let house = House::new();
    house.alice(&[ALLOW_ALL]);
    house.put(role(&[ALLOW_ALL]));
    assert_eq!(
        identity(&house, &house.root()),
        json!({
            "type": "Root",
            "principalId": "123456789012",
            "arn": "arn:aws:iam::123456789012:root",
            "accountId": "123456789012",
            "accessKeyId": "AKIAROOT",
        })
    );
    let mut as_role = session(of_role());
    as_role.source_identity = Some("me".to_owned());
    as_role.mfa_authenticated = Some(1);
    assert_eq!(
        identity(&house, &house.session(&as_role)),
        json!({
            "type": "AssumedRole",
            "principalId": "AROAREADER:today",
            "arn": "arn:aws:sts::123456789012:assumed-role/Reader/today",
            "accountId": "123456789012",
            "accessKeyId": "ASIATEMPORARY",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAREADER",
                    "arn": "arn:aws:iam::123456789012:role/team/Reader",
                    "accountId": "123456789012",
                    "userName": "Reader",
                },
                "attributes": {"creationDate": TIME, "mfaAuthenticated": "true"},
                "sourceIdentity": "me",
            },
        })
    );
    let federated = SessionOf::FederatedUser("bob".to_owned(), Some("AIDAALICE".to_owned()));
    assert_eq!(
        identity(&house, &house.session(&session(federated))),
        json!({
            "type": "FederatedUser",
            "principalId": "123456789012:bob",
            "arn": "arn:aws:sts::123456789012:federated-user/bob",
            "accountId": "123456789012",
            "accessKeyId": "ASIATEMPORARY",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "IAMUser",
                    "principalId": "AIDAALICE",
                    "arn": "arn:aws:iam::123456789012:user/team/Alice",
                    "accountId": "123456789012",
                    "userName": "Alice",
                },
                "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
            },
        })
    );
}

#[test]
fn a_denial_is_recorded_with_its_error() {
    let house = House::new();
    let seen = house.call(&house.alice(&[]), "PutThing&Name=one&Password=hunter22hunter22");
    assert_eq!(seen.record["errorCode"], "AccessDenied");
    assert!(
        seen.record["errorMessage"].as_str().unwrap().starts_with("User: arn:aws:iam::123456789012:user/team/Alice")
    );
    assert_eq!(seen.record["requestParameters"]["name"], "one");
    assert_eq!(seen.record["responseElements"], Value::Null);
    assert_eq!(seen.record["readOnly"], false);
}

#[test]
fn who_proved_nothing_is_recorded_as_unknown() {
    let house = House::new();
    let seen = house.call(&Signer { secret: "guessed".to_owned(), ..house.root() }, "GetThing");
    assert_eq!(seen.record["userIdentity"], json!({"type": "Unknown", "accessKeyId": "AKIAROOT"}));
    assert_eq!(seen.record["errorCode"], "SignatureDoesNotMatch");
    assert_eq!(seen.record["requestParameters"], Value::Null);
}

#[test]
fn an_operation_that_does_not_exist_is_recorded() {
    let house = House::new();
    let seen = house.call(&house.root(), "NoSuchThing&Secret=hunter22");
    assert_eq!((seen.code(), &seen.record["eventName"]), ("InvalidAction", &"NoSuchThing".into()));
    assert!(!seen.record_text.contains("hunter22"));
}

#[test]
fn a_write_is_recorded_once_with_its_answer_and_in_its_commit() {
    let house = House::new();
    let seen = house.call(&house.root(), "PutThing&Name=one&Password=hunter22hunter22");
    assert_eq!(seen.status, 200);
    assert_eq!(seen.record["responseElements"], json!({"name": "one", "secret": "HIDDEN_DUE_TO_SECURITY_REASONS"}));
    assert_eq!(seen.record["readOnly"], false);
}

#[test]
fn a_write_that_changed_nothing_is_recorded_too() {
    let house = House::new();
    let before = house.gate.store().snapshot().revision();
    let seen = house.call(&house.root(), "KeepThing");
    assert_eq!((seen.status, &seen.record["readOnly"]), (200, &false.into()));
    assert_eq!(house.gate.store().snapshot().revision(), before);
}

#[test]
fn a_read_that_hands_out_a_credential_is_recorded_with_it_but_for_the_secret() {
    let house = House::new();
    let seen = house.call(&house.root(), "LendKey");
    assert!(seen.body.contains("a lent secret"));
    assert_eq!(
        seen.record["responseElements"],
        json!({"keyId": "ASIALENT", "secret": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    );
}

#[test]
fn no_secret_is_recorded_wherever_it_stands() {
    let house = House::new();
    let secret = "hunter22hunter22";
    let root = house.root();
    for parameters in [
        format!("PutThing&Name=one&Password={secret}"),
        // Against its constraints, misspelt, in the wrong form, where none belongs, or with the name missing.
        "PutThing&Name=two&Password=hunter2".to_owned(),
        format!("PutThing&Name=three&password={secret}"),
        format!("PutThing&Name=four&Password.member.1={secret}"),
        format!("PutThing&Name=five&Password.Deep.Down={secret}"),
        format!("PutThing&Name.Password={secret}"),
        format!("GetThing&Password={secret}"),
        format!("PutThing&Password={secret}"),
    ] {
        let seen = house.call(&root, &parameters);
        assert!(!seen.record_text.contains("hunter2"), "{parameters}: {}", seen.record_text);
        assert!(!seen.record_text.contains("an answered secret"), "{parameters}");
    }
}

#[test]
fn session_tokens_and_signatures_are_not_recorded() {
    let house = House::new();
    house.put(role(&[]));
    let signer = house.session(&session(of_role()));
    for (signer, status) in [(&signer, 403), (&Signer { secret: "guessed".to_owned(), ..signer.clone() }, 403)] {
        let seen = house.call(signer, "GetThing");
        assert_eq!(seen.status, status);
        let token = signer.token.as_ref().unwrap().get(..40).unwrap();
        assert!(!seen.record_text.contains(token), "{}", seen.record_text);
        assert!(!seen.record_text.contains("Signature="), "{}", seen.record_text);
    }
}

#[test]
fn what_the_caller_chose_is_bounded() {
    let house = House::new();
    let long = "x".repeat(200_000);
    let named = house.call(&house.root(), &long);
    assert_eq!(named.record["eventName"].as_str().unwrap().len(), 1024);
    assert!(named.record_text.len() < 4096, "{}", named.record_text.len());
    let named = house.call(&house.root(), &format!("GetThing&Name={long}"));
    assert_eq!(named.record["requestParameters"], json!({"omitted": true}));
    // Cut between letters.
    let letters = house.call(&house.root(), &"%C3%A4".repeat(1000));
    assert_eq!(letters.record["eventName"].as_str().unwrap().chars().count(), 512);
}

#[test]
fn texts_that_json_must_escape_are_escaped() {
    let house = House::new();
    let seen = house.call(&house.root(), "GetThing&Name=%22%5C%0A%00%7F%E2%80%A8%7B%7D");
    assert_eq!(seen.record["requestParameters"]["name"], "\"\\\n\0\u{7f}\u{2028}{}");
    assert!(!seen.record_text.contains('\n'));
}

#[test]
fn writers_at_once_all_succeed_on_states_of_their_own() {
    let house = House::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..8 {
                    let answer = house.answer(&house.root(), &VAULT, "eu-central-1", "PutThing&Name=next");
                    assert_eq!(answer.reply.status, 200);
                }
            });
        }
    });
    assert_eq!(house.gate.store().snapshot().groups.count(crate::fixture::ours()), 32);
    let trail = house.trail();
    assert_eq!(trail.iter().filter(|record| record.contains("PutThing")).count(), 32, "each is recorded once");
}

#[test]
fn what_says_that_it_reads_cannot_write() {
    let house = House::new();
    assert_eq!(house.call(&house.root(), "Sly").status, 500);
    assert_eq!(house.gate.store().snapshot().groups.count(crate::fixture::ours()), 0);
}
