//! Names and ARNs.
//!
//! AWS's model has no constraints on them: they are plain text, and what is wrong with one is `InvalidParameter`.

use bartizan_gate::{Arn, Fault, Scope};
use bartizan_store::AccountId;

use crate::error;

/// The ARN of a topic that there is, or could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicArn {
    pub text: String,
    pub account: AccountId,
}

impl TopicArn {
    /// The ARN of a topic in this Region, of whatever account. `parameter` is what the request calls it.
    ///
    /// # Errors
    /// `InvalidParameter`
    pub fn read(scope: &Scope<'_>, text: &str, parameter: &str) -> Result<Self, Fault> {
        let elements = text.split(':').count();
        if elements < 6 {
            let reason = format!("An ARN must have at least 6 elements, not {elements}");
            return Err(error::invalid_because(parameter, &reason));
        }
        let invalid = || error::invalid_parameter(parameter);
        let arn = Arn::parse(text).filter(|arn| arn.partition == "aws" && arn.service == "sns").ok_or_else(invalid)?;
        // What is not signed is signed for no Region.
        if arn.region != scope.region && !scope.caller.is_anonymous() || !is_topic_name(arn.resource) {
            return Err(invalid());
        }
        Ok(Self { text: text.to_owned(), account: arn.account.parse().map_err(|_| invalid())? })
    }

    /// The ARN of a new topic of the caller's.
    ///
    /// # Errors
    /// `InvalidParameter` if that is no name.
    pub fn of_name(scope: &Scope<'_>, name: &str) -> Result<Self, Fault> {
        if !is_topic_name(name) {
            return Err(error::invalid_parameter("Topic Name"));
        }
        let account = scope.account();
        Ok(Self { text: format!("arn:aws:sns:{}:{account}:{name}", scope.region), account })
    }
}

/// The topic's ARN in a subscription's.
///
/// # Errors
/// `InvalidParameter`
pub fn topic_of_subscription(scope: &Scope<'_>, subscription: &str) -> Result<TopicArn, Fault> {
    let invalid = || error::invalid_parameter("SubscriptionArn");
    let (topic, id) = subscription.rsplit_once(':').ok_or_else(invalid)?;
    let is_id = id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !is_id {
        let elements = subscription.split(':').count();
        return Err(match elements {
            ..6 => error::invalid_because(
                "SubscriptionArn",
                &format!("An ARN must have at least 6 elements, not {elements}"),
            ),
            _ => invalid(),
        });
    }
    TopicArn::read(scope, topic, "SubscriptionArn")
}

/// "Names must include only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1
/// and 256 characters long."
///
/// <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>
fn is_topic_name(name: &str) -> bool {
    (1..=256).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_digits_underscores_and_hyphens() {
        for good in ["a", "Alerts_2-x", &"x".repeat(256)] {
            assert!(is_topic_name(good), "{good}");
        }
        for bad in ["", "a b", "a.fifo", "a:b", "ä", "a\n", "*", &"x".repeat(257)] {
            assert!(!is_topic_name(bad), "{bad:?}");
        }
    }
}
