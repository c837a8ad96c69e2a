//! The one door: authenticate, authorise, run, commit, audit.
//!
//! A service is a [`Service`]: its name, its protocol and a table of [`Operation`]s. All of a service's operations are
//! reached through [`Gate::answer`], which holds one request's life from bytes to bytes.
//!
//! # Invariants
//! - An [`Operation`] runs only after every one of its [`Check`]s was allowed: [`Context`], which `run` needs, is made
//!   nowhere but here.
//! - An operation touches no database: it reads the snapshot in its [`Scope`] and leaves changes in its [`Context`].
//! - What is committed is committed together with its audit record.
//! - Whatever cannot be understood, found or evaluated is a refusal.

mod arn;
mod audit;
mod authenticate;
mod authorise;
mod body;
mod caller;
mod check;
mod condition_keys;
mod context;
mod error;
#[cfg(test)]
mod fixture;
mod gate;
mod gather;
mod http;
mod id;
mod input;
mod message;
mod metrics;
mod operation;
mod outbound;
pub mod principals;
mod quotas;
mod reply;
mod service;
mod session;
mod stream;
mod time;

pub use arn::Arn;
pub use authorise::Denial;
pub use body::{Body, BodyFault};
pub use caller::{Caller, Identity};
pub use check::{Check, Checks};
pub use context::{Context, RequestFacts, Scope, SignatureFacts};
pub use error::{Error, Fault};
pub use gate::{Acting, Assumes, Calls, Config, Functions, Gate, InnerReply, InvalidFunction, Leased, Lost, Uninvoked};
pub use gather::{HeldPolicies, HeldPolicy, Holder, Origin};
pub use http::serve;
pub use id::{UniqueId, new_access_key};
pub use message::AuthorizationMessage;
pub use operation::{Effect, Operation, Row, operation, unavailable, unavailable_unsigned};
pub use outbound::{InvalidNetwork, Networks, Outbound, Resolved, Unreached};
pub use quotas::{InvalidQuota, Quotas};
pub use service::Service;
pub use session::{Session, SessionOf};
