//! What is particular to trust policies.
//!
//! AWS page: "Creating a role for web identity or OpenID connect federation",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html>.

use std::collections::HashSet;

use super::place::Found;
use super::view::{Statement, Text, View};
use crate::Kind;
use crate::principal::Name;

const GITHUB: &str = "token.actions.githubusercontent.com";

/// The repository and what of it runs.
const GITHUB_SUBJECT: &str = "token.actions.githubusercontent.com:sub";

fn trusting<'a>(view: &'a View<'a>) -> impl Iterator<Item = &'a Statement<'a>> {
    view.statements.iter().filter(|_| view.kind == Kind::Trust)
}

pub(super) fn not_principal(view: &View, found: &mut Found) {
    for principals in trusting(view).filter_map(|statement| statement.principals.as_ref()) {
        if principals.negated {
            found.at(principals.member.at, "Trust policies do not have NotPrincipal. Use Principal.");
        }
    }
}

pub(super) fn wildcard_principal(view: &View, found: &mut Found) {
    for principals in trusting(view).filter_map(|statement| statement.principals.as_ref()) {
        if let Some(text) = Text::of_string(&principals.member.node).filter(|text| text.text == "*") {
            found.at(text.at, "\"Principal\": \"*\" is not supported in a trust policy. Name whom you trust.");
        }
    }
}

pub(super) fn invalid_federated(view: &View, found: &mut Found) {
    for Text { at, text } in trusting(view).flat_map(federated) {
        if Name::federated(text).is_none() && !text.contains(['*', '?']) && !text.contains("${") {
            found.at(at, "A federated principal is a domain name or the ARN of a provider.");
        }
    }
}

fn federated<'a>(statement: &'a Statement<'a>) -> impl Iterator<Item = Text<'a>> {
    let named = statement.principals.iter().flat_map(|principals| &principals.named);
    named.filter(|(of_type, _)| *of_type == "Federated").map(|(_, text)| *text)
}

fn is_saml(provider: &str) -> bool {
    provider.contains(":saml-provider/")
}

/// An action for which none of the principals can ask.
pub(super) fn mismatched_action(view: &View, found: &mut Found) {
    for statement in trusting(view).filter(|statement| statement.allows() && !statement.named().is_empty()) {
        let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { continue };
        let has = |saml: bool| {
            let mut named = statement.named().iter();
            named.any(|(of_type, name)| *of_type == "Federated" && is_saml(name.text) == saml)
        };
        let (has_saml, has_oidc) = (has(true), has(false));
        for Text { at, text } in &actions.texts {
            let fits = match text.to_ascii_lowercase().as_str() {
                "sts:assumerolewithsaml" => has_saml,
                "sts:assumerolewithwebidentity" => has_oidc,
                _ => true,
            };
            if !fits {
                let details = format!(
                    "None of the principals can ask for {text}: AssumeRoleWithSAML is for SAML providers, \
                     AssumeRoleWithWebIdentity for OIDC providers, both under Federated."
                );
                found.at(*at, details);
            }
        }
    }
}

/// IAM Roles Anywhere asks for three actions.
pub(super) fn roles_anywhere(view: &View, found: &mut Found) {
    let service = |statement: &Statement<'_>| {
        let mut named = statement.named().iter();
        named
            .find(|(of_type, text)| *of_type == "Service" && text.text == "rolesanywhere.amazonaws.com")
            .map(|named| named.1.at)
    };
    let trusted: Vec<_> =
        trusting(view).filter(|statement| statement.allows()).filter(|one| service(one).is_some()).collect();
    let missing: Vec<&str> = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
        .into_iter()
        .filter(|action| {
            let action = action.to_ascii_lowercase();
            let means =
                |statement: &&&Statement| statement.actions.as_ref().is_some_and(|of| of.means_any_way(&action));
            !trusted.iter().any(|statement| means(&statement))
        })
        .collect();
    if let Some(place) = trusted.first().and_then(|statement| service(statement))
        && !missing.is_empty()
    {
        found.at(place, format!("IAM Roles Anywhere also needs {}. Add what is missing.", missing.join(", ")));
    }
}

/// The host of an OIDC provider, which begins the names of its keys.
fn host(provider: &str) -> Option<&str> {
    match provider.split_once(":oidc-provider/") {
        Some((_, host)) => Some(host),
        None => (!provider.starts_with("arn:")).then_some(provider),
    }
}

