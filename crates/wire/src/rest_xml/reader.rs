//! From a request to the operation that it is for, and to that operation's input.

use jiff::fmt::rfc2822::DateTimeParser;
use roxmltree::{Document, Node, ParsingOptions};

use super::malformed_xml;
use crate::{Location, Malformed, Member, Schema, Value, percent, query::Parameter, rest::Route};

/// More elements than the longest list of parts can have.
const MAX_NODES: u32 = 1_000_000;
/// No model nests deeper.
const MAX_DEPTH: usize = 16;

/// Headers that are no members of an input: the signature's, the SDK's own, and those about the body's form. Checksums
/// are members where a body is streamed; one that is read whole has the signed SHA-256.
const ENVELOPE: [&str; 14] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-request-payer",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-te",
    "x-amz-trailer",
    "x-amz-user-agent",
];

/// The members that a path holds, by wire name, decoded.
pub type Labels = Vec<(&'static str, String)>;

/// A request but for its method.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The path as it was sent.
    pub path: &'a str,
    /// The query string's parameters, decoded, those of the signature included.
    pub parameters: &'a [Parameter<'a>],
    /// The header lines.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl Request<'_> {
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_ref())
    }

    /// The one value of a header. Of a presigned request it may be a parameter of that name.
    fn header(&self, name: &str) -> Result<Option<&str>, Malformed> {
        let lines = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let lines = lines.map(|(_, value)| str::from_utf8(value).ok());
        let hoisted = self.parameters.iter().filter(|(given, _)| is_x_amz(name) && given.eq_ignore_ascii_case(name));
        let mut values = lines.chain(hoisted.map(|(_, value)| Some(value.as_ref())));
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(Some(value)), None) => Ok(Some(value.trim())),
            _ => Err(Malformed::coded("InvalidRequest", format!("The header {name} must be given once, in UTF-8."))),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.parameter(name).is_some() || self.header(name).is_ok_and(|value| value.is_some())
    }

    /// All `x-amz-` headers by name in lower case, and parameters that stand for one.
    fn amazon_headers(&self) -> impl Iterator<Item = (String, Option<&str>)> {
        let lines = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), str::from_utf8(value).ok()));
        let hoisted = self.parameters.iter().map(|(name, value)| (name.to_ascii_lowercase(), Some(value.as_ref())));
        lines.chain(hoisted).filter(|(name, _)| is_x_amz(name))
    }
}

fn is_x_amz(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
}

/// Whether the request is for the operation of this route: its labels, and how many things tell it from others. Of
/// several routes the one that most things tell is meant.
///
/// A bucket is one segment of the path, a key all that follows it, decoded once.
pub fn matches(route: &Route, method: &str, request: &Request<'_>) -> Option<(Labels, usize)> {
    if method != route.method {
        return None;
    }
    let (uri, fixed) = route.uri.split_once('?').unwrap_or((route.uri, ""));
    let labels = labels(uri, request.path)?;
    let mut told = 0;
    for parameter in fixed.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let given = request.parameter(name)?;
        if !value.is_empty() && given != value {
            return None;
        }
        told += 1;
    }
    if !route.needs.iter().all(|name| request.has(name)) {
        return None;
    }
    Some((labels, told + route.needs.len()))
}

fn labels(uri: &str, path: &str) -> Option<Labels> {
    let text = |text: &str| percent::decode(text).filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned);
    let path = path.strip_prefix('/')?;
    match uri {
        "/" => path.is_empty().then(Vec::new),
        "/{Bucket}" => Some(vec![(
            "Bucket",
            text(path.strip_suffix('/').unwrap_or(path))
                .filter(|_| !path.trim_end_matches('/').contains('/') && !path.ends_with("//"))?,
        )]),
        "/{Bucket}/{Key+}" => {
            let (bucket, key) = path.split_once('/')?;
            Some(vec![("Bucket", text(bucket)?), ("Key", text(key)?)])
        }
        fixed => (fixed.strip_prefix('/') == Some(path)).then(Vec::new),
    }
}

/// The input of an operation: each member from where its schema says.
///
/// # Errors
/// What cannot be read; and an `x-amz-` header that the operation does not know, whose meaning would be lost.
pub fn decode(schema: &Schema, labels: &Labels, request: &Request<'_>, body: &[u8]) -> Result<Value, Malformed> {
    let Schema::Structure { members, .. } = schema else { return Ok(Value::empty()) };
    known_only(members, request)?;
    let mut input = Vec::with_capacity(members.len());
    for member in members {
        let value = match member.location {
            Location::Label => {
                labels.iter().find(|(name, _)| *name == member.wire_name).map(|(_, text)| Value::Text(text.clone()))
            }
            Location::Query => query(member, request)?,
            Location::Header => request.header(member.wire_name)?.map(|text| scalar(member, text)).transpose()?,
            Location::Headers => prefixed(member.wire_name, request)?,
            Location::Payload => payload(member, body)?,
            Location::Body | Location::Attribute => None,
        };
        if let Some(value) = value {
            input.push((member.wire_name.to_owned(), value));
        }
    }
    Ok(Value::Map(input))
}

