//! The `Condition` element: operators and keys.

use std::collections::HashMap;

use super::arns::is_region;
use super::global_keys::{self, ValueType};
use super::place::Found;
use super::view::{Asked, FOR_ALL, Text, View, members};
use crate::condition;
use crate::condition::operators::{self, SetOperator, Test};
use crate::json::{Member, Value};
use crate::{Effect, Kind};

/// All condition blocks.
fn blocks<'a>(view: &'a View<'a>) -> impl Iterator<Item = &'a Member<'a>> {
    view.statements.iter().filter_map(|statement| statement.find("Condition"))
}

fn each_operator<'a>(view: &'a View<'a>) -> impl Iterator<Item = &'a Member<'a>> {
    blocks(view).flat_map(|block| members(&block.node))
}

/// An operator without set operator.
fn bare(operator: &str) -> &str {
    operator.strip_prefix("ForAllValues:").or_else(|| operator.strip_prefix("ForAnyValue:")).unwrap_or(operator)
}

pub(super) fn invalid_operator(view: &View, found: &mut Found) {
    for operator in each_operator(view) {
        let null = matches!(bare(&operator.key), "Null" | "NullIfExists");
        if operators::parse(&operator.key).is_none() && !null {
            found.at(operator.at, format!("The condition operator {} is not valid.", operator.key));
        }
    }
}

pub(super) fn null_with_if_exists(view: &View, found: &mut Found) {
    for operator in each_operator(view).filter(|operator| bare(&operator.key) == "NullIfExists") {
        found.at(operator.at, "Null asks whether the key is there: it does not take IfExists.");
    }
}

pub(super) fn null_with_qualifier(view: &View, found: &mut Found) {
    for operator in each_operator(view).filter(|operator| bare(&operator.key) == "Null" && operator.key != "Null") {
        found.at(operator.at, "With Null, ForAllValues is always true and ForAnyValue never. Use Null alone.");
    }
}

pub(super) fn empty_object(view: &View, found: &mut Found) {
    let is_empty = |member: &&Member| matches!(&member.node.value, Value::Object(members) if members.is_empty());
    for member in blocks(view).chain(each_operator(view)).filter(is_empty) {
        found.at(member.node.at(), "This condition is empty and does nothing. Remove it, or say what it asks for.");
    }
}

/// Which of the four checks for keys without values is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    Plain,
    ForAllValues,
    ForAnyValue,
    IfExists,
}

pub(super) fn empty_array(view: &View, found: &mut Found, wanted: Empty) {
    for (_, asked) in view.asked().filter(|(_, asked)| asked.is_empty()) {
        let key = &asked.key.key;
        let empty = match asked.parsed {
            Some((Some(SetOperator::ForAllValues), ..)) => Empty::ForAllValues,
            Some((Some(SetOperator::ForAnyValue), ..)) => Empty::ForAnyValue,
            Some((None, _, true)) => Empty::IfExists,
            Some((None, _, false)) => Empty::Plain,
            None => continue,
        };
        let details = match empty {
            _ if empty != wanted => continue,
            Empty::Plain => format!("There are no values for {key}. Give some, or remove it."),
            Empty::ForAnyValue => format!("ForAnyValue without values for {key} is never true. Give some."),
            Empty::ForAllValues | Empty::IfExists => {
                format!("Without values this is true only if {key} is absent. Say so by Null with the value true.")
            }
        };
        found.at(asked.key.node.at(), details);
    }
}

pub(super) fn invalid_key_format(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| !condition::is_key(&asked.key.key)) {
        found.at(asked.key.at, "A condition key has the form service:keyname.");
    }
}

pub(super) fn invalid_global_key(view: &View, found: &mut Found) {
    for (_, asked) in view.asked() {
        let key = &asked.key.key;
        let global = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) && key.len() > 4;
        if global && global_keys::get(key).is_none() && !key.contains("${") && without_tag(key).is_none() {
            found.at(asked.key.at, format!("The condition key {key} does not exist."));
        }
    }
}

pub(super) fn deprecated_global_key(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| asked.is("aws:ARN")) {
        found.at(asked.key.at, "aws:ARN is out of use. Use aws:PrincipalArn.");
    }
}

