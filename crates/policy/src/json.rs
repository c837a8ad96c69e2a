//! A strict reader of JSON (RFC 8259) that keeps what policies need: the order of members, where each
//! value stands, and numbers as they are written. Duplicate keys are refused: AWS refuses them, and
//! which of two values would count is nobody's to guess.
//!
//! RFC: <https://www.rfc-editor.org/rfc/rfc8259>.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use crate::malformed::Fault;

/// No policy is nested deeper than a handful of levels; the limit keeps the stack safe.
const MAX_DEPTH: usize = 32;

/// So many members are compared one by one: that is quicker than to hash them.
const FEW: usize = 16;

/// A value and where it stands in the text, in bytes.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    pub(crate) span: Range<usize>,
    pub(crate) value: Value<'a>,
}

/// Its texts are the document's own wherever these hold no escapes.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<Member<'a>>),
}

/// One `"key": value`.
#[derive(Debug)]
pub(crate) struct Member<'a> {
    pub(crate) key: Cow<'a, str>,
    /// Where the key stands, in bytes.
    pub(crate) at: usize,
    /// Where the key ends, its closing quote included.
    pub(crate) end: usize,
    pub(crate) node: Node<'a>,
}

impl Node<'_> {
    /// Where the value begins, in bytes.
    pub(crate) fn at(&self) -> usize {
        self.span.start
    }

    /// A mistake here.
    pub(crate) fn fault(&self, detail: impl Into<String>) -> Fault {
        Fault::new(self.at(), detail)
    }
}

/// Reads one JSON text.
pub(crate) fn read(text: &str) -> Result<Node<'_>, Fault> {
    let mut reader = Reader { text, at: 0 };
    reader.skip_whitespace();
    let node = reader.value(0)?;
    reader.skip_whitespace();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.fault("something follows the JSON value")),
    }
}

/// The values of those members of an object that have one of the names.
pub(crate) fn members_named<'a>(node: &'a Node<'a>, names: &'static [&str]) -> impl Iterator<Item = &'a Node<'a>> {
    members(node).iter().filter(|member| names.contains(&&*member.key)).map(|member| &member.node)
}

/// The members of an object; of anything else, none.
pub(crate) fn members<'a>(node: &'a Node<'a>) -> &'a [Member<'a>] {
    match &node.value {
        Value::Object(members) => members,
        _ => &[],
    }
}

/// The elements of an array; of anything else, itself.
pub(crate) fn elements<'a>(node: &'a Node<'a>) -> impl Iterator<Item = &'a Node<'a>> {
    match &node.value {
        Value::Array(nodes) => nodes.iter(),
        _ => std::slice::from_ref(node).iter(),
    }
}

/// Writes a JSON string, quotes included.
pub(crate) fn write_string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn fault(&self, detail: impl Into<String>) -> Fault {
        Fault::new(self.at, detail)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes on past `byte` and says whether it was there.
    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, Fault> {
        if depth > MAX_DEPTH {
            return Err(self.fault("the document is nested too deeply"));
        }
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(_) => return Err(self.fault("this is no JSON value")),
            None => return Err(self.fault("the document ends too early")),
        };
        Ok(Node { span: start..self.at, value })
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Fault> {
        match self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            true => {
                self.at += word.len();
                Ok(value)
            }
            false => Err(self.fault("this is no JSON value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'a>, Fault> {
        self.take(b'{');
        let mut members: Vec<Member<'a>> = Vec::new();
        let mut seen = HashSet::new();
        self.skip_whitespace();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip_whitespace();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fault("a member's name in quotes is expected"));
            }
            let key = self.string()?;
            let end = self.at;
            let is_there = match members.len() {
                ..=FEW => members.iter().any(|member| member.key == key),
                _ => {
                    if seen.is_empty() {
                        seen.extend(members.iter().map(|member| member.key.clone()));
                    }
                    !seen.insert(key.clone())
                }
            };
            if is_there {
                return Err(Fault::new(at, format!("the key {key:?} is there twice")).in_member(&key));
            }
            self.skip_whitespace();
            if !self.take(b':') {
                return Err(self.fault("a colon is expected").in_member(&key));
            }
            self.skip_whitespace();
            let node = self.value(depth + 1).map_err(|fault| fault.in_member(&key))?;
            members.push(Member { key, at, end, node });
            self.skip_whitespace();
            if self.take(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.take(b',') {
                return Err(self.fault("a comma or a closing brace is expected"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value<'a>, Fault> {
        self.take(b'[');
        let mut nodes = Vec::new();
        self.skip_whitespace();
        if self.take(b']') {
            return Ok(Value::Array(nodes));
        }
        loop {
            self.skip_whitespace();
            let node = self.value(depth + 1).map_err(|fault| fault.in_element(nodes.len()))?;
            nodes.push(node);
            self.skip_whitespace();
            if self.take(b']') {
                return Ok(Value::Array(nodes));
            }
            if !self.take(b',') {
                return Err(self.fault("a comma or a closing bracket is expected"));
            }
        }
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        self.take(b'"');
        let mut text = Cow::Borrowed("");
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..b' ')).unwrap_or(rest.len());
            // It begins and ends between characters: all others are ASCII.
            let read = self.text.get(self.at..self.at + plain).unwrap_or_default();
            match text.is_empty() {
                true => text = Cow::Borrowed(read),
                false => text.to_mut().push_str(read),
            }
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    let escaped = self.escape()?;
                    text.to_mut().push(escaped);
                }
                Some(_) => return Err(self.fault("a control character stands in a string")),
                None => return Err(self.fault("the document ends within a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        self.at += 1;
        let escaped = match self.peek() {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'u') => {
                self.at += 1;
                return self.unicode_escape().ok_or_else(|| Fault::new(start, "this escape is no character"));
            }
            _ => return Err(Fault::new(start, "this escape is unknown")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// Four hexadecimal digits, or two times four of a surrogate pair.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.four_digits()?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first);
        }
        if !(self.take(b'\\') && self.take(b'u')) {
            return None;
        }
        let second = self.four_digits()?;
        (0xdc00..0xe000).contains(&second).then_some(())?;
        char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }

    fn number(&mut self) -> Result<Value<'a>, Fault> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        Ok(Value::Number(written))
    }

    /// One digit or more.
    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        match self.at > start {
            true => Ok(()),
            false => Err(self.fault("a digit is expected")),
        }
    }
}

#[cfg(test)]
mod tests;
