//! The state of an installation: entities, changes, snapshots, and the database that makes them last.
//!
//! Map, from the outside in:
//! - [`Store`] opens the data directory, holds the current [`Snapshot`] and commits [`Changes`].
//! - [`Snapshot`] is the whole state at one revision, immutable and cheap to clone.
//! - [`entity`] has one file for each kind of thing that is kept.
//! - [`volume`] reads what is too much for memory.
//! - [`delivery`] holds what is to be told to subscriptions, until it has been.
//! - [`Keyring`] seals what must not lie about in clear: secret access keys and session tokens.
//!
//! # Invariants
//! - Every row and every look-up is keyed by account.
//! - A revision is durable, with its audit records, before anyone can see it.
//! - A store that lacks an acknowledged revision, or whose rows differ from those written, does not open.

mod account_id;
pub mod audit;
pub mod aws_managed;
mod changes;
mod database;
pub mod delivery;
mod document;
pub mod entity;
mod error;
mod keyring;
mod mark;
mod snapshot;
mod store;
mod table;
pub mod volume;

pub use account_id::{AccountId, InvalidAccountId};
pub use changes::{Change, Changes};
pub use document::Document;
pub use entity::{Entity, Kind};
pub use error::{CommitError, OpenError};
pub use keyring::{Keyring, Purpose, Sealed, Secret, Unsealable};
pub use snapshot::Snapshot;
pub use store::Store;
pub use table::{Table, fold};
