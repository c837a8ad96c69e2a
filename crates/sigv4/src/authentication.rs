//! The one authentication mechanism of a request, and the canonical request that it must have signed.

use std::borrow::Cow;

use crate::hash::hash;
use crate::headers::{self, Known};
use crate::payload::Payload;
use crate::query::{self, Parameter};
use crate::time::{MAX_EXPIRES_SECONDS, format_timestamp, parse_date_header, parse_timestamp};
use crate::verify::{Signed, Unverified};
use crate::{ALGORITHM, Error, Request, Rules, Scope, TERMINATOR, uri};

/// Reads the authentication of a request and builds its canonical request, checking everything that needs no secret.
///
/// # Errors
/// Every [`Error`] but those of [`Unverified::verify`].
pub fn parse(request: &Request<'_>, rules: &Rules<'_>) -> Result<Unverified, Error> {
    Authentication::read(request)?.canonicalize(rules)
}

/// The credential scope that the request claims; `None` for an anonymous request. For routing only: nothing is verified.
///
/// # Errors
/// As [`Authentication::read`], but for an anonymous request.
pub fn scope_of(request: &Request<'_>) -> Result<Option<Scope>, Error> {
    match Authentication::read(request) {
        Ok(authentication) => Ok(Some(authentication.scope)),
        Err(Error::MissingAuthenticationToken) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a request says about its signer; nothing of it is verified yet.
pub struct Authentication<'a> {
    request: &'a Request<'a>,
    path: &'a str,
    query: Vec<Parameter<'a>>,
    known: Known<'a>,
    access_key_id: String,
    session_token: Option<String>,
    scope: Scope,
    /// The last element of the credential where it is not the right one.
    wrong_terminator: Option<String>,
    signed_headers: Cow<'a, str>,
    signature: Option<[u8; 32]>,
    timestamp: Cow<'a, str>,
    signed_at: i64,
    /// The lifetime of a presigned request, in seconds.
    expires: Option<u32>,
}

impl<'a> Authentication<'a> {
    /// Finds the one authentication mechanism of a request: the `Authorization` header or the query.
    ///
    /// # Errors
    /// [`Error::MissingAuthenticationToken`] if there is none; [`Error::IncompleteSignature`] if there are two, if it
    /// lacks a part, if a part is malformed, or if a header or parameter that matters is there twice.
    pub fn read(request: &'a Request<'a>) -> Result<Self, Error> {
        let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
        let query = query::read(query)?;
        let known = Known::read(request.headers)?;
        match (known.authorization, query::authentication_parameter(&query)) {
            (Some(_), Some(parameter)) => Err(Error::IncompleteSignature(format!(
                "Only one auth mechanism allowed; only the query-string parameter '{parameter}' or the Authorization \
                 header should be specified."
            ))),
            (Some(authorization), None) => Self::read_header(request, path, query, known, authorization),
            (None, Some("AWSAccessKeyId")) => Err(Error::IncompleteSignature(format!(
                "The authorization mechanism you have provided is not supported. Please use {ALGORITHM}."
            ))),
            (None, Some(_)) => Self::read_query(request, path, query, known),
            (None, None) => Err(Error::MissingAuthenticationToken),
        }
    }

    /// The credential scope that the request claims.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The access key id that the request claims. Nothing is verified yet.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The mechanism of the Authorization header.
    ///
    /// See *Add the signature to the request* in
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
    fn read_header(
        request: &'a Request<'a>,
        path: &'a str,
        query: Vec<Parameter<'a>>,
        known: Known<'a>,
        authorization: &'a str,
    ) -> Result<Self, Error> {
        let (algorithm, parts) = authorization.split_once(' ').unwrap_or((authorization, ""));
        check_algorithm(algorithm)?;
        let [credential, signature, signed_headers] = read_parts(parts)?;

        let mut missing = String::new();
        for (name, value) in [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed_headers)] {
            if value.is_empty() {
                missing += &format!("Authorization header requires '{name}' parameter. ");
            }
        }
        let date = known.x_amz_date.or(known.date);
        if date.is_none() {
            missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
        }
        if !missing.is_empty() {
            return Err(Error::IncompleteSignature(format!("{missing}Authorization={algorithm}")));
        }

        let (signed_at, timestamp) = match (known.x_amz_date, date.unwrap_or_default()) {
            (Some(date), _) => (parse_timestamp(date).ok_or_else(|| malformed_date(date))?, Cow::Borrowed(date)),
            (None, date) => {
                let signed_at = parse_date_header(date).ok_or_else(|| malformed_date(date))?;
                (signed_at, Cow::Owned(format_timestamp(signed_at)))
            }
        };
        let (access_key_id, scope, wrong_terminator) = read_credential(credential)?;
        Ok(Self {
            request,
            path,
            query,
            session_token: known.x_amz_security_token.map(str::to_owned),
            known,
            access_key_id,
            scope,
            wrong_terminator,
            signed_headers: Cow::Borrowed(signed_headers),
            signature: parse_signature(signature),
            timestamp,
            signed_at,
            expires: None,
        })
    }

    /// The mechanism of the query: a presigned request.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    fn read_query(
        request: &'a Request<'a>,
        path: &'a str,
        query: Vec<Parameter<'a>>,
        known: Known<'a>,
    ) -> Result<Self, Error> {
        const NAMES: [&str; 6] = [
            "X-Amz-Algorithm",
            "X-Amz-Credential",
            "X-Amz-Signature",
            "X-Amz-SignedHeaders",
            "X-Amz-Date",
            "X-Amz-Expires",
        ];
        let mut values = NAMES.map(|name| query::find(&query, name).map(decode_parameter));
        let mut missing = String::new();
        for (name, value) in NAMES.iter().zip(&values) {
            if !value.as_ref().is_some_and(|value| value.as_ref().is_ok_and(|value| !value.is_empty())) {
                missing += &format!("AWS query-string parameters must include '{name}'. ");
            }
        }
        if !missing.is_empty() {
            return Err(Error::IncompleteSignature(format!("{missing}Re-examine the query-string parameters.")));
        }
        let [algorithm, credential, signature, signed_headers, timestamp, expires] =
            values.each_mut().map(|value| value.take().and_then(Result::ok).unwrap_or_default());

        check_algorithm(&algorithm)?;
        if known.x_amz_date.is_some_and(|date| date != timestamp) {
            return Err(Error::IncompleteSignature(
                "The header 'X-Amz-Date' and the query-string parameter 'X-Amz-Date' must not differ.".to_owned(),
            ));
        }
        let token = query::find(&query, "X-Amz-Security-Token").map(decode_parameter).transpose()?;
        if token.is_some() && known.x_amz_security_token.is_some() {
            return Err(Error::IncompleteSignature(
                "X-Amz-Security-Token must be either a header or a query-string parameter.".to_owned(),
            ));
        }
        let (access_key_id, scope, wrong_terminator) = read_credential(&credential)?;
        Ok(Self {
            request,
            path,
            query,
            session_token: token.or_else(|| known.x_amz_security_token.map(str::to_owned)),
            known,
            access_key_id,
            scope,
            wrong_terminator,
            signed_headers: Cow::Owned(signed_headers),
            signature: parse_signature(&signature),
            signed_at: parse_timestamp(&timestamp).ok_or_else(|| malformed_date(&timestamp))?,
            timestamp: Cow::Owned(timestamp),
            expires: Some(parse_expires(&expires)?),
        })
    }

    /// Checks the request by the rules of the called service and builds what must have been signed.
    ///
    /// The host must be signed and so must every `x-amz-*` header, with two exceptions: the session token where the
    /// rules say so, and in S3 `x-amz-content-sha256`, whose value is signed as the hash of the payload. Other headers,
    /// `Content-Type` too, may be signed or not, as the IAM User Guide has it.
    ///
    /// # Errors
    /// [`Error::InvalidScope`], [`Error::HeadersNotSigned`], [`Error::PayloadMismatch`], [`Error::UnsupportedPayload`],
    /// and [`Error::IncompleteSignature`] for what is malformed.
    pub fn canonicalize(self, rules: &Rules<'_>) -> Result<Unverified, Error> {
        self.check_scope(rules)?;
        let payload_hash = self.payload_hash(rules)?;
        self.canonicalize_as(rules, payload_hash)
    }

    fn canonicalize_as(self, rules: &Rules<'_>, payload_hash: String) -> Result<Unverified, Error> {
        self.check_scope(rules)?;
        let signed_headers = headers::read_signed_headers(&self.signed_headers)?;

        // A presigned session token that may be unsigned was added after signing if it comes after the signature. The
        // order proves nothing, so the other reading stays possible.
        let position = |name: &str| self.query.iter().position(|parameter| parameter.name == name);
        let token = position("X-Amz-Security-Token").filter(|_| rules.unsigned_session_token);
        let (signed, alternative) = match token {
            None => (self.signed(rules, &signed_headers, &payload_hash, &["X-Amz-Signature"])?, None),
            Some(token) => {
                let with = self.signed(rules, &signed_headers, &payload_hash, &["X-Amz-Signature"])?;
                let without =
                    self.signed(rules, &signed_headers, &payload_hash, &["X-Amz-Signature", "X-Amz-Security-Token"])?;
                if Some(token) > position("X-Amz-Signature") {
                    (without, Some(Box::new(with)))
                } else {
                    (with, Some(Box::new(without)))
                }
            }
        };
        Ok(Unverified {
            access_key_id: self.access_key_id,
            session_token: self.session_token,
            scope: self.scope,
            signature: self.signature,
            signed_at: self.signed_at,
            expires: self.expires,
            signed,
            alternative,
        })
    }

    /// The same for a request whose body has not arrived: what the body must be is given back, to be held against it.
    ///
    /// # Errors
    /// As [`Authentication::canonicalize`], but for the mismatch; and [`Error::IncompleteSignature`] where a header-signed
    /// request does not say what its body is.
    pub fn canonicalize_head(self, rules: &Rules<'_>) -> Result<(Unverified, Payload), Error> {
        let payload = Payload::declared(self.declared_hash()?, self.expires.is_some())?;
        let rules = Rules { unsigned_payload: true, ..*rules };
        self.canonicalize_as(&rules, payload.canonical()).map(|unverified| (unverified, payload))
    }

    /// Checks the credential scope against the service and the date of the request. AWS names all that is wrong.
    fn check_scope(&self, rules: &Rules<'_>) -> Result<(), Error> {
        let mut wrong = String::new();
        let region = self.scope.region();
        let is_region = match rules.region {
            Some(expected) => region == expected,
            None => !region.is_empty() && region.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')),
        };
        if !is_region {
            wrong += &format!("Credential should be scoped to a valid region, not '{region}'. ");
        }
        if self.scope.service() != rules.service {
            wrong += &format!("Credential should be scoped to correct service: '{}'. ", rules.service);
        }
        if let Some(terminator) = &self.wrong_terminator {
            wrong +=
                &format!("Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. ");
        }
        let (date, timestamp) = (self.scope.date(), &self.timestamp);
        let day = timestamp.get(..8).unwrap_or_default();
        if date != day {
            wrong += &format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{date}' != '{day}', from '{timestamp}'. "
            );
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::InvalidScope(wrong)) }
    }

    /// The last line of the canonical request: the hash of the body, or that it is unsigned.
    ///
    /// See *Signature Calculations: Transferring Payload in a Single Chunk*,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    fn payload_hash(&self, rules: &Rules<'_>) -> Result<String, Error> {
        const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
        let given = self.declared_hash()?;
        match given {
            Some(UNSIGNED) if rules.unsigned_payload => return Ok(UNSIGNED.to_owned()),
            None if rules.unsigned_payload && self.expires.is_some() => {
                return Ok(UNSIGNED.to_owned());
            }
            Some(value) if value.starts_with("STREAMING-") => {
                return Err(Error::UnsupportedPayload(value.to_owned()));
            }
            _ => {}
        }
        let computed = hash(self.request.body);
        match given {
            Some(given) if given != computed => Err(Error::PayloadMismatch { given: given.to_owned(), computed }),
            _ => Ok(computed),
        }
    }

    /// What `x-amz-content-sha256` says, in the header or, of a presigned request, in the query.
    fn declared_hash(&self) -> Result<Option<&str>, Error> {
        let parameter = match self.expires {
            Some(_) => query::find_any_case(&self.query, "X-Amz-Content-Sha256"),
            None => None,
        };
        match (self.known.x_amz_content_sha256, parameter) {
            (Some(_), Some(_)) => Err(Error::IncompleteSignature(
                "X-Amz-Content-Sha256 must be either a header or a query-string parameter.".to_owned(),
            )),
            (header, parameter) => Ok(header.or(parameter)),
        }
    }

    /// The canonical request and the string to sign, without the query parameters of these names.
    fn signed(
        &self,
        rules: &Rules<'_>,
        signed_headers: &[&str],
        payload_hash: &str,
        left_out: &[&str],
    ) -> Result<Signed, Error> {
        // In S3 the payload's hash is signed as the last line of the canonical request, whether its header is or not.
        let exempt: &[&str] = match (rules.unsigned_session_token, rules.unsigned_payload) {
            (false, false) => &[],
            (true, false) => &["x-amz-security-token"],
            (false, true) => &["x-amz-content-sha256"],
            (true, true) => &["x-amz-security-token", "x-amz-content-sha256"],
        };
        Signed::build(&crate::canonical::Parts {
            request: self.request,
            path: self.path,
            query: &self.query,
            left_out,
            signed_headers,
            exempt,
            payload_hash,
            timestamp: &self.timestamp,
            scope: &self.scope,
            rules,
        })
    }
}

