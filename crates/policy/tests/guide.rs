//! Every example policy of the IAM User Guide, `guide/*.json`: AWS's document, and requests that it allows and denies.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod common;

use std::collections::BTreeSet;

use bartizan_policy::{Kind, Policy};

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
    assert!(count >= 299 && pages.len() >= 140, "{count} documents of {} pages", pages.len());
}
