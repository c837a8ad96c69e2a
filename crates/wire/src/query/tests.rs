//! Forms in, XML out: what is read, what is refused, what a reader of the XML sees.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::{decode, encode, encode_error, pairs};
use crate::{ErrorReply, Malformed, Value};

fn read(form: &str) -> Result<Value, Malformed> {
    decode(pairs(form.as_bytes())?.into_iter())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

#[test]
fn forms_are_read() {
    let list = Value::List;
    for (form, value) in [
        ("", map([])),
        ("Action=ListUsers&Version=2010-05-08", map([])),
        ("Action=X&UserName=bob", map([("UserName", text("bob"))])),
        ("&UserName=a+b%2Bc%C3%A9&&", map([("UserName", text("a b+cé"))])),
        ("A=1=2", map([("A", text("1=2"))])),
        ("A", map([("A", text(""))])),
        ("TagKeys=", map([("TagKeys", text(""))])),
        ("TagKeys.member.1=a&TagKeys.member.2=b", map([("TagKeys", list(vec![text("a"), text("b")]))])),
        ("T.member.10=j&T.member.9=i&T.member.2=b", map([("T", list(vec![text("b"), text("i"), text("j")]))])),
        (
            "Tags.member.1.Key=k&Tags.member.1.Value=v",
            map([("Tags", list(vec![map([("Key", text("k")), ("Value", text("v"))])]))]),
        ),
        ("A.B.C=x&A.B.D=y", map([("A", map([("B", map([("C", text("x")), ("D", text("y"))]))]))])),
        (
            "M.entry.2.key=b&M.entry.2.value=2&M.entry.1.key=a&M.entry.1.value.member.1=x",
            map([("M", map([("a", list(vec![text("x")])), ("b", text("2"))]))]),
        ),
        // Not a list: the shape will say so.
        ("A.member=x", map([("A", map([("member", text("x"))]))])),
        ("A.member.4294967295=x", map([("A", list(vec![text("x")]))])),
    ] {
        assert_eq!(read(form), Ok(value), "{form}");
    }
}

#[test]
fn what_is_ambiguous_or_malformed_is_refused() {
    for form in [
        "UserName=a&UserName=b",
        "UserName=a&UserName=a",
        "UserName=a&username=b",
        "UserName=a&User%4Eame=b",
        "Tags.member.1.Key=a&Tags.Member.1.Value=b",
        "Tags=&Tags.member.1=a",
        "Tags.member.1=a&Tags=",
        "Tags.member.1=a&Tags.member.1=b",
        "Tags.member.1=a&Tags.member.1.Key=b",
        "Tags.member.0=a",
        "Tags.member.01=a",
        "Tags.member.+1=a",
        "Tags.member.-1=a",
        "Tags.member.x=a",
        "Tags.member.4294967296=a",
        "Tags.member.99999999999999999999999999=a",
        "M.entry.1.key=a",
        "M.entry.1.value=a",
        "M.entry.1=a",
        "M.entry.1.key=a&M.entry.1.value=b&M.entry.1.more=c",
        "M.entry.1.key.x=a&M.entry.1.value=b",
        "=a",
        ".=a",
        "A.=a",
        ".A=a",
        "A..B=a",
        "A=%",
        "A=%4",
        "A=%zz",
        "A=%FF",
        "A=%C3%28",
        "A=%ED%A0%80",
        "%FF=a",
        "A=é",
    ] {
        assert!(read(form).is_err(), "{form} is read");
    }
    assert!(pairs(b"A=\xff").is_err());
}

#[test]
fn hostile_forms_are_refused_at_once() {
    let dots = format!("A{}=x", ".B".repeat(1_000_000));
    let only_dots = format!("{}=x", ".".repeat(1_000_000));
    let deep_lists = format!("A{}=x", ".member.1".repeat(1_000));
    let started = Instant::now();
    for form in [dots, only_dots, deep_lists] {
        assert!(read(&form).is_err());
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn work_does_not_depend_on_numbers() {
    let form: String = (0..20_000_u32).map(|item| format!("A.member.{}=x&", u32::MAX - item)).collect();
    let started = Instant::now();
    let Ok(Value::Map(members)) = read(&form) else { panic!("refused") };
    assert!(matches!(&members[0].1, Value::List(items) if items.len() == 20_000));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

fn structure<const N: usize>(members: [(&'static str, Value); N]) -> Value {
    Value::Structure(members.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
}

fn xml(operation: &str, result: Option<Value>) -> String {
    String::from_utf8(encode(operation, result, NAMESPACE, "id-1")).expect("UTF-8")
}

#[test]
fn answers_are_written() {
    let created = Value::Timestamp("2013-04-18T05:01:58.987Z".parse().expect("a timestamp"));
    let result = structure([
        (
            "User",
            structure([
                ("UserName", Value::String("a<b>&\"c".into())),
                ("CreateDate", created),
                ("Gone", Value::Null),
                ("Tags", Value::List(vec![structure([("Key", Value::String("k".into()))])])),
                ("Empty", Value::List(vec![])),
                ("Blob", Value::Blob(b"hi".to_vec())),
            ]),
        ),
        ("IsTruncated", Value::Boolean(false)),
        ("Count", Value::Integer(-3)),
        ("Score", Value::Double(0.5)),
        ("Summary", Value::Map(vec![("Users".into(), Value::Integer(2))])),
    ]);
    assert_eq!(
        xml("CreateUser", Some(result)),
        "<CreateUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><CreateUserResult><User>\
         <UserName>a&lt;b&gt;&amp;&quot;c</UserName><CreateDate>2013-04-18T05:01:58Z</CreateDate>\
         <Tags><member><Key>k</Key></member></Tags><Empty></Empty><Blob>aGk=</Blob></User>\
         <IsTruncated>false</IsTruncated><Count>-3</Count><Score>0.5</Score>\
         <Summary><entry><key>Users</key><value>2</value></entry></Summary></CreateUserResult>\
         <ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></CreateUserResponse>"
    );
    let nothing = "<DeleteUserResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ResponseMetadata>\
                   <RequestId>id-1</RequestId></ResponseMetadata></DeleteUserResponse>";
    assert_eq!(xml("DeleteUser", None), nothing);
    assert_eq!(xml("DeleteUser", Some(Value::Null)), nothing);
}

#[test]
fn errors_are_written() {
    let error = ErrorReply::new(404, "NoSuchEntity", "The user with name <b> cannot be found.")
        .with("Reason", Value::String("r".into()));
    assert_eq!(
        String::from_utf8(encode_error(&error, NAMESPACE, "id-1")).expect("UTF-8"),
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type>\
         <Code>NoSuchEntity</Code><Message>The user with name &lt;b&gt; cannot be found.</Message><Reason>r</Reason>\
         </Error><RequestId>id-1</RequestId></ErrorResponse>"
    );
    let failure = encode_error(&ErrorReply::new(500, "ServiceFailure", ""), NAMESPACE, "id-1");
    assert!(String::from_utf8_lossy(&failure).contains("<Type>Receiver</Type>"));
}

/// What any reader of the XML must see in the place of a text.
fn legible(text: &str) -> String {
    let illegal = |letter: char| {
        (letter < '\u{20}' && !matches!(letter, '\t' | '\n' | '\r')) || matches!(letter, '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().map(|letter| if illegal(letter) { '\u{FFFD}' } else { letter }).collect()
}

proptest! {
    #[test]
    fn any_text_survives_xml(content in "(?s).{0,40}|[\\x00-\\x20<>&\"'\\]\u{FFFD}-\u{10000}]{0,40}") {
        let key = Value::Map(vec![(content.clone(), Value::String(content.clone()))]);
        let xml = encode("Get", Some(structure([("Text", Value::String(content.clone())), ("Map", key)])), NAMESPACE, &content);
        let xml = String::from_utf8(xml).expect("UTF-8");
        let document = roxmltree::Document::parse(&xml).expect("well-formed");
        for name in ["Text", "key", "value", "RequestId"] {
            let node = document.descendants().find(|node| node.has_tag_name((NAMESPACE, name))).expect(name);
            prop_assert_eq!(node.text().unwrap_or_default(), legible(&content));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(form in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(pairs) = pairs(&form) {
            let _ = decode(pairs.into_iter());
        }
    }

    #[test]
    fn any_dotted_names_are_read_or_refused(form in "([AaM.1-3=&]|member|entry|key|value|%4){0,40}") {
        let _ = read(&form);
    }

    #[test]
    fn any_value_survives_a_form(name in "[A-Za-z]{1,9}", content in "(?s).{0,40}") {
        prop_assume!(!["Action", "Version"].contains(&name.as_str()));
        let encoded = percent_encoding::utf8_percent_encode(&content, percent_encoding::NON_ALPHANUMERIC);
        prop_assert_eq!(read(&format!("{name}={encoded}")), Ok(map([(name.as_str(), text(&content))])));
    }
}
