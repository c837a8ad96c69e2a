//! Where in an input a fault is.

use std::fmt;

/// A place in an input, as AWS writes it: `userName`, `tags.1.member.key`.
///
/// A place is a chain of borrowed links on the stack, so that it costs nothing until it is written.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    parent: Option<&'a Place<'a>>,
    link: Link<'a>,
    secret: bool,
}

#[derive(Debug, Clone, Copy)]
enum Link<'a> {
    Root,
    Member(&'a str),
    Item(usize),
    Entry(&'a str),
}

impl<'a> Place<'a> {
    /// The input as a whole.
    pub const fn root() -> Self {
        Self { parent: None, link: Link::Root, secret: false }
    }

    /// The member with this wire name, of the input as a whole.
    pub const fn named(name: &'a str) -> Self {
        Self { parent: None, link: Link::Member(name), secret: false }
    }

    /// The member with this wire name.
    pub const fn member<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place { parent: Some(self), link: Link::Member(name), secret: self.secret }
    }

    /// The item of a list, counted from one.
    pub const fn item(&self, number: usize) -> Place<'_> {
        Place { parent: Some(self), link: Link::Item(number), secret: self.secret }
    }

    /// The value of a map under this key.
    pub const fn entry<'b>(&'b self, key: &'b str) -> Place<'b> {
        Place { parent: Some(self), link: Link::Entry(key), secret: self.secret }
    }

    /// The same place, whose value (and all below it) must not be echoed.
    #[must_use]
    pub const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// Whether the value here must not be echoed.
    pub const fn is_secret(&self) -> bool {
        self.secret
    }
}

/// AWS's notation: wire names with their first letter in lower case, joined by dots.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
            if !matches!(parent.link, Link::Root) {
                f.write_str(".")?;
            }
        }
        match self.link {
            Link::Root => Ok(()),
            Link::Item(number) => write!(f, "{number}.member"),
            Link::Entry(key) => write!(f, "{key}.member"),
            Link::Member(name) => {
                let mut letters = name.chars();
                if let Some(first) = letters.next() {
                    write!(f, "{}{}", first.to_ascii_lowercase(), letters.as_str())?;
                }
                Ok(())
            }
        }
    }
}
