//! A form of the Query protocol.
//!
//! Promises: no panic; a parameter is given once; a form says the same in any order of its parameters; a shape takes
//! the value or says what is wrong with it, and never shows a secret.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_wire::{Faults, Place, Shape, Value, query};

/// A shape with one member of each kind.
#[derive(Debug, Shape)]
pub struct Input {
    user_name: String,
    #[shape(sensitive, min = 8, max = 12)]
    password: Option<String>,
    max_items: Option<i32>,
    force: Option<bool>,
    since: Option<jiff::Timestamp>,
    tags: Option<Vec<Tag>>,
    settings: Option<BTreeMap<String, String>>,
}

/// A structure within.
#[derive(Debug, Shape)]
pub struct Tag {
    key: String,
    value: Option<String>,
}

const ENVELOPE: [&str; 2] = ["Action", "Version"];

/// The target.
pub fn run(data: &[u8]) {
    let Ok(pairs) = query::pairs(data) else { return };
    let Ok(value) = query::decode(pairs.iter().cloned()) else { return };
    // `Action` and `Version` are for the one who routes, and are no input.
    let given: Vec<&str> = pairs.iter().map(|(name, _)| &**name).filter(|name| !ENVELOPE.contains(name)).collect();
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), given.len(), "a parameter is taken twice");
    let backwards = query::decode(pairs.iter().rev().cloned());
    assert_eq!(backwards.map(sorted), Ok(sorted(value.clone())), "the order of parameters matters");
    let mut faults = Faults::new();
    let read = Input::from_value(value, &Place::root(), &mut faults);
    assert!(read.is_some() || !faults.is_empty(), "refused without a word");
    let told = faults.to_string();
    for (name, value) in &pairs {
        if name == "Password" && value.len() >= 8 {
            assert!(
                !told.contains(&**value) || "failed to satisfy constraint".contains(&**value),
                "a secret is told: {told}"
            );
        }
    }
}

/// The same value with members in the order of their names.
fn sorted(value: Value) -> Value {
    match value {
        Value::Map(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(name, value)| (name, sorted(value))).collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Map(entries)
        }
        Value::List(items) => Value::List(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
