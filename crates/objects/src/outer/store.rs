//! Requests to another store, each signed with all of its body, and tried again where that may help.

use std::{
    fmt,
    sync::Arc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bartizan_sigv4::{Request as Signable, Rules, sign};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use roxmltree::Document;
use ureq::{
    Agent, Body,
    http::{Request, Response},
    tls::TlsConfig,
};
use zeroize::Zeroizing;

use super::location::Location;
use crate::Error;

/// How long a connection, and then each step forward on it, may take.
const CONNECT: Duration = Duration::from_secs(5);
const STEP: Duration = Duration::from_secs(15);
/// How long to wait before each further attempt. Every request here may be made twice.
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_millis(500)];
/// How many connections wait for the next request.
const IDLE: usize = 32;
/// What stands for itself in a query (RFC 3986, section 2.3). Not every store takes it encoded: it is signed as it is sent.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The longest XML that is read: a thousand uploads that are going on.
const MAX_XML: u64 = 8 * 1024 * 1024;

/// The key that requests are signed with. It holds a secret, so it has no `Debug`.
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Zeroizing<String>,
    /// The session token of temporary credentials.
    pub session_token: Option<Zeroizing<String>>,
}

/// A bucket of another S3-compatible store.
pub struct OuterStore {
    agent: Agent,
    location: Location,
    credentials: Credentials,
}

/// Why a request came to nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// There is no such object.
    Absent,
    /// The store says no: its status, and why.
    Said(u16, String),
    /// It was not there, or not in time, or is no such store.
    Unreached(String),
}

