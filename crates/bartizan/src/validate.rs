//! `bartizan validate`: what is wrong with a policy, and what is unwise, in the spirit of IAM Access Analyzer.

mod drawing;
mod vocabulary;

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use bartizan_policy::{Finding, FindingType, Kind, Location, PathElement, Position, findings};
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::Failure;

/// The flags of `validate`.
#[derive(Args)]
pub struct Arguments {
    /// The documents; `-`, or none at all, is standard input.
    files: Vec<PathBuf>,
    /// What the documents are for: each type has its own grammar and checks.
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value = "identity")]
    kind: PolicyType,
    /// For programs: a line for each document, shaped as the answer of Access Analyzer's ValidatePolicy.
    #[arg(long)]
    json: bool,
}

/// What documents are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PolicyType {
    /// Identity-based policies, permissions boundaries and session policies.
    Identity,
    /// Resource-based policies.
    Resource,
    /// Roles' trust policies.
    Trust,
    /// Service control policies.
    ServiceControl,
    /// Resource control policies.
    ResourceControl,
    /// VPC endpoint policies.
    Endpoint,
}

impl From<PolicyType> for Kind {
    fn from(policy_type: PolicyType) -> Self {
        match policy_type {
            PolicyType::Identity => Self::Identity,
            PolicyType::Resource => Self::Resource,
            PolicyType::Trust => Self::Trust,
            PolicyType::ServiceControl => Self::ServiceControl,
            PolicyType::ResourceControl => Self::ResourceControl,
            PolicyType::Endpoint => Self::Endpoint,
        }
    }
}

/// Validates the documents, and says whether none has an error.
///
/// # Errors
/// If a document cannot be read, or the output not be written.
pub fn run(arguments: &Arguments, mut input: impl Read, mut output: impl Write, colour: bool) -> Result<bool, Failure> {
    let input_alone = [PathBuf::from("-")];
    let files = if arguments.files.is_empty() { &input_alone[..] } else { &arguments.files };
    let vocabulary = vocabulary::vocabulary();
    let mut valid = true;
    for file in files {
        let (name, text) = read(file, &mut input)?;
        let found = findings(&text, arguments.kind.into(), &vocabulary);
        valid &= found.iter().all(|finding| finding.finding_type != FindingType::Error);
        match arguments.json {
            true => writeln!(output, "{}", json!({"file": name, "findings": listed(&found)}))?,
            false => output.write_all(drawing::draw(&name, &text, &found, colour).as_bytes())?,
        }
    }
    output.flush()?;
    Ok(valid)
}

fn read(file: &Path, input: &mut impl Read) -> Result<(String, String), Failure> {
    let of = |error: io::Error| format!("{}: {error}", file.display());
    match file == Path::new("-") {
        true => Ok(("<stdin>".to_owned(), io::read_to_string(input).map_err(of)?)),
        false => Ok((file.display().to_string(), fs::read_to_string(file).map_err(of)?)),
    }
}

fn listed(findings: &[Finding]) -> Vec<Value> {
    let finding = |finding: &Finding| {
        json!({
            "findingType": finding.finding_type.name(),
            "issueCode": finding.issue_code,
            "findingDetails": finding.details,
            "learnMoreLink": finding.learn_more_link(),
            "locations": finding.locations.iter().map(location).collect::<Vec<_>>(),
        })
    };
    findings.iter().map(finding).collect()
}

/// AWS counts columns from 0.
fn location(location: &Location) -> Value {
    let position = |at: Position, offset: usize| json!({"line": at.line, "column": at.column - 1, "offset": offset});
    let step = |step: &PathElement| match step {
        PathElement::Index(index) => json!({"index": index}),
        PathElement::Key(key) => json!({"key": key}),
        PathElement::Value(key) => json!({"value": key}),
    };
    json!({
        "path": location.path.iter().map(step).collect::<Vec<_>>(),
        "span": {
            "start": position(location.start, location.span.start),
            "end": position(location.end, location.span.end),
        },
    })
}

#[cfg(test)]
mod tests;
