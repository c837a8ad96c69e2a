use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

type Attributes = BTreeMap<String, Vec<String>>;

fn context(pairs: &[(&str, &[&str])]) -> Attributes {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    pairs.iter().map(|(key, values)| ((*key).to_owned(), owned(values))).collect()
}

fn fits(pattern: &str, syntax: Syntax, text: &str) -> bool {
    let pattern = Pattern::parse(pattern, syntax, Version::V2012).expect(pattern);
    pattern.matches(text, &Attributes::new()) == Truth::Yes
}

#[test]
fn wildcards_match_any_characters() {
    let yes = [
        ("*", ""),
        ("*", "a:b/c"),
        ("a*", "a"),
        ("a*c", "abbbc"),
        ("a?c", "abc"),
        ("a?c", "aüc"),
        ("?", "\u{1f600}"),
        ("*a*b*", "xxaxxbxx"),
        ("*.txt", "a.txt.txt"),
        ("**", "x"),
        ("a*?", "ab"),
        ("", ""),
        ("ü*", "üx"),
        ("*ab*abc", "abxabxabc"),
    ];
    let no = [
        ("a?c", "ac"),
        ("a*c", "ab"),
        ("?", ""),
        ("??", "ü"),
        ("", "a"),
        ("a", "A"),
        ("*.txt", "a.txt "),
        ("a*?", "a"),
        ("*a*b", "ba"),
    ];
    for (pattern, text) in yes {
        assert!(fits(pattern, Syntax::Wildcards, text), "{pattern} {text}");
    }
    for (pattern, text) in no {
        assert!(!fits(pattern, Syntax::Wildcards, text), "{pattern} {text}");
    }
}

#[test]
fn literal_patterns_know_no_wildcards() {
    assert!(fits("a*", Syntax::Literal, "a*"));
    assert!(!fits("a*", Syntax::Literal, "ab"));
    assert!(!fits("?", Syntax::Literal, "a"));
}

/// "If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond
/// the colon boundaries."
#[test]
fn wildcards_in_arns_keep_to_their_segment() {
    let cases = [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x:y/z", true),
        ("arn:aws:s3:::b*x/?", "arn:aws:s3:::b:::x/:", true),
        ("arn:aws:cloudfront:*", "arn:aws:cloudfront::123456789012:distribution/E1", true),
        ("arn:aws:sqs:*:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q", true),
        ("arn:aws:sqs:*:123456789012:q", "arn:aws:sqs:us-east-1:444455556666:123456789012:q", true),
        ("arn:aws:sqs:us*1:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q", true),
        ("arn:aws:sqs:us*1:123456789012:q", "arn:aws:sqs:us-east-2:444455556666:1:123456789012:q", false),
        ("arn:aws:sqs:us?east-1:1:q", "arn:aws:sqs:us-east-1:1:q", true),
        ("arn:aws:sqs:?:1:q", "arn:aws:sqs:::1:q", false),
        ("arn:aws:sqs:*:1*2:q", "arn:aws:sqs:us-east-1:1:12:q", true),
        ("arn:aws:sqs:*:1*3:q", "arn:aws:sqs:us-east-1:1:2:3:q", false),
        ("*", "arn:aws:sqs:us-east-1:1:q", true),
        ("arn:aws:s3:::b", "*", false),
        ("*", "*", true),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(fits(pattern, Syntax::Arn, text), expected, "{pattern} {text}");
    }
}

#[test]
fn case_is_ignored_only_on_demand() {
    let pattern = Pattern::parse("get*", Syntax::Wildcards, Version::V2008).expect("a pattern");
    assert!(pattern.matches_ignoring_case("GetObject"));
    assert_eq!(pattern.matches("GetObject", &Attributes::new()), Truth::No);
}

#[test]
fn variables_take_their_value_literally() {
    let values = context(&[("aws:username", &["bob*"]), ("aws:tagkeys", &["a", "b"]), ("empty:list", &[])]);
    let cases = [
        ("home/${aws:username}/*", "home/bob*/x", true),
        ("home/${AWS:UserName}/*", "home/bobby/x", false),
        ("${aws:missing}", "", false),
        ("${aws:missing, 'all'}", "all", true),
        ("${aws:missing,'a, b'}", "a, b", true),
        ("${aws:username, 'all'}", "all", false),
        ("${empty:list, 'none'}", "none", true),
        ("${aws:TagKeys}", "a", false),
        ("${aws:TagKeys, 'a'}", "a", false),
        ("${*}${?}${$}{x}", "*?${x}", true),
        ("${*}", "a", false),
        ("$x${$}", "$x$", true),
    ];
    for (pattern, text, expected) in cases {
        let compiled = Pattern::parse(pattern, Syntax::Wildcards, Version::V2012).expect(pattern);
        assert_eq!(compiled.matches(text, &values), expected.into(), "{pattern} {text}");
    }
}

#[test]
fn version_2008_knows_no_variables() {
    let values = context(&[("aws:username", &["bob"])]);
    let pattern = Pattern::parse("${aws:username}", Syntax::Wildcards, Version::V2008).expect("a pattern");
    assert_eq!(pattern.matches("${aws:username}", &values), Truth::Yes);
    assert_eq!(pattern.matches("bob", &values), Truth::No);
    assert!(Pattern::parse("${unclosed", Syntax::Wildcards, Version::V2008).is_ok());
}

