//! The compiled policy, and what it says about a request.

mod grammar;

use crate::action::{Actions, Requested};
use crate::condition::Condition;
use crate::malformed::Malformed;
use crate::pattern::Pattern;
use crate::principal::{Grant, Principals};
use crate::{Context, Request};

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
    /// `None` where the kind of policy has no `Principal`.
    principals: Option<Principals>,
    actions: Actions,
    /// `None` where the statement is about the resource it is attached to.
    resources: Option<Resources>,
    conditions: Box<[Condition]>,
}

/// `Resource` or `NotResource`.
#[derive(Debug)]
struct Resources {
    negated: bool,
    listed: Box<[Pattern]>,
}

impl Statement {
    /// Whether the statement applies to a request, and how closely it names the principal. Without a
    /// `Principal` element that is [`Grant::Direct`]: the policy hangs on the principal.
    pub(crate) fn applies(&self, request: &Request, requested: &Requested) -> Option<Grant> {
        if !self.actions.mean(requested) {
            return None;
        }
        let grant = match (&self.principals, self.effect) {
            (None, _) => Grant::Direct,
            (Some(principals), Effect::Allow) => principals.grant(&request.principal)?,
            (Some(principals), Effect::Deny) => principals.denies(&request.principal).then_some(Grant::Direct)?,
        };
        let resources = self.resources.as_ref();
        let applies = resources
            .is_none_or(|resources| resources.match_resource(request.resource, self.effect, request.context))
            && self.conditions.iter().all(|condition| condition.holds(request.context));
        // "Permissions granted using the aws:PrincipalArn condition key with a wildcard in the
        // Principal element" are not limited by implicit denies, as if the principal were named.
        let direct = || self.conditions.iter().any(Condition::names_principal_arn);
        match (applies, grant) {
            (false, _) => None,
            (true, Grant::Indirect) if self.names_everyone() && direct() => Some(Grant::Direct),
            (true, grant) => Some(grant),
        }
    }

    fn names_everyone(&self) -> bool {
        self.principals.as_ref().is_some_and(Principals::name_everyone)
    }
}

impl Resources {
    fn match_resource(&self, resource: &str, effect: Effect, context: &dyn Context) -> bool {
        let listed = self.listed.iter().any(|pattern| pattern.matches(resource, context));
        if !self.negated {
            return listed;
        }
        // A `NotResource` whose variable has no value matches no resource, so nothing is exempt from
        // a `Deny`. What an `Allow` would exempt cannot be known: it allows nothing.
        let known = || self.listed.iter().all(|pattern| pattern.has_value(context));
        !listed && (effect == Effect::Deny || known())
    }
}
