//! Every example policy of the IAM User Guide, `guide/*.json`: AWS's document, and requests that it allows and denies.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod common;

use std::collections::BTreeSet;

use bartizan_policy::{Kind, Policy};
use serde_json::{Map, Value, json};

#[test]
fn the_examples_decide_as_the_guide_says() {
    let mut failures = Vec::new();
    for example in common::guide::examples() {
        for (expected, case) in &example.cases {
            let outcome = common::decide_case(case).outcome();
            if outcome != *expected {
                failures.push(format!(
                    "{}, {}: {outcome}, not {expected}: {}",
                    example.page, example.title, case["request"]
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_documents_have_the_grammar_of_their_kind() {
    for example in common::guide::examples() {
        let kind = match example.kind.as_str() {
            "identity" | "boundary" | "session" => Kind::Identity,
            "resource" | "key" => Kind::Resource,
            "trust" => Kind::Trust,
            other => panic!("{}: no kind: {other}", example.title),
        };
        if let Err(malformed) = Policy::parse(&example.document.to_string(), kind) {
            panic!("{}, {}: {malformed}", example.page, example.title);
        }
    }
}

/// A document that only allows, or only denies, has shown half of what it is for.
#[test]
fn each_example_has_a_request_that_is_allowed_and_one_that_is_denied() {
    let mut pages = BTreeSet::new();
    let mut count = 0;
    for example in common::guide::examples() {
        let outcomes: BTreeSet<_> = example.cases.iter().map(|(expected, _)| *expected).collect();
        assert!(outcomes.contains("allowed") && outcomes.len() > 1, "{}, {}", example.page, example.title);
        assert!(example.page.starts_with("https://docs.aws.amazon.com/IAM/latest/UserGuide/"), "{}", example.page);
        pages.insert(example.page);
        count += 1;
    }
    assert!(count >= 300 && pages.len() >= 143, "{count} documents of {} pages", pages.len());
}

/// What decides nothing in the guide's own setting: what a permissions policy allows and the boundary does not, a condition that a `Deny`
/// beside it repeats, and what a session policy allows and the user's policy does not.
const IDLE: [&str; 3] = [
    "DelegatedUserPermissions, within DelegatedUserBoundary: statement 2",
    "IAM: Allows IAM users to self-manage an MFA device: statement 3, Bool aws:MultiFactorAuthPresent",
    "The session policy of Carol: statement 1",
];

/// A statement or condition that no request of its example hangs on is not tried.
#[test]
fn every_statement_and_every_condition_counts_in_a_request() {
    let mut idle = Vec::new();
    for example in common::guide::examples() {
        for (part, shortened) in shortened(&example.document) {
            let counts = example.cases.iter().any(|(expected, case)| {
                let mut case = case.clone();
                replace(&mut case["policies"][&example.kind], &example.document, &shortened);
                common::decide_case(&case).outcome() != *expected
            });
            if !counts {
                idle.push(format!("{}: {part}", example.title));
            }
        }
    }
    idle.sort();
    assert_eq!(idle, IDLE);
}

/// The document with a statement made idle or a condition taken out, for each of them.
fn shortened(document: &Value) -> Vec<(String, Value)> {
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.clone(),
        statement => vec![statement.clone()],
    };
    let mut all = Vec::new();
    let mut without = |part: String, place: usize, change: &dyn Fn(&mut Map<String, Value>)| {
        let mut statements = statements.clone();
        change(statements[place].as_object_mut().expect("a statement"));
        let mut document = document.clone();
        document["Statement"] = json!(statements);
        all.push((part, document));
    };
    for (place, statement) in statements.iter().enumerate() {
        without(format!("statement {place}"), place, &|statement| {
            statement.remove("NotAction");
            statement.insert("Action".to_owned(), json!("sts:None"));
        });
        for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
            for key in keys.as_object().expect("keys").keys() {
                without(format!("statement {place}, {operator} {key}"), place, &|statement| {
                    statement["Condition"][operator].as_object_mut().expect("keys").remove(key);
                });
            }
        }
    }
    all
}

fn replace(policies: &mut Value, document: &Value, by: &Value) {
    match policies {
        Value::Array(policies) => policies.iter_mut().for_each(|policy| replace(policy, document, by)),
        policy if policy == document => *policy = by.clone(),
        _ => (),
    }
}
