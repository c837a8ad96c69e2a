//! `bartizan sigv4 verify`: the server's own verification of Signature Version 4, over JSON lines.
//!
//! A line in:
//! `{"id","request":{"method","target","headers":[[name,value]],"body":base64},"service","region","now","normalizePath",
//! "unsignedSessionToken","keys":[{"accessKeyId","secretAccessKey","sessionToken"}]}`. `now` is ISO 8601 text, in either
//! format, or a number of seconds since the epoch. Without `region` any Region will do; `body`, `normalizePath` (true, but
//! for S3), `unsignedSessionToken` (false) and `sessionToken` may be left out.
//!
//! A line out for each, in order: `{"id","ok":true,"accessKeyId","canonicalRequest","stringToSign"}` or
//! `{"id","ok":false,"error","message"}`. A line that cannot be read gives the error `ValidationError` and stops nothing.

use std::io::{self, BufRead, Write};

use bartizan_sigv4::{Error, ErrorKind, Request, Rules, Signed, SigningKey, parse, parse_timestamp};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

/// Answers each line of `input` with a line in `output`, flushed at once. Blank lines are passed over.
///
/// # Errors
/// Only those of reading and writing; a bad line is answered, not an error.
pub fn run(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        writeln!(output, "{}", answer(&line))?;
        output.flush()?;
    }
}

/// One line in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    request: CaseRequest,
    service: String,
    region: Option<String>,
    now: Value,
    normalize_path: Option<bool>,
    #[serde(default)]
    unsigned_session_token: bool,
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct CaseRequest {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

/// An access key that exists. It holds a secret, so it has no `Debug`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Why a request is refused: the error code and its message.
struct Refusal {
    code: &'static str,
    message: String,
}

fn answer(line: &[u8]) -> Value {
    let line: Value = match serde_json::from_slice(line) {
        Ok(line) => line,
        Err(error) => return refusal(&Value::Null, &invalid(&error.to_string())),
    };
    let id = line.get("id").cloned().unwrap_or_default();
    let case = Case::deserialize(line).map_err(|error| invalid(&error.to_string()));
    match case.and_then(|case| verify(&case)) {
        Ok(verified) => json!({
            "id": id,
            "ok": true,
            "accessKeyId": verified.access_key_id,
            "canonicalRequest": verified.canonical_request,
            "stringToSign": verified.string_to_sign,
        }),
        Err(refused) => refusal(&id, &refused),
    }
}

fn refusal(id: &Value, refused: &Refusal) -> Value {
    json!({"id": id, "ok": false, "error": refused.code, "message": refused.message})
}

fn invalid(message: &str) -> Refusal {
    Refusal { code: "ValidationError", message: message.to_owned() }
}

struct Verified {
    access_key_id: String,
    canonical_request: String,
    string_to_sign: String,
}

fn verify(case: &Case) -> Result<Verified, Refusal> {
    let now = read_time(&case.now).ok_or_else(|| invalid("now must be ISO 8601 text or seconds since the epoch"))?;
    let body = STANDARD
        .decode(case.request.body.as_deref().unwrap_or_default())
        .map_err(|error| invalid(&format!("request.body: {error}")))?;
    let headers: Vec<(&str, &[u8])> =
        case.request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    let request =
        Request { method: &case.request.method, target: &case.request.target, headers: &headers, body: &body };
    let rules = rules(case);

    let unverified = parse(&request, &rules).map_err(|error| refused(&error, &rules))?;
    let key = case
        .keys
        .iter()
        .find(|key| key.access_key_id == unverified.access_key_id() && has_token(key, unverified.session_token()))
        .ok_or_else(|| Refusal {
            code: "InvalidClientTokenId",
            message: "The security token included in the request is invalid.".to_owned(),
        })?;
    let signing_key = SigningKey::derive(&key.secret_access_key, unverified.scope());
    unverified.verify(&signing_key, now).map_err(|error| refused(&error, &rules))?;
    // Where the session token may be unsigned there are two readings; the signature tells which one was meant.
    let signed = unverified.matching(&signing_key);
    Ok(Verified {
        access_key_id: unverified.access_key_id().to_owned(),
        canonical_request: signed.map_or(unverified.canonical_request(), Signed::canonical_request).to_owned(),
        string_to_sign: signed.map_or(unverified.string_to_sign(), Signed::string_to_sign).to_owned(),
    })
}

fn rules(case: &Case) -> Rules<'_> {
    let rules = if case.service == "s3" { Rules::s3() } else { Rules::new(&case.service) };
    Rules {
        region: case.region.as_deref(),
        normalize_path: case.normalize_path.unwrap_or(rules.normalize_path),
        unsigned_session_token: case.unsigned_session_token,
        ..rules
    }
}

