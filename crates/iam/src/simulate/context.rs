//! The request context of a simulation: what is given, and nothing else.

use std::collections::BTreeMap;

use bartizan_gate::Fault;
use bartizan_policy::DataType;
use bartizan_wire::Shape;

use crate::{error, names::ContextKeyName};

/// A condition key with the values that it shall have.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html>
#[derive(Debug, Shape)]
pub struct ContextEntry {
    pub context_key_name: Option<ContextKeyName>,
    pub context_key_values: Option<Vec<String>>,
    pub context_key_type: Option<ContextKeyType>,
}

/// What the values of a key are, and whether there may be several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "ContextKeyTypeEnum")]
pub enum ContextKeyType {
    #[shape(name = "string")]
    String,
    #[shape(name = "stringList")]
    StringList,
    #[shape(name = "numeric")]
    Numeric,
    #[shape(name = "numericList")]
    NumericList,
    #[shape(name = "boolean")]
    Boolean,
    #[shape(name = "booleanList")]
    BooleanList,
    #[shape(name = "ip")]
    Ip,
    #[shape(name = "ipList")]
    IpList,
    #[shape(name = "binary")]
    Binary,
    #[shape(name = "binaryList")]
    BinaryList,
    #[shape(name = "date")]
    Date,
    #[shape(name = "dateList")]
    DateList,
}

impl ContextKeyType {
    const fn values(self) -> DataType {
        match self {
            Self::String | Self::StringList => DataType::String,
            Self::Numeric | Self::NumericList => DataType::Numeric,
            Self::Boolean | Self::BooleanList => DataType::Boolean,
            Self::Ip | Self::IpList => DataType::Ip,
            Self::Binary | Self::BinaryList => DataType::Binary,
            Self::Date | Self::DateList => DataType::Date,
        }
    }

    const fn is_list(self) -> bool {
        match self {
            Self::String | Self::Numeric | Self::Boolean | Self::Ip | Self::Binary | Self::Date => false,
            Self::StringList
            | Self::NumericList
            | Self::BooleanList
            | Self::IpList
            | Self::BinaryList
            | Self::DateList => true,
        }
    }
}

/// The context that the entries make. A key without values is as good as not given: "that key is ignored during the
/// simulation".
///
/// # Errors
/// `InvalidInput` for an entry without name or type, for a key that is given twice, and for values that do not fit their
/// type.
pub fn context(entries: &[ContextEntry]) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    let mut context = BTreeMap::new();
    for entry in entries {
        let invalid = |what: &str| Err(error::invalid_input(format!("ContextEntries are not valid: {what}.")));
        let (Some(name), Some(kind)) = (&entry.context_key_name, entry.context_key_type) else {
            return invalid("each must have a ContextKeyName and a ContextKeyType");
        };
        let values = entry.context_key_values.as_deref().unwrap_or_default();
        if values.len() > 1 && !kind.is_list() {
            return invalid(&format!("{name} has more than one value, and its type is {}", kind.as_str()));
        }
        if let Some(value) = values.iter().find(|value| !kind.values().takes(value)) {
            return invalid(&format!("the value '{value}' of {name} is not of type {}", kind.as_str()));
        }
        if context.insert(name.as_str().to_ascii_lowercase(), values.to_vec()).is_some() {
            return invalid(&format!("{name} is given twice"));
        }
    }
    Ok(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: ContextKeyType, values: &[&str]) -> ContextEntry {
        ContextEntry {
            context_key_name: Some(ContextKeyName::new(name).unwrap()),
            context_key_values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
            context_key_type: Some(kind),
        }
    }

    #[test]
    fn values_must_fit_their_type() {
        use ContextKeyType as Type;
        for (kind, good, bad) in [
            (Type::String, &["x"][..], &["x", "y"][..]),
            (Type::Numeric, &["-1.5e3"], &["one"]),
            (Type::NumericList, &["1", "2"], &["1", ""]),
            (Type::Boolean, &["TRUE"], &["yes"]),
            (Type::BooleanList, &["true", "false"], &["true", "0"]),
            (Type::Ip, &["2001:db8::1"], &["203.0.113.0/24"]),
            (Type::IpList, &["203.0.113.9", "::1"], &["203.0.113.9", "300.0.0.1"]),
            (Type::Binary, &["Zm9v"], &["Zm9"]),
            (Type::BinaryList, &["Zm9v", ""], &["Zm9v", "?"]),
            (Type::Date, &["2026-11-28T05:00:00Z"], &["tomorrow"]),
            (Type::DateList, &["1577836800", "2020"], &["2020", "x"]),
        ] {
            let found = context(&[entry("aws:Key", kind, good)]).unwrap();
            assert_eq!(found.get("aws:key").unwrap(), good, "{kind:?}");
            assert_eq!(context(&[entry("aws:Key", kind, bad)]).unwrap_err().code, "InvalidInput", "{kind:?}");
        }
    }

    #[test]
    fn a_key_is_given_once_and_whole() {
        let twice =
            [entry("aws:Key", ContextKeyType::String, &["a"]), entry("AWS:key", ContextKeyType::String, &["a"])];
        assert_eq!(context(&twice).unwrap_err().message, "ContextEntries are not valid: AWS:key is given twice.");
        for incomplete in [
            ContextEntry { context_key_type: None, ..entry("aws:Key", ContextKeyType::String, &["a"]) },
            ContextEntry { context_key_name: None, ..entry("aws:Key", ContextKeyType::String, &["a"]) },
        ] {
            assert!(context(&[incomplete]).is_err());
        }
    }
}
