//! Managed policies: the account's own, which can be changed here, and AWS's, which can be read.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_manage.html>

use std::sync::Arc;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope, UniqueId};
use bartizan_store::{
    aws_managed,
    entity::{self, PolicyVersion},
};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    document, error, lookup,
    managed_policy::{self, ManagedPolicy, Usage},
    names::{Arn, Marker, MaxItems, Path, PolicyDescription, PolicyDocument, PolicyName, PolicyPath},
    page::Paging,
    tag::{self, Tag},
};

/// A managed policy in an answer.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Policy.html>
#[derive(Debug, Shape)]
pub struct Policy {
    pub policy_name: Option<String>,
    pub policy_id: Option<String>,
    pub arn: Option<String>,
    pub path: Option<String>,
    pub default_version_id: Option<String>,
    pub attachment_count: Option<i32>,
    pub permissions_boundary_usage_count: Option<i32>,
    pub is_attachable: Option<bool>,
    pub description: Option<String>,
    pub create_date: Option<Timestamp>,
    pub update_date: Option<Timestamp>,
    pub tags: Option<Vec<Tag>>,
}

/// How a managed policy is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum PolicyUsageType {
    /// It is attached, to grant or deny.
    PermissionsPolicy,
    /// It bounds what a user or role may do.
    PermissionsBoundary,
}

/// Whose policies a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(name = "policyScopeType")]
pub enum PolicyScope {
    /// Both.
    All,
    /// AWS's.
    #[shape(name = "AWS")]
    Aws,
    /// The account's own.
    Local,
}

