//! What is refused, and in which words. Each case changes one thing of a request that verifies.

use crate::common::{NOW, Sent};
use bartizan_sigv4::{Error, ErrorKind, Rules, Unverified, scope_of};

const IAM: Rules<'_> = Rules::new("iam");
const TOKEN: Option<&str> = Some("FwoG/+token==");

fn signed() -> Sent {
    Sent::get("/?Action=ListUsers").signed(&IAM)
}

fn presigned() -> Sent {
    Sent::get("/?Action=ListUsers").presigned(&IAM)
}

/// A case: the request, the kind of the refusal, a part of its message.
type Case = (Sent, ErrorKind, &'static str);

fn assert_refused<const N: usize>(rules: &Rules<'_>, cases: [Case; N]) {
    for (sent, kind, message) in cases {
        let error = sent.verify(rules).expect_err(&format!("{message}: {sent:?}"));
        assert_eq!(error.kind(), kind, "{error}: {sent:?}");
        assert!(error.to_string().contains(message), "{error}\nhas no\n{message}");
    }
}

use ErrorKind::{
    HeadersNotSigned, IncompleteSignature, MissingAuthenticationToken, NotImplemented, PayloadMismatch, RequestExpired,
    SignatureDoesNotMatch,
};

#[test]
fn what_the_cases_change_verifies() {
    signed().verify(&IAM).unwrap();
    presigned().verify(&IAM).unwrap();
}

#[test]
fn one_mechanism_there_must_be_and_only_one() {
    let twice = "Only one auth mechanism allowed";
    let mut both = presigned();
    both.headers.extend(signed().headers.into_iter().skip(1));
    assert_refused(
        &IAM,
        [
            (Sent::get("/"), MissingAuthenticationToken, "Request is missing Authentication Token"),
            (Sent::get("/?X-Amz-Date=20150830T123600Z"), IncompleteSignature, "must include 'X-Amz-Algorithm'"),
            (both, IncompleteSignature, twice),
            (Sent::get("/?X-Amz-Security-Token=t").signed(&IAM), IncompleteSignature, twice),
            (Sent::get("/?X-Amz-Signature=0").signed(&IAM), IncompleteSignature, twice),
            (Sent::get("/?X-Amz%2DDate=20150830T123600Z").signed(&IAM), IncompleteSignature, twice),
            (Sent::get("/?AWSAccessKeyId=AKIDEXAMPLE").signed(&IAM), IncompleteSignature, twice),
            (Sent::get("/?AWSAccessKeyId=A&Signature=b"), IncompleteSignature, "Please use AWS4-HMAC-SHA256."),
        ],
    );
}

#[test]
fn query_parameters_of_authentication_are_there_once_and_in_their_own_case() {
    let more = |parameter: &str| {
        let mut sent = presigned();
        sent.target += parameter;
        sent
    };
    let twice = "must not be given more than once";
    assert_refused(
        &IAM,
        [
            (more("&X-Amz-Credential=a"), IncompleteSignature, twice),
            (more("&X-Amz-Signature=0"), IncompleteSignature, twice),
            (more("&X-Amz-Expires=300"), IncompleteSignature, twice),
            (more("&X-Amz-Foo=1&x-amz-foo=1"), IncompleteSignature, "'x-amz-foo' must not be given more than once"),
            (more("&x-amz-credential=a"), IncompleteSignature, "must be written 'X-Amz-Credential'"),
            (more("&X-AMZ-SECURITY-TOKEN=a"), IncompleteSignature, "must be written 'X-Amz-Security-Token'"),
            (more("&%78-amz-date=a"), IncompleteSignature, "must be written 'X-Amz-Date'"),
            (presigned().replace("X-Amz-Date", "X-Amz-date"), IncompleteSignature, "must be written 'X-Amz-Date'"),
            (more("&a=%"), IncompleteSignature, "invalid percent escape"),
            (more("&a=%4"), IncompleteSignature, "invalid percent escape"),
            (more("&a=%4g"), IncompleteSignature, "invalid percent escape"),
            (more("&a=%+1"), IncompleteSignature, "invalid percent escape"),
            (more("&%zz"), IncompleteSignature, "invalid percent escape"),
            (presigned().replace("AKIDEXAMPLE", "%FF"), IncompleteSignature, "X-Amz-Credential"),
            (more("&X-Amz-Foo=1"), SignatureDoesNotMatch, "The request signature we calculated does not match"),
        ],
    );
}

#[test]
fn a_presigned_request_must_be_complete() {
    let cases = [
        ("X-Amz-Algorithm", "X-Foo-1", "must include 'X-Amz-Algorithm'. Re-examine the query-string parameters."),
        ("X-Amz-Credential", "X-Foo-1", "must include 'X-Amz-Credential'. Re-examine"),
        ("X-Amz-Date", "X-Foo-1", "must include 'X-Amz-Date'. Re-examine"),
        ("X-Amz-Expires", "X-Foo-1", "must include 'X-Amz-Expires'. Re-examine"),
        ("X-Amz-SignedHeaders", "X-Foo-1", "must include 'X-Amz-SignedHeaders'. Re-examine"),
        ("X-Amz-Signature", "X-Foo-1", "must include 'X-Amz-Signature'. Re-examine"),
        ("X-Amz-Expires=300", "X-Amz-Expires=", "must include 'X-Amz-Expires'"),
        ("X-Amz-Expires=300", "X-Amz-Expires=0", "X-Amz-Expires must be positive"),
        ("X-Amz-Expires=300", "X-Amz-Expires=-1", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires=300", "X-Amz-Expires=%2B300", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires=300", "X-Amz-Expires=1e3", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires=300", "X-Amz-Expires=604801", "less than 604800 seconds"),
        ("X-Amz-Expires=300", "X-Amz-Expires=99999999999999999999", "less than 604800 seconds"),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1", "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1'."),
        ("T123600Z", "T126000Z", "Date must be in ISO-8601 'basic format'. Got '20150830T126000Z'."),
    ];
    for (from, to, message) in cases {
        assert_refused(&IAM, [(presigned().replace(from, to), IncompleteSignature, message)]);
    }
    let header_too = |value: &str| presigned().with_header("x-amz-date", value);
    assert_refused(
        &IAM,
        [
            (header_too("20150830T123601Z"), IncompleteSignature, "must not differ"),
            (header_too("20150830T123600Z"), HeadersNotSigned, "which were not signed: x-amz-date"),
        ],
    );
}

#[test]
fn an_authorization_header_must_be_complete() {
    let cases = [
        ("Credential=", "", "not a valid key=value pair (missing equal-sign) in Authorization header."),
        ("Credential=", "Credential= ", "not a valid key=value pair"),
        ("Credential=", "Credential=,Foo=", "Authorization header has an unknown parameter 'Foo'."),
        ("Credential=", "credential=", "Authorization header has an unknown parameter 'credential'."),
        ("Credential=", "Credential=a,Credential=", "must have one 'Credential' parameter only"),
        ("Credential=", "Credential=,Credential=", "must have one 'Credential' parameter only"),
        ("Credential=AKIDEXAMPLE/", "Credential=", "Credential must have exactly 5 slash-delimited elements"),
        ("Credential=AKIDEXAMPLE/", "Credential=A/B/", "Credential must have exactly 5 slash-delimited elements"),
        ("Credential=AKIDEXAMPLE/", "Credential=/", "Credential must have exactly 5 slash-delimited elements"),
        (" SignedHeaders=host;x-amz-date,", "", "Authorization header requires 'SignedHeaders' parameter."),
        ("SignedHeaders=host;x-amz-date", "SignedHeaders=", "Authorization header requires 'SignedHeaders' parameter."),
        ("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256", "Unsupported AWS 'algorithm'"),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."),
        ("AWS4-HMAC-SHA256", "aws4-hmac-sha256", "Unsupported AWS 'algorithm': 'aws4-hmac-sha256'."),
        ("AWS4-HMAC-SHA256", "Bearer", "Unsupported AWS 'algorithm': 'Bearer'."),
        ("T123600Z", "T123600", "Date must be in ISO-8601 'basic format'. Got '20150830T123600'."),
        ("20150830T", "20150230T", "Date must be in ISO-8601 'basic format'."),
        ("20150830T", "2015083+T", "Date must be in ISO-8601 'basic format'."),
    ];
    for (from, to, message) in cases {
        assert_refused(&IAM, [(signed().replace(from, to), IncompleteSignature, message)]);
    }
    let empty = Sent::get("/").with_header("authorization", "AWS4-HMAC-SHA256");
    let all = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' \
               parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires \
               existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256";
    assert_eq!(empty.verify(&IAM).unwrap_err().to_string(), all);
}

#[test]
fn headers_that_matter_are_there_once() {
    for name in ["authorization", "host", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "date"] {
        let sent = signed().without_header(name).with_header(name, "a").with_header(&name.to_uppercase(), "a");
        assert_refused(&IAM, [(sent, IncompleteSignature, "must not be given more than once")]);
    }
    let two_hosts = signed().with_header(":authority", "other.amazonaws.com");
    assert_refused(&IAM, [(two_hosts, IncompleteSignature, "'Host' and ':authority' must not differ")]);
}

#[test]
fn what_must_be_signed_is_signed() {
    let host = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
    let list = "SignedHeaders must be lower-case header names in alphabetical order";
    let headers = |names: &str| signed().replace("SignedHeaders=host;x-amz-date", &format!("SignedHeaders={names}"));
    assert_refused(
        &IAM,
        [
            (headers("x-amz-date"), SignatureDoesNotMatch, host),
            (headers("content-type;x-amz-date"), SignatureDoesNotMatch, host),
            (presigned().replace("SignedHeaders=host", "SignedHeaders=accept"), SignatureDoesNotMatch, host),
            (headers("x-amz-date;host"), IncompleteSignature, list),
            (headers("host;host;x-amz-date"), IncompleteSignature, list),
            (headers("Host;x-amz-date"), IncompleteSignature, list),
            (headers("host;;x-amz-date"), IncompleteSignature, list),
            (headers("host;x-amz-date;"), IncompleteSignature, list),
            (headers(";host;x-amz-date"), IncompleteSignature, list),
            (headers("a:b;host;x-amz-date"), IncompleteSignature, list),
            (headers("host"), HeadersNotSigned, "which were not signed: x-amz-date"),
            (headers("accept;host;x-amz-date"), SignatureDoesNotMatch, "'accept' is in SignedHeaders but not in"),
            (signed().without_header("host"), SignatureDoesNotMatch, "'host' is in SignedHeaders but not in"),
            (signed().with_header("x-amz-foo", "1"), HeadersNotSigned, "which were not signed: x-amz-foo"),
            (signed().with_header("X-Amz-Copy-Source", "/b/k"), HeadersNotSigned, "x-amz-copy-source"),
            (presigned().with_header("x-amz-acl", "public-read"), HeadersNotSigned, "x-amz-acl"),
            (signed().with_header("x-amz-security-token", "t"), HeadersNotSigned, "x-amz-security-token"),
            (presigned().with_header("x-amz-security-token", "t"), HeadersNotSigned, "x-amz-security-token"),
        ],
    );
    let lenient = Rules { unsigned_session_token: true, ..IAM };
    let twice = Sent::get("/").presigned_with(&lenient, TOKEN, 300).with_header("x-amz-security-token", "t");
    assert_refused(
        &lenient,
        [
            (signed().with_header("x-amz-foo", "1"), HeadersNotSigned, "which were not signed: x-amz-foo"),
            (twice, IncompleteSignature, "either a header or a query-string parameter"),
        ],
    );
    signed().with_header("x-amzn-trace-id", "Root=1").with_header("accept", "*/*").verify(&IAM).unwrap();
}

#[test]
fn the_scope_is_of_this_day_region_and_service() {
    let cases = [
        ("/iam/", "/sts/", "Credential should be scoped to correct service: 'iam'. "),
        ("/iam/", "//", "Credential should be scoped to correct service: 'iam'. "),
        ("/us-east-1/", "/us_east_1/", "Credential should be scoped to a valid region, not 'us_east_1'. "),
        ("/us-east-1/", "//", "Credential should be scoped to a valid region, not ''. "),
        ("aws4_request", "aws4", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. "),
        (
            "/20150830/",
            "/20150831/",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != \
             '20150830', from '20150830T123600Z'. ",
        ),
        ("/iam/aws4_request", "/sts/aws4", "service: 'iam'. Credential should be scoped with a valid terminator"),
    ];
    for (from, to, message) in cases {
        assert_refused(&IAM, [(signed().replace(from, to), SignatureDoesNotMatch, message)]);
    }
    let ireland = Rules { region: Some("eu-west-1"), ..IAM };
    let message = "Credential should be scoped to a valid region, not 'us-east-1'. ";
    assert_refused(
        &ireland,
        [(signed(), SignatureDoesNotMatch, message), (presigned(), SignatureDoesNotMatch, message)],
    );
}

#[test]
fn the_body_is_what_was_signed() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let hashed = |value: &str| Sent::get("/").with_header("x-amz-content-sha256", value).signed(&IAM);
    let mismatch = "The provided 'x-amz-content-sha256' header does not match what was computed.";
    hashed(empty).verify(&IAM).unwrap();
    assert_refused(
        &IAM,
        [
            (signed().with_body("a"), SignatureDoesNotMatch, "The request signature we calculated does not match"),
            (presigned().with_body("a"), SignatureDoesNotMatch, "The request signature we calculated does not match"),
            (hashed(empty).with_body("a"), PayloadMismatch, mismatch),
            (hashed(&empty.to_uppercase()), PayloadMismatch, mismatch),
            (hashed(""), PayloadMismatch, mismatch),
            (hashed("UNSIGNED-PAYLOAD"), PayloadMismatch, mismatch),
            (hashed("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), NotImplemented, "functionality that is not implemented"),
        ],
    );
    let s3 = Rules::s3();
    let streaming = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    let both = Sent::get("/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD").with_header("x-amz-content-sha256", empty);
    assert_refused(
        &s3,
        [
            (Sent::get("/k").signed(&s3).with_body("a"), PayloadMismatch, mismatch),
            (Sent::get("/k").with_header("x-amz-content-sha256", streaming).signed(&s3), NotImplemented, streaming),
            (both.presigned(&s3), IncompleteSignature, "either a header or a query-string parameter"),
        ],
    );
}

#[test]
fn a_signature_is_64_lower_case_digits_and_the_right_ones() {
    for sent in [signed(), presigned()] {
        let last = sent.headers.last().filter(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
        let text = last.map_or(sent.target.clone(), |value| String::from_utf8(value).unwrap());
        let (_, right) = text.rsplit_once("Signature=").unwrap();
        let shorter = right.strip_suffix(|_| true).unwrap().to_owned();
        let wrong = [right.to_uppercase(), shorter, format!("{right}0"), "0".repeat(64), "g".repeat(64)];
        for wrong in wrong {
            let sent = sent.clone().replace(right, &wrong);
            let message = "The request signature we calculated does not match the signature you provided. Check your \
                           AWS Secret Access Key and signing method. Consult the service documentation for details.";
            assert_refused(&IAM, [(sent, SignatureDoesNotMatch, message)]);
        }
    }
}

#[test]
fn a_mismatch_tells_what_was_calculated_and_its_debug_does_not() {
    let sent = Sent::get("/").signed_with(&IAM, TOKEN).with_body("a");
    let unverified: Unverified = sent.parse(&IAM).unwrap();
    let error = sent.verify(&IAM).unwrap_err();
    let Error::SignatureDoesNotMatch(mismatch) = &error else { panic!("{error}") };
    assert_eq!(mismatch.canonical_request, unverified.canonical_request());
    assert_eq!(mismatch.string_to_sign, unverified.string_to_sign());
    let expected = format!(
        "The Canonical String for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'",
        unverified.canonical_request(),
        unverified.string_to_sign()
    );
    assert!(error.to_string().contains(&expected), "{error}");
    assert!(!format!("{error:?}{unverified:?}").contains("token=="));
}

#[test]
fn malformed_requests_are_refused() {
    let mut no_text = signed().with_header("x", "");
    no_text.headers.last_mut().unwrap().1 = vec![0xff];
    no_text = no_text.replace("SignedHeaders=host;", "SignedHeaders=host;x;");
    let mut method = signed();
    method.method = "GET\n/".to_owned();
    assert_refused(
        &IAM,
        [
            (no_text, IncompleteSignature, "'x' is not valid UTF-8"),
            (method, IncompleteSignature, "The HTTP method is malformed."),
            (signed().replace("/?Action", "http://h/?Action"), IncompleteSignature, "must be an absolute path"),
        ],
    );
    let s3 = Rules::s3();
    let sent = Sent::get("/k").signed(&s3).replace("/k", "/k%2");
    assert_refused(&s3, [(sent, IncompleteSignature, "invalid percent escape")]);
}

#[test]
fn the_time_is_within_the_window() {
    let minute = 60;
    let window = 15 * minute;
    for now in [NOW, NOW + window, NOW - window] {
        signed().verify_at(&IAM, now).unwrap();
    }
    let cases = [
        (
            NOW + window + 1,
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T125101Z - 15 min.)",
        ),
        (
            NOW - window - 1,
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T122059Z + 15 min.)",
        ),
        (i64::MAX, "Signature expired: 20150830T123600Z"),
        (i64::MIN, "Signature not yet current: 20150830T123600Z"),
    ];
    for (now, message) in cases {
        let error = signed().verify_at(&IAM, now).unwrap_err();
        assert_eq!(error.kind(), RequestExpired);
        assert!(error.to_string().starts_with(message), "{error}");
    }
    // A wrong signature is told before the time is.
    let error = signed().with_body("a").verify_at(&IAM, i64::MAX).unwrap_err();
    assert_eq!(error.kind(), SignatureDoesNotMatch);
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says() {
    let week = 604_800;
    let sent = |expires| Sent::get("/").presigned_with(&IAM, None, expires);
    for (expires, now) in [(1, NOW + 1), (300, NOW + 300), (week, NOW + i64::from(week)), (1, NOW - 900)] {
        sent(expires).verify_at(&IAM, now).unwrap();
    }
    let cases = [
        (1, NOW + 2, "Signature expired: 20150830T123601Z is now earlier than 20150830T123602Z"),
        (300, NOW + 301, "Signature expired: 20150830T124100Z is now earlier than 20150830T124101Z"),
        (week, NOW + i64::from(week) + 1, "Signature expired: 20150906T123600Z is now earlier than 20150906T123601Z"),
        (week, NOW - 901, "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z"),
    ];
    for (expires, now, message) in cases {
        let error = sent(expires).verify_at(&IAM, now).unwrap_err();
        assert_eq!(error.kind(), RequestExpired);
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn the_date_header_serves_where_there_is_no_other() {
    // The signer always sends X-Amz-Date; a signature over the Date header alone is made by hand of its parts.
    let sent = |date: &str| signed().without_header("x-amz-date").with_header("date", date);
    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "20150830T123600Z"] {
        let sent = sent(date).replace("host;x-amz-date", "date;host");
        let unverified = sent.parse(&IAM).unwrap();
        assert_eq!(unverified.signed_at(), NOW, "{date}");
        let start = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n";
        assert!(unverified.string_to_sign().starts_with(start));
    }
    assert_refused(&IAM, [(sent("yesterday"), IncompleteSignature, "Got 'yesterday'.")]);
    let error = sent("Mon, 31 Aug 2015 00:00:00 GMT").parse(&IAM).unwrap_err();
    assert!(error.to_string().contains("'20150830' != '20150831', from '20150831T000000Z'"), "{error}");
}

#[test]
fn the_scope_is_known_before_the_rules_are() {
    let scope = |sent: &Sent| sent.with(scope_of);
    assert_eq!(scope(&signed()).unwrap().unwrap().to_string(), "20150830/us-east-1/iam/aws4_request");
    assert_eq!(scope(&presigned()).unwrap().unwrap().service(), "iam");
    assert_eq!(scope(&Sent::get("/")).unwrap(), None);
    scope(&signed().replace("Credential=", "")).unwrap_err();
}
