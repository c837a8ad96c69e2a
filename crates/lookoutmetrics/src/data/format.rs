//! From a file's bytes to rows: CSV or JSON lines, compressed or not, in any character set of the web.

use std::{
    borrow::Cow,
    cell::Cell,
    fmt,
    io::{self, BufRead as _, BufReader, Read},
    rc::Rc,
};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};
use flate2::read::MultiGzDecoder;

/// The longest that one record may be, in bytes. A quote that is never closed would otherwise fill the memory.
const MAX_RECORD: usize = 4 * 1024 * 1024;
/// How much of a file is in memory at once.
const BUFFER: usize = 64 * 1024;

/// How a file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    pub(crate) kind: Kind,
    pub(crate) gzip: bool,
    pub(crate) charset: &'static Encoding,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Csv {
        delimiter: u8,
        quote: Option<u8>,
        /// Whether the first line has the columns' names.
        contains_header: bool,
        /// The columns' names, where no line has them.
        header: Option<Vec<String>>,
    },
    JsonLines,
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// Its bytes do not come, or are not compressed as they should be.
    Io(io::Error),
    /// It has no such column.
    NoColumn(String),
}

/// A record's values, in the order of the columns asked for; `None` where there is none.
pub type Row<'a> = [Option<Cow<'a, str>>];

impl Format {
    /// Reads a file: `each` is given the wanted columns of every record, `None` for a record that is none, and says
    /// whether to go on.
    ///
    /// # Errors
    /// If the bytes do not come, or a column is not there.
    pub fn read(
        &self,
        from: impl Read,
        columns: &[&str],
        each: &mut dyn FnMut(Option<&Row<'_>>) -> bool,
    ) -> Result<(), Unreadable> {
        let since = Rc::new(Cell::new(0));
        let text = self.text(from, &since);
        match &self.kind {
            Kind::Csv { delimiter, quote, contains_header, header } => {
                let mut reader = csv_reader(*delimiter, *quote, text);
                let header = if *contains_header { None } else { header.as_deref() };
                read_csv(&mut reader, header, columns, &since, each)
            }
            Kind::JsonLines => read_json(BufReader::with_capacity(BUFFER, text), columns, &since, each),
        }
    }

    /// The names of a file's columns, and its first records as they are written.
    ///
    /// # Errors
    /// If the bytes do not come.
    pub fn sample(&self, from: impl Read, rows: usize) -> Result<(Vec<String>, Vec<Vec<String>>), Unreadable> {
        let since = Rc::new(Cell::new(0));
        let text = self.text(from, &since);
        match &self.kind {
            Kind::Csv { delimiter, quote, contains_header, header } => {
                let mut records = csv_reader(*delimiter, *quote, text).into_records();
                let mut next = || -> Result<Option<Vec<String>>, Unreadable> {
                    let record = records.next().transpose().map_err(io::Error::from)?;
                    Ok(record.map(|record| record.iter().map(str::to_owned).collect()))
                };
                let mut names = header.clone().unwrap_or_default();
                if *contains_header {
                    names = next()?.unwrap_or_default();
                }
                let mut found = Vec::new();
                while found.len() < rows
                    && let Some(record) = next()?
                {
                    found.push(record);
                }
                Ok((names, found))
            }
            Kind::JsonLines => {
                let mut names: Vec<String> = Vec::new();
                let mut found = Vec::new();
                let mut lines = BufReader::new(text).lines();
                while found.len() < rows
                    && let Some(line) = lines.next().transpose()?
                {
                    let Ok(record) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&line) else {
                        continue;
                    };
                    if names.is_empty() {
                        names = record.keys().cloned().collect();
                    }
                    let values = names.iter().map(|name| record.get(name).and_then(shown).unwrap_or_default());
                    found.push(values.map(Cow::into_owned).collect());
                }
                Ok((names, found))
            }
        }
    }

    /// The file's text in UTF-8. What is not of its character set is replaced, and so is no number and no date.
    fn text<'a>(&self, from: impl Read + 'a, since: &Rc<Cell<usize>>) -> Box<dyn Read + 'a> {
        let plain: Box<dyn Read + 'a> = if self.gzip { Box::new(MultiGzDecoder::new(from)) } else { Box::new(from) };
        let guarded = Guarded { from: plain, since: Rc::clone(since) };
        Box::new(Decoded::new(guarded, self.charset))
    }
}

fn csv_reader<R: Read>(delimiter: u8, quote: Option<u8>, text: R) -> csv::Reader<R> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).buffer_capacity(BUFFER);
    match quote {
        Some(quote) => builder.quote(quote),
        None => builder.quoting(false),
    };
    builder.from_reader(text)
}

