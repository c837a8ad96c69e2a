//! Which condition keys policies ask for: what a simulation of them has to be given.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html#policies-simulator-using-api>

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::{
    names::{Arn, PolicyDocument},
    simulate::{PrincipalArn, policies},
};

#[derive(Debug, Shape)]
pub struct GetContextKeysForPolicyResponse {
    pub context_key_names: Option<Vec<String>>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>
#[derive(Debug, Shape)]
pub struct GetContextKeysForCustomPolicy {
    pub policy_input_list: Vec<PolicyDocument>,
}

impl Operation for GetContextKeysForCustomPolicy {
    const ACTION: &'static str = "iam:GetContextKeysForCustomPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetContextKeysForPolicyResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, _: &mut Context<'_>) -> Result<GetContextKeysForPolicyResponse, Error> {
        let keys = policies::keys(&[], &self.policy_input_list)?;
        Ok(GetContextKeysForPolicyResponse { context_key_names: Some(keys) })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html>
#[derive(Debug, Shape)]
pub struct GetContextKeysForPrincipalPolicy {
    pub policy_source_arn: Arn,
    pub policy_input_list: Option<Vec<PolicyDocument>>,
}

impl Operation for GetContextKeysForPrincipalPolicy {
    const ACTION: &'static str = "iam:GetContextKeysForPrincipalPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetContextKeysForPolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(PrincipalArn::parse(self.policy_source_arn.as_str())?.check(scope, Self::ACTION).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetContextKeysForPolicyResponse, Error> {
        let source = PrincipalArn::parse(self.policy_source_arn.as_str())?.find(cx)?;
        let held = cx.policies_of(source)?;
        let keys = policies::keys(&held.identity, self.policy_input_list.as_deref().unwrap_or_default())?;
        Ok(GetContextKeysForPolicyResponse { context_key_names: Some(keys) })
    }
}
