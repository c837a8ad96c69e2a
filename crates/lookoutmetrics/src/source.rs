//! The objects that data is in, listed and read as the role that the customer gave for it: by Amazon S3's own operations,
//! which ask for that role's permissions each time.

use std::io::Read;

use bartizan_gate::{Assumed, Assumes, Context, Error};
use bartizan_wire::{ErrorReply, Value};

use crate::{data::Location, error, names::Arn, role};

/// What the sessions of the service are called.
const SESSION_NAME: &str = "LookoutMetricsSession";
/// What a detector's failures and refusals say where there is no data to work with.
pub const INSUFFICIENT_DATA: &str =
    "Insufficient amount of data was found at the source location. Check service limits and requirements.";

/// Amazon S3, as a role.
pub struct Source<'a, 'c> {
    cx: &'a Context<'c>,
    role: Assumed,
}

impl<'a, 'c> Source<'a, 'c> {
    /// Assumes the role; `source_arn` is the detector that it is for, where there is one.
    ///
    /// # Errors
    /// `ValidationException` if the role may not be assumed.
    pub fn open(cx: &'a Context<'c>, role: &Arn, source_arn: Option<&str>) -> Result<Self, Error> {
        let assumes = Assumes {
            service: role::PRINCIPAL,
            role_arn: role.as_str(),
            session_name: SESSION_NAME,
            source_arn,
            source_account: cx.account(),
            region: cx.region,
        };
        Ok(Self { cx, role: cx.assume(&assumes).map_err(refused)? })
    }

    /// The keys of a page of objects that begin with the location's prefix, in order: a thousand at most.
    ///
    /// # Errors
    /// `ValidationException` if the role may not, or there is no such bucket.
    pub fn keys(&self, location: &Location) -> Result<Vec<String>, Error> {
        let input = structure([("Bucket", &location.bucket), ("prefix", &location.prefix)]);
        let reply = self.cx.call(&self.role, "s3", "ListObjectsV2", input).map_err(refused)?;
        let Some(Value::List(contents)) = member(reply.output, "Contents") else { return Ok(Vec::new()) };
        let keys = contents.into_iter().filter_map(|object| match member(object, "Key") {
            Some(Value::String(key)) => Some(key),
            _ => None,
        });
        Ok(keys.collect())
    }

    /// An object's bytes.
    ///
    /// # Errors
    /// `ValidationException` if the role may not, or there is no such object.
    pub fn read(&self, bucket: &str, key: &str) -> Result<Box<dyn Read + Send>, Error> {
        let input = structure([("Bucket", bucket), ("Key", key)]);
        let reply = self.cx.call(&self.role, "s3", "GetObject", input).map_err(refused)?;
        // An empty object has no bytes to stream.
        Ok(reply.body.unwrap_or_else(|| Box::new(std::io::empty())))
    }
}

fn structure(members: [(&'static str, &str); 2]) -> Value {
    Value::Structure(members.map(|(name, value)| (name.into(), Value::String(value.to_owned()))).into())
}

fn member(value: Value, name: &str) -> Option<Value> {
    let Value::Structure(members) = value else { return None };
    members.into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

/// What keeps the role from its data is the customer's to put right, and so is told.
fn refused(reply: ErrorReply) -> Error {
    if reply.is_of_sender() {
        error::refused(format!("{} ({})", reply.message, reply.code))
    } else {
        Error::Internal(format!("a call to another service failed: {}: {}", reply.code, reply.message))
    }
}
