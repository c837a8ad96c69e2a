//! The account itself: its alias, and how much of its quotas is used.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html>

use std::collections::BTreeMap;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{
    aws_managed,
    entity::{self, AccessKeyOwner},
};
use bartizan_wire::Shape;

use crate::{
    access_key, attachment,
    document::{self, Owner},
    error,
    managed_policy::Usage,
    membership,
    names::{AccountAlias, Marker, MaxItems},
    page::Paging,
    policy_version,
};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html>
#[derive(Debug, Shape)]
pub struct CreateAccountAlias {
    pub account_alias: AccountAlias,
}

impl Operation for CreateAccountAlias {
    const ACTION: &'static str = "iam:CreateAccountAlias";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    /// An account has one alias: a new one takes the old one's place. No two accounts of the installation share one.
    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let alias = self.account_alias.as_str();
        if cx.snapshot.accounts.everywhere().any(|account| account.alias.as_deref() == Some(alias)) {
            return Err(error::already_exists(format!("The account alias {alias} already exists.")).into());
        }
        let mut account = own(cx)?;
        account.alias = Some(alias.to_owned());
        cx.put(account);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html>
#[derive(Debug, Shape)]
pub struct DeleteAccountAlias {
    pub account_alias: AccountAlias,
}

impl Operation for DeleteAccountAlias {
    const ACTION: &'static str = "iam:DeleteAccountAlias";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut account = own(cx)?;
        if account.alias.as_deref() != Some(self.account_alias.as_str()) {
            let message = format!("The account alias {} cannot be found.", self.account_alias);
            return Err(error::no_such_entity(message).into());
        }
        account.alias = None;
        cx.put(account);
        Ok(())
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>
#[derive(Debug, Shape)]
pub struct ListAccountAliases {
    pub marker: Option<Marker>,
    pub max_items: Option<MaxItems>,
}

#[derive(Debug, Shape)]
pub struct ListAccountAliasesResponse {
    pub account_aliases: Vec<String>,
    pub is_truncated: Option<bool>,
    pub marker: Option<String>,
}

impl Operation for ListAccountAliases {
    const ACTION: &'static str = "iam:ListAccountAliases";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAccountAliasesResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListAccountAliasesResponse, Error> {
        let paging = Paging::of::<Self>(cx, &self.marker, &self.max_items)?;
        let page = paging.sort_and_take(cx, own(cx)?.alias.into_iter(), |alias| alias)?;
        Ok(ListAccountAliasesResponse {
            account_aliases: page.items,
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
#[derive(Debug, Shape)]
pub struct GetAccountSummary {}

#[derive(Debug, Shape)]
pub struct GetAccountSummaryResponse {
    pub summary_map: Option<BTreeMap<SummaryKey, i32>>,
}

/// What is counted, and what is allowed at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Shape)]
#[shape(name = "summaryKeyType")]
pub enum SummaryKey {
    Users,
    UsersQuota,
    Groups,
    GroupsQuota,
    ServerCertificates,
    ServerCertificatesQuota,
    UserPolicySizeQuota,
    GroupPolicySizeQuota,
    GroupsPerUserQuota,
    SigningCertificatesPerUserQuota,
    AccessKeysPerUserQuota,
    #[shape(name = "MFADevices")]
    MfaDevices,
    #[shape(name = "MFADevicesInUse")]
    MfaDevicesInUse,
    #[shape(name = "AccountMFAEnabled")]
    AccountMfaEnabled,
    AccountAccessKeysPresent,
    AccountPasswordPresent,
    AccountSigningCertificatesPresent,
    AttachedPoliciesPerGroupQuota,
    AttachedPoliciesPerRoleQuota,
    AttachedPoliciesPerUserQuota,
    Policies,
    PoliciesQuota,
    PolicySizeQuota,
    PolicyVersionsInUse,
    PolicyVersionsInUseQuota,
    VersionsPerPolicyQuota,
    GlobalEndpointTokenVersion,
    AssumeRolePolicySizeQuota,
    InstanceProfiles,
    InstanceProfilesQuota,
    Providers,
    RolePolicySizeQuota,
    Roles,
    RolesQuota,
}

impl Operation for GetAccountSummary {
    const ACTION: &'static str = "iam:GetAccountSummary";
    const EFFECT: Effect = Effect::Read;
    type Output = GetAccountSummaryResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetAccountSummaryResponse, Error> {
        let (account, snapshot, quotas) = (cx.account(), cx.snapshot, cx.quotas());
        let counts = [
            (SummaryKey::Users, snapshot.users.count(account)),
            (SummaryKey::UsersQuota, quotas.users),
            (SummaryKey::Groups, snapshot.groups.count(account)),
            (SummaryKey::GroupsQuota, quotas.groups),
            (SummaryKey::Roles, snapshot.roles.count(account)),
            (SummaryKey::RolesQuota, quotas.roles),
            (SummaryKey::Policies, snapshot.policies.count(account)),
            (SummaryKey::PoliciesQuota, quotas.policies),
            (SummaryKey::PolicyVersionsInUse, policies_in_use(cx)),
            (SummaryKey::PolicyVersionsInUseQuota, 10_000),
            (SummaryKey::InstanceProfiles, snapshot.instance_profiles.count(account)),
            (SummaryKey::InstanceProfilesQuota, quotas.instance_profiles),
            (SummaryKey::AccountAccessKeysPresent, usize::from(has_root_key(cx))),
            // Of what follows this version keeps none.
            (SummaryKey::ServerCertificates, 0),
            (SummaryKey::MfaDevices, 0),
            (SummaryKey::MfaDevicesInUse, 0),
            (SummaryKey::Providers, 0),
            (SummaryKey::AccountMfaEnabled, 0),
            (SummaryKey::AccountPasswordPresent, 0),
            (SummaryKey::AccountSigningCertificatesPresent, 0),
            // Quotas that are the same in every account.
            (SummaryKey::AccessKeysPerUserQuota, access_key::MAX_KEYS),
            (SummaryKey::AssumeRolePolicySizeQuota, document::TRUST),
            (SummaryKey::AttachedPoliciesPerGroupQuota, attachment::MAX_ATTACHED),
            (SummaryKey::AttachedPoliciesPerRoleQuota, attachment::MAX_ATTACHED),
            (SummaryKey::AttachedPoliciesPerUserQuota, attachment::MAX_ATTACHED),
            (SummaryKey::GlobalEndpointTokenVersion, 1),
            (SummaryKey::GroupPolicySizeQuota, Owner::Group.limit()),
            (SummaryKey::GroupsPerUserQuota, membership::MAX_GROUPS),
            (SummaryKey::PolicySizeQuota, document::MANAGED),
            (SummaryKey::RolePolicySizeQuota, Owner::Role.limit()),
            (SummaryKey::ServerCertificatesQuota, 20),
            (SummaryKey::SigningCertificatesPerUserQuota, 2),
            (SummaryKey::UserPolicySizeQuota, Owner::User.limit()),
            (SummaryKey::VersionsPerPolicyQuota, policy_version::MAX_VERSIONS),
        ];
        let map = counts.into_iter().map(|(key, count)| (key, i32::try_from(count).unwrap_or(i32::MAX)));
        Ok(GetAccountSummaryResponse { summary_map: Some(map.collect()) })
    }
}

/// The account that the caller acts in.
fn own(scope: &Scope<'_>) -> Result<entity::Account, Error> {
    let account = scope.snapshot.account(scope.account());
    let account = account.ok_or_else(|| Error::Internal(format!("the account {} is not there", scope.account())))?;
    Ok(entity::Account::clone(account))
}

/// How many managed policies, the account's and AWS's, are attached or bound someone: each with one version.
fn policies_in_use(scope: &Scope<'_>) -> usize {
    let own = scope.snapshot.policies.by_name_after(scope.account(), None).map(|policy| policy.arn());
    let aws = aws_managed::all().map(|policy| policy.arn.to_owned());
    own.chain(aws).filter(|arn| Usage::of(scope.snapshot, scope.account(), arn).is_any()).count()
}

fn has_root_key(scope: &Scope<'_>) -> bool {
    let mut keys = scope.snapshot.access_keys.by_id_after(scope.account(), None);
    keys.any(|key| key.owner == AccessKeyOwner::Root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_one_of_awss_in_its_spelling() {
        for name in ["Users", "MFADevicesInUse", "AccountMFAEnabled", "GlobalEndpointTokenVersion"] {
            assert!(SummaryKey::VALUES.contains(&name), "{name}");
        }
        assert_eq!(SummaryKey::VALUES.len(), 34);
    }
}
