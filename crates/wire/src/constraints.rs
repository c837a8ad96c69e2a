//! Limits on length, value and form, and AWS's wording when they are not kept.

use std::fmt::Write as _;

use crate::{Faults, Pattern, Place, Shape};

/// What a model asks of a value beyond its type. A shape holds it in a `static`.
#[derive(Debug)]
pub struct Constraints {
    /// Least length (in characters, bytes or items) or least value.
    pub min: Option<i64>,
    /// Greatest length (in characters, bytes or items) or greatest value.
    pub max: Option<i64>,
    /// The form of a string.
    pub pattern: Option<Pattern>,
}

/// What of a value is measured.
#[derive(Debug, Clone, Copy)]
pub enum Measure<'a> {
    /// A text: its length in Unicode code points, and its form.
    Text(&'a str),
    /// The length of a list, a map (items) or a blob (bytes).
    Length(usize),
    /// A whole number's value.
    Integer(i64),
    /// A number's value.
    Double(f64),
}

/// A shape that can be constrained.
pub trait Measured: Shape {
    /// What is measured.
    fn measure(&self) -> Measure<'_>;
}

impl Constraints {
    /// Whether the value satisfies all constraints; each that it does not is noted.
    pub fn check<T: Measured>(&self, value: &T, place: &Place<'_>, faults: &mut Faults) -> bool {
        let measure = value.measure();
        let unsatisfied = [
            self.pattern.as_ref().filter(|pattern| !fits(pattern, measure)).map(must_match),
            self.max.filter(|max| above(measure, *max)).map(|max| at_most(measure.subject(), max)),
            self.min.filter(|min| below(measure, *min)).map(|min| at_least(measure.subject(), min)),
        ];
        let mut satisfied = true;
        for constraint in unsatisfied.into_iter().flatten() {
            satisfied = false;
            faults.unsatisfied(place, value.show().as_deref(), constraint);
        }
        satisfied
    }
}

impl Measure<'_> {
    const fn subject(self) -> &'static str {
        match self {
            Self::Text(_) | Self::Length(_) => LENGTH,
            Self::Integer(_) | Self::Double(_) => VALUE,
        }
    }
}

/// The two things that a least and a greatest are asked of.
pub(crate) const LENGTH: &str = "length";
pub(crate) const VALUE: &str = "value";

/// AWS's words for a least length or value.
pub(crate) fn at_least(subject: &str, min: i64) -> String {
    format!("Member must have {subject} greater than or equal to {min}")
}

/// AWS's words for a greatest length or value.
pub(crate) fn at_most(subject: &str, max: i64) -> String {
    format!("Member must have {subject} less than or equal to {max}")
}

/// AWS's words for a form.
pub(crate) fn must_be_like(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

/// AWS's words for a choice.
pub(crate) fn must_be_one_of(values: &[&str]) -> String {
    let mut words = "Member must satisfy enum value set: [".to_owned();
    for (position, value) in values.iter().enumerate() {
        let comma = if position > 0 { ", " } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(words, "{comma}{value}");
    }
    words.push(']');
    words
}

fn must_match(pattern: &Pattern) -> String {
    must_be_like(pattern.source())
}

fn fits(pattern: &Pattern, measure: Measure<'_>) -> bool {
    match measure {
        Measure::Text(text) => pattern.matches(text),
        // A form is asked of strings only; asked of anything else it is never satisfied.
        Measure::Length(_) | Measure::Integer(_) | Measure::Double(_) => false,
    }
}

fn below(measure: Measure<'_>, min: i64) -> bool {
    match measure {
        Measure::Text(text) => length(text.chars().count()) < min,
        Measure::Length(items) => length(items) < min,
        Measure::Integer(number) => number < min,
        Measure::Double(number) => !at_or_above(number, min),
    }
}

fn above(measure: Measure<'_>, max: i64) -> bool {
    match measure {
        Measure::Text(text) => length(text.chars().count()) > max,
        Measure::Length(items) => length(items) > max,
        Measure::Integer(number) => number > max,
        Measure::Double(number) => !at_or_below(number, max),
    }
}

/// Limits of models are small whole numbers, which a double holds exactly; not-a-number is outside.
fn at_or_above(number: f64, min: i64) -> bool {
    number >= min as f64
}

fn at_or_below(number: f64, max: i64) -> bool {
    number <= max as f64
}

fn length(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
