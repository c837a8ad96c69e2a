use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread,
};

use super::*;
use crate::{
    Assumes,
    fixture::{ALLOW_ALL, DENY_ALL, House, ours, role},
};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:page";

fn at_work(functions: &str, policies: &[&str]) -> (House, Acting) {
    let mut house = House::new();
    house.gate.config.functions = functions.parse().unwrap();
    house.put(role(policies));
    let assumes = Assumes {
        service: "lookoutmetrics.amazonaws.com",
        role_arn: "arn:aws:iam::123456789012:role/team/Reader",
        session_name: "LookoutMetrics-one",
        source_arn: Some("arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:one"),
        source_account: ours(),
        region: "us-east-1",
    };
    let assumed = house.gate.assume(&assumes).unwrap();
    (house, assumed)
}

/// Takes one request, answers it, and gives its head and body.
fn endpoint(status: u16) -> (String, thread::JoinHandle<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/page", listener.local_addr().unwrap());
    let answering = thread::spawn(move || {
        let mut stream = BufReader::new(listener.accept().unwrap().0);
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        write!(stream.get_mut(), "HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        (head, String::from_utf8(body).unwrap())
    });
    (url, answering)
}

#[test]
fn a_role_that_may_not_calls_no_function_and_its_try_is_recorded() {
    for policies in [&[][..], &[ALLOW_ALL, DENY_ALL]] {
        let (house, assumed) = at_work(&format!("{FUNCTION}=http://127.0.0.1:9/"), policies);
        let Err(Uninvoked::Refused(error)) = assumed.invoke(&house.gate, FUNCTION, b"{}") else {
            panic!("it was called")
        };
        assert_eq!((error.code.as_str(), error.status), ("AccessDeniedException", 403));
        assert!(
            error.message.contains("is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda")
        );
        let record: serde_json::Value = serde_json::from_str(house.trail().last().unwrap()).unwrap();
        assert_eq!(
            (&record["eventSource"], &record["eventName"], &record["errorCode"]),
            (&"lambda.amazonaws.com".into(), &"Invoke".into(), &"AccessDeniedException".into())
        );
    }
}

#[test]
fn a_function_that_nobody_named_is_not_found() {
    let (house, assumed) = at_work("", &[ALLOW_ALL]);
    let Err(Uninvoked::Refused(error)) = assumed.invoke(&house.gate, FUNCTION, b"{}") else { panic!("it was called") };
    assert_eq!((error.code.as_str(), error.status), ("ResourceNotFoundException", 404));
}

#[test]
fn a_function_gets_the_event() {
    let (url, answering) = endpoint(202);
    let (house, assumed) = at_work(&format!("{FUNCTION}={url}"), &[ALLOW_ALL]);
    assumed.invoke(&house.gate, FUNCTION, br#"{"alertName":"one"}"#).unwrap();
    let (head, body) = answering.join().unwrap();
    assert!(head.starts_with("POST /page HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json\r\n"), "{head}");
    assert_eq!(body, r#"{"alertName":"one"}"#);
}

#[test]
fn an_endpoint_that_fails_is_told() {
    let (url, answering) = endpoint(500);
    let (house, assumed) = at_work(&format!("{FUNCTION}={url}"), &[ALLOW_ALL]);
    let failed = assumed.invoke(&house.gate, FUNCTION, b"{}").unwrap_err();
    assert!(matches!(failed, Uninvoked::Unreached(Unreached::Status(500))), "{failed}");
    answering.join().unwrap();
}

#[test]
fn what_is_no_function_with_an_endpoint_is_refused_and_named() {
    let twice = format!("{FUNCTION}=http://a/,{FUNCTION}=http://b/");
    for bad in [
        FUNCTION,
        "arn:aws:sns:us-east-1:123456789012:page=http://a/",
        "arn:aws:lambda:us-east-1:123456789012:layer:page=http://a/",
        &format!("{FUNCTION}=ftp://a/"),
        &format!("{FUNCTION}=http://"),
        &twice,
    ] {
        assert!(bad.parse::<Functions>().is_err(), "{bad}");
    }
}
