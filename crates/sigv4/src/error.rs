//! Why a request is refused, in AWS's words.

use std::fmt;

use crate::time::{WINDOW_SECONDS, format_timestamp};

/// Why a request is refused. `Display` is what the caller may read, in AWS's wording where AWS has one.
///
/// Messages carry parts of the caller's own request (never a secret of ours), so they are for the reply; a log should
/// take [`Error::kind`].
#[derive(Debug)]
pub enum Error {
    /// The request carries no authentication mechanism at all: it is anonymous.
    MissingAuthenticationToken,
    /// The authentication information is incomplete, malformed or ambiguous.
    IncompleteSignature(String),
    /// The signature is for another day, Region, service or set of headers than the request.
    InvalidScope(String),
    /// Headers that count were left out of SignedHeaders; their names, lower case, in order of appearance.
    HeadersNotSigned(Vec<String>),
    /// `x-amz-content-sha256` is not the hash of the body. Both in hexadecimal.
    PayloadMismatch {
        /// As the request says.
        given: String,
        /// As the body is.
        computed: String,
    },
    /// The payload is signed in a way that is not implemented; the value of `x-amz-content-sha256`.
    UnsupportedPayload(String),
    /// The signature is not the one that the secret access key gives.
    SignatureDoesNotMatch(Box<SignatureMismatch>),
    /// The signature is right and too old.
    RequestExpired {
        /// The last moment at which it would have been accepted without tolerance, in seconds since the epoch.
        valid_until: i64,
        /// The time of the check, in seconds since the epoch.
        now: i64,
        /// Whether the request is presigned, so that there is no tolerance.
        presigned: bool,
    },
    /// The signature is right and of a time that is yet to come.
    NotYetValid {
        /// The time of the request, in seconds since the epoch.
        signed_at: i64,
        /// The time of the check, in seconds since the epoch.
        now: i64,
    },
}

/// What the server calculated where the signature does not match. AWS tells it to the caller, for debugging.
///
/// It may hold the session token of the request, so that its `Debug` shows nothing.
pub struct SignatureMismatch {
    /// The canonical request.
    pub canonical_request: String,
    /// The string to sign.
    pub string_to_sign: String,
}

/// The kinds of [`Error`], one AWS error code each; the protocols and S3 have their own names for some of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// `MissingAuthenticationToken`, in S3 the way of an anonymous request.
    MissingAuthenticationToken,
    /// `IncompleteSignature`, HTTP 400.
    IncompleteSignature,
    /// `SignatureDoesNotMatch`, in JSON protocols `InvalidSignatureException`, HTTP 403.
    SignatureDoesNotMatch,
    /// As [`ErrorKind::SignatureDoesNotMatch`]; in S3 `AccessDenied`.
    HeadersNotSigned,
    /// As [`ErrorKind::SignatureDoesNotMatch`]; in S3 `XAmzContentSHA256Mismatch`.
    PayloadMismatch,
    /// `NotImplemented`.
    NotImplemented,
    /// `RequestExpired`; IAM and STS say `SignatureDoesNotMatch`, S3 `RequestTimeTooSkewed` or `AccessDenied`.
    RequestExpired,
}

impl ErrorKind {
    /// AWS's common error code for it.
    ///
    /// See *Common Errors* of any API reference, for example
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MissingAuthenticationToken => "MissingAuthenticationToken",
            Self::IncompleteSignature => "IncompleteSignature",
            Self::SignatureDoesNotMatch | Self::HeadersNotSigned | Self::PayloadMismatch => "SignatureDoesNotMatch",
            Self::NotImplemented => "NotImplemented",
            Self::RequestExpired => "RequestExpired",
        }
    }
}

impl Error {
    /// The kind of the error, from which the gate makes the code of the protocol.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::MissingAuthenticationToken => ErrorKind::MissingAuthenticationToken,
            Self::IncompleteSignature(_) => ErrorKind::IncompleteSignature,
            Self::InvalidScope(_) | Self::SignatureDoesNotMatch(_) => ErrorKind::SignatureDoesNotMatch,
            Self::HeadersNotSigned(_) => ErrorKind::HeadersNotSigned,
            Self::PayloadMismatch { .. } => ErrorKind::PayloadMismatch,
            Self::UnsupportedPayload(_) => ErrorKind::NotImplemented,
            Self::RequestExpired { .. } | Self::NotYetValid { .. } => ErrorKind::RequestExpired,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = WINDOW_SECONDS / 60;
        match self {
            Self::MissingAuthenticationToken => f.write_str("Request is missing Authentication Token"),
            Self::IncompleteSignature(message) | Self::InvalidScope(message) => f.write_str(message),
            Self::HeadersNotSigned(names) => {
                write!(f, "There were headers present in the request which were not signed: {}", names.join(", "))
            }
            Self::PayloadMismatch { .. } => {
                f.write_str("The provided 'x-amz-content-sha256' header does not match what was computed.")
            }
            Self::UnsupportedPayload(value) => write!(
                f,
                "A header you provided implies functionality that is not implemented: x-amz-content-sha256: {value}"
            ),
            Self::SignatureDoesNotMatch(mismatch) => write!(
                f,
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String \
                 for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
                mismatch.canonical_request, mismatch.string_to_sign
            ),
            Self::RequestExpired { valid_until, now, presigned: true } => write!(
                f,
                "Signature expired: {} is now earlier than {}",
                format_timestamp(*valid_until),
                format_timestamp(*now)
            ),
            Self::RequestExpired { valid_until, now, presigned: false } => write!(
                f,
                "Signature expired: {} is now earlier than {} ({} - {minutes} min.)",
                format_timestamp(*valid_until),
                format_timestamp(now.saturating_sub(WINDOW_SECONDS)),
                format_timestamp(*now)
            ),
            Self::NotYetValid { signed_at, now } => write!(
                f,
                "Signature not yet current: {} is still later than {} ({} + {minutes} min.)",
                format_timestamp(*signed_at),
                format_timestamp(now.saturating_add(WINDOW_SECONDS)),
                format_timestamp(*now)
            ),
        }
    }
}

impl std::error::Error for Error {}

impl fmt::Debug for SignatureMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignatureMismatch").finish_non_exhaustive()
    }
}
