//! Buckets: made, found, listed, deleted.

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::{self, ObjectOwnership, PublicAccessBlock};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    acl::{self, BucketCannedAcl, Owner, Requested},
    bucket_ownership::Ownership,
    error, lookup,
};

/// How many buckets an account may have.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/BucketRestrictions.html>
const MAX_BUCKETS: usize = 10_000;
const HOME: &str = "us-east-1";

/// Makes a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
#[derive(Debug, Shape)]
#[shape(name = "CreateBucketRequest")]
pub struct CreateBucket {
    #[shape(name = "ACL", header = "x-amz-acl")]
    acl: Option<BucketCannedAcl>,
    #[shape(label)]
    bucket: String,
    #[shape(payload)]
    create_bucket_configuration: Option<CreateBucketConfiguration>,
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
    #[shape(header = "x-amz-object-ownership")]
    object_ownership: Option<Ownership>,
}

/// Where it is to be.
#[derive(Debug, Shape)]
pub struct CreateBucketConfiguration {
    location_constraint: Option<String>,
}

/// The new bucket.
#[derive(Debug, Shape)]
pub struct CreateBucketOutput {
    #[shape(header = "Location")]
    location: Option<String>,
}

/// Deletes a bucket that is empty.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>
#[derive(Debug, Shape)]
#[shape(name = "DeleteBucketRequest")]
pub struct DeleteBucket {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Whether a bucket is there and may be listed.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
#[derive(Debug, Shape)]
#[shape(name = "HeadBucketRequest")]
pub struct HeadBucket {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// Where it is.
#[derive(Debug, Shape)]
pub struct HeadBucketOutput {
    #[shape(header = "x-amz-bucket-region")]
    bucket_region: Option<String>,
}

/// Tells the Region that a bucket was made for.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
#[derive(Debug, Shape)]
#[shape(name = "GetBucketLocationRequest")]
pub struct GetBucketLocation {
    #[shape(label)]
    bucket: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The Region; nothing for us-east-1.
#[derive(Debug, Shape)]
pub struct GetBucketLocationOutput {
    location_constraint: Option<String>,
}

/// Lists the buckets of the account.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
#[derive(Debug, Shape)]
#[shape(name = "ListBucketsRequest")]
pub struct ListBuckets {
    #[shape(query = "max-buckets", min = 1, max = 10000)]
    max_buckets: Option<i32>,
    #[shape(query = "continuation-token")]
    continuation_token: Option<String>,
    #[shape(query = "prefix")]
    prefix: Option<String>,
    #[shape(query = "bucket-region")]
    bucket_region: Option<String>,
}

/// A page of buckets, in the order of their names.
#[derive(Debug, Shape)]
pub struct ListBucketsOutput {
    #[shape(item = "Bucket")]
    buckets: Option<Vec<Bucket>>,
    owner: Option<Owner>,
    continuation_token: Option<String>,
    prefix: Option<String>,
}

/// A bucket.
#[derive(Debug, Shape)]
pub struct Bucket {
    name: Option<String>,
    creation_date: Option<Timestamp>,
    bucket_region: Option<String>,
}

impl Operation for CreateBucket {
    const ACTION: &'static str = "s3:CreateBucket";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateBucketOutput;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        // A bucket that is to be is one's own, whoever has one of that name.
        let on = |action| {
            let check = bartizan_gate::Check::new(action, format!("arn:aws:s3:::{}", self.bucket));
            self.requested().on(check)
        };
        let mut checks = vec![on(Self::ACTION)];
        checks.extend((!self.requested().is_empty()).then(|| on("s3:PutBucketAcl")));
        checks.extend(self.object_ownership.map(|_| on("s3:PutBucketOwnershipControls")));
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        if cx.caller.is_anonymous() {
            return Err(error::access_denied().into());
        }
        must_be_a_name(&self.bucket)?;
        let region = self.region(cx)?;
        if let Some(there) = cx.snapshot.bucket(&self.bucket) {
            return Err(if there.account == cx.account() {
                let message = "Your previous request to create the named bucket succeeded and you already own it.";
                Fault::new("BucketAlreadyOwnedByYou", 409, message).with("BucketName", self.bucket.as_str()).into()
            } else {
                let message = "The requested bucket name is not available. The bucket namespace is shared by all users of the \
                               system. Please select a different name and try again.";
                Fault::new("BucketAlreadyExists", 409, message).with("BucketName", self.bucket.as_str()).into()
            });
        }
        if cx.snapshot.buckets.count(cx.account()) >= MAX_BUCKETS {
            let message = "You have attempted to create more buckets than allowed";
            return Err(Fault::new("TooManyBuckets", 400, message).into());
        }
        let requested = self.requested();
        let bucket = entity::Bucket {
            account: cx.account(),
            id: cx.random_text(b"abcdefghijklmnopqrstuvwxyz234567", 20)?,
            name: self.bucket.clone(),
            region,
            created: cx.now,
            policy: None,
            grants: requested.grants(cx, cx.account(), cx.account())?,
            ownership: self.object_ownership.map_or(ObjectOwnership::BucketOwnerEnforced, Ownership::kept),
            public_access_block: Some(PublicAccessBlock {
                block_public_acls: true,
                ignore_public_acls: true,
                block_public_policy: true,
                restrict_public_buckets: true,
            }),
            tags: Vec::new(),
        };
        if requested.canned != Some(acl::CannedAcl::Private) {
            acl::admit(&bucket, &requested, &bucket.grants)?;
        }
        cx.put(bucket);
        Ok(CreateBucketOutput { location: Some(format!("/{}", self.bucket)) })
    }
}

impl CreateBucket {
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

