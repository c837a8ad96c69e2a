//! The errors of the API, in AWS's words.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html> and the page of each operation.

use bartizan_gate::Fault;
use bartizan_wire::Faults;

/// The input satisfies the model and still makes no sense: `what` is a parameter, or a parameter and why.
pub fn invalid_parameter(what: impl AsRef<str>) -> Fault {
    Fault::new("InvalidParameter", 400, format!("Invalid parameter: {}", what.as_ref()))
}

/// A parameter, and why its value is none.
pub fn invalid_because(parameter: &str, reason: &str) -> Fault {
    invalid_parameter(format!("{parameter} Reason: {reason}"))
}

/// A message's attribute is none.
pub fn invalid_parameter_value(message: impl Into<String>) -> Fault {
    Fault::new("ParameterValueInvalid", 400, message)
}

/// There is no such topic.
pub fn topic_not_found() -> Fault {
    Fault::new("NotFound", 404, "Topic does not exist")
}

/// There is no such subscription, or it is not the caller's to see.
pub fn subscription_not_found() -> Fault {
    Fault::new("NotFound", 404, "Subscription does not exist")
}

/// There is nothing of this ARN that could have tags.
pub fn resource_not_found() -> Fault {
    Fault::new("ResourceNotFound", 404, "Resource does not exist")
}

/// No, whatever the policies say.
pub fn not_authorized(message: impl Into<String>) -> Fault {
    Fault::new("AuthorizationError", 403, message)
}

/// The account has as many topics as it may have.
pub fn topic_limit_exceeded() -> Fault {
    Fault::new("TopicLimitExceeded", 403, "The maximum number of topics has been exceeded for this account")
}

/// The account has asked as many endpoints as it may, and they have not answered.
pub fn subscription_limit_exceeded() -> Fault {
    let message = "The maximum number of pending subscriptions has been exceeded for this account";
    Fault::new("SubscriptionLimitExceeded", 403, message)
}

/// The resource would have more tags than it may have.
pub fn tag_limit_exceeded() -> Fault {
    Fault::new("TagLimitExceeded", 400, "Could not complete request: tag quota of per resource exceeded")
}

/// The input does not satisfy the model.
pub fn invalid(faults: &Faults) -> Fault {
    Fault::new("ValidationError", 400, faults.to_string())
}
