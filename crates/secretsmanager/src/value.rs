//! What a secret says: read, and said anew.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_update-secret-value.html>

use std::sync::Arc;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::{Secret, SecretVersion};
use bartizan_wire::{Blob, Shape};
use jiff::{Span, Timestamp};

use crate::{
    error, lookup,
    names::{ClientRequestToken, SecretArn, SecretId, VersionId, VersionStage, VersionStages, shown_arn},
    stage,
};

/// How many versions a secret keeps; labelled ones are never given up, nor are those of the last day.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html>
const MAX_VERSIONS: usize = 100;

/// A value in a request: text or bytes.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    Text(&'a str),
    Bytes(&'a [u8]),
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
#[derive(Debug, Shape)]
pub struct GetSecretValue {
    secret_id: SecretId,
    version_id: Option<VersionId>,
    version_stage: Option<VersionStage>,
}

/// The answer to GetSecretValue. It has no `Debug`.
#[derive(Shape)]
pub struct GetSecretValueResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    version_id: Option<VersionId>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_binary: Option<Blob>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_string: Option<String>,
    version_stages: Option<VersionStages>,
    created_date: Option<Timestamp>,
}

/// It has no `Debug`.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html>
#[derive(Shape)]
pub struct PutSecretValue {
    secret_id: SecretId,
    client_request_token: Option<ClientRequestToken>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_binary: Option<Blob>,
    #[shape(min = 1, max = 65536, sensitive)]
    secret_string: Option<String>,
    version_stages: Option<VersionStages>,
    #[shape(min = 36, max = 256, pattern = r"^[a-zA-Z0-9\-]+$", sensitive)]
    rotation_token: Option<String>,
}

#[derive(Debug, Shape)]
pub struct PutSecretValueResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    version_id: Option<VersionId>,
    version_stages: Option<VersionStages>,
}

impl<'a> Value<'a> {
    /// The value that a request has, if it has one.
    ///
    /// # Errors
    /// `InvalidParameterException` if it has two.
    pub fn of(string: Option<&'a String>, binary: Option<&'a Blob>) -> Result<Option<Self>, Fault> {
        match (string, binary) {
            (Some(_), Some(_)) => {
                let message =
                    "You can't specify both a binary secret value and a string secret value in the same secret.";
                Err(error::invalid_parameter(message))
            }
            (Some(text), None) => Ok(Some(Self::Text(text))),
            (None, Some(bytes)) => Ok(Some(Self::Bytes(&bytes.0))),
            (None, None) => Ok(None),
        }
    }

    const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// Whether a version has this very value.
    pub fn is_of(self, cx: &Context<'_>, version: &SecretVersion) -> Result<bool, Error> {
        let is_binary = matches!(self, Self::Bytes(_));
        Ok(is_binary == version.is_binary && *cx.open_secret_value(version)? == *self.bytes())
    }
}

/// The id that a new version is to have.
///
/// # Errors
/// `InvalidRequestException`: clients of AWS's always give one.
pub fn token(token: Option<&ClientRequestToken>) -> Result<&str, Fault> {
    let message = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
    Ok(token.ok_or_else(|| error::invalid_request(message))?.as_str())
}

/// The version of this id that the secret has.
pub fn version<'a>(scope: &Scope<'a>, secret: &Secret, id: &str) -> Option<&'a Arc<SecretVersion>> {
    scope.snapshot.secret_versions.by_id(secret.account, &SecretVersion::id_of(&secret.arn, id))
}

/// Gives the secret a new version, and that these labels. The first version is the current one.
///
/// # Errors
/// `LimitExceededException` if there are too many versions or labels.
pub fn add_version(
    cx: &mut Context<'_>,
    secret: &mut Secret,
    value: Value<'_>,
    id: &str,
    labels: &[&str],
) -> Result<(), Error> {
    let old: Vec<&Arc<SecretVersion>> = cx.snapshot.pointing_at::<SecretVersion>(secret.account, &secret.arn).collect();
    if old.is_empty() {
        stage::attach(&mut secret.stages, stage::CURRENT, id)?;
    }
    for label in labels {
        stage::attach(&mut secret.stages, label, id)?;
    }
    make_room(cx, secret, old)?;
    let id = SecretVersion::id_of(&secret.arn, id);
    let is_binary = matches!(value, Value::Bytes(_));
    let sealed = cx.seal_secret_value(&SecretVersion::place(&id, is_binary), value.bytes())?;
    secret.changed = cx.now;
    cx.put(SecretVersion {
        account: secret.account,
        secret: secret.arn.clone(),
        created: cx.now,
        is_binary,
        value: sealed,
        id,
    });
    Ok(())
}

