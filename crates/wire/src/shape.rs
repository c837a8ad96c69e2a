//! What gives a value its type.

mod collections;
mod scalars;
pub(crate) mod structure;

pub use scalars::Blob;

use crate::{Faults, Place, Schema, Value};

/// A type of an AWS API: it is read from a [`Value`] and turned into one.
///
/// Written by `#[derive(Shape)]`, but for the atoms of the type system in this module.
pub trait Shape: Sized {
    /// Reads a value. Every fault is noted in `faults` with its place, since AWS reports all of them at
    /// once; `None` means that at least one was noted.
    fn from_value(value: Value, place: &Place<'_>, faults: &mut Faults) -> Option<Self>;

    /// Turns it into a value.
    fn into_value(self) -> Value;

    /// Describes the shape.
    fn schema() -> Schema;

    /// How AWS shows the value in a fault, without the quotes; `None` if it is not to be shown.
    fn show(&self) -> Option<String> {
        None
    }

    /// Reads a whole input.
    ///
    /// # Errors
    /// All that is wrong with it; see [`Faults::malformed`] for what is no matter of constraints.
    fn read(value: Value) -> Result<Self, Faults> {
        let mut faults = Faults::new();
        match Self::from_value(value, &Place::root(), &mut faults) {
            Some(shape) if faults.is_empty() => Ok(shape),
            _ => Err(faults),
        }
    }
}
