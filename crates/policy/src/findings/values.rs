//! The values of conditions, under their operators.

use super::place::Found;
use super::view::{Asked, Text, View};
use crate::condition::operators::{Order, Test};
use crate::condition::values::{Number, parse_base64, parse_bool, parse_date, parse_network};

/// The values under operators of one type, without those that are variables.
fn under<'a>(view: &'a View<'a>, is: fn(Test) -> bool) -> impl Iterator<Item = (&'a Asked<'a>, Text<'a>)> {
    let asked = view.asked().map(|(_, asked)| asked);
    let asked = asked.filter(move |asked| asked.parsed.is_some_and(|(_, operator, _)| is(operator.test)));
    asked.flat_map(|asked| asked.values.iter().filter(|text| !text.text.contains("${")).map(move |text| (asked, *text)))
}

pub(super) fn boolean(view: &View, found: &mut Found) {
    for (asked, Text { at, text }) in under(view, |test| matches!(test, Test::Bool | Test::Absent)) {
        if parse_bool(text).is_none() {
            found.at(at, format!("{} takes true or false.", asked.operator.key));
        }
    }
}

pub(super) fn date(view: &View, found: &mut Found) {
    for (asked, Text { at, text }) in under(view, |test| matches!(test, Test::Date(_))) {
        if parse_date(text).is_none() {
            found.at(at, format!("{} takes a date, YYYY-MM-DD or another form of ISO 8601.", asked.operator.key));
        }
    }
}

pub(super) fn epoch_date(view: &View, found: &mut Found) {
    for (_, Text { at, text }) in under(view, |test| matches!(test, Test::Date(_))) {
        let seconds = text.len() > 4 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if seconds && parse_date(text).is_some() {
            found.at(at, format!("The date {text} is in seconds since 1970. Write it as YYYY-MM-DD."));
        }
    }
}

pub(super) fn ip_range(view: &View, found: &mut Found) {
    for (asked, Text { at, text }) in under(view, |test| test == Test::InNetwork) {
        if parse_network(text).is_none() {
            found.at(at, format!("{} takes a range of addresses in CIDR form, 203.0.113.0/24.", asked.operator.key));
        }
    }
}

pub(super) fn number(view: &View, found: &mut Found) {
    for (asked, Text { at, text }) in under(view, |test| matches!(test, Test::Number(_))) {
        if Number::parse(text).is_none() {
            found.at(at, format!("{} takes a number.", asked.operator.key));
        }
    }
}

pub(super) fn base64(view: &View, found: &mut Found) {
    for (asked, Text { at, text }) in under(view, |test| test == Test::Binary) {
        if parse_base64(text).is_none() {
            found.at(at, format!("{} takes text in base64.", asked.operator.key));
        }
    }
}

/// A wildcard under an operator for which it is only a character.
pub(super) fn wildcard_without_like(view: &View, found: &mut Found) {
    for (asked, Text { at, text }) in under(view, |test| matches!(test, Test::Equal | Test::EqualIgnoringCase)) {
        if text.contains(['*', '?']) {
            let details =
                format!("Under {} * and ? are plain characters. For wildcards use StringLike.", asked.operator.key);
            found.at(at, details);
        }
    }
}

/// Several limits, of which one decides.
pub(super) fn redundant_number(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| asked.values.len() > 1) {
        let which = match asked.parsed.map(|(_, operator, _)| operator.test) {
            Some(Test::Number(Order::Less | Order::LessOrEqual)) => "greatest",
            Some(Test::Number(Order::Greater | Order::GreaterOrEqual)) => "least",
            _ => continue,
        };
        if asked.values.iter().all(|text| Number::parse(text.text).is_some()) {
            let details = format!(
                "Of several values of {} under {} only the {which} matters. Keep that one.",
                asked.key.key, asked.operator.key
            );
            found.at(asked.key.node.at(), details);
        }
    }
}
