//! The parts of a multipart upload.

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_objects::Object;
use bartizan_wire::{Blob, Shape};
use jiff::Timestamp;

use crate::{
    acl::Owner,
    copy_object::Source,
    error,
    get_object::{Conditions, parse_range},
    list_objects, lookup, multipart_upload,
    receive::{self, Expected, Received},
    stored::{Stored, modified},
};

/// Brings a part.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
#[derive(Debug, Shape)]
#[shape(name = "UploadPartRequest")]
pub struct UploadPart {
    #[shape(payload)]
    body: Option<Blob>,
    #[shape(label)]
    bucket: String,
    #[shape(header = "Content-Length")]
    content_length: Option<i64>,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
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
    #[shape(label, min = 1)]
    key: String,
    #[shape(query = "partNumber")]
    part_number: i32,
    #[shape(query = "uploadId")]
    upload_id: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The part.
#[derive(Debug, Shape)]
pub struct UploadPartOutput {
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
}

/// Brings a part from an object that the caller may read.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html>
#[derive(Debug, Shape)]
#[shape(name = "UploadPartCopyRequest")]
pub struct UploadPartCopy {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-copy-source")]
    copy_source: String,
    #[shape(header = "x-amz-copy-source-if-match")]
    copy_source_if_match: Option<String>,
    #[shape(header = "x-amz-copy-source-range")]
    copy_source_range: Option<String>,
    #[shape(label, min = 1)]
    key: String,
    #[shape(query = "partNumber")]
    part_number: i32,
    #[shape(query = "uploadId")]
    upload_id: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(header = "x-amz-source-expected-bucket-owner")]
    expected_source_bucket_owner: Option<String>,
}

/// The part.
#[derive(Debug, Shape)]
pub struct UploadPartCopyOutput {
    #[shape(payload)]
    copy_part_result: Option<CopyPartResult>,
}

/// Its tag and time.
#[derive(Debug, Shape)]
pub struct CopyPartResult {
    #[shape(name = "ETag")]
    etag: Option<String>,
    last_modified: Option<Timestamp>,
}

/// Lists the parts of an upload.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>
#[derive(Debug, Shape)]
#[shape(name = "ListPartsRequest")]
pub struct ListParts {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(query = "max-parts")]
    max_parts: Option<i32>,
    #[shape(query = "part-number-marker")]
    part_number_marker: Option<i32>,
    #[shape(query = "uploadId")]
    upload_id: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// A page of parts.
#[derive(Debug, Shape)]
pub struct ListPartsOutput {
    bucket: Option<String>,
    key: Option<String>,
    upload_id: Option<String>,
    part_number_marker: Option<i32>,
    next_part_number_marker: Option<i32>,
    max_parts: Option<i32>,
    is_truncated: Option<bool>,
    #[shape(wire = "Part")]
    parts: Option<Vec<Part>>,
    owner: Option<Owner>,
    storage_class: Option<String>,
}

/// A part.
#[derive(Debug, Shape)]
pub struct Part {
    part_number: Option<i32>,
    last_modified: Option<Timestamp>,
    #[shape(name = "ETag")]
    etag: Option<String>,
    size: Option<i64>,
}

impl Operation for UploadPart {
    const ACTION: &'static str = "s3:PutObject";
    const NAME: &'static str = "UploadPart";
    const EFFECT: Effect = Effect::Write;
    type Output = UploadPartOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_object(scope, Self::ACTION, &self.bucket, &self.key, None).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?.clone();
        let number = number(self.part_number)?;
        multipart_upload::find(cx, &bucket.id, &self.key, &self.upload_id)?;
        let body = cx.body()?;
        let expected = Expected {
            md5: self.content_md5.as_deref(),
            checksums: [
                self.checksum_crc32.as_deref(),
                self.checksum_crc32c.as_deref(),
                self.checksum_crc64nvme.as_deref(),
                self.checksum_sha1.as_deref(),
                self.checksum_sha256.as_deref(),
            ],
        };
        let received = receive::receive(cx, body, &expected)?;
        let checksum = |algorithm: &str| received.checksums.get(algorithm).cloned();
        let told = UploadPartOutput {
            etag: None,
            checksum_crc32: checksum("CRC32"),
            checksum_crc32c: checksum("CRC32C"),
            checksum_crc64nvme: checksum("CRC64NVME"),
            checksum_sha1: checksum("SHA1"),
            checksum_sha256: checksum("SHA256"),
        };
        let etag = put(cx, &bucket.id, &self.key, &self.upload_id, number, received)?;
        Ok(UploadPartOutput { etag: Some(etag), ..told })
    }
}

