//! The decision, case by case: `cases/*.json`, each file following pages of AWS's documentation.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod common;

use bartizan_policy::Outcome;
use common::Decided;
use serde_json::{Value, json};

fn run(file: &str) {
    let path = format!("{}/tests/cases/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    let file: Value = serde_json::from_str(&text).expect(&path);
    assert!(file["pages"].as_array().is_some_and(|pages| !pages.is_empty()), "{path}: no pages");
    let cases = file["cases"].as_array().expect("cases");
    assert!(!cases.is_empty());
    for case in cases {
        let case = common::spelled_out(case, &file["documents"]);
        let decision = common::decide_case(&case);
        assert_eq!(outcome(&case, &decision), case["expect"], "{path}: {}", case["name"]);
    }
}

/// What the case wants to see of a decision.
fn outcome(case: &Value, decision: &Decided) -> Value {
    match case["expect"] {
        Value::Array(_) => decision
            .matched
            .iter()
            .map(|(_, policy, statement, effect, sid)| json!([policy, statement, format!("{effect:?}"), sid]))
            .collect(),
        _ => match decision.effect {
            Outcome::Allowed => json!("allowed"),
            _ => json!(decision.reason),
        },
    }
}

#[test]
fn elements() {
    run("elements");
}

#[test]
fn variables() {
    run("variables");
}

#[test]
fn conditions() {
    run("conditions");
}

#[test]
fn one_account() {
    run("one-account");
}

#[test]
fn cross_account() {
    run("cross-account");
}

#[test]
fn principals() {
    run("principals");
}

#[test]
fn trust_and_keys() {
    run("trust-and-keys");
}

#[test]
fn ceilings() {
    run("ceilings");
}
