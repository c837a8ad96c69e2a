//! The roles that callers give the service to use: who may pass one, and which can be used at all.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>

use bartizan_gate::{Check, Error, Scope};
use bartizan_wire::Place;

use crate::{error, names::Arn};

/// The service, as roles trust it and as `iam:PassedToService` names it.
pub const PRINCIPAL: &str = "lookoutmetrics.amazonaws.com";

/// That the caller may pass the role to this service. A role's tags are no condition of that, as AWS documents.
///
/// # Errors
/// `AccessDeniedException` if the role is another account's: no permission can allow that.
pub fn may_pass(scope: &Scope<'_>, role: &Arn) -> Result<Check, Error> {
    let account = scope.account().to_string();
    match bartizan_gate::Arn::parse(role.as_str()) {
        Some(arn) if arn.service == "iam" && arn.account != account => Err(error::cross_account_pass_role()),
        _ => Ok(Check::new("iam:PassRole", role.as_str()).key("iam:PassedToService", [PRINCIPAL])),
    }
}

/// That the role is there, and lets the service assume it on behalf of this detector. `place` is where the input
/// has it.
///
/// # Errors
/// `ValidationException` if not.
pub fn must_be_usable(scope: &Scope<'_>, role: &Arn, place: &Place<'_>, detector: &str) -> Result<(), Error> {
    let refuse = |constraint: &str| Err(error::invalid_field(place, Some(role.as_str()), constraint));
    let name = role.as_str().rsplit(['/', ':']).next().unwrap_or_default();
    let found = scope.snapshot.roles.by_name(scope.account(), name).filter(|found| found.arn() == role.as_str());
    let Some(found) = found else {
        return refuse("Member must be the ARN of an IAM role in your account");
    };
    if !scope.service_may_assume(found, PRINCIPAL, detector, scope.account()) {
        return refuse(
            "Member must be a role whose trust policy allows lookoutmetrics.amazonaws.com to assume it for this \
             detector",
        );
    }
    Ok(())
}
