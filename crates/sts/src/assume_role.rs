use std::sync::Arc;

use bartizan_gate::{
    Arn, Caller, Check, Checks, Context, Effect, Error, Fault, Identity, Operation, Scope, Session, SessionOf,
};
use bartizan_store::{
    AccountId, Document, Snapshot,
    entity::{self, Role},
};
use bartizan_wire::Shape;

use crate::{
    credentials::{Credentials, new_session},
    error, mfa,
    packed_size::packed_size,
    session_policies::{PolicyDescriptorType, SessionPolicies},
    session_tags::{SessionTags, Tag, TagKey},
};

/// Seconds that a session lasts if the request does not say; also the most that a role chain lasts.
const ONE_HOUR: i32 = 3_600;

/// The trust policy of a role that does not exist: nobody is trusted by it, since no service has this name. With it the
/// decision takes the way that it takes for a role that refuses, and the answer tells nothing.
const TRUSTS_NOBODY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"nobody.invalid"},"Action":"sts:AssumeRole"}]}"#;

/// Gives temporary credentials of a role to whom its trust policy trusts.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Debug, Shape)]
#[shape(name = "AssumeRoleRequest")]
pub struct AssumeRole {
    #[shape(
        min = 20,
        max = 2048,
        pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
    )]
    pub role_arn: String,
    #[shape(min = 2, max = 64, pattern = r"[\w+=,.@-]*")]
    pub role_session_name: String,
    pub policy_arns: Option<Vec<PolicyDescriptorType>>,
    #[shape(min = 1, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    pub policy: Option<String>,
    #[shape(min = 900, max = 43_200)]
    pub duration_seconds: Option<i32>,
    #[shape(max = 50)]
    pub tags: Option<Vec<Tag>>,
    #[shape(max = 50)]
    pub transitive_tag_keys: Option<Vec<TagKey>>,
    #[shape(min = 2, max = 1224, pattern = r"[\w+=,.@:\/-]*")]
    pub external_id: Option<String>,
    #[shape(min = 9, max = 256, pattern = r"[\w+=/:,.@-]*")]
    pub serial_number: Option<String>,
    #[shape(min = 6, max = 6, pattern = r"[\d]*", sensitive)]
    pub token_code: Option<String>,
    #[shape(min = 2, max = 64, pattern = r"[\w+=,.@-]*")]
    pub source_identity: Option<String>,
    #[shape(min = 1, max = 5)]
    pub provided_contexts: Option<Vec<ProvidedContext>>,
}

/// An assertion of a trusted identity context.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_ProvidedContext.html>
#[derive(Debug, Shape)]
pub struct ProvidedContext {
    #[shape(
        min = 20,
        max = 2048,
        pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+"
    )]
    pub provider_arn: Option<String>,
    #[shape(min = 4, max = 2048)]
    pub context_assertion: Option<String>,
}

#[derive(Shape)]
pub struct AssumeRoleResponse {
    pub credentials: Option<Credentials>,
    pub assumed_role_user: Option<AssumedRoleUser>,
    pub packed_policy_size: Option<i32>,
    pub source_identity: Option<String>,
}

/// Who the credentials make of the caller.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumedRoleUser.html>
#[derive(Debug, Shape)]
pub struct AssumedRoleUser {
    pub assumed_role_id: String,
    pub arn: String,
}

impl Operation for AssumeRole {
    const ACTION: &'static str = "sts:AssumeRole";
    const EFFECT: Effect = Effect::Read;
    type Output = AssumeRoleResponse;

