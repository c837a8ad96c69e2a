//! The global condition keys: one row each.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
//!
//! Keys that a request cannot carry here (`aws:SourceVpc`, `aws:CalledVia`, …) have no row: they are absent, as they are
//! at AWS for such a request.

use std::borrow::Cow;

use bartizan_store::entity::Tag;

use crate::{Caller, Check, Identity, Scope};

/// What a condition key's value is made of.
pub(crate) struct Keys<'a> {
    pub scope: &'a Scope<'a>,
    pub check: &'a Check,
    /// The service that asks, for checks where a service and not the caller does.
    pub service: Option<&'a str>,
}

type Values<'a> = Option<Vec<Cow<'a, str>>>;

/// One global key: its name, folded to lower case, and its values for a request.
struct Row {
    key: &'static str,
    values: for<'a> fn(&'a Keys<'a>) -> Values<'a>,
}

const ROWS: &[Row] = &[
    Row { key: "aws:currenttime", values: |keys| one(iso(keys.scope.now.as_second())) },
    Row { key: "aws:epochtime", values: |keys| one(keys.scope.now.as_second().to_string()) },
    Row { key: "aws:multifactorauthage", values: multi_factor_auth_age },
    Row { key: "aws:multifactorauthpresent", values: multi_factor_auth_present },
    Row { key: "aws:principalaccount", values: |keys| one(caller(keys)?.account.to_string()) },
    Row { key: "aws:principalarn", values: principal_arn },
    Row { key: "aws:principalisawsservice", values: |keys| one(keys.service.is_some().to_string()) },
    Row { key: "aws:principalorgid", values: |keys| organization(keys, caller(keys)?.account) },
    Row { key: "aws:principalorgpaths", values: |keys| organization_path(keys, caller(keys)?.account) },
    Row { key: "aws:principalservicename", values: |keys| one(keys.service?) },
    Row { key: "aws:principaltype", values: |keys| one(principal_type(caller(keys)?)) },
    Row { key: "aws:referer", values: |keys| one(keys.scope.request.referer.as_deref()?) },
    Row { key: "aws:requestedregion", values: |keys| one(keys.scope.region) },
    Row { key: "aws:resourceaccount", values: |keys| one(owner(keys).to_string()) },
    Row { key: "aws:resourceorgid", values: |keys| organization(keys, owner(keys)) },
    Row { key: "aws:resourceorgpaths", values: |keys| organization_path(keys, owner(keys)) },
    Row { key: "aws:securetransport", values: |keys| one(keys.scope.request.secure_transport.to_string()) },
    Row { key: "aws:sourceidentity", values: |keys| one(session(keys)?.source_identity.as_deref()?) },
    Row { key: "aws:sourceip", values: |keys| one(caller(keys).map(|_| keys.scope.request.source_ip.to_string())?) },
    Row { key: "aws:tokenissuetime", values: |keys| one(iso(session(keys)?.issued)) },
    Row { key: "aws:useragent", values: |keys| one(keys.scope.request.user_agent.as_deref()?) },
    Row { key: "aws:userid", values: |keys| one(caller(keys)?.user_id()) },
    Row { key: "aws:username", values: |keys| one(caller(keys)?.user()?.name.as_str()) },
    Row { key: "aws:viaawsservice", values: |_| one("false") },
];

/// Keys with a tag's name in them.
const PRINCIPAL_TAG: &str = "aws:principaltag/";

impl bartizan_policy::Context for Keys<'_> {
    fn values(&self, key: &str) -> Option<Vec<Cow<'_, str>>> {
        // The operation's keys are server-made, as the global ones are: no header or parameter names a key.
        if let Some((_, values)) = self.check.keys.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
            return Some(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect());
        }
        if let Some(tag) = key.strip_prefix(PRINCIPAL_TAG) {
            return principal_tag(self, tag);
        }
        let row = ROWS.iter().find(|row| row.key == key)?;
        (row.values)(self)
    }
}

fn one<'a>(value: impl Into<Cow<'a, str>>) -> Values<'a> {
    Some(vec![value.into()])
}

fn iso(second: i64) -> String {
    jiff::Timestamp::from_second(second).unwrap_or_default().to_string()
}

fn caller<'a>(keys: &'a Keys<'a>) -> Option<&'a Caller> {
    keys.service.is_none().then_some(keys.scope.caller)
}

fn session<'a>(keys: &'a Keys<'a>) -> Option<&'a crate::Session> {
    caller(keys)?.session.as_deref()
}

fn owner(keys: &Keys<'_>) -> bartizan_store::AccountId {
    keys.check.owner.unwrap_or(keys.scope.caller.account)
}

/// For a role's session the role's ARN, not the session's.
fn principal_arn<'a>(keys: &'a Keys<'a>) -> Values<'a> {
    let caller = caller(keys)?;
    match &caller.identity {
        Identity::Role { role, .. } => one(role.arn()),
        Identity::Root | Identity::User(_) | Identity::FederatedUser { .. } => one(caller.arn()),
    }
}

fn principal_type(caller: &Caller) -> &'static str {
    match caller.identity {
        Identity::Root => "Account",
        Identity::User(_) => "User",
        Identity::Role { .. } => "AssumedRole",
        Identity::FederatedUser { .. } => "FederatedUser",
    }
}

/// Session tags go before the tags of the user or role.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
fn principal_tag<'a>(keys: &'a Keys<'a>, name: &str) -> Values<'a> {
    let caller = caller(keys)?;
    let find = |tags: &'a [Tag]| tags.iter().find(|tag| tag.key.to_lowercase() == name.to_lowercase());
    let of_session = caller.session.as_deref().and_then(|session| find(&session.tags));
    let own = || match &caller.identity {
        Identity::User(user) => find(&user.tags),
        Identity::Role { role, .. } => find(&role.tags),
        Identity::Root | Identity::FederatedUser { .. } => None,
    };
    one(of_session.or_else(own)?.value.as_str())
}

/// Present for temporary credentials only: long-term ones never carry it, not even as false.
fn multi_factor_auth_present<'a>(keys: &'a Keys<'a>) -> Values<'a> {
    one(session(keys)?.mfa_authenticated.is_some().to_string())
}

fn multi_factor_auth_age<'a>(keys: &'a Keys<'a>) -> Values<'a> {
    let authenticated = session(keys)?.mfa_authenticated?;
    one((keys.scope.now.as_second() - authenticated).to_string())
}

fn organization<'a>(keys: &'a Keys<'a>, account: bartizan_store::AccountId) -> Values<'a> {
    one(keys.scope.snapshot.organization_of(account)?.id.as_str())
}

/// `o-…/r-…/` for an account directly under the root.
fn organization_path<'a>(keys: &'a Keys<'a>, account: bartizan_store::AccountId) -> Values<'a> {
    let organization = keys.scope.snapshot.organization_of(account)?;
    one(format!("{}/{}/", organization.id, organization.root))
}

#[cfg(test)]
#[path = "condition_keys_tests.rs"]
mod tests;
