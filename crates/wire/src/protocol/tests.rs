//! Replies in each protocol.

use super::{Protocol, Reply};
use crate::{ErrorReply, Malformed, Value};

const QUERY: Protocol =
    Protocol::Query { version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/" };
const JSON: Protocol = Protocol::Json { version: "1.1", target_prefix: "AWSOrganizationsV20161128" };

fn body(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).expect("UTF-8")
}

#[test]
fn answers() {
    let answer = || Value::Structure(vec![("Account".into(), Value::String("123456789012".into()))]);
    for (protocol, content_type, expected) in [
        (
            QUERY,
            "text/xml",
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
             <Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>id</RequestId>\
             </ResponseMetadata></GetCallerIdentityResponse>",
        ),
        (JSON, "application/x-amz-json-1.1", r#"{"Account":"123456789012"}"#),
        (Protocol::RestJson, "application/json", r#"{"Account":"123456789012"}"#),
    ] {
        let reply = protocol.encode_success("GetCallerIdentity", answer(), "id");
        assert_eq!((reply.status, reply.content_type, body(&reply)), (200, content_type, expected));
        assert!(reply.headers.is_empty());
    }
}

#[test]
fn errors() {
    let error = ErrorReply::new(400, "InvalidInputException", "You \"provided\" it.")
        .with("Reason", Value::String("INVALID_PATTERN".into()));
    let typed = vec![("x-amzn-ErrorType", "InvalidInputException".to_owned())];
    for (protocol, headers, expected) in [
        (
            QUERY,
            vec![],
            "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
             <Code>InvalidInputException</Code><Message>You &quot;provided&quot; it.</Message>\
             <Reason>INVALID_PATTERN</Reason></Error><RequestId>id</RequestId></ErrorResponse>",
        ),
        (
            JSON,
            typed.clone(),
            r#"{"__type":"InvalidInputException","Message":"You \"provided\" it.","Reason":"INVALID_PATTERN"}"#,
        ),
        (Protocol::RestJson, typed, r#"{"Message":"You \"provided\" it.","Reason":"INVALID_PATTERN"}"#),
    ] {
        let reply = protocol.encode_error(&error, "id");
        assert_eq!((reply.status, body(&reply)), (400, expected));
        assert_eq!(
            reply.headers.iter().map(|(name, value)| (name.as_ref(), value.clone())).collect::<Vec<_>>(),
            headers
        );
    }
}

#[test]
fn malformed_input_has_the_protocols_code() {
    for (protocol, code) in
        [(QUERY, "MalformedInput"), (JSON, "SerializationException"), (Protocol::RestJson, "SerializationException")]
    {
        let error = protocol.malformed(&Malformed::new("why"));
        assert_eq!((error.status, error.code.as_str(), error.message.as_str()), (400, code, "why"));
    }
}
