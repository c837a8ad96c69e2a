//! JSON both ways: what is read, what is refused, what is written.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{decode, encode};
use crate::{Shape, Value};

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn written(value: &Value) -> String {
    String::from_utf8(encode(value)).expect("UTF-8")
}

#[test]
fn bodies_are_read() {
    for (body, value) in [
        ("", map([])),
        ("{}", map([])),
        (" {\"A\" : null, \"B\":true}\n", map([("B", Value::Boolean(true))])),
        (r#"{"A":[null,{"B":null}]}"#, map([("A", Value::List(vec![Value::Null, map([])]))])),
        (r#"{"A":9223372036854775807}"#, map([("A", Value::Integer(i64::MAX))])),
        (r#"{"A":-9223372036854775808}"#, map([("A", Value::Integer(i64::MIN))])),
        (r#"{"A":9223372036854775808}"#, map([("A", Value::Double(9_223_372_036_854_775_808.0))])),
        (r#"{"A":1.0,"B":1e3}"#, map([("A", Value::Double(1.0)), ("B", Value::Double(1000.0))])),
        (r#"{"A":"\u00e9\ud83d\ude00\/"}"#, map([("A", Value::String("é😀/".into()))])),
    ] {
        assert_eq!(decode(body.as_bytes()), Ok(value), "{body}");
    }
}

#[test]
fn what_is_ambiguous_or_malformed_is_refused() {
    for body in [
        " ",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{",
        "{}x",
        "{}{}",
        "{\"A\":1,}",
        "{A:1}",
        "{'A':1}",
        "\u{feff}{}",
        r#"{"A":1,"A":2}"#,
        r#"{"A":null,"A":2}"#,
        r#"{"A":1,"\u0041":2}"#,
        r#"{"X":[{"A":1,"A":2}]}"#,
        r#"{"A":"\ud800"}"#,
        r#"{"A":"\ude00\ud83d"}"#,
        r#"{"\ud800":1}"#,
        r#"{"A":1e999}"#,
        r#"{"A":NaN}"#,
        r#"{"A":01}"#,
        "{\"A\":\"\n\"}",
    ] {
        assert!(decode(body.as_bytes()).is_err(), "{body} is read");
    }
    assert!(decode(b"{\"A\":\"\xff\"}").is_err());
    assert!(decode(b"{\"A\":\"\xed\xa0\x80\"}").is_err());
}

#[test]
fn depth_is_limited() {
    let nested = |depth: usize| format!("{{\"A\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    assert!(decode(nested(64).as_bytes()).is_ok());
    assert!(decode(nested(65).as_bytes()).is_err());
    let started = Instant::now();
    for hostile in ["{\"A\":".repeat(1_000_000), format!("{{\"A\":{}", "[".repeat(1_000_000))] {
        assert!(decode(hostile.as_bytes()).is_err());
    }
    let wide: String = (0..50_000).map(|member| format!("\"m{member}\":1,")).collect();
    assert!(decode(format!("{{{wide}\"m0\":1}}").as_bytes()).is_err());
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn refusals_do_not_echo_the_body() {
    for body in [r#"{"password":"hunter2","password":"hunter2"}"#, r#"{"A":"hunter2"#, r#"["hunter2"]"#, "hunter2"] {
        let message = decode(body.as_bytes()).expect_err("refused").message;
        assert!(!message.contains("hunter2") && !message.contains("password"), "{message}");
    }
}

#[test]
fn values_are_written() {
    let timestamp = |text: &str| Value::Timestamp(text.parse().expect("a timestamp"));
    for (value, text) in [
        (Value::Null, "{}"),
        (Value::Structure(vec![]), "{}"),
        (Value::Structure(vec![("A".into(), Value::Null), ("B".into(), Value::Boolean(true))]), r#"{"B":true}"#),
        (Value::Double(1e300), "1e300"),
        (Value::Double(0.1), "0.1"),
        (Value::Double(1.0), "1.0"),
        (Value::Double(f64::NAN), "\"NaN\""),
        (Value::Double(f64::NEG_INFINITY), "\"-Infinity\""),
        (Value::Integer(i64::MIN), "-9223372036854775808"),
        (Value::Text("a\"\\\n\u{1}é".into()), r#""a\"\\\n\u0001é""#),
        (Value::Blob(b"hi".to_vec()), "\"aGk=\""),
        (timestamp("1970-01-01T00:00:02Z"), "2"),
        (timestamp("1970-01-01T00:00:02.5Z"), "2.500"),
        (timestamp("1969-12-31T23:59:59.75Z"), "-0.250"),
        (timestamp("2021-07-15T23:28:33.0001Z"), "1626391713"),
        (Value::List(vec![Value::Integer(1), Value::List(vec![])]), "[1,[]]"),
    ] {
        assert_eq!(written(&value), text);
    }
}

#[test]
fn points_in_time_survive_to_the_millisecond() {
    for millisecond in [0, 1, 999, 1_626_391_713_359, -1, -1_500, 253_402_200_000_001] {
        let timestamp = jiff::Timestamp::from_millisecond(millisecond).expect("in range");
        let body = encode(&map([("A", Value::Timestamp(timestamp))]));
        let Ok(Value::Map(mut members)) = decode(&body) else { panic!("refused") };
        let (_, value) = members.remove(0);
        assert_eq!(jiff::Timestamp::read(value), Ok(timestamp));
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_filter("JSON has no number for it", |number| number.is_finite()).prop_map(Value::Double),
        "(?s).{0,20}".prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 60, 6, |inside| {
        prop_oneof![
            proptest::collection::vec(inside.clone(), 0..6).prop_map(Value::List),
            proptest::collection::btree_map("(?s).{0,6}", inside, 0..6)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_survives(value in values()) {
        let value = map([("A", value)]);
        prop_assert_eq!(decode(&encode(&value)), Ok(value));
    }

    #[test]
    fn others_can_read_what_is_written(value in values()) {
        let structure = Value::Structure(vec![(Cow::Borrowed("A"), value)]);
        prop_assert!(serde_json::from_slice::<serde_json::Value>(&encode(&structure)).is_ok());
    }

    #[test]
    fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode(&body);
    }

    #[test]
    fn nearly_json_is_read_or_refused(body in "\\{\"A\":[\\[\\]{}\":,0-9eE.\\\\ud8-]{0,40}\\}?") {
        let _ = decode(body.as_bytes());
    }
}
