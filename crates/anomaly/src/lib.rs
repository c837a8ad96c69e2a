//! Detectors and scoring of time series.
//!
//! This crate is pure: no I/O, no clock, no async; what time it is comes with each point. It answers two questions about a
//! point of a series, and one about points of many:
//!
//! 1. Is this value out of the ordinary for its time? [`Series::observe`] gives what was expected, a range, and a severity.
//! 2. Was there ever anything like it? The same call gives a novelty.
//! 3. Which anomalies are one event? [`group::Groups`] joins those of a measure into groups, with what they have in common,
//!    what came before them and what after.
//!
//! A state is small and bounded, is fed point by point, and goes to bytes and back. The same points give the same verdicts
//! on every machine of a kind; a verdict never changes with later points.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `series` | one series: its state, and the [`Verdict`] on each point |
//! | `expectation` | the first channel: predictors weighted by their losses, windows, incidents, level shifts |
//! | `noise`, `tail` | how far off is usual here and now; how rare what lies beyond is |
//! | `profile` | habits of the day, the kind of day and the week |
//! | `novelty` | the second channel: ranks among all earlier points |
//! | `group` | joining anomalous series of a measure into events |
//! | `time` | [`Time`], with the local clock; [`Interval`], from ISO 8601 |
//! | `bytes` | states as bytes and back |
//!
//! `docs/decisions/detector.md` tells what was measured, and why it is built so.

mod bytes;
mod expectation;
pub mod group;
mod noise;
mod novelty;
mod profile;
mod series;
mod tail;
mod time;

pub use bytes::Damaged;
pub use series::{Series, Verdict};
pub use time::{Interval, NoInterval, Time};
