//! Pages of lists: `MaxResults` and `NextToken`.
//!
//! A token is sealed: it opens only for the same list (operation and filter), in the same account and Region, within a
//! day. In it is the place of the last item of the page, such as its ARN, so that what is made or deleted between two pages
//! makes no item appear twice or be left out.

use std::sync::Arc;

use bartizan_gate::{Error, Operation, Scope};
use bartizan_store::Entity;
use bartizan_wire::{Place, Shape};

use crate::error;

/// How many items a page has if the request does not say: as many as it may have.
const DEFAULT_RESULTS: usize = 100;

/// The most items that a page may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 100)]
pub struct MaxResults(i32);

/// How to ask for the page after a page. It works for 24 hours.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 3000, pattern = r".*\S.*")]
pub struct NextToken(String);

/// Which page of a list is asked for.
#[derive(Debug)]
pub struct Paging {
    /// What a token is sealed for.
    list: String,
    after: Option<String>,
    results: usize,
}

impl Paging {
    /// The page that operation `O` is asked for; `filter` is what else decides which items the list has.
    ///
    /// # Errors
    /// `ValidationException` if the token is not one that `O` gave to this account for this list within a day.
    pub fn of<O: Operation>(
        scope: &Scope<'_>,
        filter: &str,
        next_token: Option<&NextToken>,
        max_results: Option<MaxResults>,
    ) -> Result<Self, Error> {
        let list = format!("{} {} {filter}", O::ACTION, scope.region);
        let after = match next_token {
            None => None,
            Some(token) => Some(scope.open_marker(&list, token.as_str()).ok_or_else(|| {
                let constraint = "Member must be a token that this list has answered within 24 hours";
                error::invalid_field(&Place::named("NextToken"), Some(token.as_str()), constraint)
            })?),
        };
        let results = max_results.and_then(|max| usize::try_from(max.get()).ok()).unwrap_or(DEFAULT_RESULTS);
        Ok(Self { list, after, results })
    }

    /// Takes the page from all of an account's entities of one kind whose ARNs begin with `prefix`.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn of_prefix<'a, E: Entity>(
        &self,
        scope: &Scope<'a>,
        prefix: &str,
    ) -> Result<(Vec<&'a Arc<E>>, Option<NextToken>), Error> {
        let after = self.after.as_deref().unwrap_or(prefix);
        let entities = E::table(scope.snapshot).by_id_after(scope.account(), Some(after));
        self.take(scope, entities.take_while(|entity| entity.id().starts_with(prefix)), |entity| entity.id().to_owned())
    }

    /// Takes the page from the entities of one kind that belong to a detector.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn of_detector<'a, E: Entity>(
        &self,
        scope: &Scope<'a>,
        arn: &str,
    ) -> Result<(Vec<&'a Arc<E>>, Option<NextToken>), Error> {
        let after = self.after.as_deref().unwrap_or_default();
        let entities = scope.snapshot.pointing_at::<E>(scope.account(), arn);
        self.take(scope, entities.skip_while(|entity| entity.id() <= after), |entity| entity.id().to_owned())
    }

    /// Takes the page from items that are read as they are needed: `read` gets the place of the last item of the page
    /// before, and how many items after it there is use for. `place` says where an item is.
    ///
    /// # Errors
    /// Those of `read`, and if the system's random generator fails.
    pub fn of_items<T>(
        &self,
        scope: &Scope<'_>,
        read: impl FnOnce(Option<&str>, usize) -> Result<Vec<T>, Error>,
        place: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<NextToken>), Error> {
        // One more tells whether there are more.
        let items = read(self.after.as_deref(), self.results + 1)?;
        self.take(scope, items.into_iter(), place)
    }

    fn take<T>(
        &self,
        scope: &Scope<'_>,
        items: impl Iterator<Item = T>,
        place: impl Fn(&T) -> String,
    ) -> Result<(Vec<T>, Option<NextToken>), Error> {
        let mut items = items.peekable();
        let page: Vec<T> = items.by_ref().take(self.results).collect();
        let token = match page.last() {
            Some(last) if items.peek().is_some() => Some(NextToken(scope.seal_marker(&self.list, &place(last))?)),
            _ => None,
        };
        Ok((page, token))
    }
}
