//! AWS Secrets Manager: the JSON 1.1 API of version 2017-10-17, as far as secrets, their versions and their policies go.
//!
//! One file a resource, and what several of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `secret`, `deletion`, `list_secrets` | secrets: made, told of, changed; deleted and restored; found |
//! | `value`, `version`, `stage` | what a secret says, and said before |
//! | `resource_policy` | who may do what with a secret |
//! | `lookup`, `names`, `page`, `tag`, `error` | what operations share |
//!
//! # Invariants
//! - A value is in clear in a request to change it, in the answer to GetSecretValue, and nowhere else: not in the
//!   database, the audit trail or the log, and in no `Debug`.
//! - A sealed value opens for the very version that it was sealed for.
//! - Each staging label is on one version at most.
//! - A secret that is made again with an old name has another ARN, and none of the old one's policy.
//!
//! # Not here
//! Rotation, replication, keys of AWS KMS, random passwords. Operations for them are authorised, and then say so.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/Welcome.html>

mod deletion;
mod error;
mod list_secrets;
mod lookup;
mod names;
mod page;
mod resource_policy;
mod secret;
mod stage;
mod tag;
mod value;
mod version;

use bartizan_gate::{Row, Service, operation, unavailable};
use bartizan_wire::Protocol;

use crate::{
    deletion::{DeleteSecret, RestoreSecret},
    list_secrets::ListSecrets,
    resource_policy::{DeleteResourcePolicy, GetResourcePolicy, PutResourcePolicy, ValidateResourcePolicy},
    secret::{CreateSecret, DescribeSecret, UpdateSecret},
    tag::{TagResource, UntagResource},
    value::{GetSecretValue, PutSecretValue},
    version::{ListSecretVersionIds, UpdateSecretVersionStage},
};

/// Secrets Manager behind the gate.
pub const SERVICE: Service = Service {
    name: "secretsmanager",
    principal: "secretsmanager.amazonaws.com",
    protocol: Protocol::Json { version: "1.1", target_prefix: "secretsmanager" },
    version: "2017-10-17",
    operations: OPERATIONS,
    invalid: error::invalid,
};

/// Every operation of the API.
pub const OPERATIONS: &[Row] = &[
    unavailable("secretsmanager:AssociateCrossAccountReplica"),
    unavailable("secretsmanager:BatchGetSecretValue"),
    unavailable("secretsmanager:CancelRotateSecret"),
    operation::<CreateSecret>(),
    operation::<DeleteResourcePolicy>(),
    operation::<DeleteSecret>(),
    operation::<DescribeSecret>(),
    unavailable("secretsmanager:DisassociateCrossAccountReplica"),
    unavailable("secretsmanager:GetRandomPassword"),
    operation::<GetResourcePolicy>(),
    operation::<GetSecretValue>(),
    unavailable("secretsmanager:ListResourcePolicies"),
    operation::<ListSecretVersionIds>(),
    operation::<ListSecrets>(),
    operation::<PutResourcePolicy>(),
    operation::<PutSecretValue>(),
    unavailable("secretsmanager:RemoveRegionsFromReplication"),
    unavailable("secretsmanager:ReplicateSecretToRegions"),
    operation::<RestoreSecret>(),
    unavailable("secretsmanager:RotateSecret"),
    unavailable("secretsmanager:StopReplicationToReplica"),
    operation::<TagResource>(),
    operation::<UntagResource>(),
    operation::<UpdateSecret>(),
    operation::<UpdateSecretVersionStage>(),
    operation::<ValidateResourcePolicy>(),
];
