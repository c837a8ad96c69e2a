//! ARNs, as a `Resource` element writes them.

use super::view::{Text, View};
use crate::resource::segments;

/// A resource that begins like an ARN.
pub(super) struct Arn<'a> {
    pub(super) at: usize,
    pub(super) segments: Vec<&'a str>,
}

impl<'a> Arn<'a> {
    fn segment(&self, index: usize) -> &'a str {
        self.segments.get(index).copied().unwrap_or_default()
    }

    pub(super) fn partition(&self) -> &'a str {
        self.segment(1)
    }

    pub(super) fn service(&self) -> &'a str {
        self.segment(2)
    }

    pub(super) fn region(&self) -> &'a str {
        self.segment(3)
    }

    pub(super) fn account(&self) -> &'a str {
        self.segment(4)
    }

    pub(super) fn resource(&self) -> &'a str {
        self.segment(5)
    }

    /// Whether all six segments are there.
    pub(super) fn is_whole(&self) -> bool {
        self.segments.len() == 6
    }
}

/// All resources but `*`.
pub(super) fn resources<'a>(view: &'a View<'a>) -> impl Iterator<Item = Text<'a>> {
    let elements = view.statements.iter().filter_map(|statement| statement.resources.as_ref());
    elements.flat_map(|resources| &resources.texts).copied().filter(|text| text.text != "*")
}

/// All resources that begin like an ARN.
pub(super) fn arns<'a>(view: &'a View<'a>) -> impl Iterator<Item = Arn<'a>> {
    resources(view)
        .filter(|text| text.text.starts_with("arn:"))
        .map(|text| Arn { at: text.at, segments: segments(text.text, view.version) })
}

/// Whether a segment is given in full, so that something can be wrong with it.
pub(super) fn is_literal(segment: &str) -> bool {
    !segment.is_empty() && !segment.contains(['*', '?', '$'])
}

/// Whether it has the form of a Region's name, `us-gov-west-1`. Which Regions there are changes, their form does not.
pub(super) fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.split_last() {
        Some((number, words)) => {
            (2..=3).contains(&words.len())
                && words.iter().all(is_word)
                && !number.is_empty()
                && number.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => false,
    }
}
