//! How the tour looks: plain text in columns, with a little colour where a terminal shows it.

use std::{
    env,
    io::{self, IsTerminal as _, StdoutLock, Write as _},
};

use super::client::{Call, Caller};

/// The longest line of running text.
const WIDTH: usize = 100;

/// Where the text of a chapter stands.
const MARGIN: &str = "  ";

/// Where what belongs to a request stands: under the caller's name.
const UNDER_REQUEST: &str = "           ";

/// The page that is being written.
pub struct Page {
    out: StdoutLock<'static>,
    coloured: bool,
    chapter: usize,
    /// Whether the last line is empty.
    spaced: bool,
}

/// The few ways in which text stands out, as a terminal is told of them.
#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Faint,
    Green,
    Red,
}

impl Page {
    /// A page on standard output.
    pub fn new() -> Self {
        let out = io::stdout().lock();
        // https://no-color.org
        let coloured = out.is_terminal() && env::var_os("NO_COLOR").is_none();
        Self { out, coloured, chapter: 0, spaced: true }
    }

    /// The title of all, and what it is.
    pub fn title(&mut self, title: &str, text: &str) -> io::Result<()> {
        let title = self.paint(Ink::Bold, title);
        self.line(&title)?;
        self.gap()?;
        self.lines("", text)
    }

    /// Begins a chapter: its number, its title and what it is about.
    pub fn chapter(&mut self, title: &str, text: &str) -> io::Result<()> {
        self.chapter += 1;
        let title = self.paint(Ink::Bold, &format!("{}. {title}", self.chapter));
        self.gap()?;
        self.line(&title)?;
        self.then(text)
    }

    /// The number of the chapter that is being written.
    pub const fn chapter_number(&self) -> usize {
        self.chapter
    }

    /// What happens next.
    pub fn then(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        self.lines(MARGIN, text)?;
        self.gap()
    }

    /// Text that is laid out already, such as a JSON document.
    pub fn as_it_is(&mut self, text: &str) -> io::Result<()> {
        self.gap()?;
        for line in text.lines() {
            self.line(&format!("{MARGIN}{MARGIN}{line}"))?;
        }
        self.gap()
    }

    /// A request that was allowed.
    pub fn allowed(&mut self, caller: &Caller, call: &Call) -> io::Result<()> {
        let decision = self.paint(Ink::Green, "allowed");
        self.request(&decision, caller, call)
    }

    /// A request that was refused, and the sentence that says why. The reason gets a line of its own.
    pub fn denied(&mut self, caller: &Caller, call: &Call, sentence: &str) -> io::Result<()> {
        let decision = self.paint(Ink::Red, "denied ");
        self.request(&decision, caller, call)?;
        let reason = sentence.find(" because ").unwrap_or(sentence.len());
        let (what, why) = sentence.split_at_checked(reason).unwrap_or((sentence, ""));
        self.under(Ink::Faint, what)?;
        self.under(Ink::Red, why)
    }

    /// Why the last request was allowed, or what it was answered.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        self.under(Ink::Faint, text)
    }

    fn request(&mut self, decision: &str, caller: &Caller, call: &Call) -> io::Result<()> {
        let request = format!("{:<13}  {:<41}  {}", caller.name, call.action, call.on);
        self.line(&format!("{MARGIN}{decision}  {}", request.trim_end()))
    }

    fn under(&mut self, ink: Ink, text: &str) -> io::Result<()> {
        for line in wrap(text, WIDTH - UNDER_REQUEST.len()) {
            let line = self.paint(ink, &line);
            self.line(&format!("{UNDER_REQUEST}{line}"))?;
        }
        Ok(())
    }

    fn lines(&mut self, margin: &str, text: &str) -> io::Result<()> {
        for line in wrap(text, WIDTH - margin.len()) {
            self.line(&format!("{margin}{line}"))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        self.spaced = false;
        writeln!(self.out, "{line}")
    }

    /// An empty line, unless there is one.
    fn gap(&mut self) -> io::Result<()> {
        if self.spaced {
            return Ok(());
        }
        self.spaced = true;
        writeln!(self.out)
    }

    fn paint(&self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => 1,
            Ink::Faint => 2,
            Ink::Green => 32,
            Ink::Red => 31,
        };
        if self.coloured { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Breaks a text between words into lines of at most `width` characters; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_break_between_words_and_never_within_one() {
        assert_eq!(wrap("", 10), [""; 0]);
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two", 6), ["one", "two"]);
        assert_eq!(wrap("a arn:aws:iam::123456789012:root b", 5), ["a", "arn:aws:iam::123456789012:root", "b"]);
    }
}
