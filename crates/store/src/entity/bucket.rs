use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tag;
use crate::{AccountId, Document, Entity, Kind, Snapshot, Table};

/// An Amazon S3 bucket. Its objects are not in the store.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// The account that owns it.
    pub account: AccountId,
    /// Unique, and never used again.
    pub id: String,
    /// Unique in the whole installation. Small letters only.
    pub name: String,
    /// The Region that it was made for.
    pub region: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its bucket policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Document>,
    /// Its access control list.
    pub grants: Vec<AccessGrant>,
    /// Who owns what others put into it, and whether ACLs count.
    pub ownership: ObjectOwnership,
    /// What is kept from the public whatever policy and ACLs say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_access_block: Option<PublicAccessBlock>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

/// One grant of an access control list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGrant {
    /// An account id, or the URI of a group.
    pub grantee: String,
    /// `READ`, `WRITE`, `READ_ACP`, `WRITE_ACP` or `FULL_CONTROL`.
    pub permission: String,
}

/// Who owns objects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// The bucket's owner owns all, and ACLs do not count.
    BucketOwnerEnforced,
    /// The bucket's owner owns what is put with the ACL `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// Whoever puts an object owns it.
    ObjectWriter,
}

/// What is kept from the public.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicAccessBlock {
    /// No ACL that is public can be put.
    pub block_public_acls: bool,
    /// ACLs grant the public nothing.
    pub ignore_public_acls: bool,
    /// No bucket policy that is public can be put.
    pub block_public_policy: bool,
    /// A bucket policy that is public grants nothing outside the account.
    pub restrict_public_buckets: bool,
}

impl Entity for Bucket {
    const KIND: Kind = Kind::Bucket;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.buckets
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.buckets
    }
}
