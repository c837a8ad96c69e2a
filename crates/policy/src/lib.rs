//! The IAM policy language, the decision, and the reason for it.
//!
//! This crate is pure: no I/O, no clock, no async. What time it is, who asks and for what are
//! arguments. It answers four questions:
//!
//! 1. Is this text a policy? [`Policy::parse`] reads a JSON document, holds it against the grammar
//!    of its [`Kind`] and compiles it; what AWS would not store it refuses as [`Malformed`].
//! 2. May this request pass? [`decide()`] evaluates all [`Policies`] that apply to a [`Request`] and
//!    returns a [`Decision`]: allowed or denied, by which kind of policy, and which statements
//!    matched.
//! 3. What if not all is known? [`decide_partially`] says what holds whatever the unknown condition
//!    keys are, or which of them the answer hangs on.
//! 4. Is this policy wise? [`findings()`] holds a document, well formed or not, against some hundred checks.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `json` | a strict RFC 8259 reader that keeps order and positions and refuses duplicate keys |
//! | `malformed` | what is wrong with a document, in AWS's words, and where |
//! | `document`, `document/grammar` | the compiled [`Policy`], and the grammar from JSON to it |
//! | `action`, `resource`, `principal`, `acl` | the elements of a statement, and ACLs, each with its matching |
//! | `condition` | the `Condition` element; `condition/operators` is the table of operators |
//! | `pattern` | wildcards and policy variables |
//! | `truth` | yes, no, and what hangs on unknown keys |
//! | `set` | policies that are evaluated together, and which statements a request can meet |
//! | `compiled` | compiled policies and sets, kept by the hash of their texts |
//! | `request`, `decide`, `decision` | who asks for what, the evaluation, its outcome |
//! | `partial` | the evaluation with unknown keys |
//! | `explain` | the evaluation with every element that failed, as a tree or as JSON |
//! | `context_keys` | which condition keys policies ask for, and which of them a request lacks |
//! | `findings` | what a document says that it should not: `findings/checks` is the table of checks |
//! | `map_principals` | rewriting the principals of a stored document, byte for byte otherwise |
//!
//! The specification is the IAM User Guide, above all its pages "IAM JSON policy element reference"
//! and "Policy evaluation logic":
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html>.
//!
//! # Where the guide leaves a choice
//!
//! - Several values under an operator without set operator do not match, not even negated ones.
//! - A key whose values are all empty strings is a null data set for set operators, and present for
//!   everything else.
//! - A `NotResource` with a variable that has no value exempts nothing from a `Deny`; an `Allow` with it
//!   allows nothing.
//! - `"Principal": "*"` allows a principal of the account without identity-based policies, within
//!   boundary and session policies; with a condition that names `aws:PrincipalArn` it is as if that ARN
//!   were named.
//! - An IPv4 address mapped into IPv6 is the IPv4 address.
//! - `NotPrincipal` with `Allow` excepts whoever has any of the identities named; with `Deny` it spares only
//!   those all of whose identities are named.
//! - No value of an empty list matches.
//! - What is unclear is refused when it is stored: empty lists of actions, resources and principals, broken
//!   variables, canonical users, Booleans, dates and numbers that are none.

mod acl;
mod action;
mod compiled;
mod condition;
mod context_keys;
mod decide;
mod decision;
mod document;
mod explain;
mod findings;
mod json;
mod malformed;
mod map_principals;
mod partial;
mod pattern;
mod principal;
mod request;
mod resource;
mod set;
mod truth;

pub use acl::{Acl, AclGrant, AclPermission, Grantee};
pub use compiled::{Compiled, ContentHash, Source, Unreadable};
pub use condition::DataType;
pub use context_keys::{context_keys, missing_keys};
pub use decide::decide;
pub use decision::{Decision, Match, Outcome, PolicyType};
pub use document::{Effect, Kind, Policy, Version};
pub use explain::{
    Asked, ExplainedGrant, ExplainedPolicy, ExplainedStatement, Explanation, Failure, Given, Verdict, explain,
};
pub use findings::{Check, Finding, FindingType, Location, PathElement, Vocabulary, checks, findings};
pub use malformed::{Malformed, Position};
pub use map_principals::{MapError, map_principals};
pub use partial::{PartialDecision, decide_partially};
pub use request::{Context, Level, Policies, Principal, Request, Resource, Values};
pub use set::PolicySet;
