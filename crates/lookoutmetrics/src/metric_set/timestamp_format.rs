//! Which form of timestamps suits which interval.

use crate::{data::Pattern, names::Frequency};

/// Whether a form can tell the intervals of this length apart.
///
/// # Errors
/// What it must have or not have, in words that follow "Member must".
pub fn check(format: &str, frequency: Frequency) -> Result<(), &'static str> {
    let pattern = Pattern::read(format)?;
    if !pattern.has_date() {
        Err("have a year, a month and a day")
    } else if pattern.lacks_half_day() {
        Err("have an a beside the hour of half a day")
    } else if frequency.seconds() < Frequency::OneDay.seconds() && !pattern.has_hour() {
        Err("have an hour if the interval is shorter than a day")
    } else if frequency.seconds() < Frequency::OneHour.seconds() && !pattern.has_minute() {
        Err("have minutes if the interval is shorter than an hour")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_tells_intervals_apart() {
        use Frequency::{FiveMinutes, OneDay, OneHour, TenMinutes};
        for (format, frequency, is_good) in [
            ("yyyy-MM-dd HH:mm:ss", FiveMinutes, true),
            ("yyyy-MM-dd'T'HH:mm:ss'Z'", FiveMinutes, true),
            ("yyyy-MM-ddTHH:mm:ssZ", TenMinutes, true),
            ("MM/DD/yyyy hh:mm a", OneHour, true),
            ("MM/dd/yyyy hh:mm", OneHour, false),
            ("yyyy-MM-dd", OneDay, true),
            ("yyyy-MM-dd", OneHour, false),
            ("yyyyMMddHH", OneHour, true),
            ("yyyyMMddHH", TenMinutes, false),
            ("HH:mm:ss", FiveMinutes, false),
            ("yyyy-MM-dd 'HH:mm'", FiveMinutes, false),
            ("yyyy-MM-dd 'HH:mm", FiveMinutes, false),
            ("yyyy-MM-dd HH:mm q", FiveMinutes, false),
            ("epoch", FiveMinutes, false),
        ] {
            assert_eq!(check(format, frequency).is_ok(), is_good, "{format} {frequency}");
        }
    }
}
