//! Policies that are evaluated together, and which of their statements a request can meet at all.

mod index;
mod trie;

use std::fmt;
use std::sync::Arc;

use crate::Policy;
use crate::action::Requested;
use crate::document::Statement;

use index::Index;

/// Sets of at most so many statements are gone through from end to end: an index would not be faster.
const FEW: usize = 8;

/// Policies of one kind that are evaluated together: all identity-based policies of a role, say.
///
/// A set answers in a time that does not grow with the statements that are about other actions or
/// other resources: for each action that is asked for, the statements that mean it are sorted by their
/// resources, once. A set is immutable to those who use it, and can be shared between threads; keep it
/// as long as its policies last.
///
/// ```
/// use std::sync::Arc;
/// use bartizan_policy::{Kind, Policy, PolicySet};
///
/// let text = r#"{"Version": "2012-10-17",
///     "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::photos/*"}}"#;
/// let read_photos = Arc::new(Policy::parse(text, Kind::Identity)?);
/// let set = PolicySet::new([("ReadPhotos", read_photos)]);
/// assert_eq!(set.policies().count(), 1);
/// # Ok::<(), bartizan_policy::Malformed>(())
/// ```
#[derive(Default)]
pub struct PolicySet {
    policies: Box<[Member]>,
    /// `None` for a few statements.
    index: Option<Index>,
}

struct Member {
    name: Arc<str>,
    policy: Arc<Policy>,
}

/// A statement that a request may meet: its action is meant.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'a> {
    /// The policy's place in the set.
    pub(crate) policy: usize,
    /// The policy's name.
    pub(crate) name: &'a str,
    /// The statement's place in the policy.
    pub(crate) place: usize,
    pub(crate) statement: &'a Statement,
    pub(crate) cover: Cover,
}

/// What is known of whether a statement covers the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// It does.
    Certain,
    /// It does if this one of its patterns matches.
    Pattern(u32),
    /// All its patterns have to be asked.
    Unasked,
}

impl PolicySet {
    /// A set of policies, each with the name by which a decision shall call it.
    pub fn new<N: Into<Arc<str>>>(policies: impl IntoIterator<Item = (N, Arc<Policy>)>) -> PolicySet {
        let member = |(name, policy): (N, Arc<Policy>)| Member { name: name.into(), policy };
        let policies: Box<[Member]> = policies.into_iter().map(member).collect();
        let mut set = PolicySet { policies, index: None };
        set.index = (set.statements() > FEW).then(Index::default);
        set
    }

    /// The policies with their names, in the order in which they were given.
    pub fn policies(&self) -> impl Iterator<Item = (&str, &Policy)> {
        self.policies.iter().map(|member| (&*member.name, &*member.policy))
    }

    /// Whether there is no policy in it.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// How many statements its policies have.
    pub fn statements(&self) -> usize {
        self.policies.iter().map(|member| member.policy.statements().len()).sum()
    }

    /// Calls `meet` with every statement whose action is meant and whose resource may be. A statement
    /// that names the resource more than once may come more than once.
    pub(crate) fn meet<'a>(&'a self, requested: &Requested, resource: &str, mut meet: impl FnMut(Candidate<'a>)) {
        let indexed = self.index.as_ref().and_then(|index| index.slice(self, requested));
        let Some(slice) = indexed else {
            let all = self.candidates().filter(|candidate| candidate.statement.means(requested));
            return all.for_each(meet);
        };
        slice.meet(resource.as_bytes(), &mut |place| {
            let member = self.policies.get(place.policy as usize);
            let statement = member.and_then(|member| member.policy.statements().get(place.statement as usize));
            if let Some((member, statement)) = member.zip(statement) {
                meet(Candidate {
                    policy: place.policy as usize,
                    name: &member.name,
                    place: place.statement as usize,
                    statement,
                    cover: place.cover,
                });
            }
        });
    }

    /// All statements, in order.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = Candidate<'_>> {
        self.policies.iter().enumerate().flat_map(|(policy, member)| {
            let candidate = move |(place, statement)| Candidate {
                policy,
                name: &member.name,
                place,
                statement,
                cover: Cover::Unasked,
            };
            member.policy.statements().iter().enumerate().map(candidate)
        })
    }
}

impl fmt::Debug for PolicySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.policies()).finish()
    }
}
