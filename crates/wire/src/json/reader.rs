//! From bytes to a value.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::{Malformed, Value};

/// Bodies nested deeper than this are refused.
const MAX_DEPTH: usize = 64;

/// Reads a body. An empty one is a structure without members, and so is a member that is `null`: absent.
/// Whole numbers of 64 bits stay exact; others are doubles.
///
/// # Errors
/// The body is not JSON in UTF-8 or not an object, is nested too deeply, or has an object with two
/// members of one name.
pub fn decode(body: &[u8]) -> Result<Value, Malformed> {
    if body.is_empty() {
        return Ok(Value::empty());
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = Reader { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| Malformed::new(format!("The body is not well-formed: {error}")))?;
    match value {
        Value::Map(_) => Ok(value),
        _ => Err(Malformed::new("The body is not an object")),
    }
}

/// Reads one value at a depth.
#[derive(Clone, Copy)]
struct Reader {
    depth: usize,
}

impl Reader {
    /// The reader of what is inside.
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth < MAX_DEPTH { Ok(Self { depth: self.depth + 1 }) } else { Err(E::custom("nested too deeply")) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, boolean: bool) -> Result<Value, E> {
        Ok(Value::Boolean(boolean))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Double(number as f64), Value::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Double(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.deeper()?;
        let mut entries: Vec<(String, Value)> = Vec::new();
        while let Some(name) = members.next_key::<String>()? {
            entries.push((name, members.next_value_seed(inside)?));
        }
        if has_duplicates(&entries) {
            return Err(A::Error::custom("a name is given twice in one object"));
        }
        entries.retain(|(_, value)| !value.is_null());
        Ok(Value::Map(entries))
    }
}

fn has_duplicates(entries: &[(String, Value)]) -> bool {
    let mut names = BTreeSet::new();
    !entries.iter().all(|(name, _)| names.insert(name.as_str()))
}
