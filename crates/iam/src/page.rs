//! Pages of lists.
//!
//! A marker is sealed: it opens only for the same operation, in the same account, within a day. In it is the name of
//! the last item of the page, so that what is made or deleted between two pages makes no item appear twice or be
//! left out. (Only tags are counted: a key can be longer than a marker may be.)

use bartizan_gate::{Error, Operation, Scope};
use bartizan_store::fold;

use crate::{
    error,
    names::{Marker, MaxItems},
};

/// How many items a page has if the request does not say.
const DEFAULT_ITEMS: usize = 100;

/// Which page of a list is asked for.
#[derive(Debug)]
pub struct Paging {
    action: &'static str,
    after: Option<String>,
    items: usize,
}

/// One page of a list.
#[derive(Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether there are more.
    pub is_truncated: Option<bool>,
    /// How to ask for them, if there are.
    pub marker: Option<String>,
}

impl Paging {
    /// The page that operation `O` is asked for.
    ///
    /// # Errors
    /// `ValidationError` if the marker is not one that `O` gave to this account within a day.
    pub fn of<O: Operation>(
        scope: &Scope<'_>,
        marker: &Option<Marker>,
        max_items: &Option<MaxItems>,
    ) -> Result<Self, Error> {
        let after = match marker {
            None => None,
            Some(marker) => Some(
                scope.open_marker(O::ACTION, marker.as_str()).ok_or_else(|| error::validation("Invalid Marker."))?,
            ),
        };
        let items = max_items.as_ref().and_then(|items| usize::try_from(items.get()).ok()).unwrap_or(DEFAULT_ITEMS);
        Ok(Self { action: O::ACTION, after, items })
    }

    /// The same page, with not more than so many items: "IAM might return fewer than the MaxItems number of results".
    pub fn at_most(mut self, items: usize) -> Self {
        self.items = self.items.min(items);
        self
    }

    /// The name after which the page begins; `None` for the first page.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// Takes the page from items that already begin after [`Paging::after`], in the order of their names.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn take<T>(
        &self,
        scope: &Scope<'_>,
        items: impl Iterator<Item = T>,
        name: impl Fn(&T) -> &str,
    ) -> Result<Page<T>, Error> {
        let mut items = items.peekable();
        let page: Vec<T> = items.by_ref().take(self.items).collect();
        let marker = match page.last() {
            Some(last) if items.peek().is_some() => Some(scope.seal_marker(self.action, name(last))?),
            _ => None,
        };
        Ok(Page { items: page, is_truncated: Some(marker.is_some()), marker })
    }

    /// Takes the page from all items of a short list, given in any order: sorted by name, first without regard to
    /// case.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn sort_and_take<T>(
        &self,
        scope: &Scope<'_>,
        items: impl Iterator<Item = T>,
        name: impl Fn(&T) -> &str,
    ) -> Result<Page<T>, Error> {
        let key = |name: &str| (fold(name), name.to_owned());
        let after = self.after().map(key);
        let mut keyed: Vec<_> = items
            .map(|item| (key(name(&item)), item))
            .filter(|(key, _)| after.as_ref().is_none_or(|after| key > after))
            .collect();
        keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.take(scope, keyed.into_iter().map(|(_, item)| item), name)
    }

    /// Takes the page from all items of a sorted list. The marker holds how many items were before its page.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn count_and_take<T>(&self, scope: &Scope<'_>, items: impl Iterator<Item = T>) -> Result<Page<T>, Error> {
        let before = self.after().and_then(|count| count.parse().ok()).unwrap_or(0);
        let mut items = items.skip(before).peekable();
        let page: Vec<T> = items.by_ref().take(self.items).collect();
        let marker = match items.peek() {
            Some(_) => Some(scope.seal_marker(self.action, &(before + page.len()).to_string())?),
            None => None,
        };
        Ok(Page { items: page, is_truncated: Some(marker.is_some()), marker })
    }
}

impl<T> Page<T> {
    /// The same page, its items turned into the shapes of an answer.
    pub fn map<U>(self, shape: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(shape).collect(),
            is_truncated: self.is_truncated,
            marker: self.marker,
        }
    }
}
