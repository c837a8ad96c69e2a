//! Deciding with unknown keys: what is said to be certain is so whatever the keys are, and what the answer
//! is said to hang on, it hangs on.

#![expect(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "each test uses a part of it")]
mod common;
#[path = "naive/generator.rs"]
mod generator;

use std::collections::{BTreeMap, BTreeSet};

use bartizan_policy::{Context, PartialDecision, Values, decide, decide_partially};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Some keys are known, some are not.
struct PartlyKnown {
    known: BTreeMap<String, Vec<String>>,
    unknown: BTreeSet<String>,
}

impl Context for PartlyKnown {
    fn values(&self, key: &str) -> Values<'_> {
        match self.unknown.contains(key) {
            true => Values::Unknown,
            false => Context::values(&self.known, key),
        }
    }
}

fn partially(case: &Value, unknown: &BTreeSet<String>) -> Result<bool, (BTreeSet<String>, bool)> {
    let known = common::context(&case["request"]["context"]);
    let context = PartlyKnown { known, unknown: unknown.clone() };
    common::with_case(case, &context, |request, policies| match decide_partially(request, policies) {
        PartialDecision::Certain(decision) => Ok(decision.is_allowed()),
        PartialDecision::HangsOn { keys, proven } => Err((keys.into_iter().collect(), proven)),
    })
}

fn allowed(case: &Value, context: &BTreeMap<String, Vec<String>>) -> bool {
    common::with_case(case, context, |request, policies| decide(request, policies).is_allowed())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_certain_holds_for_all_values_and_no_key_is_missing(
        case in generator::case(),
        unknown in prop::collection::btree_set(0..generator::KEYS.len(), 1..4),
        others in prop::collection::vec(generator::context(), 16),
    ) {
        let unknown: BTreeSet<String> =
            unknown.into_iter().map(|index| generator::KEYS[index].0.to_ascii_lowercase()).collect();
        let answer = partially(&case, &unknown);
        let mut seen = BTreeMap::<Vec<Option<Vec<String>>>, bool>::new();
        for other in &others {
            let other = common::context(other);
            let mut context = common::context(&case["request"]["context"]);
            for key in &unknown {
                match other.get(key) {
                    Some(values) => context.insert(key.clone(), values.clone()),
                    None => context.remove(key),
                };
            }
            let outcome = allowed(&case, &context);
            match &answer {
                Ok(certain) => prop_assert_eq!(*certain, outcome, "{} with {:?}", case, context),
                Err((keys, _)) => {
                    prop_assert!(!keys.is_empty() && keys.is_subset(&unknown), "{:?}", keys);
                    // Where these keys are the same, so is the outcome.
                    let state = keys.iter().map(|key| context.get(key).filter(|values| !values.is_empty()).cloned()).collect();
                    let before = *seen.entry(state).or_insert(outcome);
                    prop_assert_eq!(before, outcome, "{} hangs on more than {:?}: {:?}", case, keys, context);
                }
            }
        }
    }
}

fn story(statements: Value) -> Value {
    json!({
        "request": {"principal": "arn:aws:iam::111122223333:user/bob", "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/bob/x", "context": {"aws:username": "bob"}},
        "policies": {"identity": [{"Version": "2012-10-17", "Statement": statements}]},
    })
}

fn allow(condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": condition})
}

fn hangs_on(statements: Value, unknown: &[&str]) -> Result<bool, Vec<String>> {
    let unknown = unknown.iter().map(|key| (*key).to_owned()).collect();
    partially(&story(statements), &unknown).map_err(|(keys, proven)| {
        assert!(proven, "{keys:?}");
        keys.into_iter().collect()
    })
}

#[test]
fn conditions_that_hang_together_are_seen_through() {
    let both = json!([
        allow(json!({"NumericLessThan": {"x:n": "5"}})),
        allow(json!({"NumericGreaterThanEquals": {"x:n": 5}}))
    ]);
    // An absent number, or a text, is neither.
    assert_eq!(hangs_on(both, &["x:n"]), Err(vec!["x:n".to_owned()]));
    let contradiction = json!([allow(json!({"NumericLessThan": {"x:n": "5"}, "NumericGreaterThan": {"x:n": "5"}}))]);
    assert_eq!(hangs_on(contradiction, &["x:n"]), Ok(false));
    let between = json!([allow(json!({"NumericLessThan": {"x:n": "5"}, "NumericGreaterThan": {"x:n": "4.9"}}))]);
    assert_eq!(hangs_on(between, &["x:n"]), Err(vec!["x:n".to_owned()]));
    let dates =
        json!([allow(json!({"DateLessThan": {"x:d": "2020-01-01"}, "DateGreaterThan": {"x:d": "2020-01-01"}}))]);
    assert_eq!(hangs_on(dates, &["x:d"]), Ok(false));
    let networks = json!([allow(json!({"IpAddress": {"x:ip": "10.0.0.0/8"}, "NotIpAddress": {"x:ip": "10.0.0.0/7"}}))]);
    assert_eq!(hangs_on(networks, &["x:ip"]), Ok(false));
    let inner = json!([allow(json!({"IpAddress": {"x:ip": "10.0.0.0/8"}, "NotIpAddress": {"x:ip": "10.0.0.0/9"}}))]);
    assert_eq!(hangs_on(inner, &["x:ip"]), Err(vec!["x:ip".to_owned()]));
    let team = json!([
        allow(json!({"StringEquals": {"x:a": "1"}})),
        allow(json!({"StringLike": {"x:a": "1"}, "Bool": {"x:b": "true"}}))
    ]);
    assert_eq!(hangs_on(team, &["x:a", "x:b"]), Err(vec!["x:a".to_owned()]));
}

#[test]
fn keys_that_make_no_difference_are_not_named() {
    let always = json!([allow(json!({})), allow(json!({"Bool": {"x:b": "true"}}))]);
    assert_eq!(hangs_on(always, &["x:b"]), Ok(true));
    let elsewhere = json!([allow(json!({"Bool": {"x:b": "true"}})),
        {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*", "Condition": {"Bool": {"x:c": "true"}}}]);
    assert_eq!(hangs_on(elsewhere, &["x:b", "x:c"]), Err(vec!["x:b".to_owned()]));
    let both = json!([allow(json!({"Bool": {"x:b": "true"}, "StringLike": {"x:c": "a*"}}))]);
    assert_eq!(hangs_on(both, &["x:b", "x:c"]), Err(vec!["x:b".to_owned(), "x:c".to_owned()]));
    let either = json!([allow(json!({"Null": {"x:b": "true"}})), allow(json!({"Null": {"x:b": "false"}}))]);
    assert_eq!(hangs_on(either, &["x:b"]), Ok(true));
}

#[test]
fn variables_hang_on_their_keys() {
    let home = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}/*"}]);
    assert_eq!(hangs_on(home.clone(), &["aws:username"]), Err(vec!["aws:username".to_owned()]));
    assert_eq!(hangs_on(home, &[]), Ok(true));
    let other = json!([{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::c/${aws:username}/*"}]);
    assert_eq!(hangs_on(other, &["aws:username"]), Ok(false));
}
