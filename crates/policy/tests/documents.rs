//! What is a policy and what is not: `malformed.json`, and properties of arbitrary texts.

#![expect(clippy::indexing_slicing, clippy::expect_used, reason = "a test may panic")]

use bartizan_policy::{Kind, Malformed, Policy, Version, map_principals};
use proptest::prelude::*;
use serde_json::Value;

const KINDS: [(&str, Kind); 6] = [
    ("identity", Kind::Identity),
    ("resource", Kind::Resource),
    ("trust", Kind::Trust),
    ("serviceControl", Kind::ServiceControl),
    ("resourceControl", Kind::ResourceControl),
    ("endpoint", Kind::Endpoint),
];

fn kind(name: &str) -> Kind {
    KINDS.iter().find(|(known, _)| *known == name).expect(name).1
}

#[test]
fn malformed_documents_are_refused_in_the_words_of_aws_and_where_they_err() {
    let cases: Value = serde_json::from_str(include_str!("malformed.json")).expect("JSON");
    let cases = cases.as_array().expect("a list");
    assert!(cases.len() > 100);
    for case in cases {
        let text = |key: &str| case[key].as_str().unwrap_or_else(|| panic!("{case}: no {key}"));
        let name = format!("{}: {}", text("kind"), text("name"));
        let Err(malformed) = Policy::parse(text("document"), kind(text("kind"))) else {
            panic!("{name} is accepted");
        };
        let Malformed { message, detail, line, column, path } = malformed;
        assert_eq!(message, text("message"), "{name}");
        assert_eq!(path, text("path"), "{name}");
        assert_eq!(serde_json::json!([line, column]), case["at"], "{name}: {detail}");
        assert!(!detail.is_empty(), "{name}");
    }
}

/// Documents that are unusual, but that AWS stores.
#[test]
fn unusual_documents_are_policies() {
    let identity = [
        r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        r#"{"Version":"2008-10-17","Statement":[{"Resource":"*","Action":"*","Effect":"Deny","Condition":{}}]}"#,
        r#"{"Statement":{"Effect":"Allow","NotAction":["iam:*"],"NotResource":["arn:aws:s3:::b"]}}"#,
        r#"{"Statement":[{"Sid":"","Effect":"Allow","Action":"*:*","Resource":"arn:aws:cloudfront:*"},
            {"Sid":"","Effect":"Allow","Action":"execute-api:Invoke","Resource":"arn:*:s3:::b"}]}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRoot","Resource":"arn:aws:iam::*:root"}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"iam:GetRoleTemplateVersion","Resource":"arn:aws:iam::aws:role-template/x.amazonaws.com/T:1"}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws-cn:s3:cn-north-1:111122223333:accesspoint/a"}}"#,
        r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{
            "StringEquals":{"aws:ResourceTag/aws:cloudformation:stack-name":"s","aws:PrincipalAccount":111122223333},
            "Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":1.5},"StringLike":{}}}}"#,
    ];
    let resource = [
        r#"{"Id":"Policy 1","Statement":{"Sid":"any text!","Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}"#,
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["*","111122223333","AIDAEXAMPLE0000000000",
            "AROAEXAMPLE0000000000:session@x","arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1",
            "arn:aws-us-gov:iam::111122223333:role/path/to/r"],"Service":"delivery.logs.amazonaws.com"},"Action":"s3:*"}}"#,
        r#"{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}}"#,
    ];
    let trust = [
        r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["sts:AssumeRole","STS:TagSession"],"Condition":{}}}"#,
        r#"{"Statement":{"Effect":"Allow","Principal":{"Federated":["accounts.google.com",
            "arn:aws:iam::111122223333:oidc-provider/x.y/id/1"]},"Action":"sts:AssumeRoleWithWebIdentity"}}"#,
    ];
    let organizations = [
        (
            "serviceControl",
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*Get","NotResource":"arn:aws:s3:::b","Condition":{"Bool":{"a:x":"true"}}}}"#,
        ),
        (
            "resourceControl",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#,
        ),
        (
            "resourceControl",
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":["s3:*","sts:*"],"NotResource":"arn:aws:s3:::b"}]}"#,
        ),
        ("endpoint", r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#),
    ];
    let all = identity.map(|text| ("identity", text)).into_iter();
    let all = all.chain(resource.map(|text| ("resource", text))).chain(trust.map(|text| ("trust", text)));
    for (name, text) in all.chain(organizations) {
        if let Err(malformed) = Policy::parse(text, kind(name)) {
            panic!("{name}: {malformed}\n{text}");
        }
    }
}

