//! From a caller and a check to a decision: gathers every policy that applies, and asks the engine.

use std::{borrow::Cow, fmt, sync::Arc};

use bartizan_policy::{
    Compiled, Decision, Kind, Outcome, Policies, PolicySet, PolicyType, Principal, Request, Resource, decide,
};
use bartizan_store::{AccountId, Document, entity::Role};

use crate::{
    AuthorizationMessage, Check, Checks, Error, Identity, Scope,
    condition_keys::Keys,
    gather::{self, Gathered},
};

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

/// Allows every check or says which was not; of checks that stand each for itself, what was denied, in their order.
pub(crate) fn authorise(
    checks: &Checks,
    action: &str,
    scope: &Scope<'_>,
    compiled: &Compiled,
) -> Result<Vec<Option<Box<Denial>>>, Error> {
    let (checks, each) = match checks {
        Checks::Unneeded => return Ok(Vec::new()),
        Checks::All(checks) => (checks, false),
        Checks::Each(checks) => (checks, true),
    };
    // An operation that forgot to ask for its own action is not let through.
    if !checks.iter().any(|check| check.action.eq_ignore_ascii_case(action)) {
        return Err(Error::Internal(format!("{action} has no check of its own")));
    }
    let gathered = gather::of_caller(scope.caller, scope.snapshot, compiled)?;
    let mut denials = Vec::new();
    for check in checks {
        match (one(check, scope, &gathered, compiled), each) {
            (Ok(()), false) => {}
            (Ok(()), true) => denials.push(None),
            (Err(Error::Denied(denial)), true) => denials.push(Some(denial)),
            (Err(error), _) => return Err(error),
        }
    }
    Ok(denials)
}

/// Whether one further thing is allowed, for answers that tell more to those who may know more.
pub(crate) fn allows(check: &Check, scope: &Scope<'_>, compiled: &Compiled) -> Result<bool, Error> {
    match one(check, scope, &gather::of_caller(scope.caller, scope.snapshot, compiled)?, compiled) {
        Ok(()) => Ok(true),
        Err(Error::Denied(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

fn one(check: &Check, scope: &Scope<'_>, gathered: &Gathered, compiled: &Compiled) -> Result<(), Error> {
    let trust = check.trust.as_ref().map(|document| trust_policy(document, compiled)).transpose()?;
    let attached = check.policy.as_ref().map(|document| resource_policy(document, compiled)).transpose()?;
    let resource = trust.as_deref().map(Resource::Trust).or(attached.as_deref().map(Resource::Policy));
    let policies = Policies {
        identity: Some(&gathered.identity),
        boundary: gathered.boundary.as_deref(),
        session: gathered.session.as_deref(),
        resource,
        acl: check.acl.as_ref(),
        // Service and resource control policies come with their issue; none can be attached before.
        ..Policies::default()
    };
    let mut decision = ask(scope, check, &policies);
    if check.denies_only && decision.is_allowed() {
        decision = ask(scope, check, &Policies { resource: None, ..policies });
    }
    if decision.is_allowed() { Ok(()) } else { Err(denied(scope, check, &decision)?) }
}

/// Whether a trust policy lets a service assume the role on behalf of a resource.
pub(crate) fn service_may_assume(
    scope: &Scope<'_>,
    role: &Role,
    service: &str,
    source_arn: Option<&str>,
    source_account: AccountId,
    compiled: &Compiled,
) -> bool {
    let Ok(trust) = trust_policy(&role.trust_policy, compiled) else { return false };
    let check = Check::new("sts:AssumeRole", role.arn())
        .key("aws:SourceArn", source_arn)
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
    compiled
        .set(Kind::Trust, &[gather::source("trust policy", document)])
        .map_err(|unreadable| gather::stored(&unreadable))
}

fn resource_policy(document: &Document, compiled: &Compiled) -> Result<Arc<PolicySet>, Error> {
    compiled
        .set(Kind::Resource, &[gather::source("resource-based policy", document)])
        .map_err(|unreadable| gather::stored(&unreadable))
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
    // Amazon S3 tells those who are nobody no more than that.
    let message = if scope.caller.is_anonymous() {
        "Access Denied".to_owned()
    } else {
        format!(
            "User: {} is not authorized to perform: {} on resource: {} {}",
            scope.caller.arn(),
            check.action,
            check.shown.as_ref().unwrap_or(&check.resource),
            told.reason(&check.action)
        )
    };
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

#[cfg(test)]
#[path = "authorise_tests.rs"]
mod tests;
