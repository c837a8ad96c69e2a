//! Requests that others have signed: AWS's documentation, and botocore (the signer of the AWS CLI and boto3).

use bartizan_sigv4::{Request, Rules, Scope, SigningKey, parse, scope_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const DOCUMENTED: &str = include_str!("../cases/documented.jsonl");
const BOTOCORE: &str = include_str!("../cases/botocore.jsonl");

#[test]
fn requests_in_the_documentation_verify() {
    assert_eq!(all_verify(DOCUMENTED), 6);
}

#[test]
fn requests_of_botocore_verify() {
    assert_eq!(all_verify(BOTOCORE), 15);
}

/// Verifies each line, with the right secret and with a wrong one, and gives the number of lines.
fn all_verify(lines: &str) -> usize {
    for line in lines.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let id = text(&case["id"]);
        let sent = &case["request"];
        let pairs: Vec<(String, String)> =
            sent["headers"].as_array().unwrap().iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect();
        let headers: Vec<(&str, &[u8])> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let body = STANDARD.decode(sent["body"].as_str().unwrap_or_default()).unwrap();
        let request = Request {
            method: sent["method"].as_str().unwrap(),
            target: sent["target"].as_str().unwrap(),
            headers: &headers,
            body: &body,
        };
        let service = text(&case["service"]);
        let rules = if service == "s3" { Rules::s3() } else { Rules::new(&service) };
        let rules = Rules { region: case["region"].as_str(), ..rules };
        let now = bartizan_sigv4::parse_timestamp(&text(&case["now"]).replace(['-', ':'], "")).unwrap();
        let key = &case["keys"][0];

        assert_eq!(scope_of(&request).unwrap().unwrap(), Scope::new(&day(now), "us-east-1", &service), "{id}");
        let unverified = parse(&request, &rules).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(unverified.access_key_id(), text(&key["accessKeyId"]), "{id}");
        assert_eq!(unverified.session_token(), key["sessionToken"].as_str(), "{id}");
        if let Some(hash) = case["canonicalHash"].as_str() {
            assert!(unverified.string_to_sign().ends_with(hash), "{id}: {}", unverified.canonical_request());
        }
        let derive = |secret: &str| SigningKey::derive(secret, unverified.scope());
        let verified = unverified.verify(&derive(&text(&key["secretAccessKey"])), now);
        verified.unwrap_or_else(|error| panic!("{id}: {error}"));
        unverified.verify(&derive("another secret"), now).unwrap_err();
    }
    lines.lines().count()
}

fn day(now: i64) -> String {
    bartizan_sigv4::format_timestamp(now).split('T').next().unwrap().to_owned()
}