#[test]
fn the_version_of_a_policy() {
    let version = |text: &str| Policy::parse(text, Kind::Identity).expect(text).version();
    let statement = r#""Statement":{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    assert_eq!(version(&format!("{{{statement}}}")), Version::V2008);
    assert_eq!(version(&format!("{{\"Version\":\"2008-10-17\",{statement}}}")), Version::V2008);
    assert_eq!(version(&format!("{{\"Version\":\"2012-10-17\",{statement}}}")), Version::V2012);
}

#[test]
fn policies_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Policy>();
}

/// The pieces policies are made of, and some they are not.
fn fragments() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"Version\"",
        "\"2012-10-17\"",
        "\"Statement\"",
        "\"Effect\"",
        "\"Allow\"",
        "\"Deny\"",
        "\"Action\"",
        "\"s3:*\"",
        "\"Resource\"",
        "\"*\"",
        "\"Principal\"",
        "\"AWS\"",
        "\"arn:aws:s3:::${a:b}\"",
        "\"Condition\"",
        "\"StringLike\"",
        "\"aws:x\"",
        "\"ü\\u00fc\"",
        "1.5e3",
        "true",
        "null",
        "\n ",
        "\\",
        "\"",
        "é",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40).prop_map(|list| list.concat())
}

/// A well-formed policy with one stretch of its text replaced by something else.
fn damaged() -> impl Strategy<Value = String> {
    let good = r#"{"Version":"2012-10-17","Id":"ü","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":["*",
        "arn:aws:iam::111122223333:user/b"]},"Action":["s3:Get*"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}",
        "Condition":{"DateLessThan":{"aws:x":"2020-01-01"},"ForAnyValue:NumericLessThanIfExists":{"s3:x":[1,"2.5"]}}}]}"#;
    (0..good.len(), 0..8_usize, "\\PC{0,4}").prop_map(move |(start, length, with)| {
        let chars: Vec<char> = good.chars().collect();
        let start = start.min(chars.len());
        let end = (start + length).min(chars.len());
        chars[..start].iter().copied().chain(with.chars()).chain(chars[end..].iter().copied()).collect()
    })
}

/// All of a policy but where its statements stand in the text.
fn read(policy: &Policy) -> String {
    let text = format!("{policy:?}");
    let mut parts = text.split(" span: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |read, part| read + part.split_once(',').expect("a span").1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..Default::default() })]

    /// Whatever the text: no panic, and a place within the text.
    #[test]
    fn any_text_is_a_policy_or_malformed(text in prop_oneof!["\\PC{0,60}", any::<String>(), fragments(), damaged()]) {
        for (_, kind) in KINDS {
            if let Err(malformed) = Policy::parse(&text, kind) {
                prop_assert!(malformed.line >= 1 && malformed.line <= text.matches('\n').count() + 1);
                prop_assert!(malformed.column >= 1 && malformed.column <= text.chars().count() + 1);
                prop_assert!(malformed.path.starts_with('$'));
            }
        }
    }

    /// The order and the layout of a text do not matter: another writer's version of it is read alike.
    #[test]
    fn what_is_read_and_written_again_is_read_alike(text in damaged()) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let again = serde_json::to_string_pretty(&value).expect("JSON");
            let (first, second) = (Policy::parse(&text, Kind::Resource), Policy::parse(&again, Kind::Resource));
            // serde_json forgives duplicate keys, we do not.
            if let Ok(first) = first {
                prop_assert_eq!(read(&first), read(&second.expect("a policy")));
            }
        } else {
            prop_assert!(Policy::parse(&text, Kind::Resource).is_err());
        }
    }

    #[test]
    fn keeping_all_principals_keeps_the_text(text in prop_oneof![fragments(), damaged()]) {
        if let Ok(kept) = map_principals(&text, &mut |_| Ok::<_, ()>(None)) {
            prop_assert_eq!(kept, text);
        }
    }

    /// Replacing each principal by itself changes at most how it is escaped.
    #[test]
    fn mapping_principals_to_themselves_keeps_the_policy(text in damaged()) {
        let mapped = map_principals(&text, &mut |principal| Ok::<_, ()>(Some(principal.to_owned())));
        if let Ok(mapped) = mapped {
            let read = |text: &str| Policy::parse(text, Kind::Resource).ok().as_ref().map(read);
            prop_assert_eq!(read(&mapped), read(&text));
        }
    }
}
