use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

/// Tells who asks.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
#[derive(Debug, Shape)]
#[shape(name = "GetCallerIdentityRequest")]
pub struct GetCallerIdentity;

#[derive(Debug, Shape)]
pub struct GetCallerIdentityResponse {
    pub user_id: Option<String>,
    pub account: Option<String>,
    pub arn: Option<String>,
}

impl Operation for GetCallerIdentity {
    const ACTION: &'static str = "sts:GetCallerIdentity";
    const EFFECT: Effect = Effect::Read;
    type Output = GetCallerIdentityResponse;

    /// "No permissions are required": a denial would tell the same.
    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Checks::Unneeded)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        Ok(GetCallerIdentityResponse {
            user_id: Some(cx.caller.user_id()),
            account: Some(cx.caller.account.to_string()),
            arn: Some(cx.caller.arn()),
        })
    }
}
