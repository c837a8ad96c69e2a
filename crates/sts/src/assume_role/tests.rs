use bartizan_policy::{Kind, Policy};
use bartizan_wire::Value;

use super::*;

#[test]
fn the_trust_policy_that_trusts_nobody_is_one() {
    assert!(Policy::parse(TRUSTS_NOBODY, Kind::Trust).is_ok());
}

#[test]
fn a_session_lasts_as_long_as_role_and_chain_let_it() {
    const ROLE: &str =
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    const CHAIN: &str = "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles \
                         assumed by role chaining.";
    for (asked, role_max, chained, expected) in [
        (None, 3_600, false, Ok(3_600)),
        (None, 43_200, false, Ok(3_600)),
        (None, 43_200, true, Ok(3_600)),
        (Some(900), 3_600, true, Ok(900)),
        (Some(43_200), 43_200, false, Ok(43_200)),
        (Some(3_601), 3_600, false, Err(ROLE)),
        (Some(43_200), 43_199, false, Err(ROLE)),
        (Some(3_600), 43_200, true, Ok(3_600)),
        (Some(3_601), 43_200, true, Err(CHAIN)),
        (Some(3_601), 3_600, true, Err(CHAIN)),
    ] {
        let lasts = seconds(asked, role_max, chained).map_err(|fault| Error::from(fault).to_string());
        assert_eq!(lasts, expected.map_err(str::to_owned), "{asked:?} {role_max} {chained}");
    }
}

#[test]
fn only_the_arn_of_a_role_names_one() {
    let none = Snapshot::default();
    for arn in [
        "arn:aws:iam::123456789012:role/demo",
        "arn:aws:iam::123456789012:role/division/team/demo",
        "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/demo",
    ] {
        assert!(find(&none, arn).unwrap().is_none(), "{arn}");
    }
    for arn in [
        "arn:aws:iam::123456789012:user/demo",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/path/",
        "arn:aws:iam::aws:role/demo-demo-demo",
        "arn:aws:iam::12345678901:role/demo",
        "arn:aws:iam:us-east-1:123456789012:role/demo",
        "arn:aws-cn:iam::123456789012:role/demo",
        "arn:aws:sts::123456789012:assumed-role/demo/session",
    ] {
        assert_eq!(find(&none, arn).unwrap_err().message, "Request ARN is invalid", "{arn}");
    }
    for arn in ["nothing-like-an-arn-at-all", "arn:aws:iam::123456789012", "ARN:aws:iam::123456789012:role/demo"] {
        assert_eq!(find(&none, arn).unwrap_err().message, format!("{arn} is invalid"));
    }
}

/// An input with every member, as a query string gives it.
fn every_member() -> Value {
    let text = |text: &str| Value::Text(text.to_owned());
    let map = |entries: &[(&str, &str)]| {
        Value::Map(entries.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    let members = [
        ("RoleArn", text("arn:aws:iam::123456789012:role/division_é/demo")),
        ("RoleSessionName", text("John+session=,.@-_")),
        ("PolicyArns", Value::List(vec![map(&[("arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")])])),
        ("Policy", text("{\"Version\": \"2012-10-17\",\r\n\t\"Id\": \"é\"}")),
        ("DurationSeconds", text("1800")),
        ("Tags", Value::List(vec![map(&[("Key", "Cost-Center é"), ("Value", "")])])),
        ("TransitiveTagKeys", Value::List(vec![text("Cost-Center é")])),
        ("ExternalId", text("123ABC:/+=,.@-")),
        ("SerialNumber", text("arn:aws:iam::123456789012:mfa/user")),
        ("TokenCode", text("123456")),
        ("SourceIdentity", text("DevUser123")),
        (
            "ProvidedContexts",
            Value::List(vec![map(&[
                ("ProviderArn", "arn:aws:iam::aws:contextProvider/IdentityCenter"),
                ("ContextAssertion", "assertion"),
            ])]),
        ),
    ];
    Value::Map(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[test]
fn every_member_is_read() {
    let input = AssumeRole::read(every_member()).unwrap();
    assert_eq!(input.role_session_name, "John+session=,.@-_");
    assert_eq!(
        input.policy_arns.unwrap().first().unwrap().arn.as_deref(),
        Some("arn:aws:iam::aws:policy/ReadOnlyAccess")
    );
    assert_eq!(input.tags.unwrap().first().map(|tag| tag.key.clone()).as_deref(), Some("Cost-Center é"));
    assert_eq!(input.transitive_tag_keys.unwrap().first().map(TagKey::as_str), Some("Cost-Center é"));
    assert_eq!(input.external_id.as_deref(), Some("123ABC:/+=,.@-"));
}

#[test]
fn the_limits_of_the_model_hold() {
    let with = |name: &str, value: Value| {
        let Value::Map(mut members) = every_member() else { panic!("an object") };
        members.retain(|(member, _)| member != name);
        members.push((name.to_owned(), value));
        AssumeRole::read(Value::Map(members)).err().map(|faults| faults.to_string()).unwrap_or_default()
    };
    let text = |text: &str| Value::Text(text.to_owned());
    let tags = |number: usize| {
        let tag = |at| Value::Map(vec![("Key".to_owned(), text(&format!("k{at}"))), ("Value".to_owned(), text("v"))]);
        Value::List((0..number).map(tag).collect())
    };
    assert_eq!(with("Tags", tags(50)), "");
    for (name, value, fault) in [
        ("RoleSessionName", text("x"), "length greater than or equal to 2"),
        ("RoleSessionName", text(&"x".repeat(65)), "length less than or equal to 64"),
        ("RoleSessionName", text("John Doe"), r"pattern: [\w+=,.@-]*"),
        ("RoleSessionName", text("Jöhn"), r"pattern: [\w+=,.@-]*"),
        ("DurationSeconds", text("899"), "value greater than or equal to 900"),
        ("DurationSeconds", text("43201"), "value less than or equal to 43200"),
        ("ExternalId", text("a b"), r"pattern: [\w+=,.@:\/-]*"),
        ("SourceIdentity", text("aws:root"), r"pattern: [\w+=,.@-]*"),
        ("Policy", text("{\"Id\": \"Ā\"}"), r"pattern: [\u0009\u000A\u000D\u0020-\u00FF]+"),
        ("Tags", tags(51), "length less than or equal to 50"),
    ] {
        let refused = with(name, value);
        assert!(refused.starts_with("1 validation error detected: ") && refused.ends_with(fault), "{name}: {refused}");
    }
    // What may be a one-time code is not told to anyone, be it right or wrong.
    assert!(!with("TokenCode", text("1234567")).contains("1234567"));
}
