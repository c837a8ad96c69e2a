//! From a value to bytes.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::{Value, time};

/// Writes a body. An operation without output ([`Value::Null`]) answers an object without members.
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    if value.is_null() {
        out.extend_from_slice(b"{}")
    } else {
        write(&mut out, value)
    }
    out
}

/// Appends a value. Absent members leave no trace; bytes are Base64, points in time are seconds since the
/// epoch, and the doubles that JSON has no number for are the strings `NaN`, `Infinity` and `-Infinity`.
pub fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(boolean) => out.extend_from_slice(if *boolean { b"true" } else { b"false" }),
        // Writing to a vector cannot fail.
        Value::Integer(number) => drop(write!(out, "{number}")),
        Value::Double(number) if number.is_finite() => out.extend_from_slice(double(*number).as_bytes()),
        Value::Double(number) => string(out, &double(*number)),
        Value::String(text) | Value::Text(text) => string(out, text),
        Value::Blob(bytes) => string(out, &BASE64.encode(bytes)),
        Value::Timestamp(timestamp) => time::write_epoch(out, *timestamp),
        Value::List(items) => list(out, items, write),
        Value::Map(entries) => object(out, entries.iter().map(|(name, value)| (name.as_str(), value))),
        Value::Structure(members) => object(out, members.iter().map(|(name, value)| (name.as_ref(), value))),
    }
}

/// Appends an array, each item as the given function does it.
pub(crate) fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (position, item) in items.iter().enumerate() {
        separate(out, position == 0);
        write(out, item);
    }
    out.push(b']');
}

/// Appends an object.
fn object<'a>(out: &mut Vec<u8>, entries: impl Iterator<Item = (&'a str, &'a Value)>) {
    let mut members = Members::begin(out);
    for (name, value) in entries.filter(|(_, value)| !value.is_null()) {
        write(members.name(name), value);
    }
    members.end();
}

/// An object in the making.
pub struct Members<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

impl<'a> Members<'a> {
    /// Opens it.
    pub fn begin(out: &'a mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_empty: true }
    }

    /// Writes a member's name. Its value, and nothing else, is to be written to what this gives.
    pub fn name(&mut self, name: &str) -> &mut Vec<u8> {
        separate(self.out, self.is_empty);
        self.is_empty = false;
        string(self.out, name);
        self.out.push(b':');
        self.out
    }

    /// Writes a member that is a string.
    pub fn string(&mut self, name: &str, value: &str) {
        string(self.name(name), value);
    }

    /// Opens an object as a member.
    pub fn object(&mut self, name: &str) -> Members<'_> {
        Members::begin(self.name(name))
    }

    /// Closes it.
    pub fn end(self) {
        self.out.push(b'}');
    }
}

/// The shortest text that reads back as the same double.
pub(crate) fn double(number: f64) -> String {
    if number.is_finite() {
        format!("{number:?}")
    } else if number.is_nan() {
        "NaN".to_owned()
    } else {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    }
}

fn separate(out: &mut Vec<u8>, is_first: bool) {
    if !is_first {
        out.push(b',');
    }
}

/// Appends a string in quotes ([RFC 8259, section 7](https://www.rfc-editor.org/rfc/rfc8259#section-7)).
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.push(b'"');
    // Most texts need no escape. Without a way out in the middle, many bytes are looked at at once.
    if bytes.iter().fold(true, |plain, byte| plain & !needs_escape(*byte)) {
        out.extend_from_slice(bytes);
    } else {
        escape_all(out, bytes);
    }
    out.push(b'"');
}

fn escape_all(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut plain_from = 0;
    for (position, byte) in bytes.iter().enumerate().filter(|(_, byte)| needs_escape(**byte)) {
        out.extend_from_slice(bytes.get(plain_from..position).unwrap_or_default());
        plain_from = position + 1;
        escape(out, *byte);
    }
    out.extend_from_slice(bytes.get(plain_from..).unwrap_or_default());
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        // Writing to a vector cannot fail.
        _ => drop(write!(out, "\\u{byte:04x}")),
    }
}
