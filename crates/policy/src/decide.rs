//! The decision: which policies apply, and what they add up to.
//!
//! AWS pages: "Policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>;
//! "Cross-account policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.

use crate::action::Requested;
use crate::decision::PolicyTypes;
use crate::principal::Grant;
use crate::set::{Candidate, Cover};
use crate::truth::Truth;
use crate::{
    Acl, Decision, Effect, Level, Match, Outcome, Policies, PolicySet, PolicyType, Principal, Request, Resource,
};

/// Decides whether a request may pass.
///
/// An explicit deny in any policy that applies ends it. Then every ceiling (SCPs, RCPs, endpoint
/// policies) must allow, and then the resource-based and the identity-based policies, boundary and
/// session policies decide together, by how closely the resource-based policy names the principal.
/// Everything else is denied.
///
/// ```
/// use std::collections::BTreeMap;
/// use std::sync::Arc;
/// use bartizan_policy::{Kind, Policies, Policy, PolicySet, Principal, Request, decide};
///
/// let text = r#"{"Version": "2012-10-17",
///     "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::photos/*"}}"#;
/// let identity = PolicySet::new([("ReadPhotos", Arc::new(Policy::parse(text, Kind::Identity)?))]);
/// let mut request = Request {
///     principal: Principal::User { account: "111122223333", arn: "arn:aws:iam::111122223333:user/bob", id: "" },
///     action: "s3:GetObject",
///     resource: "arn:aws:s3:::photos/moon.jpg",
///     resource_account: None,
///     context: &BTreeMap::new(),
/// };
/// let policies = Policies { identity: Some(&identity), ..Policies::default() };
/// let decision = decide(&request, &policies);
/// assert!(decision.is_allowed());
/// assert_eq!((decision.matched[0].policy, decision.matched[0].statement), ("ReadPhotos", 0));
///
/// request.action = "s3:PutObject";
/// let decision = decide(&request, &policies);
/// assert_eq!(decision.reason("s3:PutObject"), "because no identity-based policy allows the s3:PutObject action");
/// # Ok::<(), bartizan_policy::Malformed>(())
/// ```
pub fn decide<'a>(request: &Request, policies: &Policies<'a>) -> Decision<'a> {
    decide_assuming(request, policies, Assume::Worst)
}

/// What is assumed of statements that hang on unknown condition keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assume {
    /// Those that deny apply, those that allow do not.
    Worst,
    /// Those that allow apply, those that deny do not.
    Best,
}

/// See [`decide`]. The more statements apply that allow, and the fewer that deny, the more is allowed:
/// whatever the unknown keys are, the outcome lies between the two assumptions.
pub(crate) fn decide_assuming<'a>(request: &Request, policies: &Policies<'a>, assume: Assume) -> Decision<'a> {
    let requested = Requested::new(request.action);
    let mut evaluation = Evaluation {
        request,
        requested,
        assume,
        denied_by: None,
        against: PolicyTypes::default(),
        matched: Vec::new(),
        sets: 0,
    };
    // "No permissions are required to perform this operation", and an explicit deny does not stop it:
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    let verdict = match requested.is("sts", "GetCallerIdentity") && request.principal.account().is_some() {
        true => Ok(()),
        false => evaluation.verdict(policies),
    };
    let Evaluation { denied_by, against, mut matched, .. } = evaluation;
    let (effect, by) = match (denied_by, verdict) {
        (Some(by), _) => (Outcome::ExplicitDeny, Some(by)),
        (None, Err(by)) => (Outcome::ImplicitDeny, Some(by)),
        (None, Ok(())) => (Outcome::Allowed, None),
    };
    if matched.len() > 1 {
        matched.sort_unstable_by_key(|found| (found.effect != Effect::Deny, found.order, found.statement));
        matched.dedup_by_key(|found| (found.order, found.statement));
    }
    Decision { effect, by, matched, against }
}

