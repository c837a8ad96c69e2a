//! An explanation for people: a tree.

use super::{Asked, ExplainedGrant, ExplainedPolicy, ExplainedStatement, Explanation, Failure, Given, Verdict};
use crate::{AclGrant, Effect, Outcome};

const GREEN: &str = "\u{1b}[32m";
const RED: &str = "\u{1b}[31m";
const YELLOW: &str = "\u{1b}[33m";
const PLAIN: &str = "\u{1b}[0m";

/// So many values of an element are shown.
const SHOWN: usize = 5;

/// A line of the tree, and what hangs on it.
struct Branch {
    colour: &'static str,
    text: String,
    branches: Vec<Branch>,
}

impl Branch {
    fn leaf(colour: &'static str, text: String) -> Branch {
        Branch { colour, text, branches: Vec::new() }
    }

    fn draw(&self, before: &str, colour: bool, out: &mut String) {
        match colour && !self.colour.is_empty() {
            true => out.extend([self.colour, &self.text, PLAIN, "\n"]),
            false => out.extend([&self.text, "\n"]),
        }
        let last = self.branches.len().saturating_sub(1);
        for (index, branch) in self.branches.iter().enumerate() {
            let (to, beyond) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            out.extend([before, to]);
            branch.draw(&format!("{before}{beyond}"), colour, out);
        }
    }
}

impl Explanation<'_> {
    /// Draws the explanation as a tree, coloured for a terminal if asked to. It ends with a newline.
    pub fn draw(&self, colour: bool) -> String {
        let (paint, text) = match self.decision.effect {
            Outcome::Allowed => (GREEN, "allowed".to_owned()),
            Outcome::ExplicitDeny | Outcome::ImplicitDeny => (RED, format!("denied {}", self.reason)),
        };
        let acl = self.acl.iter().map(|grants| access_control_list(grants));
        let root = Branch { colour: paint, text, branches: self.asked.iter().map(asked).chain(acl).collect() };
        let mut out = String::new();
        root.draw("", colour, &mut out);
        out
    }
}

fn asked(asked: &Asked) -> Branch {
    let (colour, verdict) = match asked.verdict {
        Verdict::Denies => (RED, "denies"),
        Verdict::Allows => (GREEN, "allows"),
        Verdict::Silent => (YELLOW, "says nothing"),
    };
    let target = asked.target.map(|target| format!(" of {target}")).unwrap_or_default();
    let text = format!("{}{target}: {verdict}", asked.policy_type.name());
    Branch { colour, text, branches: asked.policies.iter().map(policy).collect() }
}

fn access_control_list(grants: &[ExplainedGrant]) -> Branch {
    let (colour, verdict) = match grants.iter().any(ExplainedGrant::matched) {
        true => (GREEN, "allows"),
        false => (YELLOW, "says nothing"),
    };
    let branch = |explained: &ExplainedGrant| {
        let AclGrant { grantee, permission } = explained.grant;
        let (colour, verdict) = match (explained.means_action, explained.names_principal) {
            (true, true) => (GREEN, "allows"),
            (true, false) => (YELLOW, "would allow, but names another"),
            (false, _) => ("", "is about other actions"),
        };
        Branch::leaf(colour, format!("{permission} for {} {verdict}", grantee.text()))
    };
    Branch { colour, text: format!("access control list: {verdict}"), branches: grants.iter().map(branch).collect() }
}

fn policy(policy: &ExplainedPolicy) -> Branch {
    let (about, others): (Vec<_>, Vec<_>) = policy.statements.iter().partition(|statement| statement.means_action);
    let others = match others.len() {
        0 => None,
        1 => Some("1 statement about other actions".to_owned()),
        count => Some(format!("{count} statements about other actions")),
    };
    let others = others.map(|others| Branch::leaf("", others));
    Branch {
        colour: "",
        text: policy.name.to_owned(),
        branches: about.into_iter().map(statement).chain(others).collect(),
    }
}

fn statement(statement: &ExplainedStatement) -> Branch {
    let sid = statement.sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    let (colour, verb) = match (statement.matched, statement.effect) {
        (true, Effect::Allow) => (GREEN, "allows"),
        (true, Effect::Deny) => (RED, "denies"),
        (false, Effect::Allow) => (YELLOW, "would allow, but"),
        (false, Effect::Deny) => ("", "would deny, but"),
    };
    let text = format!("statement {}{sid} {verb}", statement.statement);
    Branch { colour, text, branches: statement.failures.iter().map(failure).collect() }
}

fn failure(failure: &Failure) -> Branch {
    let given = |given: &Given| match given {
        Given::Values(values) => some(values),
        Given::Absent => "absent".to_owned(),
        Given::Unknown => "unknown".to_owned(),
    };
    // Of `NotAction`, `StringNotEquals` and their like the values are those that it must not be.
    let wants = if failure.element.contains("Not") { "excludes" } else { "wants" };
    let variable = |(key, value): &(String, Given)| format!(", where {key} is {}", given(value));
    let variables: String = failure.variables.iter().map(variable).collect();
    let Failure { element, wanted, .. } = failure;
    Branch::leaf("", format!("{element} {wants} {}{variables}: it is {}", some(wanted), given(&failure.given)))
}

/// A few values, and how many more there are.
fn some(values: &[String]) -> String {
    let shown: Vec<&str> = values.iter().take(SHOWN).map(String::as_str).collect();
    let more = match values.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" or {more} more"),
    };
    match shown.is_empty() {
        true => "any".to_owned(),
        false => format!("{}{more}", shown.join(" | ")),
    }
}
