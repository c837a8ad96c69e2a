use clap::Parser as _;

use super::*;

#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

/// What is printed on standard output and standard error for an input.
fn detect_in(line: &[&str], input: &str) -> (Vec<String>, String) {
    let line = Line::try_parse_from([&["detect"], line].concat()).unwrap_or_else(|error| panic!("{error}"));
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    run(&line.arguments, input.as_bytes(), &mut output, &mut errors).expect("no I/O error");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (text(output).lines().map(str::to_owned).collect(), text(errors))
}

/// Four weeks of hours with a spike at the end.
fn hours() -> String {
    let value = |hour: i64| if hour == 671 { 500 } else { 100 + 5 * (hour % 24) + hour * 7 % 5 };
    (0..672).map(|hour| format!("{},{}\n", 1_700_000_000 + 3600 * hour, value(hour))).collect()
}

fn score(row: &str) -> f64 {
    row.split(',').nth(2).and_then(|score| score.parse().ok()).unwrap_or(f64::NAN)
}

#[test]
fn each_row_is_answered_by_one() {
    for header in ["", "timestamp,value\n", "\u{feff}Time,\"Water flow [l/s]\"\n"] {
        let (rows, errors) = detect_in(&["--interval", "PT1H"], &(header.to_owned() + &hours()));
        assert_eq!((rows.len(), errors.as_str()), (673, ""), "{header}");
        assert_eq!(rows[0], "timestamp,value,anomaly_score,expected,lower,upper");
        assert!(rows[1..672].iter().all(|row| (0.0..0.5).contains(&score(row))));
        assert!(score(&rows[672]) > 0.9 && rows[672].starts_with("1702415600,500,"), "{}", rows[672]);
        assert!(rows.iter().all(|row| row.split(',').count() == 6));
    }
}

#[test]
fn novelty_is_the_other_score() {
    let (rows, _) = detect_in(&["--interval", "PT1H", "--score", "novelty"], &hours());
    assert!(score(&rows[672]) >= 0.5, "{}", rows[672]);
}

#[test]
fn a_bad_row_is_told_with_its_line_and_has_no_score() {
    let input = "timestamp,value\n2024-01-01T00:00:00Z,5\nyesterday,6\n2024-01-01T01:00:00Z,many\n\n2024-01-01T02:00:00Z\n\
                 nothing\n2024-01-01T03:00:00Z,7\n";
    let (rows, errors) = detect_in(&["--interval", "PT1H"], input);
    assert_eq!(
        errors,
        "bartizan: line 3: 'yesterday' is no timestamp\n\
         bartizan: line 4: 'many' is no value\n\
         bartizan: line 7: 'nothing' is no timestamp\n"
    );
    assert_eq!(
        rows[1..],
        [
            "2024-01-01T00:00:00Z,5,0.0000,5,4.99987,5.00013",
            "yesterday,6,,,,",
            "2024-01-01T01:00:00Z,many,,,,",
            // A missing value is no error, and no verdict.
            "2024-01-01T02:00:00Z,,,5,4.99987,5.00013",
            "nothing,,,,,",
            "2024-01-01T03:00:00Z,7,0.0000,5,4.99987,5.00013",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn times_are_read_in_many_forms() {
    let at = |seconds: i64, utc_offset| Some(Time::from_seconds(seconds).at_offset(utc_offset));
    for (text, time) in [
        ("2024-03-05T06:07:08Z", at(1_709_618_828, 0)),
        ("2024-03-05 06:07:08", at(1_709_618_828, 0)),
        ("2024-03-05T06:07", at(1_709_618_820, 0)),
        ("2024-03-05T08:07:08+02:00", at(1_709_618_828, 7_200)),
        ("2024-03-05", at(1_709_596_800, 0)),
        ("1709618828", at(1_709_618_828, 0)),
        ("1709618828.0", at(1_709_618_828, 0)),
        ("1709618828000", at(1_709_618_828, 0)),
        ("05.03.2024", None),
        ("2024-02-30", None),
        ("", None),
        ("inf", None),
    ] {
        assert_eq!(read_time(text), time, "{text}");
    }
}

#[test]
fn a_wrong_interval_is_refused() {
    for interval in ["1h", "PT0S", ""] {
        assert!(Line::try_parse_from(["detect", "--interval", interval]).is_err(), "{interval}");
    }
    assert!(Line::try_parse_from(["detect"]).is_err());
}

#[test]
fn any_input_can_be_drawn() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("plot.svg");
    let plot = path.to_str().expect("a path");
    for (name, input, anomalies) in [
        ("hours", hours().as_str(), 1),
        ("nothing", "", 0),
        ("one", "0,5\n", 0),
        ("no values", "0,\n3600,nan\n", 0),
        ("huge", "0,1e300\n3600,-1e300\n1e15,1\n", 0),
    ] {
        detect_in(&["--interval", "PT1H", "--plot", plot], input);
        let drawn = fs::read_to_string(&path).expect("a plot");
        let document = roxmltree::Document::parse(&drawn).unwrap_or_else(|error| panic!("{name}: {error}"));
        let tooltips = document.descendants().filter(|node| node.has_tag_name("title")).count();
        assert_eq!(tooltips, anomalies, "{name}");
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{name}");
    }
}

/// Counts how often what was written was pushed on.
#[derive(Default)]
struct Flushed {
    rows: usize,
    flushes: usize,
}

impl Write for Flushed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rows += bytes.iter().filter(|&&byte| byte == b'\n').count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushes += 1;
        Ok(())
    }
}

#[test]
fn each_row_is_flushed_at_once() {
    let line = Line::try_parse_from(["detect", "--interval", "PT1H"]).expect("arguments");
    let mut output = Flushed::default();
    run(&line.arguments, hours().as_bytes(), &mut output, io::sink()).expect("no I/O error");
    assert_eq!((output.rows, output.flushes), (673, 673));
}
