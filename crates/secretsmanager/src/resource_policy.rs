//! A secret's own policy: who may do what with it, besides what identity-based policies say.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html>

use bartizan_gate::{
    Checks, Context, Effect, Error, Fault, Operation, Scope,
    principals::{self, UnknownPrincipal},
};
use bartizan_policy::{Kind, MapError, Policy};
use bartizan_store::{Document, Snapshot, entity::Secret};
use bartizan_wire::Shape;
use serde_json::Value;

use crate::{
    error, lookup,
    names::{SecretArn, SecretId, shown_arn},
};

/// The one policy that a secret can have is called so.
const DEFAULT: &str = "default";
/// What ValidateResourcePolicy calls its check that not everybody is let in.
const PUBLIC_ACCESS: &str = "PublicAccess";

/// The JSON of a policy (`NonEmptyResourcePolicyType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 20480)]
pub struct ResourcePolicy(String);

/// The name of a policy (`ResourcePolicyNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 64, pattern = r"[0-9A-Za-z\-\_]+")]
pub struct PolicyName(String);

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html>
#[derive(Debug, Shape)]
pub struct PutResourcePolicy {
    secret_id: SecretId,
    resource_policy: ResourcePolicy,
    policy_name: Option<PolicyName>,
    block_public_policy: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct PutResourcePolicyResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 512)]
    name: Option<String>,
    policy_name: Option<PolicyName>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>
#[derive(Debug, Shape)]
pub struct GetResourcePolicy {
    secret_id: SecretId,
    policy_name: Option<PolicyName>,
}

#[derive(Debug, Shape)]
pub struct GetResourcePolicyResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 512)]
    name: Option<String>,
    #[shape(min = 1, max = 20480)]
    resource_policy: Option<String>,
    policy_name: Option<PolicyName>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html>
#[derive(Debug, Shape)]
pub struct DeleteResourcePolicy {
    secret_id: SecretId,
    policy_name: Option<PolicyName>,
}

#[derive(Debug, Shape)]
pub struct DeleteResourcePolicyResponse {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 512)]
    name: Option<String>,
    policy_name: Option<PolicyName>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html>
#[derive(Debug, Shape)]
pub struct ValidateResourcePolicy {
    secret_id: Option<SecretId>,
    resource_policy: ResourcePolicy,
}

#[derive(Debug, Shape)]
pub struct ValidateResourcePolicyResponse {
    policy_validation_passed: Option<bool>,
    validation_errors: Option<Vec<ValidationErrorsEntry>>,
}

/// What is wrong with a policy.
#[derive(Debug, Shape)]
pub struct ValidationErrorsEntry {
    #[shape(min = 1, max = 512)]
    check_name: Option<String>,
    error_message: Option<String>,
}

/// A policy as it is stored: users and roles by unique id.
///
/// # Errors
/// `MalformedPolicyDocumentException` if it is none, or names somebody who is not there.
fn stored(snapshot: &Snapshot, text: &str) -> Result<Document, Fault> {
    Policy::parse(text, Kind::Resource).map_err(|malformed| error::malformed_policy(malformed.to_string()))?;
    principals::with_ids(snapshot, text, Kind::Resource).map_err(|error| match error {
        MapError::Malformed(malformed) => error::malformed_policy(malformed.to_string()),
        MapError::Refused(UnknownPrincipal(_)) => {
            error::malformed_policy("This resource policy contains an invalid principal.")
        }
    })
}

/// Whether some statement lets everybody do something, whatever its conditions: those of AWS are weighed by automated
/// reasoning, and what is not understood is not taken for narrow.
fn is_public(text: &str) -> bool {
    let Ok(document) = serde_json::from_str::<Value>(text) else { return true };
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(statement) => std::slice::from_ref(statement),
        None => &[],
    };
    statements.iter().any(|statement| {
        let denies = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
        let everyone = match statement.get("Principal") {
            Some(Value::Object(kinds)) => kinds.values().any(names_everyone),
            Some(names) => names_everyone(names),
            // NotPrincipal: everybody but some.
            None => true,
        };
        !denies && everyone
    })
}

fn names_everyone(names: &Value) -> bool {
    match names {
        Value::Array(names) => names.iter().any(names_everyone),
        name => name.as_str() == Some("*"),
    }
}

/// Refuses policies of other names: "You can only attach the default policy; if you specify any other name, the operation
/// returns an InvalidParameterException."
fn check_name(name: Option<&PolicyName>) -> Result<(), Fault> {
    match name.map(PolicyName::as_str) {
        None | Some(DEFAULT) => Ok(()),
        Some(_) => Err(error::invalid_parameter(format!("PolicyName must be {DEFAULT}."))),
    }
}

/// The name in answers.
fn shown_name() -> Result<Option<PolicyName>, Error> {
    Ok(Some(PolicyName::new(DEFAULT)?))
}

