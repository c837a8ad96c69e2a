//! The access control list of an object.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::{
    acl::{self, AccessControlPolicy, CannedAcl, Grant, Owner, Requested},
    error, lookup, stored,
};

/// Tells the access control list of an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>
#[derive(Debug, Shape)]
#[shape(name = "GetObjectAclRequest")]
pub struct GetObjectAcl {
    #[shape(label)]
    bucket: String,
    #[shape(label, min = 1)]
    key: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// The list.
#[derive(Debug, Shape)]
pub struct GetObjectAclOutput {
    owner: Option<Owner>,
    #[shape(name = "Grants", wire = "AccessControlList", item = "Grant")]
    grants: Option<Vec<Grant>>,
}

/// Puts an access control list in the place of the one that an object has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html>
#[derive(Debug, Shape)]
#[shape(name = "PutObjectAclRequest")]
pub struct PutObjectAcl {
    #[shape(name = "ACL", header = "x-amz-acl")]
    acl: Option<CannedAcl>,
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
    #[shape(label, min = 1)]
    key: String,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

impl Operation for GetObjectAcl {
    const ACTION: &'static str = "s3:GetObjectAcl";
    const EFFECT: Effect = Effect::Read;
    type Output = GetObjectAclOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        on(scope, Self::ACTION, &self.bucket, &self.key, &Requested::default())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let Some((_, stored)) = stored::find(cx, &bucket.id, &self.key)? else {
            return Err(lookup::absent(cx, &self.bucket, &self.key));
        };
        let AccessControlPolicy { grants, owner } = AccessControlPolicy::tell(stored.owner, &stored.grants);
        Ok(GetObjectAclOutput { owner, grants })
    }
}

impl Operation for PutObjectAcl {
    const ACTION: &'static str = "s3:PutObjectAcl";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        on(scope, Self::ACTION, &self.bucket, &self.key, &self.requested())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let Some((object, mut stored)) = stored::find(cx, &bucket.id, &self.key)? else {
            return Err(lookup::absent(cx, &self.bucket, &self.key));
        };
        let requested = self.requested();
        let grants = match (&self.access_control_policy, requested.is_empty()) {
            (Some(policy), true) => policy.read(cx, stored.owner)?,
            (None, false) => requested.grants(cx, stored.owner, bucket.account)?,
            (None, true) => return Err(error::malformed_xml().into()),
            (Some(_), false) => return Err(error::invalid_request("An ACL is given in two ways").into()),
        };
        acl::must_count(bucket, &requested)?;
        acl::admit(bucket, &requested, &grants)?;
        stored.grants = grants;
        let changed = cx.objects()?.change(&bucket.id, &self.key, &object, stored.to_json()?);
        changed.map_err(|error| error::of_objects(error, error::operation_aborted))
    }
}

impl PutObjectAcl {
    fn requested(&self) -> Requested<'_> {
        let grants = [
            &self.grant_read,
            &self.grant_write,
            &self.grant_read_acp,
            &self.grant_write_acp,
            &self.grant_full_control,
        ];
        Requested::new(self.acl, grants)
    }
}

fn on(
    scope: &Scope<'_>,
    action: &'static str,
    name: &str,
    key: &str,
    requested: &Requested<'_>,
) -> Result<Checks, Error> {
    let found = match scope.snapshot.bucket(name) {
        Some(bucket) => stored::find(scope, &bucket.id, key)?,
        None => None,
    };
    let stored = found.as_ref().map(|(_, stored)| stored);
    Ok(requested.on(lookup::on_object(scope, action, name, key, stored)).into())
}
