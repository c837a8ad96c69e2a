//! Input without its secrets.

use crate::{Schema, Value};

/// What CloudTrail's records have in the place of a secret.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

impl Schema {
    /// Takes out of an input what must not be shown, for the audit trail. Members that the shape does
    /// not know are left out, and what is not of its type is hidden: a secret under a misspelt name or in
    /// the wrong place is still a secret.
    pub fn redact(&self, value: &mut Value) {
        if self.traits().sensitive {
            hide(value);
            return;
        }
        match (self, value) {
            (_, Value::Null) => {}
            (Self::Structure { members, .. }, Value::Map(entries)) => {
                entries.retain_mut(|(name, value)| redact_member(members, name, value));
            }
            (Self::Structure { members, .. }, Value::Structure(entries)) => {
                entries.retain_mut(|(name, value)| redact_member(members, name, value));
            }
            (Self::List { member, .. }, Value::List(items)) => items.iter_mut().for_each(|item| member.redact(item)),
            (Self::Map { value: shape, .. }, Value::Map(entries)) => {
                entries.iter_mut().for_each(|(_, value)| shape.redact(value));
            }
            (Self::List { .. } | Self::Map { .. }, Value::Text(text)) if text.is_empty() => {}
            (Self::Structure { .. } | Self::List { .. } | Self::Map { .. }, value) => hide(value),
            (_, value @ (Value::List(_) | Value::Map(_) | Value::Structure(_))) => hide(value),
            _ => {}
        }
    }
}

/// Redacts a member; whether it is known and stays.
fn redact_member(members: &[crate::Member], name: &str, value: &mut Value) -> bool {
    let Some(member) = members.iter().find(|member| member.wire_name == name) else {
        return false;
    };
    if member.sensitive {
        hide(value)
    } else {
        member.schema.redact(value)
    }
    true
}

fn hide(value: &mut Value) {
    *value = Value::String(HIDDEN.to_owned());
}
