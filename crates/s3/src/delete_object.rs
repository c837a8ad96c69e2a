//! Deleting objects.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{error, lookup};

/// The most objects that one request may delete.
const MAX_OBJECTS: usize = 1000;

/// Deletes an object. What is not there is as good as deleted.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteObjectRequest")]
pub struct DeleteObject {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(query = "versionId")]
    version_id: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(header = "If-Match")]
    if_match: Option<String>,
}

/// Nothing: nothing has versions.
#[derive(Debug, Shape)]
pub struct DeleteObjectOutput {}

/// Deletes up to a thousand objects; each is allowed or denied by itself.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteObjectsRequest")]
pub struct DeleteObjects {
    #[shape(label)]
    bucket: String,
    #[shape(payload)]
    delete: Delete,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Which objects.
#[derive(Debug, Shape)]
pub struct Delete {
    #[shape(wire = "Object")]
    objects: Vec<ObjectIdentifier>,
    quiet: Option<bool>,
}

/// One object.
#[derive(Debug, Shape)]
pub struct ObjectIdentifier {
    #[shape(min = 1)]
    key: String,
    version_id: Option<String>,
    #[shape(name = "ETag")]
    etag: Option<String>,
    last_modified_time: Option<Timestamp>,
    size: Option<i64>,
}

impl ObjectIdentifier {
    /// Whether it is to be deleted only if it is as it says.
    fn is_conditional(&self) -> bool {
        self.etag.is_some() || self.last_modified_time.is_some() || self.size.is_some()
    }
}

/// What became of each.
#[derive(Debug, Shape)]
pub struct DeleteObjectsOutput {
    deleted: Option<Vec<DeletedObject>>,
    #[shape(wire = "Error")]
    errors: Option<Vec<DeleteError>>,
}

/// One that is gone.
#[derive(Debug, Shape)]
pub struct DeletedObject {
    key: Option<String>,
}

/// One that is not.
#[derive(Debug, Shape)]
#[shape(name = "Error")]
pub struct DeleteError {
    key: Option<String>,
    code: Option<String>,
    message: Option<String>,
}

impl Operation for DeleteObject {
    const ACTION: &'static str = "s3:DeleteObject";
    const EFFECT: Effect = Effect::Write;
    type Output = DeleteObjectOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_object(scope, Self::ACTION, &self.bucket, &self.key, None).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        if self.if_match.is_some() {
            return Err(error::no_conditions().into());
        }
        if self.version_id.as_deref().is_some_and(|version| version != "null") {
            return Err(error::invalid_argument("Invalid version id specified").into());
        }
        let deleted = cx.objects()?.delete(&bucket.id, vec![self.key.clone()]);
        deleted.map_err(|error| error::of_objects(error, error::operation_aborted))?;
        Ok(DeleteObjectOutput {})
    }
}

impl Operation for DeleteObjects {
    const ACTION: &'static str = "s3:DeleteObject";
    const NAME: &'static str = "DeleteObjects";
    const EFFECT: Effect = Effect::Write;
    type Output = DeleteObjectsOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        if self.delete.objects.is_empty() || self.delete.objects.len() > MAX_OBJECTS {
            return Err(error::malformed_xml().into());
        }
        let check = |object: &ObjectIdentifier| lookup::on_object(scope, Self::ACTION, &self.bucket, &object.key, None);
        // Nothing is deleted that was to be deleted on conditions.
        if self.delete.objects.iter().any(ObjectIdentifier::is_conditional) {
            return Err(error::no_conditions().into());
        }
        Ok(Checks::Each(self.delete.objects.iter().map(check).collect()))
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let (mut keys, mut errors) = (Vec::new(), Vec::new());
        for (place, object) in self.delete.objects.iter().enumerate() {
            if let Some(denial) = cx.denied(place) {
                errors.push(DeleteError {
                    key: Some(object.key.clone()),
                    code: Some("AccessDenied".to_owned()),
                    message: Some(denial.message.clone()),
                });
            } else if object.version_id.as_deref().is_some_and(|version| version != "null") {
                errors.push(DeleteError {
                    key: Some(object.key.clone()),
                    code: Some("NoSuchVersion".to_owned()),
                    message: Some("The specified version does not exist.".to_owned()),
                });
            } else {
                keys.push(object.key.clone());
            }
        }
        // Who may delete none of them is not told either whether there is such a bucket.
        if (0..self.delete.objects.len()).any(|place| cx.denied(place).is_none()) {
            let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
            let deleted = cx.objects()?.delete(&bucket.id, keys.clone());
            deleted.map_err(|error| error::of_objects(error, error::operation_aborted))?;
        }
        let told = if self.delete.quiet == Some(true) { Vec::new() } else { keys };
        let deleted = told.into_iter().map(|key| DeletedObject { key: Some(key) }).collect();
        Ok(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors) })
    }
}
