//! Policy variables.
//!
//! AWS page: "IAM policy elements: Variables and tags",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>.

use super::place::Found;
use super::view::{Text, View};
use crate::Version;
use crate::condition::operators::Test;

/// What stands between `${` and `}`; `None` without a `}`.
fn variables(text: &str) -> impl Iterator<Item = Option<&str>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once("${")?;
        match after.split_once('}') {
            Some((variable, after)) => {
                rest = after;
                Some(Some(variable))
            }
            None => {
                rest = "";
                Some(None)
            }
        }
    })
}

/// The texts in which variables are replaced: resources, and values under operators for strings and ARNs.
fn texts<'a>(view: &'a View<'a>) -> impl Iterator<Item = Text<'a>> {
    let resources = view.statements.iter().filter_map(|statement| statement.resources.as_ref());
    let resources = resources.flat_map(|resources| &resources.texts);
    let takes =
        |test: Test| matches!(test, Test::Equal | Test::EqualIgnoringCase | Test::Like | Test::Arn | Test::Bool);
    let values = view.asked().map(|(_, asked)| asked);
    let values = values.filter(move |asked| asked.parsed.is_some_and(|(_, operator, _)| takes(operator.test)));
    resources.chain(values.flat_map(|asked| &asked.values)).copied().filter(|text| text.text.contains("${"))
}

/// Each text in which some variable is so.
fn each(view: &View, found: &mut Found, is: impl Fn(Option<&str>) -> bool, details: &str) {
    for text in texts(view).filter(|_| view.version == Version::V2012) {
        if variables(text.text).any(&is) {
            found.at(text.at, details);
        }
    }
}

pub(super) fn missing_brace(view: &View, found: &mut Found) {
    each(view, found, |variable| variable.is_none(), "A variable lacks its closing brace. Add } behind it.");
}

pub(super) fn missing_quote(view: &View, found: &mut Found) {
    let unquoted = |variable: Option<&str>| {
        let default =
            variable.and_then(|variable| variable.split_once(',')).map(|(_, default)| default.trim_start_matches(' '));
        let quoted = |default: &str| default.strip_prefix('\'').is_some_and(|rest| rest.ends_with('\''));
        default.is_some_and(|default| !quoted(default))
    };
    each(view, found, unquoted, "The default of a variable stands in single quotes. Add what is missing.");
}

pub(super) fn unsupported_space(view: &View, found: &mut Found) {
    let spaced = |variable: Option<&str>| {
        let key = variable.map(|variable| variable.split_once(',').map_or(variable, |(key, _)| key));
        key.is_some_and(|key| key.contains(' ') && !key.trim().is_empty())
    };
    each(view, found, spaced, "The name of a variable has no spaces. Remove them.");
}

pub(super) fn empty(view: &View, found: &mut Found) {
    let empty = |variable: Option<&str>| variable.is_some_and(|variable| variable.trim().is_empty());
    each(view, found, empty, "A variable is empty. Remove ${}, or name a condition key in it.");
}

pub(super) fn unsupported_in_version(view: &View, found: &mut Found) {
    for text in texts(view).filter(|_| view.version == Version::V2008) {
        if variables(text.text).any(|variable| variable.is_some()) {
            found.at(text.at, "Without the Version 2012-10-17 variables are plain text. Add it.");
        }
    }
}

/// A variable in an element that does not take any.
pub(super) fn unsupported_in_element(view: &View, found: &mut Found) {
    let mut check = |text: Text| {
        if let Some(Some(variable)) = variables(text.text).next() {
            let details = format!("Variables work in Resource and Condition only. Remove ${{{variable}}}.");
            found.at(text.at, details);
        }
    };
    view.members
        .iter()
        .filter(|member| member.key == "Version")
        .filter_map(|of| Text::of_string(&of.node))
        .for_each(&mut check);
    for statement in &view.statements {
        let plain = ["Sid", "Effect", "Principal"].into_iter().filter_map(|key| statement.find(key));
        plain.filter_map(|member| Text::of_string(&member.node)).for_each(&mut check);
        statement.actions.iter().flat_map(|actions| &actions.texts).copied().for_each(&mut check);
        let named = statement.principals.iter().flat_map(|principals| &principals.named);
        named.map(|(_, text)| *text).for_each(&mut check);
    }
}

/// A variable under an operator that does not take any. `Bool` takes them.
pub(super) fn invalid_for_operator(view: &View, found: &mut Found) {
    let takes_none =
        |test: Test| matches!(test, Test::Number(_) | Test::Date(_) | Test::InNetwork | Test::Binary | Test::Absent);
    for (_, asked) in view.asked() {
        if asked.parsed.is_some_and(|(_, operator, _)| takes_none(operator.test)) {
            for text in asked.values.iter().filter(|text| variables(text.text).any(|variable| variable.is_some())) {
                found.at(text.at, "Variables work with operators for strings and ARNs only.");
            }
        }
    }
}