impl Operation for PutResourcePolicy {
    const ACTION: &'static str = "secretsmanager:PutResourcePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = PutResourcePolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let blocks = self.block_public_policy.map(|blocks| blocks.to_string());
        let check = lookup::named(scope, &self.secret_id)?.check(Self::ACTION);
        Ok(check.key("secretsmanager:BlockPublicPolicy", blocks).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<PutResourcePolicyResponse, Error> {
        let named = lookup::named(cx, &self.secret_id)?;
        let secret = named.usable()?;
        check_name(self.policy_name.as_ref())?;
        let policy = stored(cx.snapshot, self.resource_policy.as_str())?;
        if self.block_public_policy == Some(true) && is_public(policy.text()) {
            return Err(error::public_policy().into());
        }
        let changed = Secret { policy: Some(policy), changed: cx.now, ..Secret::clone(secret) };
        if !cx.allows(&named.check_as(Self::ACTION, Some(&changed)))? {
            let message = "This resource policy would prevent you from managing the secret's resource policies.";
            return Err(error::invalid_request(message).into());
        }
        cx.put(changed);
        Ok(PutResourcePolicyResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            policy_name: shown_name()?,
        })
    }
}

impl Operation for GetResourcePolicy {
    const ACTION: &'static str = "secretsmanager:GetResourcePolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetResourcePolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetResourcePolicyResponse, Error> {
        let secret = lookup::named(cx, &self.secret_id)?.usable()?;
        // "If you specify a name other than default and no policy with that name exists, the operation returns a
        // ResourceNotFoundException."
        if self.policy_name.as_ref().is_some_and(|name| name.as_str() != DEFAULT) {
            return Err(error::not_found("Secrets Manager can't find the specified resource policy.").into());
        }
        let policy = secret.policy.as_ref().map(|policy| principals::with_arns(cx.snapshot, policy));
        Ok(GetResourcePolicyResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            policy_name: if policy.is_some() { shown_name()? } else { None },
            resource_policy: policy,
        })
    }
}

impl Operation for DeleteResourcePolicy {
    const ACTION: &'static str = "secretsmanager:DeleteResourcePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = DeleteResourcePolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<DeleteResourcePolicyResponse, Error> {
        let secret = lookup::named(cx, &self.secret_id)?.usable()?;
        check_name(self.policy_name.as_ref())?;
        if secret.policy.is_some() {
            cx.put(Secret { policy: None, changed: cx.now, ..Secret::clone(secret) });
        }
        Ok(DeleteResourcePolicyResponse {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            policy_name: shown_name()?,
        })
    }
}

impl Operation for ValidateResourcePolicy {
    const ACTION: &'static str = "secretsmanager:ValidateResourcePolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = ValidateResourcePolicyResponse;

    /// "Required permissions: secretsmanager:ValidateResourcePolicy and secretsmanager:PutResourcePolicy."
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let both = [Self::ACTION, PutResourcePolicy::ACTION];
        Ok(match &self.secret_id {
            Some(id) => {
                let named = lookup::named(scope, id)?;
                both.map(|action| named.check(action)).to_vec()
            }
            None => both.map(|action| bartizan_gate::Check::new(action, "*")).to_vec(),
        }
        .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ValidateResourcePolicyResponse, Error> {
        if let Some(id) = &self.secret_id {
            lookup::named(cx, id)?.usable()?;
        }
        let policy = stored(cx.snapshot, self.resource_policy.as_str())?;
        let passed = !is_public(policy.text());
        let public = || ValidationErrorsEntry {
            check_name: Some(PUBLIC_ACCESS.to_owned()),
            error_message: Some(error::public_policy().message),
        };
        Ok(ValidateResourcePolicyResponse {
            policy_validation_passed: Some(passed),
            validation_errors: Some(if passed { Vec::new() } else { vec![public()] }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lets_everybody_in_is_public() {
        let statement = |effect: &str, principal: &str| {
            format!(
                r#"{{"Statement":[{{"Effect":"{effect}",{principal},"Action":"secretsmanager:GetSecretValue","Resource":"*",
                "Condition":{{"StringEquals":{{"aws:PrincipalTag/a":"b"}}}}}}]}}"#
            )
        };
        for (effect, principal, expected) in [
            ("Allow", r#""Principal":"*""#, true),
            ("Allow", r#""Principal":{"AWS":"*"}"#, true),
            ("Allow", r#""Principal":{"AWS":["111122223333","*"]}"#, true),
            ("Allow", r#""NotPrincipal":{"AWS":"111122223333"}"#, true),
            ("Allow", r#""Principal":{"AWS":"111122223333"}"#, false),
            ("Deny", r#""Principal":"*""#, false),
        ] {
            assert_eq!(is_public(&statement(effect, principal)), expected, "{effect} {principal}");
        }
    }
}
