use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity;
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    arn, error, membership,
    page::{MaxResults, NextToken, page},
};

/// Where an account is in its life, as older clients know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AccountStatus {
    Active,
    Suspended,
    PendingClosure,
}

/// Where an account is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AccountState {
    PendingActivation,
    Active,
    Suspended,
    PendingClosure,
    Closed,
}

/// How an account came into its organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AccountJoinedMethod {
    Invited,
    Created,
}

/// An account in an answer.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
#[derive(Shape)]
pub struct Account {
    pub id: Option<String>,
    pub arn: Option<String>,
    #[shape(sensitive)]
    pub email: Option<String>,
    #[shape(sensitive)]
    pub name: Option<String>,
    pub status: Option<AccountStatus>,
    pub state: Option<AccountState>,
    pub joined_method: Option<AccountJoinedMethod>,
    pub joined_timestamp: Option<Timestamp>,
    pub paths: Option<Vec<String>>,
}

impl Account {
    /// An account of this organization. The management account counts as invited, from when the organization was made.
    fn of(account: &entity::Account, organization: &entity::Organization) -> Self {
        let (status, state) = match account.status {
            entity::AccountStatus::Active => (AccountStatus::Active, AccountState::Active),
            entity::AccountStatus::Suspended => (AccountStatus::Suspended, AccountState::Suspended),
        };
        let is_management = account.id == organization.account;
        Self {
            id: Some(account.id_text.clone()),
            arn: Some(arn::account(organization, &account.id_text)),
            email: Some(account.email.clone()),
            name: Some(account.name.clone()),
            status: Some(status),
            state: Some(state),
            joined_method: Some(if account.created_by_organization && !is_management {
                AccountJoinedMethod::Created
            } else {
                AccountJoinedMethod::Invited
            }),
            joined_timestamp: Some(if is_management { organization.created } else { account.created }),
            paths: Some(vec![format!("{}{}/", organization.path(), account.id_text)]),
        }
    }
}

/// Tells about an account of the organization.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html>
#[derive(Debug, Shape)]
#[shape(name = "DescribeAccountRequest")]
pub struct DescribeAccount {
    #[shape(max = 12, pattern = r"^\d{12}$")]
    pub account_id: String,
}

#[derive(Shape)]
pub struct DescribeAccountResponse {
    pub account: Option<Account>,
}

impl Operation for DescribeAccount {
    const ACTION: &'static str = "organizations:DescribeAccount";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeAccountResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(membership::account_check(Self::ACTION, scope, &self.account_id).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        let account = membership::account(cx.snapshot, organization, &self.account_id);
        let account = account.ok_or_else(error::account_not_found)?;
        Ok(DescribeAccountResponse { account: Some(Account::of(account, organization)) })
    }
}

/// Lists the accounts of the organization.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
#[derive(Debug, Shape)]
#[shape(name = "ListAccountsRequest")]
pub struct ListAccounts {
    pub next_token: Option<NextToken>,
    pub max_results: Option<MaxResults>,
}

#[derive(Shape)]
pub struct ListAccountsResponse {
    pub accounts: Option<Vec<Account>>,
    pub next_token: Option<NextToken>,
}

impl Operation for ListAccounts {
    const ACTION: &'static str = "organizations:ListAccounts";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAccountsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        let accounts = membership::accounts(cx.snapshot, organization);
        let (accounts, next_token) =
            page::<Self, _>(cx, self.next_token.as_ref(), self.max_results, accounts, |account| &account.id_text)?;
        let accounts = accounts.into_iter().map(|account| Account::of(account, organization)).collect();
        Ok(ListAccountsResponse { accounts: Some(accounts), next_token })
    }
}
