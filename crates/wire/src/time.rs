//! Points in time, as the protocols write them.

use std::io::Write as _;

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};

const TO_THE_SECOND: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

/// ISO 8601 in UTC to the second, as the Query protocol has it: `2013-04-18T05:01:58Z`.
pub fn write_iso(out: &mut Vec<u8>, timestamp: Timestamp) {
    // Writing to a vector cannot fail.
    let _ = TO_THE_SECOND.print_timestamp(&timestamp, out);
}

/// Seconds since the epoch, as the JSON protocols have it: a number, with a fraction of milliseconds
/// only where there is one.
pub fn write_epoch(out: &mut Vec<u8>, timestamp: Timestamp) {
    let milliseconds = timestamp.as_millisecond();
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    // Writing to a vector cannot fail.
    let _ = match (fraction, milliseconds < 0) {
        (0, _) => write!(out, "{seconds}"),
        (_, false) => write!(out, "{seconds}.{fraction:03}"),
        (_, true) => write!(out, "-{}.{:03}", -seconds, -fraction),
    };
}
