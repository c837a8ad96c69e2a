//! Where statements stand, as AWS counts.
//!
//! AWS tells where its reader is when it comes to a statement and when it has read it. It comes to a single statement
//! behind its opening brace, to the first of a list behind the list's bracket, and to each other one behind the statement
//! before it. The examples of the AWS CLI's reference for `simulate-custom-policy` and `simulate-principal-policy` agree.
//!
//! <https://docs.aws.amazon.com/cli/latest/reference/iam/simulate-custom-policy.html>

use std::ops::Range;

use bartizan_policy as policy;
use bartizan_wire::Shape;

/// A place in a policy document.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Position.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Shape)]
pub struct Position {
    pub line: Option<i32>,
    pub column: Option<i32>,
}

/// The beginning and the end of the statement that stands at these bytes of a document.
pub fn of_statement(text: &str, span: &Range<usize>) -> (Position, Position) {
    const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];
    let before = text.get(..span.start).unwrap_or_default().trim_end_matches(WHITESPACE);
    let start = match before.strip_suffix(',') {
        Some(previous) => previous.trim_end_matches(WHITESPACE).len(),
        None if before.ends_with('[') => before.len(),
        None => span.start + 1,
    };
    (at(text, start), at(text, span.end))
}

fn at(text: &str, offset: usize) -> Position {
    let policy::Position { line, column } = policy::Position::of(text, offset);
    let number = |number: usize| Some(i32::try_from(number).unwrap_or(i32::MAX));
    Position { line: number(line), column: number(column) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(text: &str, statement: &str) -> [Option<i32>; 4] {
        let start = text.find(statement).unwrap();
        let (start, end) = of_statement(text, &(start..start + statement.len()));
        [start.line, start.column, end.line, end.column]
    }

    #[test]
    fn positions_are_those_of_awss_examples() {
        let statement = r#"{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}"#;
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#);
        assert_eq!(positions(&text, statement), [Some(1), Some(38), Some(1), Some(167)]);
    }

    #[test]
    fn statements_of_a_list_begin_where_the_one_before_ends() {
        let (first, second) = (r#"{"Effect":"Allow"}"#, "{\n \"Effect\": \"Deny\"\n}");
        let text = format!("{{\"Statement\": [\n  {first} ,\n  {second}\n]}}");
        assert_eq!(positions(&text, first), [Some(1), Some(16), Some(2), Some(21)]);
        assert_eq!(positions(&text, second), [Some(2), Some(21), Some(5), Some(2)]);
    }
}
