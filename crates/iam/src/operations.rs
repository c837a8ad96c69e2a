//! Every operation of the API: those that are here, and those that answer that they are not.

use bartizan_gate::{Row, operation, unavailable};

use crate::{
    access_key::{CreateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed, ListAccessKeys, UpdateAccessKey},
    account::{CreateAccountAlias, DeleteAccountAlias, GetAccountSummary, ListAccountAliases},
    attachment::{
        AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, DetachGroupPolicy, DetachRolePolicy, DetachUserPolicy,
        ListAttachedGroupPolicies, ListAttachedRolePolicies, ListAttachedUserPolicies,
    },
    authorization_details::GetAccountAuthorizationDetails,
    context_keys::{GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy},
    entities_for_policy::ListEntitiesForPolicy,
    group::{CreateGroup, DeleteGroup, GetGroup, ListGroups, UpdateGroup},
    inline_policy::{
        DeleteGroupPolicy, DeleteRolePolicy, DeleteUserPolicy, GetGroupPolicy, GetRolePolicy, GetUserPolicy,
        ListGroupPolicies, ListRolePolicies, ListUserPolicies, PutGroupPolicy, PutRolePolicy, PutUserPolicy,
    },
    instance_profile::{
        AddRoleToInstanceProfile, CreateInstanceProfile, DeleteInstanceProfile, GetInstanceProfile,
        ListInstanceProfiles, ListInstanceProfilesForRole, RemoveRoleFromInstanceProfile,
    },
    instance_profile_tag::{ListInstanceProfileTags, TagInstanceProfile, UntagInstanceProfile},
    membership::{AddUserToGroup, ListGroupsForUser, RemoveUserFromGroup},
    permissions_boundary::{
        DeleteRolePermissionsBoundary, DeleteUserPermissionsBoundary, PutRolePermissionsBoundary,
        PutUserPermissionsBoundary,
    },
    policy::{CreatePolicy, DeletePolicy, GetPolicy, ListPolicies},
    policy_tag::{ListPolicyTags, TagPolicy, UntagPolicy},
    policy_version::{
        CreatePolicyVersion, DeletePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion,
    },
    role::{CreateRole, DeleteRole, GetRole, ListRoles, UpdateAssumeRolePolicy, UpdateRole, UpdateRoleDescription},
    role_tag::{ListRoleTags, TagRole, UntagRole},
    simulate::{SimulateCustomPolicy, SimulatePrincipalPolicy},
    user::{CreateUser, DeleteUser, GetUser, ListUsers, UpdateUser},
    user_tag::{ListUserTags, TagUser, UntagUser},
};

