//! The values of conditions: numbers, dates, networks, bytes.
//!
//! AWS page: "IAM JSON policy elements: Supported data types",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_datatypes.html>.

use std::cmp::Ordering;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// What the values of a condition key are, for those who give them.
///
/// AWS page: "IAM JSON policy elements: Supported data types",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_datatypes.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataType {
    /// Any text, ARNs among it.
    String,
    /// A decimal number.
    Numeric,
    /// `true` or `false`, in any case.
    Boolean,
    /// An IPv4 or IPv6 address.
    Ip,
    /// Bytes in base64.
    Binary,
    /// A point in time: ISO 8601, or epoch seconds.
    Date,
}

impl DataType {
    /// Whether the condition operators of this type can read a request's value.
    pub fn takes(self, value: &str) -> bool {
        match self {
            DataType::String => true,
            DataType::Numeric => Number::parse(value).is_some(),
            DataType::Boolean => parse_bool(value).is_some(),
            DataType::Ip => parse_address(value).is_some(),
            DataType::Binary => parse_base64(value).is_some(),
            DataType::Date => parse_date(value).is_some(),
        }
    }
}

/// A decimal number of up to 38 significant digits, compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    /// Without trailing zeros.
    digits: i128,
    /// The power of ten to multiply with.
    exponent: i32,
}

impl Number {
    /// Reads `[+-]digits[.digits][e[+-]digits]`.
    pub(crate) fn parse(text: &str) -> Option<Number> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix(['-', '+']) {
            Some(unsigned) => (mantissa.starts_with('-'), unsigned),
            None => (false, mantissa),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        if whole.is_empty() {
            return None;
        }
        let mut digits: i128 = 0;
        let mut pending_zeros: u32 = 0;
        let mut count: u32 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            match byte {
                b'0' if digits == 0 => {}
                b'0' => pending_zeros = pending_zeros.checked_add(1)?,
                b'1'..=b'9' => {
                    count = count.checked_add(pending_zeros)?.checked_add(1)?;
                    if count > 38 {
                        return None;
                    }
                    digits = digits * 10_i128.pow(pending_zeros + 1) + i128::from(byte - b'0');
                    pending_zeros = 0;
                }
                _ => return None,
            }
        }
        if digits == 0 {
            return Some(Number { digits, exponent: 0 });
        }
        let exponent = i32::from(exponent)
            .checked_sub(i32::try_from(fraction.len()).ok()?)?
            .checked_add_unsigned(pending_zeros)?;
        Some(Number { digits: if negative { -digits } else { digits }, exponent })
    }

    /// The numbers themselves, and one just below and just above each of them, so that no other lies
    /// between. `None` if these would have too many digits.
    pub(crate) fn around(numbers: &[Number]) -> Option<Vec<String>> {
        let Some(finest) = numbers.iter().map(|number| number.exponent).min() else {
            return Some(Vec::new());
        };
        let exponent = finest.checked_sub(1)?;
        let mut around = Vec::with_capacity(numbers.len() * 3);
        for number in numbers {
            let zeros = u32::try_from(number.exponent.checked_sub(exponent)?).ok()?;
            let digits = number.digits.checked_mul(10_i128.checked_pow(zeros)?)?;
            for digits in [digits.checked_sub(1)?, digits, digits.checked_add(1)?] {
                let text = format!("{digits}e{exponent}");
                Number::parse(&text)?;
                around.push(text);
            }
        }
        Some(around)
    }

    /// How many digits stand before the decimal point (negative: how many zeros follow it).
    fn magnitude(&self) -> i64 {
        i64::from(self.exponent) + i64::from(self.digits.unsigned_abs().max(1).ilog10())
    }
}

/// In full, without exponent.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let places = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(usize::MAX);
        match self.exponent {
            // Nobody wants to read hundreds of zeros.
            ..-40 | 41.. => write!(f, "{sign}{digits}e{}", self.exponent),
            0.. => write!(f, "{sign}{digits}{}", "0".repeat(places)),
            _ => {
                let padded = format!("{digits:0>width$}", width = places + 1);
                let (whole, fraction) = padded.split_at_checked(padded.len() - places).unwrap_or_default();
                write!(f, "{sign}{whole}.{fraction}")
            }
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let signs = self.digits.signum().cmp(&other.digits.signum());
        if signs.is_ne() || self.digits == 0 {
            return signs;
        }
        let magnitudes = self.magnitude().cmp(&other.magnitude());
        if magnitudes.is_ne() {
            return if self.digits > 0 { magnitudes } else { magnitudes.reverse() };
        }
        // As the magnitudes agree, bringing both to one exponent adds at most 37 zeros, and to the
        // shorter one.
        let scale = |number: &Number, exponent: i32| {
            let zeros = number.exponent.abs_diff(exponent);
            number.digits.saturating_mul(10_i128.saturating_pow(zeros))
        };
        let exponent = self.exponent.min(other.exponent);
        scale(self, exponent).cmp(&scale(other, exponent))
    }
}

