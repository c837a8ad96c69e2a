//! The `Principal` and `NotPrincipal` elements.

use super::place::Found;
use super::view::{Principals, Text, View, members};
use crate::Kind;
use crate::json::Value;
use crate::principal::Name;

const TYPES: [&str; 4] = ["AWS", "CanonicalUser", "Federated", "Service"];

fn elements<'a>(view: &'a View<'a>) -> impl Iterator<Item = &'a Principals<'a>> {
    view.statements.iter().filter_map(|statement| statement.principals.as_ref())
}

/// All names of one type that are given in full.
fn named<'a>(view: &'a View<'a>, of_type: &'static str) -> impl Iterator<Item = Text<'a>> {
    let all = elements(view).flat_map(|principals| &principals.named);
    all.filter(move |(named, text)| *named == of_type && !text.text.contains("${")).map(|(_, text)| *text)
}

/// A policy that hangs on its principal.
pub(super) fn unsupported(view: &View, found: &mut Found) {
    if view.kind == Kind::Identity {
        elements(view).for_each(|principals| {
            let details = format!("An identity-based policy has no principals. Remove {}.", principals.member.key);
            found.at(principals.member.at, details);
        });
    }
}

pub(super) fn in_service_control_policy(view: &View, found: &mut Found) {
    if view.kind == Kind::ServiceControl {
        elements(view).for_each(|principals| {
            let details = format!("A service control policy has no principals. Remove {}.", principals.member.key);
            found.at(principals.member.at, details);
        });
    }
}

/// Neither `*` nor types with names, or a name under `AWS` that is none.
pub(super) fn invalid_format(view: &View, found: &mut Found) {
    for principals in elements(view) {
        let node = &principals.member.node;
        let well = match &node.value {
            Value::String(text) => text == "*" || text.contains("${"),
            Value::Object(_) => true,
            _ => false,
        };
        if !well {
            found.at(node.at(), "Name principals by their type, as in {\"AWS\": \"123456789012\"}.");
        }
    }
    for Text { at, text } in named(view, "AWS").filter(|text| !text.is_wild()) {
        if Name::aws(text).is_none() {
            let details = format!("{text:?} is no principal. Use an account id or the ARN of a user or role.");
            found.at(at, details);
        }
    }
}

pub(super) fn invalid_key(view: &View, found: &mut Found) {
    let types = elements(view).flat_map(|principals| members(&principals.member.node));
    for of_type in types.filter(|of_type| !TYPES.contains(&&*of_type.key)) {
        let details = format!("The principal key {} is not valid. Use {}.", of_type.key, TYPES.join(", "));
        found.at(of_type.at, details);
    }
}

pub(super) fn unsupported_wildcard(view: &View, found: &mut Found) {
    for (of_type, text) in elements(view).flat_map(|principals| &principals.named) {
        let everyone = *of_type == "AWS" && text.text == "*";
        if text.is_wild() && !everyone && TYPES.contains(of_type) && !text.text.contains("${") {
            found.at(text.at, format!("Wildcards are not supported under {of_type}. Name the principal in full."));
        }
    }
}

pub(super) fn invalid_service_format(view: &View, found: &mut Found) {
    for Text { at, text } in named(view, "Service").filter(|text| !text.is_wild()) {
        if Name::service(text).is_none() || text.contains(|c: char| c.is_ascii_uppercase()) {
            found.at(at, "A service principal has the form service-name.amazonaws.com, in lower case.");
        }
    }
}

/// Identity providers may stand in trust policies only.
pub(super) fn federated_not_supported(view: &View, found: &mut Found) {
    if matches!(view.kind, Kind::Resource | Kind::Endpoint) {
        for text in named(view, "Federated") {
            found.at(text.at, "Only trust policies can name an identity provider. Name another principal.");
        }
    }
}

pub(super) fn role_id(view: &View, found: &mut Found) {
    unique_id(view, found, "AROA", "role");
}

