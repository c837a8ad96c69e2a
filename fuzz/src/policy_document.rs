//! A policy document, of every kind, and a decision by it.
//!
//! Promises: no panic, no endless matching; what is taken is JSON to another reader too; the same document decides the
//! same; a document that holds no Allow allows nothing.

use std::{collections::BTreeMap, sync::Arc};

use bartizan_policy::{Kind, Policies, Policy, PolicySet, Principal, Request, Resource, decide};

const KINDS: [Kind; 6] =
    [Kind::Identity, Kind::Resource, Kind::Trust, Kind::ServiceControl, Kind::ResourceControl, Kind::Endpoint];

/// The target.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for kind in KINDS {
        let policy = match Policy::parse(text, kind) {
            Ok(policy) => policy,
            Err(malformed) => {
                assert!(!malformed.to_string().is_empty());
                continue;
            }
        };
        let other: Result<serde_json::Value, _> = serde_json::from_str(text);
        assert!(other.is_ok(), "{text} is taken, but is no JSON: {other:?}");
        let again = Policy::parse(text, kind).expect("it was taken before");
        let (allowed, allowed_again) = (allows(policy, kind), allows(again, kind));
        assert_eq!(allowed, allowed_again, "{text}");
        // A text can hold the word in another spelling only by a JSON escape.
        assert!(!allowed || text.contains("Allow") || text.contains("\\u"), "{text} allows");
    }
}

fn allows(policy: Policy, kind: Kind) -> bool {
    let context: BTreeMap<String, Vec<String>> = [
        ("aws:username", vec!["alice"]),
        ("aws:sourceip", vec!["192.0.2.7"]),
        ("aws:currenttime", vec!["2026-01-02T03:04:05Z"]),
        ("aws:tagkeys", vec!["team", "site"]),
        ("aws:principaltag/team", vec!["red"]),
    ]
    .into_iter()
    .map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()))
    .collect();
    let request = Request {
        principal: Principal::User {
            account: "123456789012",
            arn: "arn:aws:iam::123456789012:user/alice",
            id: "AIDACKCEVSQ6C2EXAMPLE",
        },
        action: "s3:GetObject",
        resource: "arn:aws:s3:::bucket/alice/file.txt",
        resource_account: Some("123456789012"),
        context: &context,
    };
    let set = PolicySet::new([("fuzzed", Arc::new(policy))]);
    let policies = match kind {
        Kind::Resource => Policies { resource: Some(Resource::Policy(&set)), ..Policies::default() },
        Kind::Trust => Policies { resource: Some(Resource::Trust(&set)), ..Policies::default() },
        // Ceilings allow nothing by themselves; as an identity-based policy they would.
        _ => Policies { identity: Some(&set), ..Policies::default() },
    };
    decide(&request, &policies).is_allowed()
}
