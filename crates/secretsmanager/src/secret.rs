//! Secrets: made, told of, changed.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_create-basic-secret.html>

use std::collections::BTreeMap;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity::{self, Secret};
use bartizan_wire::{Blob, Shape};
use jiff::Timestamp;

use crate::{
    deletion, error, lookup,
    names::{
        self, ClientRequestToken, SUFFIX, SUFFIX_LETTERS, SecretArn, SecretId, VersionId, VersionStages, shown_arn,
    },
    stage,
    tag::{self, Tag},
    value::{self, Value, shown_version},
};

/// The one key that there is, and that is meant where none is named: AWS's own.
const OWN_KEY: &str = "alias/aws/secretsmanager";

/// It has no `Debug`.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>
#[derive(Shape)]
pub struct CreateSecret {
    #[shape(min = 1, max = 512)]
    name: String,
    client_request_token: Option<ClientRequestToken>,
    #[shape(max = 2048)]
    description: Option<String>,
    #[shape(min = 0, max = 2048)]
    kms_key_id: Option<String>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_binary: Option<Blob>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_string: Option<String>,
    tags: Option<Vec<Tag>>,
    add_replica_regions: Option<ReplicaRegions>,
    force_overwrite_replica_secret: Option<bool>,
    #[shape(min = 0, max = 256)]
    r#type: Option<String>,
    #[shape(name = "CrossAccountPrimaryARN")]
    cross_account_primary_arn: Option<SecretArn>,
}

/// Where a secret is to be besides (`AddReplicaRegionListType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1)]
pub struct ReplicaRegions(Vec<ReplicaRegionType>);

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicaRegionType.html>
#[derive(Debug, Clone, Shape)]
pub struct ReplicaRegionType {
    #[shape(min = 1, max = 128, pattern = r"^([a-z]+-)+\d+$")]
    region: Option<String>,
    #[shape(min = 0, max = 2048)]
    kms_key_id: Option<String>,
}

#[derive(Debug, Shape)]
pub struct CreateSecretResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    version_id: Option<VersionId>,
    replication_status: Option<Vec<ReplicationStatusType>>,
}

/// How a replica is. There are none.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicationStatusType.html>
#[derive(Debug, Shape)]
pub struct ReplicationStatusType {
    #[shape(min = 1, max = 128, pattern = r"^([a-z]+-)+\d+$")]
    region: Option<String>,
    #[shape(min = 0, max = 2048)]
    kms_key_id: Option<String>,
    status: Option<StatusType>,
    #[shape(min = 1, max = 4096)]
    status_message: Option<String>,
    last_accessed_date: Option<Timestamp>,
}

