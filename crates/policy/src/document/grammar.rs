//! The grammar: from JSON to a compiled [`Policy`].
//!
//! AWS pages: "Grammar of the IAM JSON policy language",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>; "SCP syntax",
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html>;
//! "RCP syntax",
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps_syntax.html>.

use std::collections::HashSet;

use super::{Effect, Kind, Policy, Resources, Statement, Version};
use crate::action::{Action, Actions};
use crate::condition::{self, Condition, Qualified};
use crate::json::{self, Member, Node, Value};
use crate::malformed::{Fault, Malformed};
use crate::principal::{Name, Principals};
use crate::resource;

/// How AWS says that a document is wrong, where it does not say what is.
fn syntax_error(kind: Kind) -> &'static str {
    match kind {
        Kind::ServiceControl | Kind::ResourceControl => {
            "The provided policy document does not meet the requirements of the specified policy type."
        }
        _ => "Syntax errors in policy.",
    }
}

/// See [`Policy::parse`].
pub(super) fn parse(text: &str, kind: Kind) -> Result<Policy, Malformed> {
    let policy = json::read(text).map_err(|fault| match kind {
        Kind::Trust => fault.message("This policy contains invalid Json"),
        _ => fault,
    });
    policy.and_then(|document| read_policy(&document, kind)).map_err(|fault| fault.seen_in(text, syntax_error(kind)))
}

/// Holds a document that is JSON against the grammar of its kind.
pub(crate) fn read_policy(document: &Node, kind: Kind) -> Result<Policy, Fault> {
    let members = object(document)?;
    for member in members {
        let known = matches!(&*member.key, "Version" | "Statement") || member.key == "Id" && allows_id(kind);
        if !known {
            return Err(unknown(member, kind));
        }
    }
    if let Some(id) = find(members, "Id") {
        string(id).map_err(|fault| fault.in_member("Id"))?;
    }
    let version = match find(members, "Version") {
        Some(version) => read_version(version).map_err(|fault| fault.in_member("Version"))?,
        None => Version::V2008,
    };
    if version == Version::V2008 && matches!(kind, Kind::ServiceControl | Kind::ResourceControl) {
        return Err(document.fault("the Version must be 2012-10-17").in_member("Version"));
    }
    let Some(statement) = find(members, "Statement") else {
        let fault = document.fault("there is no Statement");
        return Err(match kind {
            Kind::Trust => fault.message("Missing required field Statement"),
            _ => fault,
        });
    };
    let statements = read_statements(statement, kind, version).map_err(|fault| fault.in_member("Statement"))?;
    Ok(Policy { version, statements })
}

/// "The Id element is allowed in resource-based policies, but not in identity-based policies."
pub(crate) fn allows_id(kind: Kind) -> bool {
    matches!(kind, Kind::Resource | Kind::Trust | Kind::Endpoint)
}

fn read_version(version: &Node) -> Result<Version, Fault> {
    match string(version)? {
        "2012-10-17" => Ok(Version::V2012),
        "2008-10-17" => Ok(Version::V2008),
        _ => Err(version
            .fault("it is neither 2012-10-17 nor 2008-10-17")
            .message("The policy must contain a valid version string")),
    }
}

/// A list of statements, or a single one.
fn read_statements(node: &Node, kind: Kind, version: Version) -> Result<Box<[Statement]>, Fault> {
    let Value::Array(nodes) = &node.value else {
        return Ok(Box::new([read_statement(node, kind, version)?]));
    };
    if nodes.is_empty() {
        let fault = node.fault("there is no statement");
        return Err(match kind {
            Kind::Trust => fault.message("Could not parse the policy: Statement is empty!"),
            _ => fault,
        });
    }
    let mut statements: Vec<Statement> = Vec::with_capacity(nodes.len());
    let mut sids = HashSet::new();
    for (index, node) in nodes.iter().enumerate() {
        let statement = read_statement(node, kind, version).map_err(|fault| fault.in_element(index))?;
        if statement.sid.is_some() && !sids.insert(statement.sid.clone()) {
            return Err(node
                .fault("another statement has the same Sid")
                .message("Statement IDs (SID) in a single policy must be unique.")
                .in_member("Sid")
                .in_element(index));
        }
        statements.push(statement);
    }
    Ok(statements.into())
}

