//! The policies of a user, group or role: gathered in one way, for those who ask to be let in and for those who ask what
//! another could do.

use std::sync::Arc;

use bartizan_policy::{Compiled, Kind, PolicySet, Source, Unreadable};
use bartizan_store::{
    AccountId, Document, Snapshot, aws_managed,
    entity::{Group, InlinePolicy, Role, User},
};

use crate::{Caller, Error, Identity, Session};

/// What policies can hang on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder<'a> {
    /// A user. Those of its groups are its policies too.
    User(&'a User),
    /// A group.
    Group(&'a Group),
    /// A role.
    Role(&'a Role),
}

/// A policy that is in force for a user, group or role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldPolicy<'a> {
    /// Which one it is.
    pub origin: Origin<'a>,
    /// What it says.
    pub document: &'a Document,
}

/// Where a policy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin<'a> {
    /// It is embedded: in the user, group or role, under a name.
    Inline(Holder<'a>, &'a str),
    /// It is managed, and attached by its ARN.
    Managed(&'a str),
}

/// All policies that a user, group or role holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPolicies<'a> {
    /// The identity-based ones.
    pub identity: Vec<HeldPolicy<'a>>,
    /// The permissions boundary. A group has none.
    pub boundary: Option<HeldPolicy<'a>>,
}

/// The caller's own policies, compiled. Gathered once for all checks of a request.
pub(crate) struct Gathered {
    pub identity: Arc<PolicySet>,
    pub boundary: Option<Arc<PolicySet>>,
    pub session: Option<Arc<PolicySet>>,
}

/// Gathers the policies of whoever asks.
pub(crate) fn of_caller(caller: &Caller, snapshot: &Snapshot, compiled: &Compiled) -> Result<Gathered, Error> {
    let HeldPolicies { identity, boundary } = match &caller.identity {
        Identity::Anonymous | Identity::Root | Identity::FederatedUser { issuer: None, .. } => {
            HeldPolicies { identity: Vec::new(), boundary: None }
        }
        Identity::User(user) | Identity::FederatedUser { issuer: Some(user), .. } => {
            of_holder(Holder::User(user), snapshot)?
        }
        Identity::Role { role, .. } => of_holder(Holder::Role(role), snapshot)?,
    };
    let session = match &caller.session {
        Some(session) if session.policy.is_some() || !session.policy_arns.is_empty() => {
            Some(Gatherer { account: caller.account, snapshot }.of_session(session)?)
        }
        _ => None,
    };
    let set = |sources: &[Source<'_>]| compiled.set(Kind::Identity, sources).map_err(|unreadable| stored(&unreadable));
    let identity: Vec<Source<'_>> = identity.into_iter().map(HeldPolicy::source).collect();
    Ok(Gathered {
        identity: set(&identity)?,
        boundary: boundary.map(|boundary| set(&[boundary.source()])).transpose()?,
        session: session.map(|session| set(&session)).transpose()?,
    })
}

/// Gathers the policies of a user, group or role.
pub(crate) fn of_holder<'a>(holder: Holder<'a>, snapshot: &'a Snapshot) -> Result<HeldPolicies<'a>, Error> {
    let gatherer = Gatherer { account: holder.account(), snapshot };
    let mut identity = gatherer.own(holder)?;
    if let Holder::User(user) = holder {
        for id in &user.groups {
            identity.extend(gatherer.own(Holder::Group(gatherer.group(id)?))?);
        }
    }
    let boundary = holder.boundary().map(|arn| gatherer.managed(arn)).transpose()?;
    Ok(HeldPolicies { identity, boundary })
}

impl<'a> Holder<'a> {
    fn account(self) -> AccountId {
        match self {
            Self::User(user) => user.account,
            Self::Group(group) => group.account,
            Self::Role(role) => role.account,
        }
    }

    fn attached(self) -> &'a [String] {
        match self {
            Self::User(user) => &user.attached_policies,
            Self::Group(group) => &group.attached_policies,
            Self::Role(role) => &role.attached_policies,
        }
    }

    fn inline(self) -> &'a [InlinePolicy] {
        match self {
            Self::User(user) => &user.inline_policies,
            Self::Group(group) => &group.inline_policies,
            Self::Role(role) => &role.inline_policies,
        }
    }

    fn boundary(self) -> Option<&'a str> {
        match self {
            Self::User(user) => user.permissions_boundary.as_deref(),
            Self::Group(_) => None,
            Self::Role(role) => role.permissions_boundary.as_deref(),
        }
    }
}

impl<'a> HeldPolicy<'a> {
    /// By the name that decisions call it: a managed policy's ARN, an inline one's name.
    pub(crate) fn source(self) -> Source<'a> {
        match self.origin {
            Origin::Inline(_, name) | Origin::Managed(name) => source(name, self.document),
        }
    }
}

/// Finds the documents that apply.
struct Gatherer<'a> {
    account: AccountId,
    snapshot: &'a Snapshot,
}

impl<'a> Gatherer<'a> {
    fn own(&self, holder: Holder<'a>) -> Result<Vec<HeldPolicy<'a>>, Error> {
        let mut policies = Vec::with_capacity(holder.attached().len() + holder.inline().len());
        for arn in holder.attached() {
            policies.push(self.managed(arn)?);
        }
        policies.extend(
            holder
                .inline()
                .iter()
                .map(|InlinePolicy { name, document }| HeldPolicy { origin: Origin::Inline(holder, name), document }),
        );
        Ok(policies)
    }

    fn group(&self, id: &str) -> Result<&'a Group, Error> {
        let group = self.snapshot.groups.by_id(self.account, id);
        group.map(AsRef::as_ref).ok_or_else(|| Error::Internal(format!("the group {id} of a user is not there")))
    }

    /// A policy that is named and not there is no empty policy: it may have denied.
    fn managed(&self, arn: &'a str) -> Result<HeldPolicy<'a>, Error> {
        let document = managed_document(self.snapshot, self.account, arn)
            .ok_or_else(|| Error::Internal(format!("the policy {arn} is not there")))?;
        Ok(HeldPolicy { origin: Origin::Managed(arn), document })
    }

    /// A managed session policy that has been deleted since may have denied: without it the session may do nothing.
    fn of_session(&self, session: &'a Session) -> Result<Vec<Source<'a>>, Error> {
        let is_there = |arn: &String| managed_document(self.snapshot, self.account, arn).is_some();
        if !session.policy_arns.iter().all(is_there) {
            return Ok(Vec::new());
        }
        let mut policies = Vec::with_capacity(session.policy_arns.len() + 1);
        for arn in &session.policy_arns {
            policies.push(self.managed(arn)?.source());
        }
        policies.extend(session.policy.as_ref().map(|document| source("session policy", document)));
        Ok(policies)
    }
}

/// A document by a name.
pub(crate) fn source<'a>(name: &'a str, document: &'a Document) -> Source<'a> {
    Source { name, hash: document.hash(), text: document.text() }
}

/// What is stored was a policy once.
pub(crate) fn stored(unreadable: &Unreadable) -> Error {
    Error::Internal(format!("of what is stored, {unreadable}"))
}

/// The document in force of a managed policy, the account's own or AWS's.
pub(crate) fn managed_document<'a>(snapshot: &'a Snapshot, account: AccountId, arn: &str) -> Option<&'a Document> {
    if let Some(policy) = aws_managed::get(arn) {
        return Some(policy.document());
    }
    let (_, name) = arn.rsplit_once('/')?;
    let policy = snapshot.policies.by_name(account, name)?;
    if policy.arn() == arn { policy.document() } else { None }
}
