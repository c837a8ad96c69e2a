//! Why a decision came out as it did: every statement of every policy that was asked, which element of
//! it failed, and on which value.

mod drawing;
mod json;

use std::ops::Range;

use crate::action::Requested;
use crate::decide::binding;
use crate::document::Statement;
use crate::pattern::Pattern;
use crate::truth::Truth;
use crate::{
    AclGrant, Decision, Effect, Policies, PolicySet, PolicyType, Principal, Request, Resource, Values, decide,
};

/// A decision with all that led to it.
///
/// It is made by the same functions that decide, after the decision: whoever does not ask why pays
/// nothing for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<'a> {
    /// What was decided.
    pub decision: Decision<'a>,
    /// The end of AWS's access denied sentence; empty if the request is allowed.
    pub reason: String,
    /// The policies that were asked, in the order of evaluation.
    pub asked: Vec<Asked<'a>>,
    /// The grants of the resource's access control list; `None` if it has none.
    pub acl: Option<Vec<ExplainedGrant<'a>>>,
}

/// The policies of one kind that were asked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Their kind.
    pub policy_type: PolicyType,
    /// The organisation's root, unit or account to which an SCP or an RCP is attached.
    pub target: Option<&'a str>,
    /// What they say together.
    pub verdict: Verdict,
    /// The policies.
    pub policies: Vec<ExplainedPolicy<'a>>,
}

/// What policies of one kind say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// One denies.
    Denies,
    /// One allows, and none denies.
    Allows,
    /// None says anything.
    Silent,
}

/// A grant of an access control list, and what it means for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExplainedGrant<'a> {
    /// The grant.
    pub grant: &'a AclGrant,
    /// Whether its permission stands for the action.
    pub means_action: bool,
    /// Whether its grantee is the one who asks.
    pub names_principal: bool,
}

impl ExplainedGrant<'_> {
    /// Whether it grants what is asked for.
    pub fn matched(&self) -> bool {
        self.means_action && self.names_principal
    }
}

/// A policy, statement by statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedPolicy<'a> {
    /// The name under which it was given.
    pub name: &'a str,
    /// Its statements, in order.
    pub statements: Vec<ExplainedStatement<'a>>,
}

/// A statement, and how it came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedStatement<'a> {
    /// Its place in the document, from 0.
    pub statement: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<&'a str>,
    /// What it does if it applies.
    pub effect: Effect,
    /// Where it stands in the text, in bytes.
    pub span: Range<usize>,
    /// Whether it applied.
    pub matched: bool,
    /// Whether it is about the action that was asked for.
    pub means_action: bool,
    /// The elements that failed. Where it is not about the action, no other element is looked at.
    pub failures: Vec<Failure>,
}

impl ExplainedStatement<'_> {
    /// Whether one element alone kept it from applying.
    pub fn nearly_matched(&self) -> bool {
        self.means_action && self.failures.len() == 1
    }
}

/// An element of a statement that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `Principal`, `NotAction`, …, or the operator and the key of a condition:
    /// `StringEquals aws:PrincipalTag/team`.
    pub element: String,
    /// The statement's values. Actions and keys are in lower case: their case does not matter.
    pub wanted: Vec<String>,
    /// The policy variables in them, each with what it stood for.
    pub variables: Vec<(String, Given)>,
    /// What the request has.
    pub given: Given,
}

/// What a request has to hold against an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// These values.
    Values(Vec<String>),
    /// Nothing: the key is absent.
    Absent,
    /// The key is unknown; it was assumed to be what denies.
    Unknown,
}

/// Decides a request as [`decide`](crate::decide()) does, and says why.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Arc;
/// use bartizan_policy::{Given, Kind, Policies, Policy, PolicySet, Principal, Request, explain};
///
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
///     "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}}"#;
/// let identity = PolicySet::new([("RedTeam", Arc::new(Policy::parse(text, Kind::Identity)?))]);
/// let request = Request {
///     principal: Principal::User { account: "111122223333", arn: "arn:aws:iam::111122223333:user/bob", id: "" },
///     action: "s3:GetObject",
///     resource: "arn:aws:s3:::photos/moon.jpg",
///     resource_account: None,
///     context: &BTreeMap::new(),
/// };
/// let explanation = explain(&request, &Policies { identity: Some(&identity), ..Policies::default() });
/// let statement = &explanation.asked[0].policies[0].statements[0];
/// assert!(!statement.matched && statement.nearly_matched());
/// assert_eq!(statement.failures[0].element, "StringEquals aws:principaltag/team");
/// assert_eq!(statement.failures[0].given, Given::Absent);
/// # Ok::<(), bartizan_policy::Malformed>(())
/// ```
pub fn explain<'a>(request: &Request, policies: &Policies<'a>) -> Explanation<'a> {
    let decision = decide(request, policies);
    let (scps, rcps) = binding(&request.principal, policies);
    let levels = |by, levels: &'a [crate::Level<'a>]| {
        levels.iter().map(move |level| (by, Some(level.target), level.policies)).collect::<Vec<_>>()
    };
    let of_resource = policies.resource.map(|resource| match resource {
        Resource::Policy(policies) | Resource::Key(policies) => (PolicyType::Resource, policies),
        Resource::Trust(policies) => (PolicyType::Trust, policies),
    });
    let alone = |by, policies: Option<&'a PolicySet>| policies.map(|policies| (by, None, policies));
    let mut sets = levels(PolicyType::ServiceControl, scps);
    sets.extend(levels(PolicyType::ResourceControl, rcps));
    sets.extend(alone(PolicyType::Endpoint, policies.endpoint));
    sets.extend(of_resource.map(|(by, policies)| (by, None, policies)));
    sets.extend(alone(PolicyType::Identity, policies.identity));
    sets.extend(alone(PolicyType::Boundary, policies.boundary));
    sets.extend(alone(PolicyType::Session, policies.session));
    let asked = sets.into_iter().map(|(by, target, set)| asked(request, by, target, set)).collect();
    let requested = Requested::new(request.action);
    let grant = |grant: &'a AclGrant| ExplainedGrant {
        grant,
        means_action: grant.permission.permits(&requested, request.resource),
        names_principal: grant.grantee.names(&request.principal).is_some(),
    };
    let acl = policies.acl.map(|acl| acl.grants.iter().map(grant).collect());
    Explanation { reason: decision.reason(request.action), decision, asked, acl }
}

