use bartizan_policy::{Kind, Policy};

use super::*;

#[test]
fn the_trust_policy_that_trusts_nobody_is_one() {
    assert!(Policy::parse(TRUSTS_NOBODY, Kind::Trust).is_ok());
}

#[test]
fn a_session_lasts_as_long_as_role_and_chain_let_it() {
    const ROLE: &str =
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    const CHAIN: &str = "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles \
                         assumed by role chaining.";
    for (asked, role_max, chained, expected) in [
        (None, 3_600, false, Ok(3_600)),
        (None, 43_200, false, Ok(3_600)),
        (None, 43_200, true, Ok(3_600)),
        (Some(900), 3_600, true, Ok(900)),
        (Some(43_200), 43_200, false, Ok(43_200)),
        (Some(3_601), 3_600, false, Err(ROLE)),
        (Some(43_200), 43_199, false, Err(ROLE)),
        (Some(3_600), 43_200, true, Ok(3_600)),
        (Some(3_601), 43_200, true, Err(CHAIN)),
        (Some(3_601), 3_600, true, Err(CHAIN)),
    ] {
        let lasts = seconds(asked, role_max, chained).map_err(|fault| Error::from(fault).to_string());
        assert_eq!(lasts, expected.map_err(str::to_owned), "{asked:?} {role_max} {chained}");
    }
}

#[test]
fn only_the_arn_of_a_role_names_one() {
    let none = Snapshot::default();
    for arn in [
        "arn:aws:iam::123456789012:role/demo",
        "arn:aws:iam::123456789012:role/division/team/demo",
        "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/demo",
    ] {
        assert!(find(&none, arn).unwrap().is_none(), "{arn}");
    }
    for arn in [
        "arn:aws:iam::123456789012:user/demo",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/path/",
        "arn:aws:iam::aws:role/demo-demo-demo",
        "arn:aws:iam::12345678901:role/demo",
        "arn:aws:iam:us-east-1:123456789012:role/demo",
        "arn:aws-cn:iam::123456789012:role/demo",
        "arn:aws:sts::123456789012:assumed-role/demo/session",
    ] {
        assert_eq!(find(&none, arn).unwrap_err().message, "Request ARN is invalid", "{arn}");
    }
    for arn in ["nothing-like-an-arn-at-all", "arn:aws:iam::123456789012", "ARN:aws:iam::123456789012:role/demo"] {
        assert_eq!(find(&none, arn).unwrap_err().message, format!("{arn} is invalid"));
    }
}
