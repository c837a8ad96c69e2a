//! The decisions of a simulation, and their results.

use std::collections::{BTreeMap, BTreeSet};

use bartizan_gate::{Arn, Error, Fault};
use bartizan_policy::{
    Decision, Effect, Level, Match, Outcome, Policies, PolicyType, Principal, Request, Resource, decide, missing_keys,
};
use bartizan_store::AccountId;
use bartizan_wire::Shape;

use super::{
    PrincipalArn,
    context::{self, ContextEntry},
    policies::{Kin, SimulatedPolicies, Statement},
    principal::PrincipalKind,
    scenario,
};
use crate::{
    error,
    names::{ActionName, ResourceHandlingOption, ResourceName},
};

/// One action, on all resources.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>
#[derive(Debug, Shape)]
pub struct EvaluationResult {
    pub eval_action_name: String,
    pub eval_resource_name: Option<String>,
    pub eval_decision: PolicyEvaluationDecision,
    pub matched_statements: Option<Vec<Statement>>,
    pub missing_context_values: Option<Vec<String>>,
    pub organizations_decision_detail: Option<OrganizationsDecisionDetail>,
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
    pub eval_decision_details: Option<BTreeMap<String, PolicyEvaluationDecision>>,
    pub resource_specific_results: Option<Vec<ResourceSpecificResult>>,
}

/// One action on one resource.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResourceSpecificResult.html>
#[derive(Debug, Shape)]
pub struct ResourceSpecificResult {
    pub eval_resource_name: String,
    pub eval_resource_decision: PolicyEvaluationDecision,
    pub matched_statements: Option<Vec<Statement>>,
    pub missing_context_values: Option<Vec<String>>,
    pub eval_decision_details: Option<BTreeMap<String, PolicyEvaluationDecision>>,
    pub permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "PolicyEvaluationDecisionType")]
pub enum PolicyEvaluationDecision {
    #[shape(name = "allowed")]
    Allowed,
    #[shape(name = "explicitDeny")]
    ExplicitDeny,
    #[shape(name = "implicitDeny")]
    ImplicitDeny,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_OrganizationsDecisionDetail.html>
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
pub struct OrganizationsDecisionDetail {
    pub allowed_by_organizations: Option<bool>,
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PermissionsBoundaryDecisionDetail.html>
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
pub struct PermissionsBoundaryDecisionDetail {
    pub allowed_by_permissions_boundary: Option<bool>,
}

impl PermissionsBoundaryDecisionDetail {
    const fn new(allowed: bool) -> Self {
        Self { allowed_by_permissions_boundary: Some(allowed) }
    }
}

impl From<Outcome> for PolicyEvaluationDecision {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Allowed => Self::Allowed,
            Outcome::ExplicitDeny => Self::ExplicitDeny,
            Outcome::ImplicitDeny => Self::ImplicitDeny,
        }
    }
}

impl PolicyEvaluationDecision {
    /// The more restrictive of the two.
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::ExplicitDeny, _) | (_, Self::ExplicitDeny) => Self::ExplicitDeny,
            (Self::ImplicitDeny, _) | (_, Self::ImplicitDeny) => Self::ImplicitDeny,
            (Self::Allowed, Self::Allowed) => Self::Allowed,
        }
    }
}

/// What both operations ask in the same way.
#[derive(Debug)]
pub struct Question<'a> {
    pub actions: &'a [ActionName],
    pub resources: &'a [ResourceName],
    pub owner: Option<&'a ResourceName>,
    pub context: &'a [ContextEntry],
    pub scenario: Option<&'a ResourceHandlingOption>,
}

/// Policies, who asks, of what, and under which circumstances.
#[derive(Debug)]
pub struct Simulation<'a> {
    policies: SimulatedPolicies<'a>,
    caller: Option<PrincipalArn<'a>>,
    /// The account of resources whose ARN tells none.
    owner: Option<&'a str>,
    /// Empty: all resources, `*`.
    resources: Vec<&'a str>,
    context: BTreeMap<String, Vec<String>>,
    /// The condition keys as the policies write them, by their lower case.
    written_keys: BTreeMap<String, String>,
}

