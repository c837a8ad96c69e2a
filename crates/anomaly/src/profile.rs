//! Habits: what a series usually adds to its level at a time of the day, on a kind of day, at a time of the week.

use crate::bytes::Pass;

/// One value for each slot of a cycle, each an average that remembers about `MEMORY` visits.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    values: Box<[f32]>,
    visits: Box<[u8]>,
}

/// After so many visits a slot's average becomes an exponential one.
const MEMORY: u8 = 9;

impl Profile {
    pub fn new(slots: usize) -> Self {
        Self { values: vec![0.0; slots].into(), visits: vec![0; slots].into() }
    }

    pub fn slots(&self) -> usize {
        self.values.len()
    }

    /// What the slot adds; nothing if it was never visited.
    pub fn at(&self, slot: usize) -> f64 {
        self.values.get(slot).copied().map_or(0.0, f64::from)
    }

    pub fn visits(&self, slot: usize) -> u8 {
        self.visits.get(slot).copied().unwrap_or(0)
    }

    /// Moves the slot by its share of `error`; what is left of it.
    pub fn learn(&mut self, slot: usize, error: f64) -> f64 {
        let (Some(value), Some(visits)) = (self.values.get_mut(slot), self.visits.get_mut(slot)) else { return error };
        let share = error / (f64::from(*visits) + 1.0);
        *value = bounded(f64::from(*value) + share);
        *visits = (*visits + 1).min(MEMORY);
        error - share
    }

    /// Sets what the slot adds.
    pub fn set(&mut self, slot: usize, to: f64) {
        if let Some(value) = self.values.get_mut(slot) {
            *value = bounded(to);
        }
    }

    /// Stretches all values: the level went up or down, and the habit with it.
    pub fn stretch(&mut self, factor: f64) {
        self.values.iter_mut().for_each(|value| *value = bounded(f64::from(*value) * factor));
    }

    pub fn bytes(&self) -> usize {
        self.values.len() * (size_of::<f32>() + size_of::<u8>())
    }

    pub fn pass(&mut self, pass: &mut impl Pass) {
        pass.f32s(&mut self.values);
        pass.u8s(&mut self.visits);
    }
}

/// The nearest `f32` that is a number.
fn bounded(value: f64) -> f32 {
    value.clamp(-1e37, 1e37) as f32
}
