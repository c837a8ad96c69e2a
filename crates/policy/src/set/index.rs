//! The statements of a set by action, and those of an action by resource.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::trie::Trie;
use super::{Candidate, Cover, PolicySet};
use crate::action::Requested;
use crate::pattern::Rest;

/// How many chains of slices there are: roles use some dozens of actions.
const CHAINS: usize = 32;

/// For so many actions slices are kept: a bound on memory for those who ask for ever new ones.
const MOST: usize = 1_024;

/// Where a statement stands, and what is known of its resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) policy: u32,
    pub(super) statement: u32,
    pub(super) cover: Cover,
}

/// Slices by action, each made when its action is asked for first. Reading takes no lock.
#[derive(Default)]
pub(super) struct Index {
    chains: [OnceLock<Box<Link>>; CHAINS],
    made: AtomicUsize,
}

struct Link {
    hash: u64,
    action: Box<str>,
    slice: Slice,
    next: OnceLock<Box<Link>>,
}

impl Index {
    /// The statements of `set` that mean the action. `None` if there are too many slices already.
    pub(super) fn slice(&self, set: &PolicySet, requested: &Requested) -> Option<&Slice> {
        let chain = usize::try_from(requested.hash() % CHAINS as u64).unwrap_or_default();
        let mut end = self.chains.get(chain)?;
        let mut made = None;
        loop {
            if let Some(link) = end.get() {
                if link.hash == requested.hash() && link.action.eq_ignore_ascii_case(requested.action()) {
                    return Some(&link.slice);
                }
                end = &link.next;
                continue;
            }
            let link = match made.take() {
                Some(link) => link,
                None if self.made.fetch_add(1, Ordering::Relaxed) >= MOST => {
                    self.made.store(MOST, Ordering::Relaxed);
                    return None;
                }
                None => Box::new(Link {
                    hash: requested.hash(),
                    action: requested.action().into(),
                    slice: Slice::of(set.candidates().filter(|candidate| candidate.statement.means(requested))),
                    next: OnceLock::new(),
                }),
            };
            // Another thread may have hung another link here in the meantime: look at that one first.
            made = end.set(link).err();
        }
    }
}

/// The statements that mean one action, by resource.
pub(super) struct Slice {
    /// Those that no resource finds: without `Resource`, or with `NotResource`.
    everywhere: Box<[Place]>,
    by_resource: Trie<Bucket>,
}

/// Statements whose resource begins alike.
#[derive(Default)]
struct Bucket {
    /// The resource is just that.
    exact: Vec<Place>,
    /// The resource goes on in whatever way.
    beyond: Vec<Place>,
    /// A pattern follows.
    patterns: Vec<(Box<[u8]>, Place)>,
    /// The patterns by how they end, if there are many.
    by_end: Option<Box<Trie<Vec<Place>>>>,
}

impl Slice {
    fn of<'a>(candidates: impl Iterator<Item = Candidate<'a>>) -> Slice {
        let mut everywhere = Vec::new();
        let mut begin = Vec::new();
        for Candidate { policy, place, statement, .. } in candidates {
            let place = |cover| Place { policy: narrow(policy), statement: narrow(place), cover };
            match statement.resources() {
                None => everywhere.push(place(Cover::Certain)),
                Some(resources) if resources.negated => everywhere.push(place(Cover::Unasked)),
                Some(resources) => {
                    for (index, pattern) in resources.listed.iter().enumerate() {
                        let (prefix, rest) = pattern.prefix();
                        let cover = match rest {
                            Rest::Nothing | Rest::Anything => Cover::Certain,
                            Rest::Pattern => Cover::Pattern(narrow(index)),
                        };
                        begin.push((prefix, rest, pattern.suffix(), place(cover)));
                    }
                }
            }
        }
        let mut by_resource = Trie::<Bucket>::new(begin.iter().map(|(prefix, ..)| *prefix));
        for (prefix, rest, suffix, place) in begin {
            let Some(bucket) = by_resource.get_mut(prefix) else { continue };
            match rest {
                Rest::Nothing => bucket.exact.push(place),
                Rest::Anything => bucket.beyond.push(place),
                Rest::Pattern => bucket.patterns.push((suffix.into(), place)),
            }
        }
        by_resource.values_mut().for_each(Bucket::settle);
        Slice { everywhere: everywhere.into(), by_resource }
    }

    /// Calls `meet` with every place whose resource may match.
    pub(super) fn meet(&self, resource: &[u8], meet: &mut impl FnMut(Place)) {
        self.everywhere.iter().copied().for_each(&mut *meet);
        self.by_resource.walk(resource, |bucket, rest| {
            if rest.is_empty() {
                bucket.exact.iter().copied().for_each(&mut *meet);
            }
            bucket.beyond.iter().copied().for_each(&mut *meet);
            bucket.patterns.iter().for_each(|(_, place)| meet(*place));
            if let Some(by_end) = &bucket.by_end {
                by_end.walk_back(rest, |places| places.iter().copied().for_each(&mut *meet));
            }
        });
    }
}

impl Bucket {
    /// Beyond so many patterns it is worth looking at how they end.
    const MANY: usize = 8;

    fn settle(&mut self) {
        if self.patterns.len() > Bucket::MANY {
            let backwards = |suffix: &[u8]| suffix.iter().rev().copied().collect::<Vec<u8>>();
            let suffixes: Vec<Vec<u8>> = self.patterns.iter().map(|(suffix, _)| backwards(suffix)).collect();
            let mut by_end = Trie::<Vec<Place>>::new(suffixes.iter().map(Vec::as_slice));
            for ((_, place), suffix) in self.patterns.drain(..).zip(&suffixes) {
                by_end.get_mut(suffix).into_iter().for_each(|places| places.push(place));
            }
            self.by_end = Some(Box::new(by_end));
        }
        self.exact.shrink_to_fit();
        self.beyond.shrink_to_fit();
        self.patterns.shrink_to_fit();
    }
}

/// No set has four billion statements: it would not fit into memory.
fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
