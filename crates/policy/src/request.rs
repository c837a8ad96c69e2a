//! Who asks for what, and the policies that apply to it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::{Acl, PolicySet};

/// Who asks.
///
/// AWS page: "AWS JSON policy elements: Principal",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// Nobody: the request is not signed.
    Anonymous,
    /// The root user of an account.
    Root {
        /// The 12-digit account id.
        account: &'a str,
    },
    /// An IAM user, with long-term or `GetSessionToken` credentials.
    User {
        /// The 12-digit account id.
        account: &'a str,
        /// `arn:aws:iam::123456789012:user/path/name`.
        arn: &'a str,
        /// The unique id, `AIDA…`; empty when it is not known.
        id: &'a str,
    },
    /// A session of a role.
    Role {
        /// The 12-digit account id of the role.
        account: &'a str,
        /// `arn:aws:sts::123456789012:assumed-role/name/session`.
        session_arn: &'a str,
        /// `arn:aws:iam::123456789012:role/path/name`.
        role_arn: &'a str,
        /// The unique id of the role, `AROA…`; empty when it is not known.
        role_id: &'a str,
        /// The name given to the session.
        session_name: &'a str,
        /// Whether the role is service-linked: SCPs and RCPs do not bind it.
        service_linked: bool,
    },
    /// A session that `GetFederationToken` made.
    FederatedUser {
        /// The 12-digit account id.
        account: &'a str,
        /// `arn:aws:sts::123456789012:federated-user/name`.
        arn: &'a str,
        /// The ARN of the IAM user, or of the account's root user, who called
        /// `GetFederationToken`: a resource-based policy that names the user reaches the session too.
        user_arn: &'a str,
        /// The unique id of that user, `AIDA…`; empty for the root user or when it is not known.
        user_id: &'a str,
    },
    /// A service, by its principal name: `lookoutmetrics.amazonaws.com`.
    Service {
        /// The service principal.
        name: &'a str,
    },
    /// An identity from outside that presents a token or an assertion: it can only meet the
    /// `Federated` principals of trust policies.
    Federated {
        /// The provider, as trust policies name it: an ARN of a SAML or OpenID Connect provider, or
        /// a domain name such as `accounts.google.com`.
        provider: &'a str,
    },
}

impl<'a> Principal<'a> {
    /// The account the principal belongs to; `None` for those outside all accounts.
    pub fn account(&self) -> Option<&'a str> {
        match *self {
            Principal::Root { account }
            | Principal::User { account, .. }
            | Principal::Role { account, .. }
            | Principal::FederatedUser { account, .. } => Some(account),
            Principal::Anonymous | Principal::Service { .. } | Principal::Federated { .. } => None,
        }
    }
}

/// The condition keys of one request.
///
/// It is asked only for keys that a policy mentions and whose statement otherwise matches, so that
/// keys nobody asks for cost nothing.
///
/// AWS page: "The request context",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html#AccessPolicyLanguage_RequestContext>.
pub trait Context {
    /// The values of `key`, which is folded to ASCII lower case.
    fn values(&self, key: &str) -> Values<'_>;
}

/// What a request says about a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values<'a> {
    /// The request does not carry the key.
    Absent,
    /// Nobody knows whether the request will carry it, nor with which values: see
    /// [`decide_partially`](crate::decide_partially). [`decide`](crate::decide()) assumes what denies.
    Unknown,
    /// A single-valued key.
    One(Cow<'a, str>),
    /// A multivalued key. A list of one value is as good as [`Values::One`], an empty list as
    /// [`Values::Absent`].
    Listed(&'a [String]),
}

impl Values<'_> {
    /// The values, none if the key is absent or unknown.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (one, listed) = match self {
            Values::Absent | Values::Unknown => (None, &[][..]),
            Values::One(value) => (Some(&**value), &[][..]),
            Values::Listed(values) => (None, *values),
        };
        one.into_iter().chain(listed.iter().map(String::as_str))
    }

    /// The value, if there is exactly one.
    pub fn single(&self) -> Option<&str> {
        match self {
            Values::One(value) => Some(value),
            Values::Listed([value]) => Some(value),
            Values::Absent | Values::Unknown | Values::Listed(_) => None,
        }
    }

    /// Whether the request does not carry the key.
    pub fn is_absent(&self) -> bool {
        matches!(self, Values::Absent | Values::Listed([]))
    }
}

/// A context as a map from keys in ASCII lower case to their values.
impl Context for BTreeMap<String, Vec<String>> {
    fn values(&self, key: &str) -> Values<'_> {
        self.get(key).map_or(Values::Absent, |values| Values::Listed(values))
    }
}

/// One thing asked for: may this principal do this action to this resource?
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: Principal<'a>,
    /// `service:Action`, in any case.
    pub action: &'a str,
    /// The ARN of the resource, or `*` for actions that know no resource.
    pub resource: &'a str,
    /// The account that owns the resource; `None` means the principal's own.
    pub resource_account: Option<&'a str>,
    /// The condition keys.
    pub context: &'a dyn Context,
}

/// The policy attached to the resource.
///
/// A role's trust policy and a KMS key's policy must allow by themselves; for any other resource of
/// the principal's own account an identity-based policy is enough.
///
/// AWS page: "Determining whether a request is allowed or denied within an account",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html#policy-eval-denyallow>.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// A resource-based policy such as a bucket policy.
    Policy(&'a PolicySet),
    /// A role's trust policy.
    Trust(&'a PolicySet),
    /// A KMS key policy.
    Key(&'a PolicySet),
}

/// The service control or resource control policies of one level: the organisation's root, one
/// organisational unit, or the account.
#[derive(Debug, Clone, Copy)]
pub struct Level<'a> {
    /// The id of the root, the unit or the account: `r-…`, `ou-…`, `123456789012`.
    pub target: &'a str,
    /// The policies attached there. A level without any allows nothing.
    pub policies: &'a PolicySet,
}

/// All policies that apply to a request, by kind. `None`: there are none of that kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The identity-based policies of the user (her groups' too) or of the role.
    pub identity: Option<&'a PolicySet>,
    /// The permissions boundary of the user or role. A set without any policy allows nothing.
    pub boundary: Option<&'a PolicySet>,
    /// The session policies; `None`: none were passed when the session was made. A set without any
    /// policy allows nothing.
    pub session: Option<&'a PolicySet>,
    /// The policy attached to the resource.
    pub resource: Option<Resource<'a>>,
    /// The access control list attached to the resource.
    pub acl: Option<&'a Acl>,
    /// The service control policies over the principal's account, the organisation's root first.
    /// Empty: none apply, as for the management account.
    pub service_control: &'a [Level<'a>],
    /// The resource control policies over the resource's account, the organisation's root first.
    /// Empty: none apply.
    pub resource_control: &'a [Level<'a>],
    /// The policies of the VPC endpoint the request came through.
    pub endpoint: Option<&'a PolicySet>,
}
