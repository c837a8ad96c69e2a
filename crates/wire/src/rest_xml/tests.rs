use crate::{Location, Member, Schema, Value, rest::Route};

use super::{Request, decode, encode, matches};

const GET: Route = Route { method: "GET", root: "Out", ..Route::post("/{Bucket}/{Key+}") };

fn member(name: &'static str, location: Location, schema: Schema) -> Member {
    Member { name, wire_name: name, required: false, sensitive: false, location, item: "", schema }
}

fn structure(members: Vec<Member>) -> Schema {
    Schema::Structure { name: "S", members }
}

fn request<'a>(path: &'a str, headers: &'a [(&'a str, &'a [u8])]) -> Request<'a> {
    Request { path, parameters: &[], headers }
}

#[test]
fn a_key_is_all_that_follows_the_bucket_decoded_once() {
    for (path, found) in [
        ("/b/k", Some("k")),
        ("/b/a/b%2Fc%2520//", Some("a/b/c%20//")),
        ("/b/../x", Some("../x")),
        ("/b/", None),
        ("/b", None),
        ("/b/%zz", None),
        ("//k", None),
    ] {
        let labels = matches(&GET, "GET", &request(path, &[])).map(|(labels, _)| labels);
        assert_eq!(labels.and_then(|labels| labels.into_iter().nth(1)).map(|(_, key)| key).as_deref(), found, "{path}");
    }
    let bucket = Route { method: "GET", ..Route::post("/{Bucket}") };
    for (path, found) in [("/b", true), ("/b/", true), ("/", false), ("/b//", false), ("/b/k", false)] {
        assert_eq!(matches(&bucket, "GET", &request(path, &[])).is_some(), found, "{path}");
    }
}

#[test]
fn a_header_that_is_not_understood_is_refused() {
    let schema = structure(vec![member("x-amz-acl", Location::Header, Schema::string())]);
    let read = |headers: &[(&str, &[u8])]| decode(&schema, &Vec::new(), &request("/b/k", headers), b"");
    assert!(read(&[("x-amz-acl", b"private"), ("x-amz-date", b"x"), ("accept", b"*/*")]).is_ok());
    let refused = read(&[("X-Amz-Server-Side-Encryption", b"aws:kms")]).expect_err("not known");
    assert_eq!(refused.code, Some("NotImplemented"));
    assert!(read(&[("x-amz-acl", b"private"), ("X-Amz-Acl", b"public-read")]).is_err(), "given twice");
}

#[test]
fn hostile_xml_is_refused() {
    let inner = structure(vec![member("A", Location::Body, Schema::string())]);
    let schema = structure(vec![member("Root", Location::Payload, inner)]);
    let read = |body: &str| decode(&schema, &Vec::new(), &request("/b", &[]), body.as_bytes());
    assert!(read("<Root xmlns='urn:x'><A>1</A></Root>").is_ok());
    for bad in [
        "<Other/>".to_owned(),
        "<Root>".to_owned(),
        "<Root><A>1</A><A>2</A></Root>".to_owned(),
        "<Root><A><B/></A></Root>".to_owned(),
        "<!DOCTYPE r [<!ENTITY a 'b'>]><Root><A>&a;</A></Root>".to_owned(),
        "<a>".repeat(400_000),
    ] {
        assert_eq!(read(&bad).expect_err("bad").code, Some("MalformedXML"), "{} bytes", bad.len());
    }
}

#[test]
fn an_answer_is_in_headers_and_body() {
    let mut list = member(
        "Item",
        Location::Body,
        Schema::List { member: Box::new(Schema::string()), traits: crate::Traits::NONE },
    );
    list.item = "";
    let schema = structure(vec![member("ETag", Location::Header, Schema::string()), list]);
    let items = Value::List(vec![Value::String("<1>".into()), Value::String("2".into())]);
    let value = Value::Structure(vec![("ETag".into(), Value::String("\"e\"".into())), ("Item".into(), items)]);
    let reply = encode(&schema, &GET, value, "urn:x");
    assert_eq!(reply.headers, [("ETag".into(), "\"e\"".to_owned())]);
    let body = String::from_utf8(reply.body).expect("text");
    assert!(body.ends_with("<Out xmlns=\"urn:x\"><Item>&lt;1&gt;</Item><Item>2</Item></Out>"), "{body}");
}
