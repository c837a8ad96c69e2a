//! Copying an object.

use std::collections::BTreeMap;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::Tag;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    acl::{CannedAcl, Requested},
    error, get_object,
    get_object::Conditions,
    lookup, put_object, receive,
    stored::{self, Stored},
    tag,
};

/// Copies an object that the caller may read.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
#[derive(Debug, Shape)]
#[shape(name = "CopyObjectRequest")]
pub struct CopyObject {
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
    #[shape(header = "x-amz-copy-source")]
    copy_source: String,
    #[shape(header = "x-amz-copy-source-if-match")]
    copy_source_if_match: Option<String>,
    #[shape(header = "x-amz-copy-source-if-modified-since")]
    copy_source_if_modified_since: Option<Timestamp>,
    #[shape(header = "x-amz-copy-source-if-none-match")]
    copy_source_if_none_match: Option<String>,
    #[shape(header = "x-amz-copy-source-if-unmodified-since")]
    copy_source_if_unmodified_since: Option<Timestamp>,
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
    #[shape(header = "x-amz-metadata-directive")]
    metadata_directive: Option<Directive>,
    #[shape(header = "x-amz-tagging-directive")]
    tagging_directive: Option<Directive>,
    #[shape(header = "x-amz-storage-class")]
    storage_class: Option<String>,
    #[shape(header = "x-amz-tagging")]
    tagging: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(header = "x-amz-source-expected-bucket-owner")]
    expected_source_bucket_owner: Option<String>,
}

/// Whether something is taken from the source, or from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum Directive {
    Copy,
    Replace,
}

/// What was copied.
#[derive(Debug, Shape)]
pub struct CopyObjectOutput {
    #[shape(payload)]
    copy_object_result: Option<CopyObjectResult>,
}

/// The new object.
#[derive(Debug, Shape)]
pub struct CopyObjectResult {
    #[shape(name = "ETag")]
    etag: Option<String>,
    last_modified: Option<Timestamp>,
}

impl Operation for CopyObject {
    const ACTION: &'static str = "s3:PutObject";
    const NAME: &'static str = "CopyObject";
    const EFFECT: Effect = Effect::Write;
    type Output = CopyObjectOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let source = Source::parse(&self.copy_source)?;
        let tags = self.tags(scope, &source)?;
        // The source first: whoever may not read it learns nothing of it by what else is asked.
        let mut checks = Vec::new();
        source.add_check(scope, &mut checks)?;
        for check in put_object::to_put(scope, &self.bucket, &self.key, &self.requested(), &tags) {
            let directive = self.metadata_directive.map(|directive| directive.as_str());
            checks
                .push(check.key("s3:x-amz-copy-source", [source.told()]).key("s3:x-amz-metadata-directive", directive));
        }
        if self.tagging_directive != Some(Directive::Replace) && !tags.is_empty() {
            let found = source.find(scope)?;
            let stored = found.as_ref().map(|(_, stored)| stored);
            checks.push(lookup::on_object(scope, "s3:GetObjectTagging", &source.bucket, &source.key, stored));
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?.clone();
        put_object::must_be_a_key(&self.key)?;
        put_object::standard_only(self.storage_class.as_deref())?;
        let source = Source::parse(&self.copy_source)?;
        lookup::bucket(cx, &source.bucket, self.expected_source_bucket_owner.as_deref())?;
        let Some((object, old)) = source.find(cx)? else {
            return Err(lookup::absent(cx, &source.bucket, &source.key));
        };
        let conditions = Conditions {
            if_match: self.copy_source_if_match.as_deref(),
            if_none_match: self.copy_source_if_none_match.as_deref(),
            if_modified_since: self.copy_source_if_modified_since,
            if_unmodified_since: self.copy_source_if_unmodified_since,
        };
        // Of a copy every condition that does not hold is a failure.
        conditions.hold(&object.etag, object.modified).map_err(|fault| match fault.code {
            "NotModified" => error::precondition_failed("x-amz-copy-source-If-None-Match"),
            _ => fault,
        })?;
        let replaces = self.metadata_directive == Some(Directive::Replace);
        if source.bucket == self.bucket && source.key == self.key && !replaces {
            let message = "This copy request is illegal because it is trying to copy an object to itself without changing \
                           the object's metadata, storage class, website redirect location or encryption attributes.";
            return Err(error::invalid_request(message).into());
        }
        let tags = self.tags(cx, &source)?;
        let headers = [
            ("Cache-Control", &self.cache_control),
            ("Content-Disposition", &self.content_disposition),
            ("Content-Encoding", &self.content_encoding),
            ("Content-Language", &self.content_language),
            ("Content-Type", &self.content_type),
            ("Expires", &self.expires),
        ];
        let mut new = put_object::new(cx, &bucket, &self.requested(), self.metadata.as_ref(), &headers, tags)?;
        if !replaces {
            (new.metadata, new.headers) = (old.metadata, old.headers);
        }
        let wanted = put_object::wanted(self.if_match.as_deref(), self.if_none_match.as_deref())?;
        let reader = cx.objects()?.read(&object.content, 0, object.size);
        let reader = reader.map_err(|error| error::of_objects(error, error::operation_aborted))?;
        let received = receive::copy(cx, reader)?;
        new.checksums = old.checksums;
        let etag = put_object::put(cx, &bucket, &self.key, received, &new, wanted)?;
        let last_modified = stored::modified(cx.now.as_millisecond());
        Ok(CopyObjectOutput { copy_object_result: Some(CopyObjectResult { etag: Some(etag), last_modified }) })
    }
}

