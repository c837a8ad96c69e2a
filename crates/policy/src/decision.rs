//! What was decided, and why.

use std::ops::Range;

use crate::Effect;

/// The outcome of an evaluation.
///
/// AWS page: "The difference between explicit and implicit denies",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html#AccessPolicyLanguage_Interplay>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The request may pass.
    Allowed,
    /// A `Deny` statement applies.
    ExplicitDeny,
    /// No `Deny` applies, but an `Allow` is missing.
    ImplicitDeny,
}

/// The kinds of policy that can decide a denial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyType {
    /// Service control policies (SCPs).
    ServiceControl,
    /// Resource control policies (RCPs).
    ResourceControl,
    /// VPC endpoint policies.
    Endpoint,
    /// Resource-based policies, KMS key policies among them.
    Resource,
    /// Role trust policies.
    Trust,
    /// Identity-based policies.
    Identity,
    /// Permissions boundaries.
    Boundary,
    /// Session policies.
    Session,
}

impl PolicyType {
    /// How programs call it: `identity`, `serviceControl`, …
    pub fn id(self) -> &'static str {
        match self {
            PolicyType::ServiceControl => "serviceControl",
            PolicyType::ResourceControl => "resourceControl",
            PolicyType::Endpoint => "endpoint",
            PolicyType::Resource => "resource",
            PolicyType::Trust => "trust",
            PolicyType::Identity => "identity",
            PolicyType::Boundary => "permissionsBoundary",
            PolicyType::Session => "session",
        }
    }

    /// How an implicit denial calls it: "because no … allows the … action".
    pub(crate) fn name(self) -> &'static str {
        match self {
            PolicyType::ServiceControl => "service control policy",
            PolicyType::ResourceControl => "resource control policy",
            PolicyType::Endpoint => "VPC endpoint policy",
            PolicyType::Resource => "resource-based policy",
            PolicyType::Trust => "role trust policy",
            PolicyType::Identity => "identity-based policy",
            PolicyType::Boundary => "permissions boundary",
            PolicyType::Session => "session policy",
        }
    }

    /// The article an explicit denial sets before the name.
    fn article(self) -> &'static str {
        match self {
            PolicyType::Trust => "the",
            PolicyType::Identity => "an",
            _ => "a",
        }
    }
}

/// A statement that applied to the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'a> {
    /// The kind of the policy.
    pub policy_type: PolicyType,
    /// The name under which the policy was given.
    pub policy: &'a str,
    /// The statement's place in the document, from 0.
    pub statement: usize,
    /// What the statement does.
    pub effect: Effect,
    /// The statement's `Sid`, if it has one.
    pub sid: Option<&'a str>,
    /// Where the statement stands in the text of its policy, in bytes: see [`Position`](crate::Position).
    pub span: Range<usize>,
    /// Its policy's place in the order of evaluation.
    pub(crate) order: (u32, usize),
}

/// What was decided, by which kind of policy, and which statements applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// The outcome.
    pub effect: Outcome,
    /// The kind of policy that decided a denial; `None` when the request is allowed.
    pub by: Option<PolicyType>,
    /// All statements that applied, explicit denies first, otherwise in the order of evaluation.
    pub matched: Vec<Match<'a>>,
    /// The kinds of policy that are in the way.
    pub(crate) against: PolicyTypes,
}

/// Some kinds of policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PolicyTypes(u8);

impl PolicyTypes {
    pub(crate) fn insert(&mut self, policy_type: PolicyType) {
        self.0 |= 1 << policy_type as u8;
    }

    fn contains(self, policy_type: PolicyType) -> bool {
        self.0 & 1 << policy_type as u8 != 0
    }
}

impl Decision<'_> {
    /// Whether the policies of one kind do not stand in the way: none of them denies, and one allows if
    /// one must. (The answer for resource-based and identity-based policies is each kind's own: in one
    /// account one of the two is enough.)
    pub fn is_allowed_by(&self, policy_type: PolicyType) -> bool {
        !self.against.contains(policy_type)
    }

    /// Whether the request may pass.
    pub fn is_allowed(&self) -> bool {
        self.effect == Outcome::Allowed
    }

    /// The end of AWS's access denied message, from "because" or "with" on; empty when the request
    /// is allowed.
    ///
    /// AWS page: "Troubleshooting access denied error messages",
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
    pub fn reason(&self, action: &str) -> String {
        match (self.effect, self.by) {
            (Outcome::ExplicitDeny, Some(by)) => {
                format!("with an explicit deny in {} {}", by.article(), by.name())
            }
            (Outcome::ImplicitDeny, Some(by)) => {
                format!("because no {} allows the {action} action", by.name())
            }
            _ => String::new(),
        }
    }
}
