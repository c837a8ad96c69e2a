//! Compiled policies, kept by the hash of their text.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher as _, Hash};
use std::sync::{Arc, PoisonError, RwLock};

use crate::{Kind, Malformed, Policy, PolicySet};

/// Compiled policies by the hash of their text, and sets of them. What was decided is never kept.
#[derive(Default)]
pub struct Compiled {
    policies: RwLock<HashMap<(Kind, ContentHash), Arc<Policy>>>,
    sets: RwLock<HashMap<u64, Kept>>,
    state: RandomState,
}

/// A hash of a text that nobody can find another text for, such as SHA-256.
pub type ContentHash = [u8; 32];

/// A document, and the name by which a decision shall call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source<'a> {
    /// A name or an ARN.
    pub name: &'a str,
    /// The hash of the text.
    pub hash: &'a ContentHash,
    /// The document.
    pub text: &'a str,
}

/// A document that is no policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The name under which it was given.
    pub name: String,
    /// What is wrong with it.
    pub malformed: Malformed,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the policy {} cannot be read: {}", self.name, self.malformed)
    }
}

impl std::error::Error for Unreadable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.malformed)
    }
}

/// A set with all that it was made of: the number under which it is kept does not prove that.
struct Kept {
    kind: Kind,
    members: Box<[(Box<str>, ContentHash)]>,
    set: Arc<PolicySet>,
}

impl Kept {
    fn is_of(&self, kind: Kind, sources: &[Source]) -> bool {
        let same =
            |((name, hash), source): (&(Box<str>, ContentHash), &Source)| hash == source.hash && **name == *source.name;
        self.kind == kind && self.members.len() == sources.len() && self.members.iter().zip(sources).all(same)
    }
}

/// Beyond this many policies, or sets, the cache begins anew: a bound on memory, not a tuning.
const CAPACITY: usize = 16_384;

impl Compiled {
    /// The set of some documents of one kind, in their order.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] for the first that is no policy of this kind.
    pub fn set(&self, kind: Kind, sources: &[Source]) -> Result<Arc<PolicySet>, Unreadable> {
        let identity = |source: &Source| self.state.hash_one((source.name, source.hash));
        let key = sources
            .iter()
            .fold(self.state.hash_one(kind), |key, source| key.rotate_left(7).wrapping_add(identity(source)));
        let kept = self
            .sets
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .and_then(|kept| kept.is_of(kind, sources).then(|| Arc::clone(&kept.set)));
        if let Some(set) = kept {
            return Ok(set);
        }
        let mut policies = Vec::with_capacity(sources.len());
        for source in sources {
            policies.push((source.name, self.policy(kind, source)?));
        }
        let set = Arc::new(PolicySet::new(policies));
        let members = sources.iter().map(|source| (source.name.into(), *source.hash)).collect();
        keep(&self.sets, key, Kept { kind, members, set: Arc::clone(&set) });
        Ok(set)
    }

    /// One document of a kind.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if it is no policy of this kind.
    pub fn policy(&self, kind: Kind, source: &Source) -> Result<Arc<Policy>, Unreadable> {
        let key = (kind, *source.hash);
        if let Some(policy) = self.policies.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(policy));
        }
        let policy = Policy::parse(source.text, kind)
            .map_err(|malformed| Unreadable { name: source.name.to_owned(), malformed })?;
        let policy = Arc::new(policy);
        keep(&self.policies, key, Arc::clone(&policy));
        Ok(policy)
    }
}

fn keep<K: Eq + Hash, V>(cache: &RwLock<HashMap<K, V>>, key: K, value: V) {
    let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= CAPACITY {
        cache.clear();
    }
    cache.insert(key, value);
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOW: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    const TRUST: &str = r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}"#;

    fn source<'a>(name: &'a str, hash: &'a ContentHash, text: &'a str) -> Source<'a> {
        Source { name, hash, text }
    }

    fn names(set: &PolicySet) -> Vec<&str> {
        set.policies().map(|(name, _)| name).collect()
    }

    #[test]
    fn the_same_documents_are_compiled_once() {
        let compiled = Compiled::default();
        let sources = [source("a", &[1; 32], ALLOW), source("b", &[1; 32], ALLOW)];
        let first = compiled.set(Kind::Identity, &sources).expect("a set");
        assert!(Arc::ptr_eq(&first, &compiled.set(Kind::Identity, &sources).expect("a set")));
        assert_eq!(names(&first), ["a", "b"]);
        assert_eq!(compiled.policies.read().expect("a lock").len(), 1);
    }

    #[test]
    fn other_names_orders_kinds_and_texts_are_other_sets() {
        let compiled = Compiled::default();
        let (a, b) = (source("a", &[1; 32], ALLOW), source("b", &[1; 32], ALLOW));
        let set = |kind, sources: &[Source]| compiled.set(kind, sources).expect("a set");
        assert_eq!(names(&set(Kind::Identity, &[a, b])), ["a", "b"]);
        assert_eq!(names(&set(Kind::Identity, &[b, a])), ["b", "a"]);
        assert_eq!(names(&set(Kind::Identity, &[a])), ["a"]);
        assert_eq!(names(&set(Kind::Identity, &[])), Vec::<&str>::new());
        assert!(compiled.set(Kind::Trust, &[a]).is_err());
        assert!(compiled.set(Kind::Identity, &[a]).is_ok());
        assert!(compiled.set(Kind::Identity, &[source("a", &[2; 32], TRUST)]).is_err());
    }

    #[test]
    fn a_document_that_is_none_is_named() {
        let sources = [source("good", &[1; 32], ALLOW), source("bad", &[2; 32], "{}")];
        let unreadable = Compiled::default().set(Kind::Identity, &sources).expect_err("one is bad");
        assert_eq!(unreadable.name, "bad");
        assert_eq!(
            unreadable.to_string(),
            "the policy bad cannot be read: Syntax errors in policy. (there is no Statement: line 1, column 1, $)"
        );
    }
}
