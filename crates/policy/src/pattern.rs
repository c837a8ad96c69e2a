//! Wildcards and policy variables.
//!
//! A pattern is kept as bytes: its own text in UTF-8, and between it marks that cannot occur in
//! UTF-8 for wildcards and variables. A literal `*` (written `${*}`, or part of a variable's value)
//! can therefore never be taken for a wildcard.
//!
//! AWS pages: "IAM policy elements: Variables and tags",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>; "Using
//! wildcards in resource ARNs",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards>.

use std::borrow::Cow;
use std::fmt;

use crate::truth::Truth;
use crate::{Context, Values, Version};

/// Any characters, none included.
const ANY: u8 = 0xff;
/// One character.
const ONE: u8 = 0xfe;
/// Any characters but a colon, none included.
const ANY_IN_SEGMENT: u8 = 0xfd;
/// One character but a colon.
const ONE_IN_SEGMENT: u8 = 0xfc;
/// The value of the next variable.
const VARIABLE: u8 = 0xfb;

/// A character that no document writes.
const NOBODY: u8 = 2;

/// What the characters of a pattern mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `*` and `?` are themselves.
    Literal,
    /// `*` and `?` are wildcards for any characters.
    Wildcards,
    /// As in an ARN: before the fifth colon a wildcard stays within its segment, except that a `*`
    /// that ends its segment may go beyond.
    Arn,
}

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    bytes: Box<[u8]>,
    variables: Box<[Variable]>,
}

/// `${key}` or `${key, 'default'}`.
#[derive(Debug)]
struct Variable {
    /// In ASCII lower case.
    key: Box<str>,
    default: Option<Box<str>>,
    /// Whether it stands before the fifth colon of an ARN: its value must then hold no colon, or it
    /// could push the rest of the ARN into other segments.
    in_segment: bool,
}

impl Pattern {
    /// Compiles a pattern. In documents of version 2008-10-17 `${` is literal text.
    ///
    /// # Errors
    ///
    /// What is wrong with a variable.
    pub(crate) fn parse(text: &str, syntax: Syntax, version: Version) -> Result<Pattern, String> {
        let mut pattern = Builder::new(syntax, text.len());
        let mut rest = text;
        while !rest.is_empty() {
            rest = pattern.plain(rest);
            if version == Version::V2012
                && let Some(variable) = rest.strip_prefix("${")
            {
                let (variable, after) =
                    variable.split_once('}').ok_or_else(|| "a variable lacks its closing brace".to_owned())?;
                pattern.variable(variable)?;
                rest = after;
            } else if let Some(c) = rest.chars().next() {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                pattern.character(c, rest);
            }
        }
        Ok(pattern.finish())
    }

    /// Compiles a pattern with wildcards and without variables.
    pub(crate) fn with_wildcards(text: &str) -> Pattern {
        let mut pattern = Builder::new(Syntax::Wildcards, text.len());
        let mut rest = text;
        while !rest.is_empty() {
            rest = pattern.plain(rest);
            if let Some(c) = rest.chars().next() {
                rest = rest.get(c.len_utf8()..).unwrap_or_default();
                pattern.character(c, rest);
            }
        }
        pattern.finish()
    }

    /// Whether the pattern is `*` alone.
    pub(crate) fn is_any(&self) -> bool {
        matches!(*self.bytes, [ANY])
    }

