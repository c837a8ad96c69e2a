//! Findings: what a document says that it should not, or not so, whether or not AWS would store it.
//!
//! [`Policy::parse`](crate::Policy::parse) stops at the first mistake. Here every check of the table in
//! `findings/checks.rs` looks at the whole document, also at one that the grammar refuses, in the spirit of IAM Access
//! Analyzer's policy validation. Where per-service knowledge is needed the caller brings it ([`Vocabulary`]); what
//! nobody knows is passed over in silence, not guessed.
//!
//! AWS page: "Access Analyzer policy check reference",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>.

mod actions;
mod arns;
mod checks;
mod conditions;
mod document;
mod global_keys;
mod json;
mod networks;
mod place;
mod principals;
mod redundancy;
mod resources;
mod roles;
mod sizes;
mod trust;
mod values;
mod variables;
mod view;
mod vocabulary;

use std::fmt;
use std::ops::Range;

use crate::document::grammar;
use crate::malformed::Fault;
use crate::{Kind, Position};

pub use checks::Check;
use place::{Places, Raw};
use view::View;
pub use vocabulary::Vocabulary;

/// How grave a finding is. The names are those of Access Analyzer's `ValidatePolicy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingType {
    /// Some of the policy does not work.
    Error,
    /// It allows more than is wise.
    SecurityWarning,
    /// It may not do what was meant.
    Warning,
    /// It could be written better; nothing would change.
    Suggestion,
}

impl FindingType {
    /// As `ValidatePolicy` writes it, `SECURITY_WARNING`.
    pub fn name(self) -> &'static str {
        match self {
            FindingType::Error => "ERROR",
            FindingType::SecurityWarning => "SECURITY_WARNING",
            FindingType::Warning => "WARNING",
            FindingType::Suggestion => "SUGGESTION",
        }
    }
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How grave it is.
    pub finding_type: FindingType,
    /// AWS's code for it, `PASS_ROLE_WITH_STAR_IN_RESOURCE`.
    pub issue_code: &'static str,
    /// What is wrong and what to do, in a sentence or two.
    pub details: String,
    /// The places in the document that it is about, the first one first of all. Never empty.
    pub locations: Vec<Location>,
}

impl Finding {
    /// Where AWS explains it.
    pub fn learn_more_link(&self) -> String {
        let group = match self.finding_type {
            FindingType::Error => "error",
            FindingType::SecurityWarning => "security-warning",
            FindingType::Warning => "general-warning",
            FindingType::Suggestion => "suggestion",
        };
        let check = self.issue_code.to_ascii_lowercase().replace('_', "-");
        format!(
            "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html\
             #access-analyzer-reference-policy-checks-{group}-{check}"
        )
    }
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The way there from the whole document, whose own path is empty.
    pub path: Vec<PathElement>,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
    /// Where it begins.
    pub start: Position,
    /// Where it ends: the place behind its last character.
    pub end: Position,
}

/// One step into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathElement {
    /// To an element of a list.
    Index(usize),
    /// To the name of a member.
    Key(String),
    /// To the value of a member.
    Value(String),
}

/// `$.Statement[0].Condition.Bool["aws:SecureTransport"]`: the same form as [`Malformed::path`](crate::Malformed::path).
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.iter().rev().fold(Fault::new(0, ""), |path, step| match step {
            PathElement::Index(index) => path.in_element(*index),
            PathElement::Key(key) | PathElement::Value(key) => path.in_member(key),
        });
        write!(f, "${}", path.path())
    }
}

/// All that the checks find in a document, in the order of the places that they are about.
///
/// Whatever [`Policy::parse`](crate::Policy::parse) would refuse has a finding of type [`FindingType::Error`]. The time
/// grows with the length of the document, not with its square: the checks for redundancy, which hold each action or
/// resource of an element against all others, hold it against the first 64 that have wildcards only.
pub fn findings(text: &str, kind: Kind, vocabulary: &Vocabulary) -> Vec<Finding> {
    let root = match crate::json::read(text) {
        Ok(root) => root,
        Err(fault) => return vec![json::syntax_error(text, &fault)],
    };
    let view = View::new(text, &root, kind, vocabulary);
    let mut raw: Vec<Raw> = Vec::new();
    for check in checks::CHECKS {
        let mut found = place::Found::new(check, &mut raw);
        (check.run)(&view, &mut found);
    }
    raw.sort_by_key(|raw| raw.places.first().copied());
    let places = Places::new(text, &root);
    let mut findings = places.locate(raw);
    if let Err(fault) = grammar::read_policy(&root, kind)
        && !is_told(&fault, &findings)
    {
        let check = checks::json_syntax_error();
        let details = format!("This is not in the grammar of such a policy: {}.", fault.detail());
        findings.extend(places.locate(vec![Raw { check, places: vec![fault.offset()], details }]));
        findings.sort_by_key(|finding| finding.locations.first().map(|place| place.span.start));
    }
    findings
}

/// Whether an error is about what the grammar stumbled on.
fn is_told(fault: &Fault, findings: &[Finding]) -> bool {
    let path = format!("${}", fault.path());
    let there = |place: &Location| place.span.start == fault.offset() || place.to_string() == path;
    let errors = findings.iter().filter(|finding| finding.finding_type == FindingType::Error);
    errors.flat_map(|finding| &finding.locations).any(there)
}

/// Every check, in AWS's order.
pub fn checks() -> &'static [Check] {
    checks::CHECKS
}
