use bartizan_gate::{Check, Checks, Context, Effect, Error, Identity, Operation, Scope, Session, SessionOf};
use bartizan_wire::Shape;

use crate::{
    credentials::{Credentials, new_session},
    error,
    packed_size::packed_size,
    session_policies::{PolicyDescriptorType, SessionPolicies},
    session_tags::{SessionTags, Tag},
    session_token::root_seconds,
};

/// Seconds that a session lasts if the request of a user does not say: twelve hours.
const USER_DEFAULT: i32 = 43_200;

/// Gives someone whom only the caller knows temporary credentials: what both the caller's policies and the session
/// policies allow. Without session policies that is nothing.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
#[derive(Debug, Shape)]
#[shape(name = "GetFederationTokenRequest")]
pub struct GetFederationToken {
    #[shape(min = 2, max = 32, pattern = r"[\w+=,.@-]*")]
    pub name: String,
    #[shape(min = 1, max = 2048, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    pub policy_arns: Option<Vec<PolicyDescriptorType>>,
    #[shape(min = 900, max = 129_600)]
    pub duration_seconds: Option<i32>,
    #[shape(max = 50)]
    pub tags: Option<Vec<Tag>>,
}

#[derive(Shape)]
pub struct GetFederationTokenResponse {
    pub credentials: Option<Credentials>,
    pub federated_user: Option<FederatedUser>,
    pub packed_policy_size: Option<i32>,
}

/// Who the credentials are for.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_FederatedUser.html>
#[derive(Debug, Shape)]
pub struct FederatedUser {
    pub federated_user_id: String,
    pub arn: String,
}

impl GetFederationToken {
    fn federated_user(&self, scope: &Scope<'_>) -> FederatedUser {
        let (account, name) = (scope.account(), &self.name);
        FederatedUser {
            federated_user_id: format!("{account}:{name}"),
            arn: format!("arn:aws:sts::{account}:federated-user/{name}"),
        }
    }

    /// Nothing is inherited: the caller has no session.
    fn session_tags(&self) -> Result<SessionTags, Error> {
        Ok(SessionTags::read(self.tags.as_deref(), None, None)?)
    }
}

impl Operation for GetFederationToken {
    const ACTION: &'static str = "sts:GetFederationToken";
    const EFFECT: Effect = Effect::Read;
    type Output = GetFederationTokenResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        if scope.caller.session.is_some() {
            return Err(error::session_credentials("GetFederationToken").into());
        }
        let tags = self.session_tags()?;
        let arn = self.federated_user(scope).arn;
        let check = |action| Check::new(action, arn.as_str()).request_tags(&tags.passed);
        let mut checks = vec![check(Self::ACTION)];
        if !tags.is_empty() {
            checks.push(check("sts:TagSession"));
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let name = self.name.clone();
        let (of, seconds) = match &cx.caller.identity {
            Identity::Root => (SessionOf::FederatedUser(name, None), root_seconds(self.duration_seconds)),
            Identity::User(user) => {
                (SessionOf::FederatedUser(name, Some(user.id.clone())), self.duration_seconds.unwrap_or(USER_DEFAULT))
            }
            Identity::Anonymous | Identity::Role { .. } | Identity::FederatedUser { .. } => {
                return Err(error::session_credentials("GetFederationToken").into());
            }
        };
        let tags = self.session_tags()?;
        let policies =
            SessionPolicies::read(self.policy.as_deref(), self.policy_arns.as_deref(), cx.account(), cx.snapshot)?;
        let packed_policy_size = packed_size(&policies, tags.all())?;
        let session = Session {
            policy: policies.policy,
            policy_arns: policies.arns,
            tags: tags.passed,
            ..new_session(cx, cx.account(), of, seconds)?
        };
        Ok(GetFederationTokenResponse {
            credentials: Some(Credentials::issue(cx, &session)?),
            federated_user: Some(self.federated_user(cx)),
            packed_policy_size,
        })
    }
}
