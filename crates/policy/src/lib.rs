//! The IAM policy language, the decision, and the reason for it.
//!
//! This crate is pure: no I/O, no clock, no async. What time it is, who asks and for what are
//! arguments. It answers two questions:
//!
//! 1. Is this text a policy? [`Policy::parse`] reads a JSON document, holds it against the grammar
//!    of its [`Kind`] and compiles it; what AWS would not store it refuses as [`Malformed`].
//! 2. May this request pass? [`decide`] evaluates all [`Policies`] that apply to a [`Request`] and
//!    returns a [`Decision`]: allowed or denied, by which kind of policy, and which statements
//!    matched.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `json` | a strict RFC 8259 reader that keeps order and positions and refuses duplicate keys |
//! | `malformed` | what is wrong with a document, in AWS's words, and where |
//! | `document` | the grammar: from JSON to the compiled [`Policy`] |
//! | `action`, `resource`, `principal` | the elements of a statement, each with its matching |
//! | `condition` | the `Condition` element; `condition/operators` is the table of operators |
//! | `pattern` | wildcards and policy variables |
//! | `request`, `decide`, `decision` | who asks for what, the evaluation, its outcome |
//! | `map_principals` | rewriting the principals of a stored document, byte for byte otherwise |
//!
//! The specification is the IAM User Guide, above all its pages "IAM JSON policy element reference"
//! and "Policy evaluation logic":
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies.html>.

mod action;
mod condition;
mod decide;
mod decision;
mod document;
mod json;
mod malformed;
mod map_principals;
mod pattern;
mod principal;
mod request;
mod resource;

pub use decide::decide;
pub use decision::{Decision, Match, Outcome, PolicyType};
pub use document::{Effect, Kind, Policy, Version};
pub use malformed::Malformed;
pub use map_principals::{MapError, map_principals};
pub use request::{Context, Level, Named, Policies, Principal, Request, Resource};
