//! The compiled policy, and what it says about a request.

pub(crate) mod grammar;

use std::ops::Range;

use crate::action::{Actions, Requested};
use crate::condition::{Condition, Witnesses};
use crate::malformed::Malformed;
use crate::pattern::Pattern;
use crate::principal::{Grant, Principals};
use crate::truth::Truth;
use crate::{Context, Principal};

/// What a document is for: each kind has its own grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An identity-based policy; also a permissions boundary and a session policy.
    Identity,
    /// A resource-based policy, such as a bucket policy or a key policy.
    Resource,
    /// A role's trust policy.
    Trust,
    /// A service control policy (SCP).
    ServiceControl,
    /// A resource control policy (RCP).
    ResourceControl,
    /// A VPC endpoint policy.
    Endpoint,
}

/// The version of the policy language.
///
/// AWS page: "IAM JSON policy elements: Version",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `2008-10-17`, also when a document gives none: policy variables are literal text.
    V2008,
    /// `2012-10-17`
    V2012,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// `Allow`
    Allow,
    /// `Deny`
    Deny,
}

/// A compiled document. Immutable, and compact in memory.
#[derive(Debug)]
pub struct Policy {
    version: Version,
    statements: Box<[Statement]>,
}

impl Policy {
    /// Reads a document, holds it against the grammar of its kind and compiles it.
    ///
    /// Sizes are not checked: the quotas hang on what the policy is attached to.
    ///
    /// # Errors
    ///
    /// [`Malformed`] for whatever AWS would not store, with its wording and the place. AWS page:
    /// "Grammar of the IAM JSON policy language",
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.
    pub fn parse(text: &str, kind: Kind) -> Result<Policy, Malformed> {
        grammar::parse(text, kind)
    }

    /// The version of the language it is written in. (AWS stores managed policies only in
    /// [`Version::V2012`].)
    pub fn version(&self) -> Version {
        self.version
    }

    /// The statements, in the order of the document.
    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

/// One compiled statement.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sid: Option<Box<str>>,
    pub(crate) effect: Effect,
    /// Where it stands in the text, in bytes.
    pub(crate) span: Range<u32>,
    /// `None` where the kind of policy has no `Principal`.
    principals: Option<Principals>,
    actions: Actions,
    /// `None` where the statement is about the resource it is attached to.
    resources: Option<Resources>,
    conditions: Box<[Condition]>,
}

/// `Resource` or `NotResource`.
#[derive(Debug)]
pub(crate) struct Resources {
    pub(crate) negated: bool,
    pub(crate) listed: Box<[Pattern]>,
}

impl Statement {
    /// Whether it is about an action.
    pub(crate) fn means(&self, requested: &Requested) -> bool {
        self.actions.mean(requested)
    }

    /// How closely the statement names a principal; `None`: not at all. Without a `Principal` element
    /// that is [`Grant::Direct`]: the policy hangs on the principal.
    pub(crate) fn names(&self, principal: &Principal) -> Option<Grant> {
        match (&self.principals, self.effect) {
            (None, _) => Some(Grant::Direct),
            (Some(principals), Effect::Deny) => principals.denies(principal).then_some(Grant::Direct),
            (Some(principals), Effect::Allow) => match principals.grant(principal)? {
                // "Permissions granted using the aws:PrincipalArn condition key with a wildcard in the
                // Principal element" are not limited by implicit denies, as if the principal were named.
                Grant::Indirect
                    if principals.name_everyone() && self.conditions.iter().any(Condition::names_principal_arn) =>
                {
                    Some(Grant::Direct)
                }
                grant => Some(grant),
            },
        }
    }

    /// Whether it is about a resource.
    pub(crate) fn covers(&self, resource: &str, context: &dyn Context) -> Truth {
        match &self.resources {
            None => Truth::Yes,
            Some(resources) => resources.cover(resource, self.effect, context),
        }
    }

    /// Whether one of its resources, by its place, is this one.
    pub(crate) fn covers_by(&self, index: u32, resource: &str, context: &dyn Context) -> Truth {
        let pattern = self.resources.as_ref().and_then(|resources| resources.listed.get(index as usize));
        pattern.map_or(Truth::No, |pattern| pattern.matches(resource, context))
    }

    /// Whether all its conditions hold.
    pub(crate) fn conditions_hold(&self, context: &dyn Context) -> Truth {
        Truth::all(self.conditions.iter().map(|condition| condition.holds(context)))
    }

    pub(crate) fn resources(&self) -> Option<&Resources> {
        self.resources.as_ref()
    }

    pub(crate) fn principals(&self) -> Option<&Principals> {
        self.principals.as_ref()
    }

    pub(crate) fn actions(&self) -> &Actions {
        &self.actions
    }

    pub(crate) fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Adds what the statement compares an unknown key with.
    pub(crate) fn witnesses(&self, key: &str, context: &dyn Context, resource: &str, witnesses: &mut Witnesses) {
        for condition in &self.conditions {
            condition.witnesses(key, context, witnesses);
        }
        let mut of_resources = self.resources.iter().flat_map(|resources| &resources.listed).flat_map(Pattern::keys);
        if of_resources.any(|of_variable| of_variable == key) {
            witnesses.resource(resource);
        }
    }

    /// All condition keys that it asks for, in ASCII lower case; one that is asked for twice comes twice.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let of_resources = self.resources.iter().flat_map(|resources| &resources.listed).flat_map(Pattern::keys);
        self.conditions.iter().flat_map(Condition::keys).chain(of_resources)
    }
}

impl Resources {
    fn cover(&self, resource: &str, effect: Effect, context: &dyn Context) -> Truth {
        let listed = Truth::any(self.listed.iter().map(|pattern| pattern.matches(resource, context)));
        if !self.negated {
            return listed;
        }
        // A `NotResource` whose variable has no value matches no resource, so nothing is exempt from
        // a `Deny`. What an `Allow` would exempt cannot be known: it allows nothing.
        match effect {
            Effect::Deny => !listed,
            Effect::Allow => (!listed).min(Truth::all(self.listed.iter().map(|pattern| pattern.has_value(context)))),
        }
    }
}
