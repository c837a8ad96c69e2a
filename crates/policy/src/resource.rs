//! The `Resource` and `NotResource` elements.
//!
//! AWS page: "IAM JSON policy elements: Resource",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>.

use crate::Version;
use crate::pattern::{Pattern, Syntax};

/// The partitions of AWS. A policy may also leave the partition to a wildcard.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// How the resources of IAM begin. (`root`, the resource of `sts:AssumeRoot`, and role templates are
/// younger than AWS's message.)
const IAM_RESOURCES: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// Whether it is a partition of AWS.
pub(crate) fn is_partition(text: &str) -> bool {
    PARTITIONS.contains(&text)
}

/// Compiles a resource: `*` or the pattern of an ARN.
///
/// # Errors
///
/// AWS's wording for what is wrong with it; `None` where AWS speaks of a syntax error.
pub(crate) fn parse(text: &str, version: Version) -> Result<Pattern, Option<String>> {
    if text != "*" {
        check(text, version)?;
    }
    Pattern::parse(text, Syntax::Arn, version).map_err(|_| None)
}

/// Holds a resource against the form of an ARN. It may end early, as in `arn:aws:cloudfront:*`, but
/// not before its fourth segment.
fn check(text: &str, version: Version) -> Result<(), Option<String>> {
    let segments = segments(text, version);
    let segment = |index: usize| segments.get(index).copied().unwrap_or_default();
    let (partition, service) = (segment(1), segment(2));
    if segments.len() < 4 || segment(0) != "arn" {
        return Err(Some(format!("Resource {text} must be in ARN format or \"*\".")));
    }
    if !is_partition(partition) && !partition.contains(['*', '?']) {
        return Err(Some(format!("Partition \"{partition}\" is not valid for resource \"{text}\".")));
    }
    let in_service = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if service.is_empty() || !service.chars().all(in_service) {
        let message = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Err(Some(message.to_owned()));
    }
    let (region, account, name) = (segment(3), segment(4), segment(5));
    match service {
        "iam" if segments.len() == 6 => check_iam(text, region, name),
        "s3" if !region.is_empty() && !region.contains(['*', '?', '$']) && account.is_empty() => {
            Err(Some(format!("Resource {text} can not contain region information.")))
        }
        _ => Ok(()),
    }
}

/// IAM knows no regions, and the kind of its resources cannot be left open.
fn check_iam(text: &str, region: &str, name: &str) -> Result<(), Option<String>> {
    if !region.is_empty() && !region.contains(['*', '?', '$']) {
        return Err(Some(format!("IAM resource {text} cannot contain region information.")));
    }
    match is_iam_resource(name) {
        true => Ok(()),
        false => {
            Err(Some(format!("IAM resource path must either be \"*\" or start with {}.", IAM_RESOURCES.join(", "))))
        }
    }
}

/// Whether the last segment of an ARN can be a resource of IAM.
pub(crate) fn is_iam_resource(name: &str) -> bool {
    name == "*"
        || name == "root"
        || name.starts_with("role-template/")
        || name.starts_with("${")
        || IAM_RESOURCES.iter().any(|prefix| name.starts_with(prefix))
}

/// The up to six segments of an ARN. A colon within `${…}` separates nothing, where variables are known.
pub(crate) fn segments(text: &str, version: Version) -> Vec<&str> {
    let mut segments = Vec::with_capacity(6);
    let (mut start, mut in_variable) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '{' if text.get(..at).is_some_and(|before| before.ends_with('$')) => {
                in_variable = version == Version::V2012;
            }
            '}' => in_variable = false,
            ':' if !in_variable && segments.len() < 5 => {
                segments.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    segments.push(text.get(start..).unwrap_or_default());
    segments
}
