use std::borrow::Cow;

use bartizan_policy::Acl;
use bartizan_store::{AccountId, Document, entity::Tag};

use crate::Caller;

/// One thing that must be allowed before an operation runs: an action on a resource, with the condition keys that
/// only the operation knows. The gate adds the global ones.
#[derive(Debug, Clone)]
pub struct Check {
    pub(crate) action: Cow<'static, str>,
    pub(crate) resource: String,
    /// What a refusal calls the resource, where that is not its ARN.
    pub(crate) shown: Option<String>,
    pub(crate) owner: Option<AccountId>,
    pub(crate) keys: Vec<(Cow<'static, str>, Vec<String>)>,
    pub(crate) trust: Option<Document>,
    pub(crate) policy: Option<Document>,
    /// Whether the resource's policy can deny only.
    pub(crate) denies_only: bool,
    pub(crate) acl: Option<Acl>,
}

/// What an operation needs.
#[derive(Debug, Clone)]
pub enum Checks {
    /// All of these. An empty list is a refusal.
    All(Vec<Check>),
    /// Nothing: AWS documents that no permission is needed and none can be denied.
    Unneeded,
    /// Each of these for itself: the operation does what is allowed, and tells of what is not ([`Context::denied`]).
    ///
    /// [`Context::denied`]: crate::Context::denied
    Each(Vec<Check>),
}

impl Check {
    /// `action` (`iam:CreateUser`) on `resource`, an ARN or `*`. The account in the ARN owns the resource, the caller's
    /// where there is none.
    #[must_use]
    pub fn new(action: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        let owner = resource.split(':').nth(4).and_then(|account| account.parse().ok());
        Self {
            action: action.into(),
            resource,
            shown: None,
            owner,
            keys: Vec::new(),
            trust: None,
            policy: None,
            denies_only: false,
            acl: None,
        }
    }

    /// Adds a condition key, such as `iam:PassedToService`. No values: the key is absent.
    #[must_use]
    pub fn key<V: Into<String>>(
        mut self,
        key: impl Into<Cow<'static, str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        if !values.is_empty() {
            self.keys.push((key.into(), values));
        }
        self
    }

    /// Adds `aws:RequestTag/…` for each tag and `aws:TagKeys`.
    #[must_use]
    pub fn request_tags<'a>(mut self, tags: impl IntoIterator<Item = &'a Tag>) -> Self {
        let mut names = Vec::new();
        for tag in tags {
            self = self.key(format!("aws:RequestTag/{}", tag.key), [tag.value.as_str()]);
            names.push(tag.key.as_str());
        }
        self.tag_keys(names)
    }

    /// Adds `aws:TagKeys`.
    #[must_use]
    pub fn tag_keys<'a>(self, keys: impl IntoIterator<Item = &'a str>) -> Self {
        self.key("aws:TagKeys", keys)
    }

    /// Adds `aws:ResourceTag/…` for each tag, and the service's own `SERVICE:ResourceTag/…` where it has such a key
    /// (IAM does).
    #[must_use]
    pub fn resource_tags<'a>(mut self, tags: impl IntoIterator<Item = &'a Tag>) -> Self {
        for tag in tags {
            self = self.key(format!("aws:ResourceTag/{}", tag.key), [tag.value.as_str()]);
            if self.action.starts_with("iam:") || self.action.starts_with("sts:") {
                self = self.key(format!("iam:ResourceTag/{}", tag.key), [tag.value.as_str()]);
            }
        }
        self
    }

    /// Has a refusal call the resource as the request does, for requests that name it without saying its whole ARN: its
    /// ARN would tell that it is there.
    #[must_use]
    pub fn shown_as(mut self, name: impl Into<String>) -> Self {
        self.shown = Some(name.into());
        self
    }

    /// The resource is a role with this trust policy, which must allow by itself.
    #[must_use]
    pub fn trust(mut self, trust_policy: Document) -> Self {
        self.trust = Some(trust_policy);
        self
    }

    /// The account that owns the resource, where its ARN does not say (S3's do not).
    #[must_use]
    pub const fn owned_by(mut self, owner: AccountId) -> Self {
        self.owner = Some(owner);
        self
    }

    /// The resource has this policy. It may allow by itself within the resource's account, and must allow anyone of
    /// another one.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html>
    #[must_use]
    pub fn policy(mut self, policy: Option<Document>) -> Self {
        self.policy = policy;
        self
    }

    /// The resource's policy can deny, and grants nothing: it is public where that is not let through, or it is a
    /// bucket's and the object another account's.
    #[must_use]
    pub const fn policy_denies_only(mut self, only: bool) -> Self {
        self.denies_only = only;
        self
    }

    /// The resource has this access control list.
    #[must_use]
    pub fn acl(mut self, acl: Option<Acl>) -> Self {
        self.acl = acl;
        self
    }

    /// Whether another account owns the resource.
    pub(crate) fn is_foreign_to(&self, caller: &Caller) -> bool {
        self.owner.is_some_and(|owner| owner != caller.account)
    }
}

impl From<Check> for Checks {
    fn from(check: Check) -> Self {
        Self::All(vec![check])
    }
}

impl From<Vec<Check>> for Checks {
    fn from(checks: Vec<Check>) -> Self {
        Self::All(checks)
    }
}