/// Gives up the oldest versions that have no label and are older than a day, so that one more has room.
fn make_room(cx: &mut Context<'_>, secret: &Secret, mut old: Vec<&Arc<SecretVersion>>) -> Result<(), Error> {
    let mut surplus = (old.len() + 1).saturating_sub(MAX_VERSIONS);
    let yesterday = cx.now.checked_sub(Span::new().hours(24)).unwrap_or(Timestamp::MIN);
    old.sort_by_key(|version| version.created);
    for version in old {
        let is_labelled = secret.stages.values().any(|id| id == version.version());
        if surplus > 0 && !is_labelled && version.created < yesterday {
            cx.delete(&**version);
            surplus -= 1;
        }
    }
    if surplus > 0 {
        let message = format!("You can't have more than {MAX_VERSIONS} versions of a secret.");
        return Err(error::limit_exceeded(message).into());
    }
    Ok(())
}

/// A name in an answer.
pub fn shown_version(id: &str) -> Result<Option<VersionId>, Error> {
    Ok(Some(VersionId::new(id)?))
}

impl GetSecretValue {
    /// The stage that is asked for: the current one where nothing is.
    fn stage(&self) -> Option<&str> {
        match (&self.version_id, &self.version_stage) {
            (None, None) => Some(stage::CURRENT),
            (_, stage) => stage.as_ref().map(VersionStage::as_str),
        }
    }

    /// The id of the version that is asked for.
    fn version<'a>(&'a self, secret: &'a Secret) -> Result<&'a str, Fault> {
        let labelled = |stage: &str| {
            let message = format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
            secret.stages.get(stage).map(String::as_str).ok_or_else(|| error::not_found(message))
        };
        match (self.version_id.as_ref().map(VersionId::as_str), self.stage()) {
            (Some(id), Some(stage)) if secret.stages.get(stage).is_none_or(|labelled| labelled != id) => {
                let message = "You provided a VersionStage that is not associated to the provided VersionId.";
                Err(error::invalid_request(message))
            }
            (Some(id), _) => Ok(id),
            (None, stage) => labelled(stage.unwrap_or(stage::CURRENT)),
        }
    }
}

impl Operation for GetSecretValue {
    const ACTION: &'static str = "secretsmanager:GetSecretValue";
    const EFFECT: Effect = Effect::Read;
    type Output = GetSecretValueResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let check = lookup::named(scope, &self.secret_id)?.check(Self::ACTION);
        let check = check.key("secretsmanager:VersionId", self.version_id.as_ref().map(VersionId::as_str));
        Ok(check.key("secretsmanager:VersionStage", self.stage()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetSecretValueResponse, Error> {
        let secret = lookup::named(cx, &self.secret_id)?.usable()?;
        let id = self.version(secret)?;
        let found = version(cx, secret, id).ok_or_else(|| {
            error::not_found(format!("Secrets Manager can't find the specified secret value for VersionId: {id}"))
        })?;
        let clear = cx.open_secret_value(found)?;
        let (mut secret_string, mut secret_binary) = (None, None);
        if found.is_binary {
            secret_binary = Some(Blob(clear.to_vec()));
        } else {
            let text = std::str::from_utf8(&clear).map_err(|_| Error::Internal(format!("{} is no text", found.id)))?;
            secret_string = Some(text.to_owned());
        }
        Ok(GetSecretValueResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            version_id: shown_version(id)?,
            secret_binary,
            secret_string,
            version_stages: stage::shown(&secret.stages, id),
            created_date: Some(found.created),
        })
    }
}

impl Operation for PutSecretValue {
    const ACTION: &'static str = "secretsmanager:PutSecretValue";
    const EFFECT: Effect = Effect::Write;
    type Output = PutSecretValueResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<PutSecretValueResponse, Error> {
        let mut secret = Secret::clone(lookup::named(cx, &self.secret_id)?.usable()?);
        if self.rotation_token.is_some() {
            return Err(error::not_available("RotationToken", "rotation is").into());
        }
        let value = Value::of(self.secret_string.as_ref(), self.secret_binary.as_ref())?;
        let message = "You must provide either SecretString or SecretBinary.";
        let value = value.ok_or_else(|| error::invalid_request(message))?;
        let id = token(self.client_request_token.as_ref())?;
        match version(cx, &secret, id) {
            // The same again is no mistake; something else is.
            Some(old) if value.is_of(cx, old)? => {}
            Some(_) => return Err(error::in_use(id, &secret.arn).into()),
            None => {
                let labels: Vec<&str> = match &self.version_stages {
                    Some(stages) => stages.as_slice().iter().map(VersionStage::as_str).collect(),
                    None => vec![stage::CURRENT],
                };
                add_version(cx, &mut secret, value, id, &labels)?;
                cx.put(secret.clone());
            }
        }
        Ok(PutSecretValueResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            version_id: shown_version(id)?,
            version_stages: stage::shown(&secret.stages, id),
        })
    }
}
