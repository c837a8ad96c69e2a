//! Multipart uploads: begun, completed, given up, listed.

use std::collections::BTreeMap;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_objects::{Content, Object, Part, Upload};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    acl::{CannedAcl, Owner, Requested},
    error,
    list_objects::{self, CommonPrefix, EncodingType, encoded},
    lookup, put_object, receive,
    stored::{Stored, modified},
    tag,
};

/// The least bytes of a part that is not the last: 5 MiB.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MIN_PART: u64 = 5 * 1024 * 1024;
const MAX_PARTS: usize = 10_000;

/// Begins an upload.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
#[derive(Debug, Shape)]
#[shape(name = "CreateMultipartUploadRequest")]
pub struct CreateMultipartUpload {
    #[shape(name = "ACL", header = "x-amz-acl")]
    acl: Option<CannedAcl>,
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
    #[shape(header = "Content-Type")]
    content_type: Option<String>,
    #[shape(header = "Expires")]
    expires: Option<String>,
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
    #[shape(header = "x-amz-checksum-algorithm")]
    checksum_algorithm: Option<String>,
    #[shape(header = "x-amz-checksum-type")]
    checksum_type: Option<String>,
}

/// The upload.
#[derive(Debug, Shape)]
pub struct CreateMultipartUploadOutput {
    bucket: Option<String>,
    key: Option<String>,
    upload_id: Option<String>,
}

/// Makes the named parts an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
#[derive(Debug, Shape)]
#[shape(name = "CompleteMultipartUploadRequest")]
pub struct CompleteMultipartUpload {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(payload, wire = "CompleteMultipartUpload")]
    multipart_upload: Option<CompletedMultipartUpload>,
    #[shape(query = "uploadId")]
    upload_id: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(header = "If-Match")]
    if_match: Option<String>,
    #[shape(header = "If-None-Match")]
    if_none_match: Option<String>,
    #[shape(header = "x-amz-checksum-type")]
    checksum_type: Option<String>,
    #[shape(header = "x-amz-mp-object-size")]
    mpu_object_size: Option<i64>,
}

/// The parts.
#[derive(Debug, Shape)]
pub struct CompletedMultipartUpload {
    #[shape(wire = "Part")]
    parts: Option<Vec<CompletedPart>>,
}

/// One part.
#[derive(Debug, Shape)]
pub struct CompletedPart {
    #[shape(name = "ETag")]
    etag: Option<String>,
    part_number: Option<i32>,
}

/// The object.
#[derive(Debug, Shape)]
pub struct CompleteMultipartUploadOutput {
    location: Option<String>,
    bucket: Option<String>,
    key: Option<String>,
    #[shape(name = "ETag")]
    etag: Option<String>,
}

/// Gives an upload up.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
#[derive(Debug, Shape)]
#[shape(name = "AbortMultipartUploadRequest")]
pub struct AbortMultipartUpload {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(query = "uploadId")]
    upload_id: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct AbortMultipartUploadOutput {}

