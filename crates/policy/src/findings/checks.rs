//! The checks: one table, one row a check, in AWS's order.
//!
//! Of AWS's checks these are not here. `SCP_SYNTAX_ERROR_ACTION_WILDCARD`, `…_ALLOW_CONDITION`, `…_ALLOW_NOTACTION`,
//! `…_ALLOW_RESOURCE` and `…_NOTRESOURCE`: since 2025 service control policies take the whole language.
//! `UNIQUE_SIDS_RECOMMENDED`: here they are required of every policy. `UNSUPPORTED_GLOBAL_CONDITION_KEY`, which is about
//! `aws:ARN` as `DEPRECATED_GLOBAL_CONDITION_KEY` is. And those that need to know the condition keys, resources and
//! tags of every service: `INVALID_SERVICE_CONDITION_KEY`, `INVALID_SERVICE_IN_ACTION`,
//! `UNSUPPORTED_RESOURCE_ARN_IN_POLICY`, `DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE` and
//! `ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE`.

use super::actions::Means;
use super::conditions::Empty;
use super::place::Found;
use super::roles::Roles;
use super::view::View;
use super::{
    FindingType, actions, conditions, document, networks, principals, redundancy, resources, roles, sizes, trust,
    values, variables,
};
use crate::Effect;

/// A check.
pub struct Check {
    /// AWS's code for what it finds, `PASS_ROLE_WITH_STAR_IN_RESOURCE`.
    pub issue_code: &'static str,
    /// How grave that is.
    pub finding_type: FindingType,
    /// What it finds, in a few words.
    pub about: &'static str,
    pub(super) run: Run,
}

/// Looks at a document and tells what it finds.
pub(super) type Run = fn(&View, &mut Found);

const fn error(issue_code: &'static str, about: &'static str, run: Run) -> Check {
    Check { issue_code, finding_type: FindingType::Error, about, run }
}

const fn warning(issue_code: &'static str, about: &'static str, run: Run) -> Check {
    Check { issue_code, finding_type: FindingType::Warning, about, run }
}

const fn security(issue_code: &'static str, about: &'static str, run: Run) -> Check {
    Check { issue_code, finding_type: FindingType::SecurityWarning, about, run }
}

const fn suggestion(issue_code: &'static str, about: &'static str, run: Run) -> Check {
    Check { issue_code, finding_type: FindingType::Suggestion, about, run }
}

/// What a text that is no JSON gets, and a document that the grammar refuses while all checks are content.
const JSON_SYNTAX_ERROR: Check = error(
    "JSON_SYNTAX_ERROR",
    "No JSON; or, where nothing else says why, nothing that the grammar of the policy knows.",
    |_, _| {},
);

/// The check that runs before and after all others.
pub(super) fn json_syntax_error() -> &'static Check {
    &JSON_SYNTAX_ERROR
}

