//! Percent-encoding, read strictly.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Decodes once. `None` if an escape is not two hexadecimal digits, or what comes out is no UTF-8:
/// guessing would let two readers see two different names.
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    let escapes_are_whole = text.split('%').skip(1).all(|escape| {
        let mut digits = escape.bytes();
        digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
            && digits.next().is_some_and(|digit| digit.is_ascii_hexdigit())
    });
    if escapes_are_whole { percent_decode_str(text).decode_utf8().ok() } else { None }
}

/// Decodes a name or value of a form, where a plus sign is a space.
pub fn decode_form(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('+') {
        decode(&text.replace('+', " ")).map(|decoded| Cow::Owned(decoded.into_owned()))
    } else {
        decode(text)
    }
}
