//! The `Condition` element.
//!
//! AWS pages: "IAM JSON policy elements: Condition",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>;
//! "Creating a condition with multiple keys or values",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html>.

pub(crate) mod operators;
pub(crate) mod values;
mod witness;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::pattern::{self, Pattern, Resolved, Syntax};
use crate::resource::segments;
use crate::truth::Truth;
use crate::{Context, Values, Version};

use operators::{Operator, Order, SetOperator, Test};
use values::Number;

pub use values::DataType;
pub(crate) use witness::Witnesses;

/// One operator on one key.
#[derive(Debug)]
pub(crate) struct Condition {
    /// In ASCII lower case.
    key: Box<str>,
    set: Option<SetOperator>,
    operator: &'static Operator,
    if_exists: bool,
    operands: Operands,
}

/// The policy's values, read by their operator.
#[derive(Debug)]
enum Operands {
    Strings(Box<[Pattern]>),
    StringsIgnoringCase(Box<[Pattern]>),
    Numbers(Order, Box<[Number]>),
    Dates(Order, Box<[Timestamp]>),
    Bools(Box<[Truthful]>),
    Binaries(Box<[Box<[u8]>]>),
    Networks(Box<[IpNet]>),
    Arns(Box<[ArnPattern]>),
    Absent(Box<[bool]>),
}

/// A value under `Bool`.
#[derive(Debug)]
enum Truthful {
    Is(bool),
    Variable(Pattern),
}

/// A value under the ARN operators.
#[derive(Debug)]
enum ArnPattern {
    /// Each segment by itself.
    Segments(Box<[Pattern; 6]>),
    /// Not of six segments as it is written: perhaps a variable brings a whole ARN. `*` is any ARN.
    Whole(Pattern),
}

/// A condition operator with its set operator and `IfExists`, as a policy writes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Qualified {
    set: Option<SetOperator>,
    operator: &'static Operator,
    if_exists: bool,
}

/// Whether a condition key has its form, `vendor:name`.
pub(crate) fn is_key(text: &str) -> bool {
    let printable = |text: &str| !text.is_empty() && !text.contains(char::is_control);
    let parts = text.split_once(':');
    parts.is_some_and(|(vendor, name)| printable(vendor) && !vendor.contains(' ') && printable(name))
}

impl Qualified {
    /// Reads a name such as `ForAnyValue:StringLikeIfExists`.
    pub(crate) fn parse(text: &str) -> Option<Qualified> {
        let (set, operator, if_exists) = operators::parse(text)?;
        Some(Qualified { set, operator, if_exists })
    }
}

impl Condition {
    /// Compiles an operator on a key with the policy's values for it.
    ///
    /// # Errors
    ///
    /// The index of the value that the operator cannot take, and why.
    pub(crate) fn new(
        qualified: Qualified,
        key: &str,
        values: &[&str],
        version: Version,
    ) -> Result<Condition, (usize, String)> {
        Ok(Condition {
            key: key.to_ascii_lowercase().into(),
            set: qualified.set,
            operator: qualified.operator,
            if_exists: qualified.if_exists,
            operands: Operands::parse(qualified.operator.test, values, version)?,
        })
    }

    /// Whether it names the principal by `aws:PrincipalArn`, as a `Principal` element would.
    pub(crate) fn names_principal_arn(&self) -> bool {
        let by_arn = matches!(self.operands, Operands::Strings(_) | Operands::Arns(_));
        &*self.key == "aws:principalarn"
            && by_arn
            && !self.operator.negated
            && !self.if_exists
            && self.set != Some(SetOperator::ForAllValues)
    }

    /// Whether the condition holds for a request.
    pub(crate) fn holds(&self, context: &dyn Context) -> Truth {
        let values = context.values(&self.key);
        if let Operands::Absent(wanted) = &self.operands {
            // "They always return a true or false respectively": see Access Analyzer's check "Null with qualifier".
            if let Some(set) = self.set {
                return (set == SetOperator::ForAllValues).into();
            }
            return match values {
                Values::Unknown => match (wanted.contains(&true), wanted.contains(&false)) {
                    (true, true) => Truth::Yes,
                    (false, false) => Truth::No,
                    _ => Truth::Unknown,
                },
                values => wanted.contains(&values.is_absent()).into(),
            };
        }
        if values == Values::Unknown {
            return Truth::Unknown;
        }
        if values.is_absent() {
            let holds = self.if_exists
                || match self.set {
                    Some(SetOperator::ForAllValues) => true,
                    Some(SetOperator::ForAnyValue) => false,
                    None => self.operator.negated,
                };
            return holds.into();
        }
        let holds_for = |value: &str| self.operands.test(value, context).negated_if(self.operator.negated);
        // "A null data set, such as an empty string."
        let is_null = || values.iter().all(str::is_empty);
        match self.set {
            Some(SetOperator::ForAllValues) if is_null() => Truth::Yes,
            Some(SetOperator::ForAllValues) => Truth::all(values.iter().map(holds_for)),
            Some(SetOperator::ForAnyValue) if is_null() => Truth::No,
            Some(SetOperator::ForAnyValue) => Truth::any(values.iter().map(holds_for)),
            // Several values need a set operator: without one they do not match.
            None => values.single().map_or(Truth::No, holds_for),
        }
    }

