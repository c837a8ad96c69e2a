//! Shapes of lists and maps.

use std::collections::BTreeMap;

use super::structure::required;
use crate::{Faults, Malformed, Measure, Measured, Place, Schema, Shape, Traits, Value};

impl<T: Shape> Shape for Vec<T> {
    fn from_value(value: Value, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let items = match value {
            Value::List(items) => items,
            // The Query protocol writes an empty list as an empty parameter.
            Value::Text(text) if text.is_empty() => Vec::new(),
            other => {
                faults.mistyped(Malformed::new(format!("{} can not be converted to a list", other.kind())));
                return None;
            }
        };
        let mut read = Self::with_capacity(items.len());
        let mut refused = Vec::new();
        for (position, item) in items.into_iter().enumerate() {
            let mut own = Faults::new();
            match required::<T>(Some(item), &place.item(position + 1), &mut own) {
                Some(item) => read.push(item),
                None => refused.push((position, own)),
            }
        }
        if refused.is_empty() {
            return Some(read);
        }
        note_items(&read, refused, place, faults);
        None
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }

    fn schema() -> Schema {
        Schema::List { member: Box::new(T::schema()), traits: Traits::NONE }
    }

    fn show(&self) -> Option<String> {
        bracketed(self.iter().map(T::show))
    }
}

impl<T: Shape> Measured for Vec<T> {
    fn measure(&self) -> Measure<'_> {
        Measure::Length(self.len())
    }
}

/// Notes the faults of a list's items. Faulty atoms AWS reports once, at the list, with all constraints
/// that its members have; faults within structures at their own places.
fn note_items<T: Shape>(read: &[T], refused: Vec<(usize, Faults)>, place: &Place<'_>, faults: &mut Faults) {
    let schema = T::schema();
    if !schema.is_scalar() {
        refused.into_iter().for_each(|(_, own)| faults.append(own));
        return;
    }
    let mut shown: Vec<Option<String>> = read.iter().map(T::show).collect();
    for (position, own) in refused {
        // Positions ascend, so that all items before this one are in their places.
        shown.insert(position.min(shown.len()), own.iter().next().and_then(|fault| unquoted(fault.value.as_deref())));
        if own.malformed().is_some() {
            faults.append(own);
            return;
        }
    }
    let shown = bracketed(shown.into_iter());
    faults.unsatisfied(place, shown.as_deref(), format!("Member must satisfy constraint: {}", schema.wording()));
}

/// A value that a fault shows, without its quotes.
fn unquoted(value: Option<&str>) -> Option<String> {
    value.map(|value| value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap_or(value).to_owned())
}

/// Values as AWS shows a list of them: `[a, b]`. One that must not be shown hides all.
fn bracketed(values: impl Iterator<Item = Option<String>>) -> Option<String> {
    let values: Vec<String> = values.collect::<Option<_>>()?;
    Some(format!("[{}]", values.join(", ")))
}

impl<K: Shape + Ord, V: Shape> Shape for BTreeMap<K, V> {
    fn from_value(value: Value, place: &Place<'_>, faults: &mut Faults) -> Option<Self> {
        let entries = match value {
            Value::Map(entries) => entries,
            Value::Structure(entries) => entries.into_iter().map(|(key, value)| (key.into_owned(), value)).collect(),
            // The Query protocol writes an empty map as an empty parameter.
            Value::Text(text) if text.is_empty() => Vec::new(),
            other => {
                faults.mistyped(Malformed::new(format!("{} can not be converted to a map", other.kind())));
                return None;
            }
        };
        let length = entries.len();
        let mut read = Self::new();
        let mut keys = Faults::new();
        let mut values = Faults::new();
        for (key, value) in entries {
            let value = required::<V>(Some(value), &place.entry(&key), &mut values);
            let key = K::from_value(Value::String(key), place, &mut keys);
            if let (Some(key), Some(value)) = (key, value)
                && read.insert(key, value).is_some()
            {
                faults.mistyped(Malformed::new("A key is given twice"));
                return None;
            }
        }
        let complete = read.len() == length;
        note_entries::<K>(keys, "Map keys", place, faults);
        note_entries::<V>(values, "Map value", place, faults);
        complete.then_some(read)
    }

    fn into_value(self) -> Value {
        let entries = self.into_iter().map(|(key, value)| (key_text(key.into_value()), value.into_value()));
        Value::Map(entries.collect())
    }

    fn schema() -> Schema {
        Schema::Map { key: Box::new(K::schema()), value: Box::new(V::schema()), traits: Traits::NONE }
    }

    fn show(&self) -> Option<String> {
        let entries = self.iter().map(|(key, value)| Some(format!("{}={}", key.show()?, value.show()?)));
        Some(format!("{{{}}}", entries.collect::<Option<Vec<_>>>()?.join(", ")))
    }
}

impl<K: Shape + Ord, V: Shape> Measured for BTreeMap<K, V> {
    fn measure(&self) -> Measure<'_> {
        Measure::Length(self.len())
    }
}

/// Notes the faults of a map's keys or of its values: those of atoms once, at the map, without values.
fn note_entries<T: Shape>(own: Faults, subject: &str, place: &Place<'_>, faults: &mut Faults) {
    if own.is_empty() {
        return;
    }
    let schema = T::schema();
    if own.malformed().is_some() || !schema.is_scalar() {
        faults.append(own);
    } else {
        faults.unsatisfied(place, None, format!("{subject} must satisfy constraint: {}", schema.wording()));
    }
}

/// The text of a key. AWS's maps have strings for keys; a key of any other shape has no text.
fn key_text(key: Value) -> String {
    match key {
        Value::String(text) | Value::Text(text) => text,
        _ => String::new(),
    }
}
