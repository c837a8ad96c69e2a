//! The one place where what went wrong becomes what the caller sees.

use bartizan_sigv4::ErrorKind;
use bartizan_wire::{ErrorReply, Malformed, Protocol};

use crate::{BodyFault, Error, Service, authenticate::Unauthenticated, metrics::Outcome};

/// Why a request has no answer, from the door on.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The caller is not known.
    Unauthenticated(Unauthenticated),
    /// The session's kind may not call this operation; AWS's wording.
    Session(&'static str),
    /// The service has no such operation.
    UnknownOperation,
    /// The input cannot be read.
    Malformed(Malformed),
    /// The operation says no.
    Error(Error),
    /// The body is not what its head says.
    Body(BodyFault),
    /// The audit trail has no room, so that the request could not be recorded.
    Unrecordable,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The error that the caller of an operation sees, and what kind of ending it is.
pub(crate) fn reply(refusal: &Refusal, service: &Service, operation: &str) -> (ErrorReply, Outcome) {
    let protocol = service.protocol;
    match refusal {
        Refusal::Unauthenticated(why) => (unauthenticated(why, protocol), Outcome::Unauthenticated),
        Refusal::Session(message) => {
            let (code, status) = access_denied(service);
            (ErrorReply::new(status, code, *message), Outcome::Denied)
        }
        Refusal::UnknownOperation => (unknown_operation(operation, protocol), Outcome::Refused),
        Refusal::Body(fault) => (of_body(*fault), Outcome::Unauthenticated),
        Refusal::Malformed(malformed) => (protocol.malformed(malformed), Outcome::Refused),
        Refusal::Unrecordable => (
            ErrorReply::new(503, "ServiceUnavailable", "The service is unable to handle the request."),
            Outcome::Failed,
        ),
        Refusal::Error(error) => of_error(error, service, operation),
    }
}

/// The error of a call to Lambda, which no service here answers; in the words of its protocol, rest-json.
pub(crate) fn reply_of_lambda(refusal: &Refusal) -> ErrorReply {
    match refusal {
        Refusal::Error(Error::Denied(denial)) => ErrorReply::new(403, "AccessDeniedException", denial.message.clone()),
        Refusal::Unauthenticated(why) => unauthenticated(why, Protocol::RestJson),
        other => {
            tracing::error!(cause = ?other, "internal failure");
            ErrorReply::new(500, "ServiceException", "The Lambda service encountered an internal error.")
        }
    }
}

fn of_error(error: &Error, service: &Service, operation: &str) -> (ErrorReply, Outcome) {
    let protocol = service.protocol;
    match error {
        Error::Service(fault) => (of_fault(fault.clone()), Outcome::Refused),
        Error::Invalid(faults) => match faults.malformed() {
            Some(malformed) => (protocol.malformed(malformed), Outcome::Refused),
            None => (of_fault((service.invalid)(faults)), Outcome::Refused),
        },
        Error::Denied(denial) => {
            let (code, status) = access_denied(service);
            (ErrorReply::new(status, code, denial.message.clone()), Outcome::Denied)
        }
        Error::Body(fault) => (of_body(*fault), Outcome::Refused),
        Error::Unavailable => {
            let message = format!("The operation {operation} is not available in this version of Bartizan.");
            (ErrorReply::new(501, "NotImplemented", message), Outcome::Refused)
        }
        Error::Internal(cause) => {
            tracing::error!(cause, "internal failure");
            let code = match protocol {
                Protocol::Query { .. } if service.name == "sns" => "InternalError",
                Protocol::Query { .. } => "ServiceFailure",
                Protocol::Json { .. } if service.name == "secretsmanager" => "InternalServiceError",
                Protocol::Json { .. } => "ServiceException",
                Protocol::RestJson => "InternalServerException",
                Protocol::RestXml { .. } => "InternalError",
            };
            let message = "The request processing has failed because of an unknown error, exception or failure.";
            (ErrorReply::new(500, code, message), Outcome::Failed)
        }
    }
}

fn of_fault(fault: crate::Fault) -> ErrorReply {
    ErrorReply { status: fault.status, code: fault.code.to_owned(), message: fault.message, members: fault.members }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>, and for SNS the page of each operation
fn access_denied(service: &Service) -> (&'static str, u16) {
    match service.protocol {
        Protocol::Query { .. } if service.name == "sns" => ("AuthorizationError", 403),
        Protocol::Query { .. } => ("AccessDenied", 403),
        Protocol::Json { .. } => ("AccessDeniedException", 400),
        Protocol::RestJson => ("AccessDeniedException", 403),
        Protocol::RestXml { .. } => ("AccessDenied", 403),
    }
}

/// The same failures have names and statuses of each protocol's own: Query says `InvalidClientTokenId` with 403, JSON 1.1
/// `UnrecognizedClientException` with 400, rest-json the latter with 403.
fn unauthenticated(why: &Unauthenticated, protocol: Protocol) -> ErrorReply {
    let json_status = match protocol {
        Protocol::Query { .. } | Protocol::RestJson | Protocol::RestXml { .. } => 403,
        Protocol::Json { .. } => 400,
    };
    if let Protocol::RestXml { .. } = protocol {
        return unauthenticated_in_s3(why);
    }
    let query = matches!(protocol, Protocol::Query { .. });
    let named = |in_query: &str, query_status: u16, in_json: &str, message: String| {
        if query {
            ErrorReply::new(query_status, in_query, message)
        } else {
            ErrorReply::new(json_status, in_json, message)
        }
    };
    match why {
        Unauthenticated::InvalidToken => named(
            "InvalidClientTokenId",
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.".to_owned(),
        ),
        Unauthenticated::ExpiredToken => named(
            "ExpiredToken",
            403,
            "ExpiredTokenException",
            "The security token included in the request is expired".to_owned(),
        ),
        Unauthenticated::Signature(error) => {
            let message = error.to_string();
            match error.kind() {
                ErrorKind::MissingAuthenticationToken => {
                    named("MissingAuthenticationToken", 403, "MissingAuthenticationTokenException", message)
                }
                ErrorKind::IncompleteSignature => {
                    named("IncompleteSignature", 400, "IncompleteSignatureException", message)
                }
                ErrorKind::SignatureDoesNotMatch | ErrorKind::HeadersNotSigned | ErrorKind::PayloadMismatch => {
                    named("SignatureDoesNotMatch", 403, "InvalidSignatureException", message)
                }
                ErrorKind::NotImplemented => ErrorReply::new(501, "NotImplemented", message),
                ErrorKind::RequestExpired => named("RequestExpired", 400, "InvalidSignatureException", message),
            }
        }
    }
}

fn unknown_operation(name: &str, protocol: Protocol) -> ErrorReply {
    match protocol {
        Protocol::Query { version, .. } => {
            ErrorReply::new(400, "InvalidAction", format!("Could not find operation {name} for version {version}"))
        }
        Protocol::Json { .. } => ErrorReply::new(400, "UnknownOperationException", ""),
        Protocol::RestJson => ErrorReply::new(404, "UnknownOperationException", ""),
        Protocol::RestXml { .. } => {
            ErrorReply::new(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        }
    }
}

/// Amazon S3 has names of its own for most of them.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn unauthenticated_in_s3(why: &Unauthenticated) -> ErrorReply {
    let error = match why {
        Unauthenticated::InvalidToken => {
            let message = "The AWS Access Key Id you provided does not exist in our records.";
            return ErrorReply::new(403, "InvalidAccessKeyId", message);
        }
        Unauthenticated::ExpiredToken => {
            return ErrorReply::new(400, "ExpiredToken", "The provided token has expired.");
        }
        Unauthenticated::Signature(error) => error,
    };
    let message = error.to_string();
    match error.kind() {
        ErrorKind::MissingAuthenticationToken => ErrorReply::new(403, "AccessDenied", "Access Denied"),
        ErrorKind::IncompleteSignature => ErrorReply::new(400, "AuthorizationHeaderMalformed", message),
        ErrorKind::SignatureDoesNotMatch => ErrorReply::new(403, "SignatureDoesNotMatch", message),
        ErrorKind::HeadersNotSigned => ErrorReply::new(403, "AccessDenied", message),
        ErrorKind::PayloadMismatch => ErrorReply::new(400, "XAmzContentSHA256Mismatch", message),
        ErrorKind::NotImplemented => ErrorReply::new(501, "NotImplemented", message),
        ErrorKind::RequestExpired => match error {
            bartizan_sigv4::Error::RequestExpired { presigned: true, .. } => {
                ErrorReply::new(403, "AccessDenied", "Request has expired")
            }
            _ => ErrorReply::new(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the server's time is too large.",
            ),
        },
    }
}

fn of_body(fault: BodyFault) -> ErrorReply {
    let (status, code) = match fault {
        BodyFault::Mismatch => (400, "XAmzContentSHA256Mismatch"),
        BodyFault::Signature => (403, "SignatureDoesNotMatch"),
        BodyFault::Incomplete => (400, "IncompleteBody"),
        BodyFault::Slow => (400, "RequestTimeout"),
    };
    ErrorReply::new(status, code, fault.to_string())
}
