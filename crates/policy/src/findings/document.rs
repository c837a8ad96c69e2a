//! The document and the elements of its statements.

use std::collections::HashMap;

use super::place::Found;
use super::view::{Statement, View, find, members, nodes};
use crate::Kind;
use crate::document::grammar;
use crate::json::{Member, Node, Value};

const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Resource", "NotResource", "Condition"];

/// A value of another JSON type than its element has.
pub(super) fn data_type_mismatch(view: &View, found: &mut Found) {
    let mut wants = |node: &Node, name: &str| {
        found.at(node.at(), format!("The text does not match the expected JSON data type {name}."));
    };
    if !matches!(view.root.value, Value::Object(_)) {
        wants(view.root, "object");
    }
    for key in ["Version", "Id"] {
        if let Some(member) = find(view.members, key).filter(|member| !is_string(&member.node)) {
            wants(&member.node, "string");
        }
    }
    let statements = find(view.members, "Statement").map(|member| nodes(&member.node)).unwrap_or_default();
    for node in statements.iter().filter(|node| !matches!(node.value, Value::Object(_))) {
        wants(node, "object");
    }
    for statement in &view.statements {
        for member in statement.members {
            match &*member.key {
                "Sid" | "Effect" if !is_string(&member.node) => wants(&member.node, "string"),
                "Action" | "NotAction" | "Resource" | "NotResource" => {
                    nodes(&member.node).iter().filter(|node| !is_string(node)).for_each(|node| wants(node, "string"));
                }
                "Principal" | "NotPrincipal" => {
                    let named = members(&member.node).iter().flat_map(|of_type| nodes(&of_type.node));
                    named.filter(|node| !is_string(node)).for_each(|node| wants(node, "string"));
                }
                "Condition" => conditions(member, &mut wants),
                _ => {}
            }
        }
    }
}

fn conditions(block: &Member, wants: &mut impl FnMut(&Node, &str)) {
    if !matches!(block.node.value, Value::Object(_)) {
        return wants(&block.node, "object");
    }
    for operator in members(&block.node) {
        if !matches!(operator.node.value, Value::Object(_)) {
            wants(&operator.node, "object");
        }
        let values = members(&operator.node).iter().flat_map(|key| nodes(&key.node));
        let no_scalar = |node: &&Node| matches!(node.value, Value::Null | Value::Array(_) | Value::Object(_));
        values.filter(no_scalar).for_each(|node| wants(node, "string, number or Boolean"));
    }
}

fn is_string(node: &Node) -> bool {
    matches!(node.value, Value::String(_))
}

pub(super) fn invalid_policy_element(view: &View, found: &mut Found) {
    let known = |member: &&Member| {
        matches!(&*member.key, "Version" | "Statement") || member.key == "Id" && grammar::allows_id(view.kind)
    };
    let of_document = view.members.iter().filter(|member| !known(member));
    let of_statements = view.statements.iter().flat_map(|statement| statement.members);
    let of_statements = of_statements.filter(|member| !ELEMENTS.contains(&&*member.key));
    for member in of_document.chain(of_statements) {
        found.at(member.at, format!("The policy element {} is not valid.", member.key));
    }
}

pub(super) fn invalid_version(view: &View, found: &mut Found) {
    if let Some(Member { node, .. }) = find(view.members, "Version")
        && let Value::String(version) = &node.value
        && !matches!(&**version, "2012-10-17" | "2008-10-17")
        && !version.contains("${")
    {
        let details = format!("The version {version} is not valid. Use 2012-10-17, or 2008-10-17 for old policies.");
        found.at(node.at(), details);
    }
}

pub(super) fn missing_version(view: &View, found: &mut Found) {
    if !view.members.is_empty() && find(view.members, "Version").is_none() {
        let details =
            "Add the Version 2012-10-17: without it the policy is read as one of 2008-10-17, without variables.";
        found.at(view.root.at(), details);
    }
}

