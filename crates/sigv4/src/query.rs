//! The query: read once, in canonical encoding; its authentication parameters.

use std::borrow::Cow;

use crate::{Error, uri};

/// One parameter, name and value in canonical encoding.
pub(crate) struct Parameter<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Cow<'a, str>,
}

/// The names that make a query an authentication, exactly as they must be written.
const AUTHENTICATION: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

/// The parameters of a query in the order they were sent. Nothing between two `&` is no parameter.
///
/// # Errors
/// [`Error::IncompleteSignature`] for an invalid percent escape, for an `X-Amz-*` parameter that is there twice, in
/// whatever case, and for an authentication parameter in other letter case than AWS's: what is checked and what is
/// read must be one and the same.
pub(crate) fn read(query: &str) -> Result<Vec<Parameter<'_>>, Error> {
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let mut parameters: Vec<Parameter<'_>> = Vec::with_capacity(8);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        parameters.push(Parameter { name: uri::recode(name, false)?, value: uri::recode(value, false)? });
    }
    check_names(&parameters)?;
    Ok(parameters)
}

fn check_names(parameters: &[Parameter<'_>]) -> Result<(), Error> {
    let mut seen = Vec::new();
    for Parameter { name, .. } in parameters {
        if !is_x_amz(name) {
            continue;
        }
        for expected in AUTHENTICATION {
            if name.eq_ignore_ascii_case(expected) && name != expected {
                return Err(Error::IncompleteSignature(format!(
                    "The query-string parameter '{name}' must be written '{expected}'."
                )));
            }
        }
        seen.push(name.to_ascii_lowercase());
    }
    seen.sort_unstable();
    for (first, second) in seen.iter().zip(seen.iter().skip(1)) {
        if first == second {
            return Err(Error::IncompleteSignature(format!(
                "The query-string parameter '{first}' must not be given more than once."
            )));
        }
    }
    Ok(())
}

fn is_x_amz(name: &str) -> bool {
    name.get(..6).is_some_and(|prefix| prefix.eq_ignore_ascii_case("x-amz-"))
}

/// The value, in canonical encoding, of the parameter of this exact name.
pub(crate) fn find<'q>(parameters: &'q [Parameter<'_>], name: &str) -> Option<&'q str> {
    parameters.iter().find(|parameter| parameter.name == name).map(|parameter| parameter.value.as_ref())
}

/// The value of a parameter of this name in any letter case. [`read`] has made sure that there is but one.
pub(crate) fn find_any_case<'q>(parameters: &'q [Parameter<'_>], name: &str) -> Option<&'q str> {
    parameters
        .iter()
        .find(|parameter| parameter.name.eq_ignore_ascii_case(name))
        .map(|parameter| parameter.value.as_ref())
}

/// The first authentication parameter in the query, of Signature Version 4 or its predecessor.
pub(crate) fn authentication_parameter<'q>(parameters: &'q [Parameter<'_>]) -> Option<&'q str> {
    parameters
        .iter()
        .map(|parameter| parameter.name.as_ref())
        .find(|name| AUTHENTICATION.contains(name) || *name == "AWSAccessKeyId")
}

/// Appends the canonical query string: all parameters but those of the names left out, sorted by name and then by
/// value, both as encoded.
pub(crate) fn push_canonical(out: &mut String, parameters: &[Parameter<'_>], left_out: &[&str]) {
    let mut sorted: Vec<(&str, &str)> = parameters
        .iter()
        .map(|parameter| (parameter.name.as_ref(), parameter.value.as_ref()))
        .filter(|(name, _)| !left_out.contains(name))
        .collect();
    sorted.sort_unstable();
    for (index, (name, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
}