fn read_statement(node: &Node, kind: Kind, version: Version) -> Result<Statement, Fault> {
    let members = object(node)?;
    for member in members {
        match &*member.key {
            "Sid" | "Effect" | "Action" | "NotAction" | "Condition" => {}
            "Principal" | "NotPrincipal" | "Resource" | "NotResource" => {
                check_supported(member, kind)?;
            }
            _ => return Err(unknown(member, kind)),
        }
    }
    let sid = match find(members, "Sid") {
        Some(sid) => read_sid(sid, kind).map_err(|fault| fault.in_member("Sid"))?,
        None => None,
    };
    let effect = read_effect(node, members, kind)?;
    let principals = read_principals(node, members, kind)?;
    let actions = read_actions(node, members, kind)?;
    let resources = read_resources(node, members, kind, version)?;
    let conditions = match find(members, "Condition") {
        Some(block) => read_conditions(block, version).map_err(|fault| fault.in_member("Condition"))?,
        None => Box::default(),
    };
    let at = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    let span = at(node.span.start)..at(node.span.end);
    let statement = Statement { sid, effect, span, principals, actions, resources, conditions };
    match kind {
        Kind::ResourceControl => check_resource_control(node, &statement).map(|()| statement),
        _ => Ok(statement),
    }
}

/// Refuses elements that the kind of policy does not have.
fn check_supported(member: &Member, kind: Kind) -> Result<(), Fault> {
    let key = &*member.key;
    let fault = |detail: &str| Err(Fault::new(member.at, detail).in_member(key));
    match (key, kind) {
        ("Principal" | "NotPrincipal", Kind::Identity) => fault("the policy hangs on the principal itself")
            .map_err(|fault: Fault| fault.message("Policy document should not specify a principal.")),
        ("Principal" | "NotPrincipal", Kind::ServiceControl) => fault("service control policies have no principals"),
        ("NotPrincipal", Kind::ResourceControl) => fault("resource control policies know only \"Principal\": \"*\""),
        ("NotPrincipal" | "Resource" | "NotResource", Kind::Trust) => fault("trust policies do not have this element")
            .map_err(|fault: Fault| fault.message(format!("Has prohibited field {key}"))),
        _ => Ok(()),
    }
}

/// An element that no policy has.
fn unknown(member: &Member, kind: Kind) -> Fault {
    let key = &member.key;
    let fault = Fault::new(member.at, format!("the element {key:?} is unknown here")).in_member(key);
    match kind {
        Kind::Trust => fault.message(format!("Unknown field {key}")),
        _ => fault,
    }
}

/// The `Sid`; an empty one counts as none. Services may allow more characters than IAM does.
fn read_sid(sid: &Node, kind: Kind) -> Result<Option<Box<str>>, Fault> {
    let text = string(sid)?;
    let free = matches!(kind, Kind::Resource | Kind::Endpoint);
    if !free && !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(sid.fault("it may hold letters and digits only").message(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the \
             regular expression [0-9A-Za-z]*",
        ));
    }
    Ok((!text.is_empty()).then(|| text.into()))
}

fn read_effect(statement: &Node, members: &[Member], kind: Kind) -> Result<Effect, Fault> {
    let Some(effect) = find(members, "Effect") else {
        let fault = statement.fault("there is no Effect");
        return Err(match kind {
            Kind::Trust => fault.message("Missing required field Effect"),
            _ => fault,
        });
    };
    match string(effect).map_err(|fault| fault.in_member("Effect"))? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => {
            let fault = effect.fault("it is neither Allow nor Deny").in_member("Effect");
            Err(match kind {
                Kind::Trust => fault.message(format!("Invalid effect: {other}")),
                _ => fault,
            })
        }
    }
}

fn read_principals(statement: &Node, members: &[Member], kind: Kind) -> Result<Option<Principals>, Fault> {
    let Some((member, negated)) = one_of(members, "Principal", "NotPrincipal")? else {
        return match kind {
            Kind::Identity | Kind::ServiceControl => Ok(None),
            _ => {
                let fault = statement.fault("there is no Principal");
                Err(match kind {
                    Kind::ResourceControl => fault,
                    _ => fault.message("Missing required field Principal"),
                })
            }
        };
    };
    let named = read_names(&member.node, kind).map_err(|fault| fault.in_member(&member.key))?;
    Ok(Some(Principals { negated, named }))
}