/// Without this rule a tag could move the rest of the ARN into other segments.
#[test]
fn a_value_with_a_colon_cannot_stand_before_the_fifth_colon() {
    let pattern = "arn:aws:iam::${aws:principaltag/account}:role/${aws:principaltag/account}";
    let pattern = Pattern::parse(pattern, Syntax::Arn, Version::V2012).expect("a pattern");
    let with = |value: &str| context(&[("aws:principaltag/account", &[value])]);
    assert_eq!(pattern.matches("arn:aws:iam::1:role/1", &with("1")), Truth::Yes);
    assert_eq!(pattern.matches("arn:aws:iam::1:x:role/1:x", &with("1:x")), Truth::No);
}

#[test]
fn refuses_broken_variables() {
    for text in
        ["${", "a${b:c", "${}", "${a b}", "${a:b, c}", "${a:b, 'c}", "${a:b, c'}", "${ a:b}", "${a:*}", "${,'x'}"]
    {
        assert!(Pattern::parse(text, Syntax::Wildcards, Version::V2012).is_err(), "{text}");
    }
}

#[test]
fn matching_is_never_exponential() {
    let text = "a".repeat(3_000);
    let in_arn = format!("arn:aws:s3:{text}:1:{text}");
    let patterns = [
        (Syntax::Wildcards, "*a*a*a*a*ab".to_owned(), text.clone()),
        (Syntax::Wildcards, format!("{}b", "a*".repeat(20)), text.clone()),
        (Syntax::Wildcards, format!("{}b", "?*".repeat(50)), text.clone()),
        (Syntax::Arn, "arn:aws:s3:a*a*a*a*a*ab:1:a*a*a*a*a*b".to_owned(), in_arn.clone()),
        (Syntax::Arn, "arn:aws:s3:a*a*a*a*a*a:1:a*a*a*a*a*b".to_owned(), in_arn.clone()),
        (Syntax::Arn, "arn:aws:*:a*a*a*a:*:a*a*a*b".to_owned(), in_arn),
    ];
    for (syntax, pattern, text) in patterns {
        let start = Instant::now();
        assert!(!fits(&pattern, syntax, &text));
        assert!(start.elapsed() < Duration::from_secs(1), "{pattern}: {:?}", start.elapsed());
    }
}

/// What a pattern means, by the shortest recursive definition.
fn naive(pattern: &[(char, bool)], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((&('*', narrow), rest)), _) => {
            naive(rest, text)
                || text.split_first().is_some_and(|(c, others)| !(narrow && *c == ':') && naive(pattern, others))
        }
        (Some((&('?', narrow), rest)), Some((c, others))) => !(narrow && *c == ':') && naive(rest, others),
        (Some(((p, _), rest)), Some((c, others))) => p == c && naive(rest, others),
        (Some(_), None) => false,
    }
}

/// Each character with whether it is a wildcard that must stay in its segment.
fn marked(pattern: &str, arn: bool) -> Vec<(char, bool)> {
    let mut colons = 0;
    let mut chars = pattern.chars().peekable();
    let mut marked = Vec::new();
    while let Some(c) = chars.next() {
        colons += usize::from(c == ':');
        let ends = chars.peek().is_none_or(|next| *next == ':');
        marked.push((c, arn && colons < 5 && !(c == '*' && ends)));
    }
    marked
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn matching_agrees_with_its_definition(
        pattern in "[ab:ü*?]{0,12}", text in "[ab:ü]{0,12}", arn in any::<bool>(),
    ) {
        let syntax = if arn { Syntax::Arn } else { Syntax::Wildcards };
        let chars: Vec<char> = text.chars().collect();
        prop_assert_eq!(fits(&pattern, syntax, &text), naive(&marked(&pattern, arn), &chars));
    }
}

/// One pattern covers another if it matches whatever the other one does.
#[test]
fn covering() {
    for (wide, narrow, covers) in [
        ("s3:*", "s3:get*", true),
        ("s3:get*", "s3:*", false),
        ("s3:get*", "s3:get?", true),
        ("s3:get?", "s3:get*", false),
        ("s3:get?", "s3:getx", true),
        ("s3:get??", "s3:get?", false),
        ("*", "*", true),
        ("*x", "*", false),
        ("*a*", "*b*", false),
        ("a?*", "a*", false),
        ("a*?", "a?*", true),
        ("a*b", "a*c*b", true),
        ("iam:*role", "iam:get*", false),
        ("exact", "exact", true),
    ] {
        let (one, other) = (Pattern::with_wildcards(wide), Pattern::with_wildcards(narrow));
        assert_eq!(one.covers(&other), covers, "{wide} covers {narrow}");
    }
    let arn = |text| Pattern::parse(text, Syntax::Arn, Version::V2012).expect(text);
    assert!(arn("arn:aws:s3:::a*").covers(&arn("arn:aws:s3:::ab*")));
    assert!(!arn("arn:aws:s3:::a*").covers(&arn("arn:aws:s3:::a${aws:username}")), "nobody knows");
    assert!(!arn("arn:aws:sqs:eu-*x:1:q").covers(&arn("arn:aws:sqs:eu-*:1:q")));
}