pub(super) fn missing_statement(view: &View, found: &mut Found) {
    match find(view.members, "Statement") {
        None if matches!(view.root.value, Value::Object(_)) => {
            found.at(view.root.at(), "Add a statement to the policy.")
        }
        Some(Member { node, .. }) if matches!(&node.value, Value::Array(nodes) if nodes.is_empty()) => {
            found.at(node.at(), "Add a statement to the policy.");
        }
        _ => {}
    }
}

pub(super) fn missing_effect(view: &View, found: &mut Found) {
    let without = view.statements.iter().filter(|statement| statement.find("Effect").is_none());
    without.for_each(|statement| found.at(statement.node.at(), "Add an Effect to the statement: Allow or Deny."));
}

pub(super) fn invalid_effect(view: &View, found: &mut Found) {
    for statement in view.statements.iter().filter(|statement| statement.effect.is_none()) {
        if let Some(Member { node, .. }) = statement.find("Effect")
            && let Value::String(effect) = &node.value
            && !effect.contains("${")
        {
            found.at(node.at(), format!("The effect {effect} is not valid. Use Allow or Deny."));
        }
    }
}

pub(super) fn missing_action(view: &View, found: &mut Found) {
    let without = view.statements.iter().filter(|statement| statement.actions.is_none());
    without.for_each(|statement| found.at(statement.node.at(), "Add an Action or NotAction element to the statement."));
}

pub(super) fn missing_resource(view: &View, found: &mut Found) {
    if matches!(view.kind, Kind::Trust | Kind::Resource) {
        return;
    }
    let without = view.statements.iter().filter(|statement| statement.resources.is_none());
    let details = "Add a Resource or NotResource element to the statement.";
    without.for_each(|statement| found.at(statement.node.at(), details));
}

pub(super) fn missing_principal(view: &View, found: &mut Found) {
    if matches!(view.kind, Kind::Identity | Kind::ServiceControl) {
        return;
    }
    let without = view.statements.iter().filter(|statement| statement.principals.is_none());
    without.for_each(|statement| found.at(statement.node.at(), "Add a Principal element to the statement."));
}

/// An element together with the one that negates it.
pub(super) fn unsupported_element_combination(view: &View, found: &mut Found) {
    for statement in &view.statements {
        for (plain, negated) in [("Action", "NotAction"), ("Principal", "NotPrincipal"), ("Resource", "NotResource")] {
            if let Some(one) = statement.find(plain)
                && let Some(other) = statement.find(negated)
            {
                let details = format!("{plain} and {negated} exclude each other. Remove one of them.");
                found.at_all(vec![other.at, one.at], details);
            }
        }
    }
}

fn sids<'a>(view: &'a View<'a>) -> impl Iterator<Item = (&'a Statement<'a>, &'a Node<'a>, &'a str)> {
    view.statements.iter().filter_map(|statement| {
        let node = &statement.find("Sid")?.node;
        match &node.value {
            Value::String(sid) => Some((statement, node, &**sid)),
            _ => None,
        }
    })
}

pub(super) fn unsupported_sid(view: &View, found: &mut Found) {
    // Services may take more characters than IAM does.
    if matches!(view.kind, Kind::Resource | Kind::Endpoint) {
        return;
    }
    let other = sids(view).filter(|(_, _, sid)| !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    for (_, node, _) in other.filter(|(_, _, sid)| !sid.contains("${")) {
        found.at(node.at(), "A Sid may hold letters and digits only: [a-z, A-Z, 0-9].");
    }
}

pub(super) fn empty_sid_value(view: &View, found: &mut Found) {
    let empty = sids(view).filter(|(_, _, sid)| sid.is_empty());
    empty.for_each(|(_, node, _)| found.at(node.at(), "Give the empty Sid a value, or remove it."));
}

pub(super) fn unique_sids_required(view: &View, found: &mut Found) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (_, node, sid) in sids(view).filter(|(_, _, sid)| !sid.is_empty()) {
        match seen.get(sid) {
            Some(first) => {
                let details = format!("The Sid {sid} is there twice. Statement ids must be unique in the policy.");
                found.at_all(vec![node.at(), *first], details);
            }
            None => {
                seen.insert(sid, node.at());
            }
        }
    }
}
