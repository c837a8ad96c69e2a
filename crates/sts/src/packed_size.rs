//! How much of the space for session policies and tags a session takes.
//!
//! AWS says that it converts both into a packed form with a limit of its own, and not how. Here the packed form is the
//! policy's text without white space between its tokens, the ARNs of managed policies, and keys and values of tags,
//! inherited ones too. It may have as many bytes as a session policy may have characters, so that a session token
//! always fits into a header.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>, `PackedPolicySize`

use bartizan_gate::Fault;
use bartizan_store::entity;

use crate::{error, session_policies::SessionPolicies};

/// How many bytes there are for the packed form.
const SPACE: usize = 2_048;

/// The packed size in percent, rounded up; `None` if there is nothing to pack.
///
/// # Errors
/// `PackedPolicyTooLarge` above 100.
pub fn packed_size<'a>(
    policies: &SessionPolicies,
    tags: impl Iterator<Item = &'a entity::Tag>,
) -> Result<Option<i32>, Fault> {
    let policy = policies.policy.as_ref().map_or(0, |policy| compact_length(policy.text()));
    let arns: usize = policies.arns.iter().map(String::len).sum();
    let tags: usize = tags.map(|tag| tag.key.len().saturating_add(tag.value.len())).sum();
    let size = policy.saturating_add(arns).saturating_add(tags);
    let percent = size.saturating_mul(100).div_ceil(SPACE);
    match i32::try_from(percent) {
        Ok(0) => Ok(None),
        Ok(percent) if percent <= 100 => Ok(Some(percent)),
        _ if policies.is_empty() => Err(error::packed_policy_too_large(format!(
            "Packed size of session tags consumes {percent}% of allotted space."
        ))),
        _ => Err(error::packed_policy_too_large(format!(
            "Packed policy consumes {percent}% of allotted space, please use smaller policy."
        ))),
    }
}

/// The length in bytes of JSON without the white space between its tokens.
fn compact_length(json: &str) -> usize {
    let (mut length, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in json.bytes() {
        if in_string || !byte.is_ascii_whitespace() {
            length = length.saturating_add(1);
        }
        (in_string, escaped) = match byte {
            _ if escaped => (in_string, false),
            b'\\' => (in_string, in_string),
            b'"' => (!in_string, false),
            _ => (in_string, false),
        };
    }
    length
}

#[cfg(test)]
mod tests {
    use bartizan_store::Document;

    use super::*;

    fn size(policy: Option<&str>, arns: &[&str], tags: &[(&str, &str)]) -> Result<Option<i32>, String> {
        let policies = SessionPolicies {
            policy: policy.map(Document::new),
            arns: arns.iter().map(|arn| (*arn).to_owned()).collect(),
        };
        let tags: Vec<entity::Tag> = tags
            .iter()
            .map(|(key, value)| entity::Tag { key: (*key).to_owned(), value: (*value).to_owned() })
            .collect();
        packed_size(&policies, tags.iter()).map_err(|fault| format!("{}: {}", fault.code, fault.message))
    }

    #[test]
    fn white_space_between_tokens_does_not_count() {
        for (json, length) in [
            ("", 0),
            ("{ }", 2),
            ("{\n\t\"a b\": \"c\\\" d\"\r}", 15),
            (r#"["\\", " "]"#, 10),
            (r#"["\\\" ", 1 ]"#, 11),
        ] {
            assert_eq!(compact_length(json), length, "{json}");
        }
    }

    #[test]
    fn policies_and_tags_share_the_space() {
        let half = "x".repeat(1_024);
        assert_eq!(size(None, &[], &[]), Ok(None));
        assert_eq!(size(None, &[], &[("k", "")]), Ok(Some(1)));
        assert_eq!(size(Some(&half), &[], &[]), Ok(Some(50)));
        assert_eq!(size(Some(&half), &[], &[("", &half)]), Ok(Some(100)));
        assert_eq!(size(None, &[&half, &half], &[]), Ok(Some(100)));
        assert_eq!(
            size(Some(&half), &[], &[("k", &half)]),
            Err("PackedPolicyTooLarge: Packed policy consumes 101% of allotted space, please use smaller policy."
                .to_owned())
        );
        assert_eq!(
            size(None, &[], &[("k", &half), ("l", &half)]),
            Err("PackedPolicyTooLarge: Packed size of session tags consumes 101% of allotted space.".to_owned())
        );
    }
}
