//! Pages of lists.
//!
//! A token is sealed: it opens only for the same operation, in the same account, within a day. In it is the id of the
//! last item of the page.

use bartizan_gate::{Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::error;

/// How many items a page has if the request does not say.
const DEFAULT_RESULTS: usize = 20;

/// Where a page begins.
#[derive(Debug, Clone, Shape)]
#[shape(max = 100_000, pattern = r"[\s\S]*")]
pub struct NextToken(String);

/// How many items a page has at most.
#[derive(Debug, Clone, Copy, Shape)]
#[shape(min = 1, max = 20)]
pub struct MaxResults(i32);

/// Takes the page that operation `O` is asked for from all items, which come in the order of their ids; and the token
/// of the next page, if there is one.
///
/// # Errors
/// `InvalidInputException` if the token is not one that `O` gave to this account within a day.
pub fn page<O: Operation, T>(
    scope: &Scope<'_>,
    next_token: Option<&NextToken>,
    max_results: Option<MaxResults>,
    items: impl Iterator<Item = T>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<NextToken>), Error> {
    let after = next_token.map(|token| scope.open_marker(O::ACTION, token.as_str()).ok_or_else(invalid)).transpose()?;
    let results = max_results.and_then(|max| usize::try_from(max.get()).ok()).unwrap_or(DEFAULT_RESULTS);
    let mut rest = items.skip_while(|item| after.as_deref().is_some_and(|after| id(item) <= after)).peekable();
    let page: Vec<T> = rest.by_ref().take(results).collect();
    let next_token = match page.last() {
        Some(last) if rest.peek().is_some() => Some(NextToken::new(scope.seal_marker(O::ACTION, id(last))?)?),
        _ => None,
    };
    Ok((page, next_token))
}

/// Refuses a token where an operation gives none: all that it tells fits on one page.
///
/// # Errors
/// `InvalidInputException` if there is one.
pub fn only_page(next_token: Option<&NextToken>) -> Result<(), Error> {
    match next_token {
        None => Ok(()),
        Some(_) => Err(invalid().into()),
    }
}

fn invalid() -> bartizan_gate::Fault {
    error::invalid_input(
        "INVALID_NEXT_TOKEN",
        "Get the value for the NextToken parameter from the response to a previous call of the operation.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_may_be_any_text() {
        for text in ["", "a b\n", "é\u{10ffff}"] {
            assert_eq!(NextToken::new(text).map(|token| token.as_str().to_owned()), Ok(text.to_owned()));
        }
    }
}
