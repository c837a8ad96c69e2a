use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bartizan_policy::{Kind, Malformed, Policy};
use bartizan_store::Document;

/// Compiled policies by the hash of their text. Decisions are never cached.
#[derive(Default)]
pub(crate) struct Compiled {
    identity: Cache,
    trust: Cache,
}

type Cache = RwLock<HashMap<[u8; 32], Arc<Policy>>>;

/// Beyond this many the cache begins anew: a bound on memory, not a tuning.
const CAPACITY: usize = 16_384;

impl Compiled {
    /// The compiled form of a stored identity-based policy, boundary or session policy.
    pub fn identity(&self, document: &Document) -> Result<Arc<Policy>, Malformed> {
        get(&self.identity, document, Kind::Identity)
    }

    /// The compiled form of a stored trust policy.
    pub fn trust(&self, document: &Document) -> Result<Arc<Policy>, Malformed> {
        get(&self.trust, document, Kind::Trust)
    }
}

fn get(cache: &Cache, document: &Document, kind: Kind) -> Result<Arc<Policy>, Malformed> {
    let known = cache.read().unwrap_or_else(PoisonError::into_inner).get(document.hash()).map(Arc::clone);
    if let Some(policy) = known {
        return Ok(policy);
    }
    let policy = Arc::new(Policy::parse(document.text(), kind)?);
    let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= CAPACITY {
        cache.clear();
    }
    cache.insert(*document.hash(), Arc::clone(&policy));
    Ok(policy)
}