    /// The key, in ASCII lower case.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The operator as policies write it: `ForAnyValue:StringLikeIfExists`.
    pub(crate) fn operator(&self) -> String {
        let set = match self.set {
            Some(SetOperator::ForAllValues) => "ForAllValues:",
            Some(SetOperator::ForAnyValue) => "ForAnyValue:",
            None => "",
        };
        format!("{set}{}{}", self.operator.name, if self.if_exists { "IfExists" } else { "" })
    }

    /// The policy's values, as text.
    pub(crate) fn operands(&self) -> Vec<String> {
        fn texts<T>(values: &[T], text: impl Fn(&T) -> String) -> Vec<String> {
            values.iter().map(text).collect()
        }
        match &self.operands {
            Operands::Strings(patterns) | Operands::StringsIgnoringCase(patterns) => {
                texts(patterns, Pattern::to_string)
            }
            Operands::Numbers(_, numbers) => texts(numbers, Number::to_string),
            Operands::Dates(_, dates) => texts(dates, Timestamp::to_string),
            Operands::Bools(truths) => texts(truths, |truth| match truth {
                Truthful::Is(truth) => truth.to_string(),
                Truthful::Variable(pattern) => pattern.to_string(),
            }),
            Operands::Binaries(binaries) => texts(binaries, |bytes| values::write_base64(bytes)),
            Operands::Networks(networks) => texts(networks, IpNet::to_string),
            Operands::Arns(arns) => texts(arns, |arn| texts(arn.patterns(), Pattern::to_string).join(":")),
            Operands::Absent(wanted) => texts(wanted, bool::to_string),
        }
    }

    /// All keys that it asks for: its own, and those of its variables. In ASCII lower case.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&*self.key).chain(self.operands.patterns().flat_map(Pattern::keys))
    }
}

impl Operands {
    fn parse(test: Test, values: &[&str], version: Version) -> Result<Operands, (usize, String)> {
        let pattern = |syntax| move |value: &str| Pattern::parse(value, syntax, version);
        Ok(match test {
            Test::Equal => Operands::Strings(each(values, pattern(Syntax::Literal))?),
            Test::EqualIgnoringCase => Operands::StringsIgnoringCase(each(values, pattern(Syntax::Literal))?),
            Test::Like => Operands::Strings(each(values, pattern(Syntax::Wildcards))?),
            Test::Number(order) => Operands::Numbers(
                order,
                each(values, |value| Number::parse(value).ok_or_else(|| format!("{value:?} is no number")))?,
            ),
            Test::Date(order) => Operands::Dates(
                order,
                each(values, |value| values::parse_date(value).ok_or_else(|| format!("{value:?} is no date")))?,
            ),
            Test::Bool => Operands::Bools(each(values, |value| Truthful::parse(value, version))?),
            Test::Binary => Operands::Binaries(each(values, |value| {
                let bytes = values::parse_base64(value).map(Vec::into_boxed_slice);
                bytes.ok_or_else(|| format!("{value:?} is not in base64"))
            })?),
            Test::InNetwork => Operands::Networks(each(values, |value| {
                values::parse_network(value)
                    .ok_or_else(|| format!("{value:?} is no address and no range in CIDR notation"))
            })?),
            Test::Arn => Operands::Arns(each(values, |value| ArnPattern::parse(value, version))?),
            Test::Absent => Operands::Absent(each(values, |value| {
                values::parse_bool(value).ok_or_else(|| format!("{value:?} is not true or false"))
            })?),
        })
    }

    /// Whether any of the policy's values matches a value of the request.
    fn test(&self, value: &str, context: &dyn Context) -> Truth {
        match self {
            Operands::Strings(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(value, context))),
            Operands::StringsIgnoringCase(patterns) => {
                Truth::any(patterns.iter().map(|pattern| equals_ignoring_case(pattern, value, context)))
            }
            Operands::Numbers(order, numbers) => Number::parse(value)
                .is_some_and(|value| numbers.iter().any(|number| order.accepts(value.cmp(number))))
                .into(),
            Operands::Dates(order, dates) => values::parse_date(value)
                .is_some_and(|value| dates.iter().any(|date| order.accepts(value.cmp(date))))
                .into(),
            Operands::Bools(truths) => match values::parse_bool(value) {
                Some(value) => Truth::any(truths.iter().map(|truth| truth.is(value, context))),
                None => Truth::No,
            },
            Operands::Binaries(binaries) => {
                values::parse_base64(value).is_some_and(|value| binaries.iter().any(|binary| **binary == *value)).into()
            }
            Operands::Networks(networks) => values::parse_address(value)
                .is_some_and(|address| networks.iter().any(|network| network.contains(&address)))
                .into(),
            Operands::Arns(patterns) => Truth::any(patterns.iter().map(|pattern| pattern.matches(value, context))),
            Operands::Absent(_) => Truth::No,
        }
    }

    /// The patterns among them, which may hold variables.
    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let (strings, arns, truths) = match self {
            Operands::Strings(patterns) | Operands::StringsIgnoringCase(patterns) => (&**patterns, &[][..], &[][..]),
            Operands::Arns(patterns) => (&[][..], &**patterns, &[][..]),
            Operands::Bools(truths) => (&[][..], &[][..], &**truths),
            Operands::Numbers(..)
            | Operands::Dates(..)
            | Operands::Binaries(_)
            | Operands::Networks(_)
            | Operands::Absent(_) => (&[][..], &[][..], &[][..]),
        };
        strings
            .iter()
            .chain(arns.iter().flat_map(ArnPattern::patterns))
            .chain(truths.iter().filter_map(Truthful::pattern))
    }
}

