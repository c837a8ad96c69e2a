//! A topic's own policy: the one that it begins with, and what may be stored.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html>

use bartizan_gate::{
    Fault,
    principals::{self, UnknownPrincipal},
};
use bartizan_policy::{Kind, MapError, Policy};
use bartizan_store::{Document, Snapshot};
use serde_json::{Value, json};

use crate::{error, names::TopicArn};

/// How large a policy may be, in bytes.
///
/// <https://docs.aws.amazon.com/general/latest/gr/sns.html#limits_sns_resource>
const MAX_SIZE: usize = 30 * 1024;

/// The actions that a topic's policy can be about.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html>
pub const ACTIONS: [&str; 8] = [
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
];

/// The policy of a new topic, word for word: it opens the topic to services that act for its owner, and to nobody else. Nothing
/// here sets `AWS:SourceOwner`.
pub fn default(arn: &TopicArn) -> String {
    let actions = ACTIONS.map(|action| format!("\"SNS:{action}\"")).join(",");
    format!(
        "{{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{{\"Sid\":\"__default_statement_ID\",\
         \"Effect\":\"Allow\",\"Principal\":{{\"AWS\":\"*\"}},\"Action\":[{actions}],\"Resource\":\"{}\",\"Condition\":\
         {{\"StringEquals\":{{\"AWS:SourceOwner\":\"{}\"}}}}}}]}}",
        arn.text, arn.account
    )
}

/// A policy as it is stored: users and roles by unique id.
///
/// # Errors
/// `InvalidParameter` if it is none, is about other services, or names somebody who is not there.
pub fn stored(snapshot: &Snapshot, text: &str) -> Result<Document, Fault> {
    if text.len() > MAX_SIZE {
        return Err(error::invalid_parameter(format!("Policy Error: the policy is larger than {MAX_SIZE} bytes")));
    }
    Policy::parse(text, Kind::Resource)
        .map_err(|malformed| error::invalid_parameter(format!("Policy Error: {malformed}")))?;
    if !actions(text).iter().all(|action| action.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("sns:"))) {
        return Err(out_of_scope());
    }
    principals::with_ids(snapshot, text, Kind::Resource).map_err(|error| match error {
        MapError::Malformed(malformed) => error::invalid_parameter(format!("Policy Error: {malformed}")),
        MapError::Refused(UnknownPrincipal(_)) => error::invalid_parameter("Policy Error: PrincipalNotFound"),
    })
}

/// An action that no topic's policy can be about.
pub fn out_of_scope() -> Fault {
    error::invalid_parameter("Policy statement action out of service scope!")
}

/// Adds a statement that allows accounts these actions.
///
/// # Errors
/// `InvalidParameter` if there is one of this label, or the policy would not be one.
pub fn with_permission(
    snapshot: &Snapshot,
    policy: &Document,
    topic: &str,
    label: &str,
    accounts: &[String],
    actions: &[String],
) -> Result<Document, Fault> {
    let mut document = read(policy)?;
    let statements = statements(&mut document)?;
    if statements.iter().any(|statement| is_of_label(statement, label)) {
        return Err(error::invalid_parameter("Statement already exists"));
    }
    let principals: Vec<String> = accounts.iter().map(|account| format!("arn:aws:iam::{account}:root")).collect();
    let actions: Vec<String> = actions.iter().map(|action| format!("SNS:{action}")).collect();
    statements.push(json!({
        "Sid": label, "Effect": "Allow", "Principal": {"AWS": principals}, "Action": actions, "Resource": topic,
    }));
    stored(snapshot, &document.to_string())
}

/// Takes the statement of this label away.
///
/// # Errors
/// `InvalidParameter` if there is none, or no statement would be left.
pub fn without_permission(snapshot: &Snapshot, policy: &Document, label: &str) -> Result<Document, Fault> {
    let mut document = read(policy)?;
    let statements = statements(&mut document)?;
    let before = statements.len();
    statements.retain(|statement| !is_of_label(statement, label));
    if statements.len() == before {
        return Err(error::invalid_parameter("Statement does not exist"));
    }
    stored(snapshot, &document.to_string())
}

fn is_of_label(statement: &Value, label: &str) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(label)
}

fn read(policy: &Document) -> Result<Value, Fault> {
    serde_json::from_str(policy.text()).map_err(|error| error::invalid_parameter(format!("Policy Error: {error}")))
}

/// The statements, as a list.
fn statements(document: &mut Value) -> Result<&mut Vec<Value>, Fault> {
    let none = || error::invalid_parameter("Policy Error: no statement");
    let statements = document.get_mut("Statement").ok_or_else(none)?;
    if statements.is_object() {
        *statements = Value::Array(vec![statements.take()]);
    }
    statements.as_array_mut().ok_or_else(none)
}

/// What stands under `Action` and `NotAction` in a text that is a policy.
fn actions(text: &str) -> Vec<String> {
    fn each(value: &Value) -> &[Value] {
        match value {
            Value::Array(values) => values,
            one => std::slice::from_ref(one),
        }
    }
    let Ok(document) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let statements = document.get("Statement").map_or(&[][..], each);
    let named = |statement: &Value| ["Action", "NotAction"].map(|name| statement.get(name).cloned());
    let found = statements.iter().flat_map(named).flatten();
    found.flat_map(|value| each(&value).to_vec()).filter_map(|value| value.as_str().map(str::to_owned)).collect()
}
