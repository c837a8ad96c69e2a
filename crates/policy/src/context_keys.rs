//! Which condition keys policies ask for.
//!
//! A compiled policy keeps its keys in lower case, which is all that a decision needs. How they are
//! written is read from the text by those few who ask.

use std::collections::BTreeSet;

use crate::action::Requested;
use crate::json::{self, Value, elements, members, members_named};
use crate::partial::sets;
use crate::pattern::written_keys;
use crate::truth::Truth;
use crate::{Context, Kind, Malformed, Policies, Policy, Request, Values, Version};

/// The condition keys that a document asks for, its variables' among them, as it writes them and in its
/// order: those of a statement's resources before those of its conditions. Each comes once; of several
/// spellings the first.
///
/// # Errors
///
/// [`Malformed`] if the text is no policy of this kind.
///
/// ```
/// use bartizan_policy::{Kind, context_keys};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:ListBucket",
///     "Resource": "arn:aws:s3:::${aws:PrincipalTag/team}",
///     "Condition": {"StringLike": {"s3:prefix": "home/${aws:username}/*", "AWS:UserName": "*"}}}}"#;
/// assert_eq!(context_keys(text, Kind::Identity)?, ["aws:PrincipalTag/team", "s3:prefix", "aws:username"]);
/// # Ok::<(), bartizan_policy::Malformed>(())
/// ```
pub fn context_keys(text: &str, kind: Kind) -> Result<Vec<String>, Malformed> {
    let knows_variables = Policy::parse(text, kind)?.version() == Version::V2012;
    let document = json::read(text).map_err(|fault| fault.seen_in(text, "Syntax errors in policy."))?;
    let mut keys = Vec::new();
    let mut seen = BTreeSet::new();
    let mut note = |key: &str| {
        if seen.insert(key.to_ascii_lowercase()) {
            keys.push(key.to_owned());
        }
    };
    for statement in members_named(&document, &["Statement"]).flat_map(elements) {
        for resource in members_named(statement, &["Resource", "NotResource"]).flat_map(elements) {
            if let Value::String(text) = &resource.value
                && knows_variables
            {
                written_keys(text).for_each(&mut note);
            }
        }
        for operator in members_named(statement, &["Condition"]).flat_map(members) {
            for key in members(&operator.node) {
                note(&key.key);
                for value in elements(&key.node) {
                    if let Value::String(text) = &value.value
                        && knows_variables
                    {
                        written_keys(text).for_each(&mut note);
                    }
                }
            }
        }
    }
    Ok(keys)
}

/// The condition keys that a request does not carry and that statements about its action, its resource
/// and its principal ask for. In ASCII lower case.
///
/// Whether a statement is about a resource may itself hang on such a key: then it is taken to be.
pub fn missing_keys(request: &Request, policies: &Policies) -> BTreeSet<String> {
    let requested = Requested::new(request.action);
    let open = Open(request.context);
    let mut missing = BTreeSet::new();
    for set in sets(policies) {
        set.meet(&requested, request.resource, |candidate| {
            let statement = candidate.statement;
            let is_asked =
                statement.covers(request.resource, &open) != Truth::No && statement.names(&request.principal).is_some();
            if is_asked {
                let absent = statement.keys().filter(|key| request.context.values(key).is_absent());
                missing.extend(absent.map(str::to_owned));
            }
        });
    }
    missing
}

/// A context whose absent keys might be anything.
struct Open<'a>(&'a dyn Context);

impl Context for Open<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        match self.0.values(key) {
            values if values.is_absent() => Values::Unknown,
            values => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::{PolicySet, Principal};

    fn written(statement: &str, version: &str) -> Vec<String> {
        let text = format!(r#"{{"Version": "{version}", "Statement": [{statement}]}}"#);
        let keys = context_keys(&text, Kind::Identity).expect("a policy");
        let policy = Policy::parse(&text, Kind::Identity).expect("a policy");
        let compiled: BTreeSet<&str> = policy.statements().iter().flat_map(|statement| statement.keys()).collect();
        let folded: Vec<String> = keys.iter().map(|key| key.to_ascii_lowercase()).collect();
        assert_eq!(folded.iter().map(String::as_str).collect::<BTreeSet<_>>(), compiled, "{text}");
        assert_eq!(folded.len(), compiled.len(), "{keys:?}");
        keys
    }

    #[test]
    fn keys_are_told_as_they_are_written() {
        let statement = |resource: &str, condition: &str| {
            format!(r#"{{"Effect": "Deny", "Action": "*", "Resource": {resource}, "Condition": {condition}}}"#)
        };
        for (resource, condition, expected) in [
            (r#""*""#, "{}", &[][..]),
            (
                r#""*""#,
                r#"{"Null": {"s3:Prefix": "true"}, "Bool": {"aws:SecureTransport": false}}"#,
                &["s3:Prefix", "aws:SecureTransport"],
            ),
            (
                r#"["arn:aws:s3:::a/${aws:username}", "arn:aws:s3:::${s3:x, 'a${b'}/${*}${?}${$}"]"#,
                "{}",
                &["aws:username", "s3:x"],
            ),
            // One key in several spellings, and a variable of the same key.
            (
                r#""arn:aws:s3:::${AWS:UserName}""#,
                r#"{"StringLike": {"aws:username": "${aws:USERNAME}$"}}"#,
                &["AWS:UserName"],
            ),
            (
                r#""*""#,
                r#"{"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:${aws:PrincipalAccount}:*"}}"#,
                &["aws:SourceArn", "aws:PrincipalAccount"],
            ),
            (r#""*""#, r#"{"Bool": {"a:B": ["${c:D}", "true"]}}"#, &["a:B", "c:D"]),
        ] {
            assert_eq!(written(&statement(resource, condition), "2012-10-17"), expected, "{resource} {condition}");
        }
    }

    #[test]
    fn without_a_version_there_are_no_variables() {
        let statement = r#"{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}",
            "Condition": {"StringEquals": {"a:b": "${c:d}"}}}"#;
        assert_eq!(written(statement, "2008-10-17"), ["a:b"]);
    }

    #[test]
    fn what_is_no_policy_has_no_keys() {
        assert!(context_keys("{", Kind::Identity).is_err());
        assert!(context_keys("{}", Kind::Identity).is_err());
    }

    #[test]
    fn keys_are_missing_where_a_statement_is_about_the_request() {
        let text = r#"{"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::other/${aws:userid}/*"},
            {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*",
             "Condition": {"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"s3:Given": "x"}}},
            {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": {"Null": {"s3:acl": "true"}}}]}"#;
        let policy = Arc::new(Policy::parse(text, Kind::Identity).expect("a policy"));
        let identity = PolicySet::new([("p", policy)]);
        let given = BTreeMap::from([("s3:given".to_owned(), vec!["x".to_owned()]), ("s3:empty".to_owned(), vec![])]);
        let missing = |action, resource| {
            let principal = Principal::User { account: "111122223333", arn: "", id: "" };
            let request = Request { principal, action, resource, resource_account: None, context: &given };
            missing_keys(&request, &Policies { identity: Some(&identity), ..Policies::default() })
        };
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>();
        let home = "arn:aws:s3:::home/bob/x";
        assert_eq!(missing("s3:GetObject", home), keys(&["aws:securetransport", "aws:username"]));
        assert_eq!(missing("S3:getobject", "*"), keys(&["aws:securetransport"]));
        assert_eq!(missing("s3:PutObject", home), keys(&["s3:acl"]));
        assert_eq!(missing("ec2:RunInstances", home), keys(&[]));
    }
}
