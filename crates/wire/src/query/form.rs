//! From a form's dotted names to a value.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::{Malformed, Value, percent};

/// A name of more parts than this is refused. Each list or map on the way to a leaf takes three, and no
/// model served here nests deeper than five.
const MAX_PARTS: usize = 32;

/// Parameters that say what is called, and are no members of its input.
const ENVELOPE: [&str; 2] = ["Action", "Version"];

/// A name and its value, both decoded.
pub type Parameter<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Splits a form (a request's body or query string) into decoded names and values, in order.
///
/// # Errors
/// The form is not ASCII, an escape is not whole, or what is decoded is no UTF-8.
pub fn pairs(form: &[u8]) -> Result<Vec<Parameter<'_>>, Malformed> {
    let form = std::str::from_utf8(form).ok().filter(|form| form.is_ascii());
    let form = form.ok_or_else(|| Malformed::new("The form holds bytes that must be percent-encoded"))?;
    form.split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            percent::decode_form(name)
                .zip(percent::decode_form(value))
                .ok_or_else(|| Malformed::new("The form's percent-encoding is malformed"))
        })
        .collect()
}

/// Builds the input of an operation from a form's parameters: `Tags.member.1.Key=team` is the member
/// `Key` of the first item of the list `Tags`, `Map.entry.1.key` and `….value` are an entry of a map.
/// Every leaf is [`Value::Text`].
///
/// Items are in the order of their numbers, which need not be without gaps. Work and memory depend on
/// the length of the form alone, never on the numbers in it.
///
/// # Errors
/// A parameter is given twice (in any letter case), is both a value and a structure, has an empty part
/// in its name or too many of them, or a number that is none.
pub fn decode<'a>(parameters: impl Iterator<Item = Parameter<'a>>) -> Result<Value, Malformed> {
    let mut root = Branch::new();
    for (name, value) in parameters {
        if !ENVELOPE.contains(&name.as_ref()) {
            grow(&mut root, &name, value.into_owned())?;
        }
    }
    structure(root)
}

type Branch = BTreeMap<Part, Node>;

enum Node {
    Leaf(String),
    Branch(Branch),
}

/// A part of a name. Two that differ in letter case alone are one key, so that the second is noticed.
struct Part(String);

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = (self.0.bytes(), other.0.bytes());
        own.map(|byte| byte.to_ascii_lowercase()).cmp(others.map(|byte| byte.to_ascii_lowercase()))
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Part {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Part {}

/// Puts one parameter into the tree.
fn grow(root: &mut Branch, name: &str, value: String) -> Result<(), Malformed> {
    let mut branch = root;
    let mut parts = name.split('.').take(MAX_PARTS + 1).enumerate().peekable();
    while let Some((position, part)) = parts.next() {
        if part.is_empty() {
            return Err(Malformed::new("A parameter's name has an empty part"));
        }
        if position == MAX_PARTS {
            return Err(Malformed::new("A parameter's name has too many parts"));
        }
        let is_leaf = parts.peek().is_none();
        let node = match branch.entry(Part(part.to_owned())) {
            Entry::Vacant(vacant) if is_leaf => {
                vacant.insert(Node::Leaf(value));
                return Ok(());
            }
            Entry::Vacant(vacant) => vacant.insert(Node::Branch(Branch::new())),
            Entry::Occupied(occupied) if is_leaf || occupied.key().0 != part => {
                return Err(Malformed::new("A parameter is given twice"));
            }
            Entry::Occupied(occupied) => occupied.into_mut(),
        };
        branch = match node {
            Node::Branch(branch) => branch,
            Node::Leaf(_) => {
                return Err(Malformed::new("Start of structure or map found where not expected."));
            }
        };
    }
    Ok(())
}

/// A branch's value: a list or a map if it says so by its only child, else a structure.
fn branch(mut branch: Branch) -> Result<Value, Malformed> {
    if branch.len() > 1 {
        return structure(branch);
    }
    match branch.pop_first() {
        Some((Part(marker), Node::Branch(items))) if marker == "member" => {
            numbered(items)?.into_iter().map(node).collect::<Result<_, _>>().map(Value::List)
        }
        Some((Part(marker), Node::Branch(items))) if marker == "entry" => {
            numbered(items)?.into_iter().map(entry).collect::<Result<_, _>>().map(Value::Map)
        }
        Some((part, child)) => structure(Branch::from([(part, child)])),
        None => Ok(Value::empty()),
    }
}

fn structure(branch: Branch) -> Result<Value, Malformed> {
    branch.into_iter().map(|(Part(name), child)| Ok((name, node(child)?))).collect::<Result<_, _>>().map(Value::Map)
}

fn node(node: Node) -> Result<Value, Malformed> {
    match node {
        Node::Leaf(text) => Ok(Value::Text(text)),
        Node::Branch(below) => branch(below),
    }
}

/// One entry of a map: a key and a value, and nothing else. The attributes of an SNS message have a `Name` for the key.
fn entry(node: Node) -> Result<(String, Value), Malformed> {
    let malformed = || Malformed::new("An entry of a map is a key and a value");
    let Node::Branch(mut parts) = node else {
        return Err(malformed());
    };
    let key = parts.remove(&Part("key".to_owned())).or_else(|| parts.remove(&Part("Name".to_owned())));
    let value = parts.remove(&Part("value".to_owned()));
    match (key, value, parts.is_empty()) {
        (Some(Node::Leaf(key)), Some(value), true) => Ok((key, self::node(value)?)),
        _ => Err(malformed()),
    }
}

/// Items in the order of their numbers.
fn numbered(items: Branch) -> Result<Vec<Node>, Malformed> {
    let mut numbered = items
        .into_iter()
        .map(|(Part(number), item)| Ok((position(&number)?, item)))
        .collect::<Result<Vec<(u32, Node)>, Malformed>>()?;
    numbered.sort_unstable_by_key(|(number, _)| *number);
    Ok(numbered.into_iter().map(|(_, item)| item).collect())
}

/// A position counted from one, in the only way to write it, so that no two names mean one item.
fn position(number: &str) -> Result<u32, Malformed> {
    let position = if number.starts_with(['0', '+']) { None } else { number.parse().ok() };
    position.ok_or_else(|| Malformed::new("Key is not an integer: the items of a list are numbered from 1"))
}
