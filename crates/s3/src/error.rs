//! The errors of the API, in AWS's words.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use bartizan_gate::{Error, Fault};
use bartizan_wire::Faults;

/// The input does not satisfy the model.
pub fn invalid(faults: &Faults) -> Fault {
    // What of a request must be there and is not is a part of its body: the path has the rest.
    if faults.iter().any(|fault| fault.constraint == "Member must not be null") {
        return malformed_xml();
    }
    invalid_argument(faults.to_string())
}

/// A value that makes no sense.
pub fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::new("InvalidArgument", 400, message)
}

/// A request that makes no sense.
pub fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::new("InvalidRequest", 400, message)
}

/// There is no such bucket.
pub fn no_such_bucket(name: &str) -> Fault {
    Fault::new("NoSuchBucket", 404, "The specified bucket does not exist").with("BucketName", name)
}

/// There is no such object.
pub fn no_such_key(key: &str) -> Fault {
    Fault::new("NoSuchKey", 404, "The specified key does not exist.").with("Key", key)
}

/// No, whatever the policies say; or what a caller may not know is not there.
pub fn access_denied() -> Fault {
    Fault::new("AccessDenied", 403, "Access Denied")
}

/// A condition that is not looked at here: without it, the operation is another.
pub fn no_conditions() -> Fault {
    Fault::new("NotImplemented", 501, "A header you provided implies functionality that is not implemented")
}

/// The condition of a header does not hold.
pub fn precondition_failed(condition: &str) -> Fault {
    let message = "At least one of the pre-conditions you specified did not hold";
    Fault::new("PreconditionFailed", 412, message).with("Condition", condition)
}

/// What the caller has is what there is.
pub fn not_modified() -> Fault {
    Fault::new("NotModified", 304, "Not Modified")
}

/// A checksum is not that of what came.
pub fn bad_digest(algorithm: &str) -> Fault {
    Fault::new("BadDigest", 400, format!("The {algorithm} you specified did not match the calculated checksum."))
}

/// The upload is not going on.
pub fn no_such_upload() -> Fault {
    Fault::new(
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
}

/// A part that is named is not there, or another.
pub fn invalid_part() -> Fault {
    Fault::new(
        "InvalidPart",
        400,
        "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified \
         entity tag may not match the part's entity tag.",
    )
}

/// ACLs do not count in the bucket.
pub fn acl_not_supported() -> Fault {
    Fault::new("AccessControlListNotSupported", 400, "The bucket does not allow ACLs")
}

/// The XML is not what the operation takes.
pub fn malformed_xml() -> Fault {
    Fault::new(
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// Something else is being done to the same.
pub fn operation_aborted() -> Fault {
    Fault::new(
        "OperationAborted",
        409,
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    )
}

/// What objects say no with. `unmet` is for what is not as the writer wants it.
pub fn of_objects(error: bartizan_objects::Error, unmet: impl FnOnce() -> Fault) -> Error {
    match error {
        bartizan_objects::Error::Unmet => unmet().into(),
        bartizan_objects::Error::Closed => operation_aborted().into(),
        // Why is in the log already; which store it is, is nobody's business.
        bartizan_objects::Error::Unavailable(_) => {
            Fault::new("ServiceUnavailable", 503, "Service is unable to handle request.").into()
        }
        bartizan_objects::Error::Failed(why) => Error::Internal(why),
    }
}

/// What reading says no with: of a request's body, or of an object.
pub fn of_reading(error: std::io::Error) -> Error {
    match error.downcast() {
        Ok(error) => of_objects(error, operation_aborted),
        Err(error) => error.into(),
    }
}
