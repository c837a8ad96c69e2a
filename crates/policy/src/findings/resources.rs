//! The `Resource` and `NotResource` elements.

use super::actions::is_empty_array;
use super::arns::{Arn, arns, is_literal, is_region, resources};
use super::place::Found;
use super::view::View;
use crate::Kind;
use crate::principal::is_account;
use crate::resource::{is_iam_resource, is_partition};

/// Services all of whose resources lie in a Region.
const REGIONAL: [&str; 6] = ["dynamodb", "kinesis", "lambda", "secretsmanager", "sns", "sqs"];

/// Resources of S3 that, unlike buckets, belong to an account.
const OF_ACCOUNTS: [&str; 7] =
    ["accesspoint", "access-grants", "async-request", "banner", "job", "storage-lens", "multi-region-access-point"];

/// Resources of Route 53 that belong to no account.
const OF_ROUTE_53: [&str; 5] = ["hostedzone/", "change/", "healthcheck/", "delegationset/", "trafficpolicy"];

pub(super) fn account_not_allowed(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| is_account(arn.account())) {
        let without = match arn.service() {
            // With a Region it is an access point or the like.
            "s3" => arn.region().is_empty() && is_bucket(&arn),
            "route53" => OF_ROUTE_53.iter().any(|start| arn.resource().starts_with(start)),
            _ => false,
        };
        if without {
            let details = format!("ARNs of {} have no account id. Leave it empty.", arn.service());
            found.at(arn.at, details);
        }
    }
}

fn is_bucket(arn: &Arn) -> bool {
    !arn.resource().starts_with(['*', '?', '$']) && !OF_ACCOUNTS.iter().any(|start| arn.resource().starts_with(start))
}

pub(super) fn region_not_allowed(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| is_literal(arn.region())) {
        let without = match arn.service() {
            "iam" | "cloudfront" => true,
            "s3" => arn.is_whole() && arn.account().is_empty(),
            "route53" => OF_ROUTE_53.iter().any(|start| arn.resource().starts_with(start)),
            _ => false,
        };
        if without {
            found.at(arn.at, format!("ARNs of {} have no Region. Leave it empty.", arn.service()));
        }
    }
}

pub(super) fn missing_region(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| arn.is_whole() && arn.region().is_empty()) {
        if REGIONAL.contains(&arn.service()) {
            found.at(arn.at, format!("Add a Region to the ARN of {}.", arn.service()));
        }
    }
}

/// An account id that has digits and hyphens only, and not twelve digits.
pub(super) fn invalid_account(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| !arn.account().is_empty()) {
        let account = arn.account();
        let is_number = account.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if is_number && !is_account(account) {
            found.at(arn.at, format!("The account id {account} is not valid. An account id has 12 digits."));
        }
    }
}

pub(super) fn invalid_prefix(view: &View, found: &mut Found) {
    for text in resources(view).filter(|text| !text.text.starts_with("arn:")) {
        found.at(text.at, "A resource is an ARN, which begins with arn:, or *.");
    }
}

pub(super) fn invalid_region(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| is_literal(arn.region())) {
        let region = arn.region();
        if !is_region(region) && !matches!(region, "aws-global" | "global") {
            found.at(arn.at, format!("The Region {region} is not valid for this resource."));
        }
    }
}

/// The last segment can be no resource of its service.
pub(super) fn invalid_resource(view: &View, found: &mut Found) {
    for arn in arns(view).filter(Arn::is_whole) {
        let wrong = match arn.service() {
            "iam" => !is_iam_resource(arn.resource()),
            "s3" => arn.resource().is_empty(),
            _ => false,
        };
        if wrong {
            found.at(arn.at, "The ARN does not have the expected form. Correct its last part, the resource.");
        }
    }
}

pub(super) fn invalid_service_case(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| arn.service().contains(|c: char| c.is_ascii_uppercase())) {
        found.at(arn.at, format!("Write the service {} in lower case.", arn.service()));
    }
}

pub(super) fn invalid_service(view: &View, found: &mut Found) {
    let in_service = |c: char| c.is_ascii_alphanumeric() || "-.*?".contains(c);
    for arn in arns(view).filter(|arn| arn.segments.len() > 3) {
        let service = arn.service();
        if service.is_empty() || !service.chars().all(in_service) {
            found.at(arn.at, format!("The service {service:?} does not exist. Use a valid service name."));
        }
    }
}

pub(super) fn wildcard_in_service_name(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| arn.segments.len() > 3 && arn.service().contains(['*', '?'])) {
        let details = "The ARN can mean services that you do not think of. Name the service in full.";
        found.at(arn.at, details);
    }
}

pub(super) fn invalid_partition(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| arn.segments.len() > 2) {
        let partition = arn.partition();
        if !is_partition(partition) && !partition.contains(['*', '?']) {
            found.at(arn.at, format!("The partition {partition:?} is not valid. Use aws, aws-cn or aws-us-gov."));
        }
    }
}

/// Fewer than six segments, unless a wildcard at the end stands for the rest.
pub(super) fn missing_field(view: &View, found: &mut Found) {
    for arn in arns(view).filter(|arn| !arn.is_whole()) {
        let open = arn.segments.last().is_some_and(|last| last.ends_with('*'));
        if arn.segments.len() < 4 || !open {
            found.at(arn.at, "An ARN has six fields: arn:partition:service:region:account:resource.");
        }
    }
}

pub(super) fn empty_array(view: &View, found: &mut Found) {
    for resources in view.statements.iter().filter_map(|statement| statement.resources.as_ref()) {
        if is_empty_array(&resources.member.node) {
            found.at(resources.member.node.at(), "The statement has no resources and does nothing. Name some.");
        }
    }
}

/// In a trust policy.
pub(super) fn in_trust_policy(view: &View, found: &mut Found) {
    if view.kind != Kind::Trust {
        return;
    }
    for resources in view.statements.iter().filter_map(|statement| statement.resources.as_ref()) {
        let details = format!("A trust policy is about the role that it is on. Remove {}.", resources.member.key);
        found.at(resources.member.at, details);
    }
}
