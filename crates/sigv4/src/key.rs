//! The signing key: what a secret access key gives for one day, Region and service.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use zeroize::Zeroizing;

use crate::{Scope, TERMINATOR};

/// A signing key, good for one [`Scope`]. Worth caching: deriving it costs four HMACs.
///
/// A secret: it has no `Debug` and no `PartialEq`; its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct SigningKey(
    /// `None` if the cryptographic library failed: a key that matches nothing.
    Option<hmac::Key>,
);

impl SigningKey {
    /// Derives the key of a secret access key for a scope.
    ///
    /// See *Calculate the signature* in
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
    #[must_use]
    pub fn derive(secret_access_key: &str, scope: &Scope) -> Self {
        let mut first = Zeroizing::new(Vec::with_capacity(4 + secret_access_key.len()));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret_access_key.as_bytes());

        let parts = [scope.date(), scope.region(), scope.service(), TERMINATOR];
        Self(parts.iter().try_fold(hmac::Key::new(HMAC_SHA256, &first), |key, part| {
            let tag = Zeroizing::new(tag(&key, part)?);
            Some(hmac::Key::new(HMAC_SHA256, tag.as_slice()))
        }))
    }

    /// Whether this is the signature of the string to sign; in constant time.
    pub(crate) fn matches(&self, string_to_sign: &str, signature: &[u8; 32]) -> bool {
        self.0.as_ref().is_some_and(|key| hmac::verify(key, string_to_sign.as_bytes(), signature).is_ok())
    }

    /// The signature of a string to sign; `None` if the cryptographic library failed.
    pub(crate) fn sign(&self, string_to_sign: &str) -> Option<[u8; 32]> {
        tag(self.0.as_ref()?, string_to_sign)
    }
}

fn tag(key: &hmac::Key, data: &str) -> Option<[u8; 32]> {
    let mut tag = [0; 32];
    hmac::sign_to_buffer(key, data.as_bytes(), &mut tag).ok()?;
    Some(tag)
}