/// How far a replica is.
#[derive(Debug, Clone, Copy, Shape)]
pub enum StatusType {
    InSync,
    Failed,
    InProgress,
    Pending,
    Detached,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>
#[derive(Debug, Shape)]
pub struct DescribeSecret {
    secret_id: SecretId,
}

/// What a secret is like, in the members of DescribeSecret. Those of rotation, replication and AWS KMS are never there,
/// nor is when it was last read, which is not kept.
#[derive(Debug, Default, Shape)]
pub struct DescribeSecretResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    #[shape(min = 0, max = 256)]
    r#type: Option<String>,
    #[shape(max = 2048)]
    description: Option<String>,
    #[shape(min = 0, max = 2048)]
    kms_key_id: Option<String>,
    rotation_enabled: Option<bool>,
    #[shape(name = "RotationLambdaARN", min = 0, max = 2048)]
    rotation_lambda_arn: Option<String>,
    rotation_rules: Option<RotationRulesType>,
    external_secret_rotation_metadata: Option<Vec<ExternalSecretRotationMetadataItem>>,
    #[shape(min = 20, max = 2048)]
    external_secret_rotation_role_arn: Option<String>,
    last_rotated_date: Option<Timestamp>,
    last_changed_date: Option<Timestamp>,
    last_accessed_date: Option<Timestamp>,
    deleted_date: Option<Timestamp>,
    next_rotation_date: Option<Timestamp>,
    tags: Option<Vec<Tag>>,
    version_ids_to_stages: Option<BTreeMap<VersionId, VersionStages>>,
    #[shape(min = 1, max = 128)]
    owning_service: Option<String>,
    created_date: Option<Timestamp>,
    #[shape(min = 1, max = 128, pattern = r"^([a-z]+-)+\d+$")]
    primary_region: Option<String>,
    replication_status: Option<Vec<ReplicationStatusType>>,
    cross_account_primary: Option<CrossAccountPrimaryType>,
    cross_account_replicas: Option<CrossAccountReplicas>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html>
#[derive(Debug, Shape)]
pub struct RotationRulesType {
    #[shape(min = 1, max = 1000)]
    automatically_after_days: Option<i64>,
    #[shape(min = 2, max = 3, pattern = r"[0-9]+h")]
    duration: Option<String>,
    #[shape(min = 1, max = 256, pattern = r"[0-9A-Za-z\(\)#\?\*\-\/, ]+")]
    schedule_expression: Option<String>,
}

/// What a secret of a partner's is rotated with.
#[derive(Debug, Shape)]
pub struct ExternalSecretRotationMetadataItem {
    #[shape(min = 1, max = 256)]
    key: Option<String>,
    #[shape(min = 1, max = 2048)]
    value: Option<String>,
}

/// What a secret is a replica of.
#[derive(Debug, Shape)]
pub struct CrossAccountPrimaryType {
    #[shape(name = "PrimarySecretARN")]
    primary_secret_arn: Option<SecretArn>,
    replication_status: Option<StatusType>,
    #[shape(min = 1, max = 4096)]
    status_message: Option<String>,
}

/// A secret's replicas in other accounts (`CrossAccountReplicaListType`).
#[derive(Debug, Shape)]
#[shape(min = 1, max = 100)]
pub struct CrossAccountReplicas(Vec<CrossAccountReplicaEntry>);

/// A replica in another account.
#[derive(Debug, Shape)]
pub struct CrossAccountReplicaEntry {
    #[shape(name = "ReplicaSecretARN")]
    replica_secret_arn: Option<SecretArn>,
    #[shape(name = "ReplicationRoleARN", min = 20, max = 2048)]
    replication_role_arn: Option<String>,
    replication_status: Option<StatusType>,
    #[shape(min = 1, max = 4096)]
    status_message: Option<String>,
}

/// It has no `Debug`.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html>
#[derive(Shape)]
pub struct UpdateSecret {
    secret_id: SecretId,
    client_request_token: Option<ClientRequestToken>,
    #[shape(max = 2048)]
    description: Option<String>,
    #[shape(min = 0, max = 2048)]
    kms_key_id: Option<String>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_binary: Option<Blob>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_string: Option<String>,
    #[shape(min = 0, max = 256)]
    r#type: Option<String>,
}

#[derive(Debug, Shape)]
pub struct UpdateSecretResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    version_id: Option<VersionId>,
}

/// Refuses keys that are not there.
fn check_key(kms_key_id: Option<&str>) -> Result<(), Error> {
    match kms_key_id {
        None | Some("" | OWN_KEY) => Ok(()),
        Some(_) => Err(error::not_available("KmsKeyId", "keys of AWS KMS are").into()),
    }
}

/// Each version that has a label, and its labels.
///
/// # Errors
/// Only if what is stored makes no answer.
pub fn versions_to_stages(secret: &Secret) -> Result<Option<BTreeMap<VersionId, VersionStages>>, Error> {
    let versions = secret.stages.values().map(|id| -> Result<_, Error> {
        let labels = stage::shown(&secret.stages, id);
        Ok((VersionId::new(id.as_str())?, labels.ok_or_else(|| Error::Internal(format!("{id} has no labels")))?))
    });
    let versions: BTreeMap<_, _> = versions.collect::<Result<_, _>>()?;
    Ok(Some(versions).filter(|versions| !versions.is_empty()))
}

