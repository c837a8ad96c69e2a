//! Finding what a request names, and the checks of it: who owns it, its policy, its access control list, and what of the
//! request policies can ask for.

use std::sync::Arc;

use bartizan_gate::{Check, Error, Fault, Scope};
use bartizan_policy::{Acl, AclGrant, AclPermission, Grantee};
use bartizan_store::entity::{AccessGrant, Bucket, ObjectOwnership};

use crate::{error, public, stored::Stored};

/// The bucket of this name, if it is whose the caller expects it to be.
///
/// # Errors
/// `NoSuchBucket`, or `AccessDenied` if it is somebody else's.
pub fn bucket<'a>(scope: &Scope<'a>, name: &str, expected_owner: Option<&str>) -> Result<&'a Arc<Bucket>, Fault> {
    let bucket = scope.snapshot.bucket(name).ok_or_else(|| error::no_such_bucket(name))?;
    match expected_owner {
        Some(owner) if owner != bucket.account.to_string() => Err(error::access_denied()),
        _ => Ok(bucket),
    }
}

/// A check of `action` on a bucket. What is not there is checked as it is named, as one's own.
pub fn on_bucket(scope: &Scope<'_>, action: &'static str, name: &str) -> Check {
    let check = of_request(scope, Check::new(action, format!("arn:aws:s3:::{name}")));
    match scope.snapshot.bucket(name) {
        None => check,
        Some(bucket) => {
            let acl = effective(bucket, &bucket.grants);
            guarded(scope, check, bucket, false).acl(acl)
        }
    }
}

/// A check of `action` on an object that is there, or could be. For writing into a bucket the bucket's ACL counts.
pub fn on_object(scope: &Scope<'_>, action: &'static str, name: &str, key: &str, stored: Option<&Stored>) -> Check {
    let mut check = of_request(scope, Check::new(action, format!("arn:aws:s3:::{name}/{key}")));
    let Some(bucket) = scope.snapshot.bucket(name) else { return check };
    for tag in stored.iter().flat_map(|stored| &stored.tags) {
        check = check.key(format!("s3:ExistingObjectTag/{}", tag.key), [tag.value.as_str()]);
    }
    let enforced = bucket.ownership == ObjectOwnership::BucketOwnerEnforced;
    let writes = action == "s3:PutObject";
    let foreign = stored.filter(|stored| !writes && !enforced && stored.owner != bucket.account);
    let grants = if writes { Some(&bucket.grants) } else { stored.map(|stored| &stored.grants) };
    let acl = grants.and_then(|grants| effective(bucket, grants));
    let check = guarded(scope, check, bucket, foreign.is_some()).acl(acl);
    foreign.map_or(check.clone(), |stored| check.owned_by(stored.owner))
}

/// The bucket's policy and owner. A policy of the bucket's owner cannot give away what another account owns.
fn guarded(scope: &Scope<'_>, check: Check, bucket: &Bucket, foreign: bool) -> Check {
    let restricted = bucket.public_access_block.is_some_and(|block| block.restrict_public_buckets)
        && scope.account() != bucket.account
        && bucket.policy.as_ref().is_some_and(public::is_public);
    check
        .owned_by(bucket.account)
        .key("s3:ResourceAccount", [bucket.account.to_string()])
        .policy(bucket.policy.clone())
        .policy_denies_only(restricted || foreign)
}

/// The grants that count: none where ACLs do not, and none to the public where that is ignored.
pub fn effective(bucket: &Bucket, grants: &[AccessGrant]) -> Option<Acl> {
    if bucket.ownership == ObjectOwnership::BucketOwnerEnforced {
        return None;
    }
    let ignored = bucket.public_access_block.is_some_and(|block| block.ignore_public_acls);
    let counts = |grant: &&AccessGrant| !(ignored && public::is_public_group(&grant.grantee));
    let read = |grant: &AccessGrant| {
        Some(AclGrant {
            grantee: Grantee::parse(&grant.grantee)?,
            permission: AclPermission::parse(&grant.permission)?,
        })
    };
    Some(Acl { grants: grants.iter().filter(counts).filter_map(read).collect() })
}

/// The keys that every request has, by how it is signed.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>
fn of_request(scope: &Scope<'_>, check: Check) -> Check {
    let Some(signature) = &scope.request.signature else { return check };
    let age = scope.now.as_second().saturating_sub(signature.signed_at).saturating_mul(1000);
    check
        .key("s3:signatureversion", ["AWS4-HMAC-SHA256"])
        .key("s3:authType", [if signature.presigned { "REST-QUERY-STRING" } else { "REST-HEADER" }])
        .key("s3:signatureAge", [age.to_string()])
        .key("s3:x-amz-content-sha256", signature.content_sha256.as_deref())
}

/// What errors a caller may see where an object is not: that it is not there only if she may list.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub fn absent(cx: &bartizan_gate::Context<'_>, bucket: &str, key: &str) -> Error {
    match cx.allows(&on_bucket(cx, "s3:ListBucket", bucket)) {
        Ok(true) => error::no_such_key(key).into(),
        Ok(false) => error::access_denied().into(),
        Err(error) => error,
    }
}
