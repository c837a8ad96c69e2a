//! From an operation's answer to a reply.

use jiff::{Timestamp, fmt::rfc2822::DateTimePrinter, fmt::temporal};

use crate::{ErrorReply, Location, Member, Reply, Schema, Value, query, rest::Route, xml};

const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
const TO_THE_MILLISECOND: temporal::DateTimePrinter = temporal::DateTimePrinter::new().precision(Some(3));
/// The namespace of the one attribute that there is, `xsi:type`.
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Writes an answer: each member where its schema says. A blob that is the payload is streamed by whoever has it, and is
/// not written here.
pub fn encode(schema: &Schema, route: &Route, value: Value, namespace: &str) -> Reply {
    let mut reply =
        Reply { status: route.status, content_type: "application/xml", headers: Vec::new(), body: Vec::new() };
    let (Schema::Structure { members, .. }, Value::Structure(values)) = (schema, value) else { return reply };
    let mut inside = Vec::new();
    for (name, value) in values.iter().filter(|(_, value)| !value.is_null()) {
        let Some(member) = members.iter().find(|member| member.wire_name == name) else { continue };
        match (member.location, value) {
            (Location::Header, value) => reply.headers.push((member.wire_name.into(), text(value, true))),
            (Location::Headers, Value::Map(entries)) => {
                let named =
                    |(key, value): &(String, Value)| (format!("{}{key}", member.wire_name).into(), text(value, true));
                reply.headers.extend(entries.iter().map(named));
            }
            (Location::Payload, Value::String(text)) => {
                reply.content_type = "application/json";
                reply.body = text.clone().into_bytes();
            }
            (Location::Payload, value) => {
                reply.body = DECLARATION.to_vec();
                xml::open_in(&mut reply.body, member.wire_name, "", namespace);
                content(&mut reply.body, &member.schema, value);
                xml::close(&mut reply.body, member.wire_name);
            }
            _ => write(&mut inside, member, value),
        }
    }
    let has_body = members.iter().any(|member| member.location == Location::Body);
    if has_body && !route.root.is_empty() {
        reply.body = DECLARATION.to_vec();
        xml::open_in(&mut reply.body, route.root, "", namespace);
        reply.body.append(&mut inside);
        xml::close(&mut reply.body, route.root);
    } else if let (true, [member]) = (has_body, members.as_slice()) {
        let value = values.first().map(|(_, value)| text(value, false)).unwrap_or_default();
        reply.body = DECLARATION.to_vec();
        xml::open_in(&mut reply.body, member.wire_name, "", namespace);
        xml::text(&mut reply.body, &value);
        xml::close(&mut reply.body, member.wire_name);
    }
    reply
}

/// Writes an error. One of a condition that says "as you have it" has no body.
pub fn encode_error(error: &ErrorReply, request_id: &str) -> Vec<u8> {
    if error.status == 304 {
        return Vec::new();
    }
    let mut out = DECLARATION.to_vec();
    xml::open(&mut out, "Error");
    xml::element(&mut out, "Code", &error.code);
    xml::element(&mut out, "Message", &error.message);
    for (name, value) in &error.members {
        query::write_member(&mut out, name, value);
    }
    xml::element(&mut out, "RequestId", request_id);
    xml::close(&mut out, "Error");
    out
}

fn write(out: &mut Vec<u8>, member: &Member, value: &Value) {
    let name = member.wire_name;
    match (&member.schema, value) {
        (Schema::List { member: of, .. }, Value::List(items)) if member.item.is_empty() => {
            items.iter().for_each(|item| element(out, name, of, item));
        }
        (Schema::List { member: of, .. }, Value::List(items)) => {
            xml::open(out, name);
            items.iter().for_each(|item| element(out, member.item, of, item));
            xml::close(out, name);
        }
        (schema, value) => element(out, name, schema, value),
    }
}

fn element(out: &mut Vec<u8>, name: &str, schema: &Schema, value: &Value) {
    let attribute = match (schema, value) {
        (Schema::Structure { members, .. }, Value::Structure(values)) => {
            let attribute = members.iter().find(|member| member.location == Location::Attribute);
            attribute.and_then(|attribute| {
                let (_, value) = values.iter().find(|(name, _)| *name == attribute.wire_name)?;
                Some((attribute.wire_name, text(value, false)))
            })
        }
        _ => None,
    };
    match attribute {
        None => xml::open(out, name),
        Some((attribute, value)) => {
            out.extend_from_slice(format!("<{name} xmlns:xsi=\"{INSTANCE}\" {attribute}=\"").as_bytes());
            xml::text(out, &value);
            out.extend_from_slice(b"\">");
        }
    }
    content(out, schema, value);
    xml::close(out, name);
}

fn content(out: &mut Vec<u8>, schema: &Schema, value: &Value) {
    let (Schema::Structure { members, .. }, Value::Structure(values)) = (schema, value) else {
        return xml::text(out, &text(value, false));
    };
    for (name, value) in values.iter().filter(|(_, value)| !value.is_null()) {
        let member = members.iter().find(|member| member.wire_name == name);
        if let Some(member) = member.filter(|member| member.location != Location::Attribute) {
            write(out, member, value);
        }
    }
}

/// A scalar as text. Dates have HTTP's form in headers, and milliseconds in XML.
fn text(value: &Value, in_header: bool) -> String {
    match value {
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::String(text) | Value::Text(text) => text.clone(),
        Value::Timestamp(moment) if in_header => http_date(*moment),
        Value::Timestamp(moment) => TO_THE_MILLISECOND.timestamp_to_string(moment),
        _ => String::new(),
    }
}

/// RFC 9110, section 5.6.7.
fn http_date(moment: Timestamp) -> String {
    DateTimePrinter::new().timestamp_to_rfc9110_string(&moment).unwrap_or_default()
}
