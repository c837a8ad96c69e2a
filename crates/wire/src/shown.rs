//! A value as it may be shown to those who must not learn its secrets.

use crate::{
    Member, Schema, Value,
    json::{self, Members},
};

/// What CloudTrail's records have in the place of a secret.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// How the names of members are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// As they are on the wire.
    Wire,
    /// With a small first letter, as CloudTrail has them for most services.
    LowerFirst,
}

impl Schema {
    /// Appends a value as JSON without what must not be shown, for the audit trail. Members that the shape does not
    /// know are left out, and what is not of its type is hidden: a secret under a misspelt name or in the wrong place is
    /// still a secret.
    pub fn write_shown(&self, out: &mut Vec<u8>, value: &Value, naming: Naming) {
        match (self, value) {
            (_, Value::Null) => json::write(out, value),
            _ if self.traits().sensitive => hide(out),
            (Self::Structure { members, .. }, Value::Map(entries)) => {
                write_members(out, members, entries.iter().map(|(name, value)| (name.as_str(), value)), naming);
            }
            (Self::Structure { members, .. }, Value::Structure(entries)) => {
                write_members(out, members, entries.iter().map(|(name, value)| (name.as_ref(), value)), naming);
            }
            (Self::List { member, .. }, Value::List(items)) => {
                json::list(out, items, |out, item| member.write_shown(out, item, naming));
            }
            (Self::Map { value: shape, .. }, Value::Map(entries)) => {
                let mut object = Members::begin(out);
                for (key, value) in entries {
                    shape.write_shown(object.name(key), value, naming);
                }
                object.end();
            }
            (Self::List { .. } | Self::Map { .. }, Value::Text(text)) if text.is_empty() => json::write(out, value),
            (Self::Structure { .. } | Self::List { .. } | Self::Map { .. }, _)
            | (_, Value::List(_) | Value::Map(_) | Value::Structure(_)) => hide(out),
            _ => json::write(out, value),
        }
    }
}

fn write_members<'a>(
    out: &mut Vec<u8>,
    members: &[Member],
    entries: impl Iterator<Item = (&'a str, &'a Value)>,
    naming: Naming,
) {
    let mut object = Members::begin(out);
    for (name, value) in entries.filter(|(_, value)| !value.is_null()) {
        let Some(member) = members.iter().find(|member| member.wire_name == name) else { continue };
        let out = match naming {
            Naming::Wire => object.name(name),
            Naming::LowerFirst => object.name(&lower_first(name)),
        };
        if member.sensitive { hide(out) } else { member.schema.write_shown(out, value, naming) }
    }
    object.end();
}

fn hide(out: &mut Vec<u8>) {
    json::string(out, HIDDEN);
}

/// Members' names are ASCII.
fn lower_first(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}