fn read_csv(
    reader: &mut csv::Reader<impl Read>,
    header: Option<&[String]>,
    columns: &[&str],
    since: &Cell<usize>,
    each: &mut dyn FnMut(Option<&Row<'_>>) -> bool,
) -> Result<(), Unreadable> {
    let mut record = csv::ByteRecord::new();
    let contained;
    let names: Vec<&str> = match header {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => {
            if !reader.read_byte_record(&mut record).map_err(io::Error::from)? {
                return Ok(());
            }
            contained = record.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect::<Vec<_>>();
            contained.iter().map(String::as_str).collect()
        }
    };
    let positions = columns
        .iter()
        .map(|column| {
            let position = names.iter().position(|name| name == column);
            position.ok_or_else(|| Unreadable::NoColumn((*column).to_owned()))
        })
        .collect::<Result<Vec<usize>, _>>()?;
    while reader.read_byte_record(&mut record).map_err(io::Error::from)? {
        since.set(0);
        let values = positions.iter().map(|position| record.get(*position).filter(|value| !value.is_empty()));
        let row: Vec<Option<Cow<'_, str>>> = values.map(|value| value.map(String::from_utf8_lossy)).collect();
        // A record of another number of values has them at other places.
        let is_whole = record.len() == names.len();
        if !each(is_whole.then_some(&*row)) {
            break;
        }
    }
    Ok(())
}

fn read_json(
    mut reader: impl io::BufRead,
    columns: &[&str],
    since: &Cell<usize>,
    each: &mut dyn FnMut(Option<&Row<'_>>) -> bool,
) -> Result<(), Unreadable> {
    let mut line = Vec::new();
    loop {
        line.clear();
        since.set(0);
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let record: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(&line).ok();
        let row: Option<Vec<_>> =
            record.as_ref().map(|record| columns.iter().map(|column| record.get(*column).and_then(shown)).collect());
        if !each(row.as_deref()) {
            return Ok(());
        }
    }
}

/// A JSON value as a record's; `None` if there is none, or it has a structure of its own.
fn shown(value: &serde_json::Value) -> Option<Cow<'_, str>> {
    match value {
        serde_json::Value::String(text) if text.is_empty() => None,
        serde_json::Value::String(text) => Some(Cow::Borrowed(text)),
        serde_json::Value::Number(number) => Some(Cow::Owned(number.to_string())),
        serde_json::Value::Bool(value) => Some(Cow::Borrowed(if *value { "true" } else { "false" })),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => None,
    }
}

/// Bytes, until too many come without a record's end.
struct Guarded<R> {
    from: R,
    since: Rc<Cell<usize>>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.since.set(self.since.get() + read);
        if self.since.get() > MAX_RECORD {
            return Err(io::Error::other("a record is longer than 4 MiB"));
        }
        Ok(read)
    }
}

/// Text of any character set as UTF-8, without a byte order mark.
struct Decoded<R> {
    from: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    text: Vec<u8>,
    text_at: usize,
    text_end: usize,
    is_over: bool,
}

impl<R: Read> Decoded<R> {
    fn new(from: R, charset: &'static Encoding) -> Self {
        let decoder = charset.new_decoder_with_bom_removal();
        let (raw, text) = (vec![0; BUFFER], vec![0; BUFFER]);
        Self { from, decoder, raw, raw_at: 0, raw_end: 0, text, text_at: 0, text_end: 0, is_over: false }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.text_at == self.text_end && !self.is_over {
            if self.raw_at == self.raw_end {
                (self.raw_at, self.raw_end) = (0, self.from.read(&mut self.raw)?);
            }
            let last = self.raw_end == 0;
            let raw = self.raw.get(self.raw_at..self.raw_end).unwrap_or_default();
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, last);
            self.raw_at += read;
            (self.text_at, self.text_end) = (0, written);
            self.is_over = last && result == CoderResult::InputEmpty;
        }
        let text = self.text.get(self.text_at..self.text_end).unwrap_or_default();
        let length = text.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), text.get(..length)) {
            to.copy_from_slice(from);
        }
        self.text_at += length;
        Ok(length)
    }
}

/// The character set of this name; UTF-8 where none is named.
pub(crate) fn charset(name: Option<&str>) -> Option<&'static Encoding> {
    name.map_or(Some(UTF_8), |name| Encoding::for_label(name.as_bytes()))
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "The data cannot be read: {error}."),
            Self::NoColumn(column) => write!(f, "The data has no column {column}."),
        }
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
