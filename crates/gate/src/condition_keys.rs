//! The global condition keys: one row each.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
//!
//! Keys that a request cannot carry here (`aws:SourceVpc`, …) have no row: they are absent, as they are at AWS for such a
//! request.

use std::{borrow::Cow, collections::HashSet};

use bartizan_policy::{Context as _, Values};
use bartizan_store::entity::Tag;

use crate::{Caller, Check, Identity, Scope, time::iso};

/// What a condition key's value is made of.
pub(crate) struct Keys<'a> {
    pub scope: &'a Scope<'a>,
    pub check: &'a Check,
    /// The service that asks, for checks where a service and not the caller does.
    pub service: Option<&'a str>,
}

/// Nothing where the request does not carry the key.
type Value<'a> = Option<Values<'a>>;

/// One global key: its name, which is the same in any letter case, and its value for a request.
struct Row {
    key: &'static str,
    value: for<'a> fn(&'a Keys<'a>) -> Value<'a>,
}

const ROWS: &[Row] = &[
    Row { key: "aws:CalledVia", value: |keys| Some(Values::Listed(&keys.scope.request.called_via)) },
    Row { key: "aws:CalledViaFirst", value: |keys| one(keys.scope.request.called_via.first()?.as_str()) },
    Row { key: "aws:CalledViaLast", value: |keys| one(keys.scope.request.called_via.last()?.as_str()) },
    Row { key: "aws:CurrentTime", value: |keys| one(iso(keys.scope.now.as_second())) },
    Row { key: "aws:EpochTime", value: |keys| one(keys.scope.now.as_second().to_string()) },
    Row { key: "aws:MultiFactorAuthAge", value: multi_factor_auth_age },
    Row { key: "aws:MultiFactorAuthPresent", value: multi_factor_auth_present },
    Row { key: "aws:PrincipalAccount", value: |keys| one(caller(keys)?.account.to_string()) },
    Row { key: "aws:PrincipalArn", value: principal_arn },
    Row { key: "aws:PrincipalIsAWSService", value: |keys| one(keys.service.is_some().to_string()) },
    Row { key: "aws:PrincipalOrgID", value: |keys| organization(keys, caller(keys)?.account) },
    Row { key: "aws:PrincipalOrgPaths", value: |keys| organization_path(keys, caller(keys)?.account) },
    Row { key: "aws:PrincipalServiceName", value: |keys| one(keys.service?) },
    Row { key: "aws:PrincipalType", value: |keys| one(principal_type(asker(keys)?)) },
    Row { key: "aws:Referer", value: |keys| one(keys.scope.request.referer.as_deref()?) },
    Row { key: "aws:RequestedRegion", value: |keys| one(keys.scope.region) },
    Row { key: "aws:ResourceAccount", value: |keys| one(owner(keys).to_string()) },
    Row { key: "aws:ResourceOrgID", value: |keys| organization(keys, owner(keys)) },
    Row { key: "aws:ResourceOrgPaths", value: |keys| organization_path(keys, owner(keys)) },
    Row { key: "aws:SecureTransport", value: |keys| one(keys.scope.request.secure_transport.to_string()) },
    Row { key: "aws:SourceIdentity", value: |keys| one(session(keys)?.source_identity.as_deref()?) },
    Row { key: "aws:SourceIp", value: source_ip },
    Row { key: "aws:TokenIssueTime", value: |keys| one(iso(session(keys)?.issued)) },
    Row { key: "aws:UserAgent", value: |keys| one(keys.scope.request.user_agent.as_deref()?) },
    Row { key: "aws:userid", value: |keys| one(asker(keys)?.user_id()) },
    Row { key: "aws:username", value: |keys| one(caller(keys)?.user()?.name.as_str()) },
    Row { key: "aws:ViaAWSService", value: |keys| one((!keys.scope.request.called_via.is_empty()).to_string()) },
];

/// Keys with a tag's name in them.
const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";

impl Keys<'_> {
    /// Every key that the request carries, the operation's first, in the letter case that AWS gives them.
    pub fn all(&self) -> Vec<(Cow<'_, str>, Values<'_>)> {
        let of_operation = self.check.keys.iter().map(|(name, _)| Cow::Borrowed(name.as_ref()));
        let global = ROWS.iter().map(|row| Cow::Borrowed(row.key));
        let of_tags = caller(self).into_iter().flat_map(principal_tags);
        let of_tags = of_tags.map(|tag| Cow::Owned(format!("{PRINCIPAL_TAG}{}", tag.key)));
        let mut seen = HashSet::new();
        of_operation
            .chain(global)
            .chain(of_tags)
            .filter(|key| seen.insert(key.to_lowercase()))
            .map(|key| (self.values(&key), key))
            .filter(|(values, _)| !values.is_absent())
            .map(|(values, key)| (key, values))
            .collect()
    }
}

