//! The objects that data is in, listed and read as the role that the customer gave for it, or with the caller's own
//! credentials: by Amazon S3's own operations, which ask for permissions each time.
//!
//! What the customer has to put right is a `ValidationException` in Amazon S3's words, `User: arn:… is not authorized to
//! perform: s3:GetObject on resource: … (AccessDenied)`. What may pass by itself is [`Error::Internal`].

use std::{borrow::Cow, io::Read};

use bartizan_gate::{Acting, Assumes, Calls, Context, Error, InnerReply};
use bartizan_store::AccountId;
use bartizan_wire::{ErrorReply, Value};
use jiff::Timestamp;

use crate::{data::Location, error, names::Arn, role};

/// What the sessions of the service are called.
const SESSION_NAME: &str = "LookoutMetricsSession";
/// What a detector's failures and refusals say where there is no data to work with.
pub const INSUFFICIENT_DATA: &str =
    "Insufficient amount of data was found at the source location. Check service limits and requirements.";

/// Amazon S3, as a role, which is good for an hour, or with a caller's credentials. Permissions are asked for at each call.
pub struct Source<'a> {
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

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its key.
    pub key: String,
    /// How many bytes it has.
    pub size: u64,
    /// When it was written.
    pub modified: Timestamp,
}

impl<'a> Source<'a> {
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

    /// The objects directly in a folder, in the order of their keys: the files of the past. One more than `at_most` says
    /// that there are more.
    ///
    /// # Errors
    /// `ValidationException` if it may not, or there is no such bucket.
    pub fn directly_in(&self, folder: &Location, at_most: usize) -> Result<Vec<Listed>, Error> {
        // What is deeper comes back as one name for each folder.
        self.list(folder, Some("/"), at_most, |key| folder.holds(key))
    }

    /// The objects in a folder and in all folders below, in the order of their keys: the files of an interval. One more
    /// than `at_most` says that there are more.
    ///
    /// # Errors
    /// `ValidationException` if it may not, or there is no such bucket.
    pub fn under(&self, folder: &Location, at_most: usize) -> Result<Vec<Listed>, Error> {
        // What ends with a slash is how consoles make a folder.
        self.list(folder, None, at_most, |key| !key.ends_with('/'))
    }

    /// The Region that a bucket is in.
    ///
    /// # Errors
    /// `ValidationException` if it may not list the bucket, or there is none.
    pub fn region_of(&self, bucket: &str) -> Result<Option<String>, Error> {
        let head = members(self.call("HeadBucket", vec![("Bucket", bucket)])?.output);
        Ok(head.into_iter().find_map(|(name, value)| match value {
            Value::String(region) if name == "x-amz-bucket-region" => Some(region),
            _ => None,
        }))
    }

    /// An object's bytes.
    ///
    /// # Errors
    /// `ValidationException` if it may not, or there is no such object.
    pub fn read(&self, bucket: &str, key: &str) -> Result<Box<dyn Read + Send>, Error> {
        let input = vec![("Bucket", bucket), ("Key", key)];
        let reply = self.call("GetObject", input)?;
        // An empty object has no bytes to stream.
        Ok(reply.body.unwrap_or_else(|| Box::new(std::io::empty())))
    }

    /// All pages of a list, as far as they are needed.
    fn list(
        &self,
        folder: &Location,
        delimiter: Option<&str>,
        at_most: usize,
        counts: impl Fn(&str) -> bool,
    ) -> Result<Vec<Listed>, Error> {
        let mut found = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let mut input = vec![("Bucket", folder.bucket.as_str()), ("prefix", &folder.prefix)];
            input.extend(delimiter.map(|delimiter| ("delimiter", delimiter)));
            input.extend(token.as_deref().map(|token| ("continuation-token", token)));
            let Page { objects, next } = Page::read(self.call("ListObjectsV2", input)?.output);
            found.extend(objects.into_iter().filter(|object| counts(&object.key)));
            token = next;
            if found.len() > at_most || token.is_none() {
                found.truncate(at_most.saturating_add(1));
                return Ok(found);
            }
        }
    }

    fn call(&self, operation: &'static str, input: Vec<(&'static str, &str)>) -> Result<InnerReply, Error> {
        let members = input.into_iter().map(|(name, value)| (name.into(), Value::String(value.to_owned())));
        self.calls.call(&self.acting, "s3", operation, Value::Structure(members.collect())).map_err(refused)
    }
}

/// A page of a list of objects.
struct Page {
    objects: Vec<Listed>,
    /// What the next page is asked for with.
    next: Option<String>,
}

impl Page {
    fn read(output: Value) -> Self {
        let mut page = Self { objects: Vec::new(), next: None };
        for (name, value) in members(output) {
            match (&*name, value) {
                ("Contents", Value::List(objects)) => page.objects = objects.into_iter().filter_map(object).collect(),
                ("NextContinuationToken", Value::String(token)) => page.next = Some(token),
                _ => {}
            }
        }
        page
    }
}

fn object(value: Value) -> Option<Listed> {
    let (mut key, mut size, mut modified) = (None, None, None);
    for (name, value) in members(value) {
        match (&*name, value) {
            ("Key", Value::String(text)) => key = Some(text),
            ("Size", Value::Integer(bytes)) => size = u64::try_from(bytes).ok(),
            ("LastModified", Value::Timestamp(time)) => modified = Some(time),
            _ => {}
        }
    }
    Some(Listed { key: key?, size: size?, modified: modified? })
}

fn members(value: Value) -> Vec<(Cow<'static, str>, Value)> {
    if let Value::Structure(members) = value { members } else { Vec::new() }
}

/// What keeps the role, or the caller, from the data is the customer's to put right, and so is told.
fn refused(reply: ErrorReply) -> Error {
    if reply.is_of_sender() {
        error::refused(format!("{} ({})", reply.message, reply.code))
    } else {
        Error::Internal(format!("a call to another service failed: {}: {}", reply.code, reply.message))
    }
}
