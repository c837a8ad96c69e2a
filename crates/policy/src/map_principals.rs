//! Rewriting the principals of a stored document.
//!
//! A trust policy that names `arn:aws:iam::123456789012:user/bob` means the bob of that day: it is
//! stored with his unique id, and shown with his ARN as long as he exists.
//!
//! AWS page: "AWS JSON policy elements: Principal", "Important",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles>.

use std::fmt;
use std::ops::Range;

use crate::Malformed;
use crate::json::{self, Node, Value, elements, members_named};

/// Why [`map_principals`] gave up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapError<E> {
    /// The text is no JSON.
    Malformed(Malformed),
    /// The caller refused a principal.
    Refused(E),
}

impl<E: fmt::Display> fmt::Display for MapError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MapError::Malformed(malformed) => malformed.fmt(f),
            MapError::Refused(refusal) => refusal.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> std::error::Error for MapError<E> {}

/// Replaces each `AWS` principal of a resource-based or trust policy and leaves every other byte of
/// the text as it is.
///
/// `f` is offered every string under `AWS` of every `Principal` and `NotPrincipal`, `*` and account
/// ids among them. It returns `None` to keep the string, another string to put in its place, or an
/// error to refuse the document. The bare `"Principal": "*"` names nobody and is not offered.
///
/// # Errors
///
/// [`MapError::Malformed`] if the text is no JSON (its grammar is [`Policy::parse`]'s matter), and
/// [`MapError::Refused`] with the error of `f`.
///
/// [`Policy::parse`]: crate::Policy::parse
pub fn map_principals<E>(
    text: &str,
    f: &mut dyn FnMut(&str) -> Result<Option<String>, E>,
) -> Result<String, MapError<E>> {
    let document =
        json::read(text).map_err(|fault| MapError::Malformed(fault.seen_in(text, "Syntax errors in policy.")))?;
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for (span, principal) in aws_principals(&document) {
        let Some(replacement) = f(principal).map_err(MapError::Refused)? else {
            continue;
        };
        out.push_str(text.get(copied..span.start).unwrap_or_default());
        out.push_str(&json::write_string(&replacement));
        copied = span.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

/// The strings under `AWS`, in the order of the text.
fn aws_principals<'a>(document: &'a Node<'a>) -> impl Iterator<Item = (Range<usize>, &'a str)> {
    members_named(document, &["Statement"])
        .flat_map(elements)
        .flat_map(|statement| members_named(statement, &["Principal", "NotPrincipal"]))
        .flat_map(|principal| members_named(principal, &["AWS"]))
        .flat_map(elements)
        .filter_map(|node| match &node.value {
            Value::String(string) => Some((node.span.clone(), &**string)),
            _ => None,
        })
}

#[cfg(test)]
mod tests;
