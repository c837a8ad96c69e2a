//! Reading an object, and what is known of it.

use std::collections::BTreeMap;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_objects::Object;
use bartizan_wire::{Blob, Shape};
use jiff::Timestamp;

use crate::{
    error, lookup,
    stored::{self, Stored},
};

/// Reads an object, or a range of it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
#[derive(Debug, Shape)]
#[shape(name = "GetObjectRequest")]
pub struct GetObject {
    #[shape(label)]
    bucket: String,
    #[shape(header = "If-Match")]
    if_match: Option<String>,
    #[shape(header = "If-Modified-Since")]
    if_modified_since: Option<Timestamp>,
    #[shape(header = "If-None-Match")]
    if_none_match: Option<String>,
    #[shape(header = "If-Unmodified-Since")]
    if_unmodified_since: Option<Timestamp>,
    #[shape(label, min = 1)]
    key: String,
    #[shape(header = "Range")]
    range: Option<String>,
    #[shape(query = "response-cache-control")]
    response_cache_control: Option<String>,
    #[shape(query = "response-content-disposition")]
    response_content_disposition: Option<String>,
    #[shape(query = "response-content-encoding")]
    response_content_encoding: Option<String>,
    #[shape(query = "response-content-language")]
    response_content_language: Option<String>,
    #[shape(query = "response-content-type")]
    response_content_type: Option<String>,
    #[shape(query = "response-expires")]
    response_expires: Option<String>,
    #[shape(query = "versionId")]
    version_id: Option<String>,
    #[shape(query = "partNumber")]
    part_number: Option<i32>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(header = "x-amz-checksum-mode")]
    checksum_mode: Option<ChecksumMode>,
}

/// Whether checksums are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum ChecksumMode {
    Enabled,
}

/// The object.
#[derive(Debug, Default, Shape)]
pub struct GetObjectOutput {
    #[shape(payload)]
    body: Option<Blob>,
    #[shape(header = "accept-ranges")]
    accept_ranges: Option<String>,
    #[shape(header = "Last-Modified")]
    last_modified: Option<Timestamp>,
    #[shape(header = "Content-Length")]
    content_length: Option<i64>,
    #[shape(name = "ETag", header = "ETag")]
    etag: Option<String>,
    #[shape(name = "ChecksumCRC32", header = "x-amz-checksum-crc32")]
    checksum_crc32: Option<String>,
    #[shape(name = "ChecksumCRC32C", header = "x-amz-checksum-crc32c")]
    checksum_crc32c: Option<String>,
    #[shape(name = "ChecksumCRC64NVME", header = "x-amz-checksum-crc64nvme")]
    checksum_crc64nvme: Option<String>,
    #[shape(name = "ChecksumSHA1", header = "x-amz-checksum-sha1")]
    checksum_sha1: Option<String>,
    #[shape(name = "ChecksumSHA256", header = "x-amz-checksum-sha256")]
    checksum_sha256: Option<String>,
    #[shape(header = "Cache-Control")]
    cache_control: Option<String>,
    #[shape(header = "Content-Disposition")]
    content_disposition: Option<String>,
    #[shape(header = "Content-Encoding")]
    content_encoding: Option<String>,
    #[shape(header = "Content-Language")]
    content_language: Option<String>,
    #[shape(header = "Content-Range")]
    content_range: Option<String>,
    #[shape(header = "Content-Type")]
    content_type: Option<String>,
    #[shape(header = "Expires")]
    expires: Option<String>,
    #[shape(headers = "x-amz-meta-")]
    metadata: Option<BTreeMap<String, String>>,
    #[shape(header = "x-amz-tagging-count")]
    tag_count: Option<i32>,
}

/// Tells what is known of an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
#[derive(Debug, Shape)]
#[shape(name = "HeadObjectRequest")]
pub struct HeadObject {
    #[shape(label)]
    bucket: String,
    #[shape(header = "If-Match")]
    if_match: Option<String>,
    #[shape(header = "If-Modified-Since")]
    if_modified_since: Option<Timestamp>,
    #[shape(header = "If-None-Match")]
    if_none_match: Option<String>,
    #[shape(header = "If-Unmodified-Since")]
    if_unmodified_since: Option<Timestamp>,
    #[shape(label, min = 1)]
    key: String,
    #[shape(header = "Range")]
    range: Option<String>,
    #[shape(query = "response-cache-control")]
    response_cache_control: Option<String>,
    #[shape(query = "response-content-disposition")]
    response_content_disposition: Option<String>,
    #[shape(query = "response-content-encoding")]
    response_content_encoding: Option<String>,
    #[shape(query = "response-content-language")]
    response_content_language: Option<String>,
    #[shape(query = "response-content-type")]
    response_content_type: Option<String>,
    #[shape(query = "response-expires")]
    response_expires: Option<String>,
    #[shape(query = "versionId")]
    version_id: Option<String>,
    #[shape(query = "partNumber")]
    part_number: Option<i32>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(header = "x-amz-checksum-mode")]
    checksum_mode: Option<ChecksumMode>,
}

