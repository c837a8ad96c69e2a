//! `bartizan tour` runs as a newcomer runs it, and says what it is there to say.

use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

/// The sentences that a newcomer comes to see, line breaks apart: AWS's own.
const SENTENCES: &[&str] = &[
    "User: arn:aws:iam::123456789012:user/mateojackson is not authorized to perform: \
     lookoutmetrics:DescribeAnomalyDetector on resource: \
     arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:orders \
     because no identity-based policy allows the lookoutmetrics:DescribeAnomalyDetector action",
    "allowed mateojackson lookoutmetrics:DescribeAnomalyDetector orders",
    "User: arn:aws:iam::123456789012:user/marymajor is not authorized to perform: iam:PassRole on resource: \
     arn:aws:iam::123456789012:role/OrdersAlertRole because no identity-based policy allows the iam:PassRole action",
    "allowed marymajor lookoutmetrics:CreateAlert late-orders",
    "allowed Operator lookoutmetrics:DescribeAnomalyDetector orders",
    "User: arn:aws:sts::123456789012:assumed-role/Operator/mateojackson is not authorized to perform: \
     lookoutmetrics:DeleteAnomalyDetector on resource: \
     arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:orders \
     because no session policy allows the lookoutmetrics:DeleteAnomalyDetector action",
    "because no permissions boundary allows the lookoutmetrics:DeleteAnomalyDetector action",
    "because no resource-based policy allows the lookoutmetrics:DescribeAnomalyDetector action",
    "because no identity-based policy allows the sts:AssumeRole action",
    "allowed Visitor lookoutmetrics:DescribeAnomalyDetector forecast in research",
    "because no identity-based policy allows the sts:DecodeAuthorizationMessage action",
    "\"action\": \"lookoutmetrics:DeleteAnomalyDetector\"",
    "arn:aws:iam::123456789012:root sts:DecodeAuthorizationMessage ok 127.0.0.1",
    "bartizan serve",
];

#[test]
fn the_tour_ends_well_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_bartizan"))
        .arg("tour")
        .env("TMPDIR", temporary.path())
        // What a user has set for `bartizan serve` is no business of the tour's.
        .env("BARTIZAN_ROOT_ACCESS_KEY_ID", "AKIAUSERSOWN00000000")
        .env("BARTIZAN_ROOT_SECRET_ACCESS_KEY", "the-user's-own-secret")
        // Nor is a proxy.
        .env("http_proxy", "http://127.0.0.1:9")
        .output()
        .unwrap();
    let took = began.elapsed();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(output.status.success(), "{err}\n{out}");
    assert_eq!(err, "");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "something is left in the temporary directory");

    let words = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in SENTENCES {
        assert!(words.contains(sentence), "{sentence:?} is not in\n{out}");
    }
    assert!(!out.contains('\u{1b}'), "colour where there is no terminal");
    assert!(!out.contains("AKIA") && !out.contains("ASIA"), "an access key is shown");
    let (story, _) = out.split_once("8. What remains").unwrap();
    for line in story.lines() {
        assert!(line.len() <= 100, "too long a line: {line:?}");
    }
}
