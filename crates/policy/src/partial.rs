//! Deciding with condition keys that nobody knows: what holds whatever they are, or else which of them
//! the answer hangs on.
//!
//! Two decisions enclose every possible one: in the worst, unknown statements deny and do not allow; in
//! the best, they allow and do not deny. Where the two agree, the answer is certain. Where they do not,
//! the keys may still hang together (`StringEquals` and `StringNotEquals` on the same key): then values
//! are tried, one for each way in which the conditions can fall out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::action::Requested;
use crate::condition::Witnesses;
use crate::decide::{Assume, decide_assuming};
use crate::set::Candidate;
use crate::truth::Truth;
use crate::{Context, Decision, Policies, PolicySet, Request, Resource, Values, decide};

/// What can be said of a request some of whose condition keys are unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartialDecision<'a> {
    /// Whatever the unknown keys are, it is allowed; or it is denied, if perhaps for another reason.
    Certain(Decision<'a>),
    /// It hangs on these keys, in ASCII lower case: another value of any of them can turn the answer
    /// round.
    HangsOn {
        /// The keys, sorted.
        keys: Vec<String>,
        /// Whether there is proof of each of them. Where conditions are too entangled to try all cases,
        /// there may be keys among these that make no difference; none is missing.
        proven: bool,
    },
}

/// At most so many combinations of values are tried.
const MOST_TRIED: usize = 4_096;

/// Decides a request whose context answers [`Values::Unknown`] for some keys.
///
/// ```
/// use std::sync::Arc;
/// use bartizan_policy::{
///     Context, Kind, PartialDecision, Policies, Policy, PolicySet, Principal, Request, Values, decide_partially,
/// };
///
/// /// Nothing is known.
/// struct Anything;
/// impl Context for Anything {
///     fn values(&self, _: &str) -> Values<'_> {
///         Values::Unknown
///     }
/// }
///
/// let text = r#"{"Version": "2012-10-17", "Statement": [
///     {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
///     {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*",
///      "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#;
/// let identity = PolicySet::new([("p", Arc::new(Policy::parse(text, Kind::Identity)?))]);
/// let ask = |action| {
///     let principal = Principal::User { account: "111122223333", arn: "arn:aws:iam::111122223333:user/bob", id: "" };
///     let resource = "arn:aws:s3:::photos/moon.jpg";
///     let request = Request { principal, action, resource, resource_account: None, context: &Anything };
///     let policies = Policies { identity: Some(&identity), ..Policies::default() };
///     match decide_partially(&request, &policies) {
///         PartialDecision::Certain(decision) => format!("{:?}", decision.effect),
///         PartialDecision::HangsOn { keys, .. } => keys.join(", "),
///     }
/// };
/// assert_eq!(ask("s3:GetObject"), "Allowed");
/// assert_eq!(ask("s3:DeleteObject"), "aws:multifactorauthpresent");
/// assert_eq!(ask("ec2:RunInstances"), "ImplicitDeny");
/// # Ok::<(), bartizan_policy::Malformed>(())
/// ```
pub fn decide_partially<'a>(request: &Request, policies: &Policies<'a>) -> PartialDecision<'a> {
    let worst = decide_assuming(request, policies, Assume::Worst);
    if worst.is_allowed() {
        return PartialDecision::Certain(worst);
    }
    let best = decide_assuming(request, policies, Assume::Best);
    if !best.is_allowed() {
        return PartialDecision::Certain(best);
    }
    let open = open_statements(request, policies);
    let suspects: BTreeSet<&str> = open
        .iter()
        .flat_map(|candidate| candidate.statement.keys())
        .filter(|key| request.context.values(key) == Values::Unknown)
        .collect();
    let hanging = |keys: &BTreeSet<&str>, proven| PartialDecision::HangsOn {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        proven,
    };
    let Some(trial) = Trial::new(request, &open, &suspects) else {
        return hanging(&suspects, false);
    };
    let outcomes: Vec<bool> =
        (0..trial.combinations).map(|combination| trial.decide(combination, request, policies).is_allowed()).collect();
    let found = trial.keys_that_matter(&outcomes);
    match found.is_empty() {
        // All cases were tried, and all came out alike.
        true if trial.complete => PartialDecision::Certain(trial.decide(0, request, policies)),
        true => hanging(&suspects, false),
        false if trial.complete || found == suspects => hanging(&found, true),
        false => hanging(&suspects, false),
    }
}

