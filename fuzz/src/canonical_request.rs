//! A request of any bytes before the verifier of Signature Version 4: a request line, header lines, an empty line, a
//! body, all separated by line feeds.
//!
//! Promises: no panic; nothing verifies that was not signed with the key; what our own signer signs verifies, and no
//! longer does when its body is another.

use bartizan_sigv4::{Authentication, Credentials, Request, Rules, Scope, SigningKey, format_timestamp, parse, sign};

const NOW: i64 = 1_440_938_160;
const REGION: &str = "us-east-1";

/// The target.
pub fn run(data: &[u8]) {
    let Some(read) = Read::from(data) else { return };
    let request = Request { method: read.method, target: read.target, headers: &read.headers, body: read.body };
    for rules in [Rules::new("iam"), Rules::s3()] {
        // A key that is in no seed.
        let key = SigningKey::derive("a secret that nobody has", &Scope::new("20150830", REGION, rules.service));
        if let Ok(unverified) = Authentication::read(&request).and_then(|found| found.canonicalize(&rules)) {
            assert!(unverified.verify(&key, NOW).is_err(), "it verifies under a key that did not sign it");
            assert_eq!(unverified.canonical_request().split('\n').next(), Some(read.method));
        }
        signed(&request, &rules);
    }
}

/// Signs the request, and lets it be verified as it is and with another body.
fn signed(request: &Request<'_>, rules: &Rules<'_>) {
    let credentials = Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key: "hush", session_token: None };
    let mut headers: Vec<(&str, &[u8])> = request.headers.to_vec();
    // What the signer adds, and what makes a second mechanism, is not its caller's to give.
    headers.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        !name.starts_with("x-amz-") && !["authorization", "host", "date"].contains(&name.as_str())
    });
    headers.push(("host", b"localhost"));
    if request.target.to_ascii_lowercase().contains("x-amz-") {
        return;
    }
    let unsigned = Request { headers: &headers, ..*request };
    let Ok(added) = sign(&unsigned, &credentials, REGION, rules, NOW) else { return };
    headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let key = SigningKey::derive("hush", &Scope::new(&format_timestamp(NOW)[..8], REGION, rules.service));
    let whole = Request { headers: &headers, ..*request };
    // The verifier may refuse what the signer signs (a header twice, say), but not for its signature.
    let Ok(unverified) = parse(&whole, rules) else { return };
    assert!(unverified.verify(&key, NOW).is_ok(), "our own signature does not verify");
    let body = [request.body, b"!"].concat();
    let other = Request { body: &body, ..whole };
    let verified = parse(&other, rules).is_ok_and(|unverified| unverified.verify(&key, NOW).is_ok());
    assert!(!verified, "another body verifies under the same signature");
}

/// A request as the bytes have it.
struct Read<'a> {
    method: &'a str,
    target: &'a str,
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
}

impl<'a> Read<'a> {
    fn from(data: &'a [u8]) -> Option<Self> {
        let (line, mut rest) = cut(data, b'\n')?;
        let (method, target) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        let mut headers = Vec::new();
        while let Some((line, after)) = cut(rest, b'\n') {
            rest = after;
            if line.is_empty() {
                break;
            }
            let (name, value) = cut(line, b':')?;
            headers.push((std::str::from_utf8(name).ok()?, value));
        }
        Some(Self { method, target, headers, body: rest })
    }
}

fn cut(data: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let position = data.iter().position(|byte| *byte == at)?;
    Some((&data[..position], &data[position + 1..]))
}
