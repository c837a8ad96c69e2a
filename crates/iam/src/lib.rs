//! AWS Identity and Access Management: the Query API of version 2010-05-08.
//!
//! One file a resource: its operations, each a struct that is its own input, and the shapes that they answer with.
//! What several of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `operations` | the table of all operations of the API |
//! | `names` | names, paths, ARNs and ids under the constraints of AWS's model |
//! | `lookup` | finding what a request names, for its checks and for its run |
//! | `error` | the errors of the API, in AWS's words |
//! | `page` | pages of lists: `Marker`, `MaxItems`, `IsTruncated` |
//! | `tag` | tags: their rules, and how a request's change a resource's |
//! | `document` | policy documents: what is stored, what is shown, how large they may be |
//! | `managed_policy` | managed policies, whoever manages them, and what uses them |
//! | `simulate/` | what simulations are made of: policies, context, results |
//! | `attached` | what is attached to users, groups and roles, as answers show it |
//!
//! # Invariants
//! - A policy document is stored only once the policy engine has parsed it.
//! - Users and roles stand in stored trust policies by unique id.
//! - A secret access key leaves in the one answer that makes it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/welcome.html>

mod access_key;
mod account;
mod attached;
mod attachment;
mod authorization_details;
mod context_keys;
mod document;
mod entities_for_policy;
mod error;
mod group;
mod inline_policy;
mod instance_profile;
mod instance_profile_tag;
mod lookup;
mod managed_policy;
mod membership;
mod names;
mod operations;
mod page;
mod permissions_boundary;
mod policy;
mod policy_tag;
mod policy_version;
mod role;
mod role_tag;
mod simulate;
mod tag;
mod user;
mod user_tag;

use bartizan_gate::Service;
use bartizan_wire::Protocol;

pub use operations::OPERATIONS;

/// IAM behind the gate.
pub const SERVICE: Service = Service {
    name: "iam",
    principal: "iam.amazonaws.com",
    protocol: Protocol::Query { version: VERSION, namespace: "https://iam.amazonaws.com/doc/2010-05-08/" },
    version: VERSION,
    operations: OPERATIONS,
    invalid: error::invalid,
};

const VERSION: &str = "2010-05-08";
