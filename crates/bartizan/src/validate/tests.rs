use std::path::PathBuf;

use bartizan_policy::{FindingType, Kind, Policy, findings};
use bartizan_store::aws_managed;
use serde_json::{Value, json};

use super::{Arguments, PolicyType, run, vocabulary};

fn validate(text: &str, kind: PolicyType, json: bool) -> (bool, String) {
    let arguments = Arguments { files: Vec::new(), kind, json };
    let mut output = Vec::new();
    let valid = run(&arguments, text.as_bytes(), &mut output, false).expect("written");
    (valid, String::from_utf8(output).expect("UTF-8"))
}

const PASSES_ROLES: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}}"#;

#[test]
fn only_an_error_fails() {
    assert!(validate(PASSES_ROLES, PolicyType::Identity, false).0);
    assert!(!validate(PASSES_ROLES, PolicyType::Trust, false).0);
    assert!(!validate(&PASSES_ROLES.replace("iam:PassRole", "iam:PassRoll"), PolicyType::Identity, false).0);
    assert!(!validate("", PolicyType::Identity, false).0);
}

#[test]
fn programs_get_the_shape_of_access_analyzer() {
    let (_, output) = validate(PASSES_ROLES, PolicyType::Identity, true);
    let answer: Value = serde_json::from_str(&output).expect("JSON");
    let at = |start: usize, end: usize| {
        let position = |at: usize| json!({"line": 1, "column": at, "offset": at});
        json!({"start": position(start), "end": position(end)})
    };
    let path = |element: &str| json!([{"value": "Statement"}, {"value": element}]);
    let finding = &answer["findings"][0];
    assert_eq!(
        (&finding["findingType"], &finding["issueCode"]),
        (&json!("SECURITY_WARNING"), &json!("PASS_ROLE_WITH_STAR_IN_RESOURCE"))
    );
    assert_eq!(
        finding["locations"],
        json!([{"path": path("Action"), "span": at(69, 83)}, {"path": path("Resource"), "span": at(97, 100)}])
    );
    assert!(finding["learnMoreLink"].as_str().is_some_and(|link| link.starts_with("https://docs.aws.amazon.com/")));
}

#[test]
fn people_see_the_line_and_the_place() {
    let (_, output) = validate("{\"Version\": \"2012-10-17\",\n\t\"Statement\": []}", PolicyType::Identity, false);
    assert_eq!(
        output,
        "<stdin>:2:15: error MISSING_STATEMENT\n  Add a statement to the policy.\n  2 │ \"Statement\": []}\n    \
         │              ^^\n  at $.Statement\n\n<stdin>: 1 error\n"
    );
}

/// A document must not write on the terminal of its reader; a long line is cut to the part that matters.
#[test]
fn hostile_and_long_lines_are_drawn_in_order() {
    let hostile = PASSES_ROLES.replace("iam:PassRole", "a\u{9b}31m\u{202e}b");
    let (_, output) = validate(&hostile, PolicyType::Identity, false);
    assert!(!output.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'), "{output:?}");
    let long = PASSES_ROLES.replace("\"Effect\"", &format!("\"Sid\": \"{}\", \"Effect\"", "a".repeat(1_000)));
    let (_, output) = validate(&long, PolicyType::Identity, false);
    let lines: Vec<&str> = output.lines().collect();
    assert!(lines.iter().all(|line| line.chars().count() < 130 || line.starts_with("  Using")), "{output}");
    let (shown, mark) = (lines[2], lines[3]);
    let under: String =
        shown.chars().zip(mark.chars()).filter(|(_, mark)| *mark == '^').map(|(shown, _)| shown).collect();
    assert_eq!(under, "\"iam:PassRole\"");
}

#[test]
fn several_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path: PathBuf = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path
    };
    let files = vec![file("one.json", PASSES_ROLES), file("two.json", "{")];
    let arguments = Arguments { files, kind: PolicyType::Identity, json: true };
    let mut output = Vec::new();
    assert!(!run(&arguments, &b""[..], &mut output, false).expect("written"));
    let output = String::from_utf8(output).expect("UTF-8");
    let answers: Vec<Value> = output.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), 2);
    assert!(answers[1]["file"].as_str().is_some_and(|file| file.ends_with("two.json")));
    let arguments = Arguments { files: vec![folder.path().join("none")], kind: PolicyType::Identity, json: true };
    let error = run(&arguments, &b""[..], Vec::new(), false).expect_err("there is none");
    assert!(error.to_string().contains("none"), "{error}");
}

/// AWS wrote them: they work.
#[test]
fn aws_managed_policies_have_no_errors() {
    let vocabulary = vocabulary::vocabulary();
    let mut wrong = Vec::new();
    for policy in aws_managed::all() {
        let text = policy.document().text();
        assert!(Policy::parse(text, Kind::Identity).is_ok(), "{}", policy.arn);
        for finding in findings(text, Kind::Identity, &vocabulary) {
            if finding.finding_type == FindingType::Error {
                wrong.push(format!(
                    "{}: {} {} {}",
                    policy.name, finding.issue_code, finding.locations[0], finding.details
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let codes = |arn: &str| -> Vec<&str> {
        let text = aws_managed::get(arn).expect(arn).document().text();
        findings(text, Kind::Identity, &vocabulary).iter().map(|finding| finding.issue_code).collect()
    };
    assert_eq!(
        codes("arn:aws:iam::aws:policy/AdministratorAccess"),
        ["CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"]
    );
    assert!(codes("arn:aws:iam::aws:policy/PowerUserAccess").contains(&"CREATE_SLR_WITH_STAR_IN_RESOURCE"));
}