/// The decision on one resource.
struct Evaluated {
    decision: PolicyEvaluationDecision,
    statements: Vec<Statement>,
    missing: BTreeSet<String>,
    allowed_by_organizations: Option<bool>,
    allowed_by_boundary: Option<bool>,
    details: Option<BTreeMap<String, PolicyEvaluationDecision>>,
}

/// Who asks where the request does not say: a user whom nothing names, of whatever account the resources are in.
const SOMEONE: Principal<'_> = Principal::User { account: "", arn: "", id: "" };

impl<'a> Simulation<'a> {
    /// As much as one answer may tell of: so many statements and condition keys, each on one resource. It bounds time and
    /// memory.
    const MOST: usize = 100_000;

    /// # Errors
    /// `InvalidInput` for whatever in the question makes no sense, and for a resource-based policy without a user who
    /// asks or for a role: "Simulation of resource-based policies isn't supported for IAM roles."
    pub fn new(
        policies: SimulatedPolicies<'a>,
        caller: Option<PrincipalArn<'a>>,
        question: &Question<'a>,
    ) -> Result<Self, Error> {
        for action in question.actions {
            check_action(action.as_str())?;
        }
        let resources: Vec<&str> = match question.resources {
            [one] if one.as_str() == "*" => Vec::new(),
            listed => listed.iter().map(ResourceName::as_str).collect(),
        };
        if let Some(bad) = resources.iter().find(|resource| **resource != "*" && Arn::parse(resource).is_none()) {
            let message = format!("ResourceNames are not in a valid ARN format: {bad}.");
            return Err(error::invalid_input(message).into());
        }
        if let Some(option) = question.scenario {
            scenario::check(option.as_str(), &resources)?;
        }
        if policies.resource.is_some() && caller.is_none_or(|caller| caller.kind() != PrincipalKind::User) {
            let message = "A ResourcePolicy can be simulated for an IAM user only: CallerArn must be a user's ARN.";
            return Err(error::invalid_input(message).into());
        }
        if policies.resource.is_some() && resources.iter().any(|resource| is_of(resource, "iam", "role/")) {
            let message = "Simulation of resource-based policies is not supported for IAM roles.";
            return Err(error::invalid_input(message).into());
        }
        let owner = question.owner.map(|owner| account_of(owner.as_str())).transpose()?;
        let context = context::context(question.context)?;
        let written_keys = policies.written_keys()?;
        Ok(Self { policies, caller, owner, resources, context, written_keys })
    }

    /// Of how many actions one answer can tell.
    ///
    /// # Errors
    /// `InvalidInput` if not even of one.
    pub fn actions_at_once(&self) -> Result<usize, Fault> {
        let (statements, keys) = (self.policies.statements(), self.written_keys.len());
        let resources = self.resources.len().max(1);
        match Self::MOST / (statements + keys).max(1).saturating_mul(resources) {
            0 => Err(error::invalid_input(format!(
                "The policies have {statements} statements and {keys} condition keys, too many to simulate them on \
                 {resources} resources at once."
            ))),
            actions => Ok(actions),
        }
    }

    /// May this action be done? The result on each resource, and "the most restrictive decision across all resources".
    pub fn evaluate(&self, action: &str) -> EvaluationResult {
        if self.resources.is_empty() {
            return result(action, &[self.decide(action, "*")]);
        }
        let each: Vec<Evaluated> = self.resources.iter().map(|resource| self.decide(action, resource)).collect();
        let mut result = result(action, &each);
        // "If the simulation evaluates policies within the same account and includes a resource ARN, then the parameter
        // is present but the response is empty"; where service control policies deny, "this parameter is not returned".
        if each.iter().any(|one| one.allowed_by_organizations != Some(false)) {
            result.eval_decision_details.get_or_insert_default();
        }
        let specific = self.resources.iter().zip(each).map(|(resource, one)| ResourceSpecificResult {
            eval_resource_name: (*resource).to_owned(),
            eval_resource_decision: one.decision,
            matched_statements: Some(one.statements),
            missing_context_values: Some(one.missing.into_iter().collect()),
            eval_decision_details: one.details,
            permissions_boundary_decision_detail: one.allowed_by_boundary.map(PermissionsBoundaryDecisionDetail::new),
        });
        result.resource_specific_results = Some(specific.collect());
        result
    }

