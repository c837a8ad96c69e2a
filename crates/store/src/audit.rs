//! The audit trail as the store keeps it: CloudTrail records, one JSON text each, in batches.

use jiff::Timestamp;

/// Audit records that are written together, in CloudTrail's format: one JSON text a line.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) lines: Vec<u8>,
    pub(crate) count: usize,
    /// The first and the last second that a record may be of.
    pub(crate) seconds: Option<(i64, i64)>,
}

impl Batch {
    /// Adds the record of a request that came at `time`. In `json` is no line break.
    pub fn push(&mut self, time: Timestamp, json: &[u8]) {
        self.lines.extend_from_slice(json);
        self.lines.push(b'\n');
        self.count += 1;
        self.span(time.as_second(), time.as_second());
    }

    /// Takes off the record that was added last.
    pub fn pop(&mut self) {
        if let Some((_, rest)) = self.lines.split_last() {
            let end = rest.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            self.lines.truncate(end);
            self.count -= 1;
        }
    }

    /// Adds all records of another batch.
    pub fn append(&mut self, other: &Self) {
        self.lines.extend_from_slice(&other.lines);
        self.count += other.count;
        if let Some((first, last)) = other.seconds {
            self.span(first, last);
        }
    }

    /// How many records there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Records come in the order in which requests ended, which is not that in which they came.
    fn span(&mut self, first: i64, last: i64) {
        self.seconds = Some(match self.seconds {
            None => (first, last),
            Some((earliest, latest)) => (earliest.min(first), latest.max(last)),
        });
    }
}

/// An access key was used.
#[derive(Debug, Clone)]
pub struct KeyUse {
    /// Which.
    pub access_key_id: String,
    /// When.
    pub time: Timestamp,
    /// The service that it was used with, such as `iam`.
    pub service: String,
    /// The Region that the request was signed for.
    pub region: String,
}
