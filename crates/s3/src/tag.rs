//! Tags of buckets and objects.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>

use std::collections::HashSet;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::Tag as Kept;
use bartizan_wire::{Shape, query};

use crate::{error, lookup, stored};

/// The most tags of an object, and of a bucket.
const MAX_OF_OBJECT: usize = 10;
const MAX_OF_BUCKET: usize = 50;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
pub struct Tag {
    #[shape(min = 1)]
    key: String,
    value: String,
}

/// Tags.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
pub struct Tagging {
    #[shape(item = "Tag")]
    tag_set: Vec<Tag>,
}

/// Tells the tags of an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html>
#[derive(Debug, Shape)]
#[shape(name = "GetObjectTaggingRequest")]
pub struct GetObjectTagging {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The tags.
#[derive(Debug, Shape)]
pub struct GetObjectTaggingOutput {
    #[shape(item = "Tag")]
    tag_set: Vec<Tag>,
}

/// Puts tags in the place of those that an object has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html>
#[derive(Debug, Shape)]
#[shape(name = "PutObjectTaggingRequest")]
pub struct PutObjectTagging {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(payload)]
    tagging: Tagging,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Takes all tags off an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteObjectTaggingRequest")]
pub struct DeleteObjectTagging {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Tells the tags of a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html>
#[derive(Debug, Shape)]
#[shape(name = "GetBucketTaggingRequest")]
pub struct GetBucketTagging {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The tags.
#[derive(Debug, Shape)]
pub struct GetBucketTaggingOutput {
    #[shape(item = "Tag")]
    tag_set: Vec<Tag>,
}

/// Puts tags in the place of those that a bucket has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html>
#[derive(Debug, Shape)]
#[shape(name = "PutBucketTaggingRequest")]
pub struct PutBucketTagging {
    #[shape(label)]
    bucket: String,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(payload)]
    tagging: Tagging,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Takes all tags off a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteBucketTaggingRequest")]
pub struct DeleteBucketTagging {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

impl Operation for GetObjectTagging {
    const ACTION: &'static str = "s3:GetObjectTagging";
    const EFFECT: Effect = Effect::Read;
    type Output = GetObjectTaggingOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        on_existing(scope, Self::ACTION, &self.bucket, &self.key, &[])
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let Some((_, stored)) = stored::find(cx, &bucket.id, &self.key)? else {
            return Err(lookup::absent(cx, &self.bucket, &self.key));
        };
        Ok(GetObjectTaggingOutput { tag_set: told(&stored.tags) })
    }
}

impl Operation for PutObjectTagging {
    const ACTION: &'static str = "s3:PutObjectTagging";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        on_existing(scope, Self::ACTION, &self.bucket, &self.key, &kept(&self.tagging.tag_set, MAX_OF_OBJECT)?)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let tags = kept(&self.tagging.tag_set, MAX_OF_OBJECT)?;
        set(cx, &self.bucket, &self.key, self.expected_bucket_owner.as_deref(), tags)
    }
}

impl Operation for DeleteObjectTagging {
    const ACTION: &'static str = "s3:DeleteObjectTagging";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        on_existing(scope, Self::ACTION, &self.bucket, &self.key, &[])
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        set(cx, &self.bucket, &self.key, self.expected_bucket_owner.as_deref(), Vec::new())
    }
}

impl Operation for GetBucketTagging {
    const ACTION: &'static str = "s3:GetBucketTagging";
    const EFFECT: Effect = Effect::Read;
    type Output = GetBucketTaggingOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        if bucket.tags.is_empty() {
            return Err(Fault::new("NoSuchTagSet", 404, "The TagSet does not exist").into());
        }
        Ok(GetBucketTaggingOutput { tag_set: told(&bucket.tags) })
    }
}

impl Operation for PutBucketTagging {
    const ACTION: &'static str = "s3:PutBucketTagging";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = kept(&self.tagging.tag_set, MAX_OF_BUCKET)?;
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).request_tags(&tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let mut bucket = bucket.as_ref().clone();
        bucket.tags = kept(&self.tagging.tag_set, MAX_OF_BUCKET)?;
        cx.put(bucket);
        Ok(())
    }
}

impl Operation for DeleteBucketTagging {
    const ACTION: &'static str = "s3:PutBucketTagging";
    const NAME: &'static str = "DeleteBucketTagging";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?.as_ref().clone();
        bucket.tags.clear();
        cx.put(bucket);
        Ok(())
    }
}

/// A check of an object that may be there, with tags that it is to get.
fn on_existing(scope: &Scope<'_>, action: &'static str, name: &str, key: &str, tags: &[Kept]) -> Result<Checks, Error> {
    let found = match scope.snapshot.bucket(name) {
        Some(bucket) => stored::find(scope, &bucket.id, key)?,
        None => None,
    };
    let stored = found.as_ref().map(|(_, stored)| stored);
    Ok(on(lookup::on_object(scope, action, name, key, stored), tags).into())
}

fn set(cx: &Context<'_>, name: &str, key: &str, owner: Option<&str>, tags: Vec<Kept>) -> Result<(), Error> {
    let bucket = lookup::bucket(cx, name, owner)?;
    let Some((object, mut stored)) = stored::find(cx, &bucket.id, key)? else {
        return Err(lookup::absent(cx, name, key));
    };
    stored.tags = tags;
    let changed = cx.objects()?.change(&bucket.id, key, &object, stored.to_json()?);
    changed.map_err(|error| error::of_objects(error, error::operation_aborted))
}

/// Adds the keys of tags that a request brings.
pub fn on(mut check: Check, tags: &[Kept]) -> Check {
    for tag in tags {
        check = check.key(format!("s3:RequestObjectTag/{}", tag.key), [tag.value.as_str()]);
    }
    check.key("s3:RequestObjectTagKeys", tags.iter().map(|tag| tag.key.as_str()))
}

/// The tags of the header `x-amz-tagging`, written as a query string.
///
/// # Errors
/// `InvalidArgument`, `InvalidTag`
pub fn of_header(header: Option<&str>) -> Result<Vec<Kept>, Fault> {
    let Some(header) = header else { return Ok(Vec::new()) };
    let pairs = query::pairs(header.as_bytes())
        .map_err(|_| error::invalid_argument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."))?;
    let tags: Vec<Tag> =
        pairs.into_iter().map(|(key, value)| Tag { key: key.into_owned(), value: value.into_owned() }).collect();
    kept(&tags, MAX_OF_OBJECT)
}

fn kept(tags: &[Tag], most: usize) -> Result<Vec<Kept>, Fault> {
    let invalid = |message: &str| Fault::new("InvalidTag", 400, message);
    if tags.len() > most {
        let message = format!("Object tags cannot be greater than {most}");
        return Err(if most == MAX_OF_OBJECT { Fault::new("BadRequest", 400, message) } else { invalid(&message) });
    }
    let mut seen = HashSet::new();
    for tag in tags {
        if tag.key.is_empty() || tag.key.chars().count() > 128 {
            return Err(invalid("The TagKey you have provided is invalid"));
        }
        if tag.value.chars().count() > 256 {
            return Err(invalid("The TagValue you have provided is invalid"));
        }
        if tag.key.starts_with("aws:") {
            return Err(invalid("System tags cannot be added/updated by requester"));
        }
        if !seen.insert(&tag.key) {
            return Err(invalid("Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(tags.iter().map(|tag| Kept { key: tag.key.clone(), value: tag.value.clone() }).collect())
}

fn told(tags: &[Kept]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() }).collect()
}
