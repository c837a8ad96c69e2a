//! What could be left out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use super::place::Found;
use super::view::{Element, Text, View};
use crate::json::{Member, Node, Value};
use crate::pattern::{Pattern, Syntax};

/// So many patterns with wildcards of an element are held against all others: the work does not grow with the square of
/// a document that has ten thousand.
const WILD: usize = 64;

/// What the others of an element mean already: repetitions, and what a wildcard covers. `compile` gives a text in one
/// spelling, and its pattern.
fn redundant<'a>(element: &Element<'a>, compile: impl Fn(&str) -> Option<(String, Pattern)>) -> Vec<Text<'a>> {
    let mut seen = HashSet::new();
    let mut patterns: Vec<(Text, Pattern)> = Vec::new();
    let mut redundant = Vec::new();
    for text in &element.texts {
        let Some((written, pattern)) = compile(text.text) else { continue };
        match seen.insert(written) {
            true => patterns.push((*text, pattern)),
            false => redundant.push(*text),
        }
    }
    let wild: Vec<&(Text, Pattern)> = patterns.iter().filter(|(_, pattern)| pattern.is_wild()).take(WILD).collect();
    let covered = |(text, pattern): &(Text, Pattern)| {
        // Two patterns that cover each other are repetitions in other words: the later one goes.
        let by = |(other, wide): &(Text, Pattern)| {
            other.at != text.at && wide.covers(pattern) && (other.at < text.at || !pattern.covers(wide))
        };
        wild.iter().any(|one| by(one))
    };
    redundant.extend(patterns.iter().filter(|one| covered(one)).map(|(text, _)| *text));
    redundant.sort_by_key(|text| text.at);
    redundant
}

pub(super) fn actions(view: &View, found: &mut Found) {
    let compile = |text: &str| {
        let well = text == "*" || text.contains(':') && !text.contains("${");
        let lower = text.to_ascii_lowercase();
        well.then(|| (lower.clone(), Pattern::with_wildcards(&lower)))
    };
    for actions in view.statements.iter().filter_map(|statement| statement.actions.as_ref()) {
        let redundant = redundant(actions, compile);
        if let Some(first) = redundant.first() {
            let details = format!("The others mean {} already. Remove it.", some(first, redundant.len()));
            found.at_all(redundant.iter().map(|text| text.at).collect(), details);
        }
    }
}

pub(super) fn resources(view: &View, found: &mut Found) {
    let compile = |text: &str| Some((text.to_owned(), Pattern::parse(text, Syntax::Arn, view.version).ok()?));
    for resources in view.statements.iter().filter_map(|statement| statement.resources.as_ref()) {
        let redundant = redundant(resources, compile);
        if let Some(first) = redundant.first() {
            let details = format!("The others mean {} already. Look at the wildcards.", some(first, redundant.len()));
            found.at_all(redundant.iter().map(|text| text.at).collect(), details);
        }
    }
}

fn some(first: &Text, count: usize) -> String {
    match count {
        1 => first.text.to_owned(),
        _ => format!("{} and {} more", first.text, count - 1),
    }
}

/// A statement that says the same as an earlier one, whatever its `Sid` and the order of its members.
pub(super) fn statements(view: &View, found: &mut Found) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for statement in &view.statements {
        let mut says = String::new();
        write_members(statement.members, &mut says);
        match seen.get(&says) {
            Some(first) => {
                let details = "Another statement says the same. Remove one of them.";
                found.at_all(vec![statement.node.at(), *first], details);
            }
            None => {
                seen.insert(says, statement.node.at());
            }
        }
    }
}

fn write_members(members: &[Member], out: &mut String) {
    let sorted: BTreeMap<&str, &Member> = members.iter().map(|member| (&*member.key, member)).collect();
    for (key, member) in sorted.into_iter().filter(|(key, _)| *key != "Sid") {
        let _ = write!(out, "{key:?}:");
        write_value(&member.node, out);
    }
}

/// A list of one is the one.
fn write_value(node: &Node, out: &mut String) {
    match &node.value {
        Value::Object(members) => {
            out.push('{');
            write_members(members, out);
            out.push('}');
        }
        Value::Array(nodes) => {
            let mut texts: Vec<String> = nodes.iter().map(|node| written(node)).collect();
            texts.sort_unstable();
            texts.dedup();
            out.push_str(&texts.join(","));
        }
        Value::String(text) => {
            let _ = write!(out, "{text:?}");
        }
        Value::Number(text) => out.push_str(text),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Null => out.push_str("null"),
    }
    out.push(';');
}

fn written(node: &Node) -> String {
    let mut out = String::new();
    write_value(node, &mut out);
    out.trim_end_matches(';').to_owned()
}
