//! Schemas as JSON, to be compared with the models of an installed botocore.

use std::borrow::Cow;

use crate::{Location, Member, Schema, Traits, Value, json};

/// A schema as JSON: `type` in botocore's words, and as far as they apply `name`, `members` (each with
/// `name`, `wireName`, `required`, `sensitive`, its `shape` and, in rest-xml, its `location`), `member`, `key`, `value`, `enum`, `min`,
/// `max`, `pattern` and `sensitive`.
pub fn schema_json(schema: &Schema) -> String {
    String::from_utf8(json::encode(&describe(schema))).unwrap_or_default()
}

/// The same as a value.
pub fn describe(schema: &Schema) -> Value {
    let (kind, inside) = match schema {
        Schema::Boolean => ("boolean", vec![]),
        Schema::Integer(_) => ("integer", vec![]),
        Schema::Long(_) => ("long", vec![]),
        Schema::Float(_) => ("float", vec![]),
        Schema::Double(_) => ("double", vec![]),
        Schema::Blob(_) => ("blob", vec![]),
        Schema::Timestamp => ("timestamp", vec![]),
        Schema::String { values: [], .. } => ("string", vec![]),
        Schema::String { values, .. } => {
            ("string", vec![("enum", Value::List(values.iter().map(|value| text(value)).collect()))])
        }
        Schema::List { member, .. } => ("list", vec![("member", describe(member))]),
        Schema::Map { key, value, .. } => ("map", vec![("key", describe(key)), ("value", describe(value))]),
        Schema::Structure { name, members } => {
            ("structure", vec![("name", text(name)), ("members", Value::List(members.iter().map(member).collect()))])
        }
    };
    let traits = constraints(schema.traits());
    structure(std::iter::once(("type", text(kind))).chain(inside).chain(traits))
}

fn member(member: &Member) -> Value {
    let location = match member.location {
        Location::Body | Location::Payload | Location::Attribute => None,
        Location::Label => Some("uri"),
        Location::Query => Some("querystring"),
        Location::Header => Some("header"),
        Location::Headers => Some("headers"),
    };
    let described = [
        ("name", text(member.name)),
        ("wireName", text(member.wire_name)),
        ("required", Value::Boolean(member.required)),
        ("sensitive", Value::Boolean(member.sensitive)),
        ("shape", describe(&member.schema)),
    ];
    structure(described.into_iter().chain(location.map(|location| ("location", text(location)))))
}

fn constraints(traits: Traits) -> impl Iterator<Item = (&'static str, Value)> {
    [
        ("min", traits.min.map(Value::Integer)),
        ("max", traits.max.map(Value::Integer)),
        ("pattern", traits.pattern.map(text)),
        ("sensitive", traits.sensitive.then_some(Value::Boolean(true))),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
}

fn structure(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Structure(members.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect())
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}
