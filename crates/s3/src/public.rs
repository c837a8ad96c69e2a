//! What is public.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use bartizan_store::{Document, entity::AccessGrant};
use serde_json::Value;

/// The group of everyone.
pub const ALL_USERS: &str = "http://acs.amazonaws.com/groups/global/AllUsers";
/// The group of whoever belongs to any account.
pub const AUTHENTICATED_USERS: &str = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

/// Condition keys that, held to fixed values, keep a statement from being public.
const FIXING: [&str; 12] = [
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceip",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
];

/// Whether a grantee is one of the groups that everybody belongs to.
pub fn is_public_group(grantee: &str) -> bool {
    grantee == ALL_USERS || grantee == AUTHENTICATED_USERS
}

/// Whether an access control list is public.
pub fn is_public_acl(grants: &[AccessGrant]) -> bool {
    grants.iter().any(|grant| is_public_group(&grant.grantee))
}

/// Whether a bucket policy is public: some statement lets everyone do something, and no condition holds that to fixed
/// values. What cannot be understood counts as public.
pub fn is_public(policy: &Document) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(policy.text()) else { return true };
    match document.get("Statement") {
        Some(Value::Array(statements)) => statements.iter().any(is_public_statement),
        Some(statement) => is_public_statement(statement),
        None => true,
    }
}

fn is_public_statement(statement: &Value) -> bool {
    if statement.get("Effect").and_then(Value::as_str) == Some("Deny") {
        return false;
    }
    let everyone = match statement.get("Principal") {
        Some(Value::Object(kinds)) => kinds.get("AWS").is_some_and(|names| texts(names).contains(&"*")),
        Some(names) => texts(names).contains(&"*"),
        None => true,
    };
    everyone && !statement.get("Condition").is_some_and(is_fixing)
}

/// Whether a condition holds one of the keys to fixed values.
fn is_fixing(condition: &Value) -> bool {
    let operators = condition.as_object().into_iter().flatten();
    let mut keys =
        operators.flat_map(|(operator, keys)| keys.as_object().into_iter().flatten().map(move |key| (operator, key)));
    keys.any(|(operator, (key, values))| {
        let positive = ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnEquals", "ArnLike", "IpAddress"];
        let values = texts(values);
        let fixed = |value: &&str| {
            let wide = value.split_once('/').is_some_and(|(_, bits)| bits.parse::<u8>().is_ok_and(|bits| bits < 8));
            !value.contains(['*', '?', '$']) && (operator != "IpAddress" || !wide)
        };
        positive.contains(&operator.as_str())
            && FIXING.contains(&key.to_ascii_lowercase().as_str())
            && !values.is_empty()
            && values.iter().all(fixed)
    })
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_everyone_is_public_unless_a_condition_fixes_it() {
        let statement = |principal: &str, condition: &str| {
            Document::new(&format!(
                r#"{{"Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"*"{condition}}}]}}"#
            ))
        };
        for (principal, condition, expected) in [
            (r#""*""#, "", true),
            (r#"{"AWS":"*"}"#, "", true),
            (r#"{"AWS":["111122223333","*"]}"#, "", true),
            (r#"{"AWS":"111122223333"}"#, "", false),
            (r#""*""#, r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#, false),
            (r#""*""#, r#","Condition":{"StringLike":{"aws:PrincipalArn":"arn:*"}}"#, true),
            (r#""*""#, r#","Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-1"}}"#, true),
            (r#""*""#, r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, false),
            (r#""*""#, r#","Condition":{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, true),
            (r#""*""#, r#","Condition":{"StringEquals":{"aws:Referer":"x"}}"#, true),
        ] {
            assert_eq!(is_public(&statement(principal, condition)), expected, "{principal} {condition}");
        }
    }
}