pub(super) fn user_id(view: &View, found: &mut Found) {
    unique_id(view, found, "AIDA", "user");
}

fn unique_id(view: &View, found: &mut Found, prefix: &str, what: &str) {
    for Text { at, text } in named(view, "AWS").filter(|text| text.text.starts_with(prefix)) {
        if Name::aws(text).is_some() {
            found.at(at, format!("{text} is the id of a {what}. Name the {what} by its ARN."));
        }
    }
}

pub(super) fn allow_with_not_principal(view: &View, found: &mut Found) {
    for statement in view.statements.iter().filter(|statement| statement.allows()) {
        if let Some(principals) = statement.principals.as_ref().filter(|principals| principals.negated) {
            found.at(principals.member.at, "It allows everyone else. Use Principal and name whom you mean.");
        }
    }
}

pub(super) fn empty_array(view: &View, found: &mut Found) {
    let types = elements(view).flat_map(|principals| members(&principals.member.node));
    for of_type in types.filter(|of_type| super::actions::is_empty_array(&of_type.node)) {
        found.at(of_type.node.at(), "The statement names no such principals. Name some.");
    }
}

pub(super) fn empty_object(view: &View, found: &mut Found) {
    for principals in elements(view) {
        if matches!(&principals.member.node.value, Value::Object(members) if members.is_empty()) {
            found.at(principals.member.node.at(), "The statement names no principals and does nothing. Name some.");
        }
    }
}

/// Conditions that tell for whom a service acts.
const SOURCES: [&str; 5] =
    ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner"];

/// A service that may act for anybody.
pub(super) fn restrict_service(view: &View, found: &mut Found) {
    for (statement, service) in services(view) {
        if !SOURCES.iter().any(|key| statement.asks_for(key)) && !statement.asks_for("aws:Referer") {
            let details = format!(
                "{} may act here for anybody. Say for whom by a condition on aws:SourceArn or aws:SourceAccount.",
                service.text
            );
            found.at(service.at, details);
        }
    }
}

/// `aws:Referer` where `aws:SourceArn` is meant.
pub(super) fn recommended_key_for_service(view: &View, found: &mut Found) {
    for (statement, service) in services(view) {
        let referer = statement.conditions.iter().find(|asked| asked.is("aws:Referer") && !asked.is_null());
        if let Some(asked) = referer
            && !SOURCES.iter().any(|key| statement.asks_for(key))
        {
            let details = format!(
                "To say for whom {} may act, use aws:SourceArn or aws:SourceAccount instead of {}.",
                service.text, asked.key.key
            );
            found.at_all(vec![asked.key.at, service.at], details);
        }
    }
}

/// Keys that requests of a service do not carry: a statement that asks for them allows the service nothing.
pub(super) fn unsupported_key_for_service(view: &View, found: &mut Found) {
    const ABSENT: [&str; 2] = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"];
    for (statement, service) in services(view) {
        let only = statement.named().iter().all(|(of_type, _)| *of_type == "Service");
        for asked in statement.conditions.iter().filter(|asked| ABSENT.iter().any(|key| asked.is(key))) {
            let wanted = match asked.parsed {
                Some((set, operator, if_exists)) => {
                    !operator.negated && !if_exists && !asked.is_null() && !matches!(set, Some(super::view::FOR_ALL))
                }
                None => false,
            };
            if only && wanted {
                let details = format!("Requests of {} do not carry {}.", service.text, asked.key.key);
                found.at_all(vec![asked.key.at, service.at], details);
            }
        }
    }
}

/// The first service of each statement of a resource-based policy that allows services something.
fn services<'a>(view: &'a View<'a>) -> impl Iterator<Item = (&'a super::view::Statement<'a>, Text<'a>)> {
    let of_kind = view.statements.iter().filter(|statement| view.kind == Kind::Resource && statement.allows());
    of_kind.filter_map(|statement| {
        let service = statement.named().iter().find(|(of_type, _)| *of_type == "Service")?;
        Some((statement, service.1))
    })
}
