//! The errors of the API, in AWS's words.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html> and the page of each operation.

use bartizan_gate::Fault;
use bartizan_wire::Faults;

/// What a request names is not there.
pub fn no_such_entity(message: impl Into<String>) -> Fault {
    Fault::new("NoSuchEntity", 404, message)
}

/// There is no such user, group, role or instance profile: `kind` is how AWS calls it in a sentence, such as `user`.
pub fn not_found(kind: &str, name: &str) -> Fault {
    no_such_entity(format!("The {kind} with name {name} cannot be found."))
}

/// The name is taken: `kind` begins the sentence, such as `User`.
pub fn entity_already_exists(kind: &str, name: &str) -> Fault {
    already_exists(format!("{kind} with name {name} already exists."))
}

/// The name is taken, where AWS words it in another way than [`entity_already_exists`].
pub fn already_exists(message: impl Into<String>) -> Fault {
    Fault::new("EntityAlreadyExists", 409, message)
}

/// Something still hangs on what was to be deleted: `first` is what must be done before, such as
/// `detach all policies`.
pub fn delete_conflict(first: &str) -> Fault {
    conflict(format!("Cannot delete entity, must {first} first."))
}

/// What was to be deleted cannot be, where AWS words it in another way than [`delete_conflict`].
pub fn conflict(message: impl Into<String>) -> Fault {
    Fault::new("DeleteConflict", 409, message)
}

/// A limit that AWS words in another way than [`quota_exceeded`].
pub fn limit_exceeded(message: impl Into<String>) -> Fault {
    Fault::new("LimitExceeded", 409, message)
}

/// One more would be too many: `quota` is AWS's name for it, such as `AccessKeysPerUser`.
pub fn quota_exceeded(quota: &str, limit: usize) -> Fault {
    limit_exceeded(format!("Cannot exceed quota for {quota}: {limit}"))
}

/// The text is no policy, or none that may be stored here.
pub fn malformed_policy_document(message: impl Into<String>) -> Fault {
    Fault::new("MalformedPolicyDocument", 400, message)
}

/// The input satisfies the model and still makes no sense.
pub fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", 400, message)
}

/// Only the service that made the role may change it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html>
pub fn unmodifiable(message: impl Into<String>) -> Fault {
    Fault::new("UnmodifiableEntity", 400, message)
}

/// The input does not satisfy the model, in the words of whoever found it.
pub fn validation(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", 400, message)
}

/// The input does not satisfy the model.
pub fn invalid(faults: &Faults) -> Fault {
    validation(faults.to_string())
}
