use jiff::Timestamp;

/// A second since the epoch as CloudTrail and condition keys have it: ISO 8601 in UTC, without a fraction.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime>
pub(crate) fn iso(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or_default().to_string()
}
