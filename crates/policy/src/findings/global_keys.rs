//! The global condition keys: one row each.
//!
//! AWS page: "AWS global condition context keys",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>.

/// A global condition key.
pub(super) struct GlobalKey {
    /// With a stroke at its end: the key of a tag, or another name, follows.
    name: &'static str,
    pub(super) value_type: ValueType,
    /// Whether a request can have several values of it.
    pub(super) multivalued: bool,
}

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueType {
    String,
    Arn,
    Bool,
    Number,
    Date,
    /// A date that is a number of seconds.
    Epoch,
    Address,
}

const fn one(name: &'static str, value_type: ValueType) -> GlobalKey {
    GlobalKey { name, value_type, multivalued: false }
}

const fn many(name: &'static str, value_type: ValueType) -> GlobalKey {
    GlobalKey { name, value_type, multivalued: true }
}

static GLOBAL_KEYS: &[GlobalKey] = &[
    one("aws:ARN", ValueType::Arn),
    many("aws:CalledVia", ValueType::String),
    one("aws:CalledViaAWSMCP", ValueType::String),
    one("aws:CalledViaFirst", ValueType::String),
    one("aws:CalledViaLast", ValueType::String),
    one("aws:ChatbotSourceArn", ValueType::Arn),
    one("aws:CurrentTime", ValueType::Date),
    one("aws:Ec2InstanceSourcePrivateIPv4", ValueType::Address),
    one("aws:Ec2InstanceSourceVpc", ValueType::String),
    one("aws:EpochTime", ValueType::Epoch),
    one("aws:FederatedProvider", ValueType::String),
    one("aws:IsMcpServiceAction", ValueType::Bool),
    one("aws:MultiFactorAuthAge", ValueType::Number),
    one("aws:MultiFactorAuthPresent", ValueType::Bool),
    one("aws:PrincipalAccount", ValueType::String),
    one("aws:PrincipalArn", ValueType::Arn),
    one("aws:PrincipalIsAWSService", ValueType::Bool),
    one("aws:PrincipalOrgID", ValueType::String),
    one("aws:PrincipalOrgMasterAccountId", ValueType::String),
    many("aws:PrincipalOrgPaths", ValueType::String),
    one("aws:PrincipalServiceName", ValueType::String),
    many("aws:PrincipalServiceNamesList", ValueType::String),
    one("aws:PrincipalTag/", ValueType::String),
    one("aws:PrincipalType", ValueType::String),
    one("aws:Referer", ValueType::String),
    one("aws:RequestTag/", ValueType::String),
    one("aws:RequestedRegion", ValueType::String),
    one("aws:ResourceAccount", ValueType::String),
    one("aws:ResourceOrgID", ValueType::String),
    many("aws:ResourceOrgPaths", ValueType::String),
    one("aws:ResourceTag/", ValueType::String),
    one("aws:SecureTransport", ValueType::Bool),
    one("aws:SourceAccount", ValueType::String),
    one("aws:SourceArn", ValueType::Arn),
    one("aws:SourceIdentity", ValueType::String),
    one("aws:SourceIp", ValueType::Address),
    one("aws:SourceOrgID", ValueType::String),
    many("aws:SourceOrgPaths", ValueType::String),
    one("aws:SourceOwner", ValueType::String),
    one("aws:SourceVpc", ValueType::String),
    one("aws:SourceVpcArn", ValueType::Arn),
    one("aws:SourceVpce", ValueType::String),
    many("aws:TagKeys", ValueType::String),
    one("aws:TokenIssueTime", ValueType::Date),
    one("aws:UserAgent", ValueType::String),
    one("aws:ViaAWSMCPService", ValueType::Bool),
    one("aws:ViaAWSService", ValueType::Bool),
    one("aws:VpcSourceIp", ValueType::Address),
    one("aws:VpceAccount", ValueType::String),
    one("aws:VpceOrgID", ValueType::String),
    many("aws:VpceOrgPaths", ValueType::String),
    one("aws:userid", ValueType::String),
    one("aws:username", ValueType::String),
];

/// The row of a key, in any letter case.
pub(super) fn get(key: &str) -> Option<&'static GlobalKey> {
    let is = |row: &&GlobalKey| match row.name.strip_suffix('/') {
        None => row.name.eq_ignore_ascii_case(key),
        Some(_) => key
            .split_at_checked(row.name.len())
            .is_some_and(|(start, tag)| row.name.eq_ignore_ascii_case(start) && !tag.is_empty()),
    };
    GLOBAL_KEYS.iter().find(is)
}
