//! `bartizan tour`.

use crate::Failure;

/// Plays the tour.
pub fn run() -> Result<(), Failure> {
    Err("the tour is being written".into())
}
