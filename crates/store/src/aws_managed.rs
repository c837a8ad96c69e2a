//! AWS managed policies: the same in every account, and data, not state. One line a policy: ARN, policy id, created,
//! updated, default version, document; in the order of their ARNs.

use std::{collections::BTreeMap, sync::OnceLock};

use jiff::Timestamp;

use crate::Document;

const DATA: &str = include_str!("../data/aws-managed-policies.tsv");

/// An AWS managed policy.
///
/// <https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html>
#[derive(Debug)]
pub struct AwsManagedPolicy {
    /// `arn:aws:iam::aws:policy/PATH/NAME`
    pub arn: &'static str,
    /// `ANPA…`. AWS publishes none for these; ours follow from the ARN.
    pub id: &'static str,
    /// The last part of the ARN.
    pub name: &'static str,
    /// Begins and ends with a slash.
    pub path: &'static str,
    /// When AWS made it.
    pub created: Timestamp,
    /// When AWS last changed it.
    pub updated: Timestamp,
    /// The version in force, such as `v2`. Earlier ones are not kept here.
    pub version_id: &'static str,
    document: &'static str,
    compiled: OnceLock<Document>,
}

impl AwsManagedPolicy {
    /// What it says.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.compiled.get_or_init(|| Document::new(self.document))
    }

    fn parse(line: &'static str) -> Option<Self> {
        let mut columns = line.splitn(6, '\t');
        let arn = columns.next()?;
        let (id, created, updated) = (columns.next()?, columns.next()?, columns.next()?);
        let (version_id, document) = (columns.next()?, columns.next()?);
        let (_, path_and_name) = arn.split_once(":policy")?;
        let (path, name) = path_and_name.split_at_checked(path_and_name.rfind('/')? + 1)?;
        let (created, updated) = (created.parse().ok()?, updated.parse().ok()?);
        Some(Self { arn, id, name, path, created, updated, version_id, document, compiled: OnceLock::new() })
    }
}

/// The policy of this ARN.
#[must_use]
pub fn get(arn: &str) -> Option<&'static AwsManagedPolicy> {
    table().get(arn)
}

/// All of them, in the order of their ARNs.
pub fn all() -> impl Iterator<Item = &'static AwsManagedPolicy> {
    table().values()
}

fn table() -> &'static BTreeMap<&'static str, AwsManagedPolicy> {
    static TABLE: OnceLock<BTreeMap<&'static str, AwsManagedPolicy>> = OnceLock::new();
    TABLE.get_or_init(|| DATA.lines().filter_map(AwsManagedPolicy::parse).map(|policy| (policy.arn, policy)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_policy() {
        assert_eq!(all().count(), DATA.lines().count());
    }

    #[test]
    fn the_policies_that_people_attach_are_there() {
        for name in [
            "AmazonLookoutMetricsFullAccess",
            "AmazonLookoutMetricsReadOnlyAccess",
            "AdministratorAccess",
            "PowerUserAccess",
            "ReadOnlyAccess",
            "job-function/ViewOnlyAccess",
            "SecurityAudit",
            "IAMFullAccess",
            "IAMReadOnlyAccess",
            "IAMUserChangePassword",
            "AmazonS3FullAccess",
            "AmazonS3ReadOnlyAccess",
            "job-function/Billing",
            "job-function/DatabaseAdministrator",
            "job-function/DataScientist",
            "job-function/NetworkAdministrator",
            "job-function/SupportUser",
            "job-function/SystemAdministrator",
        ] {
            let policy = get(&format!("arn:aws:iam::aws:policy/{name}")).expect(name);
            assert!(name.ends_with(policy.name));
            assert!(policy.document().text().starts_with('{'));
        }
    }
}
