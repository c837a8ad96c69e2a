//! Pages of lists. A token is sealed: it opens only for the same list, in the same account, within a day.

use bartizan_gate::{Error, Scope};
use bartizan_wire::Shape;

use crate::error;

/// How many items a page has if the request does not say.
const DEFAULT_RESULTS: usize = 100;

/// Where a page begins (`NextTokenType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 4096)]
pub struct NextToken(String);

/// How many items a page has at most (`MaxResultsType`).
#[derive(Debug, Clone, Copy, Shape)]
#[shape(min = 1, max = 100)]
pub struct MaxResults(i32);

/// Takes the page that is asked for from all items of a list, and the token of the next page, if there is one. `list` is
/// what is listed; `position` tells where an item stands, and items are in its order, or `backwards` in the opposite one.
///
/// # Errors
/// `InvalidNextTokenException` if the token is not one that was given for this list.
pub fn take<T>(
    scope: &Scope<'_>,
    list: &str,
    next_token: Option<&NextToken>,
    max_results: Option<MaxResults>,
    items: impl Iterator<Item = T>,
    backwards: bool,
    position: impl Fn(&T) -> String,
) -> Result<(Vec<T>, Option<NextToken>), Error> {
    let after = next_token.map(|token| scope.open_marker(list, token.as_str()).ok_or_else(error::invalid_next_token));
    let after = after.transpose()?;
    let results = max_results.and_then(|max| usize::try_from(max.get()).ok()).unwrap_or(DEFAULT_RESULTS);
    let was_told = |item: &T| {
        after.as_ref().is_some_and(|after| if backwards { position(item) >= *after } else { position(item) <= *after })
    };
    let mut rest = items.skip_while(was_told).peekable();
    let page: Vec<T> = rest.by_ref().take(results).collect();
    let next_token = match page.last() {
        Some(last) if rest.peek().is_some() => Some(NextToken::new(scope.seal_marker(list, &position(last))?)?),
        _ => None,
    };
    Ok((page, next_token))
}