    /// The bytes to match with: variables replaced by their values.
    pub(crate) fn resolve(&self, context: &dyn Context) -> Resolved<'_> {
        if self.variables.is_empty() {
            return Resolved::Bytes(Cow::Borrowed(&self.bytes));
        }
        let mut resolved = Vec::with_capacity(self.bytes.len() + 32);
        let mut variables = self.variables.iter();
        let mut unknown = false;
        for &byte in &self.bytes {
            let variable = if byte == VARIABLE { variables.next() } else { None };
            match variable.map(|variable| variable.value(context)) {
                None => resolved.push(byte),
                Some(Value::Is(value)) => resolved.extend(value.as_bytes()),
                Some(Value::None) => return Resolved::Valueless,
                Some(Value::Unknown) => {
                    unknown = true;
                    resolved.push(ANY);
                }
            }
        }
        if unknown { Resolved::AtMost(resolved) } else { Resolved::Bytes(Cow::Owned(resolved)) }
    }

    /// Whether `text` matches. A pattern with a variable that has no value matches nothing.
    pub(crate) fn matches(&self, text: &str, context: &dyn Context) -> Truth {
        match self.begins_like(text) {
            true => self.resolve(context).matches(text.as_bytes()),
            false => Truth::No,
        }
    }

    /// Whether all variables have a value.
    pub(crate) fn has_value(&self, context: &dyn Context) -> Truth {
        Truth::all(self.variables.iter().map(|variable| match variable.value(context) {
            Value::Is(_) => Truth::Yes,
            Value::None => Truth::No,
            Value::Unknown => Truth::Unknown,
        }))
    }

    /// The keys of its variables, in ASCII lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|variable| &*variable.key)
    }

    /// What every text that matches begins with: the bytes before the first wildcard or variable; and
    /// whether that, or that and `*`, is all there is to it.
    pub(crate) fn prefix(&self) -> (&[u8], Rest) {
        let length = self.bytes.iter().position(|byte| *byte >= VARIABLE).unwrap_or(self.bytes.len());
        let (prefix, rest) = self.bytes.split_at_checked(length).unwrap_or_default();
        let rest = match rest {
            [] => Rest::Nothing,
            [ANY] => Rest::Anything,
            _ => Rest::Pattern,
        };
        (prefix, rest)
    }

    /// What every text that matches ends with: the bytes behind the last wildcard or variable.
    pub(crate) fn suffix(&self) -> &[u8] {
        let length = self.bytes.iter().rev().position(|byte| *byte >= VARIABLE).unwrap_or(self.bytes.len());
        self.bytes.get(self.bytes.len() - length..).unwrap_or_default()
    }

    /// Whether `text` matches without regard to ASCII case; the pattern must be in lower case and
    /// have no variables.
    pub(crate) fn matches_ignoring_case(&self, text: &str) -> bool {
        matches_by(&self.bytes, text.as_bytes(), |ours, theirs| ours == theirs.to_ascii_lowercase())
    }

    /// Whether every text that matches `other` matches this one too; `false` where that cannot be told,
    /// as with variables, or would take long, as with patterns of more than 256 bytes or 8 stars. Each `?`
    /// of the other may be any character, each `*` nothing or more than this pattern has room for without
    /// a `*` of its own.
    pub(crate) fn covers(&self, other: &Pattern) -> bool {
        const LONG: usize = 256;
        const STARS: usize = 8;
        let is_long = |pattern: &Pattern| pattern.bytes.len() > LONG || pattern.stars() > STARS;
        let covers_with = |star: usize| {
            let mut text = Vec::with_capacity(other.bytes.len() + star);
            for &byte in &other.bytes {
                match byte {
                    ANY | ANY_IN_SEGMENT => text.resize(text.len() + star, NOBODY),
                    ONE | ONE_IN_SEGMENT => text.push(NOBODY),
                    _ => text.push(byte),
                }
            }
            matches(&self.bytes, &text)
        };
        self.variables.is_empty()
            && other.variables.is_empty()
            && (self.is_any() || !is_long(self) && !is_long(other))
            && covers_with(0)
            && (other.stars() == 0 || self.stars() > 0 && covers_with(self.bytes.len() + 1))
    }

    /// Whether it has a wildcard.
    pub(crate) fn is_wild(&self) -> bool {
        self.bytes.iter().any(|byte| *byte > VARIABLE)
    }

    fn stars(&self) -> usize {
        self.bytes.iter().filter(|byte| matches!(**byte, ANY | ANY_IN_SEGMENT)).count()
    }

    /// A quick look at the first byte, before variables are looked up.
    fn begins_like(&self, text: &str) -> bool {
        match self.bytes.first() {
            Some(first) if *first < VARIABLE => text.as_bytes().first() == Some(first),
            _ => true,
        }
    }
}

