//! The canonical request: path, query and headers, as the documentation says.

use crate::common::Sent;
use bartizan_sigv4::Rules;

/// The lines of the canonical request of a `GET`.
fn canonical(sent: Sent, rules: &Rules<'_>) -> Vec<String> {
    let unverified = sent.signed(rules).verify(rules).unwrap();
    unverified.canonical_request().lines().map(str::to_owned).collect()
}

#[test]
fn paths() {
    let normalized = Rules::new("iam");
    let kept = Rules { normalize_path: false, ..normalized };
    let s3 = Rules::s3();
    // The path as sent; the canonical URI normalised, not normalised, and of S3.
    let cases = [
        ("", "/", "/", "/"),
        ("/", "/", "/", "/"),
        ("/a/b", "/a/b", "/a/b", "/a/b"),
        ("/a/b/", "/a/b/", "/a/b/", "/a/b/"),
        ("//", "/", "//", "//"),
        ("//a//b//", "/a/b/", "//a//b//", "//a//b//"),
        ("/./", "/", "/./", "/./"),
        ("/./a", "/a", "/./a", "/./a"),
        ("/a/.", "/a/", "/a/.", "/a/."),
        ("/a/..", "/", "/a/..", "/a/.."),
        ("/a/b/..", "/a/", "/a/b/..", "/a/b/.."),
        ("/a/../b", "/b", "/a/../b", "/a/../b"),
        ("/../../a", "/a", "/../../a", "/../../a"),
        ("/...", "/...", "/...", "/..."),
        ("/-._~09azAZ", "/-._~09azAZ", "/-._~09azAZ", "/-._~09azAZ"),
        ("/a b", "/a%20b", "/a%20b", "/a%20b"),
        ("/a%20b", "/a%2520b", "/a%2520b", "/a%20b"),
        ("/ሴ", "/%E1%88%B4", "/%E1%88%B4", "/%E1%88%B4"),
        ("/%e1%88%b4", "/%25e1%2588%25b4", "/%25e1%2588%25b4", "/%E1%88%B4"),
        ("/a%2Fb", "/a%252Fb", "/a%252Fb", "/a%2Fb"),
        ("/a+b", "/a%2Bb", "/a%2Bb", "/a%2Bb"),
        ("/%41", "/%2541", "/%2541", "/A"),
        ("/a:b@c", "/a%3Ab%40c", "/a%3Ab%40c", "/a%3Ab%40c"),
    ];
    for (path, one, two, three) in cases {
        for (rules, expected) in [(&normalized, one), (&kept, two), (&s3, three)] {
            assert_eq!(canonical(Sent::get(path), rules)[1], expected, "{path:?} {rules:?}");
        }
    }
}

#[test]
fn queries() {
    let cases = [
        ("", ""),
        ("a=1", "a=1"),
        ("a", "a="),
        ("a=", "a="),
        ("=b", "=b"),
        ("&", ""),
        ("a=1&&b=2&", "a=1&b=2"),
        ("b=1&a=1", "a=1&b=1"),
        ("a=2&a=1&a=1", "a=1&a=1&a=2"),
        ("B=1&a=1&A=1&b=1", "A=1&B=1&a=1&b=1"),
        ("a=1&a-b=2&a.b=3", "a=1&a-b=2&a.b=3"),
        ("a=b=c", "a=b%3Dc"),
        ("a=b c", "a=b%20c"),
        ("a=b+c", "a=b%2Bc"),
        ("a=b%20c", "a=b%20c"),
        ("a=%2f", "a=%2F"),
        ("a=/?:@", "a=%2F%3F%3A%40"),
        ("a=%7E%41", "a=~A"),
        ("ሴ=bar", "%E1%88%B4=bar"),
        ("-._~=-._~", "-._~=-._~"),
        // An encoded ampersand or equal sign stays data.
        ("a=1%26b%3D2", "a=1%26b%3D2"),
        // Sorted as encoded: `%` comes before digits and letters.
        ("a=b&%C3%A4=1&0=1", "%C3%A4=1&0=1&a=b"),
        ("x-amz-acl=private&X-Amz-Foo=1", "X-Amz-Foo=1&x-amz-acl=private"),
    ];
    let rules = Rules::new("iam");
    for (query, expected) in cases {
        assert_eq!(canonical(Sent::get(&format!("/?{query}")), &rules)[2], expected, "{query:?}");
    }
}

