//! Listing objects.

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_objects::Listed;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    acl::Owner,
    error, lookup,
    stored::{Stored, modified},
};

/// The most keys and prefixes on a page, and how many there are if the request does not say.
const MAX_KEYS: i32 = 1000;

/// Lists the objects of a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
#[derive(Debug, Shape)]
#[shape(name = "ListObjectsV2Request")]
pub struct ListObjectsV2 {
    #[shape(label)]
    bucket: String,
    #[shape(query = "delimiter")]
    delimiter: Option<String>,
    #[shape(query = "encoding-type")]
    encoding_type: Option<EncodingType>,
    #[shape(query = "max-keys")]
    max_keys: Option<i32>,
    #[shape(query = "prefix")]
    prefix: Option<String>,
    #[shape(query = "continuation-token")]
    continuation_token: Option<String>,
    #[shape(query = "fetch-owner")]
    fetch_owner: Option<bool>,
    #[shape(query = "start-after")]
    start_after: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// A page.
#[derive(Debug, Shape)]
pub struct ListObjectsV2Output {
    is_truncated: Option<bool>,
    contents: Option<Vec<Object>>,
    name: Option<String>,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<i32>,
    common_prefixes: Option<Vec<CommonPrefix>>,
    encoding_type: Option<EncodingType>,
    key_count: Option<i32>,
    continuation_token: Option<String>,
    next_continuation_token: Option<String>,
    start_after: Option<String>,
}

/// Lists the objects of a bucket, the older way.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
#[derive(Debug, Shape)]
#[shape(name = "ListObjectsRequest")]
pub struct ListObjects {
    #[shape(label)]
    bucket: String,
    #[shape(query = "delimiter")]
    delimiter: Option<String>,
    #[shape(query = "encoding-type")]
    encoding_type: Option<EncodingType>,
    #[shape(query = "marker")]
    marker: Option<String>,
    #[shape(query = "max-keys")]
    max_keys: Option<i32>,
    #[shape(query = "prefix")]
    prefix: Option<String>,
    #[shape(header = "x-amz-expected-bucket-owner")]
    expected_bucket_owner: Option<String>,
}

/// A page.
#[derive(Debug, Shape)]
pub struct ListObjectsOutput {
    is_truncated: Option<bool>,
    marker: Option<String>,
    next_marker: Option<String>,
    contents: Option<Vec<Object>>,
    name: Option<String>,
    prefix: Option<String>,
    delimiter: Option<String>,
    max_keys: Option<i32>,
    common_prefixes: Option<Vec<CommonPrefix>>,
    encoding_type: Option<EncodingType>,
}

/// How keys are written, so that any key can be told in XML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum EncodingType {
    #[shape(name = "url")]
    Url,
}

/// An object in a list.
#[derive(Debug, Shape)]
pub struct Object {
    key: Option<String>,
    last_modified: Option<Timestamp>,
    #[shape(name = "ETag")]
    etag: Option<String>,
    checksum_algorithm: Option<Vec<String>>,
    size: Option<i64>,
    storage_class: Option<String>,
    owner: Option<Owner>,
}

/// What several keys begin with.
#[derive(Debug, Shape)]
pub struct CommonPrefix {
    prefix: Option<String>,
}

impl Operation for ListObjectsV2 {
    const ACTION: &'static str = "s3:ListBucket";
    const NAME: &'static str = "ListObjectsV2";
    const EFFECT: Effect = Effect::Read;
    type Output = ListObjectsV2Output;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let asked = (self.prefix.as_deref(), self.delimiter.as_deref(), self.max_keys);
        Ok(to_list(scope, Self::ACTION, &self.bucket, asked).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let list = format!("{} {}", Self::NAME, bucket.id);
        let after = match &self.continuation_token {
            None => self.start_after.clone(),
            Some(token) => Some(
                cx.open_marker(&list, token)
                    .ok_or_else(|| error::invalid_argument("The continuation token provided is incorrect"))?,
            ),
        };
        let max_keys = max_keys(self.max_keys)?;
        let (prefix, delimiter) = (self.prefix.as_deref(), self.delimiter.as_deref());
        let page = Page::of(cx, &bucket.id, prefix, after.as_deref(), delimiter, max_keys)?;
        let next = match (&page.last, page.is_truncated) {
            (Some(last), true) => Some(cx.seal_marker(&list, last)?),
            _ => None,
        };
        let encoding = self.encoding_type;
        let count = page.contents.len() + page.prefixes.len();
        let owners = self.fetch_owner == Some(true);
        Ok(ListObjectsV2Output {
            is_truncated: Some(page.is_truncated),
            name: Some(self.bucket.clone()),
            prefix: Some(encoded(prefix.unwrap_or_default(), encoding)),
            delimiter: delimiter.map(|delimiter| encoded(delimiter, encoding)),
            max_keys: Some(max_keys),
            key_count: i32::try_from(count).ok(),
            encoding_type: encoding,
            continuation_token: self.continuation_token.clone(),
            next_continuation_token: next,
            start_after: self.start_after.as_deref().map(|after| encoded(after, encoding)),
            contents: Some(page.contents.into_iter().map(|object| object.told(encoding, owners)).collect()),
            common_prefixes: Some(prefixes(page.prefixes, encoding)),
        })
    }
}

