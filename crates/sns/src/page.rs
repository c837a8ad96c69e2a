//! Pages of lists. A token is sealed: it opens only for the same list, in the same account, within a day.

use bartizan_gate::{Error, Scope};

use crate::error;

/// How many items a page has.
const ITEMS: usize = 100;

/// Where the page that a token asks for begins; `None` for the first page. `list` is what is listed.
///
/// # Errors
/// `InvalidParameter` if the token is not one that was given for this list.
pub fn after(scope: &Scope<'_>, list: &str, token: Option<&str>) -> Result<Option<String>, Error> {
    let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
    Ok(Some(scope.open_marker(list, token).ok_or_else(|| error::invalid_parameter("NextToken"))?))
}

/// A page of items that begin after [`after`], in the order of their ids, and the token for the next one.
///
/// # Errors
/// Only if the system's random generator fails.
pub fn take<T>(
    scope: &Scope<'_>,
    list: &str,
    items: impl Iterator<Item = T>,
    id: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>), Error> {
    let mut items = items.peekable();
    let page: Vec<T> = items.by_ref().take(ITEMS).collect();
    let token = match page.last() {
        Some(last) if items.peek().is_some() => Some(scope.seal_marker(list, id(last))?),
        _ => None,
    };
    Ok((page, token))
}