/// Lists the uploads of a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
#[derive(Debug, Shape)]
#[shape(name = "ListMultipartUploadsRequest")]
pub struct ListMultipartUploads {
    #[shape(label)]
    bucket: String,
    #[shape(query = "delimiter")]
    delimiter: Option<String>,
    #[shape(query = "encoding-type")]
    encoding_type: Option<EncodingType>,
    #[shape(query = "key-marker")]
    key_marker: Option<String>,
    #[shape(query = "max-uploads")]
    max_uploads: Option<i32>,
    #[shape(query = "prefix")]
    prefix: Option<String>,
    #[shape(query = "upload-id-marker")]
    upload_id_marker: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// A page of uploads.
#[derive(Debug, Shape)]
pub struct ListMultipartUploadsOutput {
    bucket: Option<String>,
    key_marker: Option<String>,
    upload_id_marker: Option<String>,
    next_key_marker: Option<String>,
    prefix: Option<String>,
    delimiter: Option<String>,
    next_upload_id_marker: Option<String>,
    max_uploads: Option<i32>,
    is_truncated: Option<bool>,
    #[shape(wire = "Upload")]
    uploads: Option<Vec<MultipartUpload>>,
    common_prefixes: Option<Vec<CommonPrefix>>,
    encoding_type: Option<EncodingType>,
}

/// An upload.
#[derive(Debug, Shape)]
pub struct MultipartUpload {
    upload_id: Option<String>,
    key: Option<String>,
    initiated: Option<Timestamp>,
    storage_class: Option<String>,
    owner: Option<Owner>,
}

impl Operation for CreateMultipartUpload {
    const ACTION: &'static str = "s3:PutObject";
    const NAME: &'static str = "CreateMultipartUpload";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateMultipartUploadOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = tag::of_header(self.tagging.as_deref())?;
        Ok(put_object::to_put(scope, &self.bucket, &self.key, &self.requested(), &tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        put_object::must_be_a_key(&self.key)?;
        put_object::standard_only(self.storage_class.as_deref())?;
        let headers = [
            ("Cache-Control", &self.cache_control),
            ("Content-Disposition", &self.content_disposition),
            ("Content-Encoding", &self.content_encoding),
            ("Content-Language", &self.content_language),
            ("Content-Type", &self.content_type),
            ("Expires", &self.expires),
        ];
        let tags = tag::of_header(self.tagging.as_deref())?;
        let stored = put_object::new(cx, bucket, &self.requested(), self.metadata.as_ref(), &headers, tags)?;
        let id = cx.random_text(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._", 64)?;
        let upload =
            Upload { key: self.key.clone(), id: id.clone(), begun: cx.now.as_millisecond(), head: stored.to_json()? };
        let begun = cx.objects()?.begin(&bucket.id, upload);
        begun.map_err(|error| error::of_objects(error, error::operation_aborted))?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(self.bucket.clone()),
            key: Some(self.key.clone()),
            upload_id: Some(id),
        })
    }
}

impl CreateMultipartUpload {
    fn requested(&self) -> Requested<'_> {
        let grants = [&self.grant_read, &None, &self.grant_read_acp, &self.grant_write_acp, &self.grant_full_control];
        Requested::new(self.acl, grants)
    }
}

impl Operation for CompleteMultipartUpload {
    const ACTION: &'static str = "s3:PutObject";
    const NAME: &'static str = "CompleteMultipartUpload";
    const EFFECT: Effect = Effect::Write;
    type Output = CompleteMultipartUploadOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_object(scope, Self::ACTION, &self.bucket, &self.key, None).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?.clone();
        let upload = find(cx, &bucket.id, &self.key, &self.upload_id)?;
        let parts = self.chosen(cx)?;
        let mut stored = Stored::read(&upload.head)?;
        stored.parts = Some(parts.len());
        let size = parts.iter().map(|(_, part)| part.size).sum::<u64>();
        if self.mpu_object_size.is_some_and(|expected| u64::try_from(expected) != Ok(size)) {
            return Err(error::invalid_request("The object's size is not that of x-amz-mp-object-size.").into());
        }
        let etag = receive::etag_of_parts(parts.iter().map(|(_, part)| part.etag.as_str()));
        let object = Object {
            etag: etag.clone(),
            modified: cx.now.as_millisecond(),
            size,
            head: stored.to_json()?,
            content: Content::default(),
        };
        let wanted = put_object::wanted(self.if_match.as_deref(), self.if_none_match.as_deref())?;
        let unmet = if wanted == bartizan_objects::Wanted::Anything {
            error::no_such_upload()
        } else {
            error::precondition_failed(put_object::condition(&wanted))
        };
        let completed = cx.objects()?.complete(&bucket.id, &self.key, &self.upload_id, parts, object, wanted);
        completed.map_err(|error| error::of_objects(error, || unmet))?;
        Ok(CompleteMultipartUploadOutput {
            location: Some(format!("/{}/{}", self.bucket, self.key)),
            bucket: Some(self.bucket.clone()),
            key: Some(self.key.clone()),
            etag: Some(format!("\"{etag}\"")),
        })
    }
}

