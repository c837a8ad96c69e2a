//! What a request says about a body that is yet to come, and the signatures of a body that comes in chunks.
//!
//! Specification: Amazon S3 API Reference,
//! [Transferring Payload in Multiple Chunks](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html) and
//! [with trailing headers](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html).

use crate::hash::{hash, hexadecimal};
use crate::time::format_timestamp;
use crate::{Error, Scope, SigningKey, TERMINATOR, constant_time_eq};

/// What the body of a request is, by its `x-amz-content-sha256`. The signature covers these words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Bytes of this SHA-256, in lower-case hexadecimal.
    Hashed(String),
    /// Any bytes: `UNSIGNED-PAYLOAD`.
    Unsigned,
    /// Chunks, framed as `aws-chunked`.
    Chunked {
        /// Whether each chunk, and the trailer, has a signature.
        signed: bool,
        /// Whether a trailer with a checksum follows.
        trailer: bool,
    },
}

const CHUNKED: [(&str, bool, bool); 3] = [
    ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", true, false),
    ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", true, true),
    ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", false, true),
];

impl Payload {
    pub(crate) fn declared(given: Option<&str>, presigned: bool) -> Result<Self, Error> {
        let Some(given) = given else {
            return match presigned {
                true => Ok(Self::Unsigned),
                false => Err(Error::IncompleteSignature(
                    "Missing required header for this request: x-amz-content-sha256".to_owned(),
                )),
            };
        };
        if given == "UNSIGNED-PAYLOAD" {
            return Ok(Self::Unsigned);
        }
        if let Some((_, signed, trailer)) = CHUNKED.iter().find(|(name, ..)| *name == given) {
            return Ok(Self::Chunked { signed: *signed, trailer: *trailer });
        }
        if given.starts_with("STREAMING-") {
            return Err(Error::UnsupportedPayload(given.to_owned()));
        }
        if given.len() != 64 || !given.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(Error::IncompleteSignature(
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, or a valid sha256 value."
                    .to_owned(),
            ));
        }
        Ok(Self::Hashed(given.to_owned()))
    }

    /// The last line of the canonical request.
    pub(crate) fn canonical(&self) -> String {
        match self {
            Self::Hashed(hash) => hash.clone(),
            Self::Unsigned => "UNSIGNED-PAYLOAD".to_owned(),
            Self::Chunked { signed, trailer } => {
                let row = CHUNKED.iter().find(|(_, signs, trails)| signs == signed && trails == trailer);
                row.map(|(name, ..)| *name).unwrap_or_default().to_owned()
            }
        }
    }
}

/// Verifies the signatures of chunks, each of which covers the one before it, the first that of the request. It holds a
/// signing key, so it has no `Debug`.
pub struct Chunks {
    key: SigningKey,
    /// Time and scope, a line each.
    middle: String,
    previous: String,
}

impl Chunks {
    pub(crate) fn after(key: SigningKey, signed_at: i64, scope: &Scope, signature: &[u8; 32]) -> Self {
        let (date, region, service) = (scope.date(), scope.region(), scope.service());
        let middle = format!("{}\n{date}/{region}/{service}/{TERMINATOR}", format_timestamp(signed_at));
        Self { key, middle, previous: hexadecimal(signature) }
    }

    /// Whether the signature is that of the next chunk, whose SHA-256 this is.
    pub fn verify_chunk(&mut self, sha256: &[u8], signature: &str) -> bool {
        let empty = hash(b"");
        let (middle, previous) = (&self.middle, &self.previous);
        let data = hexadecimal(sha256);
        let to_sign = format!("AWS4-HMAC-SHA256-PAYLOAD\n{middle}\n{previous}\n{empty}\n{data}");
        self.verify(&to_sign, signature)
    }

    /// Whether the signature is that of the trailer: `name:value` and a line feed for each of its lines.
    pub fn verify_trailer(&mut self, trailer: &str, signature: &str) -> bool {
        let (middle, previous) = (&self.middle, &self.previous);
        let to_sign = format!("AWS4-HMAC-SHA256-TRAILER\n{middle}\n{previous}\n{}", hash(trailer.as_bytes()));
        self.verify(&to_sign, signature)
    }

    fn verify(&mut self, to_sign: &str, signature: &str) -> bool {
        let Some(expected) = self.key.sign(to_sign).map(|expected| hexadecimal(&expected)) else { return false };
        let is_right = constant_time_eq(expected.as_bytes(), signature.as_bytes());
        self.previous = expected;
        is_right
    }
}
