//! From the beginning of files to how they are written. What nothing speaks against is a guess of high confidence; what is
//! only likelier than the rest is one of low confidence.

use std::io::{self, Cursor, Read};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use jiff::{Timestamp, tz::TimeZone};

use super::Confidence;
use crate::data::Pattern;

/// How much of a file is looked at, in bytes as they are before compression.
const HEAD: usize = 256 * 1024;
/// How many of its records are.
const RECORDS: usize = 1_000;
/// With these a compressed file begins.
///
/// <https://www.rfc-editor.org/rfc/rfc1952#page-6>
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What can separate values: what is in values rarely before what often is.
const DELIMITERS: [u8; 4] = [b'\t', b'|', b',', b' '];
const QUOTES: [u8; 2] = [b'"', b'\''];
/// The character set of bytes that are no text in Unicode. Every byte is a letter in it.
const ANY_BYTES: &str = "ISO-8859-1";
/// How timestamps are written often.
const TIMESTAMPS: &[&str] = &[
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ssXXX",
    "yyyy-MM-dd'T'HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "yyyy-MM-dd HH:mm:ss.SSS",
    "yyyy-MM-dd HH:mm:ssXXX",
    "yyyy-MM-dd'T'HH:mmXXX",
    "yyyy-MM-dd'T'HH:mm",
    "yyyy-MM-dd HH:mm",
    "yyyy-MM-dd HH",
    "yyyy-MM-dd",
    "yyyy/MM/dd HH:mm:ss",
    "yyyy/MM/dd HH:mm",
    "yyyy/MM/dd",
    "yyyyMMddHHmmss",
    "yyyyMMddHHmm",
    "yyyyMMddHH",
    "yyyyMMdd",
    "M/d/yyyy H:mm:ss",
    "M/d/yyyy H:mm",
    "M/d/yyyy h:mm:ss a",
    "M/d/yyyy h:mm a",
    "M/d/yyyy",
    "d.M.yyyy H:mm:ss",
    "d.M.yyyy H:mm",
    "d.M.yyyy",
];

/// A guess, and how sure it is; why, where it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guessed<T> {
    pub value: Option<T>,
    pub confidence: Confidence,
    pub message: Option<&'static str>,
}

/// The beginning of a file, as it is before compression.
#[derive(Debug)]
pub struct Head {
    gzip: bool,
    bytes: Vec<u8>,
    /// Whether that is all of it.
    is_whole: bool,
}

/// How files are written.
#[derive(Debug, PartialEq, Eq)]
pub struct Guess {
    pub gzip: Guessed<bool>,
    pub charset: Guessed<String>,
    /// Nothing for JSON lines.
    pub csv: Option<Csv>,
    /// The times that each file tells, in the order of its records; as if in UTC, if they have no offset.
    pub times: Vec<Vec<Timestamp>>,
}

/// How delimited records are written.
#[derive(Debug, PartialEq, Eq)]
pub struct Csv {
    pub delimiter: Guessed<u8>,
    pub quote: Guessed<u8>,
    pub contains_header: Guessed<bool>,
    pub header: Guessed<Vec<String>>,
}

/// Records of a file, as rows of values.
type Rows = Vec<Vec<String>>;

impl<T> Guessed<T> {
    pub const fn high(value: T) -> Self {
        Self { value: Some(value), confidence: Confidence::High, message: None }
    }

    pub const fn low(value: T, message: &'static str) -> Self {
        Self { value: Some(value), confidence: Confidence::Low, message: Some(message) }
    }

    pub const fn none(message: &'static str) -> Self {
        Self { value: None, confidence: Confidence::None, message: Some(message) }
    }
}

impl Head {
    /// Reads the beginning of a file.
    ///
    /// # Errors
    /// If its bytes do not come, or are not what compressed ones are.
    pub fn read(mut from: impl Read) -> io::Result<Self> {
        let mut start = Vec::new();
        from.by_ref().take(2).read_to_end(&mut start)?;
        let gzip = start == GZIP;
        let from = Cursor::new(start).chain(from);
        let mut plain: Box<dyn Read + '_> = if gzip { Box::new(MultiGzDecoder::new(from)) } else { Box::new(from) };
        let (mut bytes, mut next) = (Vec::new(), Vec::new());
        plain.by_ref().take(HEAD as u64).read_to_end(&mut bytes)?;
        plain.take(1).read_to_end(&mut next)?;
        Ok(Self { gzip, bytes, is_whole: next.is_empty() })
    }

