//! `bartizan simulate`: may this request pass under these policies? The gate's own engine, over JSON lines.
//!
//! A line in:
//! `{"id","request":{"principal","action","resource","resourceAccount","context":{key:[values]}},
//! "policies":{"identity":[{"name","document"}],"permissionsBoundary":{"name","document"},"session":[…],"resource":document,
//! "acl":[{"grantee","permission"}],"serviceControl":[{"target","policies":[…]}],"resourceControl":[…],"endpoint":[…]}}`;
//! `case.rs` says what each member may be.
//!
//! A line out for each, in order: `{"id","decision":"allowed"|"explicitDeny"|"implicitDeny","matched":[{"policy",
//! "policyType","statement","effect"}],"reason"}`; `{"id","decision":"undetermined","hangsOn":[keys],"proven"}` where the
//! request has `"unknown":[keys]` (or `"*"`: all that the context does not give) and the answer hangs on some of them; or `{"id","error"}` for a line that cannot be read, which stops nothing.

mod case;

use std::{
    fmt::Write as _,
    io::{self, BufRead, BufReader, Read, Write},
};

use bartizan_policy::{Compiled, Decision, Effect, Outcome, PartialDecision, decide, decide_partially, explain};
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use case::Case;

/// What an answer looks like.
#[derive(Debug, Clone, Copy, Default)]
pub struct Form {
    /// Whether it says why.
    pub explain: Option<Explain>,
    /// Whether trees are coloured.
    pub colour: bool,
}

/// How an answer says why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Explain {
    /// As a tree below the answer.
    Tree,
    /// As the member `explanation`.
    Json,
}

/// Answers each line of `input` with a line in `output`. Blank lines are passed over. What is answered is written when the
/// input pauses.
///
/// # Errors
/// Only those of reading and writing; a bad line is answered, not an error.
pub fn run(input: impl Read, mut output: impl Write, form: Form) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let compiled = Compiled::default();
    let (mut line, mut answers) = (Vec::new(), String::new());
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if !line.trim_ascii().is_empty() {
            answer(&line, &compiled, form, &mut answers);
            answers.push('\n');
        }
        if answers.len() >= 1 << 16 || input.buffer().is_empty() {
            output.write_all(answers.as_bytes())?;
            output.flush()?;
            answers.clear();
        }
    }
    output.write_all(answers.as_bytes())?;
    output.flush()
}

fn answer(line: &[u8], compiled: &Compiled, form: Form, out: &mut String) {
    let case = std::str::from_utf8(line)
        .map_err(|error| error.to_string())
        .and_then(|line| serde_json::from_str::<Case<'_>>(line).map_err(|error| error.to_string()));
    let start = out.len();
    let answered = case.and_then(|case| {
        case.with(compiled, |request, policies| {
            let decided = match case.has_unknown() {
                true => decide_partially(request, policies),
                false => PartialDecision::Certain(decide(request, policies)),
            };
            match decided {
                PartialDecision::Certain(decision) => write_decision(out, case.id(), &decision, request.action),
                PartialDecision::HangsOn { keys, proven } => write_hanging(out, case.id(), &keys, proven),
            }
            match form.explain {
                None => {}
                Some(Explain::Json) => {
                    out.truncate(out.trim_end_matches('}').len());
                    let _ = write!(out, ",\"explanation\":{}}}", explain(request, policies).to_json());
                }
                Some(Explain::Tree) => {
                    out.push('\n');
                    out.push_str(&explain(request, policies).draw(form.colour));
                }
            }
        })
    });
    if let Err(error) = answered {
        out.truncate(start);
        out.push_str("{\"id\":");
        out.push_str(&id_of(line));
        out.push_str(",\"error\":");
        write_string(out, &error);
        out.push('}');
    }
}

fn write_decision(out: &mut String, id: &str, decision: &Decision<'_>, action: &str) {
    out.push_str("{\"id\":");
    out.push_str(id);
    out.push_str(match decision.effect {
        Outcome::Allowed => ",\"decision\":\"allowed\",\"matched\":[",
        Outcome::ExplicitDeny => ",\"decision\":\"explicitDeny\",\"matched\":[",
        Outcome::ImplicitDeny => ",\"decision\":\"implicitDeny\",\"matched\":[",
    });
    for (index, found) in decision.matched.iter().enumerate() {
        out.push_str(if index == 0 { "{\"policy\":" } else { ",{\"policy\":" });
        write_string(out, found.policy);
        let _ = write!(out, ",\"policyType\":\"{}\",\"statement\":{}", found.policy_type.id(), found.statement);
        out.push_str(match found.effect {
            Effect::Allow => ",\"effect\":\"Allow\"}",
            Effect::Deny => ",\"effect\":\"Deny\"}",
        });
    }
    out.push(']');
    if !decision.is_allowed() {
        out.push_str(",\"reason\":");
        write_string(out, &decision.reason(action));
    }
    out.push('}');
}

fn write_hanging(out: &mut String, id: &str, keys: &[String], proven: bool) {
    let _ =
        write!(out, "{{\"id\":{id},\"decision\":\"undetermined\",\"hangsOn\":{},\"proven\":{proven}}}", json!(keys));
}

/// The id of a line that cannot be read otherwise, as JSON; `null` if that cannot be read either.
fn id_of(line: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Identified {
        id: Box<RawValue>,
    }
    serde_json::from_slice::<Identified>(line).map_or_else(|_| "null".to_owned(), |line| line.id.get().to_owned())
}

fn write_string(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests;
