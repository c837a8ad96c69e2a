//! Putting an object.

use std::collections::BTreeMap;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_objects::{Object, Wanted};
use bartizan_store::entity::{Bucket, Tag};
use bartizan_wire::{Blob, Shape};

use crate::{
    acl::{self, CannedAcl, Requested},
    error, lookup,
    receive::{self, Expected, Received},
    stored::Stored,
    tag,
};

/// The longest key, in bytes.
const MAX_KEY: usize = 1024;
/// The most bytes of names and values of `x-amz-meta-` headers.
const MAX_METADATA: usize = 2048;

/// Puts an object in the place of what was there.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
#[derive(Debug, Shape)]
#[shape(name = "PutObjectRequest")]
pub struct PutObject {
    #[shape(name = "ACL", header = "x-amz-acl")]
    acl: Option<CannedAcl>,
    #[shape(payload)]
    body: Option<Blob>,
    #[shape(label)]
    bucket: String,
    #[shape(header = "Cache-Control")]
    cache_control: Option<String>,
    #[shape(header = "Content-Disposition")]
    content_disposition: Option<String>,
    #[shape(header = "Content-Encoding")]
    content_encoding: Option<String>,
    #[shape(header = "Content-Language")]
    content_language: Option<String>,
    #[shape(header = "Content-Length")]
    content_length: Option<i64>,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(header = "Content-Type")]
    content_type: Option<String>,
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
    #[shape(header = "Expires")]
    expires: Option<String>,
    #[shape(header = "If-Match")]
    if_match: Option<String>,
    #[shape(header = "If-None-Match")]
    if_none_match: Option<String>,
    #[shape(header = "x-amz-grant-full-control")]
    grant_full_control: Option<String>,
    #[shape(header = "x-amz-grant-read")]
    grant_read: Option<String>,
    #[shape(name = "GrantReadACP", header = "x-amz-grant-read-acp")]
    grant_read_acp: Option<String>,
    #[shape(name = "GrantWriteACP", header = "x-amz-grant-write-acp")]
    grant_write_acp: Option<String>,
    #[shape(label, min = 1)]
    key: String,
    #[shape(headers = "x-amz-meta-")]
    metadata: Option<BTreeMap<String, String>>,
    #[shape(header = "x-amz-storage-class")]
    storage_class: Option<String>,
    #[shape(header = "x-amz-tagging")]
    tagging: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// What was put.