fn asked<'a>(request: &Request, policy_type: PolicyType, target: Option<&'a str>, set: &'a PolicySet) -> Asked<'a> {
    let requested = Requested::new(request.action);
    let mut policies: Vec<ExplainedPolicy<'a>> =
        set.policies().map(|(name, _)| ExplainedPolicy { name, statements: Vec::new() }).collect();
    let mut verdict = Verdict::Silent;
    for candidate in set.candidates() {
        let explained = explained(request, &requested, candidate.place, candidate.statement);
        if explained.matched {
            verdict = match (explained.effect, verdict) {
                (Effect::Deny, _) | (_, Verdict::Denies) => Verdict::Denies,
                (Effect::Allow, _) => Verdict::Allows,
            };
        }
        if let Some(policy) = policies.get_mut(candidate.policy) {
            policy.statements.push(explained);
        }
    }
    Asked { policy_type, target, verdict, policies }
}

fn explained<'a>(
    request: &Request,
    requested: &Requested,
    place: usize,
    statement: &'a Statement,
) -> ExplainedStatement<'a> {
    let means_action = statement.means(requested);
    let failures = match means_action {
        true => failures(request, statement),
        false => {
            let actions = statement.actions();
            let element = if actions.negated { "NotAction" } else { "Action" };
            vec![failure(element, actions.texts(), request.action)]
        }
    };
    // A statement that hangs on unknown keys is assumed to be what denies: it fails, if it allows.
    let matched = failures.iter().all(|failure| failure.given == Given::Unknown) && {
        failures.is_empty() || statement.effect == Effect::Deny
    };
    ExplainedStatement {
        statement: place,
        sid: statement.sid.as_deref(),
        effect: statement.effect,
        span: statement.span.start as usize..statement.span.end as usize,
        matched,
        means_action,
        failures,
    }
}

/// The elements beside the action that fail.
fn failures(request: &Request, statement: &Statement) -> Vec<Failure> {
    let mut failures = Vec::new();
    if let Some(principals) = statement.principals()
        && statement.names(&request.principal).is_none()
    {
        let element = if principals.negated { "NotPrincipal" } else { "Principal" };
        let wanted = principals.named.iter().map(ToString::to_string).collect();
        failures.push(failure(element, wanted, &called(&request.principal)));
    }
    let covers = statement.covers(request.resource, request.context);
    if let Some(resources) = statement.resources()
        && covers != Truth::Yes
    {
        let element = if resources.negated { "NotResource" } else { "Resource" };
        let wanted = resources.listed.iter().map(ToString::to_string).collect();
        let given = match covers {
            Truth::Unknown => Given::Unknown,
            Truth::No | Truth::Yes => Given::Values(vec![request.resource.to_owned()]),
        };
        let variables = variables(request, resources.listed.iter().flat_map(Pattern::keys));
        failures.push(Failure { element: element.to_owned(), wanted, variables, given });
    }
    for condition in statement.conditions() {
        let holds = condition.holds(request.context);
        if holds == Truth::Yes {
            continue;
        }
        let given = match holds {
            Truth::Unknown => Given::Unknown,
            Truth::No | Truth::Yes => given(request, condition.key()),
        };
        let element = format!("{} {}", condition.operator(), condition.key());
        // The first of its keys is its own.
        let variables = variables(request, condition.keys().skip(1));
        failures.push(Failure { element, wanted: condition.operands(), variables, given });
    }
    failures
}

fn variables<'k>(request: &Request, keys: impl Iterator<Item = &'k str>) -> Vec<(String, Given)> {
    let mut variables: Vec<(String, Given)> = Vec::new();
    for key in keys {
        if variables.iter().all(|(known, _)| known != key) {
            variables.push((key.to_owned(), given(request, key)));
        }
    }
    variables
}

fn given(request: &Request, key: &str) -> Given {
    match request.context.values(key) {
        Values::Unknown => Given::Unknown,
        values if values.is_absent() => Given::Absent,
        values => Given::Values(values.iter().map(str::to_owned).collect()),
    }
}

fn failure(element: &str, wanted: Vec<String>, given: &str) -> Failure {
    let given = Given::Values(vec![given.to_owned()]);
    Failure { element: element.to_owned(), wanted, variables: Vec::new(), given }
}

/// How a principal is called in an explanation.
fn called(principal: &Principal) -> String {
    match *principal {
        Principal::Anonymous => "nobody (the request is not signed)".to_owned(),
        Principal::Root { account } => format!("arn:aws:iam::{account}:root"),
        Principal::User { arn, .. } | Principal::FederatedUser { arn, .. } => arn.to_owned(),
        Principal::Role { session_arn: "", role_arn, .. } => role_arn.to_owned(),
        Principal::Role { session_arn, .. } => session_arn.to_owned(),
        Principal::Service { name } => name.to_owned(),
        Principal::Federated { provider } => provider.to_owned(),
    }
}
