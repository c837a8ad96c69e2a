//! What crosses the wire: the AWS protocols, the one [`Value`] they all read and write, and the
//! [`Shape`]s that give a value its type.
//!
//! ```text
//! bytes --query/json/rest--> Value --Shape::from_value--> operation's struct
//! answer --Shape::into_value--> Value --Protocol--> Reply
//! ```
//!
//! Everything here is pure: no I/O, no clock, no global state but compiled patterns. Input is hostile
//! until a shape has accepted it: what is nested too deeply, given twice or not understood is refused.

// `#[derive(Shape)]` names this crate by its full path; inside it that path must exist too.
extern crate self as bartizan_wire;

pub mod describe;
pub mod json;
pub mod query;
pub mod rest;
pub mod rest_xml;

mod constraints;
mod error;
mod faults;
mod pattern;
mod percent;
mod place;
mod protocol;
mod schema;
mod shape;
mod shown;
mod time;
mod value;
mod xml;

pub use bartizan_wire_derive::Shape;
pub use constraints::{Constraints, Measure, Measured};
pub use error::ErrorReply;
pub use faults::{Fault, Faults, Malformed};
pub use pattern::Pattern;
pub use percent::decode as percent_decode;
pub use place::Place;
pub use protocol::{Protocol, Reply};
pub use schema::{Location, Member, Schema, Traits};
pub use shape::{Blob, Shape};
pub use shown::{HIDDEN, Naming};
pub use value::Value;

/// What the code made by `#[derive(Shape)]` calls; not for use by hand.
#[doc(hidden)]
pub mod derive {
    pub use crate::shape::structure::{enumerated, members, optional, optional_within, required, required_within};
}
