//! What is attached to users, groups and roles, as answers show it.

use bartizan_wire::Shape;

/// The managed policy that bounds what a user or role may do.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPermissionsBoundary.html>
#[derive(Debug, Clone, Shape)]
pub struct AttachedPermissionsBoundary {
    pub permissions_boundary_type: Option<String>,
    pub permissions_boundary_arn: Option<String>,
}

/// A managed policy, where it is attached.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPolicy.html>
#[derive(Debug, Clone, Shape)]
pub struct AttachedPolicy {
    pub policy_name: Option<String>,
    pub policy_arn: Option<String>,
}

impl AttachedPermissionsBoundary {
    /// The boundary of this ARN. Its type is `Policy` in all of AWS's answers, whatever its model says.
    pub fn new(arn: &str) -> Self {
        Self { permissions_boundary_type: Some("Policy".to_owned()), permissions_boundary_arn: Some(arn.to_owned()) }
    }
}

impl AttachedPolicy {
    /// The policy of this ARN, whose last part is its name.
    pub fn new(arn: &str) -> Self {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        Self { policy_name: Some(name.to_owned()), policy_arn: Some(arn.to_owned()) }
    }
}