/// What is known of it.
#[derive(Debug, Default, Shape)]
pub struct HeadObjectOutput {
    #[shape(header = "accept-ranges")]
    accept_ranges: Option<String>,
    #[shape(header = "Last-Modified")]
    last_modified: Option<Timestamp>,
    #[shape(header = "Content-Length")]
    content_length: Option<i64>,
    #[shape(name = "ChecksumCRC32", header = "x-amz-checksum-crc32")]
    checksum_crc32: Option<String>,
    #[shape(name = "ChecksumCRC32C", header = "x-amz-checksum-crc32c")]
    checksum_crc32c: Option<String>,
    #[shape(name = "ChecksumCRC64NVME", header = "x-amz-checksum-crc64nvme")]
    checksum_crc64nvme: Option<String>,
    #[shape(name = "ChecksumSHA1", header = "x-amz-checksum-sha1")]
    checksum_sha1: Option<String>,
    #[shape(name = "ChecksumSHA256", header = "x-amz-checksum-sha256")]
    checksum_sha256: Option<String>,
    #[shape(name = "ETag", header = "ETag")]
    etag: Option<String>,
    #[shape(header = "Cache-Control")]
    cache_control: Option<String>,
    #[shape(header = "Content-Disposition")]
    content_disposition: Option<String>,
    #[shape(header = "Content-Encoding")]
    content_encoding: Option<String>,
    #[shape(header = "Content-Language")]
    content_language: Option<String>,
    #[shape(header = "Content-Type")]
    content_type: Option<String>,
    #[shape(header = "Content-Range")]
    content_range: Option<String>,
    #[shape(header = "Expires")]
    expires: Option<String>,
    #[shape(headers = "x-amz-meta-")]
    metadata: Option<BTreeMap<String, String>>,
    #[shape(header = "x-amz-tagging-count")]
    tag_count: Option<i32>,
}

impl Operation for GetObject {
    const ACTION: &'static str = "s3:GetObject";
    const EFFECT: Effect = Effect::Read;
    type Output = GetObjectOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        to_read(scope, &self.bucket, &self.key)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let asked = Asked {
            bucket: &self.bucket,
            key: &self.key,
            expected_bucket_owner: self.expected_bucket_owner.as_deref(),
            conditions: Conditions {
                if_match: self.if_match.as_deref(),
                if_none_match: self.if_none_match.as_deref(),
                if_modified_since: self.if_modified_since,
                if_unmodified_since: self.if_unmodified_since,
            },
            range: self.range.as_deref(),
            version_id: self.version_id.as_deref(),
            part_number: self.part_number,
        };
        let overrides = [
            ("Cache-Control", &self.response_cache_control),
            ("Content-Disposition", &self.response_content_disposition),
            ("Content-Encoding", &self.response_content_encoding),
            ("Content-Language", &self.response_content_language),
            ("Content-Type", &self.response_content_type),
            ("Expires", &self.response_expires),
        ];
        if cx.caller.is_anonymous() && overrides.iter().any(|(_, value)| value.is_some()) {
            let message = "Request specific response headers cannot be used for anonymous GET requests.";
            return Err(error::invalid_request(message).into());
        }
        // Between look and read the object may be replaced; then the new one is meant.
        for _ in 0..8 {
            let Found { object, stored, from, length, is_part } = asked.find(cx)?;
            let reader = match cx.objects()?.read(&object.content, from, length) {
                Err(bartizan_objects::Error::Unmet) => continue,
                other => other.map_err(|error| error::of_objects(error, error::operation_aborted))?,
            };
            cx.stream(reader, length, is_part);
            let mut header = headers(&stored, &overrides);
            let mut checksum = checksums(&stored, self.checksum_mode, is_part);
            return Ok(GetObjectOutput {
                body: None,
                accept_ranges: Some("bytes".to_owned()),
                last_modified: stored::modified(object.modified),
                content_length: i64::try_from(length).ok(),
                content_range: is_part.then(|| content_range(from, length, object.size)),
                etag: Some(format!("\"{}\"", object.etag)),
                checksum_crc32: checksum.remove("CRC32"),
                checksum_crc32c: checksum.remove("CRC32C"),
                checksum_crc64nvme: checksum.remove("CRC64NVME"),
                checksum_sha1: checksum.remove("SHA1"),
                checksum_sha256: checksum.remove("SHA256"),
                cache_control: header.remove("Cache-Control"),
                content_disposition: header.remove("Content-Disposition"),
                content_encoding: header.remove("Content-Encoding"),
                content_language: header.remove("Content-Language"),
                content_type: header.remove("Content-Type"),
                expires: header.remove("Expires"),
                tag_count: tag_count(&stored),
                metadata: Some(stored.metadata),
            });
        }
        Err(error::operation_aborted().into())
    }
}

