//! The root of an organization, directly under which all its accounts are: organizational units come later.

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

use crate::{
    arn, error, membership,
    page::{MaxResults, NextToken, only_page},
};

/// The kinds of policies that an organization can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum PolicyType {
    ServiceControlPolicy,
    ResourceControlPolicy,
    TagPolicy,
    BackupPolicy,
    AiservicesOptOutPolicy,
    ChatbotPolicy,
    #[shape(name = "DECLARATIVE_POLICY_EC2")]
    DeclarativePolicyEc2,
    SecurityhubPolicy,
    SecurityhubCspmPolicy,
    InspectorPolicy,
    UpgradeRolloutPolicy,
    BedrockPolicy,
    #[shape(name = "S3_POLICY")]
    S3Policy,
    NetworkSecurityDirectorPolicy,
    GuarddutyPolicy,
}

/// Whether policies of a kind can be attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum PolicyTypeStatus {
    Enabled,
    PendingEnable,
    PendingDisable,
}

/// A kind of policies, and whether they can be attached.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_PolicyTypeSummary.html>
#[derive(Debug, Shape)]
pub struct PolicyTypeSummary {
    pub r#type: Option<PolicyType>,
    pub status: Option<PolicyTypeStatus>,
}

/// A root in an answer.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Root.html>
#[derive(Debug, Shape)]
pub struct Root {
    pub id: Option<String>,
    pub arn: Option<String>,
    pub name: Option<String>,
    pub policy_types: Option<Vec<PolicyTypeSummary>>,
}

/// Lists the roots of the organization. There is one.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListRoots.html>
#[derive(Debug, Shape)]
#[shape(name = "ListRootsRequest")]
pub struct ListRoots {
    pub next_token: Option<NextToken>,
    pub max_results: Option<MaxResults>,
}

#[derive(Debug, Shape)]
pub struct ListRootsResponse {
    pub roots: Option<Vec<Root>>,
    pub next_token: Option<NextToken>,
}

impl Operation for ListRoots {
    const ACTION: &'static str = "organizations:ListRoots";
    const EFFECT: Effect = Effect::Read;
    type Output = ListRootsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        only_page(self.next_token.as_ref())?;
        let root = Root {
            id: Some(organization.root.clone()),
            arn: Some(arn::root(organization, &organization.root)),
            name: Some("Root".to_owned()),
            policy_types: Some(Vec::new()),
        };
        Ok(ListRootsResponse { roots: Some(vec![root]), next_token: None })
    }
}

/// What an account or an organizational unit can be directly under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum ParentType {
    Root,
    OrganizationalUnit,
}

/// What a child is directly under.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Parent.html>
#[derive(Debug, Shape)]
pub struct Parent {
    pub id: Option<String>,
    pub r#type: Option<ParentType>,
}

/// Tells what an account is directly under: the root.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html>
#[derive(Debug, Shape)]
#[shape(name = "ListParentsRequest")]
pub struct ListParents {
    #[shape(max = 100, pattern = r"^(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})$")]
    pub child_id: String,
    pub next_token: Option<NextToken>,
    pub max_results: Option<MaxResults>,
}

#[derive(Debug, Shape)]
pub struct ListParentsResponse {
    pub parents: Option<Vec<Parent>>,
    pub next_token: Option<NextToken>,
}

impl Operation for ListParents {
    const ACTION: &'static str = "organizations:ListParents";
    const EFFECT: Effect = Effect::Read;
    type Output = ListParentsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(membership::account_check(Self::ACTION, scope, &self.child_id).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        only_page(self.next_token.as_ref())?;
        membership::account(cx.snapshot, organization, &self.child_id).ok_or_else(error::child_not_found)?;
        let root = Parent { id: Some(organization.root.clone()), r#type: Some(ParentType::Root) };
        Ok(ListParentsResponse { parents: Some(vec![root]), next_token: None })
    }
}
