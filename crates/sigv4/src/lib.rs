//! Signature Version 4: verify a request as AWS does, and sign one (for a store that holds
//! objects' bytes, tests, the tour and the benchmarks).
//!
//! Pure: no I/O, no clock, no randomness; the time is an argument, in seconds since the epoch.
//!
//! A request is taken apart once, in three steps that may be used one by one:
//!
//! 1. [`Authentication::read`] finds the one authentication mechanism of the request and its credential scope, so that
//!    the request can be routed before the rules of the called service are known;
//! 2. [`Authentication::canonicalize`] checks everything that needs no secret and builds the canonical request;
//! 3. [`Unverified::verify`] compares the signature in constant time, and then looks at the time.
//!
//! Specification: IAM User Guide, [Create a signed AWS API request][create] and [Troubleshoot][troubleshoot]; Amazon S3
//! API Reference, [Authenticating Requests (AWS Signature Version 4)][s3].
//!
//! [create]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
//! [troubleshoot]: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
//! [s3]: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html

mod authentication;
mod canonical;
mod error;
mod hash;
mod headers;
mod key;
mod payload;
mod query;
mod request;
mod sign;
mod time;
mod uri;
mod verify;

pub use authentication::{Authentication, parse, scope_of};
pub use error::{Error, ErrorKind, SignatureMismatch};
pub use key::SigningKey;
pub use payload::{Chunks, Payload};
pub use request::{Request, Rules, Scope};
pub use sign::{Credentials, presign, sign};
pub use time::{format_timestamp, parse_timestamp};
pub use verify::{Signed, Unverified, constant_time_eq};

/// The one algorithm that is accepted. `AWS4-ECDSA-P256-SHA256` (Signature Version 4A) is not.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The last part of every credential scope.
pub const TERMINATOR: &str = "aws4_request";
