//! A policy document, of every kind, held against all checks.
//!
//! Promises: no panic, no check that takes for ever; every place lies within the text; what the grammar refuses has an
//! error.

use bartizan_policy::{FindingType, Kind, Policy, Vocabulary, findings};

const KINDS: [Kind; 6] =
    [Kind::Identity, Kind::Resource, Kind::Trust, Kind::ServiceControl, Kind::ResourceControl, Kind::Endpoint];

/// The target.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let vocabulary = Vocabulary::new(["iam:PassRole", "iam:CreateUser", "sts:AssumeRole", "sts:TagSession"]);
    for kind in KINDS {
        let findings = findings(text, kind, &vocabulary);
        for finding in &findings {
            assert!(!finding.locations.is_empty() && !finding.details.is_empty(), "{finding:?}");
            for location in &finding.locations {
                assert!(text.get(location.span.clone()).is_some(), "{location:?} is not in {text}");
                assert!(location.to_string().starts_with('$'));
            }
        }
        let has_error = findings.iter().any(|finding| finding.finding_type == FindingType::Error);
        assert!(has_error || Policy::parse(text, kind).is_ok(), "{text} is refused without an error");
    }
}