impl Operation for UploadPartCopy {
    const ACTION: &'static str = "s3:PutObject";
    const NAME: &'static str = "UploadPartCopy";
    const EFFECT: Effect = Effect::Write;
    type Output = UploadPartCopyOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let source = Source::parse(&self.copy_source)?;
        let check = lookup::on_object(scope, Self::ACTION, &self.bucket, &self.key, None);
        let mut checks = vec![check.key("s3:x-amz-copy-source", [source.told()])];
        source.add_check(scope, &mut checks)?;
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let number = number(self.part_number)?;
        multipart_upload::find(cx, &bucket.id, &self.key, &self.upload_id)?;
        let source = Source::parse(&self.copy_source)?;
        lookup::bucket(cx, &source.bucket, self.expected_source_bucket_owner.as_deref())?;
        let Some((object, _)) = source.find(cx)? else {
            return Err(lookup::absent(cx, &source.bucket, &source.key));
        };
        Conditions { if_match: self.copy_source_if_match.as_deref(), ..Conditions::default() }
            .hold(&object.etag, object.modified)?;
        let (from, length) = match self.copy_source_range.as_deref() {
            None => (0, object.size),
            Some(range) => parse_range(range, object.size).flatten().ok_or_else(|| {
                error::invalid_argument("The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
            })?,
        };
        let reader = cx.objects()?.read(&object.content, from, length);
        let reader = reader.map_err(|error| error::of_objects(error, error::operation_aborted))?;
        let received = receive::copy(cx, reader)?;
        let etag = put(cx, &bucket.id, &self.key, &self.upload_id, number, received)?;
        let last_modified = modified(cx.now.as_millisecond());
        Ok(UploadPartCopyOutput { copy_part_result: Some(CopyPartResult { etag: Some(etag), last_modified }) })
    }
}

impl Operation for ListParts {
    const ACTION: &'static str = "s3:ListMultipartUploadParts";
    const NAME: &'static str = "ListParts";
    const EFFECT: Effect = Effect::Read;
    type Output = ListPartsOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_object(scope, Self::ACTION, &self.bucket, &self.key, None).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let upload = multipart_upload::find(cx, &bucket.id, &self.key, &self.upload_id)?;
        let most = list_objects::max_keys(self.max_parts)?;
        let count = usize::try_from(most).unwrap_or_default();
        let after = self.part_number_marker.and_then(|marker| u32::try_from(marker).ok()).unwrap_or_default();
        let found = cx.objects()?.parts(&self.upload_id, after, count + 1);
        let mut found = found.map_err(|error| error::of_objects(error, error::no_such_upload))?;
        let is_truncated = found.len() > count;
        found.truncate(count);
        let told = |(number, part): &(u32, Object)| Part {
            part_number: i32::try_from(*number).ok(),
            last_modified: modified(part.modified),
            etag: Some(format!("\"{}\"", part.etag)),
            size: i64::try_from(part.size).ok(),
        };
        Ok(ListPartsOutput {
            bucket: Some(self.bucket.clone()),
            key: Some(self.key.clone()),
            upload_id: Some(self.upload_id.clone()),
            part_number_marker: i32::try_from(after).ok(),
            next_part_number_marker: found.last().and_then(|(number, _)| i32::try_from(*number).ok()),
            max_parts: Some(most),
            is_truncated: Some(is_truncated),
            parts: Some(found.iter().map(told).collect()),
            owner: Some(Owner::of(Stored::read(&upload.head)?.owner)),
            storage_class: Some("STANDARD".to_owned()),
        })
    }
}

fn number(number: i32) -> Result<u32, Fault> {
    u32::try_from(number)
        .ok()
        .filter(|number| (1..=10_000).contains(number))
        .ok_or_else(|| error::invalid_argument("Part number must be an integer between 1 and 10000, inclusive"))
}

fn put(cx: &Context<'_>, bucket: &str, key: &str, id: &str, number: u32, received: Received) -> Result<String, Error> {
    let Received { content, etag, size, .. } = received;
    let told = format!("\"{etag}\"");
    let part = Object { etag, modified: cx.now.as_millisecond(), size, head: String::new(), content };
    let put = cx.objects()?.put_part(bucket, key, id, number, part);
    put.map_err(|error| error::of_objects(error, error::no_such_upload))?;
    Ok(told)
}
