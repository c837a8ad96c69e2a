//! What the checks find, and what they do not: `findings/*.json`, and properties of all documents.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

use std::collections::BTreeSet;
use std::fs;

use bartizan_policy::{Finding, FindingType, Kind, Policy, Vocabulary, checks, findings};
use proptest::prelude::*;
use serde_json::{Value, json};

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

/// All of one service, and nothing of others.
fn vocabulary() -> Vocabulary {
    Vocabulary::new([
        "sts:AssumeRole",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
        "sts:GetCallerIdentity",
        "sts:SetSourceIdentity",
        "sts:TagSession",
    ])
}

/// Every case, with the name of its file.
fn cases() -> Vec<(String, Value)> {
    let folder = format!("{}/tests/findings", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let of_file = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("a text");
        let cases: Vec<Value> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        cases.into_iter().map(|case| (format!("{file}: {}", case["name"]), case)).collect::<Vec<_>>()
    };
    files.iter().flat_map(of_file).collect()
}

/// The text of a case's document. `<6000>` in it stands for so many letters.
fn document(case: &Value) -> String {
    let text = match &case["document"] {
        Value::String(text) => text.clone(),
        document => document.to_string(),
    };
    match text.split_once('<').and_then(|(before, rest)| Some((before, rest.split_once('>')?))) {
        Some((before, (count, after))) if count.parse::<usize>().is_ok() => {
            format!("{before}{}{after}", "a".repeat(count.parse().expect("a number")))
        }
        _ => text,
    }
}

fn found(case: &Value) -> Vec<Finding> {
    findings(&document(case), kind(case["kind"].as_str().expect("a kind")), &vocabulary())
}

#[test]
fn the_checks_find_this_and_nothing_else() {
    for (name, case) in cases() {
        let mut found: Vec<Value> = found(&case)
            .iter()
            .map(|finding| json!({"issueCode": finding.issue_code, "path": finding.locations[0].to_string()}))
            .collect();
        let mut expected = case["expect"].as_array().expect("a list").clone();
        found.sort_by_key(Value::to_string);
        expected.sort_by_key(Value::to_string);
        assert_eq!(found, expected, "{name}");
        for code in case["not"].as_array().into_iter().flatten() {
            assert!(expected.iter().all(|finding| finding["issueCode"] != *code), "{name}: it is expected");
        }
    }
}

/// Each row of the table has a document in which it finds something and one in which it nearly does.
#[test]
fn every_check_has_documents_for_and_against_it() {
    let (mut has, mut has_not) = (BTreeSet::new(), BTreeSet::new());
    for (_, case) in cases() {
        let text = |value: &Value| value.as_str().expect("a code").to_owned();
        has.extend(case["expect"].as_array().into_iter().flatten().map(|finding| text(&finding["issueCode"])));
        has_not.extend(case["not"].as_array().into_iter().flatten().map(text));
    }
    let all: BTreeSet<String> = checks().iter().map(|check| check.issue_code.to_owned()).collect();
    assert_eq!(all.len(), checks().len(), "a code is there twice");
    assert!(all.len() > 100);
    assert_eq!(has, all);
    assert_eq!(has_not, all);
    assert!(checks().iter().all(|check| !check.about.is_empty()));
}

/// What AWS would not store has an error; the grammar and the checks agree where it is, but for members that are there
/// twice or not at all, which the grammar sees from elsewhere.
#[test]
fn what_is_malformed_has_an_error_there() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("malformed.json")).expect("JSON");
    let mut elsewhere = Vec::new();
    for case in &cases {
        let errors: Vec<Finding> =
            found(case).into_iter().filter(|finding| finding.finding_type == FindingType::Error).collect();
        assert!(!errors.is_empty(), "{case}");
        let start = |finding: &Finding| {
            let start = finding.locations[0].start;
            json!([start.line, start.column])
        };
        let there =
            |finding: &Finding| finding.locations[0].to_string() == case["path"] || start(finding) == case["at"];
        if !errors.iter().any(there) {
            elsewhere.push(case["name"].as_str().expect("a name").to_owned());
        }
    }
    assert_eq!(elsewhere, Vec::<String>::new());
}

/// An error to AWS, although it stores such policies: here the variables of an old policy, which are plain text.
const STORED_WITH_ERRORS: [&str; 1] = ["VARIABLE_UNSUPPORTED_IN_VERSION"];

