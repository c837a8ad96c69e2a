//! Noise: how far a series usually is from what was expected of it, here and now.

use crate::{bytes::Pass, profile::Profile};

/// Slots of the day that have a scale of their own.
const SLOTS: usize = 48;
/// Noise is the same everywhere, grows like a count's, or in proportion.
const LAWS: usize = 3;
/// How much the last points say of the next one's scale, and how fast they are forgotten.
const STORM: f64 = 0.85;
const STORM_RATE: f64 = 0.06;

#[derive(Debug, Clone)]
pub(crate) struct Noise {
    /// Mean absolute residual under each law of how noise grows with what is expected, and how well the law fits.
    scales: [f64; LAWS],
    fits: [f64; LAWS],
    /// Each slot's residual in scales.
    of_day: Profile,
    /// Mean absolute residual of the last points in scales: storms come in groups.
    recent: f64,
    /// Whether all values were whole numbers; the least of them, their mean, and their mean square around level and habits.
    is_whole: bool,
    least: f64,
    mean: f64,
    scatter: f64,
    /// Whether values are logarithms: then noise in proportion is the same everywhere.
    is_logarithmic: bool,
}

impl Noise {
    pub fn new(day_slots: usize) -> Self {
        Self {
            scales: [0.0; LAWS],
            fits: [0.0; LAWS],
            of_day: Profile::new(day_slots.min(SLOTS)),
            recent: 1.0,
            is_whole: true,
            least: f64::INFINITY,
            mean: 0.0,
            scatter: 0.0,
            is_logarithmic: false,
        }
    }

    /// Slots of the day to be told apart.
    pub fn slots(&self) -> usize {
        self.of_day.slots()
    }

    pub fn was_never_negative(&self) -> bool {
        self.least >= 0.0
    }

    /// The mean value, if the series is one that can go on in logarithms: never negative, and no count.
    pub fn proportional_mean(&self) -> Option<f64> {
        Some(self.mean).filter(|mean| self.was_never_negative() && !self.is_whole && *mean > 0.0)
    }

    /// The plain mean absolute residual.
    pub fn plain(&self) -> f64 {
        let [same, ..] = self.scales;
        same
    }

    /// The scale of residuals where so much is expected, at a slot of the day: its own as far as it was seen, the whole's for
    /// the rest; wider in a storm; never below `floor`.
    pub fn scale(&self, expected: f64, base: f64, slot: usize, floor: f64) -> f64 {
        let seen = f64::from(self.of_day.visits(slot));
        let own = (self.of_day.at(slot) * seen + 4.0) / (seen + 4.0);
        let usual = (self.by_law(expected) * own.max(0.1)).max(floor).max(self.of_count(base));
        usual * self.storm()
    }

    fn storm(&self) -> f64 {
        (STORM * self.recent).max(1.0)
    }

    /// What each law makes of an expected value.
    fn growth(&self, expected: f64) -> [f64; LAWS] {
        if self.is_logarithmic || !self.was_never_negative() || self.mean <= 0.0 {
            return [1.0; LAWS];
        }
        let size = expected.max(0.05 * self.mean);
        [1.0, size.sqrt(), size]
    }

    fn by_law(&self, expected: f64) -> f64 {
        let [same, count, proportional] = self.fits;
        let ([a, b, c], [x, y, z]) = (self.scales, self.growth(expected));
        if self.is_logarithmic || !self.was_never_negative() || (same >= count && same >= proportional) {
            a * x
        } else if count >= proportional {
            b * y
        } else {
            c * z
        }
    }

    /// The least scale of a count that scatters like one: what is rare comes alone, and then it is a whole one.
    fn of_count(&self, expected: f64) -> f64 {
        if self.is_logarithmic || !self.is_whole || !self.was_never_negative() || self.mean <= 0.0 {
            return 0.0;
        }
        let dispersion = (self.scatter / self.mean).min(1.0);
        (dispersion * (0.2 + 0.64 * expected.max(self.mean * 0.2))).sqrt()
    }

    /// Takes in the size of a residual, which was measured in `scale`.
    pub fn learn(&mut self, expected: f64, slot: usize, size: f64, rate: f64) {
        let usual = self.by_law(expected);
        if usual > 0.0 {
            let now = self.of_day.at(slot);
            self.of_day.learn(slot, (size / usual).min(6.0) - now);
        }
        let growths = self.growth(expected);
        for ((scale, fit), growth) in self.scales.iter_mut().zip(&mut self.fits).zip(growths) {
            let scaled = *scale * growth + 1e-12;
            *fit += rate * (-scaled.ln() - (size / scaled).min(6.0) - *fit);
            *scale += rate * (size / growth - *scale);
        }
    }

    /// Takes in how large the last residual was in scales, at most `most`.
    pub fn weather(&mut self, residual: f64, most: f64) {
        let size = residual.abs().min(most) * self.storm();
        self.recent += STORM_RATE * (size - self.recent);
    }

    /// Takes in a value, its likely size and its distance from level and habits.
    pub fn count(&mut self, value: f64, likely: f64, error: f64, rate: f64) {
        self.least = self.least.min(value);
        self.is_whole &= value.fract() == 0.0;
        self.mean += rate * (likely.abs() - self.mean);
        self.scatter += rate * (error * error - self.scatter);
    }

    /// All that is expected is so much larger from now on.
    pub fn stretch(&mut self, factor: f64) {
        let [same, count, _] = &mut self.scales;
        *same *= factor;
        *count *= factor.sqrt();
    }

    /// Values are logarithms from now on, and what was a difference is so much of it.
    pub fn take_logarithms(&mut self, slope: f64) {
        self.scales = [self.plain() * slope; LAWS];
        self.fits = [0.0; LAWS];
        self.is_logarithmic = true;
    }

    pub fn bytes(&self) -> usize {
        self.of_day.bytes()
    }

    pub fn pass(&mut self, pass: &mut impl Pass) {
        pass.f64s(&mut self.scales);
        pass.f64s(&mut self.fits);
        self.of_day.pass(pass);
        for field in [&mut self.recent, &mut self.least, &mut self.mean, &mut self.scatter] {
            pass.f64(field);
        }
        pass.bool(&mut self.is_whole);
        pass.bool(&mut self.is_logarithmic);
    }
}
