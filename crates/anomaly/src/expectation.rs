//! The first channel: what was to be expected, how far off the value is, and how rare that is.

use crate::{
    bytes::Pass,
    noise::Noise,
    profile::Profile,
    tail::Tail,
    time::{Interval, Time},
};

/// Most slots of the day: five minutes each.
const DAY_SLOTS: usize = 288;
/// Most slots of a weekday or weekend day on top of the day.
const TYPE_SLOTS: usize = 96;
/// Most slots of the week, or year, on top of both.
const CYCLE_SLOTS: usize = 168;
/// How many predictors there are.
const EXPERTS: usize = 9;
/// One, three and six intervals, and the error of level and habits alone.
const WINDOWS: usize = 4;
/// How many intervals are looked at together, at most.
const RING: usize = 6;
/// What enters the models of a residual: no more than so many scales.
const CLIP: f64 = 3.0;
/// After so many points on one side the level is where they are; so long an incident stays open after its last severe point.
const PATIENCE: u32 = 24;
/// After a gap of so many intervals the points before say nothing of the next.
const GAP: f64 = 3.0;
/// Where proportion begins, in means of the first day.
const UNIT: f64 = 0.3;
/// A slot of no profile.
const NO_SLOT: usize = usize::MAX;
/// The rarity (-log10 p) that has severity 50.
pub(crate) const HALF: f64 = 4.5;

/// What was expected of a point, and how rare its distance is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    pub value: f64,
    pub lower: f64,
    pub upper: f64,
    /// -log10 of the probability of the worst of the windows.
    pub rarity: f64,
    /// The distance from level and habits in scales, for the other channel.
    pub error: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Expectation {
    /// Points learned from.
    points: u32,
    /// Everything below is in logarithms of 1 + value / unit; in plain values, if this is zero.
    unit: f64,
    /// The level under the habits, and the last values as far as they could be believed.
    level: f64,
    last: f64,
    fast: f64,
    day: Profile,
    day_type: Profile,
    cycle: Profile,
    /// Errors of level and habits, the last and a slower average, and how far each tells the next.
    last_error: f64,
    mean_error: f64,
    last_tells: [f64; 2],
    mean_tells: [f64; 2],
    /// Discounted absolute losses of the predictors.
    losses: [f64; EXPERTS],
    noise: Noise,
    /// Mean absolute error of level and habits alone, in scales of the residual.
    error_scale: f64,
    /// The last residuals in scales, the newest first.
    ring: [f64; RING],
    /// Both sides (up, down) of each window.
    tails: [[Tail; 2]; WINDOWS],
    /// How many errors in a row were large and on one side, with the side's sign; their mean.
    run: i64,
    run_error: f64,
    /// The last value and the mean error before the incident that is open, and for how many points it stays so.
    before: [f64; 2],
    open: u32,
    /// The local day of the last point, and the absolute errors so far in it of its own kind of day and of the other.
    date: i64,
    own_error: f64,
    other_error: f64,
    /// Severe points less others of late: after too many, severe is how things are.
    told: u32,
}

/// What is known of a point before its value is.
struct Moment {
    date: i64,
    day: usize,
    day_type: usize,
    cycle: usize,
    noise: usize,
    /// Level and habits: of this kind of day, of the other, of the one that it is.
    own: f64,
    other: f64,
    base: f64,
    predictions: [f64; EXPERTS],
    mixture: f64,
    /// All between is no surprise.
    low: f64,
    high: f64,
    scale: f64,
}

impl Moment {
    /// How far a value is from the nearest that is no surprise.
    fn residual(&self, value: f64) -> f64 {
        (value - self.high).max(0.0) + (value - self.low).min(0.0)
    }
}

