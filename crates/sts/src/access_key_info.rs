use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::error;

/// Tells whose an access key id is: the account, whatever the key's state.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
#[derive(Debug, Shape)]
#[shape(name = "GetAccessKeyInfoRequest")]
pub struct GetAccessKeyInfo {
    #[shape(min = 16, max = 128, pattern = r"[\w]*")]
    pub access_key_id: String,
}

#[derive(Debug, Shape)]
pub struct GetAccessKeyInfoResponse {
    pub account: Option<String>,
}

impl Operation for GetAccessKeyInfo {
    const ACTION: &'static str = "sts:GetAccessKeyInfo";
    const EFFECT: Effect = Effect::Read;
    type Output = GetAccessKeyInfoResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let id = self.access_key_id.as_str();
        let account = match cx.snapshot.access_key(id) {
            Some(key) => key.account,
            None if id == cx.caller.access_key_id => cx.caller.account,
            // A session is its token: of an id alone nothing is known.
            None if id.starts_with("ASIA") => {
                return Err(error::validation(format!(
                    "The account of the temporary access key {id} cannot be told: no record is kept of temporary \
                     credentials. The audit trail has the requests that were made with them."
                ))
                .into());
            }
            None => return Err(error::validation(format!("The access key {id} does not exist.")).into()),
        };
        Ok(GetAccessKeyInfoResponse { account: Some(account.to_string()) })
    }
}
