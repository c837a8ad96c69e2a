//! A condition: its operator, its value and the request's value, a line each.
//!
//! Promises: no panic, no endless matching; a negated operator is the contrary of its positive one; `…IfExists` changes
//! nothing of a key that is there; for a key with one value `ForAnyValue:` and `ForAllValues:` say what the operator says,
//! unless the value is empty; with the key unknown, the answer is certain only if it is the same with the value and
//! without it.

use std::{collections::BTreeMap, sync::Arc};

use bartizan_policy::{
    Context, Kind, PartialDecision, Policies, Policy, PolicySet, Principal, Request, Values, decide, decide_partially,
};
use serde_json::json;

/// The target.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.splitn(3, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (operator, value, given) = (line(), line(), line());
    let context = BTreeMap::from([("x:key".to_owned(), vec![given.to_owned()])]);
    let Some(holds) = allowed(operator, value, &context) else { return };

    let absent = allowed(operator, value, &BTreeMap::new()).expect("it was read before");
    if let Some(certain) = partially(operator, value) {
        assert_eq!((holds, absent), (certain, certain), "{text}: it was said to be certain");
    }
    if operator.contains(':') || operator.ends_with("IfExists") || operator == "Null" {
        return;
    }
    assert_eq!(allowed(&format!("{operator}IfExists"), value, &context), Some(holds), "{text}");
    if !given.is_empty() {
        assert_eq!(allowed(&format!("ForAnyValue:{operator}"), value, &context), Some(holds), "{text}");
        assert_eq!(allowed(&format!("ForAllValues:{operator}"), value, &context), Some(holds), "{text}");
    }
    let contrary = match operator {
        "IpAddress" => "NotIpAddress".to_owned(),
        _ => operator.replace("Equals", "NotEquals").replace("Like", "NotLike"),
    };
    let is_pair = !operator.contains("Not") && !operator.contains("Than") && contrary != *operator;
    if is_pair && let Some(contrary) = allowed(&contrary, value, &context) {
        assert_ne!(contrary, holds, "{text}: both or neither");
    }
}

fn set(operator: &str, value: &str) -> Option<PolicySet> {
    let text = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"x:Key": value}}}});
    let policy = Policy::parse(&text.to_string(), Kind::Identity).ok()?;
    Some(PolicySet::new([("fuzzed", Arc::new(policy))]))
}

fn request<'a>(context: &'a dyn Context) -> Request<'a> {
    let principal = Principal::User { account: "123456789012", arn: "arn:aws:iam::123456789012:user/a", id: "" };
    Request { principal, action: "s3:GetObject", resource: "arn:aws:s3:::b/k", resource_account: None, context }
}

fn allowed(operator: &str, value: &str, context: &BTreeMap<String, Vec<String>>) -> Option<bool> {
    let set = set(operator, value)?;
    Some(decide(&request(context), &Policies { identity: Some(&set), ..Policies::default() }).is_allowed())
}

/// What is certain of a key that nobody knows.
fn partially(operator: &str, value: &str) -> Option<bool> {
    struct Nothing;
    impl Context for Nothing {
        fn values(&self, _: &str) -> Values<'_> {
            Values::Unknown
        }
    }
    let set = set(operator, value)?;
    match decide_partially(&request(&Nothing), &Policies { identity: Some(&set), ..Policies::default() }) {
        PartialDecision::Certain(decision) => Some(decision.is_allowed()),
        PartialDecision::HangsOn { .. } => None,
    }
}
