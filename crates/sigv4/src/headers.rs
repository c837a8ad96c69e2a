//! The headers that authentication reads, and the canonical headers.

use crate::Error;

/// The header values that authentication reads, each at most once in a request.
#[derive(Default)]
pub(crate) struct Known<'a> {
    pub(crate) authorization: Option<&'a str>,
    pub(crate) host: Option<&'a str>,
    pub(crate) authority: Option<&'a str>,
    pub(crate) date: Option<&'a str>,
    pub(crate) x_amz_date: Option<&'a str>,
    pub(crate) x_amz_security_token: Option<&'a str>,
    pub(crate) x_amz_content_sha256: Option<&'a str>,
}

impl<'a> Known<'a> {
    /// Reads them in one pass.
    ///
    /// # Errors
    /// [`Error::IncompleteSignature`] if one of them is there twice or is not UTF-8.
    pub(crate) fn read(headers: &[(&str, &'a [u8])]) -> Result<Self, Error> {
        let mut known = Self::default();
        for (name, value) in headers {
            let Some(slot) = known.slot(name) else {
                continue;
            };
            if slot.is_some() {
                return Err(Error::IncompleteSignature(format!(
                    "The header '{name}' must not be given more than once."
                )));
            }
            *slot = Some(text(name, value)?.trim_matches(is_space));
        }
        if let (Some(host), Some(authority)) = (known.host, known.authority)
            && host != authority
        {
            return Err(Error::IncompleteSignature("The headers 'Host' and ':authority' must not differ.".to_owned()));
        }
        Ok(known)
    }

    /// Where the value of a header is kept, if it is one of these. The length decides for most that are not.
    fn slot(&mut self, name: &str) -> Option<&mut Option<&'a str>> {
        let (expected, slot) = match name.len() {
            4 if name.eq_ignore_ascii_case("host") => ("host", &mut self.host),
            4 => ("date", &mut self.date),
            10 if name.starts_with(':') => (":authority", &mut self.authority),
            10 => ("x-amz-date", &mut self.x_amz_date),
            13 => ("authorization", &mut self.authorization),
            20 if name.ends_with('6') => ("x-amz-content-sha256", &mut self.x_amz_content_sha256),
            20 => ("x-amz-security-token", &mut self.x_amz_security_token),
            _ => return None,
        };
        name.eq_ignore_ascii_case(expected).then_some(slot)
    }
}

/// What separates words in a header value. Line ends count: a folded line (RFC 9110, section 5.5) is one value.
const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

/// A header value as text.
fn text<'a>(name: &str, value: &'a [u8]) -> Result<&'a str, Error> {
    str::from_utf8(value)
        .map_err(|_| Error::IncompleteSignature(format!("The value of the header '{name}' is not valid UTF-8.")))
}

/// Whether the header must be signed wherever it is present.
pub(crate) fn is_x_amz(name: &str) -> bool {
    name.as_bytes().get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"x-amz-"))
}

/// Whether a header name can be signed: a token (RFC 9110, section 5.6.2) in lower case, or HTTP/2's `:authority`.
fn is_signable(name: &str) -> bool {
    let is_token = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
    name == ":authority" || (!name.is_empty() && name.bytes().all(is_token))
}

/// The names in a list of SignedHeaders, which is checked by itself: lower case, sorted, each name once.
///
/// # Errors
/// [`Error::IncompleteSignature`] where it is none of that; [`Error::InvalidScope`] without host, in AWS's words.
pub(crate) fn read_signed_headers(signed_headers: &str) -> Result<Vec<&str>, Error> {
    let mut names = Vec::with_capacity(16);
    let mut previous = "";
    for name in signed_headers.split(';') {
        if !is_signable(name) || name <= previous {
            return Err(Error::IncompleteSignature(format!(
                "SignedHeaders must be lower-case header names in alphabetical order, each once, separated by \
                 semicolons, got '{signed_headers}'."
            )));
        }
        names.push(name);
        previous = name;
    }
    if names.contains(&"host") || names.contains(&":authority") {
        Ok(names)
    } else {
        Err(Error::InvalidScope("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned()))
    }
}

/// Appends the canonical headers: a line `name:value` for each signed name, values trimmed, inner spaces collapsed,
/// values of several lines of one name joined by commas in order.
///
/// # Errors
/// [`Error::InvalidScope`] for a signed header that the request lacks, [`Error::HeadersNotSigned`] for an `x-amz-*`
/// header that is not signed and not `exempt`, [`Error::IncompleteSignature`] for a value that is not UTF-8.
pub(crate) fn push_canonical(
    out: &mut String,
    headers: &[(&str, &[u8])],
    signed_headers: &[&str],
    exempt: &[&str],
) -> Result<(), Error> {
    let mut unsigned = headers.iter().filter(|(name, _)| is_x_amz(name)).count();
    for signed in signed_headers {
        out.push_str(signed);
        let mut separator = ':';
        for (name, value) in headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(signed)) {
            out.push(separator);
            separator = ',';
            push_collapsed(out, text(name, value)?);
            if is_x_amz(signed) {
                unsigned = unsigned.saturating_sub(1);
            }
        }
        if separator == ':' {
            return Err(Error::InvalidScope(format!(
                "The header '{signed}' is in SignedHeaders but not in the request."
            )));
        }
        out.push('\n');
    }
    if unsigned == 0 {
        return Ok(());
    }
    let names: Vec<String> = headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| is_x_amz(name) && !exempt.contains(&name.as_str()))
        .filter(|name| !signed_headers.contains(&name.as_str()))
        .collect();
    if names.is_empty() { Ok(()) } else { Err(Error::HeadersNotSigned(names)) }
}

/// Appends a value without spaces around it and with each run of spaces inside as one.
fn push_collapsed(out: &mut String, value: &str) {
    let value = value.trim_matches(is_space);
    // Nearly no value has any. Without an early exit the compiler looks at many bytes at once.
    let pairs = value.bytes().zip(value.bytes().skip(1));
    let has_runs = pairs.fold(false, |found, (byte, next)| found | (byte < b' ') | ((byte == b' ') & (next == b' ')));
    if !has_runs {
        return out.push_str(value);
    }
    for (index, word) in value.split(is_space).filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}