impl Expectation {
    pub fn new(interval: Interval) -> Self {
        let day = interval.day_slots(DAY_SLOTS);
        Self {
            points: 0,
            unit: 0.0,
            level: 0.0,
            last: 0.0,
            fast: 0.0,
            day: Profile::new(day),
            day_type: Profile::new(2 * day.min(TYPE_SLOTS)),
            cycle: Profile::new(interval.cycle_slots(CYCLE_SLOTS)),
            last_error: 0.0,
            mean_error: 0.0,
            last_tells: [0.0; 2],
            mean_tells: [0.0; 2],
            losses: [0.0; EXPERTS],
            noise: Noise::new(day),
            error_scale: 1.0,
            ring: [0.0; RING],
            tails: std::array::from_fn(|_| [Tail::new(), Tail::new()]),
            run: 0,
            run_error: 0.0,
            before: [0.0; 2],
            open: 0,
            date: i64::MIN,
            own_error: 0.0,
            other_error: 0.0,
            told: 0,
        }
    }

    /// What was expected at `time`, `steps` intervals after the last point, and how far off `value` is, if there is one. If it
    /// `is_new` it is learned from; of two values at one time the second is only judged.
    pub fn observe(
        &mut self,
        time: Time,
        interval: Interval,
        steps: f64,
        value: Option<f64>,
        is_new: bool,
    ) -> Expected {
        if self.points == 0 {
            let start = value.unwrap_or(0.0);
            (self.level, self.last, self.fast) = (start, start, start);
        }
        let moment = self.foresee(time, interval, steps);
        let belief = self.belief(interval);
        let reach = HALF / belief.max(0.25);
        let [[up, down], ..] = &self.tails;
        let mut expected = Expected {
            value: self.outward(moment.mixture),
            lower: self.outward(moment.mixture - moment.scale * down.value_at(reach)),
            upper: self.outward(moment.mixture + moment.scale * up.value_at(reach)),
            rarity: 0.0,
            error: 0.0,
        };
        if self.noise.was_never_negative() {
            expected.lower = expected.lower.max(0.0);
        }
        if let Some(value) = value {
            let inward = self.inward(value);
            let windows = self.windows(&moment, inward, steps);
            expected.rarity = belief * self.rarity(&windows);
            expected.error = (inward - moment.base) / moment.scale;
            if is_new {
                self.learn(&moment, interval, steps, value, &windows);
            }
        }
        expected
    }

    /// What habits and the last values say of a time.
    fn foresee(&self, time: Time, interval: Interval, steps: f64) -> Moment {
        let types = self.day_type.slots() / 2;
        let in_type = time.slot_of_day(types.max(1));
        let (mine, others) = if time.is_weekend() { (types, 0) } else { (0, types) };
        let (date, day) = (time.day(), time.slot_of_day(self.day.slots().max(1)));
        let cycle = time.slot_of_cycle(self.cycle.slots().max(1), interval.is_yearly());
        let noise = time.slot_of_day(self.noise.slots().max(1));

        let daily = self.level + self.day.at(day);
        let typed = daily + self.day_type.at(in_type + mine);
        let other = daily + self.day_type.at(in_type + others);
        let own = typed + self.cycle.at(cycle);
        // A holiday is a Sunday on a weekday: announced by nobody, seen from its first hours.
        let is_holiday = date == self.date && self.own_error > 1.5 * CLIP && self.other_error < 0.5 * self.own_error;
        let (base, day_type, cycle) =
            if is_holiday { (other, in_type + others, NO_SLOT) } else { (own, in_type + mine, cycle) };
        let last_tells = slope(self.last_tells);
        let fade = if steps > 1.5 { last_tells.powf(steps - 1.0) } else { 1.0 };
        let carried = last_tells * fade * self.last_error;
        let carried_mean = slope(self.mean_tells) * fade * self.mean_error;
        let predictions = [
            self.last,
            self.fast,
            self.level,
            daily + carried,
            typed + carried,
            base + carried,
            other + carried,
            base + carried_mean,
            base,
        ];
        let mixture = self.mix(&predictions);
        let mixture = if self.noise.was_never_negative() { mixture.max(0.0) } else { mixture };
        let (mut low, mut high) = (mixture, mixture);
        if self.open > 0 {
            // While an incident is open, what was usual before it is no surprise.
            let [last, error] = self.before;
            (low, high) = (low.min(last).min(base + error), high.max(last).max(base + error));
        }
        if types > 0 && time.is_at_start_of_day(interval) {
            // Nor is the other kind of day, as one begins.
            (low, high) = (low.min(other).min(own), high.max(other).max(own));
        }
        let scale = self.noise.scale(mixture, base, noise, self.floor());
        Moment { date, day, day_type, cycle, noise, own, other, base, predictions, mixture, low, high, scale }
    }

