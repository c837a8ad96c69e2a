//! The second channel: was there ever anything like it? Each view of a point is ranked among all that came before.

use crate::bytes::Pass;

/// Ways to look at a point.
const VIEWS: usize = 7;
/// How many views must find it new: the best are averaged.
const BEST: usize = 3;
/// The largest values of a view that are kept: only near the record does the rank say anything.
const RECORDS: usize = 16;
/// Points in a shape, and shapes that are kept.
const SHAPE: usize = 8;
const SHAPES: usize = 224;
/// A shape is kept every so many points.
const EVERY: u32 = 4;
/// Quanta of a shape in a scale.
const FINENESS: f64 = 6.0;
/// No quanta. They are kept without a sign, so that their differences are quick.
const ZERO: u8 = 0x80;

#[derive(Debug, Clone)]
pub(crate) struct Novelty {
    points: u32,
    mean: f64,
    scale: f64,
    previous: f64,
    raw_slow: f64,
    error_slow: f64,
    error_slower: f64,
    /// The last values, the newest last.
    shape: [f64; SHAPE],
    shapes: Box<[[u8; SHAPE]]>,
    records: [[f32; RECORDS]; VIEWS],
    /// How new something was of late: its like is not new again.
    memory: f64,
}

impl Novelty {
    pub fn new() -> Self {
        Self {
            points: 0,
            mean: 0.0,
            scale: 0.0,
            previous: 0.0,
            raw_slow: 0.0,
            error_slow: 0.0,
            error_slower: 0.0,
            shape: [0.0; SHAPE],
            shapes: vec![[ZERO; SHAPE]; SHAPES].into(),
            records: [[0.0; RECORDS]; VIEWS],
            memory: 0.0,
        }
    }

    /// How new a value is, 0 to 100, that lies `error` scales off level and habits. `young` points are only learned from.
    pub fn observe(&mut self, value: f64, error: f64, young: u32, is_new: bool) -> f64 {
        if self.points == 0 {
            (self.mean, self.previous) = (value, value);
            self.shape = [value; SHAPE];
        }
        let scale = self.scale.max(1e-9 * self.mean.abs()).max(1e-12);
        let z = (value - self.mean) / scale;
        let error = error.clamp(-1e6, 1e6);
        let slow = |average: f64, now: f64, rate: f64| average + rate * (now - average);
        let (raw_slow, error_slow, error_slower) = (
            slow(self.raw_slow, z.clamp(-20.0, 20.0), 0.1),
            slow(self.error_slow, error, 0.15),
            slow(self.error_slower, error, 0.04),
        );
        let mut shape = self.shape;
        shape.rotate_left(1);
        let [.., newest] = &mut shape;
        *newest = value;
        let form = form(&shape, scale);
        let views = [
            z.abs(),
            raw_slow.abs(),
            ((value - self.previous) / scale).abs(),
            error.abs(),
            error_slow.abs(),
            error_slower.abs(),
            f64::from(self.nearest(&form)) / FINENESS,
        ];
        let points = f64::from(self.points) + 1.0;
        let mut newness = [0.0; VIEWS];
        for ((newness, view), records) in newness.iter_mut().zip(views).zip(&mut self.records) {
            *newness = rank(records, view, points);
            if is_new && self.points > SHAPE as u32 {
                keep(records, view);
            }
        }
        newness.sort_unstable_by(|a, b| b.total_cmp(a));
        let new = newness.iter().take(BEST).sum::<f64>() / BEST as f64;
        let told = if self.points < young { 0.0 } else { (new - self.memory).max(0.0) };
        if is_new {
            self.memory = (self.memory * 0.99).max(if self.points < young { 0.0 } else { 0.8 * new });
            let rate = 1.0 / points.min(2_000.0);
            let bound = if self.points < young { f64::INFINITY } else { 5.0 * scale };
            self.mean += rate * (value - self.mean).clamp(-bound, bound);
            self.scale += rate * ((value - self.mean).abs().min(bound) - self.scale);
            (self.raw_slow, self.error_slow, self.error_slower) = (raw_slow, error_slow, error_slower);
            (self.previous, self.shape) = (value, shape);
            if self.points.is_multiple_of(EVERY) {
                let place = (self.points / EVERY) as usize % SHAPES;
                self.shapes.get_mut(place).into_iter().for_each(|kept| *kept = form);
            }
            self.points = self.points.saturating_add(1);
        }
        // A third of what can be is new enough to be told: 50.
        100.0 * told.powf(0.6)
    }

    /// The distance to the nearest shape that is kept, in quanta.
    fn nearest(&self, form: &[u8; SHAPE]) -> u16 {
        // Differences of bytes without a sign, summed so narrowly, are one instruction; nothing else here takes as long.
        let distance = |kept: &[u8; SHAPE]| kept.iter().zip(form).map(|(a, b)| u16::from(a.abs_diff(*b))).sum::<u16>();
        self.shapes.iter().map(distance).min().unwrap_or(0)
    }

    pub fn bytes(&self) -> usize {
        size_of_val(&*self.shapes)
    }

    pub fn pass(&mut self, pass: &mut impl Pass) {
        pass.u32(&mut self.points);
        for field in [
            &mut self.mean,
            &mut self.scale,
            &mut self.previous,
            &mut self.raw_slow,
            &mut self.error_slow,
            &mut self.error_slower,
            &mut self.memory,
        ] {
            pass.f64(field);
        }
        pass.f64s(&mut self.shape);
        pass.f32s(self.records.as_flattened_mut());
        for quantum in self.shapes.as_flattened_mut() {
            // As bytes, quanta have a sign.
            let mut bits = *quantum ^ ZERO;
            pass.u8(&mut bits);
            *quantum = bits ^ ZERO;
        }
    }
}

/// Values around their own mean, in quanta.
fn form(shape: &[f64; SHAPE], scale: f64) -> [u8; SHAPE] {
    let mean = shape.iter().sum::<f64>() / SHAPE as f64;
    // The cast saturates.
    shape.map(|value| (((value - mean) / scale * FINENESS) as i8).cast_unsigned() ^ ZERO)
}

/// How new a view's value is: 0 for one of many, half for a record, towards 1 the further it lies beyond.
fn rank(records: &[f32; RECORDS], value: f64, points: f64) -> f64 {
    let above = records.iter().filter(|record| f64::from(**record) >= value).count();
    if above >= RECORDS {
        return 0.0;
    }
    let new = 1.0 - ((above + 1) as f64).ln() / points.max(2.0).ln();
    let [record, .., least] = records;
    let (record, least) = (f64::from(*record), f64::from(*least));
    let margin = (value - record).max(0.0) / (record - least + 0.1 * record + 1e-9);
    0.5 * new.max(0.0) + 0.5 * margin / (1.0 + margin)
}

/// Puts a value into its place among the records, which are in falling order.
fn keep(records: &mut [f32; RECORDS], value: f64) {
    let mut carried = value.min(1e30) as f32;
    for record in records {
        if carried > *record {
            std::mem::swap(record, &mut carried);
        }
    }
}
