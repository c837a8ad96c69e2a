//! Reading data: from the bytes of files to the values of metrics at intervals. Nothing here knows where the bytes come
//! from, or what time it is.
//!
//! | file | what it holds |
//! |---|---|
//! | `pattern` | dates and times in Java's letters |
//! | `interval` | how time is cut |
//! | `path` | where the files of an interval are |
//! | `format` | from bytes to rows |
//! | `plan` | what of the rows counts, from a dataset's configuration |
//! | `reading` | from rows to values: aggregation, and what is counted on the way |
//! | `sums` | the sums of all intervals, on the disk where they are too many |

mod format;
mod interval;
mod path;
mod pattern;
mod plan;
mod reading;
mod sums;

pub use format::{Format, Row, Unreadable};
pub use interval::Intervals;
pub use path::{Location, PathTemplate};
pub use pattern::Pattern;
pub use plan::{Aggregation, Limits, Measure, Plan};
pub use reading::{Counts, Reading, Refused, Values};

pub(crate) use format::{Kind, charset};