    /// The predictions weighted by the sixth powers of their losses' inverses.
    fn mix(&self, predictions: &[f64; EXPERTS]) -> f64 {
        let floor = 1e-3 * self.noise.plain() + f64::MIN_POSITIVE.sqrt();
        let least = self.losses.iter().copied().fold(f64::INFINITY, f64::min) + floor;
        let (mut sum, mut weights) = (0.0, 0.0);
        for (prediction, loss) in predictions.iter().zip(&self.losses) {
            let square = (least / (loss + floor)).powi(2);
            let weight = square * square * square;
            weights += weight;
            sum += weight * prediction;
        }
        sum / weights
    }

    /// Below this a difference is rounding.
    fn floor(&self) -> f64 {
        1e-6 * self.level.abs() + 1e-12
    }

    fn inward(&self, value: f64) -> f64 {
        if self.unit > 0.0 { (value.abs() / self.unit).ln_1p().copysign(value) } else { value }
    }

    fn outward(&self, value: f64) -> f64 {
        // No value is e^200 means.
        if self.unit > 0.0 { (value.abs().min(200.0).exp_m1() * self.unit).copysign(value) } else { value }
    }

    /// How much of a rarity is believed: nothing in the first day, all when a week was seen.
    fn belief(&self, interval: Interval) -> f64 {
        let days = f64::from(self.points) / points_of_day(interval) - 1.0;
        (10.0 * days).clamp(0.0, 1.0) * (0.6 + days / 15.0).min(1.0)
    }

    /// The residual of each window that ends with `value`, in scales.
    fn windows(&self, moment: &Moment, value: f64, steps: f64) -> [f64; WINDOWS] {
        let residual = moment.residual(value);
        let one = residual / moment.scale;
        let is_usual = moment.low < moment.high && one.abs() < 2.0;
        let off = if is_usual { one } else { (value - moment.base) / (self.error_scale * moment.scale) };
        if steps > GAP || one.abs() < 1.0 {
            // What lies before a gap says nothing, and what is back to normal needs no second alarm.
            return [one, 0.0, 0.0, off];
        }
        let [a, b, c, d, e, _] = self.ring;
        let three = bounded(one) + a + b;
        [one, three / 3.0_f64.sqrt(), (three + c + d + e) / 6.0_f64.sqrt(), off]
    }

    /// The rarity of the worst window.
    fn rarity(&self, windows: &[f64; WINDOWS]) -> f64 {
        let rarities = windows
            .iter()
            .zip(&self.tails)
            .map(|(&residual, [up, down])| if residual >= 0.0 { up.rarity(residual) } else { down.rarity(-residual) });
        // Errors that hang together are long on one side by chance: they count less, the more they do.
        let weights = [1.0, 1.0, 1.0, 1.0 - slope(self.last_tells)];
        rarities.zip(weights).map(|(rarity, weight)| rarity * weight).fold(0.0, f64::max)
    }