impl CompleteMultipartUpload {
    /// The parts that the request names, each as it is kept.
    fn chosen(&self, cx: &Context<'_>) -> Result<Vec<Part>, Error> {
        let named = self.multipart_upload.as_ref().and_then(|upload| upload.parts.as_ref());
        let named = named.filter(|named| !named.is_empty()).ok_or_else(error::malformed_xml)?;
        let kept = cx.objects()?.parts(&self.upload_id, 0, MAX_PARTS);
        let kept = kept.map_err(|error| error::of_objects(error, error::no_such_upload))?;
        let mut kept: BTreeMap<u32, Object> = kept.into_iter().collect();
        let (mut chosen, mut before) = (Vec::with_capacity(named.len()), 0);
        for part in named {
            let number =
                part.part_number.and_then(|number| u32::try_from(number).ok()).ok_or_else(error::malformed_xml)?;
            if number <= before {
                let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
                return Err(Fault::new("InvalidPartOrder", 400, message).into());
            }
            before = number;
            let found = kept.remove(&number).ok_or_else(error::invalid_part)?;
            if part.etag.as_deref().map(|etag| etag.trim_matches('"')) != Some(found.etag.as_str()) {
                return Err(error::invalid_part().into());
            }
            chosen.push((number, found));
        }
        let (_, all_but_last) = chosen.split_last().ok_or_else(error::malformed_xml)?;
        if all_but_last.iter().any(|(_, part)| part.size < MIN_PART) {
            let message = "Your proposed upload is smaller than the minimum allowed size";
            return Err(Fault::new("EntityTooSmall", 400, message).into());
        }
        Ok(chosen)
    }
}

impl Operation for AbortMultipartUpload {
    const ACTION: &'static str = "s3:AbortMultipartUpload";
    const EFFECT: Effect = Effect::Write;
    type Output = AbortMultipartUploadOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_object(scope, Self::ACTION, &self.bucket, &self.key, None).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let aborted = cx.objects()?.abort(&bucket.id, &self.key, &self.upload_id);
        aborted.map_err(|error| error::of_objects(error, error::no_such_upload))?;
        Ok(AbortMultipartUploadOutput {})
    }
}

impl Operation for ListMultipartUploads {
    const ACTION: &'static str = "s3:ListBucketMultipartUploads";
    const NAME: &'static str = "ListMultipartUploads";
    const EFFECT: Effect = Effect::Read;
    type Output = ListMultipartUploadsOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        if self.delimiter.is_some() {
            let message = "Listing uploads with a delimiter is not implemented.";
            return Err(Fault::new("NotImplemented", 501, message).into());
        }
        let most = list_objects::max_keys(self.max_uploads)?;
        let [prefix, key, id] =
            [&self.prefix, &self.key_marker, &self.upload_id_marker].map(|text| text.as_deref().unwrap_or_default());
        // Without an upload's id, all uploads of the marked key are behind.
        let id = if !key.is_empty() && id.is_empty() { "~" } else { id };
        let count = usize::try_from(most).unwrap_or_default();
        let found = cx.objects()?.uploads(&bucket.id, prefix, (key, id), count + 1);
        let mut found = found.map_err(|error| error::of_objects(error, error::no_such_upload))?;
        let is_truncated = found.len() > count;
        found.truncate(count);
        let last = found.last().filter(|_| is_truncated).cloned();
        let encoding = self.encoding_type;
        let told = |upload: Upload| -> Result<MultipartUpload, Error> {
            Ok(MultipartUpload {
                upload_id: Some(upload.id),
                key: Some(encoded(&upload.key, encoding)),
                initiated: modified(upload.begun),
                storage_class: Some("STANDARD".to_owned()),
                owner: Some(Owner::of(Stored::read(&upload.head)?.owner)),
            })
        };
        Ok(ListMultipartUploadsOutput {
            bucket: Some(self.bucket.clone()),
            key_marker: Some(encoded(key, encoding)),
            upload_id_marker: self.upload_id_marker.clone(),
            next_key_marker: last.as_ref().map(|last| encoded(&last.key, encoding)),
            next_upload_id_marker: last.map(|last| last.id),
            prefix: Some(encoded(prefix, encoding)),
            delimiter: None,
            max_uploads: Some(most),
            is_truncated: Some(is_truncated),
            uploads: Some(found.into_iter().map(told).collect::<Result<_, _>>()?),
            common_prefixes: None,
            encoding_type: encoding,
        })
    }
}

/// The upload, if it is going on.
///
/// # Errors
/// `NoSuchUpload`
pub fn find(scope: &Scope<'_>, bucket_id: &str, key: &str, id: &str) -> Result<Upload, Error> {
    let found = scope.objects()?.upload(bucket_id, key, id);
    let found = found.map_err(|error| error::of_objects(error, error::no_such_upload))?;
    found.ok_or_else(|| error::no_such_upload().into())
}