impl bartizan_policy::Context for Keys<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        // The operation's keys are server-made, as the global ones are: no header or parameter names a key.
        if let Some((_, values)) = self.check.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            return Values::Listed(values);
        }
        if let Some((start, tag)) = key.split_at_checked(PRINCIPAL_TAG.len())
            && start.eq_ignore_ascii_case(PRINCIPAL_TAG)
        {
            return principal_tag(self, tag).unwrap_or(Values::Absent);
        }
        let row = ROWS.iter().find(|row| row.key.eq_ignore_ascii_case(key));
        row.and_then(|row| (row.value)(self)).unwrap_or(Values::Absent)
    }
}

fn one<'a>(value: impl Into<Cow<'a, str>>) -> Value<'a> {
    Some(Values::One(value.into()))
}

/// Whoever asks, if that is no service in its own name.
fn asker<'a>(keys: &'a Keys<'a>) -> Option<&'a Caller> {
    keys.service.is_none().then_some(keys.scope.caller)
}

fn caller<'a>(keys: &'a Keys<'a>) -> Option<&'a Caller> {
    asker(keys).filter(|caller| !caller.is_anonymous())
}

fn session<'a>(keys: &'a Keys<'a>) -> Option<&'a crate::Session> {
    caller(keys)?.session.as_deref()
}

fn owner(keys: &Keys<'_>) -> bartizan_store::AccountId {
    keys.check.owner.unwrap_or(keys.scope.caller.account)
}

/// For a role's session the role's ARN, not the session's.
fn principal_arn<'a>(keys: &'a Keys<'a>) -> Value<'a> {
    let caller = caller(keys)?;
    match &caller.identity {
        Identity::Role { role, .. } => one(role.arn()),
        Identity::Anonymous | Identity::Root | Identity::User(_) | Identity::FederatedUser { .. } => one(caller.arn()),
    }
}

/// A service has no address of its customer's network, in whosever name it asks.
fn source_ip<'a>(keys: &'a Keys<'a>) -> Value<'a> {
    let request = keys.scope.request;
    if keys.service.is_some() || request.invoked_by.is_some() { None } else { one(request.source_ip.to_string()) }
}

fn principal_type(caller: &Caller) -> &'static str {
    match caller.identity {
        Identity::Anonymous => "Anonymous",
        Identity::Root => "Account",
        Identity::User(_) => "User",
        Identity::Role { .. } => "AssumedRole",
        Identity::FederatedUser { .. } => "FederatedUser",
    }
}

/// The value of the caller's tag of this name, in whichever letter case.
fn principal_tag<'a>(keys: &'a Keys<'a>, name: &str) -> Value<'a> {
    let mut tags = principal_tags(caller(keys)?);
    one(tags.find(|tag| tag.key.to_lowercase() == name.to_lowercase())?.value.as_str())
}

/// Session tags go before the tags of the user or role.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
fn principal_tags(caller: &Caller) -> impl Iterator<Item = &Tag> {
    let own = match &caller.identity {
        Identity::User(user) => user.tags.as_slice(),
        Identity::Role { role, .. } => role.tags.as_slice(),
        Identity::Anonymous | Identity::Root | Identity::FederatedUser { .. } => &[],
    };
    caller.session.iter().flat_map(|session| &session.tags).chain(own)
}

/// Present for temporary credentials only: long-term ones never carry it, not even as false.
fn multi_factor_auth_present<'a>(keys: &'a Keys<'a>) -> Value<'a> {
    one(session(keys)?.mfa_authenticated.is_some().to_string())
}

fn multi_factor_auth_age<'a>(keys: &'a Keys<'a>) -> Value<'a> {
    let authenticated = session(keys)?.mfa_authenticated?;
    one((keys.scope.now.as_second() - authenticated).to_string())
}

fn organization<'a>(keys: &'a Keys<'a>, account: bartizan_store::AccountId) -> Value<'a> {
    one(keys.scope.snapshot.organization_of(account)?.id.as_str())
}

/// `o-…/r-…/`: all accounts are directly under the root.
fn organization_path<'a>(keys: &'a Keys<'a>, account: bartizan_store::AccountId) -> Value<'a> {
    one(keys.scope.snapshot.organization_of(account)?.path())
}

#[cfg(test)]
#[path = "condition_keys_tests.rs"]
mod tests;
