//! The [AWS Query protocol](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html): forms in, XML out.

mod form;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

pub use form::{Parameter, decode, pairs};

use crate::{ErrorReply, Value, time, xml};

/// Writes the answer of an operation: `<CreateUserResponse><CreateUserResult>…`. An operation without
/// output (`None`, or [`Value::Null`]) has no result element.
pub fn encode(operation: &str, result: Option<Value>, namespace: &str, request_id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    xml::open_in(&mut out, operation, "Response", namespace);
    if let Some(result) = result.filter(|result| !result.is_null()) {
        let name = [operation, "Result"].concat();
        write_element(&mut out, &name, &result);
    }
    xml::open(&mut out, "ResponseMetadata");
    xml::element(&mut out, "RequestId", request_id);
    xml::close(&mut out, "ResponseMetadata");
    xml::close(&mut out, &[operation, "Response"].concat());
    out
}

/// Writes an error. Its type is `Sender` or `Receiver` by its status.
pub fn encode_error(error: &ErrorReply, namespace: &str, request_id: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    xml::open_in(&mut out, "ErrorResponse", "", namespace);
    xml::open(&mut out, "Error");
    xml::element(&mut out, "Type", if error.is_of_sender() { "Sender" } else { "Receiver" });
    xml::element(&mut out, "Code", &error.code);
    xml::element(&mut out, "Message", &error.message);
    for (name, value) in &error.members {
        write_member(&mut out, name, value);
    }
    xml::close(&mut out, "Error");
    xml::element(&mut out, "RequestId", request_id);
    xml::close(&mut out, "ErrorResponse");
    out
}

/// Writes a member; an absent one leaves no trace.
pub(crate) fn write_member(out: &mut Vec<u8>, name: &str, value: &Value) {
    if !value.is_null() {
        write_element(out, name, value);
    }
}

fn write_element(out: &mut Vec<u8>, name: &str, value: &Value) {
    xml::open(out, name);
    write_content(out, value);
    xml::close(out, name);
}

fn write_content(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => {}
        Value::Boolean(boolean) => out.extend_from_slice(if *boolean { b"true" } else { b"false" }),
        Value::Integer(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Double(number) => out.extend_from_slice(crate::json::double(*number).as_bytes()),
        Value::String(text) | Value::Text(text) => xml::text(out, text),
        Value::Blob(bytes) => out.extend_from_slice(BASE64.encode(bytes).as_bytes()),
        Value::Timestamp(timestamp) => time::write_iso(out, *timestamp),
        Value::List(items) => {
            for item in items {
                write_element(out, "member", item);
            }
        }
        Value::Map(entries) => {
            for (key, value) in entries {
                xml::open(out, "entry");
                xml::element(out, "key", key);
                write_element(out, "value", value);
                xml::close(out, "entry");
            }
        }
        Value::Structure(members) => {
            for (name, value) in members {
                write_member(out, name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