    fn decide(&self, action: &str, resource: &str) -> Evaluated {
        let Self { policies, caller, context, .. } = self;
        let owner = caller.map(|caller| owner_of(resource).or(self.owner).unwrap_or(caller.account()));
        let request = Request {
            principal: caller.map_or(SOMEONE, |caller| caller.principal()),
            action,
            resource,
            resource_account: owner,
            context,
        };
        let levels = policies.service_control.iter().map(|level| Level { target: "", policies: level.set() });
        let levels: Vec<Level<'_>> = levels.collect();
        let without_levels = Policies {
            identity: Some(policies.identity.set()),
            boundary: policies.boundary.as_ref().map(Kin::set),
            resource: policies.resource.as_ref().map(|of_resource| match is_of(resource, "kms", "key/") {
                true => Resource::Key(of_resource.set()),
                false => Resource::Policy(of_resource.set()),
            }),
            ..Policies::default()
        };
        let decision = decide(&request, &Policies { service_control: &levels, ..without_levels });
        // "This field doesn't include context keys referenced by service control policies (SCPs)."
        let missing = missing_keys(&request, &without_levels);
        let written = |key: String| self.written_keys.get(&key).cloned().unwrap_or(key);
        let allowed_by_organizations = (!levels.is_empty()).then(|| decision.is_allowed_by(PolicyType::ServiceControl));
        let is_cross_account = owner.is_some_and(|owner| Some(owner) != request.principal.account());
        Evaluated {
            decision: decision.effect.into(),
            statements: self.statements(&decision),
            missing: missing.into_iter().map(written).collect(),
            allowed_by_organizations,
            allowed_by_boundary: policies.boundary.as_ref().map(|_| decision.is_allowed_by(PolicyType::Boundary)),
            details: (is_cross_account && allowed_by_organizations != Some(false)).then(|| self.details(&decision)),
        }
    }

    /// The statements that made the decision: all that allow, or all that deny. A boundary allows nothing by itself.
    fn statements(&self, decision: &Decision<'_>) -> Vec<Statement> {
        let made_it = |matched: &&Match<'_>| match decision.effect {
            Outcome::Allowed => matched.effect == Effect::Allow && matched.policy_type != PolicyType::Boundary,
            Outcome::ExplicitDeny => matched.effect == Effect::Deny,
            Outcome::ImplicitDeny => false,
        };
        decision.matched.iter().filter(made_it).filter_map(|matched| self.policies.shown(matched)).collect()
    }

    /// What each type of policy says, in whichever account.
    fn details(&self, decision: &Decision<'_>) -> BTreeMap<String, PolicyEvaluationDecision> {
        let mut asked = vec![("IAM Policy", PolicyType::Identity), ("Resource Policy", PolicyType::Resource)];
        if self.policies.boundary.is_some() {
            asked.push(("Permissions Boundary Policy", PolicyType::Boundary));
        }
        let says = |by: PolicyType| {
            let denies = |matched: &Match<'_>| matched.policy_type == by && matched.effect == Effect::Deny;
            match decision.matched.iter().any(denies) {
                true => PolicyEvaluationDecision::ExplicitDeny,
                false if decision.is_allowed_by(by) => PolicyEvaluationDecision::Allowed,
                false => PolicyEvaluationDecision::ImplicitDeny,
            }
        };
        asked.into_iter().map(|(name, by)| (name.to_owned(), says(by))).collect()
    }
}

