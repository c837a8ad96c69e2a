//! The errors of the API, in AWS's words.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/CommonErrors.html> and the page of each operation.

use bartizan_gate::Fault;
use bartizan_wire::Faults;

/// The caller's account may not, whatever its policies say.
pub fn access_denied() -> Fault {
    Fault::new("AccessDeniedException", 400, "You don't have permissions to access this resource.")
}

/// The caller's account is in no organization.
pub fn not_in_use() -> Fault {
    Fault::new("AWSOrganizationsNotInUseException", 400, "Your account is not a member of an organization.")
}

/// The caller's account is in an organization already.
pub fn already_in_organization() -> Fault {
    Fault::new("AlreadyInOrganizationException", 400, "The AWS account is already a member of an organization.")
}

/// The organization has no such account.
pub fn account_not_found() -> Fault {
    Fault::new("AccountNotFoundException", 400, "You specified an account that doesn't exist.")
}

/// There was no such request to create an account.
pub fn create_account_status_not_found() -> Fault {
    Fault::new(
        "CreateAccountStatusNotFoundException",
        400,
        "You specified a create account request that doesn't exist.",
    )
}

/// The organization has no such account or organizational unit.
pub fn child_not_found() -> Fault {
    Fault::new("ChildNotFoundException", 400, "You specified a child that doesn't exist.")
}

/// The organization has nothing of this id that could have tags.
pub fn target_not_found() -> Fault {
    Fault::new("TargetNotFoundException", 400, "You specified a target that doesn't exist.")
}

/// One more would be too many.
pub fn constraint_violation(reason: &str, message: &str) -> Fault {
    Fault::new("ConstraintViolationException", 400, message).with("Reason", reason)
}

/// The input makes no sense, for one of the reasons that the model names.
pub fn invalid_input(reason: &str, message: &str) -> Fault {
    Fault::new("InvalidInputException", 400, message).with("Reason", reason)
}

/// What an unsatisfied constraint begins with, and the reason and sentence that Organizations has for it.
const REASONS: &[(&str, &str, &str)] = &[
    ("Member must not be null", "INPUT_REQUIRED", "You must include a value for all required parameters."),
    (
        "Member must have length less",
        "MAX_LENGTH_EXCEEDED",
        "You provided a string parameter that is longer than allowed.",
    ),
    (
        "Member must have length greater",
        "MIN_LENGTH_EXCEEDED",
        "You provided a string parameter that is shorter than allowed.",
    ),
    (
        "Member must have value less",
        "MAX_VALUE_EXCEEDED",
        "You provided a numeric parameter that has a larger value than allowed.",
    ),
    (
        "Member must have value greater",
        "MIN_VALUE_EXCEEDED",
        "You provided a numeric parameter that has a smaller value than allowed.",
    ),
    (
        "Member must satisfy regular",
        "INVALID_PATTERN",
        "You provided a value that does not match the required pattern.",
    ),
    ("Member must satisfy enum", "INVALID_ENUM", "You specified an invalid value."),
];

/// The input does not satisfy the model. Organizations tells the first thing that is wrong.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html>, `InvalidInputException`
pub fn invalid(faults: &Faults) -> Fault {
    let constraint = faults.iter().next().map(|fault| fault.constraint.as_str()).unwrap_or_default();
    let (_, reason, message) = REASONS.iter().find(|(beginning, ..)| constraint.starts_with(beginning)).unwrap_or(&(
        "",
        "INVALID_LIST_MEMBER",
        "You provided a list to a parameter that contains at least one invalid value.",
    ));
    invalid_input(reason, message)
}
