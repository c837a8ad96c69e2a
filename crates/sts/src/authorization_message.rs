use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::error;

/// Decodes the encoded message of a denial.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
#[derive(Debug, Shape)]
#[shape(name = "DecodeAuthorizationMessageRequest")]
pub struct DecodeAuthorizationMessage {
    #[shape(min = 1, max = 10_240)]
    pub encoded_message: String,
}

#[derive(Debug, Shape)]
pub struct DecodeAuthorizationMessageResponse {
    pub decoded_message: Option<String>,
}

impl Operation for DecodeAuthorizationMessage {
    const ACTION: &'static str = "sts:DecodeAuthorizationMessage";
    const EFFECT: Effect = Effect::Read;
    type Output = DecodeAuthorizationMessageResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let decoded =
            cx.decode_authorization_message(&self.encoded_message).ok_or_else(error::invalid_authorization_message)?;
        Ok(DecodeAuthorizationMessageResponse { decoded_message: Some(decoded) })
    }
}