#[test]
fn header_values() {
    let cases: [(&[&str], &str); 9] = [
        (&["v"], "my-header:v"),
        (&[""], "my-header:"),
        (&["  v  "], "my-header:v"),
        (&["a   b    c"], "my-header:a b c"),
        (&["\"a   b\""], "my-header:\"a b\""),
        (&["a\tb"], "my-header:a b"),
        (&["v1\r\n  v2\n\tv3"], "my-header:v1 v2 v3"),
        (&["v4", "v1", "v4", "v2"], "my-header:v4,v1,v4,v2"),
        (&["  a,  b ", "", "ä"], "my-header:a, b,,ä"),
    ];
    let rules = Rules::new("iam");
    for (values, expected) in cases {
        // The case of the name does not matter, nor does what stands between two lines of one name.
        let names = ["My-Header", "my-header", "MY-HEADER", "My-header"];
        let sent = values.iter().zip(names).fold(Sent::get("/"), |sent, (value, name)| {
            sent.with_header(name, value).with_header("user-agent", "not signed")
        });
        let lines = canonical(sent, &rules);
        assert_eq!(lines[3..7], ["host:iam.amazonaws.com", expected, "x-amz-date:20150830T123600Z", ""]);
        assert_eq!(lines[7], "host;my-header;x-amz-date");
    }
}

#[test]
fn a_header_value_cannot_pose_as_another_line() {
    let rules = Rules::new("iam");
    let lines = canonical(Sent::get("/").with_header("a", "1\nb:2"), &rules);
    assert_eq!(lines[3], "a:1 b:2");
}

#[test]
fn the_authority_of_http_2_is_as_good_as_a_host() {
    let rules = Rules::new("iam");
    let sent = Sent::get("/").without_header("host").with_header(":authority", "iam.amazonaws.com");
    assert_eq!(canonical(sent, &rules)[3], ":authority:iam.amazonaws.com");
}

#[test]
fn the_payload_of_s3_may_be_unsigned_and_that_of_others_not() {
    let s3 = Rules::s3();
    let sent = Sent::get("/key").with_header("x-amz-content-sha256", "UNSIGNED-PAYLOAD").with_body("any");
    let lines = canonical(sent, &s3);
    assert_eq!(lines.last().unwrap(), "UNSIGNED-PAYLOAD");

    let presigned = Sent::get("/key").presigned(&s3).with_body("any").verify(&s3).unwrap();
    assert_eq!(presigned.canonical_request().lines().last().unwrap(), "UNSIGNED-PAYLOAD");

    let others = Rules::new("iam");
    let presigned = Sent::get("/").presigned(&others).verify(&others).unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(presigned.canonical_request().lines().last().unwrap(), empty);
}

#[test]
fn the_hash_of_an_s3_payload_is_signed_even_where_its_header_is_not() {
    let rules = Rules::s3();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let others = Rules { unsigned_payload: false, ..rules };
    let sent = Sent::get("/key").signed(&others).with_header("x-amz-content-sha256", empty);
    sent.verify(&rules).unwrap();
    sent.clone().replace(empty, "UNSIGNED-PAYLOAD").verify(&rules).unwrap_err();
    sent.with_body("other").verify(&rules).unwrap_err();
}

#[test]
fn a_session_token_is_signed_or_where_the_rules_allow_appended() {
    let signed = Rules::new("iam");
    let appended = Rules { unsigned_session_token: true, ..signed };
    let token = Some("FwoG/+token==");

    for sent in [Sent::get("/").signed_with(&signed, token), Sent::get("/").presigned_with(&signed, token, 300)] {
        assert_eq!(sent.verify(&signed).unwrap().session_token(), token);
        assert_eq!(sent.verify(&appended).unwrap().session_token(), token);
    }
    for sent in [Sent::get("/").signed_with(&appended, token), Sent::get("/").presigned_with(&appended, token, 300)] {
        let unverified = sent.verify(&appended).unwrap();
        assert_eq!(unverified.session_token(), token);
        assert!(!unverified.canonical_request().contains("token"), "{}", unverified.canonical_request());
        sent.verify(&signed).unwrap_err();
    }

    // The order in the query is a hint, not a rule.
    let mut sent = Sent::get("/").presigned_with(&appended, token, 300);
    let (rest, parameter) = sent.target.rsplit_once('&').unwrap();
    sent.target = rest.replace("?", &format!("?{parameter}&"));
    sent.verify(&appended).unwrap();
}
