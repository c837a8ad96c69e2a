//! Versions of a secret: listed, and moved from one staging label to another.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version>

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity::{Secret, SecretVersion};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    error, lookup,
    names::{SecretArn, SecretId, VersionId, VersionStage, VersionStages, shown_arn},
    page::{self, MaxResults, NextToken},
    stage,
    value::{shown_version, version},
};

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html>
#[derive(Debug, Shape)]
pub struct ListSecretVersionIds {
    secret_id: SecretId,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
    include_deprecated: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct ListSecretVersionIdsResponse {
    versions: Option<Vec<SecretVersionsListEntry>>,
    next_token: Option<NextToken>,
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
}

/// A version in a list. When it was last read is not kept, and there are no keys of AWS KMS.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretVersionsListEntry.html>
#[derive(Debug, Shape)]
pub struct SecretVersionsListEntry {
    version_id: Option<VersionId>,
    version_stages: Option<VersionStages>,
    last_accessed_date: Option<Timestamp>,
    created_date: Option<Timestamp>,
    kms_key_ids: Option<Vec<KmsKeyId>>,
}

/// A key of AWS KMS (`KmsKeyIdType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 0, max = 2048)]
pub struct KmsKeyId(String);

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html>
#[derive(Debug, Shape)]
pub struct UpdateSecretVersionStage {
    secret_id: SecretId,
    version_stage: VersionStage,
    remove_from_version_id: Option<VersionId>,
    move_to_version_id: Option<VersionId>,
}

#[derive(Debug, Shape)]
pub struct UpdateSecretVersionStageResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
}

impl Operation for ListSecretVersionIds {
    const ACTION: &'static str = "secretsmanager:ListSecretVersionIds";
    const EFFECT: Effect = Effect::Read;
    type Output = ListSecretVersionIdsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListSecretVersionIdsResponse, Error> {
        let secret = lookup::named(cx, &self.secret_id)?.secret()?;
        let deprecated = self.include_deprecated == Some(true);
        let versions = cx
            .snapshot
            .pointing_at::<SecretVersion>(secret.account, &secret.arn)
            .filter(|version| deprecated || secret.stages.values().any(|id| id == version.version()));
        let list = format!("{} {} {deprecated}", Self::ACTION, secret.arn);
        let (page, next_token) =
            page::take(cx, &list, self.next_token.as_ref(), self.max_results, versions, false, |version| {
                version.id.clone()
            })?;
        let entry = |version: &SecretVersion| -> Result<SecretVersionsListEntry, Error> {
            Ok(SecretVersionsListEntry {
                version_id: shown_version(version.version())?,
                version_stages: stage::shown(&secret.stages, version.version()),
                last_accessed_date: None,
                created_date: Some(version.created),
                kms_key_ids: None,
            })
        };
        Ok(ListSecretVersionIdsResponse {
            versions: Some(page.into_iter().map(|version| entry(version)).collect::<Result<_, _>>()?),
            next_token,
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
        })
    }
}

impl UpdateSecretVersionStage {
    /// Whether the label is where the request says, and may leave it.
    fn check_removal(&self, secret: &Secret) -> Result<(), Error> {
        let label = self.version_stage.as_str();
        let attached = secret.stages.get(label).map(String::as_str);
        let (from, to) = (self.remove_from_version_id.as_ref(), self.move_to_version_id.as_ref());
        let message = match (attached, from.map(VersionId::as_str), to.map(VersionId::as_str)) {
            (_, None, None) => "You must provide RemoveFromVersionId, MoveToVersionId or both.".to_owned(),
            (Some(attached), Some(from), None) if attached == from && label == stage::CURRENT => format!(
                "You can only move staging label {label} to a different secret version. It can't be completely removed."
            ),
            (Some(attached), None, Some(to)) if attached != to => format!(
                "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to \
                 version {attached}, so you must explicitly reference that version in RemoveFromVersionId."
            ),
            (attached, Some(from), _) if attached != Some(from) => {
                format!("The staging label {label} is not attached to version {from}.")
            }
            _ => return Ok(()),
        };
        Err(error::invalid_parameter(message).into())
    }
}

impl Operation for UpdateSecretVersionStage {
    const ACTION: &'static str = "secretsmanager:UpdateSecretVersionStage";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateSecretVersionStageResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let check = lookup::named(scope, &self.secret_id)?.check(Self::ACTION);
        Ok(check.key("secretsmanager:VersionStage", [self.version_stage.as_str()]).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<UpdateSecretVersionStageResponse, Error> {
        let mut secret = Secret::clone(lookup::named(cx, &self.secret_id)?.usable()?);
        self.check_removal(&secret)?;
        let label = self.version_stage.as_str();
        match &self.move_to_version_id {
            Some(to) => {
                version(cx, &secret, to.as_str())
                    .ok_or_else(|| error::not_found("Secrets Manager can't find the specified secret version."))?;
                stage::attach(&mut secret.stages, label, to.as_str())?;
            }
            None => {
                secret.stages.remove(label);
            }
        }
        secret.changed = cx.now;
        let answer =
            UpdateSecretVersionStageResponse { arn: Some(shown_arn(&secret.arn)?), name: Some(secret.name.clone()) };
        cx.put(secret);
        Ok(answer)
    }
}
