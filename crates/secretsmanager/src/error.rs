//! The errors of the API, in AWS's words.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html> and the page of each operation.

use bartizan_gate::Fault;
use bartizan_wire::Faults;

/// The input satisfies the model and still makes no sense.
pub fn invalid_parameter(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", 400, message)
}

/// What is asked for needs what this version does not have.
pub fn not_available(parameter: &str, what: &str) -> Fault {
    invalid_parameter(format!("{parameter} can't be used: {what} not available in this version of Bartizan."))
}

/// What is asked for does not go with how things are.
pub fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequestException", 400, message)
}

/// The secret is there no longer than until its window ends.
pub fn marked_for_deletion() -> Fault {
    invalid_request("You can't perform this operation on the secret because it was marked for deletion.")
}

/// There is no such secret, or nothing of it is asked for that there is.
pub fn not_found(message: impl Into<String>) -> Fault {
    Fault::new("ResourceNotFoundException", 400, message)
}

/// There is no such secret.
pub fn secret_not_found() -> Fault {
    not_found("Secrets Manager can't find the specified secret.")
}

/// There is one of this name, or of this version's id.
pub fn exists(message: impl Into<String>) -> Fault {
    Fault::new("ResourceExistsException", 400, message)
}

/// One more would be too many.
pub fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceededException", 400, message)
}

/// The token is not one that was given for this list.
pub fn invalid_next_token() -> Fault {
    Fault::new("InvalidNextTokenException", 400, "The NextToken value is invalid.")
}

/// The text is no policy, or names somebody who is not there.
pub fn malformed_policy(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocumentException", 400, message)
}

/// The policy lets everybody in, and must not.
pub fn public_policy() -> Fault {
    let message = "You can't use a resource-based policy that allows broad access to the secret.";
    Fault::new("PublicPolicyException", 400, message)
}

/// The caller would lock itself out.
pub fn access_denied(message: impl Into<String>) -> Fault {
    Fault::new("AccessDeniedException", 400, message)
}

/// The input does not satisfy the model.
pub fn invalid(faults: &Faults) -> Fault {
    invalid_value(faults.to_string())
}

/// A name or an ARN is none.
pub fn invalid_name() -> Fault {
    invalid_value(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
}

fn invalid_value(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", 400, message)
}

/// A version of this id says something else.
pub fn in_use(token: &str, arn: &str) -> Fault {
    exists(format!(
        "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
    ))
}
