use std::collections::BTreeMap;

use super::*;
use operators::OPERATORS;

type Attributes = BTreeMap<String, Vec<String>>;

fn context(values: Option<&[&str]>) -> Attributes {
    let mut context = Attributes::from([
        ("aws:username".to_owned(), vec!["bob".to_owned()]),
        ("aws:principalarn".to_owned(), vec!["arn:aws:iam::1:user/bob".to_owned()]),
        ("x:secure".to_owned(), vec!["TRUE".to_owned()]),
    ]);
    if let Some(values) = values {
        context.insert("x:key".to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
    }
    context
}

fn condition(operator: &str, values: &[&str]) -> Condition {
    let qualified = Qualified::parse(operator).expect(operator);
    Condition::new(qualified, "X:Key", values, Version::V2012).expect(operator)
}

fn holds(operator: &str, policy: &[&str], request: Option<&[&str]>) -> bool {
    condition(operator, policy).holds(&context(request)) == Truth::Yes
}

/// Of each operator: its policy values, values of a request that make its test true, values that make
/// it false. Negated operators turn it round.
type Sample = (&'static str, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

const SAMPLES: [Sample; 27] = [
    ("StringEquals", &["a", "B:c"], &["a", "B:c"], &["A", "b:c", "ab", ""]),
    ("StringNotEquals", &["a", "B*"], &["a", "B*"], &["A", "Bc", ""]),
    ("StringEqualsIgnoreCase", &["aÜ"], &["aÜ", "Aü"], &["a", "au"]),
    ("StringNotEqualsIgnoreCase", &["aB"], &["Ab", "AB"], &["a*"]),
    ("StringLike", &["a*", "?b"], &["a", "abc:d/e", "xb"], &["b", "A", "xxb"]),
    ("StringNotLike", &["a*", "?b"], &["a", "xb"], &["b", "A"]),
    ("NumericEquals", &["10", "-0.5"], &["10.0", "1e1", "-0.50"], &["11", "", "ten"]),
    ("NumericNotEquals", &["10"], &["1e1", "010"], &["10.1", "ten"]),
    ("NumericLessThan", &["10"], &["9.99", "-3"], &["10", "11", "x"]),
    ("NumericLessThanEquals", &["10"], &["10", "9"], &["10.01"]),
    ("NumericGreaterThan", &["10"], &["10.01", "1e2"], &["10", "9"]),
    ("NumericGreaterThanEquals", &["10"], &["10", "11"], &["9.9"]),
    ("DateEquals", &["2020-01-01T00:00:00Z"], &["1577836800", "2020-01-01T01:00:00+01:00"], &["2020-01-02", "x"]),
    ("DateNotEquals", &["2020-01-01"], &["2020-01-01T00:00Z"], &["2020-01-01T00:01Z"]),
    ("DateLessThan", &["2020-01-01"], &["2019-12-31T23:59:59Z", "0"], &["2020-01-01", "2021"]),
    ("DateLessThanEquals", &["1577836800"], &["2020-01-01", "2019"], &["2020-01-02"]),
    ("DateGreaterThan", &["2020-01-01"], &["2020-01-01T00:00:01Z"], &["2020-01-01", "2019"]),
    ("DateGreaterThanEquals", &["2020-01-01"], &["2020-01-01", "2021"], &["2019"]),
    ("Bool", &["true"], &["true", "True", "TRUE"], &["false", "yes", "1", ""]),
    ("BinaryEquals", &["Zm9v"], &["Zm9v"], &["Zm9vYg==", "foo", "zm9v"]),
    ("IpAddress", &["203.0.113.0/24", "2001:db8::/32"], &["203.0.113.9", "2001:DB8::9"], &["203.0.114.1", "x"]),
    ("NotIpAddress", &["203.0.113.0/24"], &["203.0.113.9"], &["2001:db8::1", "203.0.114.1", "x"]),
    ("ArnEquals", &["arn:aws:s3:::b*"], &["arn:aws:s3:::b/c:d"], &["arn:aws:s3::1:b", "arn:aws:s3:::a", "b"]),
    ("ArnLike", &["arn:aws:*:*:1:q?", "*"], &["arn:aws:sqs:us-east-1:1:q7", "arn:a:b:c:d:e"], &["q", "arn:a:b:c:d"]),
    ("ArnNotEquals", &["arn:*:iam::1:role/r"], &["arn:aws-cn:iam::1:role/r"], &["arn:aws:iam::1:role/R", "x"]),
    ("ArnNotLike", &["arn:aws:iam::1:role/*"], &["arn:aws:iam::1:role/a/b"], &["arn:aws:iam::2:role/a"]),
    ("Null", &["false"], &["a", ""], &[]),
];

#[test]
fn every_operator_has_its_sample() {
    let names: Vec<&str> = OPERATORS.iter().map(|operator| operator.name).collect();
    let sampled: Vec<&str> = SAMPLES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, sampled);
}

#[test]
fn every_operator_compares_as_the_guide_says() {
    for (operator, (name, policy, matching, others)) in OPERATORS.iter().zip(SAMPLES) {
        for value in matching {
            assert_eq!(holds(name, policy, Some(&[value])), !operator.negated, "{name} {value}");
        }
        for value in others {
            assert_eq!(holds(name, policy, Some(&[value])), operator.negated, "{name} {value}");
        }
    }
}

/// "If the key is not present, the values do not match and the condition is false. If the policy
/// condition requires that the key is not matched, the condition is true."
#[test]
fn every_operator_treats_absent_keys_as_the_guide_says() {
    for (operator, (name, policy, ..)) in OPERATORS.iter().zip(SAMPLES) {
        for absent in [None, Some(&[][..])] {
            assert_eq!(holds(name, policy, absent), operator.negated, "{name}");
            if operator.test == Test::Absent {
                continue;
            }
            assert!(holds(&format!("{name}IfExists"), policy, absent), "{name}");
            assert!(holds(&format!("ForAllValues:{name}"), policy, absent), "{name}");
            assert!(!holds(&format!("ForAnyValue:{name}"), policy, absent), "{name}");
            assert!(holds(&format!("ForAllValues:{name}IfExists"), policy, absent), "{name}");
            assert!(holds(&format!("ForAnyValue:{name}IfExists"), policy, absent), "{name}");
        }
    }
}

#[test]
fn if_exists_changes_nothing_for_keys_that_exist() {
    for (name, policy, matching, others) in SAMPLES.iter().filter(|sample| sample.0 != "Null") {
        for value in matching.iter().chain(*others) {
            let request = Some(&[*value][..]);
            let plain = holds(name, policy, request);
            assert_eq!(holds(&format!("{name}IfExists"), policy, request), plain, "{name} {value}");
        }
    }
}

/// Without a set operator several values do not match, whatever the operator.
#[test]
fn every_operator_needs_a_set_operator_for_several_values() {
    for (name, policy, matching, others) in SAMPLES.iter().filter(|sample| sample.0 != "Null") {
        for values in [matching, others] {
            let value = values[0];
            assert!(!holds(name, policy, Some(&[value, value])), "{name} {value}");
            assert!(!holds(&format!("{name}IfExists"), policy, Some(&[value, value])), "{name}");
        }
    }
}

#[test]
fn every_operator_takes_set_operators() {
    for (name, policy, matching, others) in SAMPLES.iter().filter(|sample| sample.0 != "Null") {
        let good = [matching[0], others[0]].map(|value| (value, holds(name, policy, Some(&[value]))));
        let (all, any) = (format!("ForAllValues:{name}"), format!("ForAnyValue:{name}"));
        for (left, left_holds) in good {
            for (right, right_holds) in good {
                let request = Some(&[left, right][..]);
                assert_eq!(holds(&all, policy, request), left_holds && right_holds, "{all} {left} {right}");
                assert_eq!(holds(&any, policy, request), left_holds || right_holds, "{any} {left} {right}");
            }
        }
    }
}

/// "If the key values resolve to a null data set, such as an empty string."
#[test]
fn an_empty_string_is_a_null_data_set() {
    for values in [&[""][..], &["", ""]] {
        assert!(holds("ForAllValues:StringEquals", &["a"], Some(values)));
        assert!(!holds("ForAnyValue:StringLike", &["*"], Some(values)));
    }
    assert!(!holds("ForAllValues:StringEquals", &["a"], Some(&["", "b"])));
    assert!(holds("StringEquals", &[""], Some(&[""])));
    assert!(holds("Null", &["false"], Some(&[""])));
}

#[test]
fn null_asks_for_presence() {
    assert!(holds("Null", &["true"], None));
    assert!(!holds("Null", &["true"], Some(&["a", "b"])));
    assert!(holds("Null", &["FALSE"], Some(&["a", "b"])));
    assert!(holds("Null", &["true", "false"], None));
}

#[test]
fn names_of_operators_are_exact() {
    let names = [
        "",
        "String",
        "stringEquals",
        "StringEqual",
        "StringEquals ",
        "StringEqualsIfExistsIfExists",
        "IfExists",
        "NullIfExists",
        "ForAnyValue:NullIfExists",
        "ForAllValues:NullIfExists",
        "ForAnyValues:StringEquals",
        "BoolNot",
        "forallvalues:StringEquals",
        "ForAllValues:ForAnyValue:StringEquals",
        "ForAllValues:",
        "DateNotLessThan",
        "StringEqualsifExists",
        "BinaryNotEquals",
        "ForAllValues: StringEquals",
    ];
    for name in names {
        assert!(Qualified::parse(name).is_none(), "{name}");
    }
}

#[test]
fn values_that_their_operator_cannot_take_are_refused() {
    let bad = [
        ("NumericEquals", "ten"),
        ("NumericEquals", "${aws:username}"),
        ("DateLessThan", "soon"),
        ("Bool", "yes"),
        ("Bool", "${x"),
        ("BinaryEquals", "Zg"),
        ("IpAddress", "203.0.113.0/33"),
        ("NotIpAddress", "*"),
        ("Null", "no"),
        ("Null", "${x:secure}"),
        ("StringEquals", "${"),
        ("ArnLike", "arn:aws:s3:::${}"),
        ("StringLike", "${a b}"),
    ];
    for (operator, value) in bad {
        let values = ["1", value];
        let qualified = Qualified::parse(operator).expect(operator);
        let refused = Condition::new(qualified, "x:key", &values[1..], Version::V2012);
        assert_eq!(refused.expect_err(operator).0, 0, "{operator} {value}");
    }
}

#[test]
fn variables_in_strings_arns_and_booleans() {
    assert!(holds("StringEquals", &["${aws:username}"], Some(&["bob"])));
    assert!(!holds("StringEquals", &["${aws:username}"], Some(&["${aws:username}"])));
    assert!(holds("StringEqualsIgnoreCase", &["${aws:UserName}"], Some(&["BOB"])));
    assert!(holds("StringLike", &["home/${aws:username}/*"], Some(&["home/bob/x"])));
    assert!(holds("ArnEquals", &["arn:aws:iam::1:user/${aws:username}"], Some(&["arn:aws:iam::1:user/bob"])));
    assert!(holds("ArnEquals", &["${aws:PrincipalArn}"], Some(&["arn:aws:iam::1:user/bob"])));
    assert!(!holds("ArnEquals", &["arn:aws:iam::${aws:PrincipalArn}:user/x"], Some(&["arn:aws:iam::1:user/x"])));
    assert!(holds("Bool", &["${x:secure}"], Some(&["true"])));
    assert!(!holds("Bool", &["${x:secure}"], Some(&["false"])));
}

/// "Inverted condition operators like StringNotEquals or StringNotLike do match against a null value."
#[test]
fn a_variable_without_value_matches_nothing_and_negated_everything() {
    assert!(!holds("StringEquals", &["${x:missing}"], Some(&[""])));
    assert!(!holds("StringLike", &["*${x:missing}"], Some(&["a"])));
    assert!(!holds("ArnLike", &["arn:aws:s3:::${x:missing}"], Some(&["arn:aws:s3:::"])));
    assert!(!holds("Bool", &["${x:missing}"], Some(&["false"])));
    assert!(holds("StringNotEquals", &["${x:missing}"], Some(&["a"])));
    assert!(holds("StringNotLike", &["${x:missing}*"], Some(&["a"])));
    assert!(holds("ArnNotLike", &["arn:aws:s3:::${x:missing}"], Some(&["arn:aws:s3:::b"])));
    assert!(!holds("StringNotEquals", &["${x:missing}", "a"], Some(&["a"])));
    assert!(holds("StringEquals", &["${x:missing, 'a'}"], Some(&["a"])));
}

#[test]
fn only_positive_conditions_on_the_arn_name_the_principal() {
    let condition = |operator: &str, key: &str| {
        let qualified = Qualified::parse(operator).expect(operator);
        let values = ["arn:aws:iam::1:role/r"];
        Condition::new(qualified, key, &values, Version::V2012).expect(operator)
    };
    for operator in ["ArnEquals", "ArnLike", "StringEquals", "StringLike", "ForAnyValue:StringLike"] {
        assert!(condition(operator, "aws:PrincipalArn").names_principal_arn(), "{operator}");
    }
    for operator in ["ArnNotEquals", "StringNotLike", "ArnLikeIfExists", "ForAllValues:ArnLike"] {
        assert!(!condition(operator, "aws:PrincipalArn").names_principal_arn(), "{operator}");
    }
    assert!(!condition("ArnEquals", "aws:SourceArn").names_principal_arn());
}
