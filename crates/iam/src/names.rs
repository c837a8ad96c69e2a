//! Names, paths, ARNs and ids: types that cannot hold what AWS's model does not allow.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-names>

use bartizan_wire::Shape;

/// The name of a new user (`userNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 64, pattern = r"[\w+=,.@-]+")]
pub struct UserName(String);

/// The name by which a user is asked for (`existingUserNameType`); the model lets it be longer than a new one's.
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\w+=,.@-]+")]
pub struct ExistingUserName(String);

/// The name of a group (`groupNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\w+=,.@-]+")]
pub struct GroupName(String);

/// The name of a role (`roleNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 64, pattern = r"[\w+=,.@-]+")]
pub struct RoleName(String);

/// The name of a managed or an inline policy (`policyNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\w+=,.@-]+")]
pub struct PolicyName(String);

/// The name of an instance profile (`instanceProfileNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\w+=,.@-]+")]
pub struct InstanceProfileName(String);

/// The path of a user, group, role or instance profile (`pathType`): `/`, or something between slashes.
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 512, pattern = r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)")]
pub struct Path(String);

/// The path of a managed policy (`policyPathType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 512, pattern = r"((/[A-Za-z0-9\.,\+@=_-]+)*)/")]
pub struct PolicyPath(String);

/// What the path of a listed thing begins with (`pathPrefixType`). It need not end with a slash.
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 512, pattern = r"\u002F[\u0021-\u007F]*")]
pub struct PathPrefix(String);

/// An ARN (`arnType`); the model asks nothing of it but its length.
#[derive(Debug, Clone, Shape)]
#[shape(min = 20, max = 2048)]
pub struct Arn(String);

/// The id of an access key (`accessKeyIdType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 16, max = 128, pattern = r"[\w]+")]
pub struct AccessKeyId(String);

/// Where the page before ended (`markerType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 320, pattern = r"[\u0020-\u00FF]+")]
pub struct Marker(String);

/// How many items a page may have (`maxItemsType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 1000)]
pub struct MaxItems(i32);

/// The text of a policy (`policyDocumentType`). Whether it is one is for [`crate::document`] to say.
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 131072, pattern = r"[\u0009\u000A\u000D\u0020-\u00FF]+")]
pub struct PolicyDocument(String);

/// The id of a version of a managed policy, `v1` (`policyVersionIdType`).
#[derive(Debug, Clone, Shape)]
#[shape(pattern = r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?")]
pub struct PolicyVersionId(String);

/// What a managed policy is for (`policyDescriptionType`).
#[derive(Debug, Clone, Shape)]
#[shape(max = 1000)]
pub struct PolicyDescription(String);

/// What a role is for (`roleDescriptionType`).
#[derive(Debug, Clone, Shape)]
#[shape(max = 1000, pattern = r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*")]
pub struct RoleDescription(String);

/// How long a session of a role may last at most, in seconds (`roleMaxSessionDurationType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 3600, max = 43200)]
pub struct RoleMaxSessionDuration(i32);

/// An account's alias (`accountAliasType`): no hyphen at either end, nor two in a row.
#[derive(Debug, Clone, Shape)]
#[shape(
    min = 3,
    max = 63,
    pattern = r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
    like = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
    unlike = r"--"
)]
pub struct AccountAlias(String);

/// The key of a tag (`tagKeyType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
pub struct TagKey(String);

/// The name of an action to simulate, `iam:CreateUser` (`ActionNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 3, max = 128)]
pub struct ActionName(String);

/// A resource, a caller or an account in a simulation, by ARN (`ResourceNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 2048)]
pub struct ResourceName(String);

/// The full name of a condition key, `aws:SourceIp` (`ContextKeyNameType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 5, max = 256)]
pub struct ContextKeyName(String);

/// What kind of simulation is asked for, `EC2-VPC-EBS` (`ResourceHandlingOptionType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 64)]
pub struct ResourceHandlingOption(String);

/// A user, group or role, or several (`AttachmentName`). The model's pattern has none of the wildcards that its
/// documentation promises.
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\w+=,.@-]+", like = r"[\w+=,.@*?-]+")]
pub struct AttachmentName(String);

impl Path {
    /// The path of what was given none.
    pub const ROOT: &str = "/";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hold_what_the_model_allows() {
        for good in ["a", "Ann.Lee+=,@-_9", &"x".repeat(64)] {
            assert!(UserName::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "ä", "a\n", &"x".repeat(65)] {
            assert!(UserName::new(bad).is_err(), "{bad:?}");
        }
        assert!(ExistingUserName::new("x".repeat(128)).is_ok());
        assert!(ExistingUserName::new("x".repeat(129)).is_err());
    }

    #[test]
    fn paths_begin_and_end_with_a_slash() {
        for good in ["/", "/a/", "/division_abc/sub/", "//a/"] {
            assert!(Path::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "/a", "a/", "/a b/", "//", "/ä/"] {
            assert!(Path::new(bad).is_err(), "{bad:?}");
        }
        assert!(PathPrefix::new("/div").is_ok());
        assert!(PathPrefix::new("div").is_err());
        assert!(PolicyPath::new("/a/b/").is_ok());
        assert!(PolicyPath::new("/a*b/").is_err());
    }

    #[test]
    fn aliases_have_no_loose_hyphens() {
        for good in ["abc", "a-b", "acme-2-prod"] {
            assert!(AccountAlias::new(good).is_ok(), "{good}");
        }
        for bad in ["ab", "-ab", "ab-", "a--b", "Abc", "a.b", &"a".repeat(64)] {
            assert!(AccountAlias::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn documents_are_latin_1() {
        assert!(PolicyDocument::new("{\t\"ÿ\"\r\n}").is_ok());
        assert!(PolicyDocument::new("{\"Ā\"}").is_err());
        assert!(PolicyDocument::new("{\u{7}}").is_err());
    }
}
