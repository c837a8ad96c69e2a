//! AWS Security Token Service: the Query API of version 2011-06-15.
//!
//! One file an operation. What several of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `credentials` | a new session and the credentials that go with it |
//! | `session_policies` | the policies passed with a session: how many, how long, which exist |
//! | `session_tags` | the tags passed with a session, and those inherited in a role chain |
//! | `packed_size` | how much of the space for both they take |
//! | `mfa` | what becomes of one-time codes |
//! | `error` | the errors of the API, in AWS's words |
//!
//! # Invariants
//! - No operation changes the state: a session is its token, and only the audit trail remembers that it was given.
//! - A role that does not exist is refused as one that trusts nobody: a stranger cannot tell them apart.
//! - A session keeps what limits it: the source identity and the transitive tags of the session it comes from.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

mod access_key_info;
mod assume_role;
mod authorization_message;
mod caller_identity;
mod credentials;
mod error;
mod federation_token;
mod mfa;
mod packed_size;
mod session_policies;
mod session_tags;
mod session_token;

use bartizan_gate::{Row, Service, operation, unavailable, unavailable_unsigned};
use bartizan_wire::Protocol;

use access_key_info::GetAccessKeyInfo;
use assume_role::AssumeRole;
use authorization_message::DecodeAuthorizationMessage;
use caller_identity::GetCallerIdentity;
use federation_token::GetFederationToken;
use session_token::GetSessionToken;

/// STS behind the gate.
pub const SERVICE: Service = Service {
    name: "sts",
    principal: "sts.amazonaws.com",
    protocol: Protocol::Query { version: VERSION, namespace: "https://sts.amazonaws.com/doc/2011-06-15/" },
    version: VERSION,
    operations: OPERATIONS,
    invalid: error::invalid,
};

/// Every operation of the API. Those for federated identities and for central root access come with these.
pub const OPERATIONS: &[Row] = &[
    operation::<AssumeRole>(),
    unavailable_unsigned("sts:AssumeRoleWithSAML"),
    unavailable_unsigned("sts:AssumeRoleWithWebIdentity"),
    unavailable("sts:AssumeRoot"),
    operation::<DecodeAuthorizationMessage>(),
    operation::<GetAccessKeyInfo>(),
    operation::<GetCallerIdentity>(),
    unavailable("sts:GetDelegatedAccessToken"),
    operation::<GetFederationToken>(),
    operation::<GetSessionToken>(),
    unavailable("sts:GetWebIdentityToken"),
];

const VERSION: &str = "2011-06-15";
