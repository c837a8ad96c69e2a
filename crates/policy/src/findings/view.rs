//! A document as the checks see it: what is there, whether or not it is in order.

use super::Vocabulary;
use crate::condition::operators::{self, Operator, SetOperator};
use crate::json::{Member, Node, Value};
use crate::{Effect, Kind, Version};

/// Holds also where the key is absent.
pub(super) const FOR_ALL: SetOperator = SetOperator::ForAllValues;

/// A document.
pub(super) struct View<'a> {
    pub(super) text: &'a str,
    pub(super) kind: Kind,
    pub(super) root: &'a Node<'a>,
    /// Empty where the document is no object.
    pub(super) members: &'a [Member<'a>],
    pub(super) version: Version,
    pub(super) statements: Vec<Statement<'a>>,
    pub(super) vocabulary: &'a Vocabulary,
}

/// A statement that is an object.
pub(super) struct Statement<'a> {
    pub(super) node: &'a Node<'a>,
    pub(super) members: &'a [Member<'a>],
    pub(super) effect: Option<Effect>,
    /// `Action` or `NotAction`.
    pub(super) actions: Option<Element<'a>>,
    /// `Resource` or `NotResource`.
    pub(super) resources: Option<Element<'a>>,
    /// `Principal` or `NotPrincipal`.
    pub(super) principals: Option<Principals<'a>>,
    pub(super) conditions: Vec<Asked<'a>>,
}

/// An element that lists strings.
pub(super) struct Element<'a> {
    pub(super) member: &'a Member<'a>,
    /// `Not…`.
    pub(super) negated: bool,
    pub(super) texts: Vec<Text<'a>>,
}

/// A string.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

/// The `Principal` or `NotPrincipal` element.
pub(super) struct Principals<'a> {
    pub(super) member: &'a Member<'a>,
    /// `NotPrincipal`.
    pub(super) negated: bool,
    /// With the type, `AWS`.
    pub(super) named: Vec<(&'a str, Text<'a>)>,
}

/// A condition key under its operator.
pub(super) struct Asked<'a> {
    pub(super) operator: &'a Member<'a>,
    /// What the operator is; `None` if there is no such.
    pub(super) parsed: Option<(Option<SetOperator>, &'static Operator, bool)>,
    pub(super) key: &'a Member<'a>,
    /// The values that are strings, numbers or Booleans, as text.
    pub(super) values: Vec<Text<'a>>,
}

impl<'a> View<'a> {
    pub(super) fn new(text: &'a str, root: &'a Node<'a>, kind: Kind, vocabulary: &'a Vocabulary) -> View<'a> {
        let members = members(root);
        let version = match find(members, "Version").map(|version| &version.node.value) {
            Some(Value::String(version)) if version == "2012-10-17" => Version::V2012,
            _ => Version::V2008,
        };
        let listed = find(members, "Statement").map(|member| nodes(&member.node)).unwrap_or_default();
        let statements = listed.iter().filter_map(Statement::new).collect();
        View { text, kind, root, members, version, statements, vocabulary }
    }

    /// All condition keys of all statements.
    pub(super) fn asked(&self) -> impl Iterator<Item = (&Statement<'a>, &Asked<'a>)> {
        self.statements.iter().flat_map(|statement| statement.conditions.iter().map(move |asked| (statement, asked)))
    }
}

