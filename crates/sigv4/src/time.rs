//! Points in time as signatures write them.

use jiff::{Timestamp, civil::DateTime, fmt::rfc2822, tz::Offset};

/// How far the time of a request may be from ours, either way: 15 minutes.
pub(crate) const WINDOW_SECONDS: i64 = 15 * 60;

/// The longest that a presigned request may live: seven days.
pub(crate) const MAX_EXPIRES_SECONDS: u32 = 7 * 24 * 60 * 60;

/// Seconds since the epoch of a time in ISO 8601's basic format, `20150830T123600Z`; `None` for any other text.
#[must_use]
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text: [u8; 16] = text.as_bytes().try_into().ok()?;
    let [y0, y1, y2, y3, m0, m1, d0, d1, b'T', h0, h1, n0, n1, s0, s1, b'Z'] = text else {
        return None;
    };
    let moment = DateTime::new(
        number(&[y0, y1, y2, y3])?,
        number(&[m0, m1])?.try_into().ok()?,
        number(&[d0, d1])?.try_into().ok()?,
        number(&[h0, h1])?.try_into().ok()?,
        number(&[n0, n1])?.try_into().ok()?,
        number(&[s0, s1])?.try_into().ok()?,
        0,
    );
    Some(Offset::UTC.to_timestamp(moment.ok()?).ok()?.as_second())
}

/// The decimal number that at most four digits write.
fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |sum: i16, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(sum * 10 + i16::try_from(digit).ok()?)
    })
}

/// Seconds since the epoch as `20150830T123600Z`. A time outside the years -9999 to 9999 becomes its number.
#[must_use]
pub fn format_timestamp(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(moment) => moment.strftime("%Y%m%dT%H%M%SZ").to_string(),
        Err(_) => seconds.to_string(),
    }
}

/// Seconds since the epoch of a `Date` header's value, which is either HTTP's own form (RFC 9110, section 5.6.7) or
/// ISO 8601's basic one.
pub(crate) fn parse_date_header(text: &str) -> Option<i64> {
    parse_timestamp(text).or_else(|| {
        let moment = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Some(moment.as_second())
    })
}