    /// The text as far as its lines are whole.
    fn text(&self, charset: &'static Encoding) -> String {
        let (text, _) = charset.decode_with_bom_removal(&self.bytes);
        let end = if self.is_whole { Some(text.len()) } else { text.rfind('\n') };
        end.and_then(|end| text.get(..end)).unwrap_or_default().to_owned()
    }
}

impl Guess {
    /// Guesses how files are written that begin so; `None` if there is no record in them.
    pub fn of(heads: &[Head]) -> Option<Self> {
        let charset = charset(heads);
        let encoding = Encoding::for_label(charset.value.as_deref()?.as_bytes())?;
        let texts = heads.iter().map(|head| head.text(encoding)).filter(|text| !text.trim().is_empty());
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() {
            return None;
        }
        let (csv, files) = match texts.iter().map(|text| json_lines(text)).collect::<Option<Vec<_>>>() {
            Some(files) => (None, files),
            None => {
                let (csv, files) = delimited(&texts);
                (Some(csv), files)
            }
        };
        Some(Self { gzip: gzip(heads), charset, csv, times: times(&files) })
    }
}

fn gzip(heads: &[Head]) -> Guessed<bool> {
    let is_first = heads.first().is_some_and(|head| head.gzip);
    if heads.iter().all(|head| head.gzip == is_first) {
        Guessed::high(is_first)
    } else {
        Guessed::low(is_first, "Some of the files are compressed, and others are not.")
    }
}

fn charset(heads: &[Head]) -> Guessed<String> {
    let marked = heads.iter().find_map(|head| Encoding::for_bom(&head.bytes));
    if let Some((charset, _)) = marked {
        return Guessed::high(charset.name().to_owned());
    }
    // Text in UTF-16 has bytes of zero in every other place.
    let zeros = |parity: usize| {
        let all = heads.iter().flat_map(|head| head.bytes.iter().skip(parity).step_by(2));
        all.fold((0_usize, 0_usize), |(zeros, all), byte| (zeros + usize::from(*byte == 0), all + 1))
    };
    for (charset, (zeros, all)) in [(UTF_16BE, zeros(0)), (UTF_16LE, zeros(1))] {
        if zeros * 2 > all {
            return Guessed::low(charset.name().to_owned(), "The data has no byte order mark.");
        }
    }
    // The last letter may be cut.
    let is_utf8 = |head: &Head| match std::str::from_utf8(&head.bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && !head.is_whole,
    };
    if heads.iter().all(is_utf8) {
        Guessed::high(UTF_8.name().to_owned())
    } else {
        Guessed::low(ANY_BYTES.to_owned(), "The data is not UTF-8. It may be in another character set of single bytes.")
    }
}

