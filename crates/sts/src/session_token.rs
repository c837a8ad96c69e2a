use bartizan_gate::{Checks, Context, Effect, Error, Identity, Operation, Scope, SessionOf};
use bartizan_wire::Shape;

use crate::{
    credentials::{Credentials, new_session},
    error, mfa,
};

/// Seconds that a user's session lasts if the request does not say: twelve hours.
const USER_DEFAULT: i32 = 43_200;

/// Seconds that a root user's session lasts at most, and if the request does not say: one hour.
const ROOT_MAX: i32 = 3_600;

/// Gives a user or the root user temporary credentials with all permissions that the long-term ones have.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
#[derive(Debug, Shape)]
#[shape(name = "GetSessionTokenRequest")]
pub struct GetSessionToken {
    #[shape(min = 900, max = 129_600)]
    pub duration_seconds: Option<i32>,
    #[shape(min = 9, max = 256, pattern = r"[\w+=/:,.@-]*")]
    pub serial_number: Option<String>,
    #[shape(min = 6, max = 6, pattern = r"[\d]*", sensitive)]
    pub token_code: Option<String>,
}

#[derive(Shape)]
pub struct GetSessionTokenResponse {
    pub credentials: Option<Credentials>,
}

impl Operation for GetSessionToken {
    const ACTION: &'static str = "sts:GetSessionToken";
    const EFFECT: Effect = Effect::Read;
    type Output = GetSessionTokenResponse;

    /// "No permissions are required for users to perform this operation": it authenticates, and gives no more than the
    /// caller has.
    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Checks::Unneeded)
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        if cx.caller.session.is_some() {
            return Err(error::session_credentials("GetSessionToken").into());
        }
        mfa::refuse(self.serial_number.as_deref(), self.token_code.as_deref())?;
        let (of, seconds) = match &cx.caller.identity {
            Identity::Root => (SessionOf::Root, root_seconds(self.duration_seconds)),
            Identity::User(user) => (SessionOf::User(user.id.clone()), self.duration_seconds.unwrap_or(USER_DEFAULT)),
            // Neither exists without a session.
            Identity::Anonymous | Identity::Role { .. } | Identity::FederatedUser { .. } => {
                return Err(error::session_credentials("GetSessionToken").into());
            }
        };
        let session = new_session(cx, cx.account(), of, seconds)?;
        Ok(GetSessionTokenResponse { credentials: Some(Credentials::issue(cx, &session)?) })
    }
}

/// A root user who asks for more than an hour gets an hour, and no error.
pub fn root_seconds(asked: Option<i32>) -> i32 {
    asked.unwrap_or(ROOT_MAX).min(ROOT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_users_session_lasts_an_hour_at_most() {
        for (asked, lasts) in [(None, 3_600), (Some(900), 900), (Some(3_600), 3_600), (Some(129_600), 3_600)] {
            assert_eq!(root_seconds(asked), lasts, "{asked:?}");
        }
    }
}