fn read_names(node: &Node, kind: Kind) -> Result<Box<[Name]>, Fault> {
    match &node.value {
        Value::String(text) if text == "*" => match kind {
            // Everyone may be named in a trust policy as {"AWS": "*"} only.
            Kind::Trust => Err(node
                .fault("write {\"AWS\": \"*\"}")
                .message("AssumeRolepolicy contained an invalid principal: \"STAR\":\"*\".")),
            _ => Ok(Box::new([Name::Everyone])),
        },
        Value::Object(members) if !members.is_empty() && kind != Kind::ResourceControl => {
            let mut names = Vec::new();
            for member in members {
                read_names_of(member, &mut names).map_err(|fault| fault.in_member(&member.key))?;
            }
            Ok(names.into())
        }
        _ => {
            let fault = node.fault("this names no principal");
            Err(match kind {
                Kind::ResourceControl => fault,
                _ => fault.message("Invalid principal in policy"),
            })
        }
    }
}

/// The principals of one type. `CanonicalUser`, of which only S3 knows, is refused: a denial that
/// names one would not bite.
fn read_names_of(member: &Member, names: &mut Vec<Name>) -> Result<(), Fault> {
    let read = match &*member.key {
        "AWS" => Name::aws,
        "Service" => Name::service,
        "Federated" => Name::federated,
        _ => {
            return Err(
                Fault::new(member.at, "this type of principal is unknown here").message("Invalid principal in policy")
            );
        }
    };
    let mut empty = true;
    for_each_string(&member.node, |node, text| {
        empty = false;
        let name = read(text).ok_or_else(|| {
            let kind = member.key.to_ascii_uppercase();
            node.fault("this is no such principal")
                .message(format!("Invalid principal in policy: \"{kind}\":\"{text}\""))
        })?;
        names.push(name);
        Ok(())
    })?;
    match empty {
        true => Err(member.node.fault("this names no principal").message("Invalid principal in policy")),
        false => Ok(()),
    }
}

fn read_actions(statement: &Node, members: &[Member], kind: Kind) -> Result<Actions, Fault> {
    let missing = |node: &Node| {
        let fault = node.fault("there is no action");
        match kind {
            Kind::Trust => fault.message("Missing required field Action"),
            Kind::ServiceControl | Kind::ResourceControl => fault,
            _ => fault.message("Policy statement must contain actions."),
        }
    };
    let Some((member, negated)) = one_of(members, "Action", "NotAction")? else {
        return Err(missing(statement));
    };
    let mut listed = Vec::new();
    for_each_string(&member.node, |node, text| {
        let action = Action::parse(text).map_err(|message| worded(node, "action", message, kind))?;
        if kind == Kind::Trust && !text.to_ascii_lowercase().starts_with("sts:") {
            return Err(node
                .fault("a trust policy is about sts: actions")
                .message("AssumeRole policy may only specify STS AssumeRole actions."));
        }
        listed.push(action);
        Ok(())
    })
    .map_err(|fault| fault.in_member(&member.key))?;
    match listed.is_empty() {
        true => Err(missing(&member.node).in_member(&member.key)),
        false => Ok(Actions::new(negated, listed)),
    }
}

/// Resources are required but in trust policies, which have none, and in resource-based policies,
/// which some services let speak of the resource they are attached to.
fn read_resources(
    statement: &Node,
    members: &[Member],
    kind: Kind,
    version: Version,
) -> Result<Option<Resources>, Fault> {
    let missing = |node: &Node| {
        let fault = node.fault("there is no resource");
        match kind {
            Kind::ServiceControl | Kind::ResourceControl => fault,
            _ => fault.message("Policy statement must contain resources."),
        }
    };
    let Some((member, negated)) = one_of(members, "Resource", "NotResource")? else {
        return match kind {
            Kind::Trust | Kind::Resource => Ok(None),
            _ => Err(missing(statement)),
        };
    };
    let mut listed = Vec::new();
    for_each_string(&member.node, |node, text| {
        let pattern = resource::parse(text, version).map_err(|message| worded(node, "resource", message, kind))?;
        listed.push(pattern);
        Ok(())
    })
    .map_err(|fault| fault.in_member(&member.key))?;
    match listed.is_empty() {
        true => Err(missing(&member.node).in_member(&member.key)),
        false => Ok(Some(Resources { negated, listed: listed.into() })),
    }
}

/// A value that is not well formed, with AWS's wording for it where there is one.
fn worded(node: &Node, what: &str, message: Option<String>, kind: Kind) -> Fault {
    let fault = node.fault(format!("this {what} is not well formed"));
    match message {
        Some(message) if !matches!(kind, Kind::ServiceControl | Kind::ResourceControl) => fault.message(message),
        _ => fault,
    }
}

