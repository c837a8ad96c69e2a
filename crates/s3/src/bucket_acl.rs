//! The access control list of a bucket.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::{
    acl::{self, AccessControlPolicy, BucketCannedAcl, Grant, Owner, Requested},
    error, lookup,
};

/// Tells the access control list of a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>
#[derive(Debug, Shape)]
#[shape(name = "GetBucketAclRequest")]
pub struct GetBucketAcl {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The list.
#[derive(Debug, Shape)]
pub struct GetBucketAclOutput {
    owner: Option<Owner>,
    #[shape(name = "Grants", wire = "AccessControlList", item = "Grant")]
    grants: Option<Vec<Grant>>,
}

/// Puts an access control list in the place of the one that a bucket has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html>
#[derive(Debug, Shape)]
#[shape(name = "PutBucketAclRequest")]
pub struct PutBucketAcl {
    #[shape(name = "ACL", header = "x-amz-acl")]
    acl: Option<BucketCannedAcl>,
    #[shape(payload)]
    access_control_policy: Option<AccessControlPolicy>,
    #[shape(label)]
    bucket: String,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(header = "x-amz-grant-full-control")]
    grant_full_control: Option<String>,
    #[shape(header = "x-amz-grant-read")]
    grant_read: Option<String>,
    #[shape(name = "GrantReadACP", header = "x-amz-grant-read-acp")]
    grant_read_acp: Option<String>,
    #[shape(header = "x-amz-grant-write")]
    grant_write: Option<String>,
    #[shape(name = "GrantWriteACP", header = "x-amz-grant-write-acp")]
    grant_write_acp: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

impl Operation for GetBucketAcl {
    const ACTION: &'static str = "s3:GetBucketAcl";
    const EFFECT: Effect = Effect::Read;
    type Output = GetBucketAclOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let AccessControlPolicy { grants, owner } = AccessControlPolicy::tell(bucket.account, &bucket.grants);
        Ok(GetBucketAclOutput { owner, grants })
    }
}

impl Operation for PutBucketAcl {
    const ACTION: &'static str = "s3:PutBucketAcl";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(self.requested().on(lookup::on_bucket(scope, Self::ACTION, &self.bucket)).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let requested = self.requested();
        let grants = match (&self.access_control_policy, requested.is_empty()) {
            (Some(policy), true) => policy.read(cx, bucket.account)?,
            (None, false) => requested.grants(cx, bucket.account, bucket.account)?,
            (None, true) => return Err(error::malformed_xml().into()),
            (Some(_), false) => return Err(error::invalid_request("An ACL is given in two ways").into()),
        };
        acl::must_count(bucket, &requested)?;
        acl::admit(bucket, &requested, &grants)?;
        let mut bucket = bucket.as_ref().clone();
        bucket.grants = grants;
        cx.put(bucket);
        Ok(())
    }
}

impl PutBucketAcl {
    fn requested(&self) -> Requested<'_> {
        let grants = [
            &self.grant_read,
            &self.grant_write,
            &self.grant_read_acp,
            &self.grant_write_acp,
            &self.grant_full_control,
        ];
        Requested::new(self.acl.map(BucketCannedAcl::canned), grants)
    }
}
