//! A state as bytes and back. Each part of a state names its fields once, in a [`Pass`]: writing and reading are two walks
//! over the same fields, so that they cannot part.

use std::fmt;

/// A walk over the fields of a state, in a fixed order.
pub(crate) trait Pass {
    fn u8(&mut self, field: &mut u8);
    fn u32(&mut self, field: &mut u32);
    fn u64(&mut self, field: &mut u64);
    /// Whether there was less to read than fields.
    fn is_short(&self) -> bool;

    /// A list of any length: how many there are, then each.
    fn list<T>(&mut self, items: &mut Vec<T>, nothing: impl Fn() -> T, each: impl Fn(&mut Self, &mut T))
    where
        Self: Sized,
    {
        let mut count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.u32(&mut count);
        for index in 0..count as usize {
            if index >= items.len() {
                if self.is_short() {
                    return;
                }
                items.push(nothing());
            }
            if let Some(item) = items.get_mut(index) {
                each(self, item);
            }
        }
    }

    fn text(&mut self, field: &mut String)
    where
        Self: Sized,
    {
        let mut bytes = std::mem::take(field).into_bytes();
        self.list(&mut bytes, || 0, |pass, byte| pass.u8(byte));
        // What was written is UTF-8: the digest says that it is what was written.
        *field = String::from_utf8(bytes).unwrap_or_default();
    }

    fn bool(&mut self, field: &mut bool) {
        let mut byte = u8::from(*field);
        self.u8(&mut byte);
        *field = byte != 0;
    }

    fn i64(&mut self, field: &mut i64) {
        let mut bits = field.cast_unsigned();
        self.u64(&mut bits);
        *field = bits.cast_signed();
    }

    fn f64(&mut self, field: &mut f64) {
        let mut bits = field.to_bits();
        self.u64(&mut bits);
        *field = f64::from_bits(bits);
    }

    fn f32(&mut self, field: &mut f32) {
        let mut bits = field.to_bits();
        self.u32(&mut bits);
        *field = f32::from_bits(bits);
    }

    fn f64s(&mut self, fields: &mut [f64]) {
        fields.iter_mut().for_each(|field| self.f64(field));
    }

    fn f32s(&mut self, fields: &mut [f32]) {
        fields.iter_mut().for_each(|field| self.f32(field));
    }

    fn u8s(&mut self, fields: &mut [u8]) {
        fields.iter_mut().for_each(|field| self.u8(field));
    }
}

/// Appends the fields to bytes.
pub(crate) struct Writer(pub Vec<u8>);

impl Pass for Writer {
    fn is_short(&self) -> bool {
        false
    }

    fn u8(&mut self, field: &mut u8) {
        self.0.push(*field);
    }

    fn u32(&mut self, field: &mut u32) {
        self.0.extend(field.to_le_bytes());
    }

    fn u64(&mut self, field: &mut u64) {
        self.0.extend(field.to_le_bytes());
    }
}

/// Fills the fields from bytes. What is missing is noted, not read.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    short: bool,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, short: false }
    }

    /// Whether the fields took all bytes, and no more than there were.
    pub fn is_done(&self) -> bool {
        self.rest.is_empty() && !self.short
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            self.short = true;
            return [0; N];
        };
        self.rest = rest;
        *taken
    }
}

impl Pass for Reader<'_> {
    fn is_short(&self) -> bool {
        self.short
    }

    fn u8(&mut self, field: &mut u8) {
        let [byte] = self.take();
        *field = byte;
    }

    fn u32(&mut self, field: &mut u32) {
        *field = u32::from_le_bytes(self.take());
    }

    fn u64(&mut self, field: &mut u64) {
        *field = u64::from_le_bytes(self.take());
    }
}

/// The bytes are no state of this version, or are not what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("damaged state, or one of another version")
    }
}

impl std::error::Error for Damaged {}

/// What comes before the fields: what this is, its version, the digest of the rest.
const HEAD: usize = 8;

/// `body` behind a head that tells its kind (two letters and a version) and a digest of it.
pub(crate) fn seal(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEAD + body.len());
    sealed.extend(kind);
    sealed.extend(digest(kind, body).to_le_bytes());
    sealed.extend(body);
    sealed
}

/// The body of what [`seal`] made of the same kind.
pub(crate) fn unseal(kind: [u8; 4], sealed: &[u8]) -> Result<&[u8], Damaged> {
    let (found, rest) = sealed.split_first_chunk::<4>().ok_or(Damaged)?;
    let (sum, body) = rest.split_first_chunk::<4>().ok_or(Damaged)?;
    match *found == kind && u32::from_le_bytes(*sum) == digest(kind, body) {
        true => Ok(body),
        false => Err(Damaged),
    }
}

/// CRC-32 (IEEE 802.3): against accidents, not against forgers; the store has keyed digests for these.
fn digest(kind: [u8; 4], body: &[u8]) -> u32 {
    const TABLE: [u32; 16] = table();
    let step = |crc: u32, nibble: u32| (crc >> 4) ^ TABLE.get((nibble & 15) as usize).copied().unwrap_or(0);
    let crc = kind.iter().chain(body).fold(u32::MAX, |crc, &byte| {
        let low = step(crc, crc ^ u32::from(byte));
        step(low, low ^ u32::from(byte >> 4))
    });
    !crc
}

const fn table() -> [u32; 16] {
    let mut table = [0; 16];
    let mut index = 0;
    while index < 16 {
        let mut crc = index as u32;
        let mut bit = 0;
        while bit < 4 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "a constant: it would not compile")]
        {
            table[index] = crc;
        }
        index += 1;
    }
    table
}
