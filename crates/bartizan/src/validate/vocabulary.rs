//! The actions that policies can name, as far as they are known here.

use bartizan_policy::Vocabulary;

use crate::services::SERVICES;

/// Actions of our services that are no operation of theirs: they are asked for beside one.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>
const PERMISSIONS: &[&str] = &[
    "iam:PassRole",
    "organizations:CreateBuilderIdOwnedAccount",
    "sts:GetServiceBearerToken",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagGetWebIdentityToken",
    "sts:TagSession",
];

/// Services whose actions are their operations, all of which have a row here. (Amazon S3 names others than its operations.)
const KNOWN_WHOLE: &[&str] = &["iam", "lookoutmetrics", "organizations", "sts"];

/// What is known of the actions that policies can name: all of some of our services, nothing of others.
pub fn vocabulary() -> Vocabulary {
    let whole = SERVICES.iter().filter(|service| KNOWN_WHOLE.contains(&service.name));
    let operations = whole.flat_map(|service| service.operations).map(|row| row.action);
    Vocabulary::new(operations.chain(PERMISSIONS.iter().copied()))
}
