//! Taking bytes in: counted, summed, and held against what the request says they are.

use std::{collections::BTreeMap, io::Read};

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use bartizan_gate::{Body, Error, Fault, Scope};
use bartizan_objects::Content;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use crc_fast::{CrcAlgorithm, Digest};
use md5::Md5;

use crate::error;

/// The most bytes that one request may bring: 5 GiB.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const MAX_SIZE: u64 = 5 * 1024 * 1024 * 1024;
const BUFFER: usize = 256 * 1024;

/// Checksums that a client may give, by the names of their algorithms.
pub const ALGORITHMS: [&str; 5] = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];

/// What came.
pub struct Received {
    pub content: Content,
    /// MD5 in hexadecimal.
    pub etag: String,
    pub size: u64,
    /// In Base64, by algorithm: those that the request gave.
    pub checksums: BTreeMap<String, String>,
}

/// What the request says of its body.
#[derive(Default)]
pub struct Expected<'a> {
    pub md5: Option<&'a str>,
    /// In the order of [`ALGORITHMS`].
    pub checksums: [Option<&'a str>; 5],
}

/// One running sum.
enum Sum {
    Crc(Box<Digest>),
    Sha(digest::Context),
}

impl Sum {
    fn new(algorithm: &str) -> Self {
        match algorithm {
            "CRC32" => Self::Crc(Box::new(Digest::new(CrcAlgorithm::Crc32IsoHdlc))),
            "CRC32C" => Self::Crc(Box::new(Digest::new(CrcAlgorithm::Crc32Iscsi))),
            "CRC64NVME" => Self::Crc(Box::new(Digest::new(CrcAlgorithm::Crc64Nvme))),
            "SHA1" => Self::Sha(digest::Context::new(&SHA1_FOR_LEGACY_USE_ONLY)),
            _ => Self::Sha(digest::Context::new(&SHA256)),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(sum) => sum.update(bytes),
            Self::Sha(sum) => sum.update(bytes),
        }
    }

    /// The sum's bytes, the most significant first.
    fn finish(self, algorithm: &str) -> Vec<u8> {
        match self {
            Self::Crc(sum) => {
                let bytes = sum.finalize().to_be_bytes();
                let skip = if algorithm == "CRC64NVME" { 0 } else { 4 };
                bytes.get(skip..).unwrap_or_default().to_vec()
            }
            Self::Sha(sum) => sum.finish().as_ref().to_vec(),
        }
    }
}

/// Takes a request's body in. Nothing of it can be seen before it is all there and right.
///
/// # Errors
/// `BadDigest`, `EntityTooLarge`, `MissingContentLength`, and whatever is wrong with the body itself.
pub fn receive(scope: &Scope<'_>, body: Body, expected: &Expected<'_>) -> Result<Received, Error> {
    match body.length() {
        None => {
            let message = "You must provide the Content-Length HTTP header.";
            return Err(Fault::new("MissingContentLength", 411, message).into());
        }
        Some(length) if length > MAX_SIZE => return Err(too_large().into()),
        Some(_) => {}
    }
    take(scope, body, expected, |body, name| body.trailer(name).map(str::to_owned))
}

/// The same of bytes that are here already.
///
/// # Errors
/// If they cannot be read or written.
pub fn copy(scope: &Scope<'_>, from: impl Read) -> Result<Received, Error> {
    take(scope, from, &Expected::default(), |_, _| None)
}

fn take<R: Read>(
    scope: &Scope<'_>,
    mut from: R,
    expected: &Expected<'_>,
    trailer: impl Fn(&R, &str) -> Option<String>,
) -> Result<Received, Error> {
    use md5::Digest as _;
    let mut draft = scope.objects()?.draft();
    let mut md5 = Md5::new();
    // What the trailer will give is not known before all is read: every sum that is cheap is kept.
    let mut sums: Vec<(&str, Sum)> = ALGORITHMS
        .iter()
        .zip(expected.checksums)
        .filter(|(algorithm, given)| given.is_some() || algorithm.starts_with("CRC"))
        .map(|(algorithm, _)| (*algorithm, Sum::new(algorithm)))
        .collect();
    let mut buffer = vec![0; BUFFER];
    let mut size = 0u64;
    loop {
        let read = from.read(&mut buffer).map_err(error::of_reading)?;
        if read == 0 {
            break;
        }
        let bytes = buffer.get(..read).unwrap_or_default();
        size += read as u64;
        if size > MAX_SIZE {
            return Err(too_large().into());
        }
        md5.update(bytes);
        for (_, sum) in &mut sums {
            sum.update(bytes);
        }
        draft.write(bytes).map_err(|error| error::of_objects(error, error::operation_aborted))?;
    }
    let md5 = md5.finalize();
    if let Some(given) = expected.md5 {
        let given = STANDARD.decode(given).ok().filter(|given| given.len() == 16);
        let given =
            given.ok_or_else(|| Fault::new("InvalidDigest", 400, "The Content-MD5 you specified was invalid."))?;
        if given != md5.as_slice() {
            let message = "The Content-MD5 you specified did not match what we received.";
            return Err(Fault::new("BadDigest", 400, message).into());
        }
    }
    let mut checksums = BTreeMap::new();
    for ((algorithm, given), name) in ALGORITHMS.iter().zip(expected.checksums).zip(HEADERS) {
        let in_trailer = trailer(&from, name);
        let Some(given) = given.map(str::to_owned).or(in_trailer) else { continue };
        let position = sums.iter().position(|(summed, _)| summed == algorithm);
        // A sum in the trailer that was not kept: it cannot be vouched for.
        let (_, sum) = position.map(|position| sums.swap_remove(position)).ok_or_else(|| {
            Fault::new("NotImplemented", 501, format!("A trailing {algorithm} checksum is not implemented."))
        })?;
        let computed = STANDARD.encode(sum.finish(algorithm));
        if computed != given {
            return Err(error::bad_digest(algorithm).into());
        }
        checksums.insert((*algorithm).to_owned(), computed);
    }
    let content = draft.finish().map_err(|error| error::of_objects(error, error::operation_aborted))?;
    Ok(Received { content, etag: hexadecimal(&md5), size, checksums })
}

/// The headers of the checksums, in the order of [`ALGORITHMS`].
const HEADERS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

fn too_large() -> Fault {
    Fault::new("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size")
}

/// Bytes in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entity tag of an object of several parts: the MD5 of the parts' MD5s, and how many they are.
pub fn etag_of_parts<'a>(etags: impl Iterator<Item = &'a str>) -> String {
    use md5::Digest as _;
    let mut sum = Md5::new();
    let mut count = 0;
    for etag in etags {
        for pair in etag.as_bytes().chunks(2) {
            let byte = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
            sum.update([byte.unwrap_or_default()]);
        }
        count += 1;
    }
    format!("{}-{count}", hexadecimal(&sum.finalize()))
}