fn read_conditions(block: &Node, version: Version) -> Result<Box<[Condition]>, Fault> {
    let mut conditions = Vec::new();
    for operator in object(block)? {
        read_operator(operator, version, &mut conditions).map_err(|fault| fault.in_member(&operator.key))?;
    }
    Ok(conditions.into())
}

/// One operator with all its keys.
fn read_operator(operator: &Member, version: Version, conditions: &mut Vec<Condition>) -> Result<(), Fault> {
    let qualified = Qualified::parse(&operator.key)
        .ok_or_else(|| Fault::new(operator.at, "there is no such condition operator"))?;
    let keys = object(&operator.node)?;
    let mut seen = HashSet::new();
    for key in keys {
        if keys.len() > 1 && !seen.insert(key.key.to_ascii_lowercase()) {
            let fault = Fault::new(key.at, "the key is there twice, written differently");
            return Err(fault.in_member(&key.key));
        }
        let condition = read_key(qualified, key, version).map_err(|fault| fault.in_member(&key.key))?;
        conditions.push(condition);
    }
    Ok(())
}

fn read_key(qualified: Qualified, key: &Member, version: Version) -> Result<Condition, Fault> {
    if !condition::is_key(&key.key) {
        return Err(Fault::new(key.at, "a condition key is vendor:name")
            .message("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
    }
    let nodes = match &key.node.value {
        Value::Array(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(&key.node),
    };
    let is_list = matches!(key.node.value, Value::Array(_));
    let at = |index: usize, fault: Fault| match is_list {
        true => fault.in_element(index),
        false => fault,
    };
    let mut values = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        values.push(match &node.value {
            Value::String(text) => &**text,
            Value::Number(text) => *text,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            _ => {
                return Err(at(index, node.fault("a value must be a string, a number or a Boolean")));
            }
        });
    }
    Condition::new(qualified, &key.key, &values, version).map_err(|(index, why)| {
        let node = nodes.get(index).unwrap_or(&key.node);
        at(index, node.fault(why))
    })
}

/// "The effect of Allow is only supported for the RCPFullAWSAccess policy", which allows everything;
/// an RCP of one's own denies, and names its actions.
fn check_resource_control(node: &Node, statement: &Statement) -> Result<(), Fault> {
    let Statement { effect, actions, resources, conditions, .. } = statement;
    let any_resource = resources
        .as_ref()
        .is_some_and(|resources| !resources.negated && resources.listed.iter().all(|pattern| pattern.is_any()));
    match effect {
        _ if actions.negated => Err(node.fault("resource control policies know no NotAction")),
        Effect::Allow if !(actions.all && any_resource && conditions.is_empty()) => {
            Err(node.fault("a resource control policy can only deny, or allow everything"))
        }
        Effect::Deny if actions.all => Err(node.fault("the actions to deny must be named")),
        _ => Ok(()),
    }
}

fn find<'a>(members: &'a [Member<'a>], key: &str) -> Option<&'a Node<'a>> {
    members.iter().find(|member| member.key == key).map(|member| &member.node)
}

/// The member with one of two names that exclude each other, and whether it is the second.
fn one_of<'a>(members: &'a [Member<'a>], plain: &str, negated: &str) -> Result<Option<(&'a Member<'a>, bool)>, Fault> {
    let mut both = members.iter().filter(|member| member.key == plain || member.key == negated);
    match (both.next(), both.next()) {
        (Some(_), Some(second)) => {
            let detail = format!("{plain} and {negated} exclude each other");
            Err(Fault::new(second.at, detail).in_member(&second.key))
        }
        (Some(member), None) => Ok(Some((member, member.key == negated))),
        (None, _) => Ok(None),
    }
}

fn object<'a>(node: &'a Node<'a>) -> Result<&'a [Member<'a>], Fault> {
    match &node.value {
        Value::Object(members) => Ok(members),
        _ => Err(node.fault("an object is expected")),
    }
}

fn string<'a>(node: &'a Node<'a>) -> Result<&'a str, Fault> {
    match &node.value {
        Value::String(text) => Ok(text),
        _ => Err(node.fault("a string is expected")),
    }
}

/// Goes through a list of strings, or a single one.
fn for_each_string(node: &Node, mut f: impl FnMut(&Node, &str) -> Result<(), Fault>) -> Result<(), Fault> {
    match &node.value {
        Value::Array(nodes) => nodes.iter().enumerate().try_for_each(|(index, node)| {
            string(node).and_then(|text| f(node, text)).map_err(|fault| fault.in_element(index))
        }),
        _ => f(node, string(node)?),
    }
}
