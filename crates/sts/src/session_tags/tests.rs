use bartizan_gate::SessionOf;

use super::*;

fn tags(tags: &[(&str, &str)]) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
}

fn stored(tags: &[(&str, &str)]) -> Vec<entity::Tag> {
    tags.iter().map(|(key, value)| entity::Tag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
}

fn keys(keys: &[&str]) -> Vec<TagKey> {
    keys.iter().map(|key| TagKey::new(*key).unwrap()).collect()
}

/// A role session in which `Star` and `Heart` are transitive, as in AWS's example of a chain.
fn calling_session() -> Session {
    Session {
        access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
        account: "123456789012".parse().unwrap(),
        of: SessionOf::Role("AROACQRSTUVWRAOEXAMPLE".to_owned(), "Session1".to_owned()),
        issued: 0,
        expires: 3_600,
        policy: None,
        policy_arns: Vec::new(),
        tags: stored(&[("Star", "1"), ("Heart", "1"), ("Moon", "1")]),
        transitive_tag_keys: vec!["star".to_owned(), "Heart".to_owned()],
        source_identity: None,
        mfa_authenticated: None,
    }
}

#[test]
fn tags_that_make_no_sense_are_refused() {
    const DUPLICATE: &str = "Duplicate tag keys found. Please note that Tag keys are case insensitive.";
    const RESERVED: &str = "Tag keys and values that start with 'aws:' are reserved for internal use.";
    const ABSENT: &str = "The specified transitive tag key must be included in the requested tags.";
    const INHERITED: &str = "One of the specified transitive tag keys can't be set because it conflicts with a \
                             transitive tag key from the calling session.";
    let session = calling_session();
    for (passed, transitive, caller, message) in [
        (tags(&[("Team", "a"), ("team", "b")]), keys(&[]), None, DUPLICATE),
        (tags(&[("aws:x", "")]), keys(&[]), None, RESERVED),
        (tags(&[("AWS:PrincipalTag", "")]), keys(&[]), None, RESERVED),
        (tags(&[("x", "aws:y")]), keys(&[]), None, RESERVED),
        (tags(&[]), keys(&["Team"]), None, ABSENT),
        (tags(&[("Team", "a")]), keys(&["Team", "Cost"]), None, ABSENT),
        (tags(&[("Star", "3")]), keys(&[]), Some(&session), INHERITED),
        // Not even with the same value, or in another case.
        (tags(&[("STAR", "1")]), keys(&["STAR"]), Some(&session), INHERITED),
        // What is inherited is transitive already.
        (tags(&[]), keys(&["Star"]), Some(&session), ABSENT),
    ] {
        let fault = SessionTags::read(Some(&passed), Some(&transitive), caller).unwrap_err();
        assert_eq!((fault.code, fault.status, fault.message.as_str()), ("InvalidParameterValue", 400, message));
    }
}

#[test]
fn a_chain_hands_down_what_is_transitive_and_nothing_else() {
    let session = calling_session();
    let read = SessionTags::read(Some(&tags(&[("Sun", "2"), ("Moon", "2")])), Some(&keys(&["SUN"])), Some(&session));
    let second = read.unwrap();
    assert!(second.all().eq(&stored(&[("Star", "1"), ("Heart", "1"), ("Sun", "2"), ("Moon", "2")])));
    assert_eq!(second.all_transitive_keys(), ["Star", "Heart", "SUN"]);
    assert_eq!(second.transitive_keys, ["SUN"]);

    let third =
        Session { tags: second.all().cloned().collect(), transitive_tag_keys: second.all_transitive_keys(), ..session };
    let third = SessionTags::read(None, None, Some(&third)).unwrap();
    assert!(third.all().eq(&stored(&[("Star", "1"), ("Heart", "1"), ("Sun", "2")])));
    assert!(!third.is_empty() && third.passed.is_empty());
}

#[test]
fn a_session_without_tags_has_none() {
    assert!(SessionTags::read(None, None, None).unwrap().is_empty());
    let plain = Session { transitive_tag_keys: Vec::new(), ..calling_session() };
    assert!(SessionTags::read(None, None, Some(&plain)).unwrap().is_empty());
}

#[test]
fn an_inherited_tag_takes_the_place_of_the_roles() {
    let read = SessionTags::read(None, None, Some(&calling_session())).unwrap();
    assert_eq!(
        read.over(&stored(&[("star", "3"), ("Lightning", "3")])),
        Some(stored(&[("star", "1"), ("Lightning", "3")]))
    );
    // A role does not get tags that it has not.
    assert_eq!(read.over(&stored(&[("Moon", "3")])), None);
    assert_eq!(read.over(&[]), None);
}
