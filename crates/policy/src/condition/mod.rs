//! The `Condition` element.
//!
//! AWS pages: "IAM JSON policy elements: Condition",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>;
//! "Creating a condition with multiple keys or values",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html>.

mod operators;
mod values;

use std::borrow::Cow;

use ipnet::IpNet;
use jiff::Timestamp;

use crate::pattern::{self, Pattern, Syntax};
use crate::resource::segments;
use crate::{Context, Version};

use operators::{Operator, Order, SetOperator, Test};
use values::Number;

/// One operator on one key.
#[derive(Debug)]
pub(crate) struct Condition {
    /// In ASCII lower case.
    key: Box<str>,
    set: Option<SetOperator>,
    negated: bool,
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
    Bools(Box<[Truth]>),
    Binaries(Box<[Box<[u8]>]>),
    Networks(Box<[IpNet]>),
    Arns(Box<[ArnPattern]>),
    Absent(Box<[bool]>),
}

/// A value under `Bool`.
#[derive(Debug)]
enum Truth {
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
        values: &[String],
        version: Version,
    ) -> Result<Condition, (usize, String)> {
        Ok(Condition {
            key: key.to_ascii_lowercase().into(),
            set: qualified.set,
            negated: qualified.operator.negated,
            if_exists: qualified.if_exists,
            operands: Operands::parse(qualified.operator.test, values, version)?,
        })
    }

    /// Whether it names the principal by `aws:PrincipalArn`, as a `Principal` element would.
    pub(crate) fn names_principal_arn(&self) -> bool {
        let by_arn = matches!(self.operands, Operands::Strings(_) | Operands::Arns(_));
        &*self.key == "aws:principalarn"
            && by_arn
            && !self.negated
            && !self.if_exists
            && self.set != Some(SetOperator::ForAllValues)
    }

    /// Whether the condition holds for a request.
    pub(crate) fn holds(&self, context: &dyn Context) -> bool {
        let values = context.values(&self.key).filter(|values| !values.is_empty());
        if let Operands::Absent(wanted) = &self.operands {
            return wanted.contains(&values.is_none());
        }
        let Some(values) = values else {
            return self.if_exists
                || match self.set {
                    Some(SetOperator::ForAllValues) => true,
                    Some(SetOperator::ForAnyValue) => false,
                    None => self.negated,
                };
        };
        let holds_for = |value: &Cow<str>| self.operands.test(value, context) != self.negated;
        // "A null data set, such as an empty string."
        let is_null = || values.iter().all(|value| value.is_empty());
        match self.set {
            Some(SetOperator::ForAllValues) => is_null() || values.iter().all(holds_for),
            Some(SetOperator::ForAnyValue) => !is_null() && values.iter().any(holds_for),
            // Several values need a set operator: without one they do not match.
            None => matches!(&values[..], [value] if holds_for(value)),
        }
    }
}

impl Operands {
    fn parse(test: Test, values: &[String], version: Version) -> Result<Operands, (usize, String)> {
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
            Test::Bool => Operands::Bools(each(values, |value| Truth::parse(value, version))?),
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
    fn test(&self, value: &str, context: &dyn Context) -> bool {
        match self {
            Operands::Strings(patterns) => patterns.iter().any(|pattern| pattern.matches(value, context)),
            Operands::StringsIgnoringCase(patterns) => {
                patterns.iter().any(|pattern| equals_ignoring_case(pattern, value, context))
            }
            Operands::Numbers(order, numbers) => {
                Number::parse(value).is_some_and(|value| numbers.iter().any(|number| order.accepts(value.cmp(number))))
            }
            Operands::Dates(order, dates) => {
                values::parse_date(value).is_some_and(|value| dates.iter().any(|date| order.accepts(value.cmp(date))))
            }
            Operands::Bools(truths) => values::parse_bool(value)
                .is_some_and(|value| truths.iter().any(|truth| truth.value(context) == Some(value))),
            Operands::Binaries(binaries) => {
                values::parse_base64(value).is_some_and(|value| binaries.iter().any(|binary| **binary == *value))
            }
            Operands::Networks(networks) => values::parse_address(value)
                .is_some_and(|address| networks.iter().any(|network| network.contains(&address))),
            Operands::Arns(patterns) => patterns.iter().any(|pattern| pattern.matches(value, context)),
            Operands::Absent(_) => false,
        }
    }
}

/// Reads each value, or says which one cannot be read.
fn each<T>(values: &[String], read: impl Fn(&str) -> Result<T, String>) -> Result<Box<[T]>, (usize, String)> {
    let read = |(index, value): (usize, &String)| read(value).map_err(|why| (index, why));
    values.iter().enumerate().map(read).collect()
}

fn equals_ignoring_case(pattern: &Pattern, value: &str, context: &dyn Context) -> bool {
    let folded = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    pattern
        .resolve(context)
        .is_some_and(|resolved| std::str::from_utf8(&resolved).is_ok_and(|resolved| folded(resolved) == folded(value)))
}

impl Truth {
    fn parse(value: &str, version: Version) -> Result<Truth, String> {
        match values::parse_bool(value) {
            Some(truth) => Ok(Truth::Is(truth)),
            None if value.starts_with("${") && version == Version::V2012 => {
                Pattern::parse(value, Syntax::Literal, version).map(Truth::Variable)
            }
            None => Err(format!("{value:?} is not true or false")),
        }
    }

    fn value(&self, context: &dyn Context) -> Option<bool> {
        match self {
            Truth::Is(truth) => Some(*truth),
            Truth::Variable(pattern) => {
                let resolved = pattern.resolve(context)?;
                values::parse_bool(std::str::from_utf8(&resolved).ok()?)
            }
        }
    }
}

impl ArnPattern {
    fn parse(value: &str, version: Version) -> Result<ArnPattern, String> {
        let parse = |text: &str| Pattern::parse(text, Syntax::Wildcards, version);
        let patterns: Vec<Pattern> = segments(value, version).into_iter().map(parse).collect::<Result<_, _>>()?;
        match <[Pattern; 6]>::try_from(patterns) {
            Ok(segments) => Ok(ArnPattern::Segments(Box::new(segments))),
            Err(_) => parse(value).map(ArnPattern::Whole),
        }
    }

    fn matches(&self, value: &str, context: &dyn Context) -> bool {
        let Some(value) = split_arn(value.as_bytes()) else {
            return false;
        };
        match self {
            ArnPattern::Segments(patterns) => patterns.iter().zip(value).all(|(pattern, value)| {
                pattern.resolve(context).is_some_and(|pattern| pattern::matches(&pattern, value))
            }),
            ArnPattern::Whole(pattern) => {
                pattern.is_any()
                    || pattern.resolve(context).as_deref().and_then(split_arn).is_some_and(|patterns| {
                        patterns.iter().zip(value).all(|(ours, theirs)| pattern::matches(ours, theirs))
                    })
            }
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