/// One request on its way through all policies.
struct Evaluation<'a, 'r> {
    request: &'r Request<'r>,
    requested: Requested<'r>,
    assume: Assume,
    /// The first kind of policy that denied explicitly.
    denied_by: Option<PolicyType>,
    /// The kinds of policy that are in the way.
    against: PolicyTypes,
    matched: Vec<Match<'a>>,
    /// How many sets have been looked at.
    sets: u32,
}

/// The kind of policy that lacks an `Allow`.
type Verdict = Result<(), PolicyType>;

impl<'a> Evaluation<'a, '_> {
    /// Goes through all policies, so that every explicit deny is found, and says which kind is the
    /// first that does not allow.
    fn verdict(&mut self, policies: &Policies<'a>) -> Verdict {
        let principal = &self.request.principal;
        let (scps, rcps) = binding(principal, policies);
        let service_control = self.levels(PolicyType::ServiceControl, scps);
        let resource_control = self.levels(PolicyType::ResourceControl, rcps);
        let endpoint = self.limit(PolicyType::Endpoint, policies.endpoint);
        let resource = self.resource(policies.resource, policies.acl);
        let identity = policies.identity.is_some_and(|identity| self.grant(PolicyType::Identity, identity).is_some());
        let boundary = self.limit(PolicyType::Boundary, policies.boundary);
        // "If there is no session policy, the code checks whether the principal is a role session": a
        // federated user without one has nothing.
        let session = match (policies.session, principal) {
            (None, Principal::FederatedUser { .. }) => self.missing(PolicyType::Session),
            (session, _) => self.limit(PolicyType::Session, session),
        };
        let identity = match identity || is_root(principal) {
            true => Ok(()),
            false => self.missing(PolicyType::Identity),
        };
        service_control.and(resource_control).and(endpoint)?;
        self.grants(&resource, &Own { identity, limits: boundary.and(session) })
    }

    /// What the resource-based policy and the principal's own policies add up to.
    fn grants(&self, resource: &Granted, own: &Own) -> Verdict {
        let Request { principal, resource_account, .. } = self.request;
        // "You cannot assume a role when you are signed in as the AWS account root user."
        if resource.by == PolicyType::Trust
            && matches!(principal, Principal::Root { .. })
            && self.requested.is("sts", "AssumeRole")
        {
            return Err(PolicyType::Trust);
        }
        let Some(account) = principal.account() else {
            // Anonymous requests, services and outside identities have no policies of their own.
            return match resource.grant {
                Some(Grant::Direct | Grant::Indirect) => Ok(()),
                Some(Grant::Account) | None => Err(resource.by),
            };
        };
        if resource_account.is_some_and(|owner| owner != account) {
            // Both accounts must allow.
            own.all()?;
            return resource.grant.map(|_| ()).ok_or(resource.by);
        }
        match resource.grant {
            Some(Grant::Direct) => Ok(()),
            Some(Grant::Indirect) => own.limits,
            None if resource.must_allow => Err(resource.by),
            Some(Grant::Account) | None => own.all(),
        }
    }

    /// The resource's own policy, and its access control list.
    fn resource(&mut self, resource: Option<Resource<'a>>, acl: Option<&Acl>) -> Granted {
        let (by, must_allow, policies) = match resource {
            None => (PolicyType::Resource, false, None),
            Some(Resource::Policy(policies)) => (PolicyType::Resource, false, Some(policies)),
            Some(Resource::Key(policies)) => (PolicyType::Resource, true, Some(policies)),
            Some(Resource::Trust(policies)) => (PolicyType::Trust, true, Some(policies)),
        };
        let by_policy = policies.and_then(|policies| self.grant(by, policies));
        let Request { principal, resource, .. } = self.request;
        let by_acl = acl.and_then(|acl| acl.grant(principal, &self.requested, resource));
        let grant = by_policy.max(by_acl);
        if grant.is_none() {
            self.against.insert(by);
        }
        Granted { by, must_allow, grant }
    }

    /// Each level must allow.
    fn levels(&mut self, by: PolicyType, levels: &[Level<'a>]) -> Verdict {
        let mut verdict = Ok(());
        for level in levels {
            // Each level is looked at: its denies count even where another one does not allow.
            verdict = verdict.and(self.limit(by, Some(level.policies)));
        }
        verdict
    }

    /// One of the policies must allow, if there is a set of that kind.
    fn limit(&mut self, by: PolicyType, policies: Option<&'a PolicySet>) -> Verdict {
        match policies {
            Some(policies) if self.grant(by, policies).is_none() => self.missing(by),
            _ => Ok(()),
        }
    }

    /// An `Allow` is missing.
    fn missing(&mut self, by: PolicyType) -> Verdict {
        self.against.insert(by);
        Err(by)
    }

    /// The closest grant of a set; notes all statements that apply, and a deny.
    fn grant(&mut self, by: PolicyType, policies: &'a PolicySet) -> Option<Grant> {
        let mut closest = None;
        let requested = self.requested;
        policies.meet(&requested, self.request.resource, |candidate| {
            let Some(grant) = self.applies(&candidate) else {
                return;
            };
            let Candidate { policy, name, place, statement, .. } = candidate;
            match statement.effect {
                Effect::Allow => closest = closest.max(Some(grant)),
                Effect::Deny => {
                    self.denied_by = self.denied_by.or(Some(by));
                    self.against.insert(by);
                }
            }
            self.matched.push(Match {
                policy_type: by,
                policy: name,
                statement: place,
                effect: statement.effect,
                sid: statement.sid.as_deref(),
                span: statement.span.start as usize..statement.span.end as usize,
                order: (self.sets, policy),
            });
        });
        self.sets += 1;
        closest
    }

    /// Whether a statement whose action is meant applies, and how closely it names the principal.
    fn applies(&self, candidate: &Candidate) -> Option<Grant> {
        let Request { principal, resource, context, .. } = self.request;
        let statement = candidate.statement;
        let covers = match candidate.cover {
            Cover::Certain => Truth::Yes,
            Cover::Pattern(index) => statement.covers_by(index, resource, *context),
            Cover::Unasked => statement.covers(resource, *context),
        };
        if covers == Truth::No {
            return None;
        }
        let grant = statement.names(principal)?;
        let applies = match covers.min(statement.conditions_hold(*context)) {
            Truth::Yes => true,
            Truth::No => false,
            Truth::Unknown => (statement.effect == Effect::Allow) == (self.assume == Assume::Best),
        };
        applies.then_some(grant)
    }
}