/// Whoever sends a header means something by it: encryption, a lock. What is not understood is not done without it.
fn known_only(members: &[Member], request: &Request<'_>) -> Result<(), Malformed> {
    let known = |name: &str| {
        ENVELOPE.contains(&name)
            || members.iter().any(|member| match member.location {
                Location::Header => member.wire_name.eq_ignore_ascii_case(name),
                Location::Headers => name.starts_with(member.wire_name),
                _ => false,
            })
    };
    let of_signature =
        ["x-amz-algorithm", "x-amz-credential", "x-amz-expires", "x-amz-signature", "x-amz-signedheaders"];
    match request.amazon_headers().find(|(name, _)| !known(name) && !of_signature.contains(&name.as_str())) {
        None => Ok(()),
        Some((name, _)) => Err(Malformed::coded(
            "NotImplemented",
            format!("A header you provided implies functionality that is not implemented: {name}"),
        )),
    }
}

fn query(member: &Member, request: &Request<'_>) -> Result<Option<Value>, Malformed> {
    let mut given = request.parameters.iter().filter(|(name, _)| name == member.wire_name);
    let first = given.next();
    if given.next().is_some() {
        return Err(Malformed::new(format!("The parameter {} is given more than once.", member.wire_name)));
    }
    first.map(|(_, text)| scalar(member, text)).transpose()
}

/// Text that converts to what the member is. Dates in headers have HTTP's own form.
fn scalar(member: &Member, text: &str) -> Result<Value, Malformed> {
    match member.schema {
        Schema::Timestamp if text.contains(',') => DateTimeParser::new()
            .parse_timestamp(text)
            .map(Value::Timestamp)
            .map_err(|_| Malformed::new(format!("{} is no date.", member.wire_name))),
        Schema::List { .. } => {
            Ok(Value::List(text.split(',').map(|item| Value::Text(item.trim().to_owned())).collect()))
        }
        _ => Ok(Value::Text(text.to_owned())),
    }
}

fn prefixed(prefix: &str, request: &Request<'_>) -> Result<Option<Value>, Malformed> {
    let mut entries: Vec<(String, Value)> = Vec::new();
    for (name, value) in request.amazon_headers() {
        let Some(key) = name.strip_prefix(prefix) else { continue };
        let value = value.ok_or_else(|| Malformed::new(format!("The header {name} is not UTF-8.")))?.trim();
        match entries.iter_mut().find(|(given, _)| given == key) {
            // Several lines of one name are one value.
            Some((_, Value::Text(text))) => {
                text.push(',');
                text.push_str(value);
            }
            _ => entries.push((key.to_owned(), Value::Text(value.to_owned()))),
        }
    }
    Ok((!entries.is_empty()).then_some(Value::Map(entries)))
}

fn payload(member: &Member, body: &[u8]) -> Result<Option<Value>, Malformed> {
    if body.is_empty() {
        return Ok(None);
    }
    match member.schema {
        Schema::Blob(_) => Ok(None),
        Schema::String { .. } => {
            let text = str::from_utf8(body).map_err(|_| Malformed::new("The body is not UTF-8."))?;
            Ok(Some(Value::Text(text.to_owned())))
        }
        _ => {
            let text = str::from_utf8(body).map_err(|_| malformed_xml())?;
            if is_too_deep(text) {
                return Err(malformed_xml());
            }
            let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
            let document = Document::parse_with_options(text, options).map_err(|_| malformed_xml())?;
            let root = document.root_element();
            if root.tag_name().name() != member.wire_name {
                return Err(malformed_xml());
            }
            element(&member.schema, root).map(Some)
        }
    }
}

/// Whether elements are open at once in a number that no model has. Counted before parsing, for the parser recurses.
fn is_too_deep(text: &str) -> bool {
    let mut depth = 0usize;
    for part in text.split('<').skip(1) {
        if part.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if !part.starts_with(['?', '!']) && !part.split('>').next().is_some_and(|tag| tag.ends_with('/')) {
            depth += 1;
        }
        if depth > MAX_DEPTH {
            return true;
        }
    }
    false
}

fn element(schema: &Schema, node: Node<'_, '_>) -> Result<Value, Malformed> {
    let Schema::Structure { members, .. } = schema else {
        if node.children().any(|child| child.is_element()) {
            return Err(malformed_xml());
        }
        let text: String = node.children().filter_map(|child| child.text()).collect();
        return Ok(Value::Text(text));
    };
    let mut found = Vec::new();
    for member in members {
        let name = member.wire_name.rsplit(':').next().unwrap_or(member.wire_name);
        if member.location == Location::Attribute {
            let attribute = node.attributes().find(|attribute| attribute.name() == name);
            found.extend(attribute.map(|text| (member.wire_name.to_owned(), Value::Text(text.value().to_owned()))));
            continue;
        }
        let mut nodes =
            node.children().filter(|child| child.is_element() && child.tag_name().name() == name).peekable();
        if nodes.peek().is_none() {
            continue;
        }
        let value = match &member.schema {
            Schema::List { member: of, .. } if member.item.is_empty() => {
                Value::List(nodes.map(|node| element(of, node)).collect::<Result<_, _>>()?)
            }
            schema => {
                let node = nodes.next().filter(|_| nodes.peek().is_none()).ok_or_else(malformed_xml)?;
                match schema {
                    Schema::List { member: of, .. } => {
                        let items = node.children().filter(|child| child.is_element());
                        let item = |node: Node<'_, '_>| match node.tag_name().name() == member.item {
                            true => element(of, node),
                            false => Err(malformed_xml()),
                        };
                        Value::List(items.map(item).collect::<Result<_, _>>()?)
                    }
                    schema => element(schema, node)?,
                }
            }
        };
        found.push((member.wire_name.to_owned(), value));
    }
    Ok(Value::Map(found))
}
