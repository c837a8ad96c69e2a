//! Making accounts, and what became of it.
//!
//! AWS makes accounts in the background: it answers at once that a request is in progress, and whether the account
//! could be made is for the client to ask. Here the account is there with the answer, but the answer is AWS's, so that
//! clients that poll find what they wait for.

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope, UniqueId};
use bartizan_store::{
    AccountId, Document, Snapshot,
    entity::{self, Organization, Role},
};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    email::is_valid,
    error, membership,
    organization::ID_LETTERS,
    page::{MaxResults, NextToken, page},
    tag::{self, Tag},
};

/// The role that lets the management account into the new account, if the request does not name it.
const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";

/// What the role may do there: everything.
const ADMINISTRATOR_ACCESS: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// How many random account ids are tried. That so many are taken does not happen.
const ATTEMPTS: usize = 16;

/// Whether users and roles of the account may see its bills. There are none here: it is only recorded in the audit
/// trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum IAMUserAccessToBilling {
    Allow,
    Deny,
}

/// How far a request to make an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum CreateAccountState {
    InProgress,
    Succeeded,
    Failed,
}

/// Why an account was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum CreateAccountFailureReason {
    AccountLimitExceeded,
    EmailAlreadyExists,
    InvalidAddress,
    InvalidEmail,
    ConcurrentAccountModification,
    InternalFailure,
    GovcloudAccountAlreadyExists,
    MissingBusinessValidation,
    FailedBusinessValidation,
    PendingBusinessValidation,
    InvalidIdentityForBusinessValidation,
    UnknownBusinessValidation,
    MissingPaymentInstrument,
    InvalidPaymentInstrument,
    UpdateExistingResourcePolicyWithTagsNotSupported,
}

/// What became of a request to make an account.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccountStatus.html>
#[derive(Default, Shape)]
pub struct CreateAccountStatus {
    pub id: Option<String>,
    #[shape(sensitive)]
    pub account_name: Option<String>,
    pub state: Option<CreateAccountState>,
    pub requested_timestamp: Option<Timestamp>,
    pub completed_timestamp: Option<Timestamp>,
    pub account_id: Option<String>,
    pub gov_cloud_account_id: Option<String>,
    pub failure_reason: Option<CreateAccountFailureReason>,
}

impl CreateAccountStatus {
    /// As it is answered to the request itself.
    fn in_progress(status: &entity::CreateAccountStatus) -> Self {
        Self {
            id: Some(status.id.clone()),
            account_name: Some(status.account_name.clone()),
            state: Some(CreateAccountState::InProgress),
            requested_timestamp: Some(status.requested),
            ..Self::default()
        }
    }

    /// As it is answered from then on.
    fn of(status: &entity::CreateAccountStatus) -> Self {
        let (account_id, failure_reason) = match &status.state {
            entity::CreateAccountState::Succeeded(account) => (Some(account.to_string()), None),
            entity::CreateAccountState::Failed(reason) => {
                (None, Some(reason.parse().unwrap_or(CreateAccountFailureReason::InternalFailure)))
            }
        };
        Self {
            state: Some(state(status)),
            completed_timestamp: status.completed,
            account_id,
            failure_reason,
            ..Self::in_progress(status)
        }
    }
}

const fn state(status: &entity::CreateAccountStatus) -> CreateAccountState {
    match status.state {
        entity::CreateAccountState::Succeeded(_) => CreateAccountState::Succeeded,
        entity::CreateAccountState::Failed(_) => CreateAccountState::Failed,
    }
}

/// Makes an account in the organization: with a root user, who has no credentials, and a role that trusts the
/// management account.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html>
#[derive(Shape)]
#[shape(name = "CreateAccountRequest")]
pub struct CreateAccount {
    #[shape(min = 6, max = 64, pattern = r"[^\s@]+@[^\s@]+\.[^\s@]+", sensitive)]
    pub email: String,
    #[shape(min = 1, max = 50, pattern = r"[\u0020-\u007E]+", sensitive)]
    pub account_name: String,
    #[shape(max = 64, pattern = r"[\w+=,.@-]{1,64}")]
    pub role_name: Option<String>,
    pub iam_user_access_to_billing: Option<IAMUserAccessToBilling>,
    pub tags: Option<Vec<Tag>>,
}

#[derive(Shape)]
pub struct CreateAccountResponse {
    pub create_account_status: Option<CreateAccountStatus>,
}

