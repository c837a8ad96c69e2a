//! The canonical request and the string to sign.

use crate::hash::hash;
use crate::query::{self, Parameter};
use crate::verify::Signed;
use crate::{ALGORITHM, Error, Request, Rules, Scope, TERMINATOR, headers, uri};

/// All that a canonical request and its string to sign are made of.
pub(crate) struct Parts<'a> {
    pub(crate) request: &'a Request<'a>,
    pub(crate) path: &'a str,
    pub(crate) query: &'a [Parameter<'a>],
    /// Query parameters that are not signed.
    pub(crate) left_out: &'a [&'a str],
    /// As [`headers::read_signed_headers`] gives them.
    pub(crate) signed_headers: &'a [&'a str],
    /// The `x-amz-*` headers that need not be signed.
    pub(crate) exempt: &'a [&'a str],
    pub(crate) payload_hash: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) scope: &'a Scope,
    pub(crate) rules: &'a Rules<'a>,
}

impl Signed {
    /// Builds both, in one buffer each.
    ///
    /// See *Create a canonical request* and *Create a string to sign* in
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
    ///
    /// # Errors
    /// Those of the canonical URI and headers, and [`Error::IncompleteSignature`] for a method that is no token.
    pub(crate) fn build(parts: &Parts<'_>) -> Result<Self, Error> {
        let Parts { request, signed_headers, payload_hash, timestamp, scope, .. } = parts;
        // No part may hold a line end: each keeps to its own lines, so that no request can pose as another.
        if request.method.is_empty() || !request.method.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::IncompleteSignature("The HTTP method is malformed.".to_owned()));
        }
        let header_bytes: usize = request.headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
        let mut canonical = String::with_capacity(request.target.len() * 2 + header_bytes * 2 + 128);
        canonical.push_str(request.method);
        canonical.push('\n');
        uri::push_canonical(&mut canonical, parts.path, parts.rules)?;
        canonical.push('\n');
        query::push_canonical(&mut canonical, parts.query, parts.left_out);
        canonical.push('\n');
        headers::push_canonical(&mut canonical, request.headers, signed_headers, parts.exempt)?;
        let mut separator = '\n';
        for name in *signed_headers {
            canonical.push(separator);
            canonical.push_str(name);
            separator = ';';
        }
        canonical.push('\n');
        canonical.push_str(payload_hash);

        let mut string_to_sign = String::with_capacity(192);
        for line in [ALGORITHM, timestamp] {
            string_to_sign.push_str(line);
            string_to_sign.push('\n');
        }
        for part in [scope.date(), scope.region(), scope.service()] {
            string_to_sign.push_str(part);
            string_to_sign.push('/');
        }
        string_to_sign.push_str(TERMINATOR);
        string_to_sign.push('\n');
        string_to_sign.push_str(&hash(canonical.as_bytes()));
        Ok(Self { canonical_request: canonical, string_to_sign })
    }
}