/// Whether the request brings the token of the key, or none where the key has none; in constant time.
fn has_token(key: &Key, given: Option<&str>) -> bool {
    match (key.session_token.as_deref(), given) {
        (None, None) => true,
        (Some(expected), Some(given)) => bartizan_sigv4::constant_time_eq(expected.as_bytes(), given.as_bytes()),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

fn refused(error: &Error, rules: &Rules<'_>) -> Refusal {
    let code = match error.kind() {
        ErrorKind::PayloadMismatch if rules.unsigned_payload => "XAmzContentSHA256Mismatch",
        kind => kind.code(),
    };
    Refusal { code, message: error.to_string() }
}

fn read_time(now: &Value) -> Option<i64> {
    match now {
        Value::String(text) => {
            parse_timestamp(text).or_else(|| Some(text.parse::<jiff::Timestamp>().ok()?.as_second()))
        }
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENTED: &str = include_str!("../../sigv4/tests/cases/documented.jsonl");
    const BOTOCORE: &str = include_str!("../../sigv4/tests/cases/botocore.jsonl");

    fn answers(input: &str) -> Vec<Value> {
        let mut output = Vec::new();
        run(input.as_bytes(), &mut output).unwrap();
        let output = String::from_utf8(output).unwrap();
        output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The first documented case, changed.
    fn answer_to(change: impl FnOnce(&mut Value)) -> Value {
        let mut case: Value = serde_json::from_str(DOCUMENTED.lines().next().unwrap()).unwrap();
        change(&mut case);
        answers(&case.to_string()).remove(0)
    }

    #[test]
    fn every_line_is_answered_in_order() {
        let input = format!("{DOCUMENTED}\nno JSON\n[]\n{{\"id\":7}}\n\n{BOTOCORE}");
        let answers = answers(&input);
        assert_eq!(answers.len(), 6 + 3 + 15);
        for (index, answer) in answers.iter().enumerate() {
            if let 6..9 = index {
                assert_eq!(answer["error"], "ValidationError", "{answer}");
                assert_eq!(answer["ok"], false);
                assert!(answer["message"].is_string());
            } else {
                assert_eq!(answer["ok"], true, "{answer}");
            }
        }
        assert_eq!(answers[0]["id"], "IAM User Guide: ListUsers");
        assert_eq!(answers[0]["accessKeyId"], "AKIDEXAMPLE");
        assert!(answers[0]["canonicalRequest"].as_str().unwrap().starts_with("GET\n/\nAction=ListUsers"));
        assert!(answers[0]["stringToSign"].as_str().unwrap().starts_with("AWS4-HMAC-SHA256\n20150830T123600Z\n"));
        assert_eq!(answers[7]["id"], Value::Null);
        assert_eq!(answers[8]["id"], 7);
    }

    #[test]
    fn refusals_have_the_codes_of_aws() {
        let code = |change: fn(&mut Value)| answer_to(change)["error"].clone();
        assert_eq!(code(|case| case["request"]["headers"] = json!([["host", "h"]])), "MissingAuthenticationToken");
        assert_eq!(code(|case| case["request"]["headers"][3][1] = json!("AWS4-HMAC-SHA256 x")), "IncompleteSignature");
        assert_eq!(code(|case| case["request"]["body"] = json!("YQ==")), "SignatureDoesNotMatch");
        assert_eq!(code(|case| case["service"] = json!("sts")), "SignatureDoesNotMatch");
        assert_eq!(code(|case| case["region"] = json!("eu-west-1")), "SignatureDoesNotMatch");
        assert_eq!(code(|case| case["now"] = json!("20150830T125101Z")), "RequestExpired");
        assert_eq!(code(|case| case["now"] = json!("2015-08-30T12:20:59Z")), "RequestExpired");
        assert_eq!(code(|case| case["keys"] = json!([])), "InvalidClientTokenId");
        assert_eq!(code(|case| case["keys"][0]["sessionToken"] = json!("t")), "InvalidClientTokenId");
        assert_eq!(code(|case| case["keys"][0]["secretAccessKey"] = json!("s")), "SignatureDoesNotMatch");
        assert_eq!(code(|case| case["now"] = json!("noon")), "ValidationError");
        assert_eq!(code(|case| case["request"]["body"] = json!("%")), "ValidationError");
    }

    #[test]
    fn the_time_may_be_text_or_a_number() {
        for now in [
            json!("20150830T123600Z"),
            json!("2015-08-30T14:36:00+02:00"),
            json!(1_440_938_160),
            json!(1_440_938_160.5),
        ] {
            assert_eq!(answer_to(|case| case["now"] = now.clone())["ok"], true, "{now}");
        }
    }

    #[test]
    fn a_session_token_must_be_that_of_the_key() {
        let line = BOTOCORE.lines().find(|line| line.contains("session token")).unwrap();
        let ask = |token: Value| {
            let mut case: Value = serde_json::from_str(line).unwrap();
            case["keys"][0]["sessionToken"] = token;
            answers(&case.to_string()).remove(0)
        };
        assert_eq!(ask(json!("FwoG/+token=="))["ok"], true);
        assert_eq!(ask(json!("FwoG/+token="))["error"], "InvalidClientTokenId");
        assert_eq!(ask(Value::Null)["error"], "InvalidClientTokenId");
    }

    #[test]
    fn any_region_will_do_where_none_is_asked_for() {
        assert_eq!(answer_to(|case| case["region"] = Value::Null)["ok"], true);
    }
}
