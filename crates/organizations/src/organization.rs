use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{Snapshot, entity};
use bartizan_wire::Shape;

use crate::{arn, error, membership, root::PolicyTypeSummary};

/// The letters of ids. Organizations has all letters and digits; of these, 32 suffice.
pub const ID_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What an organization can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum OrganizationFeatureSet {
    All,
    ConsolidatedBilling,
}

/// An organization in an answer.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
#[derive(Shape)]
pub struct Organization {
    pub id: Option<String>,
    pub arn: Option<String>,
    pub feature_set: Option<OrganizationFeatureSet>,
    pub master_account_arn: Option<String>,
    pub master_account_id: Option<String>,
    #[shape(sensitive)]
    pub master_account_email: Option<String>,
    pub available_policy_types: Option<Vec<PolicyTypeSummary>>,
}

impl Organization {
    /// The organization as its members see it. Policies of organizations come with their issue: until then none is
    /// said to be available.
    fn of(organization: &entity::Organization, snapshot: &Snapshot) -> Self {
        let management = organization.account.to_string();
        Self {
            id: Some(organization.id.clone()),
            arn: Some(arn::organization(organization)),
            feature_set: Some(if organization.all_features {
                OrganizationFeatureSet::All
            } else {
                OrganizationFeatureSet::ConsolidatedBilling
            }),
            master_account_arn: Some(arn::account(organization, &management)),
            master_account_email: snapshot.account(organization.account).map(|account| account.email.clone()),
            master_account_id: Some(management),
            available_policy_types: Some(Vec::new()),
        }
    }
}

/// Makes an organization, whose management account the caller's account becomes.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganization.html>
#[derive(Debug, Shape)]
#[shape(name = "CreateOrganizationRequest")]
pub struct CreateOrganization {
    pub feature_set: Option<OrganizationFeatureSet>,
}

#[derive(Shape)]
pub struct CreateOrganizationResponse {
    pub organization: Option<Organization>,
}

impl Operation for CreateOrganization {
    const ACTION: &'static str = "organizations:CreateOrganization";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateOrganizationResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let snapshot = cx.snapshot;
        let caller = cx.account();
        let account = snapshot.account(caller).ok_or_else(|| Error::Internal(format!("no account {caller}")))?;
        if account.organization.is_some() {
            return Err(error::already_in_organization().into());
        }
        let organization = entity::Organization {
            account: caller,
            id: format!("o-{}", cx.random_text(ID_LETTERS, 10)?),
            root: format!("r-{}", cx.random_text(ID_LETTERS, 4)?),
            all_features: self.feature_set != Some(OrganizationFeatureSet::ConsolidatedBilling),
            created: cx.now,
        };
        let answer = Organization::of(&organization, snapshot);
        cx.put(entity::Account { organization: Some(organization.id.clone()), ..entity::Account::clone(account) });
        cx.put(organization);
        Ok(CreateOrganizationResponse { organization: Some(answer) })
    }
}

/// Tells about the organization of the caller's account, be it the management account or a member.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganization.html>
#[derive(Debug, Shape)]
#[shape(name = "DescribeOrganizationRequest")]
pub struct DescribeOrganization;

#[derive(Shape)]
pub struct DescribeOrganizationResponse {
    pub organization: Option<Organization>,
}

impl Operation for DescribeOrganization {
    const ACTION: &'static str = "organizations:DescribeOrganization";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeOrganizationResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::organization(cx)?;
        Ok(DescribeOrganizationResponse { organization: Some(Organization::of(organization, cx.snapshot)) })
    }
}