impl CreateSecret {
    fn tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }

    /// Refuses what this version does not have.
    fn check_available(&self) -> Result<(), Error> {
        check_key(self.kms_key_id.as_deref())?;
        let replicas = ("replicas in other Regions are", self.add_replica_regions.is_some());
        for (parameter, (what, is_given)) in [
            ("AddReplicaRegions", replicas),
            ("Type", ("secrets of partners are", self.r#type.is_some())),
            ("CrossAccountPrimaryARN", ("replicas in other accounts are", self.cross_account_primary_arn.is_some())),
        ] {
            if is_given {
                return Err(error::not_available(parameter, what).into());
            }
        }
        Ok(())
    }

    /// The answer where there is such a secret: the same request again is no mistake.
    fn again(&self, cx: &Context<'_>, old: &Secret, value: Option<Value<'_>>) -> Result<CreateSecretResponse, Error> {
        if old.deletion.is_some() {
            let message =
                "You can't create this secret because a secret with this name is already scheduled for deletion.";
            return Err(error::invalid_request(message).into());
        }
        if let (Some(value), Some(token)) = (value, &self.client_request_token)
            && let Some(version) = value::version(cx, old, token.as_str())
            && value.is_of(cx, version)?
        {
            return answer(old, Some(token.as_str()));
        }
        Err(error::exists(format!("The operation failed because the secret {} already exists.", self.name)).into())
    }
}

fn answer(secret: &Secret, version: Option<&str>) -> Result<CreateSecretResponse, Error> {
    Ok(CreateSecretResponse {
        arn: Some(shown_arn(&secret.arn)?),
        name: Some(secret.name.clone()),
        version_id: version.map(shown_version).transpose()?.flatten(),
        replication_status: None,
    })
}

impl Operation for CreateSecret {
    const ACTION: &'static str = "secretsmanager:CreateSecret";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateSecretResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        names::check(&self.name)?;
        let tags = self.tags()?;
        let arn = lookup::of_no_secret(&names::arn_start(scope.region, scope.account(), &self.name));
        let regions = self.add_replica_regions.iter().flat_map(|regions| regions.as_slice());
        let forced = self.force_overwrite_replica_secret.map(|forced| forced.to_string());
        let check = Check::new(Self::ACTION, arn.as_str())
            .request_tags(&tags)
            .key("secretsmanager:Name", [self.name.as_str()])
            .key("secretsmanager:Description", self.description.as_deref())
            .key("secretsmanager:KmsKeyId", self.kms_key_id.as_deref())
            .key("secretsmanager:AddReplicaRegions", regions.filter_map(|region| region.region.as_deref()))
            .key("secretsmanager:ForceOverwriteReplicaSecret", forced);
        let mut checks = vec![check];
        if !tags.is_empty() {
            checks.push(Check::new("secretsmanager:TagResource", arn).request_tags(&tags));
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreateSecretResponse, Error> {
        self.check_available()?;
        let value = Value::of(self.secret_string.as_ref(), self.secret_binary.as_ref())?;
        if let Some(old) = lookup::of_name(cx, cx.account(), &self.name) {
            return self.again(cx, old, value);
        }
        deletion::sweep(cx);
        if cx.snapshot.secrets.count(cx.account()) >= cx.quotas().secrets {
            return Err(error::limit_exceeded("You have reached the quota for secrets in this account.").into());
        }
        let start = names::arn_start(cx.region, cx.account(), &self.name);
        let mut secret = Secret {
            account: cx.account(),
            arn: format!("{start}{}", cx.random_text(SUFFIX_LETTERS, SUFFIX)?),
            name: self.name.clone(),
            description: self.description.clone(),
            created: cx.now,
            changed: cx.now,
            deletion: None,
            stages: BTreeMap::new(),
            policy: None,
            tags: self.tags()?,
        };
        let mut version = None;
        if let Some(value) = value {
            let id = value::token(self.client_request_token.as_ref())?;
            value::add_version(cx, &mut secret, value, id, &[])?;
            version = Some(id);
        }
        let answer = answer(&secret, version)?;
        cx.put(secret);
        Ok(answer)
    }
}

impl Operation for DescribeSecret {
    const ACTION: &'static str = "secretsmanager:DescribeSecret";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeSecretResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<DescribeSecretResponse, Error> {
        let secret = lookup::named(cx, &self.secret_id)?.secret()?;
        Ok(DescribeSecretResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            description: secret.description.clone(),
            last_changed_date: Some(secret.changed),
            deleted_date: secret.deletion,
            tags: tag::shown(&secret.tags)?,
            version_ids_to_stages: versions_to_stages(secret)?,
            created_date: Some(secret.created),
            ..DescribeSecretResponse::default()
        })
    }
}

impl Operation for UpdateSecret {
    const ACTION: &'static str = "secretsmanager:UpdateSecret";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateSecretResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let check = lookup::named(scope, &self.secret_id)?
            .check(Self::ACTION)
            .key("secretsmanager:Description", self.description.as_deref())
            .key("secretsmanager:KmsKeyId", self.kms_key_id.as_deref());
        Ok(check.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<UpdateSecretResponse, Error> {
        let mut secret = Secret::clone(lookup::named(cx, &self.secret_id)?.usable()?);
        check_key(self.kms_key_id.as_deref())?;
        if self.r#type.is_some() {
            return Err(error::not_available("Type", "secrets of partners are").into());
        }
        let mut version_id = None;
        if let Some(value) = Value::of(self.secret_string.as_ref(), self.secret_binary.as_ref())? {
            let id = value::token(self.client_request_token.as_ref())?;
            // "If you call this operation with a ClientRequestToken that matches an existing version's VersionId, the
            // operation results in an error."
            if value::version(cx, &secret, id).is_some() {
                return Err(error::in_use(id, &secret.arn).into());
            }
            value::add_version(cx, &mut secret, value, id, &[stage::CURRENT])?;
            version_id = shown_version(id)?;
        }
        if let Some(description) = &self.description {
            secret.description = Some(description.clone()).filter(|description| !description.is_empty());
        }
        secret.changed = cx.now;
        let answer =
            UpdateSecretResponse { arn: Some(shown_arn(&secret.arn)?), name: Some(secret.name.clone()), version_id };
        cx.put(secret);
        Ok(answer)
    }
}