/// The bytes of a signature; `None` if it is not 64 lower-case hexadecimal digits, so that nothing will match it.
fn parse_signature(text: &str) -> Option<[u8; 32]> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let (pairs, _) = digits.as_chunks::<2>();
    let mut signature = [0; 32];
    for (byte, [high, low]) in signature.iter_mut().zip(pairs) {
        *byte = value(*high)? << 4 | value(*low)?;
    }
    Some(signature)
}

fn check_algorithm(algorithm: &str) -> Result<(), Error> {
    if algorithm == ALGORITHM {
        Ok(())
    } else {
        Err(Error::IncompleteSignature(format!("Unsupported AWS 'algorithm': '{algorithm}'.")))
    }
}

fn malformed_date(date: &str) -> Error {
    Error::IncompleteSignature(format!(
        "Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"
    ))
}

/// Credential, Signature and SignedHeaders of an Authorization header; empty where missing.
fn read_parts(parts: &str) -> Result<[&str; 3], Error> {
    let [mut credential, mut signature, mut signed_headers] = [None; 3];
    for part in parts.split(',') {
        let part = part.trim_ascii();
        if part.is_empty() {
            continue;
        }
        let pair = part.split_once('=').filter(|_| !part.bytes().any(|byte| byte.is_ascii_whitespace()));
        let Some((name, value)) = pair else {
            return Err(Error::IncompleteSignature(format!(
                "'{part}' not a valid key=value pair (missing equal-sign) in Authorization header."
            )));
        };
        let slot = match name {
            "Credential" => &mut credential,
            "Signature" => &mut signature,
            "SignedHeaders" => &mut signed_headers,
            _ => {
                return Err(Error::IncompleteSignature(format!(
                    "Authorization header has an unknown parameter '{name}'."
                )));
            }
        };
        if slot.replace(value).is_some() {
            return Err(Error::IncompleteSignature(format!(
                "Authorization header must have one '{name}' parameter only."
            )));
        }
    }
    Ok([credential, signature, signed_headers].map(Option::unwrap_or_default))
}

