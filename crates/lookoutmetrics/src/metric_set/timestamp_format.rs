//! The form of timestamps, in the letters of Java's patterns.
//!
//! <https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html#patterns>

use crate::names::Frequency;

/// Whether a form can tell the intervals of this length apart.
///
/// # Errors
/// What it must have or not have, in words that follow "Member must".
pub fn check(format: &str, frequency: Frequency) -> Result<(), &'static str> {
    let letters = letters(format)?;
    let has = |any_of: &str| letters.chars().any(|letter| any_of.contains(letter));
    if !has("yu") || !has("ML") || !has("dD") {
        Err("have a year, a month and a day")
    } else if has("hK") && !has("a") {
        Err("have an a beside the hour of half a day")
    } else if frequency.seconds() < Frequency::OneDay.seconds() && !has("HkhK") {
        Err("have an hour if the interval is shorter than a day")
    } else if frequency.seconds() < Frequency::OneHour.seconds() && !has("m") {
        Err("have minutes if the interval is shorter than an hour")
    } else {
        Ok(())
    }
}

/// The letters outside of quotes that stand for something. `T` stands for itself, as it does in ISO 8601.
fn letters(format: &str) -> Result<String, &'static str> {
    const KNOWN: &str = "yuMLdDEHkhKamsSnXxZzVO";
    let mut letters = String::new();
    let mut quoted = false;
    for letter in format.chars() {
        match letter {
            '\'' => quoted = !quoted,
            _ if quoted || letter == 'T' || !letter.is_ascii_alphabetic() => {}
            _ if KNOWN.contains(letter) => letters.push(letter),
            _ => return Err("have no letters but those of Java's date and time patterns outside of quotes"),
        }
    }
    if quoted { Err("end its quotes") } else { Ok(letters) }
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