/// The table of IAM's operations.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>
pub const OPERATIONS: &[Row] = &[
    // Users
    operation::<CreateUser>(),
    operation::<DeleteUser>(),
    operation::<GetUser>(),
    operation::<ListUsers>(),
    operation::<UpdateUser>(),
    operation::<ListUserTags>(),
    operation::<TagUser>(),
    operation::<UntagUser>(),
    // Groups and membership
    operation::<CreateGroup>(),
    operation::<DeleteGroup>(),
    operation::<GetGroup>(),
    operation::<ListGroups>(),
    operation::<UpdateGroup>(),
    operation::<AddUserToGroup>(),
    operation::<ListGroupsForUser>(),
    operation::<RemoveUserFromGroup>(),
    // Access keys
    operation::<CreateAccessKey>(),
    operation::<DeleteAccessKey>(),
    operation::<GetAccessKeyLastUsed>(),
    operation::<ListAccessKeys>(),
    operation::<UpdateAccessKey>(),
    // Inline policies
    operation::<DeleteGroupPolicy>(),
    operation::<DeleteRolePolicy>(),
    operation::<DeleteUserPolicy>(),
    operation::<GetGroupPolicy>(),
    operation::<GetRolePolicy>(),
    operation::<GetUserPolicy>(),
    operation::<ListGroupPolicies>(),
    operation::<ListRolePolicies>(),
    operation::<ListUserPolicies>(),
    operation::<PutGroupPolicy>(),
    operation::<PutRolePolicy>(),
    operation::<PutUserPolicy>(),
    // Roles
    operation::<CreateRole>(),
    operation::<DeleteRole>(),
    operation::<GetRole>(),
    operation::<ListRoles>(),
    operation::<UpdateAssumeRolePolicy>(),
    operation::<UpdateRole>(),
    operation::<UpdateRoleDescription>(),
    operation::<ListRoleTags>(),
    operation::<TagRole>(),
    operation::<UntagRole>(),
    // Instance profiles
    operation::<AddRoleToInstanceProfile>(),
    operation::<CreateInstanceProfile>(),
    operation::<DeleteInstanceProfile>(),
    operation::<GetInstanceProfile>(),
    operation::<ListInstanceProfiles>(),
    operation::<ListInstanceProfilesForRole>(),
    operation::<RemoveRoleFromInstanceProfile>(),
    operation::<ListInstanceProfileTags>(),
    operation::<TagInstanceProfile>(),
    operation::<UntagInstanceProfile>(),
    // Managed policies, their attachments, and permissions boundaries
    operation::<CreatePolicy>(),
    operation::<DeletePolicy>(),
    operation::<GetPolicy>(),
    operation::<ListPolicies>(),
    operation::<ListPolicyTags>(),
    operation::<TagPolicy>(),
    operation::<UntagPolicy>(),
    operation::<CreatePolicyVersion>(),
    operation::<DeletePolicyVersion>(),
    operation::<GetPolicyVersion>(),
    operation::<ListPolicyVersions>(),
    operation::<SetDefaultPolicyVersion>(),
    operation::<AttachGroupPolicy>(),
    operation::<AttachRolePolicy>(),
    operation::<AttachUserPolicy>(),
    operation::<DetachGroupPolicy>(),
    operation::<DetachRolePolicy>(),
    operation::<DetachUserPolicy>(),
    operation::<ListAttachedGroupPolicies>(),
    operation::<ListAttachedRolePolicies>(),
    operation::<ListAttachedUserPolicies>(),
    operation::<ListEntitiesForPolicy>(),
    operation::<DeleteRolePermissionsBoundary>(),
    operation::<DeleteUserPermissionsBoundary>(),
    operation::<PutRolePermissionsBoundary>(),
    operation::<PutUserPermissionsBoundary>(),
    // The account
    operation::<CreateAccountAlias>(),
    operation::<DeleteAccountAlias>(),
    operation::<GetAccountSummary>(),
    operation::<ListAccountAliases>(),
    operation::<GetAccountAuthorizationDetails>(),
    // Policy simulation
    operation::<GetContextKeysForCustomPolicy>(),
    operation::<GetContextKeysForPrincipalPolicy>(),
    operation::<SimulateCustomPolicy>(),
    operation::<SimulatePrincipalPolicy>(),
    // Multi-factor authentication
    unavailable("iam:CreateVirtualMFADevice"),
    unavailable("iam:DeactivateMFADevice"),
    unavailable("iam:DeleteVirtualMFADevice"),
    unavailable("iam:EnableMFADevice"),
    unavailable("iam:GetMFADevice"),
    unavailable("iam:ListMFADeviceTags"),
    unavailable("iam:ListMFADevices"),
    unavailable("iam:ListVirtualMFADevices"),
    unavailable("iam:ResyncMFADevice"),
    unavailable("iam:TagMFADevice"),
    unavailable("iam:UntagMFADevice"),
    // Passwords
    unavailable("iam:ChangePassword"),
    unavailable("iam:CreateLoginProfile"),
    unavailable("iam:DeleteAccountPasswordPolicy"),
    unavailable("iam:DeleteLoginProfile"),
    unavailable("iam:GetAccountPasswordPolicy"),
    unavailable("iam:GetLoginProfile"),
    unavailable("iam:UpdateAccountPasswordPolicy"),
    unavailable("iam:UpdateLoginProfile"),
    // Identity providers
    unavailable("iam:AddClientIDToOpenIDConnectProvider"),
    unavailable("iam:CreateOpenIDConnectProvider"),
    unavailable("iam:CreateSAMLProvider"),
    unavailable("iam:DeleteOpenIDConnectProvider"),
    unavailable("iam:DeleteSAMLProvider"),
    unavailable("iam:GetOpenIDConnectProvider"),
    unavailable("iam:GetSAMLProvider"),
    unavailable("iam:ListOpenIDConnectProviderTags"),
    unavailable("iam:ListOpenIDConnectProviders"),
    unavailable("iam:ListSAMLProviderTags"),
    unavailable("iam:ListSAMLProviders"),
    unavailable("iam:RemoveClientIDFromOpenIDConnectProvider"),
    unavailable("iam:TagOpenIDConnectProvider"),
    unavailable("iam:TagSAMLProvider"),
    unavailable("iam:UntagOpenIDConnectProvider"),
    unavailable("iam:UntagSAMLProvider"),
    unavailable("iam:UpdateOpenIDConnectProviderThumbprint"),
    unavailable("iam:UpdateSAMLProvider"),
    // Certificates and SSH keys
    unavailable("iam:DeleteSSHPublicKey"),
    unavailable("iam:DeleteServerCertificate"),
    unavailable("iam:DeleteSigningCertificate"),
    unavailable("iam:GetSSHPublicKey"),
    unavailable("iam:GetServerCertificate"),
    unavailable("iam:ListSSHPublicKeys"),
    unavailable("iam:ListServerCertificateTags"),
    unavailable("iam:ListServerCertificates"),
    unavailable("iam:ListSigningCertificates"),
    unavailable("iam:TagServerCertificate"),
    unavailable("iam:UntagServerCertificate"),
    unavailable("iam:UpdateSSHPublicKey"),
    unavailable("iam:UpdateServerCertificate"),
    unavailable("iam:UpdateSigningCertificate"),
    unavailable("iam:UploadSSHPublicKey"),
    unavailable("iam:UploadServerCertificate"),
    unavailable("iam:UploadSigningCertificate"),
    // Service-specific credentials
    unavailable("iam:CreateServiceSpecificCredential"),
    unavailable("iam:DeleteServiceSpecificCredential"),
    unavailable("iam:ListServiceSpecificCredentials"),
    unavailable("iam:ResetServiceSpecificCredential"),
    unavailable("iam:UpdateServiceSpecificCredential"),
    // Reports and access advisor
    unavailable("iam:GenerateCredentialReport"),
    unavailable("iam:GenerateOrganizationsAccessReport"),
    unavailable("iam:GenerateServiceLastAccessedDetails"),
    unavailable("iam:GetCredentialReport"),
    unavailable("iam:GetOrganizationsAccessReport"),
    unavailable("iam:GetServiceLastAccessedDetails"),
    unavailable("iam:GetServiceLastAccessedDetailsWithEntities"),
    unavailable("iam:ListPoliciesGrantingServiceAccess"),
    // Service-linked roles
    unavailable("iam:CreateServiceLinkedRole"),
    unavailable("iam:DeleteServiceLinkedRole"),
    unavailable("iam:GetServiceLinkedRoleDeletionStatus"),
    // Organizations, and preferences of STS
    unavailable("iam:DisableOrganizationsRootCredentialsManagement"),
    unavailable("iam:DisableOrganizationsRootSessions"),
    unavailable("iam:EnableOrganizationsRootCredentialsManagement"),
    unavailable("iam:EnableOrganizationsRootSessions"),
    unavailable("iam:ListOrganizationsFeatures"),
    unavailable("iam:SetSecurityTokenServicePreferences"),
    // Tokens for what is outside of AWS
    unavailable("iam:DisableOutboundWebIdentityFederation"),
    unavailable("iam:EnableOutboundWebIdentityFederation"),
    unavailable("iam:GetOutboundWebIdentityFederationInfo"),
    // Delegation requests
    unavailable("iam:AcceptDelegationRequest"),
    unavailable("iam:AssociateDelegationRequest"),
    unavailable("iam:CreateDelegationRequest"),
    unavailable("iam:GetDelegationRequest"),
    unavailable("iam:GetHumanReadableSummary"),
    unavailable("iam:ListDelegationRequests"),
    unavailable("iam:RejectDelegationRequest"),
    unavailable("iam:SendDelegationToken"),
    unavailable("iam:UpdateDelegationRequest"),
    // Role templates, and properties of the account
    unavailable("iam:AcquireRole"),
    unavailable("iam:GetAccountProperties"),
    unavailable("iam:GetRoleTemplateVersion"),
    unavailable("iam:PutAccountProperties"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_has_one_row() {
        let names: BTreeSet<&str> = OPERATIONS.iter().map(Row::name).collect();
        assert_eq!(names.len(), OPERATIONS.len());
        assert_eq!(names.len(), 180);
    }

    #[test]
    fn every_action_is_one_of_iam() {
        for row in OPERATIONS {
            assert_eq!(row.action, format!("iam:{}", row.name()));
        }
    }
}
