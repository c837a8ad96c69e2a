//! From a caller and a check to a decision: gathers every policy that applies, and asks the engine.

use std::{borrow::Cow, fmt, sync::Arc};

use bartizan_policy::{
    Compiled, Decision, Kind, Outcome, Policies, PolicySet, PolicyType, Principal, Request, Resource, Source,
    Unreadable, decide,
};
use bartizan_store::{
    AccountId, Document, Snapshot, aws_managed,
    entity::{Group, InlinePolicy, Role, User},
};

use crate::{AuthorizationMessage, Caller, Check, Checks, Error, Identity, Scope, Session, condition_keys::Keys};

/// A check that was not allowed.
#[derive(Debug)]
pub struct Denial {
    /// AWS's sentence.
    pub message: String,
    /// The encoded authorization message.
    pub encoded: String,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The caller's own policies, compiled. Gathered once for all checks of a request.
struct Gathered {
    identity: Arc<PolicySet>,
    boundary: Option<Arc<PolicySet>>,
    session: Option<Arc<PolicySet>>,
}

/// Allows every check or says which was not.
pub(crate) fn authorise(checks: &Checks, action: &str, scope: &Scope<'_>, compiled: &Compiled) -> Result<(), Error> {
    let checks = match checks {
        Checks::Unneeded => return Ok(()),
        Checks::All(checks) => checks,
    };
    // An operation that forgot to ask for its own action is not let through.
    if !checks.iter().any(|check| check.action.eq_ignore_ascii_case(action)) {
        return Err(Error::Internal(format!("{action} has no check of its own")));
    }
    let gathered = gather(scope.caller, scope.snapshot, compiled)?;
    for check in checks {
        let trust = check.trust.as_ref().map(|document| trust_policy(document, compiled)).transpose()?;
        let resource = check.policy.as_ref().map(|document| resource_policy(document, compiled)).transpose()?;
        let policies = Policies {
            identity: Some(&gathered.identity),
            boundary: gathered.boundary.as_deref(),
            session: gathered.session.as_deref(),
            resource: trust.as_deref().map(Resource::Trust).or(resource.as_deref().map(Resource::Policy)),
            // Service and resource control policies come with their issue; none can be attached before.
            ..Policies::default()
        };
        let decision = ask(scope, check, &policies);
        if !decision.is_allowed() {
            return Err(denied(scope, check, &decision)?);
        }
    }
    Ok(())
}

/// Whether a trust policy lets a service assume the role on behalf of a resource.
pub(crate) fn service_may_assume(
    scope: &Scope<'_>,
    role: &Role,
    service: &str,
    source_arn: &str,
    source_account: AccountId,
    compiled: &Compiled,
) -> bool {
    let Ok(trust) = trust_policy(&role.trust_policy, compiled) else { return false };
    let check = Check::new("sts:AssumeRole", role.arn())
        .key("aws:SourceArn", [source_arn])
        .key("aws:SourceAccount", [source_account.to_string()]);
    let keys = Keys { scope, check: &check, service: Some(service) };
    let account = role.account.to_string();
    let request = Request {
        principal: Principal::Service { name: service },
        action: &check.action,
        resource: &check.resource,
        resource_account: Some(&account),
        context: &keys,
    };
    decide(&request, &Policies { resource: Some(Resource::Trust(&trust)), ..Policies::default() }).is_allowed()
}

fn trust_policy(document: &Document, compiled: &Compiled) -> Result<Arc<PolicySet>, Error> {
    compiled.set(Kind::Trust, &[source("trust policy", document)]).map_err(|unreadable| stored(&unreadable))
}

fn resource_policy(document: &Document, compiled: &Compiled) -> Result<Arc<PolicySet>, Error> {
    compiled.set(Kind::Resource, &[source("resource-based policy", document)]).map_err(|unreadable| stored(&unreadable))
}

fn ask<'a>(scope: &Scope<'_>, check: &Check, policies: &Policies<'a>) -> Decision<'a> {
    let caller = scope.caller;
    let account = caller.account.to_string();
    let owner = check.owner.map(|owner| owner.to_string());
    let arn = caller.arn();
    let role_arn;
    let issuer_arn;
    let principal = match &caller.identity {
        Identity::Anonymous => Principal::Anonymous,
        Identity::Root => Principal::Root { account: &account },
        Identity::User(user) => Principal::User { account: &account, arn: &arn, id: &user.id },
        Identity::Role { role, session_name } => {
            role_arn = role.arn();
            Principal::Role {
                account: &account,
                session_arn: &arn,
                role_arn: &role_arn,
                role_id: &role.id,
                session_name,
                service_linked: role.is_service_linked(),
            }
        }
        Identity::FederatedUser { issuer, .. } => {
            issuer_arn = issuer.as_ref().map_or_else(|| format!("arn:aws:iam::{account}:root"), |user| user.arn());
            Principal::FederatedUser {
                account: &account,
                arn: &arn,
                user_arn: &issuer_arn,
                user_id: issuer.as_ref().map_or("", |user| user.id.as_str()),
            }
        }
    };
    let keys = Keys { scope, check, service: None };
    let request = Request {
        principal,
        action: &check.action,
        resource: &check.resource,
        resource_account: owner.as_deref(),
        context: &keys,
    };
    decide(&request, policies)
}

fn denied(scope: &Scope<'_>, check: &Check, decision: &Decision<'_>) -> Result<Error, Error> {
    let told =
        if check.is_foreign_to(scope.caller) { Cow::Owned(told_abroad(decision)) } else { Cow::Borrowed(decision) };
    let message = format!(
        "User: {} is not authorized to perform: {} on resource: {} {}",
        scope.caller.arn(),
        check.action,
        check.resource,
        told.reason(&check.action)
    );
    let encoded = AuthorizationMessage::encode(&Keys { scope, check, service: None }, &told)?;
    Ok(Error::Denied(Box::new(Denial { message, encoded })))
}

/// What a caller may learn of a denial by another account's side: that it does not allow. Whether it denies, and by which
/// statement, would tell that the resource is there.
fn told_abroad<'a>(decision: &Decision<'a>) -> Decision<'a> {
    let theirs = |policy_type: PolicyType| {
        matches!(policy_type, PolicyType::Resource | PolicyType::ResourceControl | PolicyType::Trust)
    };
    let mut told = decision.clone();
    if told.by.is_some_and(theirs) {
        told.effect = Outcome::ImplicitDeny;
    }
    told.matched.retain(|matched| !theirs(matched.policy_type));
    told
}

