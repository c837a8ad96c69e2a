use super::*;

/// Whether every text of the first list is taken, and none of the second.
fn check<T: Shape>(name: &str, good: &[&str], bad: &[&str]) {
    let takes = |text: &str| T::read(bartizan_wire::Value::String(text.to_owned())).is_ok();
    for text in good {
        assert!(takes(text), "{name} refuses {text:?}");
    }
    for text in bad {
        assert!(!takes(text), "{name} takes {text:?}");
    }
}

#[test]
fn atoms_are_as_the_model_has_them() {
    let long = "x".repeat(63);
    let too_long = "x".repeat(64);
    check::<AnomalyDetectorName>(
        "AnomalyDetectorName",
        &["a", "9-_Z", &long],
        &["", "-a", "_", "a b", "é", "a:b", &too_long],
    );
    check::<MetricSetName>("MetricSetName", &["a", &long], &["", "a/b", &too_long]);
    check::<AlertName>("AlertName", &["a", &long], &["", "a/b", "a\n", &too_long]);
    check::<AlertDescription>("AlertDescription", &["x", " x "], &["", "  ", &"x".repeat(257)]);
    check::<ColumnName>("ColumnName", &["a-b_c"], &["", "a b", &too_long]);
    check::<MetricName>("MetricName", &["a", &"x".repeat(256)], &["", "-a", &"x".repeat(257)]);
    check::<Arn>(
        "Arn",
        &["arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:a", "arn:aws-cn:iam::1:role/x"],
        &["", "arn:aws:iam:x", "arn:AWS:a:b:c:d", &format!("arn:aws:a:b:c:{}", "x".repeat(256))],
    );
    check::<KmsKeyArn>(
        "KmsKeyArn",
        &["arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"],
        &["arn:aws:kms:us-east-1:123456789012:alias/x", "12345678-1234-1234-1234-123456789012"],
    );
    check::<Uuid>(
        "UUID",
        &["12345678-abcd-1234-1234-123456789012"],
        &["12345678", "12345678-ABCD-1234-1234-123456789012"],
    );
    check::<Frequency>("Frequency", &["P1D", "PT1H", "PT10M", "PT5M"], &["", "PT5m", "PT1D", "P1W"]);
}

#[test]
fn timestamps_have_the_models_form_or_the_services_own() {
    check::<TimestampString>(
        "TimestampString",
        &[
            "2021-02-17T11:00:00Z",
            "2021-02-17T11:00:00+01:00",
            "2021-02-17T11:00:00+01:00[Europe/Berlin]",
            "2021-02-17T11:00Z[UTC]",
            "2021-02-14T04:00Z[Atlantic/St_Helena]",
            "2021-02-17T11:05Z",
        ],
        &[
            "",
            "2021-02-17",
            "2021-02-17 11:00:00",
            "2021-13-17T11:00:00Z",
            "2021-02-17T24:00Z",
            "2021-02-17T11:00Z[a b]",
        ],
    );
}

#[test]
fn a_timestamp_names_a_time_in_every_form() {
    let eleven: Timestamp = "2021-02-17T11:00:00Z".parse().unwrap();
    for (text, time) in [
        ("2021-02-17T11:00:00Z", Some(eleven)),
        ("2021-02-17T11:00Z[UTC]", Some(eleven)),
        ("2021-02-17T12:00+01:00[Europe/Berlin]", Some(eleven)),
        ("2021-02-17T12:00:00+01:00", Some(eleven)),
        ("2021-02-30T11:00Z", None),
    ] {
        assert_eq!(TimestampString::new(text).unwrap().time(), time, "{text}");
    }
}

#[test]
fn a_detectors_arn_names_it() {
    for (arn, name) in [
        ("arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:intern-a", Some("intern-a")),
        ("arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:intern-a", None),
        ("arn:aws:lookoutmetrics:us-east-1:123456789012:MetricSet/a/b", None),
    ] {
        assert_eq!(anomaly_detector_name(&Arn::new(arn).unwrap()), name, "{arn}");
    }
}

#[test]
fn intervals_have_lengths() {
    let lengths =
        [Frequency::OneDay, Frequency::OneHour, Frequency::TenMinutes, Frequency::FiveMinutes].map(Frequency::seconds);
    assert_eq!(lengths, [86_400, 3_600, 600, 300]);
}
