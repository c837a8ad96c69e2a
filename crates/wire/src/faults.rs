//! What is wrong with an input.

use std::fmt;

use crate::Place;

/// Faults beyond this number are counted but not kept: a hostile list must not buy an endless answer.
const KEPT: usize = 100;

/// One constraint that one value does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where the value is, in AWS's notation: `tags.1.member.key`.
    pub place: String,
    /// The value as AWS shows it: `null`, or the value in single quotes; absent if it must not be shown.
    pub value: Option<String>,
    /// The constraint in AWS's words: `Member must not be null`.
    pub constraint: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value ")?;
        if let Some(value) = &self.value {
            write!(f, "{value} ")?;
        }
        write!(f, "at '{}' failed to satisfy constraint: {}", self.place, self.constraint)
    }
}

/// All that is wrong with an input; its `Display` is the message of AWS's `ValidationError` or
/// `ValidationException`.
///
/// Input of the wrong *type* is no validation error at AWS but [`Malformed`], which hides the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    kept: Vec<Fault>,
    uncounted: usize,
    malformed: Option<Malformed>,
}

impl Faults {
    /// No faults.
    pub const fn new() -> Self {
        Self { kept: Vec::new(), uncounted: 0, malformed: None }
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.kept.is_empty() && self.uncounted == 0 && self.malformed.is_none()
    }

    /// How many constraints are not satisfied.
    pub const fn len(&self) -> usize {
        self.kept.len() + self.uncounted
    }

    /// The unsatisfied constraints in the order of the model; at most the first hundred.
    pub fn iter(&self) -> std::slice::Iter<'_, Fault> {
        self.kept.iter()
    }

    /// The first value of the wrong type, if there is one. It comes before all constraints.
    pub const fn malformed(&self) -> Option<&Malformed> {
        self.malformed.as_ref()
    }

    /// Notes a fault.
    pub fn push(&mut self, fault: Fault) {
        if self.kept.len() < KEPT {
            self.kept.push(fault);
        } else {
            self.uncounted += 1;
        }
    }

    /// Notes a constraint that the value at `place` does not satisfy. `shown` is the value to echo; it
    /// is left out where the place is secret.
    pub fn unsatisfied(&mut self, place: &Place<'_>, shown: Option<&str>, constraint: impl Into<String>) {
        let value = if place.is_secret() { None } else { shown.map(|shown| format!("'{shown}'")) };
        self.push(Fault { place: place.to_string(), value, constraint: constraint.into() });
    }

    /// Notes that a required value is absent.
    pub fn missing(&mut self, place: &Place<'_>) {
        self.push(Fault {
            place: place.to_string(),
            value: Some("null".to_owned()),
            constraint: "Member must not be null".to_owned(),
        });
    }

    /// Notes a value of the wrong type.
    pub fn mistyped(&mut self, malformed: Malformed) {
        self.malformed.get_or_insert(malformed);
    }

    /// Adds the faults of a part.
    pub fn append(&mut self, other: Self) {
        other.kept.into_iter().for_each(|fault| self.push(fault));
        self.uncounted += other.uncounted;
        if let Some(malformed) = other.malformed {
            self.mistyped(malformed);
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(malformed) = &self.malformed {
            return malformed.fmt(f);
        }
        let errors = if self.len() == 1 { "error" } else { "errors" };
        write!(f, "{} validation {errors} detected: ", self.len())?;
        for (position, fault) in self.kept.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

impl<'a> IntoIterator for &'a Faults {
    type Item = &'a Fault;
    type IntoIter = std::slice::Iter<'a, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Input that is not well-formed in its protocol, or holds a value of the wrong type.
///
/// The JSON protocols answer `SerializationException`, the Query protocol `MalformedInput`; see
/// [`crate::Protocol::malformed`]. The message never echoes input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, in AWS's words where they are known.
    pub message: String,
    /// The code where the protocol has one for just this; rest-xml only.
    pub code: Option<&'static str>,
}

impl Malformed {
    /// Input that is malformed in the way the message says.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), code: None }
    }

    /// Input that is malformed in a way that has a code of its own.
    pub fn coded(code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), code: Some(code) }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Malformed {}
