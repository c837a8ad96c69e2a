//! AWS Organizations: the JSON 1.1 API of version 2016-11-28, as far as accounts need it.
//!
//! Operations are in the files of their resources: `organization`, `root`, `account`, `create_account`, `tag`. What
//! several of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `membership` | whose organization it is, and who is in it |
//! | `arn` | the ARNs of what an organization has |
//! | `email` | which addresses an account can have |
//! | `page` | pages of lists: `NextToken`, `MaxResults` |
//! | `error` | the errors of the API, in AWS's words |
//!
//! # Invariants
//! - An account is in one organization at most, and only the management account sees the others or makes new ones.
//! - A new account has no credentials: its one way in is the role that trusts the management account.
//!
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/Welcome.html>

mod account;
mod arn;
mod create_account;
mod email;
mod error;
mod membership;
mod organization;
mod page;
mod root;
mod tag;

use bartizan_gate::{Row, Service, operation, unavailable};
use bartizan_wire::Protocol;

use account::{DescribeAccount, ListAccounts};
use create_account::{CreateAccount, DescribeCreateAccountStatus, ListCreateAccountStatus};
use organization::{CreateOrganization, DescribeOrganization};
use root::{ListParents, ListRoots};
use tag::ListTagsForResource;

/// Organizations behind the gate.
pub const SERVICE: Service = Service {
    name: "organizations",
    principal: "organizations.amazonaws.com",
    protocol: Protocol::Json { version: "1.1", target_prefix: "AWSOrganizationsV20161128" },
    version: "2016-11-28",
    operations: OPERATIONS,
    invalid: error::invalid,
};

/// Every operation of the API. Organizational units, policies, invitations and the end of accounts come later.
pub const OPERATIONS: &[Row] = &[
    unavailable("organizations:AcceptHandshake"),
    unavailable("organizations:AttachPolicy"),
    unavailable("organizations:CancelHandshake"),
    unavailable("organizations:CloseAccount"),
    operation::<CreateAccount>(),
    unavailable("organizations:CreateGovCloudAccount"),
    operation::<CreateOrganization>(),
    unavailable("organizations:CreateOrganizationalUnit"),
    unavailable("organizations:CreatePolicy"),
    unavailable("organizations:DeclineHandshake"),
    unavailable("organizations:DeleteOrganization"),
    unavailable("organizations:DeleteOrganizationalUnit"),
    unavailable("organizations:DeletePolicy"),
    unavailable("organizations:DeleteResourcePolicy"),
    unavailable("organizations:DeregisterDelegatedAdministrator"),
    operation::<DescribeAccount>(),
    operation::<DescribeCreateAccountStatus>(),
    unavailable("organizations:DescribeEffectivePolicy"),
    unavailable("organizations:DescribeHandshake"),
    operation::<DescribeOrganization>(),
    unavailable("organizations:DescribeOrganizationalUnit"),
    unavailable("organizations:DescribePolicy"),
    unavailable("organizations:DescribeResourcePolicy"),
    unavailable("organizations:DescribeResponsibilityTransfer"),
    unavailable("organizations:DetachPolicy"),
    unavailable("organizations:DisableAWSServiceAccess"),
    unavailable("organizations:DisablePolicyType"),
    unavailable("organizations:EnableAWSServiceAccess"),
    unavailable("organizations:EnableAllFeatures"),
    unavailable("organizations:EnablePolicyType"),
    unavailable("organizations:InviteAccountToOrganization"),
    unavailable("organizations:InviteOrganizationToTransferResponsibility"),
    unavailable("organizations:LeaveOrganization"),
    unavailable("organizations:ListAWSServiceAccessForOrganization"),
    operation::<ListAccounts>(),
    unavailable("organizations:ListAccountsForParent"),
    unavailable("organizations:ListAccountsWithInvalidEffectivePolicy"),
    unavailable("organizations:ListChildren"),
    operation::<ListCreateAccountStatus>(),
    unavailable("organizations:ListDelegatedAdministrators"),
    unavailable("organizations:ListDelegatedServicesForAccount"),
    unavailable("organizations:ListEffectivePolicyValidationErrors"),
    unavailable("organizations:ListHandshakesForAccount"),
    unavailable("organizations:ListHandshakesForOrganization"),
    unavailable("organizations:ListInboundResponsibilityTransfers"),
    unavailable("organizations:ListOrganizationalUnitsForParent"),
    unavailable("organizations:ListOutboundResponsibilityTransfers"),
    operation::<ListParents>(),
    unavailable("organizations:ListPolicies"),
    unavailable("organizations:ListPoliciesForTarget"),
    operation::<ListRoots>(),
    operation::<ListTagsForResource>(),
    unavailable("organizations:ListTargetsForPolicy"),
    unavailable("organizations:MoveAccount"),
    unavailable("organizations:PutResourcePolicy"),
    unavailable("organizations:RegisterDelegatedAdministrator"),
    unavailable("organizations:RemoveAccountFromOrganization"),
    unavailable("organizations:TagResource"),
    unavailable("organizations:TerminateResponsibilityTransfer"),
    unavailable("organizations:UntagResource"),
    unavailable("organizations:UpdateOrganizationalUnit"),
    unavailable("organizations:UpdatePolicy"),
    unavailable("organizations:UpdateResponsibilityTransfer"),
];
