//! Routes: which request is for which operation, and what its members are.

use std::borrow::Cow;

use super::Route;
use crate::{Protocol, Value, json};

const CREATE_ALERT: Route = Route::post("/CreateAlert");
const UNTAG: Route = Route {
    method: "DELETE",
    uri: "/tags/{resourceArn}",
    query: &["mode"],
    query_lists: &["tagKeys"],
    status: 204,
    ..Route::post("")
};

#[test]
fn paths_match_as_a_whole() {
    for (method, path, label) in [
        ("DELETE", "/tags/arn:aws:x", Some("arn:aws:x")),
        ("DELETE", "/tags/arn%3Aaws%3Ax%2Fy", Some("arn:aws:x/y")),
        // Decoded once: what is left is the label's own.
        ("DELETE", "/tags/a%252Fb+c", Some("a%2Fb+c")),
        ("DELETE", "/tags/..", Some("..")),
        ("POST", "/tags/x", None),
        ("delete", "/tags/x", None),
        ("DELETE", "/tags/", None),
        ("DELETE", "/tags", None),
        ("DELETE", "/tags/x/", None),
        ("DELETE", "/tags/x/y", None),
        ("DELETE", "//tags/x", None),
        ("DELETE", "tags/x", None),
        ("DELETE", "/Tags/x", None),
        ("DELETE", "/%74ags/x", None),
        ("DELETE", "/tags/%FF", None),
        ("DELETE", "/tags/%4", None),
        ("DELETE", "", None),
    ] {
        let labels = UNTAG.matches(method, path);
        assert_eq!(labels, label.map(|label| vec![("resourceArn", label.to_owned())]), "{method} {path}");
    }
    assert_eq!(CREATE_ALERT.matches("POST", "/CreateAlert"), Some(vec![]));
    for path in ["/CreateAlert/", "/createalert", "/CreateAlert?x", "/CreateAlerts", "/"] {
        assert_eq!(CREATE_ALERT.matches("POST", path), None, "{path}");
    }
}

fn bind(route: &Route, parameters: &[(&'static str, &'static str)], body: &str) -> Option<Value> {
    let labels = if route.uri.contains('{') { vec![("resourceArn", "arn".to_owned())] } else { vec![] };
    let parameters = parameters.iter().map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value)));
    route.bind(labels, parameters, json::decode(body.as_bytes()).ok()?).ok()
}

#[test]
fn members_come_from_path_query_and_body() {
    let text = |text: &str| Value::Text(text.to_owned());
    let input =
        bind(&UNTAG, &[("tagKeys", "a"), ("X-Amz-Date", "d"), ("mode", "m"), ("tagKeys", "b")], r#"{"Other":1}"#);
    let expected = [
        ("Other", Value::Integer(1)),
        ("resourceArn", text("arn")),
        ("mode", text("m")),
        ("tagKeys", Value::List(vec![text("a"), text("b")])),
    ];
    assert_eq!(input, Some(Value::Map(expected.map(|(name, value)| (name.to_owned(), value)).into())));
    assert_eq!(bind(&CREATE_ALERT, &[], ""), Some(Value::empty()));
}

#[test]
fn a_member_has_one_place() {
    for (parameters, body) in [
        (&[][..], r#"{"resourceArn":"evil"}"#),
        (&[], r#"{"ResourceArn":"evil"}"#),
        (&[], r#"{"tagKeys":["evil"]}"#),
        (&[], r#"{"mode":"evil"}"#),
        (&[("resourceArn", "evil")], ""),
        (&[("ResourceARN", "evil")], ""),
        (&[("mode", "a"), ("mode", "b")], ""),
        (&[("Mode", "a")], ""),
        (&[("tagKeys", "a"), ("TagKeys", "b")], ""),
    ] {
        assert_eq!(bind(&UNTAG, parameters, body), None, "{parameters:?} {body}");
    }
}

#[test]
fn a_route_has_its_own_status() {
    let reply = UNTAG.finish(Protocol::RestJson.encode_success("UntagResource", Value::Null, "id"));
    assert_eq!((reply.status, reply.body.as_slice()), (204, &b""[..]));
    let reply = CREATE_ALERT.finish(Protocol::RestJson.encode_success("CreateAlert", Value::Null, "id"));
    assert_eq!((reply.status, reply.body.as_slice()), (200, &b"{}"[..]));
}
