//! The decision: which policies apply, and what they add up to.
//!
//! AWS pages: "Policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>;
//! "Cross-account policy evaluation logic",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>.

use crate::action::Requested;
use crate::principal::Grant;
use crate::{Decision, Effect, Level, Match, Named, Outcome, Policies, PolicyType, Principal, Request, Resource};

/// Decides whether a request may pass.
///
/// An explicit deny in any policy that applies ends it. Then every ceiling (SCPs, RCPs, endpoint
/// policies) must allow, and then the resource-based and the identity-based policies, boundary and
/// session policies decide together, by how closely the resource-based policy names the principal.
/// Everything else is denied.
pub fn decide(request: &Request, policies: &Policies) -> Decision {
    let requested = Requested::new(request.action);
    // "No permissions are required to perform this operation", and an explicit deny does not stop it:
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    if requested.is("sts", "GetCallerIdentity") && request.principal.account().is_some() {
        return Decision { effect: Outcome::Allowed, by: None, matched: Vec::new() };
    }
    let mut evaluation = Evaluation { request, requested, denied_by: None, matched: Vec::new() };
    let verdict = evaluation.verdict(policies);
    let (effect, by) = match (evaluation.denied_by, verdict) {
        (Some(by), _) => (Outcome::ExplicitDeny, Some(by)),
        (None, Err(by)) => (Outcome::ImplicitDeny, Some(by)),
        (None, Ok(())) => (Outcome::Allowed, None),
    };
    let mut matched = evaluation.matched;
    matched.sort_by_key(|found| found.effect != Effect::Deny);
    Decision { effect, by, matched }
}

/// One request on its way through all policies.
struct Evaluation<'a> {
    request: &'a Request<'a>,
    requested: Requested<'a>,
    /// The first kind of policy that denied explicitly.
    denied_by: Option<PolicyType>,
    matched: Vec<Match>,
}

/// The kind of policy that lacks an `Allow`.
type Verdict = Result<(), PolicyType>;

impl Evaluation<'_> {
    /// Goes through all policies, so that every explicit deny is found, and says which kind is the
    /// first that does not allow.
    fn verdict(&mut self, policies: &Policies) -> Verdict {
        let principal = &self.request.principal;
        let service_linked = matches!(principal, Principal::Role { service_linked: true, .. });
        // SCPs bind the principals of accounts, RCPs all that touch a resource; neither binds
        // service-linked roles.
        let scps = match principal.account() {
            Some(_) if !service_linked => policies.service_control,
            _ => &[],
        };
        let rcps = if service_linked { &[] } else { policies.resource_control };
        let service_control = self.levels(PolicyType::ServiceControl, scps);
        let resource_control = self.levels(PolicyType::ResourceControl, rcps);
        let endpoint = self.ceiling(PolicyType::Endpoint, policies.endpoint);
        let resource = self.resource(policies.resource);
        let identity = self.grant(PolicyType::Identity, policies.identity).is_some();
        let boundary = match &policies.boundary {
            Some(boundary) => self.grant(PolicyType::Boundary, std::slice::from_ref(boundary)).is_some(),
            None => true,
        };
        let session = match policies.session {
            Some(session) => self.grant(PolicyType::Session, session).is_some(),
            // "If there is no session policy, the code checks whether the principal is a role
            // session": a federated user without one has nothing.
            None => !matches!(principal, Principal::FederatedUser { .. }),
        };
        let own = Own { identity: identity || is_root(principal), boundary, session };
        service_control.and(resource_control).and(endpoint)?;
        self.grants(&resource, &own)
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
            Some(Grant::Indirect) => own.limits(),
            None if resource.must_allow => Err(resource.by),
            Some(Grant::Account) | None => own.all(),
        }
    }

    /// The resource's own policy.
    fn resource(&mut self, resource: Option<Resource>) -> Granted {
        let (by, must_allow, policy) = match resource {
            None => (PolicyType::Resource, false, None),
            Some(Resource::Policy(policy)) => (PolicyType::Resource, false, Some(policy)),
            Some(Resource::Key(policy)) => (PolicyType::Resource, true, Some(policy)),
            Some(Resource::Trust(policy)) => (PolicyType::Trust, true, Some(policy)),
        };
        Granted { by, must_allow, grant: self.grant(by, policy.as_slice()) }
    }

    /// Each level must allow.
    fn levels(&mut self, by: PolicyType, levels: &[Level]) -> Verdict {
        let mut allowed = true;
        for level in levels {
            // Each level is looked at: its denies count even where another one does not allow.
            allowed &= self.grant(by, level.policies).is_some();
        }
        if allowed { Ok(()) } else { Err(by) }
    }

    /// One of the policies must allow, if there are any.
    fn ceiling(&mut self, by: PolicyType, policies: &[Named]) -> Verdict {
        let allowed = self.grant(by, policies).is_some() || policies.is_empty();
        if allowed { Ok(()) } else { Err(by) }
    }

    /// The closest grant of some policies of one kind; notes all statements that apply, and a deny.
    fn grant(&mut self, by: PolicyType, policies: &[Named]) -> Option<Grant> {
        let mut closest = None;
        for Named { name, policy } in policies {
            for (index, statement) in policy.statements().iter().enumerate() {
                let Some(grant) = statement.applies(self.request, &self.requested) else {
                    continue;
                };
                match statement.effect {
                    Effect::Allow => closest = closest.max(Some(grant)),
                    Effect::Deny => self.denied_by = self.denied_by.or(Some(by)),
                }
                self.matched.push(Match {
                    policy_type: by,
                    policy: (*name).to_owned(),
                    statement: index,
                    effect: statement.effect,
                    sid: statement.sid.as_deref().map(str::to_owned),
                });
            }
        }
        closest
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

/// Whether the principal's own policies allow, kind by kind; true for a limit that is not set.
struct Own {
    identity: bool,
    boundary: bool,
    session: bool,
}

impl Own {
    /// Identity-based policies and all limits.
    fn all(&self) -> Verdict {
        if !self.identity {
            return Err(PolicyType::Identity);
        }
        self.limits()
    }

    /// Boundary and session policies.
    fn limits(&self) -> Verdict {
        match (self.boundary, self.session) {
            (false, _) => Err(PolicyType::Boundary),
            (true, false) => Err(PolicyType::Session),
            (true, true) => Ok(()),
        }
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
