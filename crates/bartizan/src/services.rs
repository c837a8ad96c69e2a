//! The services behind the gate.

use bartizan_gate::Service;
use bartizan_policy::Vocabulary;

/// Every service, in the order of their names.
pub const SERVICES: &[Service] =
    &[bartizan_iam::SERVICE, bartizan_lookoutmetrics::SERVICE, bartizan_organizations::SERVICE, bartizan_sts::SERVICE];

/// Actions of these services that are no operation of theirs: they are asked for beside one.
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

/// What is known of the actions that policies can name: all of these services, nothing of others.
pub fn vocabulary() -> Vocabulary {
    let operations = SERVICES.iter().flat_map(|service| service.operations).map(|row| row.action);
    Vocabulary::new(operations.chain(PERMISSIONS.iter().copied()))
}
