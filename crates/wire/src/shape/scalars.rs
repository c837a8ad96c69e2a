//! Shapes of the atoms: booleans, numbers, strings, bytes, points in time, and nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use crate::{Faults, Malformed, Measure, Measured, Place, Schema, Shape, Traits, Value};

/// Notes that a value is not of the type that was asked for. The value itself is not echoed.
fn mistyped<T>(value: &Value, wanted: &str, faults: &mut Faults) -> Option<T> {
    faults.mistyped(Malformed::new(format!("{} can not be converted to {wanted}", value.kind())));
    None
}

impl Shape for bool {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match &value {
            Value::Boolean(boolean) => Some(*boolean),
            Value::Text(text) if text == "true" => Some(true),
            Value::Text(text) if text == "false" => Some(false),
            _ => mistyped(&value, "a Boolean", faults),
        }
    }

    fn into_value(self) -> Value {
        Value::Boolean(self)
    }

    fn schema() -> Schema {
        Schema::Boolean
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Shape for i64 {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match &value {
            Value::Integer(number) => Some(*number),
            Value::Text(text) => whole_number(text).or_else(|| mistyped(&value, "a Long", faults)),
            _ => mistyped(&value, "a Long", faults),
        }
    }

    fn into_value(self) -> Value {
        Value::Integer(self)
    }

    fn schema() -> Schema {
        Schema::Long(Traits::NONE)
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Measured for i64 {
    fn measure(&self) -> Measure<'_> {
        Measure::Integer(*self)
    }
}

impl Shape for i32 {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let number = match &value {
            Value::Integer(number) => Some(*number),
            Value::Text(text) => whole_number(text),
            _ => None,
        };
        number.and_then(|number| Self::try_from(number).ok()).or_else(|| mistyped(&value, "an Integer", faults))
    }

    fn into_value(self) -> Value {
        Value::Integer(self.into())
    }

    fn schema() -> Schema {
        Schema::Integer(Traits::NONE)
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Measured for i32 {
    fn measure(&self) -> Measure<'_> {
        Measure::Integer((*self).into())
    }
}

/// A whole number in text: digits, with a minus sign or without.
fn whole_number(text: &str) -> Option<i64> {
    if text.starts_with('+') { None } else { text.parse().ok() }
}

impl Shape for f64 {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match &value {
            Value::Double(number) => Some(*number),
            Value::Integer(number) => Some(*number as Self),
            Value::Text(text) => text
                .parse()
                .ok()
                .filter(|number: &Self| number.is_finite())
                .or_else(|| mistyped(&value, "a Double", faults)),
            _ => mistyped(&value, "a Double", faults),
        }
    }

    fn into_value(self) -> Value {
        Value::Double(self)
    }

    fn schema() -> Schema {
        Schema::Double(Traits::NONE)
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Measured for f64 {
    fn measure(&self) -> Measure<'_> {
        Measure::Double(*self)
    }
}

impl Shape for String {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::String(text) | Value::Text(text) => Some(text),
            _ => mistyped(&value, "a String", faults),
        }
    }

    fn into_value(self) -> Value {
        Value::String(self)
    }

    fn schema() -> Schema {
        Schema::string()
    }

    fn show(&self) -> Option<String> {
        Some(self.clone())
    }
}

impl Measured for String {
    fn measure(&self) -> Measure<'_> {
        Measure::Text(self)
    }
}

/// Bytes; in Base64 on every wire served here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blob(pub Vec<u8>);

impl Shape for Blob {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Blob(bytes) => Some(Self(bytes)),
            Value::String(ref text) | Value::Text(ref text) => match BASE64.decode(text) {
                Ok(bytes) => Some(Self(bytes)),
                Err(_) => mistyped(&value, "a Blob", faults),
            },
            _ => mistyped(&value, "a Blob", faults),
        }
    }

    fn into_value(self) -> Value {
        Value::Blob(self.0)
    }

    fn schema() -> Schema {
        Schema::Blob(Traits::NONE)
    }
}

impl Measured for Blob {
    fn measure(&self) -> Measure<'_> {
        Measure::Length(self.0.len())
    }
}

/// Seconds since the epoch in JSON, to the millisecond; ISO 8601 with an offset in text.
impl Shape for Timestamp {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let timestamp = match &value {
            Value::Timestamp(timestamp) => Some(*timestamp),
            Value::Integer(seconds) => Self::from_second(*seconds).ok(),
            Value::Double(seconds) => from_seconds(*seconds),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        timestamp.or_else(|| mistyped(&value, "a Timestamp", faults))
    }

    fn into_value(self) -> Value {
        Value::Timestamp(self)
    }

    fn schema() -> Schema {
        Schema::Timestamp
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

/// A point in time from seconds with a fraction, to the millisecond, which is what JSON's numbers carry.
fn from_seconds(seconds: f64) -> Option<Timestamp> {
    let milliseconds = (seconds * 1000.0).round();
    // Far outside of what a timestamp can be, and well inside of what the cast below keeps exact.
    if milliseconds.abs() < 1e15 { Timestamp::from_millisecond(milliseconds as i64).ok() } else { None }
}

/// Nothing: the output of an operation that has none.
impl Shape for () {
    fn from_value(value: Value, _: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Null | Value::Map(_) | Value::Structure(_) => Some(()),
            _ => mistyped(&value, "a structure", faults),
        }
    }

    fn into_value(self) -> Value {
        Value::Null
    }

    fn schema() -> Schema {
        Schema::Structure { name: "Unit", members: Vec::new() }
    }
}