impl Operation for CreateAccount {
    const ACTION: &'static str = "organizations:CreateAccount";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateAccountResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = self.requested_tags()?;
        let mut checks = vec![Check::new(Self::ACTION, "*").request_tags(&tags)];
        if !tags.is_empty() {
            // The account has no id yet.
            checks.push(membership::account_check("organizations:TagResource", scope, "*").request_tags(&tags));
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        let tags = self.requested_tags()?;
        if self.role_name().starts_with("AWSServiceRoleFor") {
            return Err(error::invalid_input(
                "INVALID_ROLE_NAME",
                "You provided a role name that isn't valid. A role name can't begin with the reserved prefix \
                 AWSServiceRoleFor.",
            )
            .into());
        }
        if membership::accounts(cx.snapshot, organization).count() >= cx.quotas().accounts {
            return Err(error::constraint_violation(
                "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
                "You have exceeded the allowed number of AWS accounts.",
            )
            .into());
        }
        let state = match self.failure(cx.snapshot) {
            Some(reason) => entity::CreateAccountState::Failed(reason.as_str().to_owned()),
            None => entity::CreateAccountState::Succeeded(self.make(cx, organization, tags)?),
        };
        let status = entity::CreateAccountStatus {
            account: organization.account,
            id: format!("car-{}", cx.random_text(ID_LETTERS, 32)?),
            account_name: self.account_name.clone(),
            state,
            requested: cx.now,
            completed: Some(cx.now),
        };
        let answer = CreateAccountStatus::in_progress(&status);
        cx.put(status);
        Ok(CreateAccountResponse { create_account_status: Some(answer) })
    }
}

impl CreateAccount {
    fn requested_tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }

    fn role_name(&self) -> &str {
        self.role_name.as_deref().unwrap_or(ACCESS_ROLE)
    }

    /// What AWS finds out only in the background.
    fn failure(&self, snapshot: &Snapshot) -> Option<CreateAccountFailureReason> {
        if !is_valid(&self.email) {
            return Some(CreateAccountFailureReason::InvalidEmail);
        }
        let taken = snapshot.accounts.everywhere().any(|account| account.email.eq_ignore_ascii_case(&self.email));
        taken.then_some(CreateAccountFailureReason::EmailAlreadyExists)
    }

    /// Makes the account and the role in it.
    fn make(
        &self,
        cx: &mut Context<'_>,
        organization: &Organization,
        tags: Vec<entity::Tag>,
    ) -> Result<AccountId, Error> {
        let id = free_account_id(cx)?;
        cx.put(entity::Account {
            id,
            id_text: id.to_string(),
            name: self.account_name.clone(),
            email: self.email.clone(),
            status: entity::AccountStatus::Active,
            created: cx.now,
            organization: Some(organization.id.clone()),
            created_by_organization: true,
            alias: None,
            tags,
        });
        cx.put(Role {
            account: id,
            id: cx.unique_id(UniqueId::Role)?,
            name: self.role_name().to_owned(),
            path: "/".to_owned(),
            created: cx.now,
            trust_policy: trust_policy(organization.account),
            description: None,
            max_session_duration: 3_600,
            inline_policies: Vec::new(),
            attached_policies: vec![ADMINISTRATOR_ACCESS.to_owned()],
            permissions_boundary: None,
            tags: Vec::new(),
        });
        Ok(id)
    }
}

fn free_account_id(cx: &Context<'_>) -> Result<AccountId, Error> {
    for _ in 0..ATTEMPTS {
        let id = cx.random_account_id()?;
        if cx.snapshot.account(id).is_none() {
            return Ok(id);
        }
    }
    Err(Error::Internal("no free account id was found".to_owned()))
}

/// Trusts the management account: which of its principals come in, its own policies say.
fn trust_policy(management: AccountId) -> Document {
    Document::new(&format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{management}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    ))
}

/// Tells what became of a request to make an account.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html>
#[derive(Debug, Shape)]
#[shape(name = "DescribeCreateAccountStatusRequest")]
pub struct DescribeCreateAccountStatus {
    #[shape(max = 36, pattern = r"^car-[a-z0-9]{8,32}$")]
    pub create_account_request_id: String,
}

#[derive(Shape)]
pub struct DescribeCreateAccountStatusResponse {
    pub create_account_status: Option<CreateAccountStatus>,
}

impl Operation for DescribeCreateAccountStatus {
    const ACTION: &'static str = "organizations:DescribeCreateAccountStatus";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeCreateAccountStatusResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        let status: &entity::CreateAccountStatus = cx
            .snapshot
            .create_account_statuses
            .by_id(organization.account, &self.create_account_request_id)
            .ok_or_else(error::create_account_status_not_found)?;
        Ok(DescribeCreateAccountStatusResponse { create_account_status: Some(CreateAccountStatus::of(status)) })
    }
}

/// Lists what became of all requests to make accounts.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html>
#[derive(Debug, Shape)]
#[shape(name = "ListCreateAccountStatusRequest")]
pub struct ListCreateAccountStatus {
    pub states: Option<Vec<CreateAccountState>>,
    pub next_token: Option<NextToken>,
    pub max_results: Option<MaxResults>,
}

