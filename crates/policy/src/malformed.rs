//! What is wrong with a policy document, in AWS's words, and where.

use std::fmt;

/// A document outside the grammar. AWS answers `MalformedPolicyDocument`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// AWS's wording.
    pub message: String,
    /// What exactly is wrong, in our words: AWS's are often one sentence for many mistakes.
    pub detail: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
    /// Where it is in the document: `$.Statement[0].Action`.
    pub path: String,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Malformed { message, detail, line, column, path } = self;
        write!(f, "{message} ({detail}: line {line}, column {column}, {path})")
    }
}

impl std::error::Error for Malformed {}

/// A place in a text, as people count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The place of a byte of a text.
    pub fn of(text: &str, offset: usize) -> Position {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).map_or(0, |rest| rest.chars().count()) + 1,
        }
    }
}

/// A mistake on its way up from where it was found: each level it passes adds its step to the path.
#[derive(Debug)]
pub(crate) struct Fault {
    /// AWS's wording; `None` for a mistake that AWS calls a syntax error.
    message: Option<String>,
    detail: String,
    offset: usize,
    path: String,
}

impl Fault {
    /// A mistake at a byte offset that AWS calls a syntax error.
    pub(crate) fn new(offset: usize, detail: impl Into<String>) -> Fault {
        Fault { message: None, detail: detail.into(), offset, path: String::new() }
    }

    /// Where it is, in bytes.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    /// What exactly is wrong, in our words.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// Where it is in the document, without the `$`.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The same mistake with AWS's wording for it.
    pub(crate) fn message(mut self, message: impl Into<String>) -> Fault {
        self.message = Some(message.into());
        self
    }

    /// The same mistake, seen from the object whose member `key` holds it.
    pub(crate) fn in_member(mut self, key: &str) -> Fault {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let step = match !key.is_empty() && key.chars().all(plain) {
            true => format!(".{key}"),
            false => format!("[{key:?}]"),
        };
        self.path.insert_str(0, &step);
        self
    }

    /// The same mistake, seen from the array whose element `index` holds it.
    pub(crate) fn in_element(mut self, index: usize) -> Fault {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }

    /// The mistake as the caller sees it: `text` is the document, `syntax_error` AWS's wording where
    /// none was given.
    pub(crate) fn seen_in(self, text: &str, syntax_error: &str) -> Malformed {
        let Position { line, column } = Position::of(text, self.offset);
        Malformed {
            message: self.message.unwrap_or_else(|| syntax_error.to_owned()),
            detail: self.detail,
            line,
            column,
            path: format!("${}", self.path),
        }
    }
}
