use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use super::*;

fn head(bytes: &[u8]) -> Head {
    Head::read(bytes).unwrap()
}

fn guess(text: &str) -> Guess {
    Guess::of(&[head(text.as_bytes())]).unwrap()
}

fn csv(text: &str) -> Csv {
    guess(text).csv.unwrap()
}

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn of<T>(guessed: &Guessed<T>) -> (Option<&T>, Confidence) {
    assert_eq!(guessed.message.is_none(), guessed.confidence == Confidence::High);
    (guessed.value.as_ref(), guessed.confidence)
}

#[test]
fn files_are_plain_or_compressed() {
    let (plain, gzip) = (b"a,1\nb,2\n".to_vec(), zipped("a,1\nb,2\n"));
    for (files, is_gzip, confidence) in [
        (vec![&plain], false, Confidence::High),
        (vec![&gzip, &gzip], true, Confidence::High),
        (vec![&gzip, &plain], true, Confidence::Low),
    ] {
        let heads: Vec<Head> = files.into_iter().map(|file| head(file)).collect();
        let guess = Guess::of(&heads).unwrap();
        assert_eq!(of(&guess.gzip), (Some(&is_gzip), confidence));
        assert_eq!(guess.csv.unwrap().delimiter.value, Some(b','));
    }
    assert!(Head::read(&gzip[..gzip.len() / 2]).is_err());
}

#[test]
fn text_is_in_a_character_set() {
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (bytes, name, confidence) in [
        (b"a,1\n".to_vec(), "UTF-8", Confidence::High),
        ("zürich,1\n".into(), "UTF-8", Confidence::High),
        (b"\xef\xbb\xbfa,1\n".to_vec(), "UTF-8", Confidence::High),
        (b"z\xfcrich,1\n".to_vec(), "ISO-8859-1", Confidence::Low),
        (utf_16("\u{feff}zürich,1\n"), "UTF-16LE", Confidence::High),
        (utf_16("zürich,1\n"), "UTF-16LE", Confidence::Low),
        (utf_16("zürich,1\n").chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect(), "UTF-16BE", Confidence::Low),
    ] {
        let guess = Guess::of(&[head(&bytes)]).unwrap();
        assert_eq!(of(&guess.charset), (Some(&name.to_owned()), confidence), "{bytes:?}");
        assert_eq!(guess.csv.unwrap().delimiter.value, Some(b','), "{bytes:?}");
    }
    // A letter that the end of the look cuts in two is none the worse for it.
    let long = format!("a{}", "ü".repeat(HEAD));
    assert_eq!(charset(&[head(long.as_bytes())]).value.as_deref(), Some("UTF-8"));
}

#[test]
fn lines_of_objects_are_json() {
    let guess = guess("{\"at\": \"2021-02-03\", \"views\": 1}\n\n{\"views\": 2, \"at\": \"2021-02-04\"}\n");
    assert_eq!(guess.csv, None);
    let times = ["2021-02-03T00:00:00Z", "2021-02-04T00:00:00Z"];
    assert_eq!(guess.times, [times.map(|time| time.parse::<Timestamp>().unwrap())]);
    for text in ["[1, 2]\n", "{\"a\": 1}\nb\n", "{\n\"a\": 1}\n"] {
        assert!(super::Guess::of(&[head(text.as_bytes())]).unwrap().csv.is_some(), "{text}");
    }
}

#[test]
fn values_are_delimited_by_what_divides_every_record_alike() {
    for (text, delimiter, confidence) in [
        ("a,b\n1,2\n", b',', Confidence::High),
        ("a\tb\n1,5\t2,5\n", b'\t', Confidence::High),
        ("a|b\n1 2|3\n", b'|', Confidence::High),
        ("a b\n1 2\n", b' ', Confidence::High),
        ("time,a\n2021-02-03 04:00:00,2\n", b',', Confidence::High),
        ("a,b\n\"1,2\",3\n", b',', Confidence::High),
        ("a,b\n1,2,3\n", b',', Confidence::Low),
        ("a;b\n1;2\n", b',', Confidence::Low),
        ("a\n1\n", b',', Confidence::Low),
    ] {
        assert_eq!(of(&csv(text).delimiter), (Some(&delimiter), confidence), "{text}");
    }
}

#[test]
fn a_quote_is_around_values() {
    for (text, quote, confidence) in [
        ("a,\"b\"\n", b'"', Confidence::High),
        ("a|'b'\n", b'\'', Confidence::High),
        ("it's,6'\n", b'"', Confidence::Low),
    ] {
        assert_eq!(of(&csv(text).quote), (Some(&quote), confidence), "{text}");
    }
}

#[test]
fn a_header_has_the_names_of_what_is_below() {
    for (text, is_there, confidence) in [
        ("time,views\n2021-02-03,5\n", true, Confidence::High),
        ("time,place\n2021-02-03,it\n", true, Confidence::High),
        ("2021-02-03,it\n2021-02-04,fr\n", false, Confidence::High),
        ("it,5\nfr,6\n", false, Confidence::High),
        ("it,\nfr,6\n", false, Confidence::High),
        ("it,web\nfr,app\n", true, Confidence::Low),
        ("time,views\n", true, Confidence::Low),
    ] {
        let csv = csv(text);
        assert_eq!(of(&csv.contains_header), (Some(&is_there), confidence), "{text}");
        let names: Vec<String> = text.lines().next().unwrap().split(',').map(str::to_owned).collect();
        let expected = if is_there { (Some(&names), confidence) } else { (None, Confidence::None) };
        assert_eq!(of(&csv.header), expected, "{text}");
    }
}

#[test]
fn the_first_column_of_nothing_but_timestamps_tells_the_times() {
    let text = "id,at,until\n20211301,3.2.2021 4:00,2021-02-03\n20211302,4.2.2021 4:05,2021-02-04\n7,,\n";
    let heads = [head(text.as_bytes()), head(b"id,at,until\n1,5.2.2021 4:00,\n")];
    let times = Guess::of(&heads).unwrap().times;
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let expected =
        [vec![time("2021-02-03T04:00:00Z"), time("2021-02-04T04:05:00Z")], vec![time("2021-02-05T04:00:00Z")]];
    assert_eq!(times, expected);
    assert_eq!(guess("a,at\n1,yesterday\n2,2021-02-03\n").times, [[]; 0]);
    for (pattern, text) in TIMESTAMPS.iter().zip(["2021-02-03 04:05:06", "2021-02-03T04:05:06+01:00"]) {
        assert_eq!(pattern_of(std::iter::once(text)), Pattern::read(pattern).ok());
    }
}

#[test]
fn of_nothing_nothing_is_guessed() {
    for text in ["", "\n\n", "  \n"] {
        assert!(Guess::of(&[head(text.as_bytes())]).is_none());
    }
    assert!(Guess::of(&[]).is_none());
    assert!(Guess::of(&[head(b""), head(b"a,1\n")]).is_some());
}

#[test]
fn a_line_that_is_cut_is_not_looked_at() {
    let lines = "2021-02-03,5\n".repeat(HEAD / 13);
    let text = format!("{lines}2021-02-0");
    let csv = csv(&format!("{text}3,5,6\n"));
    assert_eq!(of(&csv.delimiter), (Some(&b','), Confidence::High));
}