#[derive(Debug, Default, Shape)]
pub struct PutObjectOutput {
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

impl Operation for PutObject {
    const ACTION: &'static str = "s3:PutObject";
    const EFFECT: Effect = Effect::Write;
    type Output = PutObjectOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = tag::of_header(self.tagging.as_deref())?;
        Ok(to_put(scope, &self.bucket, &self.key, &self.requested(), &tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?.clone();
        must_be_a_key(&self.key)?;
        standard_only(self.storage_class.as_deref())?;
        let requested = self.requested();
        let headers = [
            ("Cache-Control", &self.cache_control),
            ("Content-Disposition", &self.content_disposition),
            ("Content-Encoding", &self.content_encoding),
            ("Content-Language", &self.content_language),
            ("Content-Type", &self.content_type),
            ("Expires", &self.expires),
        ];
        let tags = tag::of_header(self.tagging.as_deref())?;
        let mut stored = new(cx, &bucket, &requested, self.metadata.as_ref(), &headers, tags)?;
        let wanted = wanted(self.if_match.as_deref(), self.if_none_match.as_deref())?;
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
        stored.checksums.clone_from(&received.checksums);
        let etag = put(cx, &bucket, &self.key, received, &stored, wanted)?;
        let checksum = |algorithm: &str| stored.checksums.get(algorithm).cloned();
        Ok(PutObjectOutput {
            etag: Some(etag),
            checksum_crc32: checksum("CRC32"),
            checksum_crc32c: checksum("CRC32C"),
            checksum_crc64nvme: checksum("CRC64NVME"),
            checksum_sha1: checksum("SHA1"),
            checksum_sha256: checksum("SHA256"),
        })
    }
}

impl PutObject {
    fn requested(&self) -> Requested<'_> {
        let grants = [&self.grant_read, &None, &self.grant_read_acp, &self.grant_write_acp, &self.grant_full_control];
        Requested::new(self.acl, grants)
    }
}

/// What must be allowed to put an object with this ACL and these tags.
pub fn to_put(scope: &Scope<'_>, bucket: &str, key: &str, acl: &Requested<'_>, tags: &[Tag]) -> Vec<Check> {
    let mut actions = vec!["s3:PutObject"];
    actions.extend((!acl.is_empty()).then_some("s3:PutObjectAcl"));
    actions.extend((!tags.is_empty()).then_some("s3:PutObjectTagging"));
    let check = |action| acl.on(tag::on(lookup::on_object(scope, action, bucket, key, None), tags));
    actions.into_iter().map(check).collect()
}

/// What is kept of a new object.
///
/// # Errors
/// For an ACL that the bucket does not take, and metadata that is too long.
pub fn new(
    scope: &Scope<'_>,
    bucket: &Bucket,
    acl: &Requested<'_>,
    metadata: Option<&BTreeMap<String, String>>,
    headers: &[(&str, &Option<String>)],
    tags: Vec<Tag>,
) -> Result<Stored, Error> {
    let owner = acl::owner_of_new(scope, bucket, acl);
    let grants = acl.grants(scope, owner, bucket.account)?;
    acl::admit(bucket, acl, &grants)?;
    let metadata = metadata.cloned().unwrap_or_default();
    if metadata.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() > MAX_METADATA {
        let message = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(Fault::new("MetadataTooLarge", 400, message).into());
    }
    let given = headers.iter().filter_map(|(name, value)| Some(((*name).to_owned(), value.as_ref()?.clone())));
    // How the body was framed on its way is no encoding of the object.
    let unframed = given.map(|(name, value)| match name.as_str() {
        "Content-Encoding" => {
            (name, value.split(',').map(str::trim).filter(|part| *part != "aws-chunked").collect::<Vec<_>>().join(","))
        }
        _ => (name, value),
    });
    let headers = unframed.filter(|(_, value)| !value.is_empty()).collect();
    Ok(Stored { owner, grants, metadata, headers, tags, checksums: BTreeMap::new(), parts: None })
}

/// Puts what came into the index; the entity tag as it is told.
///
/// # Errors
/// `PreconditionFailed` if what is there is not what is wanted.
pub fn put(
    cx: &Context<'_>,
    bucket: &Bucket,
    key: &str,
    received: Received,
    stored: &Stored,
    wanted: Wanted,
) -> Result<String, Error> {
    let Received { content, etag, size, .. } = received;
    let told = format!("\"{etag}\"");
    let object = Object { etag, modified: cx.now.as_millisecond(), size, head: stored.to_json()?, content };
    let condition = condition(&wanted);
    cx.objects()?
        .put(&bucket.id, key, object, wanted)
        .map_err(|error| error::of_objects(error, || error::precondition_failed(condition)))?;
    Ok(told)
}

/// The header that a wish is from.
pub const fn condition(wanted: &Wanted) -> &'static str {
    match wanted {
        Wanted::Etag(_) => "If-Match",
        Wanted::Anything | Wanted::Nothing => "If-None-Match",
    }
}

/// What must be there, by the headers of a write.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>
pub fn wanted(if_match: Option<&str>, if_none_match: Option<&str>) -> Result<Wanted, Fault> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Wanted::Anything),
        (None, Some("*")) => Ok(Wanted::Nothing),
        (Some(etag), None) => Ok(Wanted::Etag(etag.trim_matches('"').to_owned())),
        _ => Err(error::no_conditions()),
    }
}

/// A key that can be.
pub fn must_be_a_key(key: &str) -> Result<(), Fault> {
    if key.len() <= MAX_KEY { Ok(()) } else { Err(Fault::new("KeyTooLongError", 400, "Your key is too long")) }
}

/// There is one storage class here.
pub fn standard_only(class: Option<&str>) -> Result<(), Fault> {
    match class {
        None | Some("STANDARD") => Ok(()),
        Some(_) => Err(Fault::new("InvalidStorageClass", 400, "The storage class you specified is not valid")),
    }
}
