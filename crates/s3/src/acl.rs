//! Access control lists: canned ones, grants in headers, grants in XML.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use bartizan_gate::{Check, Fault, Scope};
use bartizan_store::{
    AccountId,
    entity::{AccessGrant, Bucket, ObjectOwnership},
};
use bartizan_wire::Shape;

use crate::{error, public};

/// The most grants that a list may have.
const MAX_GRANTS: usize = 100;

/// What an ACL is set to by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "ObjectCannedACL")]
pub enum CannedAcl {
    #[shape(name = "private")]
    Private,
    #[shape(name = "public-read")]
    PublicRead,
    #[shape(name = "public-read-write")]
    PublicReadWrite,
    #[shape(name = "authenticated-read")]
    AuthenticatedRead,
    #[shape(name = "aws-exec-read")]
    AwsExecRead,
    #[shape(name = "bucket-owner-read")]
    BucketOwnerRead,
    #[shape(name = "bucket-owner-full-control")]
    BucketOwnerFullControl,
}

/// The same for a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "BucketCannedACL")]
pub enum BucketCannedAcl {
    #[shape(name = "private")]
    Private,
    #[shape(name = "public-read")]
    PublicRead,
    #[shape(name = "public-read-write")]
    PublicReadWrite,
    #[shape(name = "authenticated-read")]
    AuthenticatedRead,
}

impl BucketCannedAcl {
    pub const fn canned(self) -> CannedAcl {
        match self {
            Self::Private => CannedAcl::Private,
            Self::PublicRead => CannedAcl::PublicRead,
            Self::PublicReadWrite => CannedAcl::PublicReadWrite,
            Self::AuthenticatedRead => CannedAcl::AuthenticatedRead,
        }
    }
}

/// A list of grants with whose it is.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct AccessControlPolicy {
    #[shape(name = "Grants", wire = "AccessControlList", item = "Grant")]
    pub grants: Option<Vec<Grant>>,
    pub owner: Option<Owner>,
}

/// One grant.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct Grant {
    pub grantee: Option<Grantee>,
    pub permission: Option<Permission>,
}

/// Whom something is granted.
#[derive(Debug, Clone, PartialEq, Default, Shape)]
pub struct Grantee {
    pub display_name: Option<String>,
    pub email_address: Option<String>,
    #[shape(name = "ID")]
    pub id: Option<String>,
    #[shape(wire = "xsi:type", attribute)]
    pub r#type: Option<String>,
    #[shape(name = "URI")]
    pub uri: Option<String>,
}

/// What is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum Permission {
    FullControl,
    Write,
    WriteAcp,
    Read,
    ReadAcp,
}

/// Whose something is, by canonical user id.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
pub struct Owner {
    pub display_name: Option<String>,
    #[shape(name = "ID")]
    pub id: Option<String>,
}

/// What the headers of a request say of an ACL.
#[derive(Debug, Default)]
pub struct Requested<'a> {
    pub canned: Option<CannedAcl>,
    /// Permission, header, and what it says.
    pub grants: [(&'static str, Option<&'a str>); 5],
}

