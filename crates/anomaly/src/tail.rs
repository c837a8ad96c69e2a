//! How rare is so large a value? A streaming peaks-over-threshold fit of one side of a distribution.

use crate::bytes::Pass;

/// The share of values beyond the threshold from which the tail is fitted.
pub(crate) const BEYOND: f64 = 0.025;

/// No tail is thinner than about a normal one's: what is quiet for long is not quiet for ever.
const LEAST_THRESHOLD: f64 = 2.2;
const LEAST_EXCESS: f64 = 0.3;

/// One side of the distribution of a residual that is measured in its own scales.
///
/// Up to the threshold nothing is rare. Beyond it the excess falls off like an exponential whose median is the median of the
/// excesses seen: a mean would be at the mercy of the very incidents that are looked for.
#[derive(Debug, Clone)]
pub(crate) struct Tail {
    threshold: f32,
    median_excess: f32,
}

impl Tail {
    /// That of a standard normal residual in mean absolute deviations, with a somewhat heavier tail until more is known.
    pub fn new() -> Self {
        Self { threshold: 2.45, median_excess: 0.42 }
    }

    /// -log10 of the probability that a value is so large or larger.
    pub fn rarity(&self, value: f64) -> f64 {
        let excess = value - f64::from(self.threshold);
        if excess <= 0.0 {
            return -BEYOND.log10() * (value / f64::from(self.threshold)).max(0.0);
        }
        -BEYOND.log10() + excess * self.per_excess()
    }

    /// The value of that rarity, beyond the threshold.
    pub fn value_at(&self, rarity: f64) -> f64 {
        f64::from(self.threshold) + (rarity + BEYOND.log10()) / self.per_excess()
    }

    fn per_excess(&self) -> f64 {
        std::f64::consts::LOG10_2 / f64::from(self.median_excess)
    }

    /// Takes in a value; `rate` is how fast to learn, 1 in the steady state.
    pub fn learn(&mut self, value: f64, rate: f64) {
        let threshold = f64::from(self.threshold);
        let step = 0.06 * rate * threshold;
        let excess = value - threshold;
        if excess > 0.0 {
            let median = f64::from(self.median_excess);
            let change = 1.0 + 0.06 * rate;
            let next = if excess > median { median * change } else { median / change };
            self.median_excess = next.clamp(LEAST_EXCESS, 50.0) as f32;
            self.threshold = (threshold + step * (1.0 - BEYOND)).min(50.0) as f32;
        } else {
            self.threshold = (threshold - step * BEYOND).max(LEAST_THRESHOLD) as f32;
        }
    }

    pub fn pass(&mut self, pass: &mut impl Pass) {
        pass.f32(&mut self.threshold);
        pass.f32(&mut self.median_excess);
    }
}
