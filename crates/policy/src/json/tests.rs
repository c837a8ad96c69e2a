use super::*;

fn faulty(text: &str) -> (usize, usize, String) {
    let malformed = read(text).expect_err(text).seen_in(text, "");
    (malformed.line, malformed.column, malformed.path)
}

#[test]
fn reads_what_rfc_8259_allows() {
    let texts = [
        "null",
        " true ",
        "\t\r\nfalse",
        "0",
        "-0",
        "10",
        "0.5",
        "-1.25e+10",
        "1E-2",
        "\"\"",
        "[]",
        "{}",
        "[1,\n2]",
        r#"{"a":{"b":[null]}}"#,
        "\"\u{7f}ü\u{1f600}\"",
        r#""\u00fc\n\/\\\"""#,
    ];
    for text in texts {
        assert!(read(text).is_ok(), "{text}");
    }
}

#[test]
fn refuses_what_rfc_8259_forbids() {
    let texts = [
        "",
        " ",
        "nul",
        "True",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "0x1",
        "NaN",
        "\"",
        "\"\n\"",
        "'a'",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "[] []",
        "{}x",
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\ud800""#,
        r#""\ud800\u0041""#,
        r#""\udc00""#,
        "\u{feff}{}",
        "// a\n{}",
        "\"\\",
        "\"\\u",
        "[",
        "tru",
    ];
    for text in texts {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn unescapes_strings() {
    let node = read(r#""a\u0041\ud83d\ude00\b\f\t""#).expect("a string");
    assert!(matches!(&node.value, Value::String(text) if text == "aA\u{1f600}\u{8}\u{c}\t"));
}

#[test]
fn keeps_order_and_numbers_as_written() {
    let node = read(r#"{"b":1.50,"a":[2e3]}"#).expect("an object");
    let Value::Object(members) = &node.value else { panic!("no object") };
    let keys: Vec<&str> = members.iter().map(|member| &*member.key).collect();
    assert_eq!(keys, ["b", "a"]);
    assert!(matches!(&members[0].node.value, Value::Number(number) if *number == "1.50"));
    assert_eq!(members[1].node.span, 14..19);
}

#[test]
fn says_where_a_mistake_is() {
    assert_eq!(faulty("{\n  \"ü\": [1,\n    x]\n}"), (3, 5, "$[\"ü\"][1]".to_owned()));
    assert_eq!(faulty("{\"a\":1,\n \"a\":2}"), (2, 2, "$.a".to_owned()));
    assert_eq!(faulty("{\"Statement\":[{},{\"Effect\" 1}]}"), (1, 28, "$.Statement[1].Effect".to_owned()));
    assert_eq!(faulty(""), (1, 1, "$".to_owned()));
}

#[test]
fn refuses_keys_that_are_the_same_once_unescaped() {
    assert!(read(r#"{"Action":1,"Acti\u006fn":2}"#).is_err());
    assert!(read(r#"{"Action":1,"action":2}"#).is_ok());
}

#[test]
fn refuses_bottomless_nesting() {
    assert!(read(&format!("{}{}", "[".repeat(33), "]".repeat(33))).is_ok());
    assert!(read(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn writes_strings_that_it_reads_back() {
    for text in ["", "a\"b\\c", "\n\u{1}ü\u{1f600}", "arn:aws:iam::123456789012:user/bob"] {
        let written = write_string(text);
        let node = read(&written).expect("what it wrote");
        assert!(matches!(&node.value, Value::String(read) if read == text));
    }
}

#[test]
fn duplicates_are_found_among_many_members() {
    let member = |index: usize| format!("\"k{index}\":1");
    let with = |last: usize| {
        let members: Vec<String> = (0..100).chain([last]).map(member).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(read(&with(100)).is_ok());
    for twice in [0, 15, 16, 17, 99] {
        assert!(read(&with(twice)).is_err(), "k{twice}");
    }
}
