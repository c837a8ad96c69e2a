//! Whatever is signed verifies, and nothing else does.

use crate::common::Sent;
use bartizan_sigv4::Rules;
use proptest::prelude::*;

/// Every request that differs from this one in a single bit, with where it differs. (A target that is no longer text
/// cannot reach the verifier.)
fn with_one_bit_changed(sent: &Sent) -> Vec<(String, Sent)> {
    let mut all = Vec::new();
    let mut change = |what: String, bytes: &[u8], put: &dyn Fn(&mut Sent, Vec<u8>) -> bool| {
        for index in 0..bytes.len() * 8 {
            let mut changed = bytes.to_vec();
            changed[index / 8] ^= 1 << (index % 8);
            let mut other = sent.clone();
            if put(&mut other, changed) {
                all.push((format!("{what}, bit {index}"), other));
            }
        }
    };
    change("method".to_owned(), sent.method.as_bytes(), &|other, bytes| {
        String::from_utf8(bytes).map(|text| other.method = text).is_ok()
    });
    change("target".to_owned(), sent.target.as_bytes(), &|other, bytes| {
        String::from_utf8(bytes).map(|text| other.target = text).is_ok()
    });
    change("body".to_owned(), &sent.body, &|other, bytes| {
        other.body = bytes;
        true
    });
    for (index, (name, value)) in sent.headers.iter().enumerate() {
        change(format!("name of {name}"), name.as_bytes(), &|other, bytes| {
            String::from_utf8(bytes).map(|text| other.headers[index].0 = text).is_ok()
        });
        change(format!("value of {name}"), value, &|other, bytes| {
            other.headers[index].1 = bytes;
            true
        });
    }
    all
}

/// Whether two requests say the same: header names and the digits of percent escapes have no case.
fn mean_the_same(one: &Sent, other: &Sent) -> bool {
    let names = |sent: &Sent| sent.headers.iter().map(|(name, _)| name.to_lowercase()).collect::<Vec<_>>();
    let values = |sent: &Sent| sent.headers.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>();
    let target = |sent: &Sent| {
        let mut target = sent.target.clone();
        for (index, _) in sent.target.match_indices('%') {
            if let Some(digits) = target.get_mut(index + 1..index + 3) {
                digits.make_ascii_uppercase();
            }
        }
        target
    };
    one.method == other.method
        && target(one) == target(other)
        && names(one) == names(other)
        && values(one) == values(other)
        && one.body == other.body
}

fn assert_no_bit_can_be_changed(sent: &Sent, rules: &Rules<'_>, at_least: usize) {
    sent.verify(rules).unwrap();
    let mut refused = 0;
    for (place, changed) in with_one_bit_changed(sent) {
        // The access key id is bound to the signature by its secret: with another one, another key would be taken.
        let verified = changed.verify(rules).is_ok_and(|unverified| unverified.access_key_id() == "AKIDEXAMPLE");
        assert_eq!(verified, mean_the_same(sent, &changed), "{place}: {changed:?}");
        refused += usize::from(!verified);
    }
    assert!(refused >= at_least, "only {refused} changes were tried");
}

#[test]
fn no_bit_of_a_signed_request_can_be_changed() {
    let rules = Rules::new("iam");
    let sent = Sent::get("/path/a?Action=ListUsers&Version=2010-05-08")
        .with_header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        .with_header("x-amz-meta", "one two")
        .with_body("PathPrefix=%2Fa%2F")
        .signed_with(&rules, Some("FwoG/+token=="));
    assert_no_bit_can_be_changed(&sent, &rules, 3_000);
}

#[test]
fn no_bit_of_a_presigned_request_can_be_changed() {
    let rules = Rules::new("iam");
    let sent = Sent::get("/path/a?Action=ListUsers").with_body("a").presigned_with(&rules, Some("FwoG/+token=="), 60);
    assert_no_bit_can_be_changed(&sent, &rules, 2_400);
}

/// Any request that a client may sign.
fn any_request() -> impl Strategy<Value = Sent> {
    let method = "GET|HEAD|POST|PUT|DELETE|PATCH";
    let target = "(/([ -$&-.0-~äሴ]|%[0-9a-fA-F]{2}){0,8}){0,4}".prop_map(|path| path.replace(['?', '#'], "_"));
    let query = "([a-zA-Z0-9 +/:äሴ=-]|%[0-9a-fA-F]{2}|&){0,24}";
    let name = "[a-wA-W][a-zA-Z0-9-]{0,8}";
    let header = (name, "[ -~\täሴ]{0,16}").prop_filter("has a meaning of its own", |(name, _)| {
        !["host", "date", "connection", "expect"].contains(&name.to_lowercase().as_str())
    });
    let body = proptest::collection::vec(any::<u8>(), 0..64);
    (method, target, query, proptest::collection::vec(header, 0..4), body).prop_map(
        |(method, path, query, headers, body)| {
            let mut sent = Sent { method, body, ..Sent::get(&format!("{path}?{query}")) };
            sent.headers.extend(headers.into_iter().map(|(name, value)| (name, value.into_bytes())));
            sent
        },
    )
}

fn any_rules() -> impl Strategy<Value = Rules<'static>> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(s3, normalize_path, unsigned_session_token)| Rules {
        normalize_path,
        unsigned_session_token,
        ..if s3 { Rules::s3() } else { Rules::new("iam") }
    })
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        sent in any_request(),
        rules in any_rules(),
        token in proptest::option::of("[ -~]{1,16}"),
    ) {
        // A session token with spaces at its ends is none: headers are trimmed.
        let token = token.as_deref().map(str::trim).filter(|token| !token.is_empty());
        for sent in [sent.clone().signed_with(&rules, token), sent.clone().presigned_with(&rules, token, 60)] {
            let unverified = sent.verify(&rules).unwrap();
            prop_assert_eq!(unverified.session_token(), token);
        }
    }

    #[test]
    fn what_verifies_with_a_changed_bit_has_the_same_canonical_request(
        sent in any_request(),
        rules in any_rules(),
        choice in any::<prop::sample::Index>(),
    ) {
        // The payload of a presigned S3 request is not signed, and neither are some headers of intermediaries.
        let sent = sent.signed(&rules);
        let canonical = sent.parse(&rules).unwrap().canonical_request().to_owned();
        let changes = with_one_bit_changed(&sent);
        let (place, changed) = choice.get(&changes);
        if let Ok(unverified) = changed.verify(&rules) {
            prop_assert_eq!(unverified.canonical_request(), canonical, "{}", place);
            prop_assert_eq!(&changed.body, &sent.body, "{}", place);
            prop_assert_eq!(&changed.method, &sent.method, "{}", place);
        }
    }

    #[test]
    fn any_bytes_are_answered(
        method in ".{0,8}",
        target in ".{0,40}",
        headers in proptest::collection::vec((".{0,20}", proptest::collection::vec(any::<u8>(), 0..40)), 0..4),
        authorization in ".{0,80}",
    ) {
        let mut sent = Sent { method, target, headers, body: Vec::new() };
        let _ = sent.verify(&Rules::new("iam"));
        sent = sent.with_header("authorization", &format!("AWS4-HMAC-SHA256 {authorization}"));
        prop_assert!(sent.verify(&Rules::new("iam")).is_err());
    }
}
