//! `bartizan simulate` on many cases, beside what reading their lines costs at the least: the same lines parsed as JSON and
//! nothing else, in the same run.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    Failure, median,
    report::{Goal, Report},
    server::{self, Directory},
};

const CASES: usize = 200_000;
const ROUNDS: usize = 5;

/// All figures.
pub fn measure(report: &mut Report) -> Result<(), Failure> {
    // Most tests ask much of few policies; the worst is that no policy ever comes again.
    for (what, policies) in [("100 policies", 100), ("as many policies", CASES)] {
        let directory = Directory::new()?;
        let path = directory.join("cases.jsonl");
        let lines: String = (0..CASES).map(|index| format!("{}\n", case(index, policies))).collect();
        report.goal(&format!("a case, {what}"), Goal::None("kB"), lines.len() as f64 / CASES as f64 / 1e3);
        fs::write(&path, lines)?;
        let (mut ours, mut parsing) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(simulated(&path)?);
            parsing.push(parsed(&path)?);
        }
        let ratios = ours.iter().zip(&parsing).map(|(ours, parsing)| parsing / ours).collect();
        let rate = CASES as f64 / median(ours);
        report.goal(&format!("simulate, {what}"), Goal::AtLeast(100_000.0, "cases/s"), rate);
        report.goal(&format!("parsing the lines alone / simulate, {what}"), Goal::None("×"), median(ratios));
    }
    Ok(())
}

/// Seconds from the start of the process, which has one thread, to its end.
fn simulated(path: &Path) -> Result<f64, Failure> {
    let began = Instant::now();
    let status =
        Command::new(server::binary()).arg("simulate").stdin(File::open(path)?).stdout(Stdio::null()).status()?;
    match status.success() {
        true => Ok(began.elapsed().as_secs_f64()),
        false => Err("simulate failed".into()),
    }
}

fn parsed(path: &Path) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        std::hint::black_box(serde_json::from_slice::<Value>(&line)?);
        line.clear();
    }
    Ok(began.elapsed().as_secs_f64())
}

/// A user within a boundary and an organisation, whose policies have conditions and variables.
fn case(index: usize, policies: usize) -> Value {
    let policy = index % policies;
    let action = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject", "ec2:StartInstances"][index % 5];
    let user = ["bob", "eve"][index % 2];
    let full = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let identity = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"],
            "Resource": [format!("arn:aws:s3:::bucket-{policy}/*"), format!("arn:aws:s3:::bucket-{policy}")]},
        {"Sid": "WriteHome", "Effect": "Allow", "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::bucket-{policy}/${{aws:username}}/*"),
            "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}},
        {"Sid": "DeleteWithMfa", "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]});
    let boundary = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "ec2:*", "cloudwatch:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}]});
    json!({
        "id": format!("case-{index}"),
        "request": {
            "principal": format!("arn:aws:iam::111122223333:user/{user}"), "action": action,
            "resource": format!("arn:aws:s3:::bucket-{policy}/bob/photo-{index}.jpg"), "resourceAccount": "111122223333",
            "context": {
                "aws:username": [user], "aws:PrincipalArn": [format!("arn:aws:iam::111122223333:user/{user}")],
                "aws:SourceIp": [format!("203.0.113.{}", index % 250)], "aws:CurrentTime": ["2026-11-28T04:00:00Z"],
                "aws:SecureTransport": ["true"], "aws:MultiFactorAuthPresent": [(index % 3 == 0).to_string()],
            },
        },
        "policies": {
            "identity": [{"name": "main", "document": identity}],
            "permissionsBoundary": {"name": "boundary", "document": boundary},
            "session": [], "resource": null,
            "serviceControl": [{"target": "r-root", "policies": [{"name": "FullAWSAccess", "document": full}]}],
            "resourceControl": [], "endpoint": [],
        },
    })
}