impl Operation for HeadObject {
    const ACTION: &'static str = "s3:GetObject";
    const NAME: &'static str = "HeadObject";
    const EFFECT: Effect = Effect::Read;
    type Output = HeadObjectOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        to_read(scope, &self.bucket, &self.key)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let asked = Asked {
            bucket: &self.bucket,
            key: &self.key,
            expected_bucket_owner: self.expected_bucket_owner.as_deref(),
            conditions: Conditions {
                if_match: self.if_match.as_deref(),
                if_none_match: self.if_none_match.as_deref(),
                if_modified_since: self.if_modified_since,
                if_unmodified_since: self.if_unmodified_since,
            },
            range: self.range.as_deref(),
            version_id: self.version_id.as_deref(),
            part_number: self.part_number,
        };
        let overrides = [
            ("Cache-Control", &self.response_cache_control),
            ("Content-Disposition", &self.response_content_disposition),
            ("Content-Encoding", &self.response_content_encoding),
            ("Content-Language", &self.response_content_language),
            ("Content-Type", &self.response_content_type),
            ("Expires", &self.response_expires),
        ];
        let Found { object, stored, from, length, is_part } = asked.find(cx)?;
        if is_part {
            cx.stream(std::io::empty(), 0, true);
        }
        let mut header = headers(&stored, &overrides);
        let mut checksum = checksums(&stored, self.checksum_mode, is_part);
        Ok(HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            last_modified: stored::modified(object.modified),
            content_length: i64::try_from(length).ok(),
            content_range: is_part.then(|| content_range(from, length, object.size)),
            etag: Some(format!("\"{}\"", object.etag)),
            checksum_crc32: checksum.remove("CRC32"),
            checksum_crc32c: checksum.remove("CRC32C"),
            checksum_crc64nvme: checksum.remove("CRC64NVME"),
            checksum_sha1: checksum.remove("SHA1"),
            checksum_sha256: checksum.remove("SHA256"),
            cache_control: header.remove("Cache-Control"),
            content_disposition: header.remove("Content-Disposition"),
            content_encoding: header.remove("Content-Encoding"),
            content_language: header.remove("Content-Language"),
            content_type: header.remove("Content-Type"),
            expires: header.remove("Expires"),
            tag_count: tag_count(&stored),
            metadata: Some(stored.metadata),
        })
    }
}

/// What must be allowed to read an object.
pub fn to_read(scope: &Scope<'_>, name: &str, key: &str) -> Result<Checks, Error> {
    let found = match scope.snapshot.bucket(name) {
        Some(bucket) => stored::find(scope, &bucket.id, key)?,
        None => None,
    };
    let stored = found.as_ref().map(|(_, stored)| stored);
    Ok(lookup::on_object(scope, "s3:GetObject", name, key, stored).into())
}

/// Which object is asked for, on which conditions, and how much of it.
struct Asked<'a> {
    bucket: &'a str,
    key: &'a str,
    expected_bucket_owner: Option<&'a str>,
    conditions: Conditions<'a>,
    range: Option<&'a str>,
    version_id: Option<&'a str>,
    part_number: Option<i32>,
}

struct Found {
    object: Object,
    stored: Stored,
    /// The first byte.
    from: u64,
    length: u64,
    is_part: bool,
}

