//! Texts that are no JSON.

use super::{Finding, Location, checks};
use crate::Position;
use crate::malformed::Fault;

/// The only finding of such a text: there is no document to look at.
pub(super) fn syntax_error(text: &str, fault: &Fault) -> Finding {
    let check = checks::json_syntax_error();
    let start = fault.offset().min(text.len());
    let end = text.get(start..).and_then(|rest| rest.chars().next()).map_or(start, |c| start + c.len_utf8());
    let (from, to) = (Position::of(text, start), Position::of(text, end));
    let Position { line, column } = from;
    Finding {
        finding_type: check.finding_type,
        issue_code: check.issue_code,
        details: format!("Fix the JSON syntax error at index {start} line {line} column {column}: {}.", fault.detail()),
        locations: vec![Location { path: Vec::new(), span: start..end, start: from, end: to }],
    }
}
