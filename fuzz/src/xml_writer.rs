//! An answer in XML whose texts are any bytes, cut at 0xFF.
//!
//! Promise: another reader finds in it what was written, but for the characters that XML cannot hold.

use std::borrow::Cow;

use bartizan_wire::{ErrorReply, Value, query};

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// The target.
pub fn run(data: &[u8]) {
    let texts: Vec<String> =
        data.split(|byte| *byte == 0xff).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    let items = texts.iter().cloned().map(Value::String).collect();
    let entries = texts.iter().map(|text| (text.clone(), Value::Text(text.clone()))).collect();
    let result = Value::Structure(vec![
        (Cow::Borrowed("Items"), Value::List(items)),
        (Cow::Borrowed("Entries"), Value::Map(entries)),
        (Cow::Borrowed("Bytes"), Value::Blob(data.to_vec())),
    ]);
    let written = query::encode("GetThing", Some(result), NAMESPACE, "an id");
    let expected: Vec<String> = texts.iter().map(|text| held(text)).collect();
    assert_eq!(found(&written, "member"), expected);
    assert_eq!(found(&written, "key"), expected);
    assert_eq!(found(&written, "value"), expected);
    assert_eq!(found(&written, "RequestId"), ["an id"]);

    let error = ErrorReply::new(400, texts[0].clone(), texts[texts.len() - 1].clone());
    let written = query::encode_error(&error, NAMESPACE, "an id");
    assert_eq!(found(&written, "Code"), [held(&texts[0])]);
    assert_eq!(found(&written, "Message"), [held(&texts[texts.len() - 1])]);
}

/// The texts of all elements of this name, in order.
fn found(xml: &[u8], name: &str) -> Vec<String> {
    let text = std::str::from_utf8(xml).expect("XML in UTF-8");
    let document = roxmltree::Document::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let elements = document.descendants().filter(|node| node.is_element() && node.tag_name().name() == name);
    elements.map(|element| element.text().unwrap_or_default().to_owned()).collect()
}

/// The text as XML 1.0 can hold it.
fn held(text: &str) -> String {
    let is_allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}');
    text.chars().map(|letter| if is_allowed(letter) { letter } else { '\u{FFFD}' }).collect()
}
