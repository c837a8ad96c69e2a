//! Finding what a request names, for its checks and for its run.
//!
//! The checks of a secret that is not there are on the ARN that it would have, and a refusal calls a secret as the request
//! does: only who may ask at all learns whether it is there, and which six letters its ARN ends in.

use std::sync::Arc;

use bartizan_gate::{Arn, Check, Fault, Scope};
use bartizan_store::{AccountId, entity::Secret};

use crate::{
    error,
    names::{self, SUFFIX, SecretId},
};

/// The secret that a request names, or that it would name if it were there.
pub struct Named<'a> {
    arn: String,
    asked: String,
    secret: Option<&'a Arc<Secret>>,
}

/// What a name or an ARN means to this caller, in this Region.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen>
///
/// # Errors
/// `ValidationException` if it is neither.
pub fn named<'a>(scope: &Scope<'a>, id: &SecretId) -> Result<Named<'a>, Fault> {
    let asked = id.as_str();
    if !asked.starts_with("arn:") {
        names::check(asked)?;
        let secret = of_name(scope, scope.account(), asked);
        return Ok(Named::new(asked, secret, || of_no_secret(&names::arn_start(scope.region, scope.account(), asked))));
    }
    let arn = Arn::parse(asked).filter(|arn| arn.partition == "aws" && arn.service == "secretsmanager");
    let arn = arn.ok_or_else(error::invalid_name)?;
    let name = arn.resource.strip_prefix("secret:").ok_or_else(error::invalid_name)?;
    let account = arn.account.parse().map_err(|_| error::invalid_name())?;
    names::check(name)?;
    let is_whole = names::has_suffix(name);
    let secret = match arn.region == scope.region {
        true if is_whole => scope.snapshot.secrets.by_id(account, asked).filter(|secret| is_there(secret, scope)),
        true => of_name(scope, account, name),
        false => None,
    };
    Ok(Named::new(asked, secret, || if is_whole { asked.to_owned() } else { of_no_secret(&format!("{asked}-")) }))
}

/// The account's secret of this name in this Region, one that is marked for deletion included.
pub fn of_name<'a>(scope: &Scope<'a>, account: AccountId, name: &str) -> Option<&'a Arc<Secret>> {
    let start = names::arn_start(scope.region, account, name);
    scope
        .snapshot
        .secrets
        .by_id_after(account, Some(&start))
        .take_while(|secret| secret.arn.starts_with(&start))
        .find(|secret| secret.name == name && is_there(secret, scope))
}

/// Whether a secret is there still: not when the window in which it could be restored is over, swept up or not.
pub fn is_there(secret: &Secret, scope: &Scope<'_>) -> bool {
    secret.deletion.is_none_or(|deletion| deletion > scope.now)
}

/// The ARN that a secret would have: any letters at its end.
pub fn of_no_secret(start: &str) -> String {
    format!("{start}{}", "?".repeat(SUFFIX))
}

impl<'a> Named<'a> {
    fn new(asked: &str, secret: Option<&'a Arc<Secret>>, arn: impl FnOnce() -> String) -> Self {
        let arn = secret.map_or_else(arn, |secret| secret.arn.clone());
        Self { arn, asked: asked.to_owned(), secret }
    }

    /// The ARN that it would have, without letters that nobody knows, and its name.
    pub fn unknown(&self) -> (&str, &str) {
        let arn = self.arn.trim_end_matches('?').trim_end_matches('-');
        let name = arn.splitn(7, ':').last().unwrap_or_default();
        let whole = name.rsplit_once('-').filter(|_| names::has_suffix(name));
        (arn, whole.map_or(name, |(name, _)| name))
    }

    /// A check of `action` on the secret, with the policy and the tags that it has.
    ///
    /// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html>
    pub fn check(&self, action: &'static str) -> Check {
        self.check_as(action, self.secret.map(AsRef::as_ref))
    }

    /// The same as if the secret were this one.
    pub fn check_as(&self, action: &'static str, secret: Option<&Secret>) -> Check {
        let mut check = Check::new(action, self.arn.as_str())
            .shown_as(&self.asked)
            .key("secretsmanager:SecretId", [self.arn.as_str()])
            .key("secretsmanager:SecretPrimaryRegion", self.arn.split(':').nth(3));
        if let Some(secret) = secret {
            for tag in &secret.tags {
                check = check.key(format!("secretsmanager:ResourceTag/{}", tag.key), [tag.value.as_str()]);
            }
            check = check.resource_tags(&secret.tags).policy(secret.policy.clone());
        }
        check
    }

    /// The secret, marked for deletion or not.
    ///
    /// # Errors
    /// `ResourceNotFoundException`
    pub fn secret(&self) -> Result<&'a Arc<Secret>, Fault> {
        self.secret.ok_or_else(error::secret_not_found)
    }

    /// The secret, if it is not marked for deletion.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `InvalidRequestException`
    pub fn usable(&self) -> Result<&'a Arc<Secret>, Fault> {
        let secret = self.secret()?;
        if secret.deletion.is_some() { Err(error::marked_for_deletion()) } else { Ok(secret) }
    }
}