/// All checks.
pub(super) static CHECKS: &[Check] = &[
    error(
        "ARN_ACCOUNT_NOT_ALLOWED",
        "An account id in the ARN of a resource that has none.",
        resources::account_not_allowed,
    ),
    error("ARN_REGION_NOT_ALLOWED", "A Region in the ARN of a resource that has none.", resources::region_not_allowed),
    error("DATA_TYPE_MISMATCH", "A value of another JSON type than its element has.", document::data_type_mismatch),
    error(
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
        "A condition key twice under one operator, in other letter case.",
        conditions::duplicate_keys,
    ),
    error(
        "INVALID_ACTION",
        "An action that is none, by its form or by what is known of its service.",
        actions::invalid_action,
    ),
    error("INVALID_ARN_ACCOUNT", "An account id of an ARN that has not twelve digits.", resources::invalid_account),
    error("INVALID_ARN_PREFIX", "A resource that is neither `*` nor begins with `arn:`.", resources::invalid_prefix),
    error("INVALID_ARN_REGION", "A Region of an ARN that can be none.", resources::invalid_region),
    error("INVALID_ARN_RESOURCE", "A last part of an ARN that can be no resource.", resources::invalid_resource),
    error("INVALID_ARN_SERVICE_CASE", "A service of an ARN in upper case.", resources::invalid_service_case),
    error(
        "INVALID_CONDITION_DATA_TYPE",
        "Values of one condition key of different JSON types.",
        conditions::mixed_types,
    ),
    error(
        "INVALID_CONDITION_KEY_FORMAT",
        "A condition key that is not `service:keyname`.",
        conditions::invalid_key_format,
    ),
    error("INVALID_CONDITION_MULTIPLE_BOOLEAN", "Several values under `Bool`.", conditions::multiple_boolean),
    error("INVALID_CONDITION_OPERATOR", "A condition operator that does not exist.", conditions::invalid_operator),
    error("INVALID_EFFECT", "An effect that is neither `Allow` nor `Deny`.", document::invalid_effect),
    error(
        "INVALID_GLOBAL_CONDITION_KEY",
        "A key that begins with `aws:` and does not exist.",
        conditions::invalid_global_key,
    ),
    error("INVALID_PARTITION", "A partition of an ARN that does not exist.", resources::invalid_partition),
    error("INVALID_POLICY_ELEMENT", "An element that no such policy has.", document::invalid_policy_element),
    error("INVALID_PRINCIPAL_FORMAT", "A `Principal` that names nobody in the right form.", principals::invalid_format),
    error("INVALID_PRINCIPAL_KEY", "A type of principal that does not exist.", principals::invalid_key),
    error("INVALID_REGION", "A Region under `aws:RequestedRegion` that can be none.", conditions::invalid_region),
    error("INVALID_SERVICE", "A service, of an action or an ARN, that can be none.", |view, found| {
        actions::invalid_service(view, found);
        resources::invalid_service(view, found);
    }),
    error(
        "INVALID_VARIABLE_FOR_OPERATOR",
        "A variable under an operator that takes none.",
        variables::invalid_for_operator,
    ),
    error("INVALID_VERSION", "A version of the language that does not exist.", document::invalid_version),
    JSON_SYNTAX_ERROR,
    error("MISSING_ACTION", "A statement without `Action` and `NotAction`.", document::missing_action),
    error("MISSING_ARN_FIELD", "An ARN of fewer than six fields.", resources::missing_field),
    error(
        "MISSING_ARN_REGION",
        "An ARN without the Region that all resources of its service have.",
        resources::missing_region,
    ),
    error("MISSING_EFFECT", "A statement without `Effect`.", document::missing_effect),
    error(
        "MISSING_PRINCIPAL",
        "A statement of a resource-based policy without principals.",
        document::missing_principal,
    ),
    error("MISSING_QUALIFIER", "A key of several values without set operator.", conditions::missing_qualifier),
    error("MISSING_RESOURCE", "A statement without `Resource` and `NotResource`.", document::missing_resource),
    error("MISSING_STATEMENT", "A policy without statements.", document::missing_statement),
    error("NULL_WITH_IF_EXISTS", "`NullIfExists`.", conditions::null_with_if_exists),
    error(
        "SCP_SYNTAX_ERROR_PRINCIPAL",
        "A principal in a service control policy.",
        principals::in_service_control_policy,
    ),
    error("UNIQUE_SIDS_REQUIRED", "A `Sid` twice.", document::unique_sids_required),
    error(
        "UNSUPPORTED_ACTION_IN_POLICY",
        "An action in a trust policy that is none of STS.",
        actions::unsupported_in_policy,
    ),
    error(
        "UNSUPPORTED_ELEMENT_COMBINATION",
        "An element together with the one that negates it.",
        document::unsupported_element_combination,
    ),
    error("UNSUPPORTED_PRINCIPAL", "A principal in an identity-based policy.", principals::unsupported),
    error("UNSUPPORTED_SID", "A `Sid` with more than letters and digits.", document::unsupported_sid),
    error(
        "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        "A wildcard in the name of a principal.",
        principals::unsupported_wildcard,
    ),
    error("MISSING_BRACE_IN_VARIABLE", "A variable without closing brace.", variables::missing_brace),
    error("MISSING_QUOTE_IN_VARIABLE", "A default of a variable without its quotes.", variables::missing_quote),
    error("UNSUPPORTED_SPACE_IN_VARIABLE", "A space in the name of a variable.", variables::unsupported_space),
    error("EMPTY_VARIABLE", "`${}`.", variables::empty),
    error(
        "VARIABLE_UNSUPPORTED_IN_ELEMENT",
        "A variable outside of `Resource` and `Condition`.",
        variables::unsupported_in_element,
    ),
    error(
        "VARIABLE_UNSUPPORTED_IN_VERSION",
        "A variable in a policy that is not of 2012-10-17.",
        variables::unsupported_in_version,
    ),
    error("PRIVATE_IP_ADDRESS", "`IpAddress` on `aws:SourceIp` with private addresses only.", |view, found| {
        networks::private(view, found, false, true)
    }),
    error("PRIVATE_NOT_IP_ADDRESS", "`NotIpAddress` on `aws:SourceIp` with private addresses only.", |view, found| {
        networks::private(view, found, true, true)
    }),
    error("POLICY_SIZE_EXCEEDS_SCP_QUOTA", "A service control policy that is too long.", sizes::service_control),
    error(
        "INVALID_SERVICE_PRINCIPAL_FORMAT",
        "A service principal that is no host name in lower case.",
        principals::invalid_service_format,
    ),
    error(
        "MISSING_TAG_KEY_IN_CONDITION",
        "`aws:ResourceTag` and its like without the key of a tag.",
        conditions::missing_tag_key,
    ),
    error("INVALID_VPC_FORMAT", "A value of `aws:SourceVpc` that is no VPC.", conditions::invalid_vpc),
    error("INVALID_VPCE_FORMAT", "A value of `aws:SourceVpce` that is no VPC endpoint.", conditions::invalid_vpce),
    error(
        "FEDERATED_PRINCIPAL_NOT_SUPPORTED",
        "An identity provider outside of a trust policy.",
        principals::federated_not_supported,
    ),
    error(
        "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
        "`iam:PassedToService` for other actions than `iam:PassRole`.",
        conditions::unsupported_action_for_key,
    ),
    error(
        "UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        "A condition on what the requests of a service do not carry.",
        principals::unsupported_key_for_service,
    ),
    error("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", "`NotPrincipal` in a trust policy.", trust::not_principal),
    error(
        "ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
        "`\"Principal\": \"*\"` in a trust policy.",
        trust::wildcard_principal,
    ),
    error("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", "A resource in a trust policy.", resources::in_trust_policy),
    error(
        "MISSING_ACTION_FOR_CONDITION_KEY",
        "A condition on what only another action sets.",
        trust::missing_action_for_key,
    ),
    error(
        "INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY",
        "A federated principal that is no provider.",
        trust::invalid_federated,
    ),
    error(
        "MISMATCHED_ACTION_FOR_PRINCIPAL",
        "An action that no principal of the statement can ask for.",
        trust::mismatched_action,
    ),
    error(
        "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY",
        "IAM Roles Anywhere without all its actions.",
        trust::roles_anywhere,
    ),
    warning("CREATE_SLR_WITH_NOT_RESOURCE", "`iam:CreateServiceLinkedRole` with `NotResource`.", |view, found| {
        roles::create_service_linked(view, found, Means::Named, Roles::Not)
    }),
    warning(
        "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "A wildcard for it with `NotResource`.",
        |view, found| roles::create_service_linked(view, found, Means::Star, Roles::Not),
    ),
    warning(
        "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "`NotAction` without it with `NotResource`.",
        |view, found| roles::create_service_linked(view, found, Means::Not, Roles::Not),
    ),
    warning("CREATE_SLR_WITH_STAR_IN_RESOURCE", "`iam:CreateServiceLinkedRole` on all roles.", |view, found| {
        roles::create_service_linked(view, found, Means::Named, Roles::Star)
    }),
    warning("CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", "A wildcard for it on all roles.", |view, found| {
        roles::create_service_linked(view, found, Means::Star, Roles::Star)
    }),
    warning(
        "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        "`NotAction` without it on all roles.",
        |view, found| roles::create_service_linked(view, found, Means::Not, Roles::Star),
    ),
    warning("DEPRECATED_GLOBAL_CONDITION_KEY", "`aws:ARN`.", conditions::deprecated_global_key),
    warning("INVALID_DATE_VALUE", "A date in seconds since 1970.", values::epoch_date),
    warning("INVALID_ROLE_REFERENCE", "A role named by its id.", principals::role_id),
    warning("INVALID_USER_REFERENCE", "A user named by their id.", principals::user_id),
    warning("MISSING_VERSION", "A policy without `Version`.", document::missing_version),
    warning(
        "WILDCARD_WITHOUT_LIKE_OPERATOR",
        "A wildcard under `StringEquals` and its like.",
        values::wildcard_without_like,
    ),
    warning("POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "An identity-based policy that is too long.", sizes::identity),
    warning("POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", "A resource-based policy that is too long.", sizes::resource),
    warning("TYPE_MISMATCH", "An operator of another type than its condition key.", conditions::type_mismatch),
    warning("TYPE_MISMATCH_BOOLEAN", "A value that is no Boolean under `Bool` or `Null`.", values::boolean),
    warning("TYPE_MISMATCH_DATE", "A value that is no date.", values::date),
    warning("TYPE_MISMATCH_IP_RANGE", "A value that is no range of addresses.", values::ip_range),
    warning("TYPE_MISMATCH_NUMBER", "A value that is no number.", values::number),
    warning("TYPE_MISMATCH_STRING", "A value that is not in base64.", values::base64),
    warning(
        "SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",
        "A wildcard for the repositories of GitHub.",
        trust::specific_github_repo,
    ),
    warning("POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", "A trust policy that is too long.", sizes::trust),
    security("ALLOW_WITH_NOT_PRINCIPAL", "`NotPrincipal` that allows.", principals::allow_with_not_principal),
    security(
        "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        "`ForAllValues` that allows, on a key of one value.",
        conditions::for_all_values,
    ),
    security("PASS_ROLE_WITH_NOT_RESOURCE", "`iam:PassRole` with `NotResource`.", |view, found| {
        roles::pass(view, found, Means::Named, Roles::Not)
    }),
    security(
        "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
        "A wildcard for it with `NotResource`.",
        |view, found| roles::pass(view, found, Means::Star, Roles::Not),
    ),
    security(
        "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        "`NotAction` without it with `NotResource`.",
        |view, found| roles::pass(view, found, Means::Not, Roles::Not),
    ),
    security("PASS_ROLE_WITH_STAR_IN_RESOURCE", "`iam:PassRole` on all roles.", |view, found| {
        roles::pass(view, found, Means::Named, Roles::Star)
    }),
    security("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", "A wildcard for it on all roles.", |view, found| {
        roles::pass(view, found, Means::Star, Roles::Star)
    }),
    security(
        "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
        "`NotAction` without it on all roles.",
        |view, found| roles::pass(view, found, Means::Not, Roles::Star),
    ),
    security("MISSING_PAIRED_CONDITION_KEYS", "`aws:VpcSourceIp` without the network.", conditions::missing_pair),
    security(
        "DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "`NotAction` that denies by a resource's tag.",
        |view, found| actions::not_action_with_tag_condition(view, found, Effect::Deny),
    ),
    security(
        "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
        "A service that is allowed to act for anybody.",
        principals::restrict_service,
    ),
    security(
        "MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",
        "An OIDC provider without a condition on its keys.",
        trust::missing_oidc_key,
    ),
    security(
        "MISSING_GITHUB_REPO_CONDITION_KEY",
        "GitHub without a condition on the repository.",
        trust::missing_github_key,
    ),
    suggestion("EMPTY_ARRAY_ACTION", "An empty list of actions.", actions::empty_array),
    suggestion("EMPTY_ARRAY_CONDITION", "A condition key without values.", |view, found| {
        conditions::empty_array(view, found, Empty::Plain)
    }),
    suggestion("EMPTY_ARRAY_CONDITION_FORALLVALUES", "The same under `ForAllValues`.", |view, found| {
        conditions::empty_array(view, found, Empty::ForAllValues)
    }),
    suggestion("EMPTY_ARRAY_CONDITION_FORANYVALUE", "The same under `ForAnyValue`.", |view, found| {
        conditions::empty_array(view, found, Empty::ForAnyValue)
    }),
    suggestion("EMPTY_ARRAY_CONDITION_IFEXISTS", "The same with `IfExists`.", |view, found| {
        conditions::empty_array(view, found, Empty::IfExists)
    }),
    suggestion("EMPTY_ARRAY_PRINCIPAL", "An empty list of principals.", principals::empty_array),
    suggestion("EMPTY_ARRAY_RESOURCE", "An empty list of resources.", resources::empty_array),
    suggestion("EMPTY_OBJECT_CONDITION", "An empty condition.", conditions::empty_object),
    suggestion("EMPTY_OBJECT_PRINCIPAL", "An empty `Principal`.", principals::empty_object),
    suggestion("EMPTY_SID_VALUE", "An empty `Sid`.", document::empty_sid_value),
    suggestion("IMPROVE_IP_RANGE", "A range of addresses with bits behind the mask.", networks::improve_range),
    suggestion("NULL_WITH_QUALIFIER", "`Null` with a set operator.", conditions::null_with_qualifier),
    suggestion(
        "PRIVATE_IP_ADDRESS_SUBSET",
        "`IpAddress` on `aws:SourceIp` with some private addresses.",
        |view, found| networks::private(view, found, false, false),
    ),
    suggestion(
        "PRIVATE_NOT_IP_ADDRESS_SUBSET",
        "`NotIpAddress` on `aws:SourceIp` with some private addresses.",
        |view, found| networks::private(view, found, true, false),
    ),
    suggestion("REDUNDANT_ACTION", "Actions that others of the element mean already.", redundancy::actions),
    suggestion("REDUNDANT_CONDITION_VALUE_NUM", "Several limits of which one decides.", values::redundant_number),
    suggestion("REDUNDANT_RESOURCE", "Resources that others of the element mean already.", redundancy::resources),
    suggestion("REDUNDANT_STATEMENT", "A statement that says what another one says.", redundancy::statements),
    suggestion("WILDCARD_IN_SERVICE_NAME", "A wildcard in the name of a service.", |view, found| {
        actions::wildcard_in_service_name(view, found);
        resources::wildcard_in_service_name(view, found);
    }),
    suggestion(
        "ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE",
        "`NotAction` that allows by a resource's tag.",
        |view, found| actions::not_action_with_tag_condition(view, found, Effect::Allow),
    ),
    suggestion(
        "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL",
        "`aws:Referer` where a service acts for somebody.",
        principals::recommended_key_for_service,
    ),
    suggestion(
        "IRRELEVANT_CONDITION_KEY_IN_POLICY",
        "A key that says nothing new in a resource-based policy.",
        conditions::irrelevant_key,
    ),
    suggestion("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", "A session beside its role.", trust::redundant_session),
    suggestion("CONFIRM_AUDIENCE_CLAIM_TYPE", "A set operator on the audience of a token.", trust::audience),
];