/// Documents that the engine's other tests decide by.
#[test]
fn what_is_well_formed_has_no_error() {
    let folder = format!("{}/tests/cases", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("a file").path();
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).expect("a text")).expect("JSON");
        let mut documents = Vec::new();
        collect(&file, &mut documents);
        for text in &documents {
            // What can be a trust policy is one, although the grammar of other resource-based policies takes it too.
            let is_trust = Policy::parse(text, Kind::Trust).is_ok();
            let kinds = KINDS.iter().filter(|(_, kind)| !is_trust || *kind == Kind::Trust);
            let stored = kinds.filter(|(_, kind)| Policy::parse(text, *kind).is_ok());
            for (name, kind) in stored {
                count += 1;
                let errors: Vec<Finding> = findings(text, *kind, &Vocabulary::default())
                    .into_iter()
                    .filter(|finding| finding.finding_type == FindingType::Error)
                    .filter(|finding| !STORED_WITH_ERRORS.contains(&finding.issue_code))
                    .collect();
                assert!(errors.is_empty(), "{}: {name}: {text}\n{errors:#?}", path.display());
            }
        }
    }
    assert!(count > 100, "{count}");
}

/// Every object in a JSON text that has statements.
fn collect(value: &Value, documents: &mut Vec<String>) {
    match value {
        Value::Object(members) if members.contains_key("Statement") => documents.push(value.to_string()),
        Value::Object(members) => members.values().for_each(|member| collect(member, documents)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, documents)),
        _ => {}
    }
}

/// A document of a case with one stretch of its text replaced by something else.
fn damaged() -> impl Strategy<Value = String> {
    let texts: Vec<String> = cases().iter().map(|(_, case)| document(case)).filter(|text| text.len() < 2_000).collect();
    (prop::sample::select(texts), any::<prop::sample::Index>(), 0..8_usize, "\\PC{0,4}").prop_map(
        |(text, at, length, with)| {
            let chars: Vec<char> = text.chars().collect();
            let start = at.index(chars.len() + 1);
            let end = (start + length).min(chars.len());
            chars[..start].iter().copied().chain(with.chars()).chain(chars[end..].iter().copied()).collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    /// Whatever the text: no panic, places within it, and an error wherever the grammar stumbles.
    #[test]
    fn any_text_has_findings_or_none(text in prop_oneof!["\\PC{0,60}", damaged()]) {
        for (name, kind) in KINDS {
            let findings = findings(&text, kind, &vocabulary());
            for location in findings.iter().flat_map(|finding| &finding.locations) {
                prop_assert!(text.get(location.span.clone()).is_some());
                prop_assert_eq!(location.start, bartizan_policy::Position::of(&text, location.span.start));
                prop_assert_eq!(location.end, bartizan_policy::Position::of(&text, location.span.end));
            }
            let has_error = findings.iter().any(|finding| finding.finding_type == FindingType::Error);
            prop_assert!(has_error || Policy::parse(&text, kind).is_ok(), "{}", name);
            prop_assert!(findings.iter().all(|finding| !finding.locations.is_empty() && !finding.details.is_empty()));
        }
    }
}

#[test]
fn a_finding_says_where_to_read_more() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}]}"#;
    let found = findings(text, Kind::Identity, &Vocabulary::default());
    assert_eq!(
        found[0].learn_more_link(),
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html\
         #access-analyzer-reference-policy-checks-security-warning-pass-role-with-star-in-resource"
    );
    let places: Vec<String> = found[0].locations.iter().map(|place| text[place.span.clone()].to_owned()).collect();
    assert_eq!(places, ["\"iam:PassRole\"", "\"*\""]);
}

#[test]
fn a_misspelled_action_is_told_what_was_perhaps_meant() {
    for (action, meant) in [
        ("sts:AssumeRol", Some("sts:AssumeRole")),
        ("sts:GetCallerIdentityy", Some("sts:GetCallerIdentity")),
        ("STS:TagSesion", Some("STS:TagSession")),
        ("sts:Nothing", None),
    ] {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#
        );
        let found = findings(&text, Kind::Identity, &vocabulary());
        assert_eq!(found.len(), 1, "{found:?}");
        let told = meant.map(|meant| format!("Did you mean {meant}?"));
        assert_eq!(found[0].details.contains("Did you mean"), told.is_some(), "{found:?}");
        assert!(found[0].details.ends_with(&told.unwrap_or_default()), "{found:?}");
    }
}
