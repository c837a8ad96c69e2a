//! Amazon S3: the rest-xml API of version 2006-03-01, as far as the AWS CLI, boto3 and Lookout for Metrics need it.
//!
//! Operations are in the files of their resources: `bucket`, `bucket_policy`, `bucket_acl`, `bucket_ownership`,
//! `public_access_block`, `put_object`, `get_object`, `copy_object`, `delete_object`, `list_objects`, `object_acl`, `tag`,
//! `multipart_upload`, `part`; the table of all is `operations`. What several of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `lookup` | what a request names, and the checks of it |
//! | `acl` | access control lists in headers and XML |
//! | `public` | what is public |
//! | `receive` | taking bytes in: counted, summed, held against what the request says |
//! | `stored` | what is kept of an object besides its bytes |
//! | `error` | the errors of the API |
//!
//! # Invariants
//! - A bucket's name is one account's in the whole installation; its objects are found by its id.
//! - Nothing of a body is seen before all of it has come and is what was signed.
//! - What an `x-amz-` header asks for is done, or the request is refused.
//! - Bucket policy and ACLs are part of the one decision; they are never asked by themselves.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html>

mod acl;
mod bucket;
mod bucket_acl;
mod bucket_ownership;
mod bucket_policy;
mod copy_object;
mod delete_object;
mod error;
mod get_object;
mod list_objects;
mod lookup;
mod multipart_upload;
mod object_acl;
mod operations;
mod part;
mod public;
mod public_access_block;
mod put_object;
mod receive;
mod stored;
mod tag;

use bartizan_gate::Service;
use bartizan_wire::Protocol;

pub use operations::OPERATIONS;

/// Amazon S3 behind the gate.
pub const SERVICE: Service = Service {
    name: "s3",
    principal: "s3.amazonaws.com",
    protocol: Protocol::RestXml { namespace: "http://s3.amazonaws.com/doc/2006-03-01/" },
    version: "2006-03-01",
    operations: OPERATIONS,
    invalid: error::invalid,
};
