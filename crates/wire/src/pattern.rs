//! The regular expressions of AWS's models.

use std::sync::OnceLock;

use regex::Regex;

/// A pattern of AWS's models: a Java regular expression that a value must match as a whole.
///
/// The classes `\w`, `\d` and `\s` mean ASCII, as they do in Java; `\p{L}` and its like are Unicode.
/// It is compiled when it is first used, once. A pattern that cannot be compiled matches nothing.
///
/// Look-around is not available (matching is linear in the value's length). For the few models that
/// have it, [`Pattern::rewritten`] keeps AWS's text for the message and says the same in two parts.
#[derive(Debug)]
pub struct Pattern {
    source: &'static str,
    like: &'static str,
    unlike: Option<&'static str>,
    compiled: OnceLock<Option<Compiled>>,
}

#[derive(Debug)]
struct Compiled {
    like: Regex,
    unlike: Option<Regex>,
}

impl Pattern {
    /// The pattern as the model has it.
    pub const fn new(source: &'static str) -> Self {
        Self { source, like: source, unlike: None, compiled: OnceLock::new() }
    }

    /// A pattern whose model has look-around: `source` is shown, the value must match `like` as a
    /// whole, and `unlike` must match nowhere in it.
    pub const fn rewritten(source: &'static str, like: &'static str, unlike: Option<&'static str>) -> Self {
        Self { source, like, unlike, compiled: OnceLock::new() }
    }

    /// The pattern as the model has it.
    pub const fn source(&self) -> &'static str {
        self.source
    }

    /// Whether the whole of `text` matches.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled.get_or_init(|| self.compile().ok()).as_ref().is_some_and(|compiled| {
            compiled.like.is_match(text) && !compiled.unlike.as_ref().is_some_and(|unlike| unlike.is_match(text))
        })
    }

    /// Compiles the pattern, for the test that all patterns can be.
    ///
    /// # Errors
    /// The pattern uses what cannot be matched in linear time, or is not well-formed.
    pub fn check(&self) -> Result<(), regex::Error> {
        self.compile().map(drop)
    }

    fn compile(&self) -> Result<Compiled, regex::Error> {
        Ok(Compiled {
            like: Regex::new(&format!(r"\A(?:{})\z", translate(self.like)))?,
            unlike: self.unlike.map(|unlike| Regex::new(&translate(unlike))).transpose()?,
        })
    }
}

/// Java's `\s`, and what its `.` does not match.
const SPACE: &str = r" \t\n\x0B\f\r";
const LINE_END: &str = r"\n\r\u{85}\u{2028}\u{2029}";

/// Rewrites a Java regular expression in the notation of the `regex` crate.
fn translate(java: &str) -> String {
    let mut rust = String::with_capacity(java.len() * 2);
    let mut rest = java.chars();
    let mut in_class = 0_usize;
    let mut last = None;
    while let Some(letter) = rest.next() {
        let doubled = last.replace(letter) == Some(letter);
        match letter {
            '\\' => escape(&mut rest, &mut rust),
            '[' => {
                in_class += 1;
                rust.push('[');
            }
            ']' => {
                in_class = in_class.saturating_sub(1);
                rust.push(']');
            }
            '.' if in_class == 0 => rust.extend(["[^", LINE_END, "]"]),
            // Doubled, these two would be set operators in a class.
            '-' | '~' if in_class > 0 && doubled => rust.extend(['\\', letter]),
            _ => rust.push(letter),
        }
    }
    rust
}

/// Rewrites what follows a backslash.
fn escape(rest: &mut std::str::Chars<'_>, rust: &mut String) {
    match rest.next() {
        Some('w') => rust.push_str("[0-9A-Z_a-z]"),
        Some('W') => rust.push_str("[^0-9A-Z_a-z]"),
        Some('d') => rust.push_str("[0-9]"),
        Some('D') => rust.push_str("[^0-9]"),
        Some('s') => rust.extend(["[", SPACE, "]"]),
        Some('S') => rust.extend(["[^", SPACE, "]"]),
        Some('u') => match code_point(rest) {
            Some(code_point) => rust.push_str(&format!(r"\u{{{code_point:X}}}")),
            // Not four digits: the pattern is faulty, and must fail to compile.
            None => rust.push_str(r"\u"),
        },
        Some(other) => rust.extend(['\\', other]),
        None => rust.push('\\'),
    }
}

/// The code point of a `\uXXXX` whose `\u` has been read; a surrogate pair of two such is one point.
fn code_point(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    let unit = |rest: &mut std::str::Chars<'_>| {
        let digits = rest.as_str().get(..4)?;
        let unit = u32::from_str_radix(digits, 16).ok()?;
        *rest = rest.as_str().get(4..)?.chars();
        Some(unit)
    };
    let high = unit(rest)?;
    if !(0xD800..0xDC00).contains(&high) {
        return Some(high);
    }
    let mut ahead = rest.as_str().strip_prefix(r"\u")?.chars();
    let low = unit(&mut ahead).filter(|low| (0xDC00..0xE000).contains(low))?;
    *rest = ahead;
    Some(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
}

#[cfg(test)]
mod tests;
