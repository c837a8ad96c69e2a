use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
};

use jiff::Timestamp;
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};

/// How many sums are in memory at once: 256 MB of them.
const HELD: usize = 16 * 1024 * 1024;
/// Bytes of a sum on the disk.
const BYTES: usize = 12;

/// The sums of all intervals and metrics, in whatever order their rows come. When they are more than a bound, those in
/// memory are moved into a file without a name, and a sum is there in parts.
pub struct Sums {
    held: BTreeMap<Timestamp, Vec<Sum>>,
    /// How many are in memory, and how many may be.
    count: usize,
    most: usize,
    spilled: Option<Spilled>,
}

/// Several values of one metric in one interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sum {
    /// All of them together.
    pub total: f64,
    /// How many.
    pub count: u32,
}

struct Spilled {
    file: File,
    end: u64,
    /// For each interval: where its parts are, and how long.
    parts: BTreeMap<Timestamp, Vec<(u64, usize)>>,
}

impl Default for Sums {
    fn default() -> Self {
        Self::holding(HELD)
    }
}

impl Sums {
    fn holding(most: usize) -> Self {
        Self { held: BTreeMap::new(), count: 0, most, spilled: None }
    }

    /// Adds values to the sums of an interval, from the metric `first` on; `None` adds nothing.
    ///
    /// # Errors
    /// If what is too much for the memory cannot be written.
    pub fn add(&mut self, start: Timestamp, first: usize, values: &[Option<f64>]) -> io::Result<()> {
        if self.count > self.most {
            self.spill()?;
        }
        let sums = self.held.entry(start).or_default();
        let end = first + values.len();
        if sums.len() < end {
            self.count += end - sums.len();
            sums.resize(end, Sum::default());
        }
        for (sum, value) in sums.iter_mut().skip(first).zip(values) {
            if let Some(value) = value {
                sum.add(Sum { total: *value, count: 1 });
            }
        }
        Ok(())
    }

    /// The intervals that have any, in order.
    pub fn intervals(&self) -> Vec<Timestamp> {
        let spilled = self.spilled.iter().flat_map(|spilled| spilled.parts.keys());
        let mut all: Vec<Timestamp> = self.held.keys().chain(spilled).copied().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The sums of an interval, metric by metric.
    ///
    /// # Errors
    /// If what was moved to the disk cannot be read.
    pub fn of(&mut self, start: Timestamp) -> io::Result<Vec<Sum>> {
        let mut all = self.held.get(&start).cloned().unwrap_or_default();
        let Some(Spilled { file, parts, .. }) = &mut self.spilled else { return Ok(all) };
        for &(at, length) in parts.get(&start).into_iter().flatten() {
            let mut bytes = vec![0; length];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut bytes)?;
            let bytes = decompress_size_prepended(&bytes).map_err(io::Error::other)?;
            let (part, _) = bytes.as_chunks::<BYTES>();
            if all.len() < part.len() {
                all.resize(part.len(), Sum::default());
            }
            for (sum, bytes) in all.iter_mut().zip(part) {
                sum.add(Sum::of_bytes(bytes));
            }
        }
        Ok(all)
    }

    fn spill(&mut self) -> io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            None => {
                let spilled = Spilled { file: tempfile::tempfile()?, end: 0, parts: BTreeMap::new() };
                self.spilled.insert(spilled)
            }
        };
        spilled.file.seek(SeekFrom::Start(spilled.end))?;
        for (start, sums) in std::mem::take(&mut self.held) {
            let bytes: Vec<u8> = sums.iter().flat_map(|sum| sum.bytes()).collect();
            let bytes = compress_prepend_size(&bytes);
            spilled.file.write_all(&bytes)?;
            spilled.parts.entry(start).or_default().push((spilled.end, bytes.len()));
            spilled.end += bytes.len() as u64;
        }
        self.count = 0;
        Ok(())
    }
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.total += other.total;
        self.count = self.count.saturating_add(other.count);
    }

    fn bytes(self) -> [u8; BYTES] {
        let mut bytes = [0; BYTES];
        let all = self.total.to_le_bytes().into_iter().chain(self.count.to_le_bytes());
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        bytes
    }

    fn of_bytes(bytes: &[u8; BYTES]) -> Self {
        let (mut total, mut count) = ([0; 8], [0; 4]);
        let all = total.iter_mut().chain(&mut count);
        all.zip(bytes).for_each(|(to, from)| *to = *from);
        Self { total: f64::from_le_bytes(total), count: u32::from_le_bytes(count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows in an order that touches every interval again and again.
    fn filled(most: usize) -> Sums {
        let mut sums = Sums::holding(most);
        for round in 0..7_u32 {
            for interval in 0..11_i64 {
                for metric in 0..5_usize {
                    let value = f64::from(round) + interval as f64 * 10.0 + metric as f64 / 8.0;
                    let start = Timestamp::from_second(3_600 * (10 - interval)).unwrap();
                    let value = (round as usize % 5 != metric).then_some(value);
                    sums.add(start, 2 * metric, &[value, None]).unwrap();
                }
            }
        }
        sums
    }

    #[test]
    fn what_is_moved_to_the_disk_counts_no_less() {
        let mut whole = filled(HELD);
        assert!(whole.spilled.is_none());
        for most in [1, 30, 60] {
            let mut parts = filled(most);
            assert!(parts.spilled.is_some(), "{most}");
            assert_eq!(parts.intervals(), whole.intervals());
            assert_eq!(parts.intervals().len(), 11);
            for start in whole.intervals() {
                assert_eq!(parts.of(start).unwrap(), whole.of(start).unwrap(), "{most} at {start}");
            }
        }
        assert_eq!(
            whole.of(Timestamp::UNIX_EPOCH).unwrap()[0],
            Sum { total: 516.0, count: 5 },
            "rounds 1 to 4 and 6, and not 0 and 5"
        );
    }
}
