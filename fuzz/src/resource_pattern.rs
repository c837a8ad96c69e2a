//! The pattern of a resource (the first line) and a resource (the second), in a small set and in a large one.
//!
//! Promises: no panic, no endless matching; a large set, which is sorted by action and resource, decides as the small one
//! does; what an `Allow` covers, a `Deny` covers; what is covered, a `NotResource` spares.

use std::{collections::BTreeMap, sync::Arc};

use bartizan_policy::{Kind, Outcome, Policies, Policy, PolicySet, Principal, Request, decide};
use serde_json::json;

/// The target.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (pattern, resource) = text.split_once('\n').unwrap_or((text, text));
    let statement = |effect: &str, element: &str| json!({"Effect": effect, "Action": "s3:GetObject", element: pattern});
    let policy = |statements: serde_json::Value| {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        Policy::parse(&text, Kind::Identity).ok().map(Arc::new)
    };
    let Some(allow) = policy(json!([statement("Allow", "Resource")])) else { return };
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let deny = policy(json!([everything, statement("Deny", "Resource")])).expect("the pattern is one");
    let spare = policy(json!([everything, statement("Deny", "NotResource")])).expect("the pattern is one");
    // So many others that a set is sorted, and the pattern is one of many that begin or end alike.
    let near = |index: usize| {
        let one = format!("arn:aws:s3:::{index}*{index}/key");
        json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": [one, format!("arn:aws:s3:::b{index}/*")]})
    };
    let others = policy((0..20).map(near).collect()).expect("a policy");

    let decided = |policies: &[&Arc<Policy>]| {
        let set = PolicySet::new(policies.iter().map(|policy| ("fuzzed", Arc::clone(policy))));
        let effect = decide(&request(resource), &Policies { identity: Some(&set), ..Policies::default() }).effect;
        effect
    };
    let covered = decided(&[&allow]) == Outcome::Allowed;
    let others_allow = decided(&[&others]) == Outcome::Allowed;
    let among_others = decided(&[&others, &allow]) == Outcome::Allowed;
    assert_eq!(among_others, covered || others_allow, "{pattern} on {resource}: in a large set it is otherwise");
    assert_eq!(decided(&[&deny]) == Outcome::ExplicitDeny, covered, "{pattern} on {resource}");
    assert_eq!(decided(&[&deny, &others]) == Outcome::ExplicitDeny, covered, "{pattern} on {resource}");
    assert_eq!(decided(&[&spare]) == Outcome::ExplicitDeny, !covered, "{pattern} on {resource}");
    assert_eq!(decided(&[&spare, &others]) == Outcome::ExplicitDeny, !covered, "{pattern} on {resource}");
}

fn request(resource: &str) -> Request<'_> {
    static EMPTY: BTreeMap<String, Vec<String>> = BTreeMap::new();
    Request {
        principal: Principal::User { account: "123456789012", arn: "arn:aws:iam::123456789012:user/a", id: "" },
        action: "s3:GetObject",
        resource,
        resource_account: None,
        context: &EMPTY,
    }
}
