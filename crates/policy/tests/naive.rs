//! The engine against a second one: slow, plain, written from the guide on JSON values, sharing nothing
//! with the engine. Random policies and requests must be decided alike by both.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may panic"
)]

#[expect(dead_code, reason = "each test uses a part of it")]
mod common;
#[path = "naive/evaluator.rs"]
mod evaluator;
#[path = "naive/generator.rs"]
mod generator;
#[path = "naive/matching.rs"]
mod matching;

use std::collections::BTreeSet;

use bartizan_policy::{Effect, PolicyType};
use proptest::prelude::*;
use serde_json::Value;

/// The engine's decision in the naive evaluator's terms.
fn plain(decision: &common::Decided) -> evaluator::Decision {
    let kind = |policy_type| match policy_type {
        PolicyType::ServiceControl => "serviceControl",
        PolicyType::ResourceControl => "resourceControl",
        PolicyType::Endpoint => "endpoint",
        PolicyType::Resource => "resource",
        PolicyType::Trust => "trust",
        PolicyType::Identity => "identity",
        PolicyType::Boundary => "boundary",
        PolicyType::Session => "session",
    };
    let matched = decision.matched.iter().map(|(policy_type, policy, statement, effect, _)| {
        (kind(*policy_type), policy.clone(), *statement, *effect == Effect::Deny)
    });
    evaluator::Decision {
        outcome: decision.outcome(),
        by: decision.by.map(kind),
        matched: matched.collect::<BTreeSet<_>>(),
    }
}

/// How many random cases are tried: 5,000, or what `BARTIZAN_CASES` says.
fn cases() -> u32 {
    let asked = std::env::var("BARTIZAN_CASES").ok();
    asked.map_or(5_000, |asked| asked.parse().expect("BARTIZAN_CASES is a number"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..Default::default() })]

    #[test]
    fn both_evaluators_decide_alike(case in generator::case()) {
        let engine = plain(&common::decide_case(&case));
        prop_assert_eq!(engine, evaluator::decide(&case), "{}", case);
    }
}

/// The cases that follow AWS's documentation hold for the naive evaluator too: it is a fair judge.
#[test]
fn the_naive_evaluator_passes_the_documented_cases() {
    let folder = format!("{}/tests/cases", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect(&folder) {
        let text = std::fs::read_to_string(entry.expect("a file").path()).expect("text");
        let file: Value = serde_json::from_str(&text).expect("JSON");
        for case in file["cases"].as_array().expect("cases") {
            let case = common::spelled_out(case, &file["documents"]);
            assert_eq!(evaluator::decide(&case), plain(&common::decide_case(&case)), "{case}");
            count += 1;
        }
    }
    for example in common::guide::examples() {
        for (_, case) in &example.cases {
            let engine = plain(&common::decide_case(case));
            assert_eq!(evaluator::decide(case), engine, "{}, {}: {case}", example.page, example.title);
            count += 1;
        }
    }
    assert!(count > 1_300, "{count} cases");
}

/// The random cases are worth their time only if every outcome comes about often.
#[test]
fn random_cases_reach_every_outcome() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = std::collections::BTreeMap::<(&str, Option<&str>), usize>::new();
    for _ in 0..5_000 {
        let case = generator::case().new_tree(&mut runner).expect("a case").current();
        let decision = evaluator::decide(&case);
        *seen.entry((decision.outcome, decision.by)).or_default() += 1;
    }
    let kinds =
        ["serviceControl", "resourceControl", "endpoint", "resource", "trust", "identity", "boundary", "session"];
    assert!(seen[&("allowed", None)] > 250, "{seen:?}");
    for kind in kinds {
        for outcome in ["explicitDeny", "implicitDeny"] {
            assert!(seen.get(&(outcome, Some(kind))).is_some_and(|count| *count > 10), "{outcome} {kind}: {seen:?}");
        }
    }
}
