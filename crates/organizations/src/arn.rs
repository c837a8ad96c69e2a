//! The ARNs of what an organization has. All of them are the management account's.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html>

use bartizan_store::entity::Organization;

/// `arn:aws:organizations::MANAGEMENT:organization/o-…`
pub fn organization(organization: &Organization) -> String {
    let Organization { account, id, .. } = organization;
    format!("arn:aws:organizations::{account}:organization/{id}")
}

/// `arn:aws:organizations::MANAGEMENT:account/o-…/ACCOUNT`
pub fn account(organization: &Organization, member: &str) -> String {
    let Organization { account, id, .. } = organization;
    format!("arn:aws:organizations::{account}:account/{id}/{member}")
}

/// `arn:aws:organizations::MANAGEMENT:root/o-…/r-…`
pub fn root(organization: &Organization, root: &str) -> String {
    let Organization { account, id, .. } = organization;
    format!("arn:aws:organizations::{account}:root/{id}/{root}")
}