impl Asked<'_> {
    fn find(&self, cx: &Context<'_>) -> Result<Found, Error> {
        let bucket = lookup::bucket(cx, self.bucket, self.expected_bucket_owner)?;
        match self.version_id {
            None | Some("null") => {}
            Some(_) => return Err(error::invalid_argument("Invalid version id specified").into()),
        }
        // A part by its number is told only of objects that are one part.
        if self.part_number.is_some_and(|number| number != 1) {
            let message = "The requested partnumber is not satisfiable";
            return Err(Fault::new("InvalidPartNumber", 416, message).into());
        }
        let Some((object, stored)) = stored::find(cx, &bucket.id, self.key)? else {
            return Err(lookup::absent(cx, self.bucket, self.key));
        };
        self.conditions.hold(&object.etag, object.modified)?;
        let range = self.range.and_then(|range| parse_range(range, object.size));
        let (from, length, is_part) = match range {
            None => (0, object.size, false),
            Some(Some((from, length))) => (from, length, true),
            Some(None) => {
                let fault = Fault::new("InvalidRange", 416, "The requested range is not satisfiable")
                    .with("RangeRequested", self.range.unwrap_or_default())
                    .with("ActualObjectSize", object.size.to_string());
                return Err(fault.into());
            }
        };
        Ok(Found { object, stored, from, length, is_part })
    }
}

/// A range in bytes: where it begins and how long it is. The inner `None`: it cannot be satisfied; the outer one: it is
/// none that is understood, and all is meant.
///
/// RFC 9110, section 14.1.2. One range only, as S3 has it.
pub fn parse_range(range: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    match (first, last) {
        ("", last) => {
            let length = number(last)?.min(size);
            Some((length > 0).then(|| (size - length, length)))
        }
        (first, last) => {
            let first = number(first)?;
            let last = if last.is_empty() { u64::MAX } else { number(last)? };
            if last < first {
                return None;
            }
            Some((first < size).then(|| (first, last.min(size - 1) - first + 1)))
        }
    }
}

/// Conditions in headers.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html>
#[derive(Default)]
pub struct Conditions<'a> {
    pub if_match: Option<&'a str>,
    pub if_none_match: Option<&'a str>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

impl Conditions<'_> {
    /// # Errors
    /// `PreconditionFailed` or `NotModified`
    pub fn hold(&self, etag: &str, modified: i64) -> Result<(), Fault> {
        let names = |list: &str| list.split(',').map(str::trim).any(|one| one == "*" || one.trim_matches('"') == etag);
        let modified = modified.div_euclid(1000);
        match (self.if_match, self.if_unmodified_since) {
            (Some(list), _) if !names(list) => return Err(error::precondition_failed("If-Match")),
            (None, Some(since)) if modified > since.as_second() => {
                return Err(error::precondition_failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(list), _) if names(list) => Err(error::not_modified()),
            (None, Some(since)) if modified <= since.as_second() => Err(error::not_modified()),
            _ => Ok(()),
        }
    }
}

fn headers(stored: &Stored, overrides: &[(&str, &Option<String>)]) -> BTreeMap<String, String> {
    let mut headers = stored.headers.clone();
    headers.entry("Content-Type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
    for (name, value) in overrides {
        if let Some(value) = value {
            headers.insert((*name).to_owned(), value.clone());
        }
    }
    headers
}

fn checksums(stored: &Stored, mode: Option<ChecksumMode>, is_part: bool) -> BTreeMap<String, String> {
    if mode.is_some() && !is_part { stored.checksums.clone() } else { BTreeMap::new() }
}

fn content_range(from: u64, length: u64, size: u64) -> String {
    format!("bytes {from}-{}/{size}", (from + length).saturating_sub(1))
}

fn tag_count(stored: &Stored) -> Option<i32> {
    i32::try_from(stored.tags.len()).ok().filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_within_the_object_or_unsatisfiable_or_none() {
        for (range, size, expected) in [
            ("bytes=0-0", 10, Some(Some((0, 1)))),
            ("bytes=5-", 10, Some(Some((5, 5)))),
            ("bytes=5-100", 10, Some(Some((5, 5)))),
            ("bytes=-3", 10, Some(Some((7, 3)))),
            ("bytes=-30", 10, Some(Some((0, 10)))),
            ("bytes=10-", 10, Some(None)),
            ("bytes=0-", 0, Some(None)),
            ("bytes=-0", 10, Some(None)),
            ("bytes=3-2", 10, None),
            ("bytes=a-b", 10, None),
            ("bytes=+1-2", 10, None),
            ("bytes=0-1,3-4", 10, None),
            ("lines=0-1", 10, None),
        ] {
            assert_eq!(parse_range(range, size), expected, "{range} of {size}");
        }
    }
}
