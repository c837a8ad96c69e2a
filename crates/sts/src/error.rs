//! The errors of the API, in AWS's words.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html> and the page of each operation.

use bartizan_gate::Fault;
use bartizan_wire::Faults;

/// No, whatever the policies say.
pub fn access_denied(message: impl Into<String>) -> Fault {
    Fault::new("AccessDenied", 403, message)
}

/// No, in the words of a denial.
pub fn not_authorized(caller_arn: &str, action: &str, resource: &str) -> Fault {
    access_denied(format!("User: {caller_arn} is not authorized to perform: {action} on resource: {resource}"))
}

/// The operation wants the long-term credentials of a user or of the root user.
pub fn session_credentials(operation: &str) -> Fault {
    access_denied(format!("Cannot call {operation} with session credentials"))
}

/// The input satisfies the model and still makes no sense.
pub fn invalid_parameter_value(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", 400, message)
}

/// The session policy is no policy.
pub fn malformed_policy_document(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocument", 400, message)
}

/// Session policies and tags do not fit together.
pub fn packed_policy_too_large(message: impl Into<String>) -> Fault {
    Fault::new("PackedPolicyTooLarge", 400, message)
}

/// The encoded message is not one that this installation made for the caller's account.
pub fn invalid_authorization_message() -> Fault {
    Fault::new("InvalidAuthorizationMessageException", 400, "Message is not valid")
}

/// The input does not satisfy the model, in the words of whoever found it.
pub fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, message)
}

/// The input does not satisfy the model.
pub fn invalid(faults: &Faults) -> Fault {
    validation(faults.to_string())
}