/// As policies write it, but that a literal `*`, `?` or `$` stands for itself.
impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut variables = self.variables.iter();
        for piece in self.bytes.chunk_by(|one, other| *one < VARIABLE && *other < VARIABLE) {
            match *piece {
                [ANY | ANY_IN_SEGMENT] => f.write_str("*")?,
                [ONE | ONE_IN_SEGMENT] => f.write_str("?")?,
                [VARIABLE] => {
                    let Some(Variable { key, default, .. }) = variables.next() else { continue };
                    match default {
                        Some(default) => write!(f, "${{{key}, '{default}'}}")?,
                        None => write!(f, "${{{key}}}")?,
                    }
                }
                _ => f.write_str(&String::from_utf8_lossy(piece))?,
            }
        }
        Ok(())
    }
}

/// The keys of the variables in a text that is a pattern of version 2012-10-17, as it writes them.
pub(crate) fn written_keys(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once("${")?;
            let (variable, after) = after.split_once('}')?;
            rest = after;
            if !matches!(variable, "*" | "?" | "$") {
                return Some(variable.split_once(',').map_or(variable, |(key, _)| key));
            }
        }
    })
}

/// What follows the literal beginning of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Nothing: only that text matches.
    Nothing,
    /// `*`: every text that begins so matches.
    Anything,
    /// More of a pattern.
    Pattern,
}

/// A pattern whose variables have been looked up.
#[derive(Debug)]
pub(crate) enum Resolved<'a> {
    /// Its bytes.
    Bytes(Cow<'a, [u8]>),
    /// A variable has no value: the pattern matches nothing.
    Valueless,
    /// Variables are unknown: a text that matches these bytes may match, no other can.
    AtMost(Vec<u8>),
}

impl Resolved<'_> {
    /// Whether a text, which is UTF-8, matches.
    pub(crate) fn matches(&self, text: &[u8]) -> Truth {
        match self {
            Resolved::Bytes(pattern) => matches(pattern, text).into(),
            Resolved::Valueless => Truth::No,
            Resolved::AtMost(pattern) if matches(pattern, text) => Truth::Unknown,
            Resolved::AtMost(_) => Truth::No,
        }
    }
}

/// What a variable stands for.
enum Value<'a> {
    Is(Cow<'a, str>),
    None,
    Unknown,
}

impl Variable {
    /// The key's single value, or else the default.
    fn value<'a>(&'a self, context: &'a dyn Context) -> Value<'a> {
        let value = match context.values(&self.key) {
            Values::Unknown => return Value::Unknown,
            Values::One(value) => value,
            Values::Listed([value]) => Cow::Borrowed(value.as_str()),
            // "You can't use a multivalued condition key as a variable."
            Values::Listed([_, _, ..]) => return Value::None,
            Values::Absent | Values::Listed([]) => match &self.default {
                Some(default) => Cow::Borrowed(&**default),
                None => return Value::None,
            },
        };
        if self.in_segment && value.contains(':') { Value::None } else { Value::Is(value) }
    }
}

/// A pattern under construction.
struct Builder {
    syntax: Syntax,
    colons: usize,
    bytes: Vec<u8>,
    variables: Vec<Variable>,
}

impl Builder {
    fn new(syntax: Syntax, length: usize) -> Builder {
        Builder { syntax, colons: 0, bytes: Vec::with_capacity(length), variables: Vec::new() }
    }

    fn finish(self) -> Pattern {
        Pattern { bytes: self.bytes.into(), variables: self.variables.into() }
    }

    /// Whether wildcards and variables must stay within one segment of an ARN.
    fn in_segment(&self) -> bool {
        self.syntax == Syntax::Arn && self.colons < 5
    }

