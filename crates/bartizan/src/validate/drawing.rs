//! Findings for people: each with the line that it is about, and a mark below the place.

use std::fmt::Write as _;

use bartizan_policy::{Finding, FindingType, Location};

const RED: &str = "\u{1b}[31m";
const MAGENTA: &str = "\u{1b}[35m";
const YELLOW: &str = "\u{1b}[33m";
const BLUE: &str = "\u{1b}[34m";
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// So much of a long line is shown, in characters, a third of it before the place.
const WIDTH: usize = 100;

/// Draws what was found in a document, and below it how much of what.
pub fn draw(name: &str, text: &str, findings: &[Finding], colour: bool) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut out = String::new();
    for finding in findings {
        draw_one(name, &lines, finding, colour, &mut out);
    }
    let _ = writeln!(out, "{}: {}", printable(name), count(findings));
    out
}

fn draw_one(name: &str, lines: &[&str], finding: &Finding, colour: bool, out: &mut String) {
    let paint = |code: &'static str| if colour { code } else { "" };
    let (word, shade) = match finding.finding_type {
        FindingType::Error => ("error", RED),
        FindingType::SecurityWarning => ("security warning", MAGENTA),
        FindingType::Warning => ("warning", YELLOW),
        FindingType::Suggestion => ("suggestion", BLUE),
    };
    let (shade, bold, plain) = (paint(shade), paint(BOLD), paint(PLAIN));
    let Some((first, others)) = finding.locations.split_first() else { return };
    let (line, column) = (first.start.line, first.start.column);
    let _ =
        writeln!(out, "{bold}{}:{line}:{column}:{plain} {shade}{word}{plain} {}", printable(name), finding.issue_code);
    let _ = writeln!(out, "  {}", printable(&finding.details));
    if let Some(written) = lines.get(line - 1) {
        let (shown, indent, length) = excerpt(written, first);
        let margin = line.to_string();
        let _ = writeln!(out, "  {margin} │ {shown}");
        let _ =
            writeln!(out, "  {:width$} │ {:indent$}{shade}{}{plain}", "", "", "^".repeat(length), width = margin.len());
    }
    let also: Vec<String> =
        others.iter().take(3).map(|place| format!("{}:{}", place.start.line, place.start.column)).collect();
    let more = others.len() - also.len();
    let _ = match (also.is_empty(), more) {
        (true, _) => writeln!(out, "  at {}\n", printable(&first.to_string())),
        (false, 0) => writeln!(out, "  at {}, and {}\n", printable(&first.to_string()), also.join(", ")),
        (false, _) => {
            writeln!(out, "  at {}, {} and {more} more\n", printable(&first.to_string()), also.join(", "))
        }
    };
}

/// The part of a line around a place, how far in the place begins there, and how long it is.
fn excerpt(written: &str, place: &Location) -> (String, usize, usize) {
    let characters: Vec<char> = printable(written.trim_end_matches('\r')).chars().collect();
    let begin = place.start.column - 1;
    let end = if place.end.line == place.start.line { place.end.column - 1 } else { characters.len() };
    let cut = begin.saturating_sub(WIDTH / 3).min(characters.len().saturating_sub(WIDTH));
    // What every line begins with is nobody's to see.
    let blank = characters.iter().take(begin).take_while(|c| **c == ' ').count();
    let from = cut.max(blank);
    let shown: String = characters.iter().skip(from).take(WIDTH).collect();
    let before = if cut > blank { "…" } else { "" };
    let after = if characters.len() > from + WIDTH { "…" } else { "" };
    let indent = begin - from + before.chars().count();
    let room = (from + WIDTH).saturating_sub(begin).max(1);
    (format!("{before}{shown}{after}"), indent, end.saturating_sub(begin).clamp(1, room))
}

/// The text without what could move the cursor of a terminal, character for character.
fn printable(text: &str) -> String {
    let plain = |c: char| match c {
        '\t' => ' ',
        c if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            '\u{fffd}'
        }
        c => c,
    };
    text.chars().map(plain).collect()
}

fn count(findings: &[Finding]) -> String {
    let kinds = [
        (FindingType::Error, "error"),
        (FindingType::SecurityWarning, "security warning"),
        (FindingType::Warning, "warning"),
        (FindingType::Suggestion, "suggestion"),
    ];
    let counted = kinds.into_iter().filter_map(|(kind, word)| {
        match findings.iter().filter(|finding| finding.finding_type == kind).count() {
            0 => None,
            1 => Some(format!("1 {word}")),
            count => Some(format!("{count} {word}s")),
        }
    });
    let counted: Vec<String> = counted.collect();
    if counted.is_empty() { "no findings".to_owned() } else { counted.join(", ") }
}
