use std::sync::Arc;

use imbl::OrdMap;

use crate::{AccountId, Entity};

/// All entities of one kind, of all accounts, findable by unique id and by name. A persistent map: a clone shares
/// everything, and a change copies one path.
#[derive(Clone)]
pub struct Table<E> {
    by_id: OrdMap<(AccountId, Arc<str>), Arc<E>>,
    /// Keyed by folded name; only for kinds that have unique names.
    by_name: OrdMap<(AccountId, Arc<str>), Arc<E>>,
    counts: OrdMap<AccountId, usize>,
}

/// A name as it is compared: unique without regard to case, in our own code and never by a database's collation.
#[must_use]
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

impl<E> Default for Table<E> {
    fn default() -> Self {
        Self { by_id: OrdMap::new(), by_name: OrdMap::new(), counts: OrdMap::new() }
    }
}

impl<E: Entity> Table<E> {
    /// The entity of this unique id in this account.
    #[must_use]
    pub fn by_id(&self, account: AccountId, id: &str) -> Option<&Arc<E>> {
        self.by_id.get(&(account, Arc::from(id)))
    }

    /// The entity of this name in this account, whatever the case of its letters.
    #[must_use]
    pub fn by_name(&self, account: AccountId, name: &str) -> Option<&Arc<E>> {
        self.by_name.get(&(account, Arc::from(fold(name))))
    }

    /// The account's entities in the order of their folded names, beginning after `after` (a name, as a page's
    /// marker gives it), or at the first.
    pub fn by_name_after(&self, account: AccountId, after: Option<&str>) -> impl Iterator<Item = &Arc<E>> {
        Self::walk(&self.by_name, account, after.map(fold))
    }

    /// The account's entities in the order of their unique ids, beginning after the id `after`, or at the first.
    pub fn by_id_after(&self, account: AccountId, after: Option<&str>) -> impl Iterator<Item = &Arc<E>> {
        Self::walk(&self.by_id, account, after.map(str::to_owned))
    }

    /// Every entity of every account. Only for what concerns the whole installation.
    pub fn everywhere(&self) -> impl Iterator<Item = &Arc<E>> {
        self.by_id.values()
    }

    /// How many entities of this kind the account has.
    #[must_use]
    pub fn count(&self, account: AccountId) -> usize {
        self.counts.get(&account).copied().unwrap_or(0)
    }

    fn walk(
        map: &OrdMap<(AccountId, Arc<str>), Arc<E>>,
        account: AccountId,
        after: Option<String>,
    ) -> impl Iterator<Item = &Arc<E>> {
        let start = after.unwrap_or_default();
        let first: (AccountId, Arc<str>) = (account, Arc::from(start.as_str()));
        // The empty name sorts before every name, and none is empty: "after the empty one" is "from the first".
        map.range(first..)
            .skip_while(move |((_, name), _)| **name == *start)
            .take_while(move |((of, _), _)| *of == account)
            .map(|(_, entity)| entity)
    }

    pub(crate) fn put(&mut self, entity: Arc<E>) -> Option<Arc<E>> {
        let account = entity.account();
        let old = self.remove(account, entity.id());
        if let Some(name) = entity.name() {
            self.by_name.insert((account, Arc::from(fold(name))), Arc::clone(&entity));
        }
        self.by_id.insert((account, Arc::from(entity.id())), entity);
        *self.counts.entry(account).or_insert(0) += 1;
        old
    }

    pub(crate) fn remove(&mut self, account: AccountId, id: &str) -> Option<Arc<E>> {
        let old = self.by_id.remove(&(account, Arc::from(id)))?;
        if let Some(name) = old.name() {
            self.by_name.remove(&(account, Arc::from(fold(name))));
        }
        if let Some(count) = self.counts.get_mut(&account) {
            *count = count.saturating_sub(1);
        }
        Some(old)
    }
}