    fn learn(&mut self, moment: &Moment, interval: Interval, steps: f64, raw: f64, windows: &[f64; WINDOWS]) {
        let value = self.inward(raw);
        let (points, day) = (f64::from(self.points), points_of_day(interval));
        let is_young = points < day;
        let (residual, error) = (value - moment.mixture, value - moment.base);
        let error_scale = self.error_scale * moment.scale;
        let is_severe = self.learn_tails(windows, self.belief(interval));

        // What is out of all proportion enters the models only so far, but the further the longer it lasts.
        let lasting = 1.0 + self.run.unsigned_abs() as f64 / 8.0;
        let clip = CLIP * lasting * if self.told > PATIENCE { 4.0 } else { 1.0 };
        let bound = |scale: f64, error: f64| if is_young { error } else { error.clamp(-clip * scale, clip * scale) };
        let is_back = self.follow_incident(is_severe, value, moment, residual);
        let taken = if is_back { value } else { moment.mixture + bound(moment.scale, residual) };
        let is_first = self.day.slots() > 0 && self.day.visits(moment.day) == 0;
        let clipped = if is_first || is_back { error } else { bound(error_scale, error) };

        if moment.date != self.date {
            (self.date, self.own_error, self.other_error) = (moment.date, 0.0, 0.0);
        }
        // An incident is no holiday because it happens to be as low: what is bounded here takes hours to tell.
        self.own_error += ((value - moment.own) / moment.scale).abs().min(CLIP);
        self.other_error += ((value - moment.other) / moment.scale).abs().min(CLIP);

        let memory = (points + 1.0).min(day);
        for (loss, prediction) in self.losses.iter_mut().zip(&moment.predictions) {
            *loss += ((taken - prediction).abs() - *loss) / memory;
        }
        if steps < 1.5 {
            let keep = 1.0 - 1.0 / (points + 1.0).min(3.0 * day);
            for (tells, before) in [(&mut self.last_tells, self.last_error), (&mut self.mean_tells, self.mean_error)] {
                let (now, before) = (clipped / error_scale, before / error_scale);
                let [product, square] = tells;
                *product = *product * keep + now * before;
                *square = *square * keep + before * before;
            }
        }
        self.last_error = clipped;
        self.mean_error += 0.3 * (clipped - self.mean_error);

        let surprise = moment.residual(value);
        if self.points > 0 {
            let rate = 1.0 / (points + 1.0).min(2.0 * day);
            self.noise.learn(moment.mixture, moment.noise, bound(moment.scale, surprise).abs(), rate);
            let off = error.abs() / moment.scale;
            let off = if is_young { off.min(20.0) } else { off.min(clip * self.error_scale) };
            self.error_scale = (self.error_scale + rate * (off - self.error_scale)).clamp(1.0, 20.0);
        }

        self.level += clipped / (points + 1.0).min(2.0 * day);
        let left = self.day.learn(moment.day, clipped);
        let left = self.day_type.learn(moment.day_type, left);
        self.cycle.learn(moment.cycle, left);
        self.last = taken;
        self.fast += 0.3 * (taken - self.fast);

        let [a, b, c, d, e, _] = if steps > GAP { [0.0; RING] } else { self.ring };
        self.ring = [bounded(surprise / moment.scale), a, b, c, d, e];
        self.noise.weather(surprise / moment.scale, CLIP);
        self.accept(value, error, error_scale);
        let scattered = error.abs().min(5.0 * error_scale.max(1.0));
        self.noise.count(raw, self.outward(taken), scattered, 1.0 / (points + 1.0).min(10.0 * day));
        self.points = self.points.saturating_add(1);
        if is_young && f64::from(self.points) >= day {
            self.settle();
        }
    }

    /// Takes the windows into their tails; whether one of them is severe.
    fn learn_tails(&mut self, windows: &[f64; WINDOWS], belief: f64) -> bool {
        let mut is_severe = false;
        let usual_rate = (1.0 + 60.0 / (f64::from(self.points) + 1.0)).min(4.0);
        for (&residual, [up, down]) in windows.iter().zip(&mut self.tails) {
            let side = if residual >= 0.0 { &*up } else { &*down };
            let is_rare = belief * side.rarity(residual.abs()) >= HALF;
            is_severe |= is_rare;
            // An incident teaches the tails little.
            let rate = if is_rare && self.told < PATIENCE { 0.3 } else { usual_rate };
            up.learn(residual.max(0.0), rate);
            down.learn((-residual).max(0.0), rate);
        }
        is_severe
    }

    /// Opens an incident, keeps it open or lets it end; whether `value` is back where it was before it.
    fn follow_incident(&mut self, is_severe: bool, value: f64, moment: &Moment, residual: f64) -> bool {
        let [last, error] = self.before;
        let nearest = (value - last).abs().min((value - moment.base - error).abs());
        let is_back = self.open > 0 && nearest < residual.abs();
        if is_severe {
            if self.open == 0 {
                self.before = [self.last, self.mean_error];
            }
            self.open = PATIENCE;
            self.told = self.told.saturating_add(1);
        } else {
            self.open = self.open.saturating_sub(1);
            self.told = self.told.saturating_sub(1);
        }
        is_back
    }

