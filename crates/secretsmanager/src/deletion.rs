//! The end of a secret: marked, taken back, swept up.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity::{Secret, SecretVersion};
use bartizan_wire::Shape;
use jiff::{Span, Timestamp};

use crate::{
    error, lookup,
    names::{SecretArn, SecretId, shown_arn},
};

/// For how many days a secret can be restored, if the request does not say.
const DEFAULT_WINDOW: i64 = 30;

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>
#[derive(Debug, Shape)]
pub struct DeleteSecret {
    secret_id: SecretId,
    recovery_window_in_days: Option<i64>,
    force_delete_without_recovery: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct DeleteSecretResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    deletion_date: Option<Timestamp>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html>
#[derive(Debug, Shape)]
pub struct RestoreSecret {
    secret_id: SecretId,
}

#[derive(Debug, Shape)]
pub struct RestoreSecretResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
}

/// Takes a secret and all that it said away.
fn delete(cx: &mut Context<'_>, secret: &Secret) {
    for version in cx.snapshot.pointing_at::<SecretVersion>(secret.account, &secret.arn) {
        cx.delete(&**version);
    }
    cx.delete(secret);
}

/// Takes those of the account's secrets away whose windows are over. Nobody can reach them any more; this is so that
/// they are not kept.
pub fn sweep(cx: &mut Context<'_>) {
    for secret in cx.snapshot.secrets.by_id_after(cx.account(), None) {
        if !lookup::is_there(secret, cx) {
            delete(cx, secret);
        }
    }
}

impl DeleteSecret {
    fn is_forced(&self) -> bool {
        self.force_delete_without_recovery == Some(true)
    }

    /// When the secret can no longer be restored.
    fn deletion(&self, now: Timestamp) -> Result<Timestamp, Error> {
        let days = match (self.recovery_window_in_days, self.is_forced()) {
            (Some(_), true) => {
                let message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
                return Err(error::invalid_parameter(message).into());
            }
            (None, true) => 0,
            (None, false) => DEFAULT_WINDOW,
            (Some(days @ 7..=30), false) => days,
            (Some(_), false) => {
                let message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
                return Err(error::invalid_parameter(message).into());
            }
        };
        now.checked_add(Span::new().hours(24 * days)).map_err(|error| Error::Internal(error.to_string()))
    }
}

impl Operation for DeleteSecret {
    const ACTION: &'static str = "secretsmanager:DeleteSecret";
    const EFFECT: Effect = Effect::Write;
    type Output = DeleteSecretResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let days = self.recovery_window_in_days.map(|days| days.to_string());
        let forced = self.force_delete_without_recovery.map(|forced| forced.to_string());
        let check = lookup::named(scope, &self.secret_id)?
            .check(Self::ACTION)
            .key("secretsmanager:RecoveryWindowInDays", days)
            .key("secretsmanager:ForceDeleteWithoutRecovery", forced);
        Ok(check.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<DeleteSecretResponse, Error> {
        let deletion = self.deletion(cx.now)?;
        let named = lookup::named(cx, &self.secret_id)?;
        let secret = match named.secret() {
            Ok(secret) => secret,
            // "If you forcibly delete an already deleted or nonexistent secret, the operation does not return
            // ResourceNotFoundException."
            Err(_) if self.is_forced() => {
                let (arn, name) = named.unknown();
                return Ok(DeleteSecretResponse {
                    arn: Some(shown_arn(arn)?),
                    name: Some(name.to_owned()),
                    deletion_date: Some(deletion),
                });
            }
            Err(fault) => return Err(fault.into()),
        };
        sweep(cx);
        if self.is_forced() {
            delete(cx, secret);
        } else if secret.deletion.is_some() {
            let message =
                "You can't perform this operation on the secret because it was already scheduled for deletion.";
            return Err(error::invalid_request(message).into());
        } else {
            cx.put(Secret { deletion: Some(deletion), changed: cx.now, ..Secret::clone(secret) });
        }
        Ok(DeleteSecretResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            deletion_date: Some(deletion),
        })
    }
}

impl Operation for RestoreSecret {
    const ACTION: &'static str = "secretsmanager:RestoreSecret";
    const EFFECT: Effect = Effect::Write;
    type Output = RestoreSecretResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<RestoreSecretResponse, Error> {
        let secret = lookup::named(cx, &self.secret_id)?.secret()?;
        if secret.deletion.is_some() {
            cx.put(Secret { deletion: None, changed: cx.now, ..Secret::clone(secret) });
        }
        Ok(RestoreSecretResponse { arn: Some(shown_arn(&secret.arn)?), name: Some(secret.name.clone()) })
    }
}