/// The statements of trust policies that let OIDC providers in.
fn letting_in<'a>(view: &'a View<'a>) -> impl Iterator<Item = &'a Statement<'a>> {
    trusting(view).filter(|statement| {
        let actions = statement.actions.as_ref();
        statement.allows() && actions.is_some_and(|actions| actions.means_any_way("sts:assumerolewithwebidentity"))
    })
}

/// The OIDC providers that a statement names, with their hosts.
fn providers<'a>(statement: &'a Statement<'a>) -> impl Iterator<Item = (Text<'a>, &'a str)> {
    federated(statement).filter_map(|text| Some((text, host(text.text)?)))
}

pub(super) fn missing_oidc_key(view: &View, found: &mut Found) {
    for statement in letting_in(view) {
        let asked = statement.conditions.iter().filter(|asked| !asked.is_null());
        let asked = asked.filter_map(|asked| Some(asked.key.key.split_once(':')?.0.to_ascii_lowercase()));
        let asked: HashSet<String> = asked.collect();
        for (text, host) in providers(statement).filter(|(_, host)| *host != GITHUB) {
            if !asked.contains(&host.to_ascii_lowercase()) {
                let details =
                    format!("Anybody whom {host} knows can assume the role. Add a condition on {host}:aud or :sub.");
                found.at(text.at, details);
            }
        }
    }
}

pub(super) fn missing_github_key(view: &View, found: &mut Found) {
    for statement in letting_in(view).filter(|statement| !statement.asks_for(GITHUB_SUBJECT)) {
        for (text, _) in providers(statement).filter(|(_, host)| *host == GITHUB) {
            let details =
                format!("Any repository of GitHub can assume the role. Name yours by a condition on {GITHUB_SUBJECT}.");
            found.at(text.at, details);
        }
    }
}

pub(super) fn specific_github_repo(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| view.kind == Kind::Trust && asked.is(GITHUB_SUBJECT)) {
        let likes = asked.parsed.is_some_and(|(_, operator, _)| operator.name == "StringLike");
        for text in asked.values.iter().filter(|text| likes && text.text.contains('*')) {
            found.at(text.at, "The wildcard can let in more than you mean. Name the repository and the branch.");
        }
    }
}

/// An audience may be one value or several.
pub(super) fn audience(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| view.kind == Kind::Trust && asked.key.key.ends_with(":aud")) {
        if asked.parsed.is_some_and(|(set, _, _)| set.is_some()) {
            let details = format!(
                "Make sure that {} can have several values. If it has one, leave out ForAllValues and ForAnyValue.",
                asked.key.key
            );
            found.at(asked.key.at, details);
        }
    }
}

/// A session beside the role that it is one of.
pub(super) fn redundant_session(view: &View, found: &mut Found) {
    for statement in trusting(view) {
        let aws = || statement.named().iter().filter(|(of_type, _)| *of_type == "AWS").map(|(_, text)| *text);
        let role = |text: &str| {
            let (start, resource) = text.split_once(":iam::")?;
            let (account, name) = resource.split_once(":role/")?;
            Some(format!("{start}:sts::{account}:assumed-role/{}", name.rsplit('/').next()?))
        };
        let roles: HashSet<String> = aws().filter_map(|text| role(text.text)).collect();
        for session in aws().filter(|text| text.text.contains(":assumed-role/")) {
            if session.text.rsplit_once('/').is_some_and(|(role, _)| roles.contains(role)) {
                found.at(session.at, "The role of this session is trusted too. Remove the session.");
            }
        }
    }
}

/// Keys that a session can only be given with another action.
pub(super) fn missing_action_for_key(view: &View, found: &mut Found) {
    const NEEDED: [(&str, &str); 2] =
        [("sts:SourceIdentity", "sts:SetSourceIdentity"), ("sts:TransitiveTagKeys", "sts:TagSession")];
    for statement in trusting(view).filter(|statement| statement.allows()) {
        for (key, action) in NEEDED {
            let asked = statement.conditions.iter().find(|asked| asked.is(key) && !asked.is_null());
            let means =
                statement.actions.as_ref().is_some_and(|actions| actions.means_any_way(&action.to_ascii_lowercase()));
            if let Some(asked) = asked.filter(|_| !means) {
                found.at(asked.key.at, format!("{key} can be set only with {action}. Add it to the actions."));
            }
        }
    }
}