/// Reads a point in time: one of the formats of the W3C's profile of ISO 8601, or epoch seconds. Four
/// digits alone are a year.
///
/// W3C note: <https://www.w3.org/TR/NOTE-datetime>.
pub(crate) fn parse_date(text: &str) -> Option<Timestamp> {
    if let Some((date, time)) = text.split_once('T') {
        let (time, zone) = time.split_at_checked(time.find(['Z', '+', '-'])?)?;
        return at_offset(date_time(date, time)?, zone);
    }
    let (year, rest) = text.split_at_checked(4).unwrap_or_default();
    if number(year, 4).is_none() || !(rest.is_empty() || rest.starts_with('-')) {
        return parse_epoch(text);
    }
    // The month and the day that are left out are the first; a date means midnight UTC.
    let full = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    at_offset(date_time(&full, "00:00:00")?, "Z")
}

/// `YYYY-MM-DD` and `hh:mm`, `hh:mm:ss` or `hh:mm:ss.s…`.
fn date_time(date: &str, time: &str) -> Option<DateTime> {
    let (year, date) = date.split_at_checked(4)?;
    let (month, day) = date.strip_prefix('-')?.split_once('-')?;
    let (hour, time) = time.split_once(':')?;
    let (minute, seconds) = time.split_once(':').unwrap_or((time, "00"));
    let (second, nanosecond) = match seconds.split_once('.') {
        Some((second, fraction)) => (second, fraction_of_second(fraction)?),
        None => (seconds, 0),
    };
    DateTime::new(
        number(year, 4)?.try_into().ok()?,
        number(month, 2)?.try_into().ok()?,
        number(day, 2)?.try_into().ok()?,
        number(hour, 2)?.try_into().ok()?,
        number(minute, 2)?.try_into().ok()?,
        number(second, 2)?.try_into().ok()?,
        nanosecond,
    )
    .ok()
}

/// The nanoseconds of a fraction; what is finer is cut off.
fn fraction_of_second(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(digits.fold(0, |nanoseconds, digit| nanoseconds * 10 + i32::from(digit - b'0')))
}

/// `Z`, `+hh:mm` or `-hh:mm`.
fn at_offset(date: DateTime, zone: &str) -> Option<Timestamp> {
    let offset = match zone {
        "Z" => Offset::UTC,
        _ => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            (hours < 24 && minutes < 60).then_some(())?;
            Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok()?
        }
    };
    offset.to_timestamp(date).ok()
}

/// Exactly `width` digits.
fn number(text: &str, width: usize) -> Option<i32> {
    let is_number = text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// Seconds since 1970, perhaps with a fraction.
fn parse_epoch(text: &str) -> Option<Timestamp> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text),
    };
    let (seconds, nanoseconds) = match unsigned.split_once('.') {
        Some((seconds, fraction)) => (seconds, fraction_of_second(fraction)?),
        None => (unsigned, 0),
    };
    if seconds.is_empty() || !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds: i64 = seconds.parse().ok()?;
    match negative {
        true => Timestamp::new(-seconds, -nanoseconds).ok(),
        false => Timestamp::new(seconds, nanoseconds).ok(),
    }
}

/// Reads a network in CIDR notation, or a single address.
///
/// RFC: <https://www.rfc-editor.org/rfc/rfc4632>.
pub(crate) fn parse_network(text: &str) -> Option<IpNet> {
    match text.contains('/') {
        true => text.parse().ok().map(canonical_network),
        false => parse_address(text).map(IpNet::from),
    }
}

/// Reads an address. An IPv4 address that is mapped into IPv6 is the IPv4 address.
pub(crate) fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

/// A network of IPv4 addresses mapped into IPv6 is the IPv4 network.
fn canonical_network(network: IpNet) -> IpNet {
    const MAPPED: u8 = 96;
    let IpNet::V6(v6) = network else {
        return network;
    };
    let mapped = |address: Ipv6Addr| address.to_ipv4_mapped();
    let v4 = v6.prefix_len().checked_sub(MAPPED).zip(mapped(v6.addr()));
    v4.and_then(|(prefix, address)| Ipv4Net::new(address, prefix).ok()).map_or(network, IpNet::V4)
}

/// Reads `true` or `false` in any case.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Decodes base64 with padding.
///
/// RFC: <https://www.rfc-editor.org/rfc/rfc4648#section-4>.
pub(crate) fn parse_base64(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let data = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let mut bytes = Vec::with_capacity(data.len() / 4 * 3 + 2);
    for group in data.as_bytes().chunks(4) {
        let mut bits: u32 = 0;
        for &byte in group {
            let six = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        // Two characters hold one byte and four bits that must be zero, three hold two and two bits.
        let (count, spare) = match group.len() {
            4 => (3, 0),
            3 => (2, 2),
            2 => (1, 4),
            _ => return None,
        };
        if bits & ((1 << spare) - 1) != 0 {
            return None;
        }
        let [_, all @ ..] = (bits >> spare << (8 * (3 - count))).to_be_bytes();
        bytes.extend(all.iter().take(count));
    }
    Some(bytes)
}

/// Encodes base64 with padding.
pub(crate) fn write_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut three = [0; 4];
        three.iter_mut().skip(1).zip(group).for_each(|(to, from)| *to = *from);
        let bits = u32::from_be_bytes(three);
        for place in 0..4_usize {
            let six = (bits >> (18 - 6 * place)) & 63;
            let letter = ALPHABET.get(six as usize).filter(|_| place <= group.len());
            text.push(letter.map_or('=', |letter| char::from(*letter)));
        }
    }
    text
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
