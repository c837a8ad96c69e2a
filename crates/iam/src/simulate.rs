//! What if: may these policies do these actions on these resources? The engine that guards the door decides, and the
//! policies of users, groups and roles are gathered as they are when these ask themselves.
//!
//! | file | what it holds |
//! |---|---|
//! | `simulate/principal` | whose policies, and who is to ask |
//! | `simulate/policies` | the policies considered, and how results call them |
//! | `simulate/exclusion` | policies that are left out |
//! | `simulate/context` | the condition keys that are given |
//! | `simulate/scenario` | the simulations that need resources of several types |
//! | `simulate/position` | where statements stand |
//! | `simulate/evaluation` | the decisions, and their results |
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html>

mod context;
mod evaluation;
mod exclusion;
pub mod policies;
mod position;
mod principal;
mod scenario;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_wire::Shape;

pub use principal::PrincipalArn;

use crate::{
    names::{ActionName, Arn, Marker, MaxItems, PolicyDocument, ResourceHandlingOption, ResourceName},
    page::Paging,
    simulate::{
        context::ContextEntry,
        evaluation::{EvaluationResult, Question, Simulation},
        exclusion::PolicyIdentifier,
        policies::{OrderedOrganizationPolicy, SimulatedPolicies},
    },
};

#[derive(Debug, Shape)]
pub struct SimulatePolicyResponse {
    pub evaluation_results: Option<Vec<EvaluationResult>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

/// The page of results that operation `O` is asked for.
fn answer<O: Operation>(
    cx: &Scope<'_>,
    simulation: &Simulation<'_>,
    actions: &[ActionName],
    (marker, max_items): (&Option<Marker>, &Option<MaxItems>),
) -> Result<SimulatePolicyResponse, Error> {
    let paging = Paging::of::<O>(cx, marker, max_items)?.at_most(simulation.actions_at_once()?);
    let page = paging.count_and_take(cx, actions.iter())?.map(|action| simulation.evaluate(action.as_str()));
    Ok(SimulatePolicyResponse {
        evaluation_results: Some(page.items),
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html>
#[derive(Debug, Shape)]
pub struct SimulateCustomPolicy {
    pub policy_input_list: Vec<PolicyDocument>,
    pub permissions_boundary_policy_input_list: Option<Vec<PolicyDocument>>,
    #[shape(max = 7)]
    pub ordered_organization_policy_input_list: Option<Vec<OrderedOrganizationPolicy>>,
    pub action_names: Vec<ActionName>,
    pub resource_arns: Option<Vec<ResourceName>>,
    pub resource_policy: Option<PolicyDocument>,
    pub resource_owner: Option<ResourceName>,
    pub caller_arn: Option<ResourceName>,
    pub context_entries: Option<Vec<ContextEntry>>,
    pub resource_handling_option: Option<ResourceHandlingOption>,
    pub max_items: Option<MaxItems>,
    pub marker: Option<Marker>,
}

impl Operation for SimulateCustomPolicy {
    const ACTION: &'static str = "iam:SimulateCustomPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = SimulatePolicyResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<SimulatePolicyResponse, Error> {
        let boundary = self.permissions_boundary_policy_input_list.as_deref().unwrap_or_default();
        let levels = self.ordered_organization_policy_input_list.as_deref().unwrap_or_default();
        let policies = SimulatedPolicies {
            identity: policies::identity(cx, &[], &self.policy_input_list)?,
            boundary: policies::boundary(cx, None, boundary)?,
            resource: self.resource_policy.as_ref().map(policies::resource).transpose()?,
            service_control: policies::service_control(levels)?,
        };
        let caller = self.caller_arn.as_ref().map(|arn| PrincipalArn::parse(arn.as_str())).transpose()?;
        let question = Question {
            actions: &self.action_names,
            resources: self.resource_arns.as_deref().unwrap_or_default(),
            owner: self.resource_owner.as_ref(),
            context: self.context_entries.as_deref().unwrap_or_default(),
            scenario: self.resource_handling_option.as_ref(),
        };
        let simulation = Simulation::new(policies, caller, &question)?;
        answer::<Self>(cx, &simulation, &self.action_names, (&self.marker, &self.max_items))
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
#[derive(Debug, Shape)]
pub struct SimulatePrincipalPolicy {
    pub policy_source_arn: Arn,
    pub policy_input_list: Option<Vec<PolicyDocument>>,
    pub permissions_boundary_policy_input_list: Option<Vec<PolicyDocument>>,
    #[shape(max = 256)]
    pub policy_exclusion_list: Option<Vec<PolicyIdentifier>>,
    pub action_names: Vec<ActionName>,
    pub resource_arns: Option<Vec<ResourceName>>,
    pub resource_policy: Option<PolicyDocument>,
    pub resource_owner: Option<ResourceName>,
    pub caller_arn: Option<ResourceName>,
    pub context_entries: Option<Vec<ContextEntry>>,
    pub resource_handling_option: Option<ResourceHandlingOption>,
    pub max_items: Option<MaxItems>,
    pub marker: Option<Marker>,
}

impl Operation for SimulatePrincipalPolicy {
    const ACTION: &'static str = "iam:SimulatePrincipalPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = SimulatePolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(PrincipalArn::parse(self.policy_source_arn.as_str())?.check(scope, Self::ACTION).into())
    }

    /// No service control policy can be attached yet, so that none applies to the account.
    fn run(&self, cx: &mut Context<'_>) -> Result<SimulatePolicyResponse, Error> {
        let source = PrincipalArn::parse(self.policy_source_arn.as_str())?;
        let mut held = cx.policies_of(source.find(cx)?)?;
        exclusion::exclude(&mut held, self.policy_exclusion_list.as_deref().unwrap_or_default())?;
        let given = self.policy_input_list.as_deref().unwrap_or_default();
        let boundary = self.permissions_boundary_policy_input_list.as_deref().unwrap_or_default();
        let policies = SimulatedPolicies {
            identity: policies::identity(cx, &held.identity, given)?,
            boundary: policies::boundary(cx, held.boundary, boundary)?,
            resource: self.resource_policy.as_ref().map(policies::resource).transpose()?,
            service_control: Vec::new(),
        };
        let caller = self.caller_arn.as_ref().map(|arn| PrincipalArn::parse(arn.as_str())).transpose()?;
        let question = Question {
            actions: &self.action_names,
            resources: self.resource_arns.as_deref().unwrap_or_default(),
            owner: self.resource_owner.as_ref(),
            context: self.context_entries.as_deref().unwrap_or_default(),
            scenario: self.resource_handling_option.as_ref(),
        };
        let simulation = Simulation::new(policies, Some(caller.unwrap_or(source)), &question)?;
        answer::<Self>(cx, &simulation, &self.action_names, (&self.marker, &self.max_items))
    }
}
