//! Whose organization it is, and who is in it.
//!
//! Most operations are the management account's alone. A delegated administrator could call them too; there are none
//! in this version.

use std::sync::Arc;

use bartizan_gate::{Check, Error, Scope};
use bartizan_store::{
    Snapshot,
    entity::{Account, Organization},
};

use crate::{arn, error};

/// The organization of the caller's account.
///
/// # Errors
/// `AWSOrganizationsNotInUseException` if it is in none.
pub fn organization<'a>(scope: &Scope<'a>) -> Result<&'a Arc<Organization>, Error> {
    Ok(scope.snapshot.organization_of(scope.account()).ok_or_else(error::not_in_use)?)
}

/// The organization that the caller's account manages.
///
/// # Errors
/// `AWSOrganizationsNotInUseException` if it is in none; `AccessDeniedException` if it is a member account.
pub fn managed<'a>(scope: &Scope<'a>) -> Result<&'a Arc<Organization>, Error> {
    let organization = organization(scope)?;
    if organization.account == scope.account() { Ok(organization) } else { Err(error::access_denied().into()) }
}

/// The organization's accounts, the management account among them, in the order of their ids.
pub fn accounts<'a>(snapshot: &'a Snapshot, organization: &'a Organization) -> impl Iterator<Item = &'a Arc<Account>> {
    snapshot.accounts.everywhere().filter(|account| belongs(account, organization))
}

/// The account of this id, if it is in the organization.
pub fn account<'a>(snapshot: &'a Snapshot, organization: &Organization, id: &str) -> Option<&'a Arc<Account>> {
    snapshot.account(id.parse().ok()?).filter(|account| belongs(account, organization))
}

fn belongs(account: &Account, organization: &Organization) -> bool {
    account.organization.as_deref() == Some(organization.id.as_str())
}

/// The check of an action on an account of the caller's organization, whether or not it is there; on `*` if the caller's
/// account manages none: it has no accounts to be asked about, and the operation will say no without looking for one.
pub fn account_check(action: &'static str, scope: &Scope<'_>, id: &str) -> Check {
    let Ok(organization) = managed(scope) else {
        return Check::new(action, "*");
    };
    let tags = account(scope.snapshot, organization, id).map(|account| account.tags.as_slice()).unwrap_or_default();
    Check::new(action, arn::account(organization, id)).resource_tags(tags)
}