/// The start of a key that lacks the name of a tag.
fn without_tag(key: &str) -> Option<&'static str> {
    const TAGGED: [&str; 5] =
        ["aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/", "ec2:ResourceTag/", "iam:ResourceTag/"];
    let key = key.trim_end_matches('/');
    TAGGED.into_iter().find(|start| start.trim_end_matches('/').eq_ignore_ascii_case(key))
}

pub(super) fn missing_tag_key(view: &View, found: &mut Found) {
    for (_, asked) in view.asked() {
        if let Some(start) = without_tag(&asked.key.key) {
            let details = format!("{start} must be followed by the key of a tag, as in {start}owner.");
            found.at(asked.key.at, details);
        }
    }
}

pub(super) fn duplicate_keys(view: &View, found: &mut Found) {
    for operator in each_operator(view) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for key in members(&operator.node) {
            match seen.get(&key.key.to_ascii_lowercase()) {
                Some(first) => {
                    let details =
                        format!("The condition key {} is there twice, in other letter case. Remove one.", key.key);
                    found.at_all(vec![key.at, *first], details);
                }
                None => {
                    seen.insert(key.key.to_ascii_lowercase(), key.at);
                }
            }
        }
    }
}

/// A key of several values without set operator.
pub(super) fn missing_qualifier(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| !asked.is_null()) {
        let several = global_keys::get(&asked.key.key).is_some_and(|key| key.multivalued);
        if several && asked.parsed.is_some_and(|(set, ..)| set.is_none()) {
            let details =
                format!("A request can have several values of {}. Use ForAllValues or ForAnyValue.", asked.key.key);
            found.at(asked.key.at, details);
        }
    }
}

/// `ForAllValues` on a key of one value: it holds where the key is absent.
pub(super) fn for_all_values(view: &View, found: &mut Found) {
    for (statement, asked) in view.asked() {
        let single = global_keys::get(&asked.key.key).is_some_and(|key| !key.multivalued);
        if single && statement.allows() && matches!(asked.parsed, Some((Some(FOR_ALL), ..))) {
            let details = format!(
                "A request has one value of {} at most, and ForAllValues holds without any. Remove ForAllValues:.",
                asked.key.key
            );
            found.at(asked.operator.at, details);
        }
    }
}

/// An operator of another type than the key.
pub(super) fn type_mismatch(view: &View, found: &mut Found) {
    for (_, asked) in view.asked() {
        let (Some(key), Some((_, operator, _))) = (global_keys::get(&asked.key.key), asked.parsed) else { continue };
        if operator.test != Test::Absent && !key.value_type.takes(operator.test) {
            let details = format!(
                "Use an operator for {} instead of {} for the condition key {}.",
                key.value_type.name(),
                asked.operator.key,
                asked.key.key
            );
            found.at(asked.operator.at, details);
        }
    }
}

/// The values are of different JSON types.
pub(super) fn mixed_types(view: &View, found: &mut Found) {
    for (_, asked) in view.asked() {
        let Value::Array(nodes) = &asked.key.node.value else { continue };
        let kind = |value: &Value| match value {
            Value::String(_) => Some(0),
            Value::Number(_) => Some(1),
            Value::Bool(_) => Some(2),
            _ => None,
        };
        let mut kinds = nodes.iter().filter_map(|node| kind(&node.value));
        let first = kinds.next();
        if kinds.any(|kind| Some(kind) != first) {
            found.at(asked.key.node.at(), "Write all values as the same JSON type, best as strings.");
        }
    }
}

pub(super) fn multiple_boolean(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| asked.values.len() > 1) {
        if asked.parsed.is_some_and(|(_, operator, _)| operator.test == Test::Bool) {
            found.at(
                asked.key.node.at(),
                "Give one Boolean: both together hold always, and one twice is once too often.",
            );
        }
    }
}

pub(super) fn irrelevant_key(view: &View, found: &mut Found) {
    for (_, asked) in view.asked().filter(|(_, asked)| view.kind == Kind::Resource && asked.is("s3:ResourceAccount")) {
        let details = format!(
            "{} is always the owner of the resource that this policy is on. Use it in identity-based policies.",
            asked.key.key
        );
        found.at(asked.key.at, details);
    }
}