fn gather(caller: &Caller, snapshot: &Snapshot, compiled: &Compiled) -> Result<Gathered, Error> {
    let gatherer = Gatherer { account: caller.account, snapshot };
    let (identity, boundary) = match &caller.identity {
        Identity::Anonymous | Identity::Root | Identity::FederatedUser { issuer: None, .. } => (Vec::new(), None),
        Identity::User(user) | Identity::FederatedUser { issuer: Some(user), .. } => gatherer.of_user(user)?,
        Identity::Role { role, .. } => gatherer.of_role(role)?,
    };
    let session = match &caller.session {
        Some(session) if session.policy.is_some() || !session.policy_arns.is_empty() => {
            Some(gatherer.of_session(session)?)
        }
        _ => None,
    };
    let set = |sources: &[Source<'_>]| compiled.set(Kind::Identity, sources).map_err(|unreadable| stored(&unreadable));
    Ok(Gathered {
        identity: set(&identity)?,
        boundary: boundary.map(|boundary| set(&[boundary])).transpose()?,
        session: session.map(|session| set(&session)).transpose()?,
    })
}

/// Finds the documents that apply.
struct Gatherer<'a> {
    account: AccountId,
    snapshot: &'a Snapshot,
}

impl<'a> Gatherer<'a> {
    fn of_user(&self, user: &'a User) -> Result<(Vec<Source<'a>>, Option<Source<'a>>), Error> {
        let mut policies = self.own(&user.inline_policies, &user.attached_policies)?;
        for id in &user.groups {
            let group: &Arc<Group> = self
                .snapshot
                .groups
                .by_id(self.account, id)
                .ok_or_else(|| Error::Internal(format!("the group {id} of a user is not there")))?;
            policies.extend(self.own(&group.inline_policies, &group.attached_policies)?);
        }
        Ok((policies, self.boundary(user.permissions_boundary.as_deref())?))
    }

    fn of_role(&self, role: &'a Role) -> Result<(Vec<Source<'a>>, Option<Source<'a>>), Error> {
        let policies = self.own(&role.inline_policies, &role.attached_policies)?;
        Ok((policies, self.boundary(role.permissions_boundary.as_deref())?))
    }

    /// A managed session policy that has been deleted since may have denied: without it the session may do nothing.
    fn of_session(&self, session: &'a Session) -> Result<Vec<Source<'a>>, Error> {
        let is_there = |arn: &String| managed_document(self.snapshot, self.account, arn).is_some();
        if !session.policy_arns.iter().all(is_there) {
            return Ok(Vec::new());
        }
        let mut policies = self.managed(&session.policy_arns)?;
        policies.extend(session.policy.as_ref().map(|document| source("session policy", document)));
        Ok(policies)
    }

    fn own(&self, inline: &'a [InlinePolicy], attached: &'a [String]) -> Result<Vec<Source<'a>>, Error> {
        let mut policies = self.managed(attached)?;
        policies.extend(inline.iter().map(|policy| source(&policy.name, &policy.document)));
        Ok(policies)
    }

    fn boundary(&self, arn: Option<&'a str>) -> Result<Option<Source<'a>>, Error> {
        arn.map(|arn| self.one_managed(arn)).transpose()
    }

    fn managed(&self, arns: &'a [String]) -> Result<Vec<Source<'a>>, Error> {
        arns.iter().map(|arn| self.one_managed(arn)).collect()
    }

    /// A policy that is named and not there is no empty policy: it may have denied.
    fn one_managed(&self, arn: &'a str) -> Result<Source<'a>, Error> {
        let document = managed_document(self.snapshot, self.account, arn)
            .ok_or_else(|| Error::Internal(format!("the policy {arn} is not there")))?;
        Ok(source(arn, document))
    }
}

fn source<'a>(name: &'a str, document: &'a Document) -> Source<'a> {
    Source { name, hash: document.hash(), text: document.text() }
}

fn stored(unreadable: &Unreadable) -> Error {
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

#[cfg(test)]
#[path = "authorise_tests.rs"]
mod tests;
