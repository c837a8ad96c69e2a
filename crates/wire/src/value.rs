//! The value that all protocols have in common.

use std::borrow::Cow;

/// A value as it comes off the wire or goes onto it, before or after it has a type.
///
/// Decoders yield [`Value::Map`] for every object, since they do not know which names are members and
/// which are keys; shapes make [`Value::Structure`], whose names are borrowed.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value: a `null` of JSON, or the answer of an operation that has none.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Double(f64),
    /// A string of a protocol that knows its types, such as JSON.
    String(String),
    /// Untyped text from a query string, form, path or header: it converts to whatever scalar the
    /// shape asks for.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
    /// A point in time.
    Timestamp(jiff::Timestamp),
    /// Values in order.
    List(Vec<Value>),
    /// Values by key, in the order they were given.
    Map(Vec<(String, Value)>),
    /// Members by wire name, in the order of the model.
    Structure(Vec<(Cow<'static, str>, Value)>),
}

impl Value {
    /// An object without members.
    pub const fn empty() -> Self {
        Self::Map(Vec::new())
    }

    /// Whether there is no value.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// What AWS's JSON protocols call this kind of value when they cannot use it.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL_VALUE",
            Self::Boolean(true) => "TRUE_VALUE",
            Self::Boolean(false) => "FALSE_VALUE",
            Self::Integer(_) | Self::Timestamp(_) => "NUMBER_VALUE",
            Self::Double(_) => "DECIMAL_VALUE",
            Self::String(_) | Self::Text(_) | Self::Blob(_) => "STRING_VALUE",
            Self::List(_) => "START_ARRAY",
            Self::Map(_) | Self::Structure(_) => "START_OBJECT",
        }
    }
}
