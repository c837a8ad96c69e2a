use std::{fmt, str::FromStr};

/// How many of a thing an account may have. The defaults are AWS's.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas {
    /// Users in an account.
    pub users: usize,
    /// Groups in an account.
    pub groups: usize,
    /// Roles in an account.
    pub roles: usize,
    /// Customer managed policies in an account.
    pub policies: usize,
    /// Instance profiles in an account.
    pub instance_profiles: usize,
    /// Accounts in an organization, the management account included.
    pub accounts: usize,
    /// Lookout for Metrics detectors in an account and Region.
    pub anomaly_detectors: usize,
    /// Secrets in an account.
    pub secrets: usize,
    /// SNS topics in an account.
    pub topics: usize,
}

/// Not `NAME=NUMBER` with the name of a quota.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidQuota(String);

impl Default for Quotas {
    fn default() -> Self {
        Self {
            users: 5000,
            groups: 300,
            roles: 1000,
            policies: 1500,
            instance_profiles: 1000,
            accounts: 10,
            anomaly_detectors: 10,
            secrets: 500_000,
            topics: 100_000,
        }
    }
}

impl FromStr for Quotas {
    type Err = InvalidQuota;

    /// `users=200000,roles=20000`; what is not named keeps AWS's number.
    fn from_str(text: &str) -> Result<Self, InvalidQuota> {
        let mut quotas = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let invalid = || InvalidQuota(part.to_owned());
            let (name, number) = part.split_once('=').ok_or_else(invalid)?;
            let quota = match name.trim() {
                "users" => &mut quotas.users,
                "groups" => &mut quotas.groups,
                "roles" => &mut quotas.roles,
                "policies" => &mut quotas.policies,
                "instance_profiles" => &mut quotas.instance_profiles,
                "accounts" => &mut quotas.accounts,
                "anomaly_detectors" => &mut quotas.anomaly_detectors,
                "secrets" => &mut quotas.secrets,
                "topics" => &mut quotas.topics,
                _ => return Err(invalid()),
            };
            *quota = number.trim().parse().map_err(|_| invalid())?;
        }
        Ok(quotas)
    }
}

impl fmt::Display for InvalidQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "'{}' is not NAME=NUMBER with one of users, groups, roles, policies, instance_profiles, accounts, \
             anomaly_detectors, secrets, topics",
            self.0
        )
    }
}

impl std::error::Error for InvalidQuota {}

#[cfg(test)]
#[path = "quotas_tests.rs"]
mod tests;
