//! Access control lists (ACLs), which only Amazon S3 has: they grant, and never deny.
//!
//! AWS page: "Access control list (ACL) overview",
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>.

use std::fmt;

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

const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

impl Grantee {
    /// Reads a 12-digit account id or the URI of a group. `None`: an ACL that names anyone else grants
    /// nothing here.
    pub fn parse(text: &str) -> Option<Grantee> {
        match text {
            ALL_USERS => Some(Grantee::AllUsers),
            AUTHENTICATED_USERS => Some(Grantee::AuthenticatedUsers),
            _ => {
                let is_account = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
                is_account.then(|| Grantee::Account(text.to_owned()))
            }
        }
    }

    /// As it is read.
    pub(crate) fn text(&self) -> &str {
        match self {
            Grantee::Account(account) => account,
            Grantee::AuthenticatedUsers => AUTHENTICATED_USERS,
            Grantee::AllUsers => ALL_USERS,
        }
    }

    /// How closely it names a principal.
    pub(crate) fn names(&self, principal: &Principal) -> Option<Grant> {
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

    /// Whether it stands for an action on a resource, which is an object if its ARN has a slash.
    pub(crate) fn permits(self, requested: &Requested, resource: &str) -> bool {
        let of = if resource.contains('/') { Of::Object } else { Of::Bucket };
        let permits = |needed| self == AclPermission::FullControl || self == needed;
        ACTIONS.iter().any(|(needed, on, name)| *on == of && permits(*needed) && requested.is("s3", name))
    }
}

impl fmt::Display for AclPermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, permission)| permission == self).map_or("", |(name, _)| *name);
        f.write_str(name)
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
        let permitting = self.grants.iter().filter(|grant| grant.permission.permits(requested, resource));
        permitting.filter_map(|grant| grant.grantee.names(principal)).max()
    }
}
