//! Electronic mail: by a relay, or into a directory.
//!
//! The relay is the installation's own: it is spoken to in clear, without a password, and it is what talks to the world.

use std::{
    fmt, fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use lettre::{
    Address, Message, SmtpTransport, Transport as _,
    message::{Mailbox, header::ContentType},
};

/// How long the relay may take for each step.
const PATIENCE: Duration = Duration::from_secs(15);

/// How electronic mail is sent.
pub struct Mail {
    from: Address,
    way: Way,
}

enum Way {
    Relay(SmtpTransport),
    Directory(PathBuf),
}

/// Mail cannot be sent in the way that was asked for.
#[derive(Debug)]
pub struct InvalidMail(String);

/// A letter.
pub struct Letter<'a> {
    /// What it is known by, for its file and its Message-ID.
    pub id: &'a str,
    /// How the sender is called.
    pub sender: &'a str,
    /// The address that it goes to.
    pub to: &'a str,
    pub subject: &'a str,
    pub text: String,
}

/// Whether the text is an address of electronic mail.
pub fn is_address(text: &str) -> bool {
    text.is_ascii() && text.len() <= 320 && text.parse::<Address>().is_ok()
}

impl Mail {
    /// Through the relay `HOST:PORT`.
    ///
    /// # Errors
    /// If that or the sender's address is none.
    pub fn by_relay(relay: &str, from: &str) -> Result<Self, InvalidMail> {
        let invalid = || InvalidMail(format!("'{relay}' is not HOST:PORT"));
        let (host, port) = relay.rsplit_once(':').ok_or_else(invalid)?;
        let port = port.parse().map_err(|_| invalid())?;
        if host.is_empty() {
            return Err(invalid());
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let transport = SmtpTransport::builder_dangerous(host).port(port).timeout(Some(PATIENCE)).build();
        Ok(Self { from: address(from)?, way: Way::Relay(transport) })
    }

    /// As `.eml` files (RFC 5322) into a directory, which is made where there is none.
    ///
    /// # Errors
    /// If the directory cannot be made, or the sender's address is none.
    pub fn into_directory(directory: &Path, from: &str) -> Result<Self, InvalidMail> {
        fs::create_dir_all(directory).map_err(|error| InvalidMail(format!("{}: {error}", directory.display())))?;
        Ok(Self { from: address(from)?, way: Way::Directory(directory.to_owned()) })
    }

    /// Sends a letter. When it returns, the relay has it, or the disk.
    ///
    /// # Errors
    /// What went wrong, for the record.
    pub fn send(&self, letter: Letter<'_>) -> Result<(), String> {
        let to = letter.to.parse().map_err(|error| format!("{error}"))?;
        let message = Message::builder()
            .from(Mailbox::new(Some(letter.sender.to_owned()), self.from.clone()))
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text)
            .map_err(|error| error.to_string())?;
        match &self.way {
            Way::Relay(relay) => relay.send(&message).map(|_| ()).map_err(|error| error.to_string()),
            Way::Directory(directory) => {
                write(directory, letter.id, &message.formatted()).map_err(|error| error.to_string())
            }
        }
    }
}

/// Written aside and renamed, so that who watches the directory finds whole letters only.
fn write(directory: &Path, id: &str, letter: &[u8]) -> std::io::Result<()> {
    let aside = directory.join(format!("{id}.new"));
    let mut file = fs::File::create(&aside)?;
    file.write_all(letter)?;
    file.sync_all()?;
    fs::rename(&aside, directory.join(format!("{id}.eml")))?;
    fs::File::open(directory)?.sync_all()
}

fn address(text: &str) -> Result<Address, InvalidMail> {
    text.parse().map_err(|_| InvalidMail(format!("'{text}' is no address of electronic mail")))
}

impl fmt::Display for InvalidMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidMail {}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn an_address_is_one_and_ascii() {
        for good in ["a@b.example", "first.last+tag@example.com"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b",
            "a@b@c",
            "a@b.example\r\nBcc: c@d.example",
            "a b@c.example",
            "ä@b.example",
            "a@b.example,c@d.example",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }
}