/// A key that says little without another one.
pub(super) fn missing_pair(view: &View, found: &mut Found) {
    const OTHERS: [&str; 3] = ["aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount"];
    for (statement, asked) in view.asked().filter(|(_, asked)| asked.is("aws:VpcSourceIp") && !asked.is_null()) {
        if statement.effect == Some(Effect::Allow) && !OTHERS.iter().any(|key| statement.asks_for(key)) {
            let details =
                "Private addresses are the same in many networks. Ask for aws:SourceVpc or aws:SourceVpce too.";
            found.at(asked.key.at, details);
        }
    }
}

/// Keys that the requests of one action carry.
pub(super) fn unsupported_action_for_key(view: &View, found: &mut Found) {
    const CARRIED: [(&str, &str); 1] = [("iam:PassedToService", "iam:PassRole")];
    for statement in &view.statements {
        let Some(actions) = statement.actions.as_ref().filter(|actions| !actions.negated) else { continue };
        for (key, action) in CARRIED {
            let Some(asked) = statement.conditions.iter().find(|asked| asked.is(key) && !asked.is_null()) else {
                continue;
            };
            let if_exists = asked.parsed.is_some_and(|(set, _, if_exists)| if_exists || set.is_some());
            let others = actions.texts.iter().filter(|text| !text.is_wild() && !text.text.eq_ignore_ascii_case(action));
            let others: Vec<&Text> = others.filter(|_| !if_exists).collect();
            let named: Vec<&str> = others.iter().map(|text| text.text).take(5).collect();
            let details =
                format!("Requests for {} do not carry {key}. Move them to a statement without it.", named.join(", "));
            found.at_all(others.iter().map(|text| text.at).collect(), details);
        }
    }
}

/// The values of a key under operators for equal strings.
fn strings<'a>(view: &'a View<'a>, key: &'static str) -> impl Iterator<Item = Text<'a>> {
    let asked = view.asked().map(|(_, asked)| asked).filter(move |asked| asked.is(key) && is_equality(asked));
    asked.flat_map(|asked| asked.values.iter().copied()).filter(|text| !text.text.contains(['$', '*', '?']))
}

fn is_equality(asked: &Asked) -> bool {
    asked.parsed.is_some_and(|(_, operator, _)| matches!(operator.test, Test::Equal | Test::Like))
}

pub(super) fn invalid_region(view: &View, found: &mut Found) {
    for text in strings(view, "aws:RequestedRegion").filter(|text| !is_region(text.text)) {
        found.at(text.at, format!("The Region {:?} is not valid.", text.text));
    }
}

fn is_id(text: &str, prefix: &str) -> bool {
    let id = text.strip_prefix(prefix);
    id.is_some_and(|id| matches!(id.len(), 8 | 17) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

pub(super) fn invalid_vpc(view: &View, found: &mut Found) {
    for text in strings(view, "aws:SourceVpc").filter(|text| !is_id(text.text, "vpc-")) {
        found.at(text.at, "The id of a VPC is vpc- with 8 or 17 letters and digits.");
    }
}

pub(super) fn invalid_vpce(view: &View, found: &mut Found) {
    for text in strings(view, "aws:SourceVpce").filter(|text| !is_id(text.text, "vpce-")) {
        found.at(text.at, "The id of a VPC endpoint is vpce- with 8 or 17 letters and digits.");
    }
}

impl ValueType {
    fn takes(self, test: Test) -> bool {
        match self {
            ValueType::String | ValueType::Arn => {
                matches!(test, Test::Equal | Test::EqualIgnoringCase | Test::Like | Test::Arn)
            }
            ValueType::Bool => test == Test::Bool,
            ValueType::Number => matches!(test, Test::Number(_)),
            ValueType::Date => matches!(test, Test::Date(_)),
            ValueType::Epoch => matches!(test, Test::Date(_) | Test::Number(_)),
            ValueType::Address => test == Test::InNetwork,
        }
    }

    fn name(self) -> &'static str {
        match self {
            ValueType::String => "strings",
            ValueType::Arn => "ARNs",
            ValueType::Bool => "Booleans",
            ValueType::Number => "numbers",
            ValueType::Date | ValueType::Epoch => "dates",
            ValueType::Address => "IP addresses",
        }
    }
}