#[derive(Shape)]
pub struct ListCreateAccountStatusResponse {
    pub create_account_statuses: Option<Vec<CreateAccountStatus>>,
    pub next_token: Option<NextToken>,
}

impl Operation for ListCreateAccountStatus {
    const ACTION: &'static str = "organizations:ListCreateAccountStatus";
    const EFFECT: Effect = Effect::Read;
    type Output = ListCreateAccountStatusResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        let asked = |status: &entity::CreateAccountStatus| {
            self.states.as_ref().is_none_or(|states| states.contains(&state(status)))
        };
        let statuses = cx.snapshot.create_account_statuses.by_id_after(organization.account, None);
        let statuses = statuses.filter(|status| asked(status));
        let (statuses, next_token) =
            page::<Self, _>(cx, self.next_token.as_ref(), self.max_results, statuses, |status| &status.id)?;
        let statuses = statuses.into_iter().map(|status| CreateAccountStatus::of(status)).collect();
        Ok(ListCreateAccountStatusResponse { create_account_statuses: Some(statuses), next_token })
    }
}

#[cfg(test)]
mod tests {
    use bartizan_policy::{Kind, Policy};
    use bartizan_store::aws_managed;
    use bartizan_wire::Value;

    use super::*;

    #[test]
    fn the_access_role_has_policies_that_are_there() {
        let management: AccountId = "123456789012".parse().unwrap();
        let trust = trust_policy(management);
        assert!(Policy::parse(trust.text(), Kind::Trust).is_ok());
        assert!(trust.text().contains("arn:aws:iam::123456789012:root"));
        assert!(aws_managed::get(ADMINISTRATOR_ACCESS).is_some());
    }

    #[test]
    fn the_limits_of_the_model_hold() {
        let read = |name: &str, value: &str| {
            let mut members = vec![("Email", "admin@example.com"), ("AccountName", "Production (EU)")];
            members.retain(|(member, _)| *member != name);
            members.push((name, value));
            let member = |(name, value): (&str, &str)| (name.to_owned(), Value::String(value.to_owned()));
            CreateAccount::read(Value::Map(members.into_iter().map(member).collect()))
                .err()
                .map(|faults| error::invalid(&faults))
        };
        assert!(read("RoleName", "Access+=,.@-").is_none());
        assert!(read("IamUserAccessToBilling", "DENY").is_none());
        for (name, value, reason) in [
            ("Email", "a@b.c", "MIN_LENGTH_EXCEEDED"),
            ("Email", "nobody.example.com", "INVALID_PATTERN"),
            ("Email", "a@b@example.com", "INVALID_PATTERN"),
            ("AccountName", "", "INVALID_PATTERN"),
            ("AccountName", "Prod\u{e9}", "INVALID_PATTERN"),
            ("AccountName", &"x".repeat(51), "MAX_LENGTH_EXCEEDED"),
            ("RoleName", "a/b", "INVALID_PATTERN"),
            ("IamUserAccessToBilling", "allow", "INVALID_ENUM"),
        ] {
            let fault = read(name, value).unwrap();
            assert_eq!((fault.code, fault.status), ("InvalidInputException", 400));
            assert_eq!(fault.members, [("Reason", Value::String(reason.to_owned()))], "{name}: {value}");
        }
        let missing = CreateAccount::read(Value::empty()).err().map(|faults| error::invalid(&faults)).unwrap();
        assert_eq!(missing.members, [("Reason", Value::String("INPUT_REQUIRED".to_owned()))]);
    }

    #[test]
    fn a_finished_request_says_how_it_went() {
        let finished = |state| entity::CreateAccountStatus {
            account: "123456789012".parse().unwrap(),
            id: "car-abcdefgh".to_owned(),
            account_name: "Production".to_owned(),
            state,
            requested: Timestamp::UNIX_EPOCH,
            completed: Some(Timestamp::UNIX_EPOCH),
        };
        let made =
            CreateAccountStatus::of(&finished(entity::CreateAccountState::Succeeded("210987654321".parse().unwrap())));
        assert_eq!(made.state, Some(CreateAccountState::Succeeded));
        assert_eq!((made.account_id.as_deref(), made.failure_reason), (Some("210987654321"), None));

        for reason in CreateAccountFailureReason::VALUES {
            let failed = CreateAccountStatus::of(&finished(entity::CreateAccountState::Failed(reason.to_owned())));
            assert_eq!((failed.state, failed.account_id), (Some(CreateAccountState::Failed), None));
            assert_eq!(failed.failure_reason.map(|shown| shown.as_str()), Some(reason));
        }
    }
}
