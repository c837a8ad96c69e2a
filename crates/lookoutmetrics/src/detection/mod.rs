//! What detectors do by themselves: they read their data, learn, judge and tell. None of it happens in a request; it is
//! jobs in the store, which workers lease and do once.
//!
//! | file | what it holds |
//! |---|---|
//! | `clock` | what time it is for detectors |
//! | `worker` | leases jobs and does them; what becomes of those that fail |
//! | `work` | a job that a worker is at |
//! | `task` | what there is to do, as jobs say it |
//! | `reader` | a detector's data, read as its role |
//! | `back_test` | trying a detector on its history |
//! | `activation` | setting a detector to watch: it learns from its history |
//! | `interval` | one interval of a detector that watches |
//! | `model` | what a detector has learnt |
//! | `findings` | what of an interval goes into the store |

mod activation;
mod back_test;
mod clock;
mod findings;
mod interval;
mod model;
mod reader;
mod task;
mod work;
mod worker;

use crate::names::Frequency;

pub use clock::{Clock, InvalidClock};
pub use task::{DETECTION, Task};
pub use worker::Worker;

/// How many intervals with data a detector must have learnt from before it judges.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
const fn cold_start(frequency: Frequency) -> usize {
    match frequency {
        Frequency::FiveMinutes | Frequency::TenMinutes | Frequency::OneHour => 300,
        Frequency::OneDay => 14,
    }
}
