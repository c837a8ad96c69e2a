//! The `Action` and `NotAction` elements.

use super::place::Found;
use super::view::{Element, Text, View, nodes};
use crate::json::{Node, Value};
use crate::pattern::Pattern;
use crate::{Effect, Kind};

/// All actions, split at their first colon.
fn split<'a>(view: &'a View<'a>) -> impl Iterator<Item = (Text<'a>, Option<(&'a str, &'a str)>)> {
    let texts =
        view.statements.iter().filter_map(|statement| statement.actions.as_ref()).flat_map(|actions| &actions.texts);
    let texts = texts.filter(|text| text.text != "*" && !text.text.contains("${"));
    texts.map(|text| (*text, text.text.split_once(':')))
}

fn is_service(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-.*?".contains(c))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._*?".contains(c))
}

/// No `service:Name`, or none that the vocabulary has.
pub(super) fn invalid_action(view: &View, found: &mut Found) {
    for (Text { at, text }, parts) in split(view) {
        let Some((service, name)) = parts else {
            found.at(at, format!("The action {text} does not exist. Write it as service:Name."));
            continue;
        };
        if !is_name(name) {
            found.at(at, format!("The action {text} does not exist."));
        } else if is_service(service) && view.vocabulary.has(service, name) == Some(false) {
            let details = match view.vocabulary.like(service, name) {
                Some(like) => format!("The action {text} does not exist. Did you mean {service}:{like}?"),
                None => format!("The action {text} does not exist."),
            };
            found.at(at, details);
        }
    }
}

/// A prefix that can be no service's.
pub(super) fn invalid_service(view: &View, found: &mut Found) {
    for (Text { at, .. }, parts) in split(view) {
        if let Some((service, _)) = parts
            && !is_service(service)
        {
            found.at(at, format!("The service {service:?} does not exist. Use a valid service name."));
        }
    }
}

pub(super) fn wildcard_in_service_name(view: &View, found: &mut Found) {
    for (Text { at, text }, parts) in split(view) {
        if parts.is_some_and(|(service, _)| service.contains(['*', '?'])) {
            let details = format!("{text} can mean services that you do not think of. Name the service in full.");
            found.at(at, details);
        }
    }
}

/// In a trust policy: what is no action of STS.
pub(super) fn unsupported_in_policy(view: &View, found: &mut Found) {
    if view.kind != Kind::Trust {
        return;
    }
    let texts =
        view.statements.iter().filter_map(|statement| statement.actions.as_ref()).flat_map(|actions| &actions.texts);
    for Text { at, text } in texts.filter(|text| text.text == "*" || text.text.contains(':')) {
        let of_sts = text.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"));
        if !of_sts && !text.contains("${") {
            let details = format!("The action {text} is not supported in a role's trust policy: use actions of sts.");
            found.at(*at, details);
        }
    }
}

pub(super) fn empty_array(view: &View, found: &mut Found) {
    for actions in view.statements.iter().filter_map(|statement| statement.actions.as_ref()) {
        if is_empty_array(&actions.member.node) {
            found.at(actions.member.node.at(), "The statement has no actions and does nothing. Name some.");
        }
    }
}

pub(super) fn is_empty_array(node: &Node) -> bool {
    matches!(node.value, Value::Array(_)) && nodes(node).is_empty()
}

/// `NotAction` with the tags of a resource: services without tags are not meant.
pub(super) fn not_action_with_tag_condition(view: &View, found: &mut Found, effect: Effect) {
    for statement in view.statements.iter().filter(|statement| statement.effect == Some(effect)) {
        let Some(actions) = statement.actions.as_ref().filter(|actions| actions.negated) else { continue };
        let tag = |key: &str| {
            key.get(.."aws:ResourceTag/".len()).is_some_and(|start| start.eq_ignore_ascii_case("aws:ResourceTag/"))
        };
        let Some(asked) = statement.conditions.iter().find(|asked| tag(&asked.key.key)) else { continue };
        let missed = if effect == Effect::Deny { "denied" } else { "allowed" };
        let details = format!(
            "Actions of services that do not know {} are not {missed} by this statement. List the actions in Action \
             instead of NotAction.",
            asked.key.key
        );
        found.at_all(vec![actions.member.at, asked.key.at], details);
    }
}

/// How an element comes to mean an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// It names it.
    Named,
    /// By a wildcard.
    Star,
    /// `NotAction` does not exempt it.
    Not,
}

impl Element<'_> {
    /// Where the element means an action, given as `service:name` in lower case, in this way.
    pub(super) fn means(&self, action: &str, by: Means) -> Option<usize> {
        let covers = |text: &&Text| {
            text.text == "*" || Pattern::with_wildcards(&text.text.to_ascii_lowercase()).matches_ignoring_case(action)
        };
        match (by, self.negated) {
            (Means::Not, true) => (!self.texts.iter().any(|text| covers(&text))).then_some(self.member.at),
            (Means::Named, false) => {
                self.texts.iter().find(|text| text.text.eq_ignore_ascii_case(action)).map(|text| text.at)
            }
            (Means::Star, false) => self.texts.iter().filter(|text| text.is_wild()).find(covers).map(|text| text.at),
            _ => None,
        }
    }

    /// Whether the element means an action in any way.
    pub(super) fn means_any_way(&self, action: &str) -> bool {
        [Means::Named, Means::Star, Means::Not].into_iter().any(|by| self.means(action, by).is_some())
    }
}
