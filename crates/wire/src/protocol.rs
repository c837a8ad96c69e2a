//! The protocols that services speak, and the replies in them.

use std::borrow::Cow;

use crate::json;
use crate::{ErrorReply, Malformed, Value, query, rest_xml};

/// The protocol of a service, with what of it differs between services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Forms in, XML out; the operation is the parameter `Action`.
    Query {
        /// The API's version, which requests give as `Version`: `2010-05-08`.
        version: &'static str,
        /// The namespace of answers: `https://iam.amazonaws.com/doc/2010-05-08/`.
        namespace: &'static str,
    },
    /// JSON both ways; the operation is in the header `X-Amz-Target`.
    Json {
        /// The protocol's version: `1.1`.
        version: &'static str,
        /// What stands before the operation in `X-Amz-Target`: `AWSOrganizationsV20161128`.
        target_prefix: &'static str,
    },
    /// JSON in bodies; the operation is known by method and path ([`crate::rest::Route`]).
    RestJson,
    /// XML in bodies, members in headers too; the operation is known by method, path and query ([`crate::rest_xml`]).
    RestXml {
        /// The namespace of answers: `http://s3.amazonaws.com/doc/2006-03-01/`.
        namespace: &'static str,
    },
}

/// A reply, but for the headers that every reply has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The header in which the JSON protocols repeat an error's code.
const ERROR_TYPE: &str = "x-amzn-ErrorType";

impl Protocol {
    /// The media type of replies.
    pub fn content_type(&self) -> &'static str {
        match self {
            Self::Query { .. } => "text/xml",
            Self::Json { version: "1.0", .. } => "application/x-amz-json-1.0",
            Self::Json { .. } => "application/x-amz-json-1.1",
            Self::RestJson => "application/json",
            Self::RestXml { .. } => "application/xml",
        }
    }

    /// The answer of an operation. [`Value::Null`], which is what `()` becomes, is no output. (rest-xml writes answers by
    /// their schemas: [`crate::rest_xml::encode`].)
    pub fn encode_success(&self, operation: &str, result: Value, request_id: &str) -> Reply {
        let body = match self {
            Self::Query { namespace, .. } => query::encode(operation, Some(result), namespace, request_id),
            Self::Json { .. } | Self::RestJson => json::encode(&result),
            Self::RestXml { .. } => Vec::new(),
        };
        Reply { status: 200, content_type: self.content_type(), headers: Vec::new(), body }
    }

    /// An error.
    pub fn encode_error(&self, error: &ErrorReply, request_id: &str) -> Reply {
        let (headers, body) = match self {
            Self::Query { namespace, .. } => (Vec::new(), query::encode_error(error, namespace, request_id)),
            Self::Json { .. } => (vec![(ERROR_TYPE.into(), error.code.clone())], json_error(error, Some(&error.code))),
            Self::RestJson => (vec![(ERROR_TYPE.into(), error.code.clone())], json_error(error, None)),
            Self::RestXml { .. } => (Vec::new(), rest_xml::encode_error(error, request_id)),
        };
        Reply { status: error.status, content_type: self.content_type(), headers, body }
    }

    /// The error that says that a request is not well-formed or holds a value of the wrong type.
    pub fn malformed(&self, malformed: &Malformed) -> ErrorReply {
        let code = match self {
            Self::Query { .. } => "MalformedInput",
            Self::Json { .. } | Self::RestJson => "SerializationException",
            Self::RestXml { .. } => malformed.code.unwrap_or("InvalidArgument"),
        };
        ErrorReply::malformed(code, malformed)
    }
}

/// `{"__type":code,"Message":message,…}`; the code only where the protocol has it in the body.
fn json_error(error: &ErrorReply, code: Option<&str>) -> Vec<u8> {
    let named = [("__type", code), ("Message", Some(error.message.as_str()))];
    let texts = named.into_iter().filter_map(|(name, text)| Some((name, Value::String(text?.to_owned()))));
    let members = texts.chain(error.members.iter().cloned()).map(|(name, value)| (name.into(), value));
    json::encode(&Value::Structure(members.collect()))
}

#[cfg(test)]
mod tests;
