//! Who owns what is put into a bucket, and whether access control lists count.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::ObjectOwnership;
use bartizan_wire::Shape;

use crate::{error, lookup};

/// Who owns objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "ObjectOwnership")]
pub enum Ownership {
    BucketOwnerPreferred,
    ObjectWriter,
    BucketOwnerEnforced,
}

impl Ownership {
    /// As it is kept.
    pub const fn kept(self) -> ObjectOwnership {
        match self {
            Self::BucketOwnerPreferred => ObjectOwnership::BucketOwnerPreferred,
            Self::ObjectWriter => ObjectOwnership::ObjectWriter,
            Self::BucketOwnerEnforced => ObjectOwnership::BucketOwnerEnforced,
        }
    }

    const fn told(kept: ObjectOwnership) -> Self {
        match kept {
            ObjectOwnership::BucketOwnerPreferred => Self::BucketOwnerPreferred,
            ObjectOwnership::ObjectWriter => Self::ObjectWriter,
            ObjectOwnership::BucketOwnerEnforced => Self::BucketOwnerEnforced,
        }
    }
}

/// One rule.
#[derive(Debug, Shape)]
pub struct OwnershipControls {
    #[shape(wire = "Rule")]
    rules: Vec<OwnershipControlsRule>,
}

/// The rule.
#[derive(Debug, Shape)]
pub struct OwnershipControlsRule {
    object_ownership: Ownership,
}

/// Tells it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html>
#[derive(Debug, Shape)]
#[shape(name = "GetBucketOwnershipControlsRequest")]
pub struct GetBucketOwnershipControls {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The rule.
#[derive(Debug, Shape)]
pub struct GetBucketOwnershipControlsOutput {
    #[shape(payload)]
    ownership_controls: Option<OwnershipControls>,
}

/// Sets it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>
#[derive(Debug, Shape)]
#[shape(name = "PutBucketOwnershipControlsRequest")]
pub struct PutBucketOwnershipControls {
    #[shape(label)]
    bucket: String,
    #[shape(name = "ContentMD5", header = "Content-MD5")]
    content_md5: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
    #[shape(payload)]
    ownership_controls: OwnershipControls,
}

impl Operation for GetBucketOwnershipControls {
    const ACTION: &'static str = "s3:GetBucketOwnershipControls";
    const EFFECT: Effect = Effect::Read;
    type Output = GetBucketOwnershipControlsOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let rule = OwnershipControlsRule { object_ownership: Ownership::told(bucket.ownership) };
        Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(OwnershipControls { rules: vec![rule] }) })
    }
}

impl Operation for PutBucketOwnershipControls {
    const ACTION: &'static str = "s3:PutBucketOwnershipControls";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let [rule] = self.ownership_controls.rules.as_slice() else { return Err(error::malformed_xml().into()) };
        let ownership = rule.object_ownership.kept();
        let owner = bucket.account.to_string();
        // Whom the ACL lets in would be locked out without being told.
        if ownership == ObjectOwnership::BucketOwnerEnforced && bucket.grants.iter().any(|grant| grant.grantee != owner)
        {
            let message = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting";
            return Err(Fault::new("InvalidBucketAclWithObjectOwnership", 400, message).into());
        }
        let mut bucket = bucket.as_ref().clone();
        bucket.ownership = ownership;
        cx.put(bucket);
        Ok(())
    }
}
