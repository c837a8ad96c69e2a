//! The versions of managed policies. Of AWS's policies only the version in force is kept.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::{aws_managed::AwsManagedPolicy, entity};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    document, error,
    managed_policy::{self, ManagedPolicy},
    names::{Arn, Marker, MaxItems, PolicyDocument, PolicyVersionId},
    page::Paging,
};

/// How many versions a policy may have.
pub const MAX_VERSIONS: usize = 5;

/// A version in an answer.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html>
#[derive(Debug, Shape)]
pub struct PolicyVersion {
    pub document: Option<String>,
    pub version_id: Option<String>,
    pub is_default_version: Option<bool>,
    pub create_date: Option<Timestamp>,
}

impl PolicyVersion {
    /// All versions with their documents, newest first.
    pub fn all(policy: ManagedPolicy<'_>) -> Vec<Self> {
        match policy {
            ManagedPolicy::Customer(policy) => {
                policy.versions.iter().rev().map(|version| Self::whole(policy, version)).collect()
            }
            ManagedPolicy::Aws(policy) => vec![Self::of_aws(policy)],
        }
    }

    /// The version without its document, as lists show it.
    fn without_document(self) -> Self {
        Self { document: None, ..self }
    }

    fn whole(policy: &entity::Policy, version: &entity::PolicyVersion) -> Self {
        Self {
            document: Some(document::shown_as_stored(&version.document)),
            version_id: Some(managed_policy::version_id(version.number)),
            is_default_version: Some(version.number == policy.default_version),
            create_date: Some(version.created),
        }
    }

