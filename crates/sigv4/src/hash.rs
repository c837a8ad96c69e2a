//! Hashes as signatures write them.

use aws_lc_rs::digest::{SHA256, digest};

/// SHA-256 in lower-case hexadecimal.
pub(crate) fn hash(data: &[u8]) -> String {
    hexadecimal(digest(&SHA256, data).as_ref())
}

/// 32 bytes in lower-case hexadecimal.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; 64];
    for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 15)];
    }
    str::from_utf8(&digits).unwrap_or_default().to_owned()
}