    /// Counts how long the errors stay on one side; after long enough the level is there.
    fn accept(&mut self, value: f64, error: f64, scale: f64) {
        let side = if error > 0.0 { 1 } else { -1 };
        if error.abs() < 2.0 * scale || self.run * side < 0 {
            (self.run, self.run_error) = (0, 0.0);
            return;
        }
        self.run += side;
        self.run_error += (error - self.run_error) / self.run.unsigned_abs() as f64;
        if self.run.unsigned_abs() < u64::from(PATIENCE) {
            return;
        }
        let level = self.level + self.run_error;
        if self.unit == 0.0 && self.noise.was_never_negative() && self.level > 0.0 && level > 0.0 {
            // Habits and noise of what is never negative grow with it.
            let factor = (level / self.level).clamp(0.1, 10.0);
            for profile in [&mut self.day, &mut self.day_type, &mut self.cycle] {
                profile.stretch(factor);
            }
            self.noise.stretch(factor);
        }
        (self.level, self.last, self.fast) = (level, value, value);
        (self.run, self.run_error, self.last_error, self.mean_error) = (0, 0.0, 0.0, 0.0);
    }

    /// After the first day: what was never negative, and is no count, goes on in logarithms.
    fn settle(&mut self) {
        let Some(mean) = self.noise.proportional_mean() else { return };
        let level = self.level;
        self.unit = UNIT * mean;
        let slope = 1.0 / (self.unit + level.abs());
        self.level = self.inward(level);
        for slot in 0..self.day.slots() {
            self.day.set(slot, self.inward((level + self.day.at(slot)).max(0.0)) - self.level);
        }
        self.day_type.stretch(0.0);
        self.cycle.stretch(0.0);
        (self.last, self.fast) = (self.inward(self.last), self.inward(self.fast));
        for difference in self.losses.iter_mut().chain([&mut self.last_error, &mut self.mean_error]) {
            *difference *= slope;
        }
        self.noise.take_logarithms(slope);
    }

    pub fn bytes(&self) -> usize {
        self.day.bytes() + self.day_type.bytes() + self.cycle.bytes() + self.noise.bytes()
    }

    pub fn pass(&mut self, pass: &mut impl Pass) {
        pass.u32(&mut self.points);
        for field in [&mut self.unit, &mut self.level, &mut self.last, &mut self.fast] {
            pass.f64(field);
        }
        for profile in [&mut self.day, &mut self.day_type, &mut self.cycle] {
            profile.pass(pass);
        }
        for field in [&mut self.last_error, &mut self.mean_error, &mut self.error_scale, &mut self.run_error] {
            pass.f64(field);
        }
        for fields in [&mut self.last_tells, &mut self.mean_tells, &mut self.before] {
            pass.f64s(fields);
        }
        pass.f64s(&mut self.losses);
        self.noise.pass(pass);
        pass.f64s(&mut self.ring);
        self.tails.as_flattened_mut().iter_mut().for_each(|tail| tail.pass(pass));
        pass.i64(&mut self.run);
        pass.i64(&mut self.date);
        pass.f64(&mut self.own_error);
        pass.f64(&mut self.other_error);
        pass.u32(&mut self.open);
        pass.u32(&mut self.told);
    }
}

/// What the models take for a day: no less than a fortnight of days, no more than a day of five minutes.
fn points_of_day(interval: Interval) -> f64 {
    (interval.per_day() as f64).clamp(14.0, 300.0)
}

/// One value, however large, is the first window's affair.
fn bounded(residual: f64) -> f64 {
    residual.clamp(-8.0, 8.0)
}

/// The slope of a regression through the origin, between none and all.
fn slope([product, square]: [f64; 2]) -> f64 {
    if square > 0.0 { (product / (square + 1.0)).clamp(0.0, 1.0) } else { 0.0 }
}
