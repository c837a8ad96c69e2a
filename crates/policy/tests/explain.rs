//! An explanation says what the decision says, statement by statement; and it reads well: `explanations/`.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod common;
#[path = "naive/generator.rs"]
mod generator;

use std::collections::BTreeSet;

use bartizan_policy::{Effect, Explanation, Outcome, Verdict, explain};
use proptest::prelude::*;
use serde_json::Value;

fn with_explanation<T>(case: &Value, see: impl FnOnce(&Explanation) -> T) -> T {
    let context = common::context(&case["request"]["context"]);
    common::with_case(case, &context, |request, policies| see(&explain(request, policies)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_statements_that_matched_are_those_of_the_decision(case in generator::case()) {
        with_explanation(&case, |explanation| {
            let decision = &explanation.decision;
            if case["request"]["action"].as_str().is_some_and(|action| action == "sts:GetCallerIdentity") {
                return;
            }
            let mut explained = BTreeSet::new();
            for asked in &explanation.asked {
                for (policy, statement) in asked.policies.iter().flat_map(|policy| policy.statements.iter().map(move |statement| (policy, statement))) {
                    assert!(statement.matched == statement.failures.is_empty(), "{statement:?}");
                    if statement.matched {
                        explained.insert((asked.policy_type, policy.name, statement.span.clone().start, statement.statement));
                    }
                }
            }
            let decided: BTreeSet<_> =
                decision.matched.iter().map(|found| (found.policy_type, found.policy, found.span.start, found.statement)).collect();
            assert_eq!(explained, decided, "{case}");
            let denies = explanation.asked.iter().any(|asked| asked.verdict == Verdict::Denies);
            assert_eq!(denies, decision.effect == Outcome::ExplicitDeny, "{case}");
            // Nobody has no policies of her own: what lets her in stands in the explanation.
            if case["request"]["principal"].is_null() && decision.is_allowed() {
                let granted = explanation.acl.iter().flatten().any(|grant| grant.matched());
                assert!(granted || !decision.matched.is_empty(), "{case}");
            }
            let json: Value = serde_json::from_str(&explanation.to_json()).expect("JSON");
            assert_eq!(json["reason"], explanation.reason);
            assert!(explanation.draw(false).lines().count() > explanation.asked.len());
            let allows = decision.matched.iter().any(|found| found.effect == Effect::Allow);
            assert_eq!(allows, json.to_string().contains(r#""effect":"Allow","failures":[]"#), "{case}");
        });
    }
}

#[test]
fn explanations_read_well() {
    let folder = format!("{}/tests/explanations", env!("CARGO_MANIFEST_DIR"));
    let cases: Value =
        serde_json::from_str(&std::fs::read_to_string(format!("{folder}/cases.json")).expect("cases")).expect("JSON");
    let cases = cases.as_object().expect("cases by name");
    for (name, case) in cases {
        let drawn = with_explanation(case, |explanation| explanation.draw(false));
        let path = format!("{folder}/{name}.txt");
        if std::env::var_os("BARTIZAN_BLESS").is_some() {
            std::fs::write(&path, &drawn).expect(&path);
        }
        assert_eq!(drawn, std::fs::read_to_string(&path).expect(&path), "{name}");
    }
    assert!(cases.len() >= 6);
}

#[test]
fn colours_are_for_terminals() {
    let cases = include_str!("explanations/cases.json");
    let cases: Value = serde_json::from_str(cases).expect("JSON");
    with_explanation(&cases["denied-by-an-scp"], |explanation| {
        let coloured = explanation.draw(true);
        assert!(coloured.starts_with("\u{1b}[31mdenied with an explicit deny in a service control policy\u{1b}[0m\n"));
        let plain = coloured
            .replace("\u{1b}[31m", "")
            .replace("\u{1b}[32m", "")
            .replace("\u{1b}[33m", "")
            .replace("\u{1b}[0m", "");
        assert_eq!(plain, explanation.draw(false));
    });
}