impl Policy {
    /// What lists show: neither description nor tags.
    fn listed(policy: ManagedPolicy<'_>, usage: Usage) -> Self {
        Self {
            policy_name: Some(policy.name().to_owned()),
            policy_id: Some(policy.id().to_owned()),
            arn: Some(policy.arn().into_owned()),
            path: Some(policy.path().to_owned()),
            default_version_id: Some(policy.default_version_id()),
            attachment_count: Some(usage.attachment_count()),
            permissions_boundary_usage_count: Some(usage.boundary_count()),
            is_attachable: Some(true),
            description: None,
            create_date: Some(policy.created()),
            update_date: Some(policy.updated()),
            tags: None,
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
#[derive(Debug, Shape)]
pub struct CreatePolicy {
    pub policy_name: PolicyName,
    pub path: Option<PolicyPath>,
    pub policy_document: PolicyDocument,
    pub description: Option<PolicyDescription>,
    #[shape(max = 50)]
    pub tags: Option<Vec<Tag>>,
}

#[derive(Debug, Shape)]
pub struct CreatePolicyResponse {
    pub policy: Option<Policy>,
}

impl CreatePolicy {
    fn path(&self) -> &str {
        self.path.as_ref().map_or(Path::ROOT, PolicyPath::as_str)
    }

    fn tags(&self) -> Result<Vec<entity::Tag>, Error> {
        Ok(tag::requested(self.tags.as_deref().unwrap_or_default())?)
    }
}

impl Operation for CreatePolicy {
    const ACTION: &'static str = "iam:CreatePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = CreatePolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let arn = lookup::arn(scope, "policy", &format!("{}{}", self.path(), self.policy_name));
        Ok(Check::new(Self::ACTION, arn).request_tags(&self.tags()?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreatePolicyResponse, Error> {
        let (account, name) = (cx.account(), self.policy_name.as_str());
        if cx.snapshot.policies.by_name(account, name).is_some() {
            let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(error::already_exists(message).into());
        }
        let quota = cx.quotas().policies;
        if cx.snapshot.policies.count(account) >= quota {
            return Err(error::quota_exceeded("PoliciesPerAccount", quota).into());
        }
        let document = document::managed(&self.policy_document)?;
        let policy = Arc::new(entity::Policy {
            account,
            id: cx.unique_id(UniqueId::Policy)?,
            name: name.to_owned(),
            path: self.path().to_owned(),
            created: cx.now,
            updated: cx.now,
            description: self.description.as_ref().map(ToString::to_string),
            versions: vec![PolicyVersion { number: 1, document, created: cx.now }],
            default_version: 1,
            next_version: 2,
            tags: self.tags()?,
        });
        let shown =
            Policy { tags: tag::shown(&policy.tags), ..Policy::listed(ManagedPolicy::Customer(&policy), Usage::NONE) };
        cx.put(Arc::unwrap_or_clone(policy));
        Ok(CreatePolicyResponse { policy: Some(shown) })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
#[derive(Debug, Shape)]
pub struct GetPolicy {
    pub policy_arn: Arn,
}

#[derive(Debug, Shape)]
pub struct GetPolicyResponse {
    pub policy: Option<Policy>,
}

impl Operation for GetPolicy {
    const ACTION: &'static str = "iam:GetPolicy";
    const EFFECT: Effect = Effect::Read;
    type Output = GetPolicyResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetPolicyResponse, Error> {
        let policy = ManagedPolicy::find(cx, &self.policy_arn)?;
        let usage = Usage::of(cx.snapshot, cx.account(), &policy.arn());
        let shown = Policy {
            description: policy.description().map(str::to_owned),
            tags: Some(policy.tags().iter().map(Tag::from).collect()),
            ..Policy::listed(policy, usage)
        };
        Ok(GetPolicyResponse { policy: Some(shown) })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>
#[derive(Debug, Shape)]
pub struct ListPolicies {
    pub scope: Option<PolicyScope>,
    pub only_attached: Option<bool>,
    pub path_prefix: Option<PolicyPath>,
    pub policy_usage_filter: Option<PolicyUsageType>,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListPoliciesResponse {
    pub policies: Option<Vec<Policy>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl ListPolicies {
    /// The account's own policies in the order of their names, then AWS's in the order of their ARNs. `after` is
    /// where the page before ended: a name, or an ARN, which no name looks like.
    fn candidates<'a>(&self, cx: &Scope<'a>, after: Option<&str>) -> impl Iterator<Item = ManagedPolicy<'a>> {
        let scope = self.scope.unwrap_or(PolicyScope::All);
        let after_arn = after.filter(|after| after.starts_with("arn:")).map(str::to_owned);
        let own = (scope != PolicyScope::Aws && after_arn.is_none())
            .then(|| cx.snapshot.policies.by_name_after(cx.account(), after).map(ManagedPolicy::Customer));
        let aws = (scope != PolicyScope::Local).then(|| {
            aws_managed::all()
                .filter(move |policy| after_arn.as_deref().is_none_or(|after| policy.arn > after))
                .map(ManagedPolicy::Aws)
        });
        own.into_iter().flatten().chain(aws.into_iter().flatten())
    }

    /// Whether a policy that is used like this is in the list.
    fn wants(&self, usage: Usage) -> bool {
        let wanted = match self.policy_usage_filter {
            None => true,
            Some(PolicyUsageType::PermissionsPolicy) => usage.attachments > 0,
            Some(PolicyUsageType::PermissionsBoundary) => usage.boundaries > 0,
        };
        wanted && (usage.is_any() || self.only_attached != Some(true))
    }
}

impl Operation for ListPolicies {
    const ACTION: &'static str = "iam:ListPolicies";
    const EFFECT: Effect = Effect::Read;
    type Output = ListPoliciesResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListPoliciesResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let prefix = self.path_prefix.as_ref().map_or(Path::ROOT, PolicyPath::as_str);
        let listed = self
            .candidates(cx, paging.after())
            .filter(|policy| policy.path().starts_with(prefix))
            .map(|policy| (policy, Usage::of(cx.snapshot, cx.account(), &policy.arn())))
            .filter(|(_, usage)| self.wants(*usage));
        let page = paging
            .take(cx, listed, |(policy, _)| match policy {
                ManagedPolicy::Customer(policy) => &policy.name,
                ManagedPolicy::Aws(policy) => policy.arn,
            })?
            .map(|(policy, usage)| Policy::listed(policy, usage));
        Ok(ListPoliciesResponse { policies: Some(page.items), is_truncated: page.is_truncated, marker: page.marker })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>
#[derive(Debug, Shape)]
pub struct DeletePolicy {
    pub policy_arn: Arn,
}

impl Operation for DeletePolicy {
    const ACTION: &'static str = "iam:DeletePolicy";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    /// A policy that bounds someone is as much in use as one that is attached: without it nothing would be bounded.
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let policy = managed_policy::to_change(cx, Self::ACTION, &self.policy_arn)?;
        if Usage::of(cx.snapshot, policy.account, &policy.arn()).is_any() {
            return Err(error::conflict("Cannot delete a policy attached to entities.").into());
        }
        if policy.versions.len() > 1 {
            let message = "This policy has more than one version. Before you delete a policy, you must delete the \
                           policy's versions. The default version is deleted with the policy.";
            return Err(error::conflict(message).into());
        }
        cx.delete(&**policy);
        Ok(())
    }
}
