use std::io::Write as _;

use super::*;

fn csv(delimiter: u8, header: Option<&[&str]>) -> Format {
    let header = header.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let contains_header = header.is_none();
    let kind = Kind::Csv { delimiter, quote: Some(b'"'), contains_header, header };
    Format { kind, gzip: false, charset: UTF_8 }
}

fn json() -> Format {
    Format { kind: Kind::JsonLines, gzip: false, charset: UTF_8 }
}

/// The rows of a text, values joined by `/`, `-` for a value that is not there and `!` for a record that is none.
fn rows(format: &Format, bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut rows = Vec::new();
    let mut each = |row: Option<&Row<'_>>| {
        rows.push(row.map_or("!".to_owned(), |row| {
            row.iter().map(|value| value.as_deref().unwrap_or("-")).collect::<Vec<_>>().join("/")
        }));
        true
    };
    format.read(bytes, &["a", "b"], &mut each).map_err(|error| error.to_string())?;
    Ok(rows)
}

#[test]
fn files_have_rows() {
    for (format, text, expected) in [
        (csv(b',', None), "a,b\n1,2\n3,\n", &["1/2", "3/-"] as &[&str]),
        (csv(b',', None), "\u{feff}b,x,a\r\n1,2,3\r\n", &["3/1"]),
        (csv(b',', None), "a,b\n\"1,\"\"x\"\"\",\"two\nlines\"\n", &["1,\"x\"/two\nlines"]),
        (csv(b',', None), "a,b\n1\n1,2,3\n1,2\n", &["!", "!", "1/2"]),
        (csv(b',', None), "", &[]),
        (csv(b'|', Some(&["a", "b"])), "1|2\n", &["1/2"]),
        (csv(b'\t', None), "a\tb\n1\t2", &["1/2"]),
        (
            json(),
            "{\"a\":1,\"b\":\"x\"}\n\n{\"b\":2.5}\n[1]\n{\"a\":null,\"b\":{}}\n{\"a\":true,\"b\":\"\"}",
            &["1/x", "-/2.5", "!", "-/-", "true/-"],
        ),
        (json(), "nothing\n", &["!"]),
    ] {
        let expected = expected.iter().map(|row| (*row).to_owned()).collect();
        assert_eq!(rows(&format, text.as_bytes()), Ok(expected), "{text:?}");
    }
}

#[test]
fn a_column_that_is_not_there_is_named() {
    assert_eq!(rows(&csv(b',', None), b"a,c\n1,2\n"), Err("The data has no column b.".to_owned()));
    assert_eq!(rows(&csv(b',', Some(&["a"])), b"1\n"), Err("The data has no column b.".to_owned()));
}

#[test]
fn a_quote_symbol_is_no_quote_where_there_is_none() {
    let format = Format {
        kind: Kind::Csv { delimiter: b',', quote: None, contains_header: true, header: None },
        gzip: false,
        charset: UTF_8,
    };
    assert_eq!(rows(&format, b"a,b\n\"1,2\"\n"), Ok(vec!["\"1/2\"".to_owned()]));
}

#[test]
fn compressed_files_are_read_whole() {
    let gzip = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let format = Format { gzip: true, ..csv(b',', None) };
    let two = [gzip("a,b\n1,2\n"), gzip("3,4\n")].concat();
    assert_eq!(rows(&format, &two), Ok(vec!["1/2".to_owned(), "3/4".to_owned()]));
    assert!(rows(&format, two.get(..two.len() - 9).unwrap()).is_err(), "cut off");
    assert!(rows(&format, b"a,b\n1,2\n").is_err(), "not compressed");
}

#[test]
fn character_sets_are_told_apart() {
    for (name, bytes) in [
        (None, "a,b\né,ü\n".as_bytes()),
        (Some("ISO-8859-1"), b"a,b\n\xe9,\xfc\n"),
        (Some("windows-1252"), b"a,b\n\xe9,\xfc\n"),
        (Some("UTF-16LE"), b"a\0,\0b\0\n\0\xe9\0,\0\xfc\0\n\0"),
        (Some("UTF-16BE"), b"\xfe\xff\0a\0,\0b\0\n\0\xe9\0,\0\xfc\0\n"),
    ] {
        let format = Format { charset: charset(name).unwrap(), ..csv(b',', None) };
        assert_eq!(rows(&format, bytes), Ok(vec!["é/ü".to_owned()]), "{name:?}");
    }
    assert_eq!(charset(Some("EBCDIC")), None);
    // A byte that is none of the set's becomes a sign that is in no number.
    assert_eq!(rows(&csv(b',', None), b"a,b\n\xff1,2\n"), Ok(vec!["\u{fffd}1/2".to_owned()]));
}

#[test]
fn a_record_without_end_is_refused() {
    let mut text = b"a,b\n\"".to_vec();
    text.resize(MAX_RECORD + 2 * BUFFER, b'x');
    assert_eq!(
        rows(&csv(b',', None), &text),
        Err("The data cannot be read: a record is longer than 4 MiB.".to_owned())
    );
    assert_eq!(rows(&json(), &text), Err("The data cannot be read: a record is longer than 4 MiB.".to_owned()));
}

#[test]
fn a_sample_shows_names_and_first_records() {
    let texts = |rows: &[&[&str]]| -> Vec<Vec<String>> {
        rows.iter().map(|row| row.iter().map(|text| (*text).to_owned()).collect()).collect()
    };
    let (names, rows) = csv(b',', None).sample(&b"a,b\n1,2\n3,4\n5,6\n"[..], 2).unwrap();
    assert_eq!((vec![names], rows), (texts(&[&["a", "b"]]), texts(&[&["1", "2"], &["3", "4"]])));
    let (names, rows) = csv(b',', Some(&["x", "y"])).sample(&b"1,2\n"[..], 2).unwrap();
    assert_eq!((vec![names], rows), (texts(&[&["x", "y"]]), texts(&[&["1", "2"]])));
    let (names, rows) = json().sample(&b"{\"a\":1,\"b\":null}\n{\"b\":\"x\"}\n"[..], 9).unwrap();
    assert_eq!((vec![names], rows), (texts(&[&["a", "b"]]), texts(&[&["1", ""], &["", "x"]])));
}