    /// The Region: from us-east-1 any, from elsewhere that one.
    fn region(&self, scope: &Scope<'_>) -> Result<String, Fault> {
        let asked = self.create_bucket_configuration.as_ref().and_then(|asked| asked.location_constraint.as_deref());
        let illegal = |asked: &str| {
            let message = format!(
                "The {asked} location constraint is incompatible for the region specific endpoint this request was sent to."
            );
            Fault::new("IllegalLocationConstraintException", 400, message)
        };
        match (asked, scope.region) {
            (None, HOME) => Ok(HOME.to_owned()),
            (Some("EU"), HOME | "eu-west-1") => Ok("eu-west-1".to_owned()),
            (Some(asked), _)
                if !asked.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
                    || asked.is_empty()
                    || asked == HOME =>
            {
                let message = "The specified location-constraint is not valid";
                Err(Fault::new("InvalidLocationConstraint", 400, message))
            }
            (Some(asked), region) if region == HOME || region == asked => Ok(asked.to_owned()),
            (asked, _) => Err(illegal(asked.unwrap_or("unspecified"))),
        }
    }
}

impl Operation for DeleteBucket {
    const ACTION: &'static str = "s3:DeleteBucket";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let objects = cx.objects()?;
        let closed = objects.close_if_empty(&bucket.id);
        if !closed.map_err(|error| error::of_objects(error, error::operation_aborted))? {
            let message = "The bucket you tried to delete is not empty";
            return Err(Fault::new("BucketNotEmpty", 409, message).with("BucketName", self.bucket.as_str()).into());
        }
        let id = bucket.id.clone();
        cx.unless_committed(move || objects.reopen(&id));
        cx.delete(bucket.as_ref());
        Ok(())
    }
}

impl Operation for HeadBucket {
    const ACTION: &'static str = "s3:ListBucket";
    const NAME: &'static str = "HeadBucket";
    const EFFECT: Effect = Effect::Read;
    type Output = HeadBucketOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        Ok(HeadBucketOutput { bucket_region: Some(bucket.region.clone()) })
    }
}

impl Operation for GetBucketLocation {
    const ACTION: &'static str = "s3:GetBucketLocation";
    const EFFECT: Effect = Effect::Read;
    type Output = GetBucketLocationOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_bucket(scope, Self::ACTION, &self.bucket).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        Ok(GetBucketLocationOutput { location_constraint: Some(bucket.region.clone()).filter(|region| region != HOME) })
    }
}

impl Operation for ListBuckets {
    const ACTION: &'static str = "s3:ListAllMyBuckets";
    const NAME: &'static str = "ListBuckets";
    const EFFECT: Effect = Effect::Read;
    type Output = ListBucketsOutput;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(bartizan_gate::Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let most = self.max_buckets.and_then(|most| usize::try_from(most).ok()).unwrap_or(MAX_BUCKETS);
        let after = match &self.continuation_token {
            None => None,
            Some(token) => Some(
                cx.open_marker(Self::NAME, token)
                    .ok_or_else(|| error::invalid_argument("The continuation token provided is incorrect"))?,
            ),
        };
        let prefix = self.prefix.as_deref().unwrap_or_default();
        let is_there = |bucket: &&std::sync::Arc<entity::Bucket>| {
            bucket.name.starts_with(prefix) && self.bucket_region.as_ref().is_none_or(|region| *region == bucket.region)
        };
        let mut all = cx.snapshot.buckets.by_name_after(cx.account(), after.as_deref()).filter(is_there).peekable();
        let page: Vec<_> = all.by_ref().take(most).collect();
        let token = match page.last() {
            Some(last) if all.peek().is_some() => Some(cx.seal_marker(Self::NAME, &last.name)?),
            _ => None,
        };
        let told = |bucket: &std::sync::Arc<entity::Bucket>| Bucket {
            name: Some(bucket.name.clone()),
            creation_date: Some(bucket.created),
            bucket_region: Some(bucket.region.clone()),
        };
        Ok(ListBucketsOutput {
            buckets: Some(page.into_iter().map(told).collect()),
            owner: Some(Owner::of(cx.account())),
            continuation_token: token,
            prefix: self.prefix.clone(),
        })
    }
}

/// The name of a bucket. `tags` is none here: its path is another service's.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn must_be_a_name(name: &str) -> Result<(), Fault> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        label.as_bytes().first().is_some_and(|first| letter(*first))
            && label.as_bytes().last().is_some_and(|last| letter(*last))
            && label.bytes().all(|byte| letter(byte) || byte == b'-')
    };
    let reserved = ["xn--", "sthree-", "amzn-s3-demo-"].iter().any(|start| name.starts_with(start))
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|end| name.ends_with(end));
    let is_name = (3..=63).contains(&name.len())
        && name.split('.').all(is_label)
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !reserved
        && name != "tags";
    if is_name {
        Ok(())
    } else {
        Err(Fault::new("InvalidBucketName", 400, "The specified bucket is not valid.").with("BucketName", name))
    }
}

#[cfg(test)]
mod tests {
    use super::must_be_a_name;

    #[test]
    fn names_are_as_aws_has_them() {
        for good in ["abc", "a-b.c1", "123", "metrics", "a".repeat(63).as_str()] {
            assert!(must_be_a_name(good).is_ok(), "{good}");
        }
        for bad in
            ["ab", "Abc", "a_b", "-ab", "ab-", "a..b", "a.-b", "1.2.3.4", "xn--abc", "abc--x-s3", "tags", "a/b", ""]
        {
            assert!(must_be_a_name(bad).is_err(), "{bad}");
        }
        assert!(must_be_a_name(&"a".repeat(64)).is_err());
    }
}
