//! Signing, as a client does it: for the store that holds objects' bytes, tests, the tour and the benchmarks.

use crate::canonical::Parts;
use crate::hash::{hash, hexadecimal};
use crate::query::{self, Parameter};
use crate::time::format_timestamp;
use crate::verify::Signed;
use crate::{ALGORITHM, Error, Request, Rules, Scope, SigningKey, headers, uri};

/// The credentials of a signer. They hold a secret, so they have no `Debug`.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a str,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a str>,
}

/// Headers of a request that clients do not sign, because intermediaries change them.
const NOT_SIGNED: [&str; 6] =
    ["authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"];

/// Signs a request in its headers: gives the headers to add. All headers of the request are signed, but those that
/// intermediaries change; it must have a `Host` header. `now` is in seconds since the epoch.
///
/// A session token is signed unless `rules.unsigned_session_token`; where `rules.unsigned_payload` (S3), the hash of the
/// body goes into `x-amz-content-sha256`, unless the request has that header already.
///
/// # Errors
/// [`Error::IncompleteSignature`] for a request that cannot be signed: malformed path, query, method or header value.
pub fn sign(
    request: &Request<'_>,
    credentials: &Credentials<'_>,
    region: &str,
    rules: &Rules<'_>,
    now: i64,
) -> Result<Vec<(String, String)>, Error> {
    let timestamp = format_timestamp(now);
    let given_hash = request
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("x-amz-content-sha256"))
        .map(|(_, value)| String::from_utf8_lossy(value).into_owned());

    let mut added = vec![("x-amz-date".to_owned(), timestamp.clone())];
    if rules.unsigned_payload && given_hash.is_none() {
        added.push(("x-amz-content-sha256".to_owned(), hash(request.body)));
    }
    let token = credentials.session_token.map(|token| ("x-amz-security-token".to_owned(), token.to_owned()));
    if !rules.unsigned_session_token {
        added.extend(token.clone());
    }

    let mut headers = request.headers.to_vec();
    headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let names = signed_headers(&headers);
    let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
    let scope = scope(&timestamp, region, rules);
    let signed = Signed::build(&Parts {
        request: &Request { headers: &headers, ..*request },
        path,
        query: &query::read(query)?,
        left_out: &[],
        signed_headers: &headers::read_signed_headers(&names)?,
        exempt: &[],
        payload_hash: &given_hash.unwrap_or_else(|| hash(request.body)),
        timestamp: &timestamp,
        scope: &scope,
        rules,
    })?;
    let signature = signature(&signed, credentials, &scope)?;
    added.push((
        "authorization".to_owned(),
        format!(
            "{ALGORITHM} Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            credentials.access_key_id
        ),
    ));
    if rules.unsigned_session_token {
        added.extend(token);
    }
    Ok(added)
}

/// Signs a request in its query: gives the target with the authentication parameters, valid for `expires` seconds from
/// `now` (seconds since the epoch). The headers of the request are signed as in [`sign`]; it must have a `Host` header.
///
/// A session token is signed unless `rules.unsigned_session_token`; where `rules.unsigned_payload` (S3), the body is not.
///
/// # Errors
/// As [`sign`].
pub fn presign(
    request: &Request<'_>,
    credentials: &Credentials<'_>,
    region: &str,
    rules: &Rules<'_>,
    now: i64,
    expires: u32,
) -> Result<String, Error> {
    let timestamp = format_timestamp(now);
    let names = signed_headers(request.headers);
    let scope = scope(&timestamp, region, rules);

    let mut parameters = vec![
        ("X-Amz-Algorithm", ALGORITHM.to_owned()),
        ("X-Amz-Credential", format!("{}/{scope}", credentials.access_key_id)),
        ("X-Amz-Date", timestamp.clone()),
        ("X-Amz-Expires", expires.to_string()),
        ("X-Amz-SignedHeaders", names.clone()),
    ];
    let token = credentials.session_token.map(|token| ("X-Amz-Security-Token", token.to_owned()));
    if !rules.unsigned_session_token {
        parameters.extend(token.clone());
    }
    let parameter = |(name, value): (&str, String)| format!("{name}={}", uri::encode(&value));
    let mut target = request.target.to_owned();
    for pair in parameters.into_iter().map(parameter) {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&pair);
    }

    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query: Vec<Parameter<'_>> = query::read(query)?;
    let payload_hash = if rules.unsigned_payload { "UNSIGNED-PAYLOAD".to_owned() } else { hash(request.body) };
    let signed = Signed::build(&Parts {
        request,
        path,
        query: &query,
        left_out: &[],
        signed_headers: &headers::read_signed_headers(&names)?,
        exempt: &[],
        payload_hash: &payload_hash,
        timestamp: &timestamp,
        scope: &scope,
        rules,
    })?;
    let signature = signature(&signed, credentials, &scope)?;
    let token = token.filter(|_| rules.unsigned_session_token).map(parameter);
    let token = token.map(|token| format!("&{token}")).unwrap_or_default();
    Ok(format!("{target}&X-Amz-Signature={signature}{token}"))
}

/// The names of the headers to sign, as SignedHeaders lists them.
fn signed_headers(headers: &[(&str, &[u8])]) -> String {
    let mut names: Vec<String> = headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| !NOT_SIGNED.contains(&name.as_str()))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.join(";")
}

fn scope(timestamp: &str, region: &str, rules: &Rules<'_>) -> Scope {
    Scope::new(timestamp.get(..8).unwrap_or_default(), region, rules.service)
}

fn signature(signed: &Signed, credentials: &Credentials<'_>, scope: &Scope) -> Result<String, Error> {
    let key = SigningKey::derive(credentials.secret_access_key, scope);
    match key.sign(&signed.string_to_sign) {
        Some(signature) => Ok(hexadecimal(&signature)),
        None => Err(Error::IncompleteSignature("The signature could not be calculated.".to_owned())),
    }
}
