//! What goes in: the request as received, the rules of the called service, the credential scope.

use std::fmt;

/// The request as received: nothing decoded, nothing dropped, everything in order.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The HTTP method, as sent.
    pub method: &'a str,
    /// The raw request target in origin form: `path[?query]`, still percent-encoded.
    pub target: &'a str,
    /// Every header line in order, `:authority` included where HTTP/2 gave one. Names in any case.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The whole body.
    pub body: &'a [u8],
}

/// The rules of the called service.
///
/// [`Rules::new`] gives those of most services, [`Rules::s3`] those of Amazon S3.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The service code that the credential scope must name, for example `iam`.
    pub service: &'a str,
    /// The Region that the credential scope must name; `None`: any well-formed one.
    pub region: Option<&'a str>,
    /// Whether `.`, `..` and empty path segments are removed before signing (RFC 3986, section 5.2.4). Not for S3.
    ///
    /// Where it is true, `/a/../b` and `/b` have the same signature: route by the normalised path, or refuse such paths.
    pub normalize_path: bool,
    /// Whether the path is encoded once more than it was sent. True for every service but S3, whose object keys are
    /// encoded exactly once.
    pub double_encode_path: bool,
    /// Whether `X-Amz-Security-Token` may stand outside the signature, added after signing. It is safe where the token
    /// is checked against the access key, as a forged token then fails by itself.
    pub unsigned_session_token: bool,
    /// Whether `UNSIGNED-PAYLOAD` is honoured, and the default of presigned requests (S3).
    pub unsigned_payload: bool,
}

impl<'a> Rules<'a> {
    /// The rules of a service other than S3, in any Region: paths normalised and encoded twice, everything signed.
    #[must_use]
    pub const fn new(service: &'a str) -> Self {
        Self {
            service,
            region: None,
            normalize_path: true,
            double_encode_path: true,
            unsigned_session_token: false,
            unsigned_payload: false,
        }
    }

    /// The rules of Amazon S3, in any Region: paths as they are, encoded once; `UNSIGNED-PAYLOAD` honoured.
    #[must_use]
    pub const fn s3() -> Self {
        Self { normalize_path: false, double_encode_path: false, unsigned_payload: true, ..Self::new("s3") }
    }
}

/// A credential scope: what a signature, and the key that makes it, is good for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    date: String,
    region: String,
    service: String,
}

impl Scope {
    /// The scope of a day (`YYYYMMDD`, UTC), a Region and a service.
    #[must_use]
    pub fn new(date: &str, region: &str, service: &str) -> Self {
        Self { date: date.to_owned(), region: region.to_owned(), service: service.to_owned() }
    }

    /// The day, `YYYYMMDD`, in UTC.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The Region code, for example `us-east-1`.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The service code, for example `iam`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }
}

/// As in the string to sign: `20150830/us-east-1/iam/aws4_request`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { date, region, service } = self;
        write!(f, "{date}/{region}/{service}/{}", crate::TERMINATOR)
    }
}