impl CopyObject {
    fn requested(&self) -> Requested<'_> {
        let grants = [&self.grant_read, &None, &self.grant_read_acp, &self.grant_write_acp, &self.grant_full_control];
        Requested::new(self.acl, grants)
    }

    /// The tags of the new object: the request's, or the source's.
    fn tags(&self, scope: &Scope<'_>, source: &Source) -> Result<Vec<Tag>, Error> {
        if self.tagging_directive == Some(Directive::Replace) {
            return Ok(tag::of_header(self.tagging.as_deref())?);
        }
        Ok(source.find(scope)?.map(|(_, stored)| stored.tags).unwrap_or_default())
    }
}

/// What is copied.
pub struct Source {
    pub bucket: String,
    pub key: String,
}

impl Source {
    /// `bucket/key`, percent-encoded, with a slash before it or without.
    ///
    /// # Errors
    /// `InvalidArgument`
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let invalid =
            || error::invalid_argument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        let (path, version) =
            text.split_once("?versionId=").map_or((text, None), |(path, version)| (path, Some(version)));
        if version.is_some_and(|version| version != "null") {
            return Err(error::invalid_argument("Invalid version id specified"));
        }
        let path = bartizan_wire::percent_decode(path).ok_or_else(invalid)?;
        let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/').ok_or_else(invalid)?;
        if bucket.is_empty() || key.is_empty() || bucket.contains(':') {
            return Err(invalid());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// As policies name it.
    pub fn told(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }

    /// The object, if it is there.
    pub fn find(&self, scope: &Scope<'_>) -> Result<Option<(bartizan_objects::Object, Stored)>, Error> {
        match scope.snapshot.bucket(&self.bucket) {
            Some(bucket) => stored::find(scope, &bucket.id, &self.key),
            None => Ok(None),
        }
    }

    /// Reading it must be allowed.
    pub fn add_check(&self, scope: &Scope<'_>, checks: &mut Vec<bartizan_gate::Check>) -> Result<(), Error> {
        if let Checks::All(of_source) = get_object::to_read(scope, &self.bucket, &self.key)? {
            checks.extend(of_source);
        }
        Ok(())
    }
}