/// Reads each value, or says which one cannot be read.
fn each<T>(values: &[&str], read: impl Fn(&str) -> Result<T, String>) -> Result<Box<[T]>, (usize, String)> {
    let read = |(index, value): (usize, &&str)| read(value).map_err(|why| (index, why));
    values.iter().enumerate().map(read).collect()
}

fn equals_ignoring_case(pattern: &Pattern, value: &str, context: &dyn Context) -> Truth {
    let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    match pattern.resolve(context) {
        Resolved::Bytes(resolved) => {
            std::str::from_utf8(&resolved).is_ok_and(|resolved| folded(resolved) == folded(value)).into()
        }
        Resolved::Valueless => Truth::No,
        Resolved::AtMost(_) => Truth::Unknown,
    }
}

impl Truthful {
    fn parse(value: &str, version: Version) -> Result<Truthful, String> {
        match values::parse_bool(value) {
            Some(truth) => Ok(Truthful::Is(truth)),
            None if value.starts_with("${") && version == Version::V2012 => {
                Pattern::parse(value, Syntax::Literal, version).map(Truthful::Variable)
            }
            None => Err(format!("{value:?} is not true or false")),
        }
    }

    fn pattern(&self) -> Option<&Pattern> {
        match self {
            Truthful::Is(_) => None,
            Truthful::Variable(pattern) => Some(pattern),
        }
    }

    fn is(&self, value: bool, context: &dyn Context) -> Truth {
        match self {
            Truthful::Is(truth) => (*truth == value).into(),
            Truthful::Variable(pattern) => match pattern.resolve(context) {
                Resolved::Bytes(bytes) => {
                    (std::str::from_utf8(&bytes).ok().and_then(values::parse_bool) == Some(value)).into()
                }
                Resolved::Valueless => Truth::No,
                Resolved::AtMost(_) => Truth::Unknown,
            },
        }
    }
}

impl ArnPattern {
    fn patterns(&self) -> &[Pattern] {
        match self {
            ArnPattern::Segments(patterns) => patterns.as_slice(),
            ArnPattern::Whole(pattern) => std::slice::from_ref(pattern),
        }
    }

    fn parse(value: &str, version: Version) -> Result<ArnPattern, String> {
        let parse = |text: &str| Pattern::parse(text, Syntax::Wildcards, version);
        let patterns: Vec<Pattern> = segments(value, version).into_iter().map(parse).collect::<Result<_, _>>()?;
        match <[Pattern; 6]>::try_from(patterns) {
            Ok(segments) => Ok(ArnPattern::Segments(Box::new(segments))),
            Err(_) => parse(value).map(ArnPattern::Whole),
        }
    }

    fn matches(&self, value: &str, context: &dyn Context) -> Truth {
        let Some(value) = split_arn(value.as_bytes()) else {
            return Truth::No;
        };
        match self {
            ArnPattern::Segments(patterns) => {
                Truth::all(patterns.iter().zip(value).map(|(pattern, value)| pattern.resolve(context).matches(value)))
            }
            ArnPattern::Whole(pattern) if pattern.is_any() => Truth::Yes,
            ArnPattern::Whole(pattern) => match pattern.resolve(context) {
                Resolved::Bytes(bytes) => split_arn(&bytes)
                    .is_some_and(|ours| ours.iter().zip(value).all(|(ours, theirs)| pattern::matches(ours, theirs)))
                    .into(),
                Resolved::Valueless => Truth::No,
                Resolved::AtMost(_) => Truth::Unknown,
            },
        }
    }
}

/// The six segments of an ARN.
fn split_arn(arn: &[u8]) -> Option<[&[u8]; 6]> {
    let mut segments = arn.splitn(6, |&byte| byte == b':');
    let mut next = || segments.next();
    Some([next()?, next()?, next()?, next()?, next()?, next()?])
}

#[cfg(test)]
mod tests;
