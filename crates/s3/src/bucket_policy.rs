//! Bucket policies: stored with the unique ids of users and roles, and shown with their ARNs as long as they exist.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-bucket-user-policy-specifying-principal-intro.html>

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope, principals};
use bartizan_policy::{Kind, MapError, Policy};
use bartizan_store::{Document, Snapshot, entity::Bucket};
use bartizan_wire::Shape;

use crate::{error, lookup, public};

/// The longest policy, in bytes.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
const MAX_POLICY: usize = 20 * 1024;

/// Tells the policy of a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
#[derive(Debug, Shape)]
#[shape(name = "GetBucketPolicyRequest")]
pub struct GetBucketPolicy {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The policy.
#[derive(Debug, Shape)]
pub struct GetBucketPolicyOutput {
    #[shape(payload)]
    policy: Option<String>,
}

/// Tells whether the policy of a bucket is public.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>
#[derive(Debug, Shape)]
#[shape(name = "GetBucketPolicyStatusRequest")]
pub struct GetBucketPolicyStatus {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Whether it is.
#[derive(Debug, Shape)]
pub struct GetBucketPolicyStatusOutput {
    #[shape(payload)]
    policy_status: Option<PolicyStatus>,
}

/// Whether it is.
#[derive(Debug, Shape)]
pub struct PolicyStatus {
    is_public: Option<bool>,
}

/// Gives a bucket a policy in the place of the one that it has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
#[derive(Debug, Shape)]
#[shape(name = "PutBucketPolicyRequest")]
pub struct PutBucketPolicy {
    #[shape(label)]
    bucket: String,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(header = "x-amz-confirm-remove-self-bucket-access")]
    confirm_remove_self_bucket_access: Option<bool>,
    #[shape(payload)]
    policy: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Takes the policy off.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteBucketPolicyRequest")]
pub struct DeleteBucketPolicy {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The bucket, for its own account only: "you must be using credentials that belong to the bucket owner's account".
/// Its root user may always take off a policy that locks her out.
fn of_owner<'a>(cx: &Context<'a>, name: &str, expected: Option<&str>) -> Result<&'a Bucket, Fault> {
    let bucket = lookup::bucket(cx, name, expected)?;
    if bucket.account == cx.account() {
        return Ok(bucket);
    }
    let message = "The specified method is not allowed against this resource.";
    Err(Fault::new("MethodNotAllowed", 405, message))
}

/// A check that no bucket policy of its own can stop the root user of.
fn on(scope: &Scope<'_>, action: &'static str, name: &str) -> Checks {
    let check = lookup::on_bucket(scope, action, name);
    let is_owner = scope.snapshot.bucket(name).is_some_and(|bucket| bucket.account == scope.account());
    if scope.caller.is_root() && is_owner { check.policy(None).into() } else { check.into() }
}

fn none() -> Fault {
    Fault::new("NoSuchBucketPolicy", 404, "The bucket policy does not exist")
}

impl Operation for GetBucketPolicy {
    const ACTION: &'static str = "s3:GetBucketPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetBucketPolicyOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(on(scope, Self::ACTION, &self.bucket))
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = of_owner(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let policy = bucket.policy.as_ref().ok_or_else(none)?;
        Ok(GetBucketPolicyOutput { policy: Some(principals::with_arns(cx.snapshot, policy)) })
    }
}

impl Operation for GetBucketPolicyStatus {
    const ACTION: &'static str = "s3:GetBucketPolicyStatus";
    const EFFECT: Effect = Effect::Read;
    type Output = GetBucketPolicyStatusOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = of_owner(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let is_public = public::is_public(bucket.policy.as_ref().ok_or_else(none)?);
        Ok(GetBucketPolicyStatusOutput { policy_status: Some(PolicyStatus { is_public: Some(is_public) }) })
    }
}

impl Operation for PutBucketPolicy {
    const ACTION: &'static str = "s3:PutBucketPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(on(scope, Self::ACTION, &self.bucket))
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = of_owner(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let policy = stored(cx.snapshot, &self.policy, &self.bucket)?;
        if bucket.public_access_block.is_some_and(|block| block.block_public_policy) && public::is_public(&policy) {
            return Err(error::access_denied().into());
        }
        let mut bucket = bucket.clone();
        bucket.policy = Some(policy);
        cx.put(bucket);
        Ok(())
    }
}

impl Operation for DeleteBucketPolicy {
    const ACTION: &'static str = "s3:DeleteBucketPolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(on(scope, Self::ACTION, &self.bucket))
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut bucket = of_owner(cx, &self.bucket, self.expected_bucket_owner.as_deref())?.clone();
        bucket.policy = None;
        cx.put(bucket);
        Ok(())
    }
}

/// A policy of this bucket as it is stored: users and roles by unique id.
fn stored(snapshot: &Snapshot, text: &str, bucket: &str) -> Result<Document, Fault> {
    let malformed = |message: &str| Fault::new("MalformedPolicy", 400, message);
    if text.len() > MAX_POLICY {
        return Err(malformed("Normalized policy size exceeds the maximum allowed size"));
    }
    Policy::parse(text, Kind::Resource).map_err(|why| malformed(&why.message))?;
    must_be_about(text, bucket)?;
    principals::with_ids(snapshot, text, Kind::Resource).map_err(|error| match error {
        MapError::Malformed(why) => malformed(&why.message),
        MapError::Refused(_) => malformed("Invalid principal in policy"),
    })
}

/// A bucket policy is about its bucket and what is in it, and nothing else.
fn must_be_about(policy: &str, bucket: &str) -> Result<(), Fault> {
    let foreign = || Fault::new("MalformedPolicy", 400, "Policy has invalid resource");
    let document: serde_json::Value = serde_json::from_str(policy).map_err(|_| foreign())?;
    let statements = match document.get("Statement") {
        Some(serde_json::Value::Array(statements)) => statements.iter().collect(),
        Some(statement) => vec![statement],
        None => Vec::new(),
    };
    let own = format!("arn:aws:s3:::{bucket}");
    for statement in statements {
        let resources = match statement.get("Resource").or(statement.get("NotResource")) {
            Some(serde_json::Value::Array(resources)) => resources.iter().collect(),
            Some(one) => vec![one],
            None => return Err(Fault::new("MalformedPolicy", 400, "Missing required field Resource")),
        };
        let is_own = |resource: &&serde_json::Value| {
            let rest = resource.as_str().and_then(|text| text.strip_prefix(own.as_str()));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*', '?']))
                || resource.as_str() == Some("*")
        };
        if !resources.iter().all(is_own) {
            return Err(foreign());
        }
    }
    Ok(())
}
