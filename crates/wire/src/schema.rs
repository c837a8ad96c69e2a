//! What a shape looks like from outside.

use crate::constraints::{self, Constraints};

/// A shape's description: its type, its members, its constraints. It is built on demand, for
/// conformance tests, for messages about lists and for keeping secrets out of the audit trail; whoever
/// needs it on each request keeps it.
///
/// A shape that contains itself has no finite schema; AWS's models served here have none.
#[derive(Debug, Clone, PartialEq)]
pub enum Schema {
    /// True or false.
    Boolean,
    /// A whole number of 32 bits.
    Integer(Traits),
    /// A whole number of 64 bits.
    Long(Traits),
    /// A number of single precision.
    Float(Traits),
    /// A number of double precision.
    Double(Traits),
    /// A string; `values` are those it can have, if it is an enumeration.
    String {
        /// Its constraints.
        traits: Traits,
        /// The values of an enumeration; empty if any string will do.
        values: &'static [&'static str],
    },
    /// Bytes.
    Blob(Traits),
    /// A point in time.
    Timestamp,
    /// Values in order.
    List {
        /// What is in the list.
        member: Box<Schema>,
        /// The list's own constraints.
        traits: Traits,
    },
    /// Values by key.
    Map {
        /// What the keys are.
        key: Box<Schema>,
        /// What the values are.
        value: Box<Schema>,
        /// The map's own constraints.
        traits: Traits,
    },
    /// Named members.
    Structure {
        /// The shape's name.
        name: &'static str,
        /// The members in the order of the model.
        members: Vec<Member>,
    },
}

/// One member of a structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name in the model.
    pub name: &'static str,
    /// The name on the wire (`locationName` in botocore's models); mostly the same.
    pub wire_name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Whether it must never be shown.
    pub sensitive: bool,
    /// Where it is in a request or an answer of the rest-xml protocol.
    pub location: Location,
    /// What the items of a list are called in XML; empty if the list has no element of its own and its items have the
    /// member's name.
    pub item: &'static str,
    /// Its shape.
    pub schema: Schema,
}

/// Where a member is in a message of the rest-xml protocol.
///
/// <https://smithy.io/2.0/spec/http-bindings.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the body, as an element.
    Body,
    /// The body itself.
    Payload,
    /// An attribute of the element that the structure is.
    Attribute,
    /// In the path.
    Label,
    /// In the query string.
    Query,
    /// A header.
    Header,
    /// All headers whose names begin with the wire name, as a map of what follows it.
    Headers,
}

/// Constraints in a form that can be compared with a model's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits {
    /// Least length or value.
    pub min: Option<i64>,
    /// Greatest length or value.
    pub max: Option<i64>,
    /// The form of a string, as AWS's model has it.
    pub pattern: Option<&'static str>,
    /// Whether the value must never be shown.
    pub sensitive: bool,
}

impl Schema {
    /// A string without constraints.
    pub const fn string() -> Self {
        Self::String { traits: Traits::NONE, values: &[] }
    }

    /// The same schema under further constraints, which take the place of its own where both are given.
    #[must_use]
    pub fn within(mut self, constraints: &Constraints) -> Self {
        if let Some(traits) = self.traits_mut() {
            traits.min = constraints.min.or(traits.min);
            traits.max = constraints.max.or(traits.max);
            traits.pattern = constraints.pattern.as_ref().map(crate::Pattern::source).or(traits.pattern);
        }
        self
    }

    /// The same schema, whose values must never be shown.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        if let Some(traits) = self.traits_mut() {
            traits.sensitive = true;
        }
        self
    }

    /// The constraints; none for types that cannot have any.
    pub fn traits(&self) -> Traits {
        match self {
            Self::Integer(traits)
            | Self::Long(traits)
            | Self::Float(traits)
            | Self::Double(traits)
            | Self::Blob(traits)
            | Self::String { traits, .. }
            | Self::List { traits, .. }
            | Self::Map { traits, .. } => *traits,
            Self::Boolean | Self::Timestamp | Self::Structure { .. } => Traits::NONE,
        }
    }

    fn traits_mut(&mut self) -> Option<&mut Traits> {
        match self {
            Self::Integer(traits)
            | Self::Long(traits)
            | Self::Float(traits)
            | Self::Double(traits)
            | Self::Blob(traits)
            | Self::String { traits, .. }
            | Self::List { traits, .. }
            | Self::Map { traits, .. } => Some(traits),
            Self::Boolean | Self::Timestamp | Self::Structure { .. } => None,
        }
    }

    /// Whether values are atoms: neither list, nor map, nor structure.
    pub(crate) const fn is_scalar(&self) -> bool {
        !matches!(self, Self::List { .. } | Self::Map { .. } | Self::Structure { .. })
    }

    /// All constraints in AWS's words and order, as it lists them for the members of a list or map:
    /// `[Member must have length less than or equal to 128, Member must have …]`.
    pub(crate) fn wording(&self) -> String {
        let subject = match self {
            Self::Integer(_) | Self::Long(_) | Self::Float(_) | Self::Double(_) => constraints::VALUE,
            _ => constraints::LENGTH,
        };
        let traits = self.traits();
        let choice = match self {
            Self::String { values, .. } if !values.is_empty() => Some(constraints::must_be_one_of(values)),
            _ => None,
        };
        let words: Vec<String> = [
            traits.max.map(|max| constraints::at_most(subject, max)),
            traits.min.map(|min| constraints::at_least(subject, min)),
            traits.pattern.map(constraints::must_be_like),
            choice,
        ]
        .into_iter()
        .flatten()
        .collect();
        if words.is_empty() { "[Member must not be null]".to_owned() } else { format!("[{}]", words.join(", ")) }
    }
}

impl Traits {
    /// No constraints.
    pub const NONE: Self = Self { min: None, max: None, pattern: None, sensitive: false };
}
