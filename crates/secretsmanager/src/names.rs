//! Names, ids and ARNs.

use bartizan_gate::{Error, Fault};
use bartizan_store::AccountId;
use bartizan_wire::Shape;

use crate::error;

/// How many random letters an ARN ends in.
pub const SUFFIX: usize = 6;
/// The letters, 32 of them.
pub const SUFFIX_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The longest name.
const MAX_NAME: usize = 512;

/// A secret's name or ARN, whole or without its six random letters (`SecretIdType`).
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 2048)]
pub struct SecretId(String);

/// The id of a version (`SecretVersionIdType`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Shape)]
#[shape(min = 32, max = 64)]
pub struct VersionId(String);

/// The id that the caller gives to a version (`ClientRequestTokenType`).
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 32, max = 64)]
pub struct ClientRequestToken(String);

/// A staging label (`SecretVersionStageType`).
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 256)]
pub struct VersionStage(String);

/// Staging labels (`SecretVersionStagesType`).
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 20)]
pub struct VersionStages(Vec<VersionStage>);

/// A secret's ARN in an answer (`SecretARNType`).
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 20, max = 2048)]
pub struct SecretArn(String);

/// The name of a secret that there is, or could be.
///
/// # Errors
/// `ValidationException`
pub fn check(name: &str) -> Result<(), Fault> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-/_+=.@!".contains(&byte);
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_of_name) {
        Ok(())
    } else {
        Err(error::invalid_name())
    }
}

/// The beginning of the ARNs of secrets of this name: the hyphen before the six letters is its end.
pub fn arn_start(region: &str, account: AccountId, name: &str) -> String {
    format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-")
}

/// Whether a name ends as an ARN does. A whole ARN is not taken for the name of another secret.
pub fn has_suffix(name: &str) -> bool {
    let suffix = name.rsplit_once('-').map(|(_, suffix)| suffix);
    suffix.is_some_and(|suffix| suffix.len() == SUFFIX && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// An ARN in an answer.
///
/// # Errors
/// Only if what is stored is none.
pub fn shown_arn(arn: &str) -> Result<SecretArn, Error> {
    Ok(SecretArn::new(arn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_letters_digits_and_a_few_signs() {
        for good in ["a", "prod/App_1", "a+b=c.d@e-f", &"x".repeat(512)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a:b", "ä", "a*", "a?", "a\n", "${x}", &"x".repeat(513)] {
            assert_eq!(check(bad).unwrap_err().code, "ValidationException", "{bad:?}");
        }
    }

    #[test]
    fn a_whole_arn_is_known_by_its_end() {
        for (name, whole) in [
            ("db-abc234", true),
            ("db-ABC234", true),
            ("db", false),
            ("db-abc23", false),
            ("db-abc2345", false),
            ("db-abc_34", false),
        ] {
            assert_eq!(has_suffix(name), whole, "{name}");
        }
    }
}
