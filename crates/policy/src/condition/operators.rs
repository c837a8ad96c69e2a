//! The condition operators: one table, one row an operator.
//!
//! AWS page: "IAM JSON policy elements: Condition operators",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::cmp::Ordering;

/// A condition operator without set operator and `IfExists`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) name: &'static str,
    /// How a value of the request is held against a value of the policy.
    pub(crate) test: Test,
    /// Whether the condition holds when *no* value of the policy passes the test.
    pub(crate) negated: bool,
}

/// How one value of the request is held against one value of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// Equal, by characters.
    Equal,
    /// Equal without regard to case.
    EqualIgnoringCase,
    /// Fits a pattern.
    Like,
    /// Compares as decimal numbers.
    Number(Order),
    /// Compares as points in time.
    Date(Order),
    /// Both are true or both are false.
    Bool,
    /// The same bytes.
    Binary,
    /// The address lies in the network.
    InNetwork,
    /// Each of the six segments of the ARN fits.
    Arn,
    /// The key is absent, or not.
    Absent,
}

/// How the request's value must stand to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// `=`
    Equal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Order {
    /// Whether an ordering is the one asked for.
    pub(crate) fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Order::Equal => ordering.is_eq(),
            Order::Less => ordering.is_lt(),
            Order::LessOrEqual => ordering.is_le(),
            Order::Greater => ordering.is_gt(),
            Order::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

const fn is(name: &'static str, test: Test) -> Operator {
    Operator { name, test, negated: false }
}

const fn not(name: &'static str, test: Test) -> Operator {
    Operator { name, test, negated: true }
}

/// All operators. `ArnEquals` and `ArnLike` behave identically.
pub(crate) static OPERATORS: [Operator; 27] = [
    is("StringEquals", Test::Equal),
    not("StringNotEquals", Test::Equal),
    is("StringEqualsIgnoreCase", Test::EqualIgnoringCase),
    not("StringNotEqualsIgnoreCase", Test::EqualIgnoringCase),
    is("StringLike", Test::Like),
    not("StringNotLike", Test::Like),
    is("NumericEquals", Test::Number(Order::Equal)),
    not("NumericNotEquals", Test::Number(Order::Equal)),
    is("NumericLessThan", Test::Number(Order::Less)),
    is("NumericLessThanEquals", Test::Number(Order::LessOrEqual)),
    is("NumericGreaterThan", Test::Number(Order::Greater)),
    is("NumericGreaterThanEquals", Test::Number(Order::GreaterOrEqual)),
    is("DateEquals", Test::Date(Order::Equal)),
    not("DateNotEquals", Test::Date(Order::Equal)),
    is("DateLessThan", Test::Date(Order::Less)),
    is("DateLessThanEquals", Test::Date(Order::LessOrEqual)),
    is("DateGreaterThan", Test::Date(Order::Greater)),
    is("DateGreaterThanEquals", Test::Date(Order::GreaterOrEqual)),
    is("Bool", Test::Bool),
    is("BinaryEquals", Test::Binary),
    is("IpAddress", Test::InNetwork),
    not("NotIpAddress", Test::InNetwork),
    is("ArnEquals", Test::Arn),
    is("ArnLike", Test::Arn),
    not("ArnNotEquals", Test::Arn),
    not("ArnNotLike", Test::Arn),
    is("Null", Test::Absent),
];

/// The quantifier before an operator's name, for keys with several values.
///
/// AWS page: "Creating a condition with multiple keys or values",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetOperator {
    /// `ForAllValues:`
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

/// Reads `ForAnyValue:StringLikeIfExists` and its like. `None`: there is no such operator. `Null`,
/// which asks for presence itself, takes no `IfExists`.
pub(crate) fn parse(text: &str) -> Option<(Option<SetOperator>, &'static Operator, bool)> {
    let (set, rest) = match text.split_once(':') {
        Some(("ForAllValues", rest)) => (Some(SetOperator::ForAllValues), rest),
        Some(("ForAnyValue", rest)) => (Some(SetOperator::ForAnyValue), rest),
        Some(_) => return None,
        None => (None, text),
    };
    let (name, if_exists) = match rest.strip_suffix("IfExists") {
        Some(name) => (name, true),
        None => (rest, false),
    };
    let operator = OPERATORS.iter().find(|operator| operator.name == name)?;
    (!if_exists || operator.test != Test::Absent).then_some((set, operator, if_exists))
}