/// The values of a file's lines, by column, if each line is a JSON object.
fn json_lines(text: &str) -> Option<Rows> {
    let lines = text.lines().filter(|line| !line.trim().is_empty()).take(RECORDS);
    let objects = lines.map(|line| serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(line).ok());
    let objects = objects.collect::<Option<Vec<_>>>()?;
    let columns: Vec<String> = objects.first().map(|object| object.keys().cloned().collect()).unwrap_or_default();
    let value = |object: &serde_json::Map<String, serde_json::Value>, column: &String| match object.get(column) {
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(serde_json::Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    Some(objects.iter().map(|object| columns.iter().map(|column| value(object, column)).collect()).collect())
}

/// How the records are delimited, and the values of each file's.
fn delimited(texts: &[String]) -> (Csv, Vec<Rows>) {
    let quote = quote(texts);
    let symbol = quote.value.unwrap_or(b'"');
    let read = |delimiter: u8| -> Vec<Rows> { texts.iter().map(|text| records(text, delimiter, symbol)).collect() };
    let is_even = |files: &[Rows]| {
        let mut lengths = files.iter().flatten().map(Vec::len);
        lengths.next().is_some_and(|first| first > 1 && lengths.all(|length| length == first))
    };
    let even = DELIMITERS.into_iter().map(|delimiter| (delimiter, read(delimiter))).find(|(_, files)| is_even(files));
    let (delimiter, mut files) = match even {
        Some((delimiter, files)) => (Guessed::high(delimiter), files),
        None => {
            let message = "No delimiter divides all records into the same number of values.";
            (Guessed::low(b',', message), read(b','))
        }
    };
    let contains_header = contains_header(files.first().map(Vec::as_slice).unwrap_or_default());
    let header = match (&contains_header, files.first().and_then(|rows| rows.first())) {
        (Guessed { value: Some(true), confidence, message }, Some(names)) => {
            let names = names.iter().map(|name| name.trim().to_owned()).collect();
            Guessed { value: Some(names), confidence: *confidence, message: *message }
        }
        _ => Guessed::none("The data has no header."),
    };
    if contains_header.value == Some(true) {
        for rows in files.iter_mut().filter(|rows| !rows.is_empty()) {
            rows.remove(0);
        }
    }
    (Csv { delimiter, quote, contains_header, header }, files)
}

fn records(text: &str, delimiter: u8, quote: u8) -> Rows {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter).quote(quote);
    let records = builder.from_reader(text.as_bytes()).into_records().map_while(Result::ok).take(RECORDS);
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

/// A quote is what values begin and end with.
fn quote(texts: &[String]) -> Guessed<u8> {
    let around = |quote: u8| {
        let mut values = texts.iter().flat_map(|text| text.lines().take(RECORDS)).flat_map(|line| {
            let is_delimiter = |letter: char| DELIMITERS.iter().any(|delimiter| char::from(*delimiter) == letter);
            line.split(is_delimiter)
        });
        values
            .any(|value| value.len() > 1 && value.starts_with(char::from(quote)) && value.ends_with(char::from(quote)))
    };
    match QUOTES.into_iter().find(|quote| around(*quote)) {
        Some(quote) => Guessed::high(quote),
        None => Guessed::low(b'"', "No value is in quotes."),
    }
}

/// Names of columns are words, and what is below them is not.
fn contains_header(rows: &[Vec<String>]) -> Guessed<bool> {
    let Some((first, rest)) = rows.split_first() else { return Guessed::none("There are no records.") };
    let is_value = |text: &String| is_number(text) || pattern_of(std::iter::once(text.as_str())).is_some();
    let is_named = first.iter().all(|name| !name.trim().is_empty() && !is_value(name));
    if !is_named {
        Guessed::high(false)
    } else if rest.iter().flatten().any(is_value) {
        Guessed::high(true)
    } else {
        Guessed::low(true, "All of the data is text, as names of columns are.")
    }
}

fn is_number(text: &str) -> bool {
    text.contains(|letter: char| letter.is_ascii_digit()) && text.trim().parse::<f64>().is_ok()
}

/// The times of each file's records, from the first column that has nothing but timestamps of one form.
fn times(files: &[Rows]) -> Vec<Vec<Timestamp>> {
    let width = files.iter().flatten().map(Vec::len).max().unwrap_or_default();
    let values = |rows: &'_ Rows, column: usize| -> Vec<String> {
        rows.iter().filter_map(|row| row.get(column)).map(|text| text.trim().to_owned()).collect()
    };
    for column in 0..width {
        let columns: Vec<Vec<String>> = files.iter().map(|rows| values(rows, column)).collect();
        let texts = columns.iter().flatten().map(String::as_str).filter(|text| !text.is_empty());
        if let Some(pattern) = pattern_of(texts) {
            let time = |text: &String| pattern.parse(text, &TimeZone::UTC);
            return columns.iter().map(|texts| texts.iter().filter_map(time).collect()).collect();
        }
    }
    Vec::new()
}

/// The form that all of these are timestamps of, and there is one.
fn pattern_of<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Option<Pattern> {
    let mut patterns = TIMESTAMPS.iter().filter_map(|pattern| Pattern::read(pattern).ok());
    texts.clone().next()?;
    patterns.find(|pattern| texts.clone().all(|text| pattern.parse(text.trim(), &TimeZone::UTC).is_some()))
}

#[cfg(test)]
#[path = "guess_tests.rs"]
mod tests;
