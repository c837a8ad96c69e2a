//! Pages of lists: `MaxResults` and `NextToken`.
//!
//! A token is sealed: it opens only for the same list (operation and filter), in the same account and Region, within a
//! day. In it is the ARN of the last item of the page, so that what is made or deleted between two pages makes no
//! item appear twice or be left out.

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
        self.take(scope, entities.take_while(|entity| entity.id().starts_with(prefix)))
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
        self.take(scope, entities.skip_while(|entity| entity.id() <= after))
    }

    fn take<'a, E: Entity>(
        &self,
        scope: &Scope<'_>,
        entities: impl Iterator<Item = &'a Arc<E>>,
    ) -> Result<(Vec<&'a Arc<E>>, Option<NextToken>), Error> {
        let mut entities = entities.peekable();
        let page: Vec<&Arc<E>> = entities.by_ref().take(self.results).collect();
        let token = match page.last() {
            Some(last) if entities.peek().is_some() => Some(NextToken(scope.seal_marker(&self.list, last.id())?)),
            _ => None,
        };
        Ok((page, token))
    }
}