    fn of_aws(policy: &AwsManagedPolicy) -> Self {
        Self {
            document: Some(document::shown_as_stored(policy.document())),
            version_id: Some(policy.version_id.to_owned()),
            is_default_version: Some(true),
            create_date: Some(policy.updated),
        }
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>
#[derive(Debug, Shape)]
pub struct CreatePolicyVersion {
    pub policy_arn: Arn,
    pub policy_document: PolicyDocument,
    pub set_as_default: Option<bool>,
}

#[derive(Debug, Shape)]
pub struct CreatePolicyVersionResponse {
    pub policy_version: Option<PolicyVersion>,
}

impl Operation for CreatePolicyVersion {
    const ACTION: &'static str = "iam:CreatePolicyVersion";
    const EFFECT: Effect = Effect::Write;
    type Output = CreatePolicyVersionResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<CreatePolicyVersionResponse, Error> {
        let mut policy = entity::Policy::clone(managed_policy::to_change(cx, Self::ACTION, &self.policy_arn)?);
        if policy.versions.len() >= MAX_VERSIONS {
            let message = "A managed policy can have up to 5 versions. Before you create a new version, you must \
                           delete an existing version.";
            return Err(error::limit_exceeded(message).into());
        }
        let document = document::managed(&self.policy_document)?;
        let version = entity::PolicyVersion { number: policy.next_version, document, created: cx.now };
        policy.next_version += 1;
        if self.set_as_default == Some(true) {
            policy.default_version = version.number;
        }
        policy.updated = cx.now;
        let shown = PolicyVersion::whole(&policy, &version).without_document();
        policy.versions.push(version);
        cx.put(policy);
        Ok(CreatePolicyVersionResponse { policy_version: Some(shown) })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
#[derive(Debug, Shape)]
pub struct GetPolicyVersion {
    pub policy_arn: Arn,
    pub version_id: PolicyVersionId,
}

#[derive(Debug, Shape)]
pub struct GetPolicyVersionResponse {
    pub policy_version: Option<PolicyVersion>,
}

impl Operation for GetPolicyVersion {
    const ACTION: &'static str = "iam:GetPolicyVersion";
    const EFFECT: Effect = Effect::Read;
    type Output = GetPolicyVersionResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetPolicyVersionResponse, Error> {
        let policy = ManagedPolicy::find(cx, &self.policy_arn)?;
        let mut versions = PolicyVersion::all(policy).into_iter();
        let version = versions.find(|version| version.version_id.as_deref() == Some(self.version_id.as_str()));
        let version = version.ok_or_else(|| no_such_version(&self.policy_arn, &self.version_id))?;
        Ok(GetPolicyVersionResponse { policy_version: Some(version) })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>
#[derive(Debug, Shape)]
pub struct ListPolicyVersions {
    pub policy_arn: Arn,
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListPolicyVersionsResponse {
    pub versions: Option<Vec<PolicyVersion>>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListPolicyVersions {
    const ACTION: &'static str = "iam:ListPolicyVersions";
    const EFFECT: Effect = Effect::Read;
    type Output = ListPolicyVersionsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListPolicyVersionsResponse, Error> {
        let policy = ManagedPolicy::find(cx, &self.policy_arn)?;
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        // A page goes on below the last number of the page before, whatever was made or deleted meanwhile.
        let below = paging.after().and_then(number).unwrap_or(u32::MAX);
        let versions = PolicyVersion::all(policy).into_iter().map(PolicyVersion::without_document);
        let listed = versions.filter(|version| version.version_id.as_deref().and_then(number) < Some(below));
        let page = paging.take(cx, listed, |version| version.version_id.as_deref().unwrap_or_default())?;
        Ok(ListPolicyVersionsResponse {
            versions: Some(page.items),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>
#[derive(Debug, Shape)]
pub struct SetDefaultPolicyVersion {
    pub policy_arn: Arn,
    pub version_id: PolicyVersionId,
}

impl Operation for SetDefaultPolicyVersion {
    const ACTION: &'static str = "iam:SetDefaultPolicyVersion";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut policy = entity::Policy::clone(managed_policy::to_change(cx, Self::ACTION, &self.policy_arn)?);
        policy.default_version = existing(&policy, &self.policy_arn, &self.version_id)?;
        policy.updated = cx.now;
        cx.put(policy);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>
#[derive(Debug, Shape)]
pub struct DeletePolicyVersion {
    pub policy_arn: Arn,
    pub version_id: PolicyVersionId,
}

impl Operation for DeletePolicyVersion {
    const ACTION: &'static str = "iam:DeletePolicyVersion";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(managed_policy::check(scope, Self::ACTION, &self.policy_arn)?.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut policy = entity::Policy::clone(managed_policy::to_change(cx, Self::ACTION, &self.policy_arn)?);
        let number = existing(&policy, &self.policy_arn, &self.version_id)?;
        if number == policy.default_version {
            return Err(error::conflict("Cannot delete the default version of a policy.").into());
        }
        policy.versions.retain(|version| version.number != number);
        cx.put(policy);
        Ok(())
    }
}

/// The number of a version that the policy has.
fn existing(policy: &entity::Policy, arn: &Arn, id: &PolicyVersionId) -> Result<u32, Fault> {
    let version = number(id.as_str()).and_then(|number| policy.version(number));
    version.map(|version| version.number).ok_or_else(|| no_such_version(arn, id))
}

/// 1 for `v1`. AWS's form has room for more than a number after the `v`; no version has any.
fn number(id: &str) -> Option<u32> {
    id.strip_prefix('v')?.parse().ok()
}

fn no_such_version(arn: &Arn, id: &PolicyVersionId) -> Fault {
    error::no_such_entity(format!("Policy {arn} version {id} does not exist or is not attachable."))
}

#[cfg(test)]
mod tests {
    use bartizan_store::Document;

    use super::*;

    fn policy() -> entity::Policy {
        let version = |number| entity::PolicyVersion {
            number,
            document: Document::new("{\"Version\": \"2012-10-17\"}"),
            created: Timestamp::UNIX_EPOCH,
        };
        entity::Policy {
            account: "123456789012".parse().unwrap(),
            id: "ANPAEXAMPLE".to_owned(),
            name: "p".to_owned(),
            path: "/".to_owned(),
            created: Timestamp::UNIX_EPOCH,
            updated: Timestamp::UNIX_EPOCH,
            description: None,
            versions: vec![version(1), version(3), version(10)],
            default_version: 3,
            next_version: 11,
            tags: Vec::new(),
        }
    }

    #[test]
    fn only_a_version_that_is_there_is_found() {
        let arn = Arn::new("arn:aws:iam::123456789012:policy/p").unwrap();
        for (id, found) in [("v1", Some(1)), ("v10", Some(10)), ("v2", None), ("v1.beta", None), ("v4294967297", None)]
        {
            let existing = existing(&policy(), &arn, &PolicyVersionId::new(id).unwrap());
            match (existing, found) {
                (Ok(number), Some(found)) => assert_eq!(number, found),
                (Err(fault), None) => assert_eq!(
                    (fault.code, fault.message),
                    ("NoSuchEntity", format!("Policy {arn} version {id} does not exist or is not attachable."))
                ),
                other => panic!("{id}: {other:?}"),
            }
        }
    }

    #[test]
    fn versions_are_shown_newest_first_and_documents_url_encoded() {
        let policy = std::sync::Arc::new(policy());
        let shown = PolicyVersion::all(ManagedPolicy::Customer(&policy));
        let ids: Vec<_> =
            shown.iter().map(|version| (version.version_id.as_deref(), version.is_default_version)).collect();
        assert_eq!(ids, [(Some("v10"), Some(false)), (Some("v3"), Some(true)), (Some("v1"), Some(false))]);
        assert_eq!(shown.first().unwrap().document.as_deref(), Some("%7B%22Version%22%3A%20%222012-10-17%22%7D"));
    }
}
