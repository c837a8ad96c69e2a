//! What is kept from the public whatever policy and access control lists say.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::PublicAccessBlock;
use bartizan_wire::Shape;

use crate::lookup;

/// The four settings.
#[derive(Debug, Clone, Copy, Shape)]
pub struct PublicAccessBlockConfiguration {
    block_public_acls: Option<bool>,
    ignore_public_acls: Option<bool>,
    block_public_policy: Option<bool>,
    restrict_public_buckets: Option<bool>,
}

/// Tells them.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
#[derive(Debug, Shape)]
#[shape(name = "GetPublicAccessBlockRequest")]
pub struct GetPublicAccessBlock {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The settings.
#[derive(Debug, Shape)]
pub struct GetPublicAccessBlockOutput {
    #[shape(payload)]
    public_access_block_configuration: Option<PublicAccessBlockConfiguration>,
}

/// Sets them; what is not given is off.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>
#[derive(Debug, Shape)]
#[shape(name = "PutPublicAccessBlockRequest")]
pub struct PutPublicAccessBlock {
    #[shape(label)]
    bucket: String,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(payload)]
    public_access_block_configuration: PublicAccessBlockConfiguration,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Takes them off.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html>
#[derive(Debug, Shape)]
#[shape(name = "DeletePublicAccessBlockRequest")]
pub struct DeletePublicAccessBlock {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

impl Operation for GetPublicAccessBlock {
    const ACTION: &'static str = "s3:GetBucketPublicAccessBlock";
    const NAME: &'static str = "GetPublicAccessBlock";
    const EFFECT: Effect = Effect::Read;
    type Output = GetPublicAccessBlockOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let block = bucket.public_access_block.ok_or_else(|| {
            let message = "The public access block configuration was not found";
            Fault::new("NoSuchPublicAccessBlockConfiguration", 404, message)
        })?;
        Ok(GetPublicAccessBlockOutput {
            public_access_block_configuration: Some(PublicAccessBlockConfiguration {
                block_public_acls: Some(block.block_public_acls),
                ignore_public_acls: Some(block.ignore_public_acls),
                block_public_policy: Some(block.block_public_policy),
                restrict_public_buckets: Some(block.restrict_public_buckets),
            }),
        })
    }
}

impl Operation for PutPublicAccessBlock {
    const ACTION: &'static str = "s3:PutBucketPublicAccessBlock";
    const NAME: &'static str = "PutPublicAccessBlock";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let mut bucket = bucket.as_ref().clone();
        let given = &self.public_access_block_configuration;
        bucket.public_access_block = Some(PublicAccessBlock {
            block_public_acls: given.block_public_acls == Some(true),
            ignore_public_acls: given.ignore_public_acls == Some(true),
            block_public_policy: given.block_public_policy == Some(true),
            restrict_public_buckets: given.restrict_public_buckets == Some(true),
        });
        cx.put(bucket);
        Ok(())
    }
}

impl Operation for DeletePublicAccessBlock {
    const ACTION: &'static str = "s3:PutBucketPublicAccessBlock";
    const NAME: &'static str = "DeletePublicAccessBlock";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let mut bucket = bucket.as_ref().clone();
        bucket.public_access_block = None;
        cx.put(bucket);
        Ok(())
    }
}
