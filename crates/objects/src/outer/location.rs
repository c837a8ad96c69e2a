//! The URL of a bucket in another store: `https://HOST[:PORT]/BUCKET[/PREFIX][?region=REGION]`.

use std::{fmt, str::FromStr};

use ureq::http::Uri;

use crate::Error;

/// What signatures name where the URL does not: most stores are content with it.
const REGION: &str = "us-east-1";

/// Where the bucket is. It holds no secret, so that it can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// `https://HOST:PORT`
    pub endpoint: String,
    /// As the `Host` header has it.
    pub host: String,
    pub bucket: String,
    /// What all keys begin with: nothing, or a path that ends in a slash.
    pub prefix: String,
    pub region: String,
}

impl FromStr for Location {
    type Err = Error;

    /// No message repeats the URL: it may hold what should not be in it.
    fn from_str(url: &str) -> Result<Self, Error> {
        let wrong = |why: &str| Error::Failed(format!("the URL of the object store {why}"));
        let uri: Uri = url.parse().map_err(|_| wrong("is none"))?;
        let (Some(scheme @ ("http" | "https")), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("must begin with https:// or http://, and a host"));
        };
        if authority.as_str().contains('@') {
            return Err(wrong(
                "must not hold credentials: they are read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ));
        }
        let path = uri.path().trim_matches('/');
        let (bucket, prefix) = path.split_once('/').unwrap_or((path, ""));
        if bucket.is_empty() {
            return Err(wrong("must name a bucket: https://HOST/BUCKET"));
        }
        let is_plain = |segment: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            !matches!(segment, "" | "." | "..") && segment.bytes().all(plain)
        };
        if !path.split('/').all(is_plain) {
            return Err(wrong("may have letters, digits, dots, hyphens and underscores in its path"));
        }
        let region = match uri.query() {
            None => REGION,
            Some(query) => query
                .strip_prefix("region=")
                .filter(|region| is_plain(region))
                .ok_or_else(|| wrong("may say ?region=REGION and no more"))?,
        };
        Ok(Self {
            endpoint: format!("{scheme}://{authority}"),
            host: authority.to_string(),
            bucket: bucket.to_owned(),
            prefix: if prefix.is_empty() { String::new() } else { format!("{prefix}/") },
            region: region.to_owned(),
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, bucket, prefix, .. } = self;
        write!(f, "{endpoint}/{bucket}/{prefix}")
    }
}
