//! From the byte where something stands to its path, its span, its line and its column.
//!
//! No two values or keys of a document begin at the same byte, so that a check names a place by where it begins.

use std::collections::HashMap;
use std::ops::Range;

use super::{Check, Finding, Location, PathElement};
use crate::Position;
use crate::json::{Node, Value};

/// A finding whose places are still bytes.
pub(super) struct Raw {
    pub(super) check: &'static Check,
    pub(super) places: Vec<usize>,
    pub(super) details: String,
}

/// Where a check puts what it finds.
pub(super) struct Found<'a> {
    check: &'static Check,
    raw: &'a mut Vec<Raw>,
}

impl<'a> Found<'a> {
    pub(super) fn new(check: &'static Check, raw: &'a mut Vec<Raw>) -> Found<'a> {
        Found { check, raw }
    }

    /// Something at one place.
    pub(super) fn at(&mut self, place: usize, details: impl Into<String>) {
        self.at_all(vec![place], details);
    }

    /// Something at several places; nothing if there are none.
    pub(super) fn at_all(&mut self, places: Vec<usize>, details: impl Into<String>) {
        if !places.is_empty() {
            self.raw.push(Raw { check: self.check, places, details: details.into() });
        }
    }
}

/// The places of one document.
pub(super) struct Places<'a> {
    text: &'a str,
    root: &'a Node<'a>,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str, root: &'a Node<'a>) -> Places<'a> {
        Places { text, root }
    }

    /// The findings with paths and positions.
    pub(super) fn locate(&self, raw: Vec<Raw>) -> Vec<Finding> {
        let ways: Vec<Vec<(Vec<PathElement>, Range<usize>)>> =
            raw.iter().map(|raw| raw.places.iter().map(|place| self.way(*place)).collect()).collect();
        let spans = ways.iter().flatten().flat_map(|(_, span)| [span.start, span.end]);
        let positions = positions(self.text, spans.collect());
        let position = |offset: usize| positions.get(&offset).copied().unwrap_or(Position { line: 1, column: 1 });
        let located = |(path, span): (Vec<PathElement>, Range<usize>)| {
            let (start, end) = (position(span.start), position(span.end));
            Location { path, span, start, end }
        };
        raw.into_iter()
            .zip(ways)
            .map(|(Raw { check, details, .. }, ways)| Finding {
                finding_type: check.finding_type,
                issue_code: check.issue_code,
                details,
                locations: ways.into_iter().map(located).collect(),
            })
            .collect()
    }

    /// Goes down from the root to what begins at a byte.
    fn way(&self, place: usize) -> (Vec<PathElement>, Range<usize>) {
        let (mut node, mut path) = (self.root, Vec::new());
        while node.span.start != place {
            match &node.value {
                Value::Array(nodes) => {
                    let behind = nodes.partition_point(|node| node.span.start <= place);
                    let Some(index) = behind.checked_sub(1) else { break };
                    let Some(next) = nodes.get(index) else { break };
                    path.push(PathElement::Index(index));
                    node = next;
                }
                Value::Object(members) => {
                    let behind = members.partition_point(|member| member.at <= place);
                    let Some(member) = behind.checked_sub(1).and_then(|index| members.get(index)) else { break };
                    if member.at == place {
                        path.push(PathElement::Key(member.key.clone().into_owned()));
                        return (path, member.at..member.end);
                    }
                    path.push(PathElement::Value(member.key.clone().into_owned()));
                    node = &member.node;
                }
                _ => break,
            }
        }
        (path, node.span.clone())
    }
}

/// The positions of offsets, in one pass over the text.
fn positions(text: &str, mut offsets: Vec<usize>) -> HashMap<usize, Position> {
    offsets.sort_unstable();
    offsets.dedup();
    let mut positions = HashMap::with_capacity(offsets.len());
    let (mut line, mut column, mut last) = (1, 1, 0);
    for offset in offsets {
        for c in text.get(last..offset).unwrap_or_default().chars() {
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        last = offset;
        positions.insert(offset, Position { line, column });
    }
    positions
}
