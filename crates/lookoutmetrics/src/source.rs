//! The objects that data is in, listed and read as the role that the customer gave for it, or with the caller's own
//! credentials: by Amazon S3's own operations, which ask for permissions each time.

use std::{borrow::Cow, io::Read};

use bartizan_gate::{Calls, Context, Error, InnerReply};
use bartizan_wire::Value;
use jiff::Timestamp;

use crate::{
    data::Location,
    names::Arn,
    session::{Session, WorksFor},
};

/// What a detector's failures and refusals say where there is no data to work with.
pub const INSUFFICIENT_DATA: &str =
    "Insufficient amount of data was found at the source location. Check service limits and requirements.";

/// The same where no timestamp of a file can be read.
pub const FOREIGN_TIMESTAMPS: &str =
    "Timestamp Column values inside file provided in S3 path do not match provided timestamp format.";
/// How many files of the past there may be.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
pub const MAX_HISTORICAL_FILES: usize = 3_000;

/// Amazon S3, as a role or with a caller's credentials.
pub struct Source<'a>(Session<'a>);

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
        Ok(Self(Session::open(calls, role, works_for)?))
    }

    /// Goes on with the credentials of whoever has called this operation.
    pub fn of_caller(cx: &'a Context<'_>) -> Self {
        Self(Session::of_caller(cx))
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
        self.0.call("s3", operation, input)
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
