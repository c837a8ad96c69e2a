//! The service in other services: as the role that the customer gave for it, or with the caller's own credentials.
//!
//! What the customer has to put right is a `ValidationException` in the other service's words, `User: arn:… is not
//! authorized to perform: s3:GetObject on resource: … (AccessDenied)`. What may pass by itself is [`Error::Internal`].

use bartizan_gate::{Acting, Assumes, Calls, Context, Error, InnerReply};
use bartizan_store::AccountId;
use bartizan_wire::{ErrorReply, Value};

use crate::{error, names::Arn, role};

/// What the sessions of the service are called.
const SESSION_NAME: &str = "LookoutMetricsSession";

/// A session of a role, which is good for an hour, or a caller's credentials. Permissions are asked for at each call.
pub struct Session<'a> {
    calls: &'a dyn Calls,
    acting: Acting,
}

/// On whose behalf data is read.
#[derive(Debug, Clone, Copy)]
pub struct WorksFor<'a> {
    /// The account that the detector is in, or will be.
    pub account: AccountId,
    /// The Region.
    pub region: &'a str,
    /// The detector's ARN, where there is one.
    pub detector: Option<&'a str>,
}

impl<'a> Session<'a> {
    /// Assumes the role.
    ///
    /// # Errors
    /// `ValidationException` if the role may not be assumed.
    pub fn open(calls: &'a dyn Calls, role: &Arn, works_for: &WorksFor<'_>) -> Result<Self, Error> {
        let assumes = Assumes {
            service: role::PRINCIPAL,
            role_arn: role.as_str(),
            session_name: SESSION_NAME,
            source_arn: works_for.detector,
            source_account: works_for.account,
            region: works_for.region,
        };
        Ok(Self { calls, acting: calls.assume(&assumes).map_err(refused)? })
    }

    /// Goes on with the credentials of whoever has called this operation.
    pub fn of_caller(cx: &'a Context<'_>) -> Self {
        Self { calls: cx, acting: cx.forward(role::PRINCIPAL) }
    }

    /// Calls an operation of another service.
    ///
    /// # Errors
    /// `ValidationException` if it may not, or the other service refuses.
    pub fn call(
        &self,
        service: &str,
        operation: &'static str,
        input: Vec<(&'static str, &str)>,
    ) -> Result<InnerReply, Error> {
        let members = input.into_iter().map(|(name, value)| (name.into(), Value::String(value.to_owned())));
        self.calls.call(&self.acting, service, operation, Value::Structure(members.collect())).map_err(refused)
    }
}

/// What keeps the role, or the caller, from the data is the customer's to put right, and so is told.
fn refused(reply: ErrorReply) -> Error {
    if reply.is_of_sender() {
        error::refused(format!("{} ({})", reply.message, reply.code))
    } else {
        Error::Internal(format!("a call to another service failed: {}: {}", reply.code, reply.message))
    }
}