    /// Besides `sts:AssumeRole` itself, `sts:TagSession` where the new session will have tags and
    /// `sts:SetSourceIdentity` where it will have a source identity, passed or inherited: the role's account decides
    /// what it takes over.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        if scope.caller.is_root() {
            return Err(error::access_denied("Roles may not be assumed by root accounts.").into());
        }
        mfa::refuse(self.serial_number.as_deref(), self.token_code.as_deref())?;
        let role = find(scope.snapshot, &self.role_arn)?;
        let tags = self.session_tags(scope.caller)?;
        let source_identity = self.source_identity(scope.caller);

        let mut actions = vec![Self::ACTION];
        if !tags.is_empty() {
            actions.push("sts:TagSession");
        }
        if source_identity.is_some() {
            actions.push("sts:SetSourceIdentity");
        }
        let trust_policy = role.map_or_else(|| Document::new(TRUSTS_NOBODY), |role| role.trust_policy.clone());
        let check = |action, role_tags: &[entity::Tag]| {
            Check::new(action, self.role_arn.as_str())
                .key("sts:ExternalId", self.external_id.as_deref())
                .key("sts:RoleSessionName", [self.role_session_name.as_str()])
                .key("sts:SourceIdentity", source_identity)
                .key("sts:TransitiveTagKeys", tags.transitive_keys.iter().map(String::as_str))
                .request_tags(&tags.passed)
                .resource_tags(role_tags)
                .trust(trust_policy.clone())
        };
        let own_tags = role.map(|role| role.tags.as_slice()).unwrap_or_default();
        let mut checks: Vec<Check> = actions.iter().map(|action| check(*action, own_tags)).collect();
        // AWS's trust policies see the inherited tags in the place of the role's. That its identity-based policies do,
        // it does not say, and a session could so reach roles that its own policies keep from it by their tags: both
        // views must be allowed.
        if let Some(role_tags) = tags.over(own_tags) {
            checks.extend(actions.iter().map(|action| check(*action, &role_tags)));
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let role = find(cx.snapshot, &self.role_arn)?
            .ok_or_else(|| error::not_authorized(&cx.caller.arn(), Self::ACTION, &self.role_arn))?;
        if self.provided_contexts.as_ref().is_some_and(|contexts| !contexts.is_empty()) {
            return Err(error::invalid_parameter_value(
                "ProvidedContexts cannot be used: trusted identity propagation is not available.",
            )
            .into());
        }
        let seconds = seconds(self.duration_seconds, role.max_session_duration, is_role_session(cx.caller))?;
        let source_identity = self.source_identity(cx.caller);
        if self.source_identity.is_some() && self.source_identity.as_deref() != source_identity {
            return Err(error::not_authorized(&cx.caller.arn(), "sts:SetSourceIdentity", &self.role_arn).into());
        }
        let tags = self.session_tags(cx.caller)?;
        let policies =
            SessionPolicies::read(self.policy.as_deref(), self.policy_arns.as_deref(), role.account, cx.snapshot)?;
        let packed_policy_size = packed_size(&policies, tags.all())?;

        let name = &self.role_session_name;
        let source_identity = source_identity.map(str::to_owned);
        let session = Session {
            policy: policies.policy,
            policy_arns: policies.arns,
            tags: tags.all().cloned().collect(),
            transitive_tag_keys: tags.all_transitive_keys(),
            source_identity: source_identity.clone(),
            ..new_session(cx, role.account, SessionOf::Role(role.id.clone(), name.clone()), seconds)?
        };
        Ok(AssumeRoleResponse {
            credentials: Some(Credentials::issue(cx, &session)?),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: format!("{}:{name}", role.id),
                arn: role.session_arn(name),
            }),
            packed_policy_size,
            source_identity,
        })
    }
}

impl AssumeRole {
    fn session_tags(&self, caller: &Caller) -> Result<SessionTags, Fault> {
        SessionTags::read(self.tags.as_deref(), self.transitive_tag_keys.as_deref(), caller.session.as_deref())
    }

    /// The new session's source identity: the calling session's, if it has one, and only then what the request says.
    fn source_identity<'a>(&'a self, caller: &'a Caller) -> Option<&'a str> {
        let inherited = caller.session.as_ref().and_then(|session| session.source_identity.as_deref());
        inherited.or(self.source_identity.as_deref())
    }
}

/// The role of this ARN, to the letter: names of roles are case sensitive when they are assumed.
///
/// # Errors
/// `ValidationError` if it is not the ARN of a role. Whether the role exists is no error here.
fn find<'a>(snapshot: &'a Snapshot, arn: &str) -> Result<Option<&'a Arc<Role>>, Fault> {
    let parsed = Arn::parse(arn).ok_or_else(|| error::validation(format!("{arn} is invalid")))?;
    let name = parsed.resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
    let account = parsed.account.parse::<AccountId>();
    match (parsed, name, account) {
        (Arn { partition: "aws", service: "iam", region: "", .. }, Some(name), Ok(account)) if !name.is_empty() => {
            Ok(snapshot.roles.by_name(account, name).filter(|role| role.arn() == arn))
        }
        _ => Err(error::validation("Request ARN is invalid")),
    }
}

/// Whether the caller is in a role already, so that the new session is a link of a chain.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html#iam-term-role-chaining>
const fn is_role_session(caller: &Caller) -> bool {
    matches!(caller.identity, Identity::Role { .. })
}

/// How long the session lasts.
fn seconds(asked: Option<i32>, role_max: i32, chained: bool) -> Result<i32, Fault> {
    let seconds = asked.unwrap_or(ONE_HOUR);
    if chained && seconds > ONE_HOUR {
        return Err(error::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    if seconds > role_max {
        return Err(error::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests;
