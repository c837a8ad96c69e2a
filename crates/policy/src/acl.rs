//! Access control lists (ACLs), which only Amazon S3 has: they grant, and never deny.
//!
//! AWS page: "Access control list (ACL) overview",
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>.

use crate::Principal;
use crate::action::Requested;
use crate::principal::Grant;

/// The access control list of a bucket or an object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl {
    /// The grants, in no order that matters.
    pub grants: Vec<AclGrant>,
}

/// One grant of an ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AclGrant {
    /// Who may.
    pub grantee: Grantee,
    /// What she may.
    pub permission: AclPermission,
}

/// Whom an ACL grants something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// An account, by its 12-digit id. (S3 writes canonical user ids: whoever holds the accounts knows
    /// which is whose.)
    Account(String),
    /// The group `AuthenticatedUsers`: whoever belongs to any account.
    AuthenticatedUsers,
    /// The group `AllUsers`: everyone, anonymous or not.
    AllUsers,
}

impl Grantee {
    /// Reads a 12-digit account id or the URI of a group. `None`: an ACL that names anyone else grants
    /// nothing here.
    pub fn parse(text: &str) -> Option<Grantee> {
        match text {
            "http://acs.amazonaws.com/groups/global/AllUsers" => Some(Grantee::AllUsers),
            "http://acs.amazonaws.com/groups/global/AuthenticatedUsers" => Some(Grantee::AuthenticatedUsers),
            _ => {
                let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                is_account.then(|| Grantee::Account(text.to_owned()))
            }
        }
    }

    fn grant(&self, principal: &Principal) -> Option<Grant> {
        match (self, principal.account()) {
            (Grantee::AllUsers, _) => Some(Grant::Indirect),
            (Grantee::AuthenticatedUsers, Some(_)) => Some(Grant::Indirect),
            (Grantee::Account(granted), Some(account)) => (granted == account).then_some(Grant::Account),
            (Grantee::AuthenticatedUsers | Grantee::Account(_), None) => None,
        }
    }
}

/// What an ACL permits. Which actions that means differs between buckets and objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclPermission {
    /// `READ`
    Read,
    /// `WRITE`
    Write,
    /// `READ_ACP`
    ReadAcp,
    /// `WRITE_ACP`
    WriteAcp,
    /// `FULL_CONTROL`: all of the others.
    FullControl,
}

impl AclPermission {
    /// Reads the name that S3 gives it.
    pub fn parse(text: &str) -> Option<AclPermission> {
        NAMES.iter().find(|(name, _)| *name == text).map(|(_, permission)| *permission)
    }
}

const NAMES: [(&str, AclPermission); 5] = [
    ("READ", AclPermission::Read),
    ("WRITE", AclPermission::Write),
    ("READ_ACP", AclPermission::ReadAcp),
    ("WRITE_ACP", AclPermission::WriteAcp),
    ("FULL_CONTROL", AclPermission::FullControl),
];

/// The actions that a permission on a bucket, or on an object, stands for.
///
/// AWS page: "Mapping of ACL permissions and access policy permissions",
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#acl-access-policy-permission-mapping>.
/// (Who may write into a bucket may delete versions only if she owns it: that is no grant to others.)
const ACTIONS: [(AclPermission, Of, &str); 12] = [
    (AclPermission::Read, Of::Bucket, "ListBucket"),
    (AclPermission::Read, Of::Bucket, "ListBucketVersions"),
    (AclPermission::Read, Of::Bucket, "ListBucketMultipartUploads"),
    (AclPermission::Write, Of::Object, "PutObject"),
    (AclPermission::ReadAcp, Of::Bucket, "GetBucketAcl"),
    (AclPermission::WriteAcp, Of::Bucket, "PutBucketAcl"),
    (AclPermission::Read, Of::Object, "GetObject"),
    (AclPermission::Read, Of::Object, "GetObjectVersion"),
    (AclPermission::ReadAcp, Of::Object, "GetObjectAcl"),
    (AclPermission::ReadAcp, Of::Object, "GetObjectVersionAcl"),
    (AclPermission::WriteAcp, Of::Object, "PutObjectAcl"),
    (AclPermission::WriteAcp, Of::Object, "PutObjectVersionAcl"),
];

/// What an action is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Bucket,
    Object,
}

impl Acl {
    /// How closely the list grants an action on a resource to a principal.
    pub(crate) fn grant(&self, principal: &Principal, requested: &Requested, resource: &str) -> Option<Grant> {
        let of = if resource.contains('/') { Of::Object } else { Of::Bucket };
        let meant = |(_, on, name): &&(AclPermission, Of, &str)| *on == of && requested.is("s3", name);
        let (needed, ..) = ACTIONS.iter().find(meant)?;
        let permits =
            |grant: &&AclGrant| matches!(grant.permission, AclPermission::FullControl) || grant.permission == *needed;
        self.grants.iter().filter(permits).filter_map(|grant| grant.grantee.grant(principal)).max()
    }
}
