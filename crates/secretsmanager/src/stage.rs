//! Staging labels: which version is the current one, which was before it, and whatever else a customer calls one.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>

use std::collections::BTreeMap;

use bartizan_gate::Fault;

use crate::{
    error,
    names::{VersionStage, VersionStages},
};

/// The version that is meant where none is named.
pub const CURRENT: &str = "AWSCURRENT";
/// The version that was the current one before.
pub const PREVIOUS: &str = "AWSPREVIOUS";

/// How many labels the versions of a secret may have, all together.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const MAX_LABELS: usize = 20;

/// Each label, and the id of the version that has it.
pub type Stages = BTreeMap<String, String>;

/// Puts a label on a version, and takes it off the one that had it. The version that ceases to be the current one is the
/// previous one from then on.
///
/// # Errors
/// `LimitExceededException` if the secret has as many labels as it may have.
pub fn attach(stages: &mut Stages, label: &str, version: &str) -> Result<(), Fault> {
    let before = stages.insert(label.to_owned(), version.to_owned());
    if label == CURRENT
        && let Some(before) = before
        && before != version
    {
        stages.insert(PREVIOUS.to_owned(), before);
    }
    if stages.len() > MAX_LABELS {
        let message = format!("You can't have more than {MAX_LABELS} staging labels on the versions of a secret.");
        return Err(error::limit_exceeded(message));
    }
    Ok(())
}

/// The labels of a version in an answer; nothing where it has none.
pub fn shown(stages: &Stages, version: &str) -> Option<VersionStages> {
    let labels =
        stages.iter().filter(|(_, of)| *of == version).map(|(label, _)| VersionStage::new(label.as_str()).ok());
    VersionStages::new(labels.collect::<Option<Vec<_>>>()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(moves: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut stages = Stages::new();
        for (label, version) in moves {
            attach(&mut stages, label, version).unwrap();
        }
        stages.into_iter().collect()
    }

    #[test]
    fn the_current_version_becomes_the_previous_one() {
        for (moves, expected) in [
            (&[(CURRENT, "1")][..], &[(CURRENT, "1")][..]),
            (&[(CURRENT, "1"), (CURRENT, "1")], &[(CURRENT, "1")]),
            (&[(CURRENT, "1"), (CURRENT, "2")], &[(CURRENT, "2"), (PREVIOUS, "1")]),
            (&[(CURRENT, "1"), (CURRENT, "2"), (CURRENT, "3")], &[(CURRENT, "3"), (PREVIOUS, "2")]),
            // Back again: the version that is current now is the previous one no more.
            (&[(CURRENT, "1"), (CURRENT, "2"), (CURRENT, "1")], &[(CURRENT, "1"), (PREVIOUS, "2")]),
            (&[(CURRENT, "1"), ("PENDING", "2"), ("PENDING", "3")], &[(CURRENT, "1"), ("PENDING", "3")]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(l, v)| ((*l).to_owned(), (*v).to_owned())).collect();
            assert_eq!(after(moves), expected, "{moves:?}");
        }
    }

    #[test]
    fn there_are_twenty_labels_at_most() {
        let mut stages = Stages::new();
        for number in 0..20 {
            attach(&mut stages, &format!("L{number}"), "1").unwrap();
        }
        assert!(attach(&mut stages, "L0", "2").is_ok());
        assert_eq!(attach(&mut stages, "L20", "1").unwrap_err().code, "LimitExceededException");
    }
}
