//! What the derived code of structures and enumerations has in common.

use crate::constraints::must_be_one_of;
use crate::{Constraints, Faults, Malformed, Measured, Place, Shape, Value};

/// Sorts a structure's members by the names it knows. Members it does not know are passed over, as AWS
/// does: clients may know more of the API than we do.
pub fn members<const N: usize>(
    value: Value,
    names: &[&'static str; N],
    faults: &mut Faults,
) -> Option<[Option<Value>; N]> {
    let mut found = [const { None }; N];
    let mut twice = false;
    let mut keep = |name: &str, value: Value| {
        let slot = names.iter().position(|known| *known == name).and_then(|position| found.get_mut(position));
        if let Some(slot) = slot {
            twice |= slot.replace(value).is_some();
        }
    };
    match value {
        Value::Map(entries) => entries.into_iter().for_each(|(name, value)| keep(&name, value)),
        Value::Structure(entries) => entries.into_iter().for_each(|(name, value)| keep(&name, value)),
        other => {
            faults.mistyped(Malformed::new(format!("{} can not be converted to a structure", other.kind())));
            return None;
        }
    }
    if twice {
        faults.mistyped(Malformed::new("A member is given twice"));
        return None;
    }
    Some(found)
}

/// Reads a member that must be there.
pub fn required<T: Shape>(value: Option<Value>, place: &Place<'_>, faults: &mut Faults) -> Option<T> {
    match value {
        None | Some(Value::Null) => {
            faults.missing(place);
            None
        }
        Some(value) => T::from_value(value, place, faults),
    }
}

/// Reads a member that may be absent. The outer `None` means a fault, the inner one absence.
pub fn optional<T: Shape>(value: Option<Value>, place: &Place<'_>, faults: &mut Faults) -> Option<Option<T>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(value) => T::from_value(value, place, faults).map(Some),
    }
}

/// Reads a constrained member that must be there.
pub fn required_within<T: Measured>(
    value: Option<Value>,
    constraints: &Constraints,
    place: &Place<'_>,
    faults: &mut Faults,
) -> Option<T> {
    let read = required::<T>(value, place, faults)?;
    constraints.check(&read, place, faults).then_some(read)
}

/// Reads a constrained member that may be absent.
pub fn optional_within<T: Measured>(
    value: Option<Value>,
    constraints: &Constraints,
    place: &Place<'_>,
    faults: &mut Faults,
) -> Option<Option<T>> {
    match optional::<T>(value, place, faults)? {
        Some(read) => constraints.check(&read, place, faults).then_some(Some(read)),
        None => Some(None),
    }
}

/// Reads one of an enumeration's values: its position among them.
pub fn enumerated(value: Value, values: &[&'static str], place: &Place<'_>, faults: &mut Faults) -> Option<usize> {
    let name = String::from_value(value, place, faults)?;
    let position = values.iter().position(|known| *known == name);
    if position.is_none() {
        faults.unsatisfied(place, Some(&name), must_be_one_of(values));
    }
    position
}
