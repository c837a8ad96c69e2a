//! The last step: the signature, and then the time.

use std::fmt;

use aws_lc_rs::constant_time;

use crate::payload::Chunks;
use crate::time::WINDOW_SECONDS;
use crate::{Error, Scope, SignatureMismatch, SigningKey};

/// Whether two secrets are the same, in time that depends on their length only: for session tokens.
#[must_use]
pub fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(one, other).is_ok()
}

/// A canonical request and its string to sign.
pub struct Signed {
    pub(crate) canonical_request: String,
    pub(crate) string_to_sign: String,
}

impl Signed {
    /// The canonical request.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        &self.canonical_request
    }

    /// The string to sign.
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }
}

/// A request whose authentication is complete and well-formed, and whose signature is still to be compared.
pub struct Unverified {
    pub(crate) access_key_id: String,
    pub(crate) session_token: Option<String>,
    pub(crate) scope: Scope,
    pub(crate) signature: Option<[u8; 32]>,
    pub(crate) signed_at: i64,
    pub(crate) expires: Option<u32>,
    pub(crate) signed: Signed,
    /// The other reading of a presigned request whose session token may be signed or not.
    pub(crate) alternative: Option<Box<Signed>>,
}

impl Unverified {
    /// The access key id of the signer, as claimed.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The session token, as claimed. Check it against the access key, in constant time.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// The credential scope, as claimed, which has been checked against the rules of the service.
    #[must_use]
    pub const fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The canonical request. Of a presigned request whose session token may be unsigned it is the likelier reading;
    /// [`Unverified::matching`] knows.
    #[must_use]
    pub fn canonical_request(&self) -> &str {
        self.signed.canonical_request()
    }

    /// The string to sign, of the same reading as [`Unverified::canonical_request`].
    #[must_use]
    pub fn string_to_sign(&self) -> &str {
        self.signed.string_to_sign()
    }

    /// Whether the authentication is in the query.
    #[must_use]
    pub const fn presigned(&self) -> bool {
        self.expires.is_some()
    }

    /// The time of the request, in seconds since the epoch, as claimed.
    #[must_use]
    pub const fn signed_at(&self) -> i64 {
        self.signed_at
    }

    /// The chain of signatures that the chunks of this request's body must have, once the request itself is verified.
    #[must_use]
    pub fn chunks(&self, key: &SigningKey) -> Chunks {
        Chunks::after(key.clone(), self.signed_at, &self.scope, &self.signature.unwrap_or_default())
    }

    /// The reading of the request that the signature is for, if any; in constant time. The time is not looked at.
    #[must_use]
    pub fn matching(&self, key: &SigningKey) -> Option<&Signed> {
        let signature = self.signature.as_ref()?;
        [Some(&self.signed), self.alternative.as_deref()]
            .into_iter()
            .flatten()
            .find(|signed| key.matches(&signed.string_to_sign, signature))
    }

    /// Compares the signature in constant time, and then checks the time: 15 minutes either way, or the lifetime of a
    /// presigned request, which may not begin more than 15 minutes from now.
    ///
    /// # Errors
    /// [`Error::SignatureDoesNotMatch`]; with a right signature, [`Error::RequestExpired`] or [`Error::NotYetValid`].
    pub fn verify(&self, key: &SigningKey, now: i64) -> Result<(), Error> {
        if self.matching(key).is_none() {
            return Err(Error::SignatureDoesNotMatch(Box::new(SignatureMismatch {
                canonical_request: self.signed.canonical_request.clone(),
                string_to_sign: self.signed.string_to_sign.clone(),
            })));
        }
        if self.signed_at > now.saturating_add(WINDOW_SECONDS) {
            return Err(Error::NotYetValid { signed_at: self.signed_at, now });
        }
        let lifetime = self.expires.map_or(WINDOW_SECONDS, i64::from);
        if now > self.signed_at.saturating_add(lifetime) {
            return Err(Error::RequestExpired {
                valid_until: self.expires.map_or(self.signed_at, |_| self.signed_at.saturating_add(lifetime)),
                now,
                presigned: self.presigned(),
            });
        }
        Ok(())
    }
}

/// Shows whose request it is, no token and no signature.
impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified")
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_at", &self.signed_at)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