/// What the decisions on several resources add up to. (`EvalResourceName` is `*`: which ARNs an action takes is not kept
/// here.)
fn result(action: &str, each: &[Evaluated]) -> EvaluationResult {
    let decision = each.iter().fold(PolicyEvaluationDecision::Allowed, |all, one| all.and(one.decision));
    // "Only statements that contributed to the reported decision are included."
    let contributed = each.iter().filter(|one| one.decision == decision).flat_map(|one| &one.statements);
    let mut seen = BTreeSet::new();
    let statements = contributed.filter(|statement| seen.insert(*statement)).cloned().collect();
    let missing: BTreeSet<&String> = each.iter().flat_map(|one| &one.missing).collect();
    let mut details: Option<BTreeMap<String, PolicyEvaluationDecision>> = None;
    for (by, said) in each.iter().filter_map(|one| one.details.as_ref()).flatten() {
        let all = details.get_or_insert_default().entry(by.clone()).or_insert(*said);
        *all = all.and(*said);
    }
    let all = |allowed: fn(&Evaluated) -> Option<bool>| each.iter().filter_map(allowed).reduce(|all, one| all && one);
    EvaluationResult {
        eval_action_name: action.to_owned(),
        eval_resource_name: Some("*".to_owned()),
        eval_decision: decision,
        matched_statements: Some(statements),
        missing_context_values: Some(missing.into_iter().cloned().collect()),
        organizations_decision_detail: all(|one| one.allowed_by_organizations)
            .map(|allowed| OrganizationsDecisionDetail { allowed_by_organizations: Some(allowed) }),
        permissions_boundary_decision_detail: all(|one| one.allowed_by_boundary)
            .map(PermissionsBoundaryDecisionDetail::new),
        eval_decision_details: details,
        resource_specific_results: None,
    }
}

/// Whether a resource is one of a service's, of this kind.
fn is_of(resource: &str, service: &str, kind: &str) -> bool {
    Arn::parse(resource).is_some_and(|arn| arn.service == service && arn.resource.starts_with(kind))
}

/// The account in the ARN of a resource.
fn owner_of(resource: &str) -> Option<&str> {
    let account = Arn::parse(resource)?.account;
    account.parse::<AccountId>().is_ok().then_some(account)
}

/// The account of a `ResourceOwner`: "arn:aws:iam::AWS-account-ID:root", or the id alone.
fn account_of(owner: &str) -> Result<&str, Fault> {
    let id = owner.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(owner);
    match id.parse::<AccountId>() {
        Ok(_) => Ok(id),
        Err(_) => Err(error::invalid_input(format!("ResourceOwner {owner} is not the ARN of an account."))),
    }
}

/// "Each operation must include the service identifier, such as iam:CreateUser. This operation does not support using
/// wildcards (*) in an action name."
fn check_action(action: &str) -> Result<(), Fault> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_'))
    };
    match action.split_once(':') {
        Some((service, name)) if is_word(service) && is_word(name) => Ok(()),
        _ => Err(error::invalid_input(format!("ActionNames are not in a valid format: {action}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_whole_and_without_wildcards() {
        for good in ["iam:CreateUser", "s3-object-lambda:GetObject", "a.b:C_1"] {
            assert!(check_action(good).is_ok(), "{good}");
        }
        for bad in ["CreateUser", "iam:", ":CreateUser", "iam:*", "i?m:CreateUser", "iam:Create User", "a:b:c", "*"] {
            assert_eq!(check_action(bad).unwrap_err().code, "InvalidInput", "{bad}");
        }
    }

    #[test]
    fn an_owner_is_an_account() {
        assert_eq!(account_of("arn:aws:iam::123456789012:root").unwrap(), "123456789012");
        assert_eq!(account_of("123456789012").unwrap(), "123456789012");
        for bad in ["", "arn:aws:iam::123456789012:user/alice", "12345678901", "arn:aws:iam::*:root"] {
            assert_eq!(account_of(bad).unwrap_err().code, "InvalidInput", "{bad}");
        }
        assert_eq!(owner_of("arn:aws:sqs:us-east-1:123456789012:q"), Some("123456789012"));
        assert_eq!(owner_of("arn:aws:s3:::bucket/key"), None);
        assert_eq!(owner_of("arn:aws:sqs:us-east-1:*:q"), None);
    }

    #[test]
    fn the_most_restrictive_decision_counts() {
        use PolicyEvaluationDecision::{Allowed, ExplicitDeny, ImplicitDeny};
        for (one, other, both) in [
            (Allowed, Allowed, Allowed),
            (Allowed, ImplicitDeny, ImplicitDeny),
            (ImplicitDeny, ExplicitDeny, ExplicitDeny),
            (ExplicitDeny, Allowed, ExplicitDeny),
        ] {
            assert_eq!((one.and(other), other.and(one)), (both, both));
        }
    }
}