impl OuterStore {
    /// The bucket at `https://HOST[:PORT]/BUCKET[/PREFIX][?region=REGION]`. Nothing is asked of it yet.
    ///
    /// # Errors
    /// If the URL is no such.
    pub fn new(url: &str, credentials: Credentials) -> Result<Self, Error> {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(STEP))
            .timeout_per_write(Some(STEP))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .max_idle_connections(IDLE)
            .max_idle_connections_per_host(IDLE)
            .user_agent(concat!("bartizan/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.into(), location: url.parse()?, credentials })
    }

    /// What all keys begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.location.prefix
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8]) -> Result<(), Refusal> {
        self.ask("PUT", key, "", None, bytes).map(drop)
    }

    /// A part of an object: `length` bytes, from the byte `from` on.
    pub(super) fn get(&self, key: &str, from: u64, length: u64) -> Result<Body, Refusal> {
        let range = format!("bytes={from}-{}", (from + length).saturating_sub(1));
        let answer = self.ask("GET", key, "", Some(&range), &[])?;
        // Whoever knows no ranges would give other bytes.
        match (answer.status().as_u16(), answer.body().content_length()) {
            (206, Some(found)) if found != length => {
                Err(Refusal::Unreached(format!("it answered with {found} bytes where {length} were asked for")))
            }
            (206, _) => Ok(answer.into_body()),
            (status, _) => Err(Refusal::Said(status, "without the range that was asked for".to_owned())),
        }
    }

    /// Deletes an object, if it is there.
    pub(super) fn delete(&self, key: &str) -> Result<(), Refusal> {
        present(self.ask("DELETE", key, "", None, &[]).map(drop))
    }

    /// Begins an upload in parts; its id.
    pub(super) fn begin_upload(&self, key: &str) -> Result<String, Refusal> {
        let xml = self.ask("POST", key, "uploads", None, &[]).and_then(text)?;
        element(&xml, "UploadId")
    }

    /// Sends a part; its entity tag.
    pub(super) fn put_part(&self, key: &str, id: &str, number: usize, bytes: &[u8]) -> Result<String, Refusal> {
        let query = format!("partNumber={number}&uploadId={}", encoded(id));
        let answer = self.ask("PUT", key, &query, None, bytes)?;
        let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok());
        etag.map(str::to_owned).ok_or_else(|| Refusal::Unreached("it gave a part no entity tag".to_owned()))
    }

    /// Makes an object of the parts that have these entity tags, in their order.
    pub(super) fn complete_upload(&self, key: &str, id: &str, etags: &[String]) -> Result<(), Refusal> {
        let mut xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">".to_owned();
        for (index, etag) in etags.iter().enumerate() {
            let etag = etag.replace('&', "&amp;").replace('<', "&lt;");
            xml += &format!("<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>", index + 1);
        }
        xml += "</CompleteMultipartUpload>";
        let query = format!("uploadId={}", encoded(id));
        let answer = self.ask("POST", key, &query, None, xml.as_bytes()).and_then(text)?;
        // The status may have been sent before it was known.
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
        match element(&answer, "CompleteMultipartUploadResult") {
            Ok(_) => Ok(()),
            Err(refusal) => Err(element(&answer, "Code").map_or(refusal, |code| Refusal::Said(200, code))),
        }
    }

    /// Gives an upload up, if it is going on.
    pub(super) fn abort_upload(&self, key: &str, id: &str) -> Result<(), Refusal> {
        present(self.ask("DELETE", key, &format!("uploadId={}", encoded(id)), None, &[]).map(drop))
    }

    /// The uploads that are going on below a prefix, by key and id; and whether there are more.
    pub(super) fn uploads(&self, prefix: &str) -> Result<(Vec<(String, String)>, bool), Refusal> {
        let xml = self.ask("GET", "", &format!("prefix={}&uploads=", encoded(prefix)), None, &[]).and_then(text)?;
        let document = Document::parse(&xml).map_err(|error| Refusal::Unreached(error.to_string()))?;
        let uploads = document.descendants().filter(|node| node.tag_name().name() == "Upload");
        let upload = |node: roxmltree::Node<'_, '_>| {
            let text =
                |name| node.children().find(|child| child.tag_name().name() == name).and_then(|child| child.text());
            Some((text("Key")?.to_owned(), text("UploadId")?.to_owned()))
        };
        Ok((uploads.filter_map(upload).collect(), element(&xml, "IsTruncated").is_ok_and(|text| text == "true")))
    }

    /// Asks, and asks again where that may help.
    fn ask(
        &self,
        method: &str,
        key: &str,
        query: &str,
        range: Option<&str>,
        body: &[u8],
    ) -> Result<Response<Body>, Refusal> {
        let mut pauses = PAUSES.iter();
        loop {
            match self.ask_once(method, key, query, range, body) {
                Err(refusal)
                    if refusal.is_transient()
                        && let Some(pause) = pauses.next() =>
                {
                    thread::sleep(*pause)
                }
                Err(refusal) => {
                    if !matches!(refusal, Refusal::Absent) {
                        tracing::warn!(method, key, %refusal, "the object store does not do what it is asked");
                    }
                    return Err(refusal);
                }
                answer => return answer,
            }
        }
    }

    fn ask_once(
        &self,
        method: &str,
        key: &str,
        query: &str,
        range: Option<&str>,
        body: &[u8],
    ) -> Result<Response<Body>, Refusal> {
        let Location { endpoint, host, bucket, region, .. } = &self.location;
        let mut target = format!("/{bucket}");
        for (separator, part) in [('/', key), ('?', query)] {
            if !part.is_empty() {
                target.push(separator);
                target.push_str(part);
            }
        }
        let mut headers = vec![("host", host.as_bytes())];
        headers.extend(range.map(|range| ("range", range.as_bytes())));
        let credentials = bartizan_sigv4::Credentials {
            access_key_id: &self.credentials.access_key_id,
            secret_access_key: &self.credentials.secret_access_key,
            session_token: self.credentials.session_token.as_ref().map(|token| token.as_str()),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs().cast_signed());
        let signable = Signable { method, target: &target, headers: &headers, body };
        let added = sign(&signable, &credentials, region, &Rules::s3(), now)
            .map_err(|error| Refusal::Unreached(format!("the request cannot be signed: {error}")))?;
        let mut request = Request::builder().method(method).uri(format!("{endpoint}{target}"));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in added {
            request = request.header(name, value);
        }
        let answer = match method {
            "GET" | "DELETE" => request.body(()).map(|request| self.agent.run(request)),
            _ => request.body(body).map(|request| self.agent.run(request)),
        };
        let answer = answer.map_err(|error| Refusal::Unreached(error.to_string()))?;
        let answer = answer.map_err(|error| Refusal::Unreached(error.to_string()))?;
        match answer.status().as_u16() {
            200..=299 => Ok(answer),
            status => {
                let xml = text(answer).unwrap_or_default();
                let said = |name| element(&xml, name).unwrap_or_default();
                match (status, said("Code")) {
                    (404, code) if code != "NoSuchBucket" => Err(Refusal::Absent),
                    (status, code) => Err(Refusal::Said(status, format!("{code} {}", said("Message")))),
                }
            }
        }
    }
}

impl fmt::Display for OuterStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.location.fmt(f)
    }
}

impl Refusal {
    const fn is_transient(&self) -> bool {
        match self {
            Self::Absent => false,
            Self::Said(status, _) => matches!(*status, 408 | 429 | 500..),
            Self::Unreached(_) => true,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("it lacks what it was given"),
            Self::Said(status, code) => write!(f, "it answered {status} {code}"),
            Self::Unreached(why) => f.write_str(why),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Unavailable(format!("the object store: {refusal}"))
    }
}

/// What is not there is as good as deleted.
fn present(done: Result<(), Refusal>) -> Result<(), Refusal> {
    match done {
        Err(Refusal::Absent) => Ok(()),
        done => done,
    }
}

fn text(mut answer: Response<Body>) -> Result<String, Refusal> {
    let text = answer.body_mut().with_config().limit(MAX_XML).read_to_string();
    text.map_err(|error| Refusal::Unreached(error.to_string()))
}

/// The text of the first element of this name.
fn element(xml: &str, name: &str) -> Result<String, Refusal> {
    let document = Document::parse(xml).map_err(|error| Refusal::Unreached(format!("it answered no XML: {error}")))?;
    let found = document.descendants().find(|node| node.tag_name().name() == name);
    let found = found.ok_or_else(|| Refusal::Unreached(format!("its answer has no {name}")))?;
    Ok(found.text().unwrap_or_default().to_owned())
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}
