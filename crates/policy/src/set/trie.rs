//! A compressed prefix tree: finds all keys that a text begins with in one walk along the text.

use std::collections::VecDeque;
use std::ops::Range;

/// Values by key. Made once for all its keys.
pub(super) struct Trie<V> {
    /// In breadth-first order, so that the children of a node lie side by side. The first is the root.
    nodes: Vec<Node<V>>,
    /// The first byte on the way to each node.
    first: Vec<u8>,
    /// All keys, one after another.
    bytes: Vec<u8>,
}

struct Node<V> {
    /// The bytes on the way from the parent to here.
    edge: Range<u32>,
    children: Range<u32>,
    /// `None` where no key ends.
    value: Option<V>,
}

impl<V: Default> Trie<V> {
    /// A tree with a default value at each key.
    pub(super) fn new<'a>(keys: impl Iterator<Item = &'a [u8]>) -> Trie<V> {
        let mut keys: Vec<&[u8]> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        let mut trie = Trie { nodes: Vec::new(), first: Vec::new(), bytes: Vec::new() };
        trie.push(&[]);
        // A node, the keys that begin with it, and how long it is itself.
        let mut open = VecDeque::from([(0, keys.as_slice(), 0)]);
        while let Some((node, mut keys, length)) = open.pop_front() {
            let ends = keys.first().is_some_and(|key| key.len() == length);
            if ends {
                keys = keys.get(1..).unwrap_or_default();
            }
            let start = trie.nodes.len();
            while let Some(first) = keys.first() {
                let alike = keys.partition_point(|key| key.get(length) == first.get(length));
                let (group, others) = keys.split_at_checked(alike).unwrap_or_default();
                keys = others;
                // The keys are sorted: what the first and the last have in common, all have.
                let last = group.last().copied().unwrap_or_default();
                let common = first.iter().zip(last).take_while(|(ours, theirs)| ours == theirs).count();
                open.push_back((trie.nodes.len(), group, common));
                trie.push(first.get(length..common).unwrap_or_default());
            }
            let children = narrow(start)..narrow(trie.nodes.len());
            if let Some(node) = trie.nodes.get_mut(node) {
                node.children = children;
                node.value = ends.then(V::default);
            }
        }
        trie.nodes.shrink_to_fit();
        trie.first.shrink_to_fit();
        trie.bytes.shrink_to_fit();
        trie
    }

    fn push(&mut self, edge: &[u8]) {
        let start = narrow(self.bytes.len());
        self.bytes.extend_from_slice(edge);
        self.first.push(edge.first().copied().unwrap_or_default());
        self.nodes.push(Node { edge: start..narrow(self.bytes.len()), children: 0..0, value: None });
    }
}

impl<V> Trie<V> {
    /// The value of a key.
    pub(super) fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        let mut at = 0;
        let mut rest = key;
        while !rest.is_empty() {
            at = self.child(self.nodes.get(at)?, *rest.first()?)?;
            rest = rest.strip_prefix(self.edge(self.nodes.get(at)?))?;
        }
        self.nodes.get_mut(at)?.value.as_mut()
    }

    /// All values.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.nodes.iter_mut().filter_map(|node| node.value.as_mut())
    }

    /// Calls `meet` with the value of each key that the text begins with, and what follows it.
    pub(super) fn walk<'a>(&'a self, text: &[u8], mut meet: impl FnMut(&'a V, &[u8])) {
        let mut rest = text;
        let mut node = self.nodes.first();
        while let Some(here) = node {
            if let Some(value) = &here.value {
                meet(value, rest);
            }
            let next = rest.first().and_then(|byte| self.nodes.get(self.child(here, *byte)?));
            node = next.and_then(|next| {
                rest = rest.strip_prefix(self.edge(next))?;
                Some(next)
            });
        }
    }

    /// Calls `meet` with the value of each key that the text begins with when it is read backwards.
    pub(super) fn walk_back<'a>(&'a self, text: &[u8], mut meet: impl FnMut(&'a V)) {
        let mut rest = text;
        let mut node = self.nodes.first();
        while let Some(here) = node {
            here.value.iter().for_each(&mut meet);
            let next = rest.last().and_then(|byte| self.nodes.get(self.child(here, *byte)?));
            node = next.and_then(|next| {
                let edge = self.edge(next);
                let (before, end) = rest.split_at_checked(rest.len().checked_sub(edge.len())?)?;
                rest = before;
                edge.iter().eq(end.iter().rev()).then_some(next)
            });
        }
    }

    /// The child on the way to which `byte` comes first.
    fn child(&self, node: &Node<V>, byte: u8) -> Option<usize> {
        let (start, end) = (node.children.start as usize, node.children.end as usize);
        let first = self.first.get(start..end)?;
        first.iter().position(|first| *first == byte).map(|index| start + index)
    }

    fn edge(&self, node: &Node<V>) -> &[u8] {
        self.bytes.get(node.edge.start as usize..node.edge.end as usize).unwrap_or_default()
    }
}

/// No set of policies is of four gigabytes.
fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Trie;

    fn trie(keys: &[String]) -> Trie<Vec<usize>> {
        let mut trie = Trie::<Vec<usize>>::new(keys.iter().map(String::as_bytes));
        for (index, key) in keys.iter().enumerate() {
            trie.get_mut(key.as_bytes()).expect("a key").push(index);
        }
        trie
    }

    proptest! {
        #[test]
        fn a_walk_meets_the_keys_that_the_text_begins_with(
            keys in prop::collection::vec("[ab]{0,5}|[a-c]{3,6}", 0..12),
            text in "[a-c]{0,8}",
        ) {
            let mut met = Vec::new();
            trie(&keys).walk(text.as_bytes(), |places, rest| {
                for place in places {
                    assert_eq!(format!("{}{}", keys[*place], String::from_utf8_lossy(rest)), text);
                    met.push(*place);
                }
            });
            met.sort_unstable();
            let begins = |index: &usize| text.starts_with(&keys[*index]);
            prop_assert_eq!(met, (0..keys.len()).filter(begins).collect::<Vec<_>>());
        }

        #[test]
        fn a_walk_back_meets_the_keys_that_the_text_ends_with(
            keys in prop::collection::vec("[ab]{0,5}", 0..12),
            text in "[ab]{0,8}",
        ) {
            let reversed: Vec<String> = keys.iter().map(|key| key.chars().rev().collect()).collect();
            let mut met = Vec::new();
            trie(&reversed).walk_back(text.as_bytes(), |places| met.extend_from_slice(places));
            met.sort_unstable();
            let ends = |index: &usize| text.ends_with(&keys[*index]);
            prop_assert_eq!(met, (0..keys.len()).filter(ends).collect::<Vec<_>>());
        }
    }
}
