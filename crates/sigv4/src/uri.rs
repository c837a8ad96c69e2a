//! Percent-encoding (RFC 3986) as signatures need it, and the canonical URI.

use std::borrow::Cow;

use crate::{Error, Rules};

/// The unreserved characters of RFC 3986, section 2.3, which are never encoded.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Appends `%XY` with upper-case digits.
fn push_escaped(out: &mut String, byte: u8) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.extend(DIGITS.get(usize::from(digit)));
    }
}

/// Appends `text` with everything encoded but unreserved characters and `/`. A `%` is encoded like any other.
fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if is_unreserved(byte) || byte == b'/' {
            out.push(char::from(byte));
        } else {
            push_escaped(out, byte);
        }
    }
}

/// The bytes of a percent-encoded text; an invalid escape gives `Err(())`.
fn decoded_bytes(text: &str) -> impl Iterator<Item = Result<u8, ()>> {
    let mut bytes = text.bytes();
    std::iter::from_fn(move || {
        let byte = bytes.next()?;
        if byte != b'%' {
            return Some(Ok(byte));
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        let high = digit();
        let low = digit();
        Some(match (high, low) {
            (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|_| ()),
            _ => Err(()),
        })
    })
}

/// The same text in the one canonical encoding: unreserved characters plain, all others as `%XY`. `/` is kept where
/// `keep_slash` is true. `+` is a plus and becomes `%2B`: in a signed request a space is always `%20` (S3 API
/// Reference, *UriEncode*).
///
/// # Errors
/// [`Error::IncompleteSignature`] for an invalid percent escape.
pub(crate) fn recode(text: &str, keep_slash: bool) -> Result<Cow<'_, str>, Error> {
    let is_plain = |byte| is_unreserved(byte) || (keep_slash && byte == b'/');
    if text.bytes().all(is_plain) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len() + 16);
    if keep_slash {
        // Segment by segment, so that an encoded slash stays apart from a real one.
        for (index, segment) in text.split('/').enumerate() {
            if index > 0 {
                out.push('/');
            }
            push_recoded(&mut out, segment)?;
        }
    } else {
        push_recoded(&mut out, text)?;
    }
    Ok(Cow::Owned(out))
}

fn push_recoded(out: &mut String, text: &str) -> Result<(), Error> {
    for byte in decoded_bytes(text) {
        match byte {
            Ok(byte) if is_unreserved(byte) => out.push(char::from(byte)),
            Ok(byte) => push_escaped(out, byte),
            Err(()) => {
                return Err(Error::IncompleteSignature("The request target has an invalid percent escape.".to_owned()));
            }
        }
    }
    Ok(())
}

/// The text that a percent-encoded value stands for; `None` if it is not UTF-8 or not well encoded.
pub(crate) fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = decoded_bytes(text).collect::<Result<Vec<u8>, ()>>().ok()?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// `text` percent-encoded for a query: everything but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            push_escaped(&mut out, byte);
        }
    }
    out
}

/// Appends the canonical URI of a path as it was sent.
///
/// S3 signs the path encoded once, as it should have been sent; all others sign the sent path encoded once more.
///
/// # Errors
/// [`Error::IncompleteSignature`] for a path that is not absolute or, in S3, holds an invalid percent escape.
pub(crate) fn push_canonical(out: &mut String, path: &str, rules: &Rules<'_>) -> Result<(), Error> {
    if path.is_empty() {
        out.push('/');
        return Ok(());
    }
    if !path.starts_with('/') {
        return Err(Error::IncompleteSignature("The request target must be an absolute path.".to_owned()));
    }
    let path = if rules.normalize_path { normalize(path) } else { Cow::Borrowed(path) };
    if rules.double_encode_path {
        push_encoded(out, &path);
    } else {
        out.push_str(&recode(&path, true)?);
    }
    Ok(())
}

/// The path without `.`, `..` and empty segments (RFC 3986, section 5.2.4; the empty ones are AWS's addition). A path
/// that ends in a removed segment ends in a slash.
fn normalize(path: &str) -> Cow<'_, str> {
    let segments = || path.split('/').skip(1);
    let last = segments().count().saturating_sub(1);
    let is_clean = |(index, segment): (usize, &str)| match segment {
        "." | ".." => false,
        "" => index == last,
        _ => true,
    };
    if segments().enumerate().all(is_clean) {
        return Cow::Borrowed(path);
    }
    let mut kept = Vec::new();
    for segment in segments() {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let is_directory = matches!(segments().last(), Some("" | "." | ".."));
    let mut out = String::with_capacity(path.len());
    for segment in &kept {
        out.push('/');
        out.push_str(segment);
    }
    if is_directory || kept.is_empty() {
        out.push('/');
    }
    Cow::Owned(out)
}