/// Access key id, scope and the terminator, if it is a wrong one, of `keyid/date/region/service/term`.
fn read_credential(credential: &str) -> Result<(String, Scope, Option<String>), Error> {
    let mut parts = credential.split('/');
    match [(); 6].map(|()| parts.next()) {
        [Some(access_key_id), Some(date), Some(region), Some(service), Some(terminator), None]
            if !access_key_id.is_empty() =>
        {
            let wrong_terminator = (terminator != TERMINATOR).then(|| terminator.to_owned());
            Ok((access_key_id.to_owned(), Scope::new(date, region, service), wrong_terminator))
        }
        _ => Err(Error::IncompleteSignature(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
             '{credential}'"
        ))),
    }
}

/// The text of a query parameter.
fn decode_parameter(value: &str) -> Result<String, Error> {
    uri::decode(value)
        .map(Cow::into_owned)
        .ok_or_else(|| Error::IncompleteSignature("An AWS query-string parameter is not valid UTF-8.".to_owned()))
}

/// The lifetime of a presigned request: 1 second to seven days. Digits only, no sign.
fn parse_expires(text: &str) -> Result<u32, Error> {
    let refuse = |message: &str| Err(Error::IncompleteSignature(message.to_owned()));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return refuse("X-Amz-Expires should be a number");
    }
    match text.parse() {
        Ok(0) => refuse("X-Amz-Expires must be positive"),
        Ok(seconds) if seconds <= MAX_EXPIRES_SECONDS => Ok(seconds),
        _ => refuse(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
        ),
    }
}