/// The statements that may apply or not, by what the unknown keys turn out to be.
fn open_statements<'a>(request: &Request, policies: &Policies<'a>) -> Vec<Candidate<'a>> {
    let requested = Requested::new(request.action);
    let mut open = Vec::new();
    for set in sets(policies) {
        set.meet(&requested, request.resource, |candidate| {
            let statement = candidate.statement;
            let covers = statement.covers(request.resource, request.context);
            let holds = covers.min(statement.conditions_hold(request.context));
            if holds == Truth::Unknown && statement.names(&request.principal).is_some() {
                open.push(candidate);
            }
        });
    }
    open
}

/// All sets of policies that apply.
pub(crate) fn sets<'a>(policies: &Policies<'a>) -> impl Iterator<Item = &'a PolicySet> {
    let resource = policies.resource.map(|resource| match resource {
        Resource::Policy(set) | Resource::Trust(set) | Resource::Key(set) => set,
    });
    let of_principal = [policies.identity, policies.boundary, policies.session, resource, policies.endpoint];
    let levels = policies.service_control.iter().chain(policies.resource_control).map(|level| level.policies);
    of_principal.into_iter().flatten().chain(levels)
}

/// Values to try for each unknown key.
struct Trial<'k> {
    /// Each key with what it may be: lists of values, the empty list for an absent key.
    keys: Vec<(&'k str, Vec<Vec<String>>)>,
    combinations: usize,
    /// Whether the conditions can fall out in no other way.
    complete: bool,
}

impl<'k> Trial<'k> {
    /// `None` if there would be too many combinations.
    fn new(request: &Request, open: &[Candidate], suspects: &BTreeSet<&'k str>) -> Option<Trial<'k>> {
        let mut trial = Trial { keys: Vec::new(), combinations: 1, complete: true };
        for key in suspects {
            let mut witnesses = Witnesses::default();
            for candidate in open {
                candidate.statement.witnesses(key, request.context, request.resource, &mut witnesses);
            }
            let (states, complete) = witnesses.states();
            trial.complete &= complete;
            trial.combinations = trial.combinations.checked_mul(states.len()).filter(|all| *all <= MOST_TRIED)?;
            trial.keys.push((key, states));
        }
        Some(trial)
    }

    fn decide<'a>(&self, combination: usize, request: &Request, policies: &Policies<'a>) -> Decision<'a> {
        let mut rest = combination;
        let mut values = BTreeMap::new();
        for (key, states) in &self.keys {
            if let Some(state) = states.get(rest % states.len()) {
                values.insert(*key, state.as_slice());
            }
            rest /= states.len();
        }
        let context = Supposed { values, known: request.context };
        decide(&Request { context: &context, ..*request }, policies)
    }

    /// The keys of which one value leads to another outcome than another, all others being the same.
    fn keys_that_matter(&self, outcomes: &[bool]) -> BTreeSet<&'k str> {
        let mut matter = BTreeSet::new();
        let mut stride = 1;
        for (key, states) in &self.keys {
            let block = stride * states.len();
            // Within a block, the combinations that differ in this key only lie a stride apart.
            let differs = outcomes.chunks(block).any(|block| {
                (0..stride).any(|start| {
                    let mut line = block.iter().skip(start).step_by(stride);
                    let first = line.next();
                    line.any(|outcome| Some(outcome) != first)
                })
            });
            if differs {
                matter.insert(*key);
            }
            stride = block;
        }
        matter
    }
}

/// The context, as if the unknown keys were these.
struct Supposed<'a> {
    values: BTreeMap<&'a str, &'a [String]>,
    known: &'a dyn Context,
}

impl Context for Supposed<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        match self.values.get(key) {
            Some(values) => Values::Listed(values),
            None => match self.known.values(key) {
                Values::One(value) => Values::One(Cow::Owned(value.into_owned())),
                values => values,
            },
        }
    }
}
