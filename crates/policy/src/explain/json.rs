//! An explanation for programs.

use super::{Asked, ExplainedGrant, ExplainedPolicy, ExplainedStatement, Explanation, Failure, Given, Verdict};
use crate::json::write_string;
use crate::{Effect, Outcome};

impl Explanation<'_> {
    /// The explanation as one JSON object, on one line.
    pub fn to_json(&self) -> String {
        let decision = match self.decision.effect {
            Outcome::Allowed => "allowed",
            Outcome::ExplicitDeny => "explicitDeny",
            Outcome::ImplicitDeny => "implicitDeny",
        };
        let by = self.decision.by.map_or_else(|| "null".to_owned(), |by| write_string(by.id()));
        object(&[
            ("decision", write_string(decision)),
            ("by", by),
            ("reason", write_string(&self.reason)),
            ("asked", list(&self.asked, asked)),
            ("acl", self.acl.as_ref().map_or_else(|| "null".to_owned(), |grants| list(grants, grant))),
        ])
    }
}

fn asked(asked: &Asked) -> String {
    let verdict = match asked.verdict {
        Verdict::Denies => "denies",
        Verdict::Allows => "allows",
        Verdict::Silent => "silent",
    };
    object(&[
        ("policyType", write_string(asked.policy_type.id())),
        ("target", asked.target.map_or_else(|| "null".to_owned(), write_string)),
        ("verdict", write_string(verdict)),
        ("policies", list(&asked.policies, policy)),
    ])
}

fn grant(explained: &ExplainedGrant) -> String {
    object(&[
        ("grantee", write_string(explained.grant.grantee.text())),
        ("permission", write_string(&explained.grant.permission.to_string())),
        ("matched", explained.matched().to_string()),
    ])
}

fn policy(policy: &ExplainedPolicy) -> String {
    object(&[("policy", write_string(policy.name)), ("statements", list(&policy.statements, statement))])
}

fn statement(statement: &ExplainedStatement) -> String {
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    object(&[
        ("statement", statement.statement.to_string()),
        ("sid", statement.sid.map_or_else(|| "null".to_owned(), write_string)),
        ("effect", write_string(effect)),
        ("matched", statement.matched.to_string()),
        ("nearlyMatched", statement.nearly_matched().to_string()),
        ("failures", list(&statement.failures, failure)),
    ])
}

fn failure(failure: &Failure) -> String {
    let texts = |texts: &[String]| list(texts, |text| write_string(text));
    let given = |given: &Given| match given {
        Given::Values(values) => texts(values),
        Given::Absent => "null".to_owned(),
        Given::Unknown => write_string("unknown"),
    };
    let variable = |(key, value): &(String, Given)| format!("{}:{}", write_string(key), given(value));
    let variables: Vec<String> = failure.variables.iter().map(variable).collect();
    object(&[
        ("element", write_string(&failure.element)),
        ("wanted", texts(&failure.wanted)),
        ("variables", format!("{{{}}}", variables.join(","))),
        ("given", given(&failure.given)),
    ])
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn list<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    let items: Vec<String> = items.iter().map(write).collect();
    format!("[{}]", items.join(","))
}