    /// Takes what stands before the next character that may mean something, and gives the rest.
    fn plain<'a>(&mut self, text: &'a str) -> &'a str {
        let special = text.bytes().position(|byte| matches!(byte, b'*' | b'?' | b'$' | b':')).unwrap_or(text.len());
        let (plain, rest) = text.split_at_checked(special).unwrap_or_default();
        self.bytes.extend_from_slice(plain.as_bytes());
        rest
    }

    /// One character, `rest` being what follows it.
    fn character(&mut self, c: char, rest: &str) {
        let ends_segment = rest.is_empty() || rest.starts_with(':');
        match (c, self.syntax) {
            ('*' | '?', Syntax::Literal) => self.literal(c),
            ('*', _) if self.in_segment() && !ends_segment => self.bytes.push(ANY_IN_SEGMENT),
            // Two stars are one, and a pattern of stars alone is `*`.
            ('*', _) if self.bytes.last() == Some(&ANY) => {}
            ('*', _) => self.bytes.push(ANY),
            ('?', _) if self.in_segment() => self.bytes.push(ONE_IN_SEGMENT),
            ('?', _) => self.bytes.push(ONE),
            _ => {
                self.colons += usize::from(c == ':');
                self.literal(c);
            }
        }
    }

    fn literal(&mut self, c: char) {
        let mut utf8 = [0; 4];
        self.bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }

    /// What stands between `${` and `}`.
    fn variable(&mut self, text: &str) -> Result<(), String> {
        if let "*" | "?" | "$" = text {
            self.bytes.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let (key, default) = match text.split_once(',') {
            None => (text, None),
            Some((key, default)) => {
                let quoted = default.trim_start_matches(' ');
                let value = quoted.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
                (key, Some(value.ok_or_else(|| format!("the default of ${{{text}}} lacks a quote"))?))
            }
        };
        if key.is_empty() {
            return Err("a variable is empty".to_owned());
        }
        if key.chars().any(|c| c.is_whitespace() || matches!(c, '$' | '{' | '*' | '?' | '\'')) {
            return Err(format!("${{{text}}} is no variable"));
        }
        self.bytes.push(VARIABLE);
        self.variables.push(Variable {
            key: key.to_ascii_lowercase().into(),
            default: default.map(Into::into),
            in_segment: self.in_segment(),
        });
        Ok(())
    }
}

/// A text that matches the resolved bytes of a pattern and that nothing else is likely to match; and
/// whether there are others. `None` where the bytes are no text.
pub(crate) fn example(pattern: &[u8]) -> (Option<String>, bool) {
    let is_wildcard = |byte: &&u8| **byte >= VARIABLE;
    let example: Vec<u8> = pattern.iter().map(|byte| if is_wildcard(&byte) { NOBODY } else { *byte }).collect();
    (String::from_utf8(example).ok(), pattern.iter().any(|byte| is_wildcard(&byte)))
}

/// Whether `text`, which is UTF-8, matches the resolved bytes of a pattern.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    matches_by(pattern, text, |ours, theirs| ours == theirs)
}

/// Greedy matching that goes back to the last star only: once the text up to a star is matched at its
/// earliest, no other match of it leaves more for the rest. A star within a segment ends at the
/// colon, so that what lies before the last unbounded star never needs another try either. At most
/// (length of pattern) × (length of text) steps for each unbounded star's segment, never exponential.
fn matches_by(pattern: &[u8], text: &[u8], equal: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut any: Option<Star> = None;
    let mut any_in_segment: Option<Star> = None;
    loop {
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(&ANY), _) => {
                p += 1;
                any = Some(Star { p, t });
                any_in_segment = None;
                continue;
            }
            (Some(&ANY_IN_SEGMENT), _) => {
                p += 1;
                any_in_segment = Some(Star { p, t });
                continue;
            }
            // The pattern asks for more and nothing is left: a longer star leaves even less.
            (Some(_), None) => return false,
            (Some(&ours), Some(&theirs)) => {
                let advance = match ours {
                    ONE => width(theirs),
                    ONE_IN_SEGMENT if theirs != b':' => width(theirs),
                    _ if equal(ours, theirs) => 1,
                    _ => 0,
                };
                if advance > 0 {
                    p += 1;
                    t += advance;
                    continue;
                }
            }
            (None, Some(_)) if any.as_ref().is_some_and(|star| star.p == p) => return true,
            (None, Some(_)) => {}
        }
        let next = |star: &Star| text.get(star.t).map(|&byte| (byte, star.t + width(byte)));
        if let Some(star) = &mut any_in_segment
            && let Some((byte, t_next)) = next(star)
            && byte != b':'
        {
            star.t = t_next;
            (p, t) = (star.p, star.t);
        } else if let Some(star) = &mut any
            && let Some((_, t_next)) = next(star)
        {
            star.t = t_next;
            (p, t) = (star.p, star.t);
            any_in_segment = None;
        } else {
            return false;
        }
    }
}

/// Where matching goes on after a star: the pattern behind it, the text it has not yet swallowed.
struct Star {
    p: usize,
    t: usize,
}

/// The length of a UTF-8 character by its first byte.
fn width(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests;