impl<'a> Requested<'a> {
    /// From the headers in the order read, write, read ACP, write ACP, full control.
    pub fn new(canned: Option<CannedAcl>, grants: [&'a Option<String>; 5]) -> Self {
        let names = ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"];
        let mut said = names.map(|name| (name, None));
        for (slot, given) in said.iter_mut().zip(grants) {
            slot.1 = given.as_deref();
        }
        Self { canned, grants: said }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.canned.is_none() && self.grants.iter().all(|(_, given)| given.is_none())
    }

    /// Adds the condition keys of these headers.
    pub fn on(&self, check: Check) -> Check {
        let [(_, read), (_, write), (_, read_acp), (_, write_acp), (_, full_control)] = self.grants;
        check
            .key("s3:x-amz-acl", self.canned.map(|canned| canned.as_str()))
            .key("s3:x-amz-grant-read", read)
            .key("s3:x-amz-grant-write", write)
            .key("s3:x-amz-grant-read-acp", read_acp)
            .key("s3:x-amz-grant-write-acp", write_acp)
            .key("s3:x-amz-grant-full-control", full_control)
    }

    /// The grants that they mean for something of this owner's in the bucket.
    ///
    /// # Errors
    /// Two ways at once, or a grantee that is none.
    pub fn grants(
        &self,
        scope: &Scope<'_>,
        owner: AccountId,
        bucket_owner: AccountId,
    ) -> Result<Vec<AccessGrant>, Fault> {
        let by_header = self.grants.iter().any(|(_, given)| given.is_some());
        if self.canned.is_some() && by_header {
            return Err(error::invalid_request("Specifying both Canned ACLs and Header Grants is not allowed"));
        }
        if !by_header {
            return Ok(canned(self.canned.unwrap_or(CannedAcl::Private), owner, bucket_owner));
        }
        let mut grants = Vec::new();
        for (permission, given) in self.grants {
            for grantee in given.into_iter().flat_map(|given| given.split(',')) {
                let (kind, value) = grantee
                    .trim()
                    .split_once('=')
                    .ok_or_else(|| error::invalid_argument("Argument format not recognized"))?;
                let value = value.trim().trim_matches('"');
                let grantee = match kind.trim() {
                    "id" => of_canonical(scope, value)?,
                    "uri" => of_uri(value)?,
                    _ => return Err(unresolvable()),
                };
                grants.push(AccessGrant { grantee, permission: permission.to_owned() });
            }
        }
        Ok(grants)
    }
}

fn canned(canned: CannedAcl, owner: AccountId, bucket_owner: AccountId) -> Vec<AccessGrant> {
    let grant = |grantee: String, permission: &str| AccessGrant { grantee, permission: permission.to_owned() };
    let mut grants = vec![grant(owner.to_string(), "FULL_CONTROL")];
    match canned {
        CannedAcl::Private | CannedAcl::AwsExecRead => {}
        CannedAcl::PublicRead => grants.push(grant(public::ALL_USERS.to_owned(), "READ")),
        CannedAcl::PublicReadWrite => {
            grants.extend(["READ", "WRITE"].map(|permission| grant(public::ALL_USERS.to_owned(), permission)));
        }
        CannedAcl::AuthenticatedRead => grants.push(grant(public::AUTHENTICATED_USERS.to_owned(), "READ")),
        CannedAcl::BucketOwnerRead if owner != bucket_owner => grants.push(grant(bucket_owner.to_string(), "READ")),
        CannedAcl::BucketOwnerFullControl if owner != bucket_owner => {
            grants.push(grant(bucket_owner.to_string(), "FULL_CONTROL"));
        }
        CannedAcl::BucketOwnerRead | CannedAcl::BucketOwnerFullControl => {}
    }
    grants
}

/// Whether a request may bring this ACL into the bucket.
///
/// # Errors
/// `AccessControlListNotSupported` where ACLs do not count, `AccessDenied` for a public one that is blocked.
pub fn admit(bucket: &Bucket, requested: &Requested<'_>, grants: &[AccessGrant]) -> Result<(), Fault> {
    let harmless = requested.is_empty() || requested.canned == Some(CannedAcl::BucketOwnerFullControl);
    if bucket.ownership == ObjectOwnership::BucketOwnerEnforced && !harmless {
        return Err(error::acl_not_supported());
    }
    if bucket.public_access_block.is_some_and(|block| block.block_public_acls) && public::is_public_acl(grants) {
        return Err(error::access_denied());
    }
    Ok(())
}

/// Who owns what the caller puts into the bucket.
pub fn owner_of_new(scope: &Scope<'_>, bucket: &Bucket, requested: &Requested<'_>) -> AccountId {
    let preferred = requested.canned == Some(CannedAcl::BucketOwnerFullControl);
    match bucket.ownership {
        ObjectOwnership::BucketOwnerEnforced => bucket.account,
        ObjectOwnership::BucketOwnerPreferred if preferred => bucket.account,
        // What nobody puts is the bucket owner's.
        _ if scope.caller.is_anonymous() => bucket.account,
        ObjectOwnership::BucketOwnerPreferred | ObjectOwnership::ObjectWriter => scope.account(),
    }
}

impl AccessControlPolicy {
    /// As it is told.
    pub fn tell(owner: AccountId, grants: &[AccessGrant]) -> Self {
        let told = |grant: &AccessGrant| {
            let permission = grant.permission.parse().ok();
            let (id, uri, kind) = match public::is_public_group(&grant.grantee) {
                true => (None, Some(grant.grantee.clone()), "Group"),
                false => (Some(canonical_text(&grant.grantee)), None, "CanonicalUser"),
            };
            let grantee = Grantee { id, uri, r#type: Some(kind.to_owned()), ..Grantee::default() };
            Grant { grantee: Some(grantee), permission }
        };
        Self { grants: Some(grants.iter().map(told).collect()), owner: Some(Owner::of(owner)) }
    }

    /// The grants of a list that is put. The owner cannot be changed.
    ///
    /// # Errors
    /// `MalformedACLError`, `InvalidArgument`, `AccessDenied`.
    pub fn read(&self, scope: &Scope<'_>, owner: AccountId) -> Result<Vec<AccessGrant>, Fault> {
        if self.owner.as_ref().and_then(|owner| owner.id.as_deref()).is_some_and(|id| id != canonical(owner)) {
            return Err(error::access_denied());
        }
        let grants = self.grants.iter().flatten();
        if grants.clone().count() > MAX_GRANTS {
            return Err(malformed_acl());
        }
        grants
            .map(|grant| {
                let permission = grant.permission.ok_or_else(malformed_acl)?.as_str().to_owned();
                let grantee = grant.grantee.as_ref().ok_or_else(malformed_acl)?;
                let grantee = match (&grantee.id, &grantee.uri) {
                    (Some(id), None) => of_canonical(scope, id)?,
                    (None, Some(uri)) => of_uri(uri)?,
                    _ => return Err(unresolvable()),
                };
                Ok(AccessGrant { grantee, permission })
            })
            .collect()
    }
}

fn malformed_acl() -> Fault {
    Fault::new(
        "MalformedACLError",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

fn unresolvable() -> Fault {
    error::invalid_argument("Invalid id")
}

impl Owner {
    pub fn of(account: AccountId) -> Self {
        Self { display_name: None, id: Some(canonical(account)) }
    }
}

/// The canonical user id of an account: 64 hexadecimal digits, the last twelve of which are its id.
pub fn canonical(account: AccountId) -> String {
    canonical_text(&account.to_string())
}

fn canonical_text(account: &str) -> String {
    format!("{account:0>64}")
}

fn of_canonical(scope: &Scope<'_>, id: &str) -> Result<String, Fault> {
    let account = id.strip_prefix(&"0".repeat(52)).and_then(|account| account.parse::<AccountId>().ok());
    let account = account.filter(|account| scope.snapshot.account(*account).is_some());
    account.map(|account| account.to_string()).ok_or_else(unresolvable)
}

fn of_uri(uri: &str) -> Result<String, Fault> {
    if public::is_public_group(uri) { Ok(uri.to_owned()) } else { Err(error::invalid_argument("Invalid group uri")) }
}

/// Setting an ACL is an error where ACLs do not count, unless it is the one that would change nothing.
///
/// # Errors
/// `AccessControlListNotSupported`
pub fn must_count(bucket: &Bucket, requested: &Requested<'_>) -> Result<(), Fault> {
    let harmless = requested.canned == Some(CannedAcl::BucketOwnerFullControl);
    match bucket.ownership {
        ObjectOwnership::BucketOwnerEnforced if !harmless => Err(error::acl_not_supported()),
        _ => Ok(()),
    }
}