impl<'a> Statement<'a> {
    fn new(node: &'a Node<'a>) -> Option<Statement<'a>> {
        let Value::Object(members) = &node.value else { return None };
        let effect = match find(members, "Effect").map(|effect| &effect.node.value) {
            Some(Value::String(text)) if text == "Allow" => Some(Effect::Allow),
            Some(Value::String(text)) if text == "Deny" => Some(Effect::Deny),
            _ => None,
        };
        Some(Statement {
            node,
            members,
            effect,
            actions: Element::find(members, "Action", "NotAction"),
            resources: Element::find(members, "Resource", "NotResource"),
            principals: Principals::find(members),
            conditions: conditions(members),
        })
    }

    pub(super) fn find(&self, key: &str) -> Option<&'a Member<'a>> {
        find(self.members, key)
    }

    pub(super) fn allows(&self) -> bool {
        self.effect == Some(Effect::Allow)
    }

    /// Whether it has a condition on this key, other than that it be absent or not.
    pub(super) fn asks_for(&self, key: &str) -> bool {
        self.conditions.iter().any(|asked| asked.key.key.eq_ignore_ascii_case(key) && !asked.is_null())
    }

    /// The principals that a `Principal` element names.
    pub(super) fn named(&self) -> &[(&'a str, Text<'a>)] {
        match &self.principals {
            Some(principals) if !principals.negated => &principals.named,
            _ => &[],
        }
    }
}

impl<'a> Element<'a> {
    fn find(members: &'a [Member<'a>], plain: &str, negated: &str) -> Option<Element<'a>> {
        let member = find(members, plain).or_else(|| find(members, negated))?;
        let texts = nodes(&member.node).iter().filter_map(Text::of_string).collect();
        Some(Element { member, negated: member.key == negated, texts })
    }
}

impl<'a> Text<'a> {
    pub(super) fn of_string(node: &'a Node<'a>) -> Option<Text<'a>> {
        match &node.value {
            Value::String(text) => Some(Text { at: node.at(), text }),
            _ => None,
        }
    }

    fn of_scalar(node: &'a Node<'a>) -> Option<Text<'a>> {
        let text = match &node.value {
            Value::String(text) => &**text,
            Value::Number(text) => text,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            _ => return None,
        };
        Some(Text { at: node.at(), text })
    }

    pub(super) fn is_wild(&self) -> bool {
        self.text.contains(['*', '?'])
    }
}

impl<'a> Principals<'a> {
    fn find(members: &'a [Member<'a>]) -> Option<Principals<'a>> {
        let member = find(members, "Principal").or_else(|| find(members, "NotPrincipal"))?;
        let of_type = |of: &'a Member<'a>| {
            nodes(&of.node).iter().filter_map(move |node| Some((&*of.key, Text::of_string(node)?)))
        };
        let named = self::members(&member.node).iter().flat_map(of_type).collect();
        Some(Principals { member, negated: member.key == "NotPrincipal", named })
    }
}

impl Asked<'_> {
    /// Whether the operator is `Null`.
    pub(super) fn is_null(&self) -> bool {
        self.operator.key == "Null"
    }

    pub(super) fn is(&self, key: &str) -> bool {
        self.key.key.eq_ignore_ascii_case(key)
    }

    /// Where it lists no value at all.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.key.node.value, Value::Array(nodes) if nodes.is_empty())
    }
}

fn conditions<'a>(members: &'a [Member<'a>]) -> Vec<Asked<'a>> {
    let operators = find(members, "Condition").map(|block| self::members(&block.node)).unwrap_or_default();
    let asked = operators.iter().flat_map(|operator| {
        let parsed = operators::parse(&operator.key);
        self::members(&operator.node).iter().map(move |key| Asked {
            operator,
            parsed,
            key,
            values: nodes(&key.node).iter().filter_map(Text::of_scalar).collect(),
        })
    });
    asked.collect()
}

pub(super) fn find<'a>(members: &'a [Member<'a>], key: &str) -> Option<&'a Member<'a>> {
    members.iter().find(|member| member.key == key)
}

/// The members of an object; none of anything else.
pub(super) fn members<'a>(node: &'a Node<'a>) -> &'a [Member<'a>] {
    match &node.value {
        Value::Object(members) => members,
        _ => &[],
    }
}

/// The elements of a list, or what is no list by itself.
pub(super) fn nodes<'a>(node: &'a Node<'a>) -> &'a [Node<'a>] {
    match &node.value {
        Value::Array(nodes) => nodes,
        _ => std::slice::from_ref(node),
    }
}
