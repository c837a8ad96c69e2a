//! A body that is read while the operation runs, held against what the request's head says of it. Whoever reads it to
//! its end has read what was signed, or gets an error instead of the end.

use std::io::{self, BufRead as _, BufReader, Read};

use aws_lc_rs::digest::{Context as Sha256, SHA256};
use bartizan_sigv4::{Chunks, Payload};

/// The longest line of a chunk's head or of a trailer.
const MAX_LINE: u64 = 4096;
/// The most lines of a trailer.
const MAX_TRAILER: usize = 16;

/// What is wrong with a body. It comes out of [`Body`] as the inside of an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFault {
    /// It is not of the hash that was signed.
    Mismatch,
    /// A chunk's or the trailer's signature is not right.
    Signature,
    /// It is not as long as the request says, or its framing is broken.
    Incomplete,
    /// It has not arrived in time.
    Slow,
}

/// The body of a request, verified as it is read.
pub struct Body {
    from: BufReader<Box<dyn Read + Send>>,
    length: Option<u64>,
    read: u64,
    kind: Kind,
    /// The trailer of a body in chunks, names in lower case, once all is read.
    trailer: Vec<(String, String)>,
    done: bool,
}

enum Kind {
    Plain,
    Hashed { sum: Sha256, expected: String },
    Chunked { signatures: Option<Box<Chunks>>, trailer: bool, left: u64, sum: Option<Box<(Sha256, String)>> },
}

impl Body {
    pub(crate) fn new(
        from: Box<dyn Read + Send>,
        payload: &Payload,
        chunks: Option<Chunks>,
        length: Option<u64>,
    ) -> Self {
        let kind = match payload {
            Payload::Unsigned => Kind::Plain,
            Payload::Hashed(expected) => Kind::Hashed { sum: Sha256::new(&SHA256), expected: expected.clone() },
            Payload::Chunked { signed, trailer } => Kind::Chunked {
                signatures: chunks.filter(|_| *signed).map(Box::new),
                trailer: *trailer,
                left: 0,
                sum: None,
            },
        };
        Self {
            from: BufReader::with_capacity(64 * 1024, from),
            length,
            read: 0,
            kind,
            trailer: Vec::new(),
            done: false,
        }
    }

    /// How many bytes there will be, if the request says.
    #[must_use]
    pub const fn length(&self) -> Option<u64> {
        self.length
    }

    /// A line of the trailer, once all is read.
    #[must_use]
    pub fn trailer(&self, name: &str) -> Option<&str> {
        self.trailer.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.from.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        let line = line.strip_suffix(b"\n").ok_or_else(incomplete)?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        String::from_utf8(line.to_vec()).map_err(|_| incomplete())
    }

    /// Reads the head of the next chunk; after the last one the trailer.
    fn next_chunk(&mut self) -> io::Result<()> {
        let line = self.line()?;
        let (size, extension) = line.split_once(';').unwrap_or((&line, ""));
        let is_hexadecimal = !size.is_empty() && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| is_hexadecimal).ok_or_else(incomplete)?;
        let signature = extension.strip_prefix("chunk-signature=").map(str::to_owned);
        let Kind::Chunked { signatures, left, sum, .. } = &mut self.kind else { return Ok(()) };
        *left = size;
        *sum = match signatures {
            None => None,
            Some(_) => Some(Box::new((Sha256::new(&SHA256), signature.ok_or_else(|| fault(BodyFault::Signature))?))),
        };
        if size == 0 {
            self.verify_chunk()?;
            self.read_trailer()?;
            self.done = true;
        }
        Ok(())
    }

    fn verify_chunk(&mut self) -> io::Result<()> {
        let Kind::Chunked { signatures: Some(signatures), sum, .. } = &mut self.kind else { return Ok(()) };
        let (sum, signature) = *sum.take().ok_or_else(incomplete)?;
        if signatures.verify_chunk(sum.finish().as_ref(), &signature) {
            Ok(())
        } else {
            Err(fault(BodyFault::Signature))
        }
    }

    fn read_trailer(&mut self) -> io::Result<()> {
        let (mut signed, mut given) = (String::new(), None);
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(incomplete)?;
            let (name, value) = (name.trim().to_ascii_lowercase(), value.trim().to_owned());
            if name == "x-amz-trailer-signature" {
                given = Some(value);
            } else if given.is_none()
                && self.trailer.len() < MAX_TRAILER
                && !self.trailer.iter().any(|(other, _)| *other == name)
            {
                signed += &format!("{name}:{value}\n");
                self.trailer.push((name, value));
            } else {
                return Err(incomplete());
            }
        }
        let Kind::Chunked { signatures, trailer, .. } = &mut self.kind else { return Ok(()) };
        match (trailer, signatures) {
            (false, _) if !self.trailer.is_empty() || given.is_some() => Err(incomplete()),
            (true, Some(signatures)) => match given {
                Some(given) if signatures.verify_trailer(&signed, &given) => Ok(()),
                _ => Err(fault(BodyFault::Signature)),
            },
            _ => Ok(()),
        }
    }

    fn end(&mut self) -> io::Result<usize> {
        if self.length.is_some_and(|length| length != self.read) {
            return Err(incomplete());
        }
        if let Kind::Hashed { sum, expected } = &mut self.kind {
            let sum = std::mem::replace(sum, Sha256::new(&SHA256)).finish();
            if hexadecimal(sum.as_ref()) != *expected {
                return Err(fault(BodyFault::Mismatch));
            }
        }
        self.done = true;
        Ok(0)
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done || buffer.is_empty() {
            return Ok(0);
        }
        if let Kind::Chunked { left: 0, .. } = self.kind {
            self.next_chunk()?;
            if self.done {
                return self.end();
            }
        }
        let most = match &self.kind {
            Kind::Chunked { left, .. } => usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len()),
            Kind::Plain | Kind::Hashed { .. } => buffer.len(),
        };
        let buffer = buffer.get_mut(..most).unwrap_or_default();
        let read = self.from.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.read += read as u64;
        // More than was announced is refused before it fills a disk.
        if self.length.is_some_and(|length| self.read > length) {
            return Err(incomplete());
        }
        match &mut self.kind {
            Kind::Plain if read == 0 => return self.end(),
            Kind::Plain => {}
            Kind::Hashed { .. } if read == 0 => return self.end(),
            Kind::Hashed { sum, .. } => sum.update(bytes),
            Kind::Chunked { .. } if read == 0 => return Err(incomplete()),
            Kind::Chunked { left, sum, .. } => {
                if let Some(sum) = sum {
                    sum.0.update(bytes);
                }
                *left -= read as u64;
                if *left == 0 {
                    self.verify_chunk()?;
                    if !self.line()?.is_empty() {
                        return Err(incomplete());
                    }
                }
            }
        }
        Ok(read)
    }
}

impl BodyFault {
    /// What is wrong with a body, if that is what a read failed of.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref::<Self>().copied()
    }
}

impl std::fmt::Display for BodyFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Mismatch => "The provided 'x-amz-content-sha256' header does not match what was computed.",
            Self::Signature => "The request signature we calculated does not match the signature you provided. Check your \
                                AWS Secret Access Key and signing method. Consult the service documentation for details.",
            Self::Incomplete => {
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            }
            Self::Slow => {
                "Your socket connection to the server was not read from or written to within the timeout period."
            }
        })
    }
}

impl std::error::Error for BodyFault {}

pub(crate) fn fault(fault: BodyFault) -> io::Error {
    io::Error::other(fault)
}

fn incomplete() -> io::Error {
    fault(BodyFault::Incomplete)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