/// The service control and the resource control policies that bind a principal: SCPs bind the principals
/// of accounts, RCPs all that touch a resource; neither binds service-linked roles.
pub(crate) fn binding<'a>(principal: &Principal, policies: &Policies<'a>) -> (&'a [Level<'a>], &'a [Level<'a>]) {
    match principal {
        Principal::Role { service_linked: true, .. } => (&[], &[]),
        _ if principal.account().is_none() => (&[], policies.resource_control),
        _ => (policies.service_control, policies.resource_control),
    }
}

/// What the resource's policy grants.
struct Granted {
    /// Which kind of policy it is.
    by: PolicyType,
    /// Whether nothing is allowed without it, not even in its own account.
    must_allow: bool,
    grant: Option<Grant>,
}

/// Whether the principal's own policies allow.
struct Own {
    identity: Verdict,
    /// Boundary and session policies, as far as they are set.
    limits: Verdict,
}

impl Own {
    /// Identity-based policies and all limits.
    fn all(&self) -> Verdict {
        self.identity.and(self.limits)
    }
}

/// Whether the principal has the powers of the root user, who needs no identity-based policies.
fn is_root(principal: &Principal) -> bool {
    match principal {
        Principal::Root { .. } => true,
        Principal::FederatedUser { user_arn, .. } => user_arn.ends_with(":root"),
        _ => false,
    }
}