impl Operation for ListObjects {
    const ACTION: &'static str = "s3:ListBucket";
    const NAME: &'static str = "ListObjects";
    const EFFECT: Effect = Effect::Read;
    type Output = ListObjectsOutput;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let asked = (self.prefix.as_deref(), self.delimiter.as_deref(), self.max_keys);
        Ok(to_list(scope, Self::ACTION, &self.bucket, asked).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let bucket = lookup::bucket(cx, &self.bucket, self.expected_bucket_owner.as_deref())?;
        let max_keys = max_keys(self.max_keys)?;
        let (prefix, delimiter) = (self.prefix.as_deref(), self.delimiter.as_deref());
        let page = Page::of(cx, &bucket.id, prefix, self.marker.as_deref(), delimiter, max_keys)?;
        let encoding = self.encoding_type;
        // Told with a delimiter only: else it is the last key.
        let next = page.last.filter(|_| page.is_truncated && delimiter.is_some());
        Ok(ListObjectsOutput {
            is_truncated: Some(page.is_truncated),
            marker: Some(encoded(self.marker.as_deref().unwrap_or_default(), encoding)),
            next_marker: next.map(|next| encoded(&next, encoding)),
            name: Some(self.bucket.clone()),
            prefix: Some(encoded(prefix.unwrap_or_default(), encoding)),
            delimiter: delimiter.map(|delimiter| encoded(delimiter, encoding)),
            max_keys: Some(max_keys),
            encoding_type: encoding,
            contents: Some(page.contents.into_iter().map(|object| object.told(encoding, true)).collect()),
            common_prefixes: Some(prefixes(page.prefixes, encoding)),
        })
    }
}

/// What must be allowed to list: by what the list is narrowed.
pub fn to_list(
    scope: &Scope<'_>,
    action: &'static str,
    bucket: &str,
    (prefix, delimiter, max_keys): (Option<&str>, Option<&str>, Option<i32>),
) -> Check {
    lookup::on_bucket(scope, action, bucket)
        .key("s3:prefix", prefix)
        .key("s3:delimiter", delimiter)
        .key("s3:max-keys", max_keys.map(|most| most.to_string()))
}

/// How many things a page has.
pub fn max_keys(asked: Option<i32>) -> Result<i32, Error> {
    match asked {
        Some(asked) if asked < 0 => {
            Err(error::invalid_argument("Argument maxKeys must be an integer between 0 and 2147483647").into())
        }
        asked => Ok(asked.unwrap_or(MAX_KEYS).min(MAX_KEYS)),
    }
}

struct Page {
    contents: Vec<Object>,
    prefixes: Vec<String>,
    is_truncated: bool,
    /// The last thing of the page.
    last: Option<String>,
}

impl Page {
    fn of(
        scope: &Scope<'_>,
        bucket_id: &str,
        prefix: Option<&str>,
        after: Option<&str>,
        delimiter: Option<&str>,
        most: i32,
    ) -> Result<Self, Error> {
        let mut page = Self { contents: Vec::new(), prefixes: Vec::new(), is_truncated: false, last: None };
        let most = usize::try_from(most).unwrap_or_default();
        if most == 0 {
            return Ok(page);
        }
        let [prefix, after, delimiter] = [prefix, after, delimiter].map(Option::unwrap_or_default);
        let found = scope.objects()?.list(bucket_id, prefix, after, delimiter, most);
        let found = found.map_err(|error| error::of_objects(error, error::operation_aborted))?;
        page.is_truncated = found.is_truncated;
        for item in found.items {
            match item {
                Listed::Prefix(prefix) => {
                    page.last = Some(prefix.clone());
                    page.prefixes.push(prefix);
                }
                Listed::Object(key, object) => {
                    let stored = Stored::read(&object.head)?;
                    let algorithms: Vec<String> = stored.checksums.into_keys().collect();
                    page.last = Some(key.clone());
                    page.contents.push(Object {
                        key: Some(key),
                        last_modified: modified(object.modified),
                        etag: Some(format!("\"{}\"", object.etag)),
                        checksum_algorithm: (!algorithms.is_empty()).then_some(algorithms),
                        size: i64::try_from(object.size).ok(),
                        storage_class: Some("STANDARD".to_owned()),
                        owner: Some(Owner::of(stored.owner)),
                    });
                }
            }
        }
        Ok(page)
    }
}

impl Object {
    fn told(mut self, encoding: Option<EncodingType>, with_owner: bool) -> Self {
        self.key = self.key.map(|key| encoded(&key, encoding));
        self.owner = self.owner.filter(|_| with_owner);
        self
    }
}

fn prefixes(prefixes: Vec<String>, encoding: Option<EncodingType>) -> Vec<CommonPrefix> {
    prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(encoded(&prefix, encoding)) }).collect()
}

/// A key as it is told: percent-encoded if that is asked for, slashes as they are.
pub fn encoded(text: &str, encoding: Option<EncodingType>) -> String {
    if encoding.is_none() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'*' | b'/' => {
                out.push(char::from(byte))
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
