//! The `Principal` and `NotPrincipal` elements.
//!
//! AWS pages: "AWS JSON policy elements: Principal",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>, and
//! "NotPrincipal",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.

use std::fmt;

use crate::Principal;
use crate::resource::is_partition;

/// Whom a statement names.
#[derive(Debug)]
pub(crate) struct Principals {
    /// `NotPrincipal`.
    pub(crate) negated: bool,
    pub(crate) named: Box<[Name]>,
}

/// One name of a `Principal` element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// `"Principal": "*"`
    Everyone,
    /// `"AWS": "*"`
    EveryAwsPrincipal,
    /// An account id, or the ARN of its root user, which mean the same.
    Account(Box<str>),
    /// The ARN of a user, a role, a role's session or a federated user.
    Arn(Box<str>),
    /// `AIDA…`, `AROA…`, or `AROA…:session-name`.
    Id(Box<str>),
    /// `"Service"`
    Service(Box<str>),
    /// `"Federated"`
    Federated(Box<str>),
}

/// How closely an allowing statement names the one who asks, least first. It decides which other
/// policies of the same account can still deny implicitly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// Her account: the account's own policies must allow too.
    Account,
    /// Everyone, or the role of which she is a session, or the user who federated her: no identity-based
    /// policy is needed, boundary and session policies still limit.
    Indirect,
    /// Herself: nothing else needs to allow.
    Direct,
}

impl Name {
    /// Reads a string under `AWS`.
    pub(crate) fn aws(text: &str) -> Option<Name> {
        if text == "*" {
            return Some(Name::EveryAwsPrincipal);
        }
        if is_account(text) {
            return Some(Name::Account(text.into()));
        }
        if is_unique_id(text) {
            return Some(Name::Id(text.into()));
        }
        if text.contains(['*', '?']) {
            return None;
        }
        let rest = text.strip_prefix("arn:")?;
        let (partition, rest) = rest.split_once(':')?;
        let (service, rest) = rest.split_once(':')?;
        let (account, resource) = rest.strip_prefix(':')?.split_once(':')?;
        if !is_partition(partition) {
            return None;
        }
        if resource == "root" {
            return (service == "iam" && is_account(account)).then(|| Name::Account(account.into()));
        }
        let (kind, name) = resource.split_once('/')?;
        let well_formed = match (service, kind) {
            // An origin access identity of CloudFront is written as a user of the account "cloudfront".
            ("iam", "user") => is_account(account) || account == "cloudfront",
            ("iam", "role") | ("sts", "federated-user") => is_account(account),
            ("sts", "assumed-role") => {
                is_account(account) && {
                    let (role, session) = name.split_once('/')?;
                    !role.is_empty() && !session.is_empty() && !session.contains('/')
                }
            }
            _ => false,
        };
        (well_formed && !name.is_empty() && !name.ends_with('/')).then(|| Name::Arn(text.into()))
    }

    /// Reads a string under `Service`.
    pub(crate) fn service(text: &str) -> Option<Name> {
        is_domain(text).then(|| Name::Service(text.into()))
    }

    /// Reads a string under `Federated`: a domain name, or the ARN of a provider.
    pub(crate) fn federated(text: &str) -> Option<Name> {
        let is_provider = || {
            let (partition, rest) = text.strip_prefix("arn:")?.split_once(":iam::")?;
            let (account, provider) = rest.split_once(':')?;
            let name = provider.strip_prefix("saml-provider/").or(provider.strip_prefix("oidc-provider/"))?;
            Some(is_partition(partition) && is_account(account) && !name.is_empty() && !name.contains(['*', '?']))
        };
        (is_domain(text) || is_provider() == Some(true)).then(|| Name::Federated(text.into()))
    }

    /// How closely this name fits the one who asks; `None`: not at all.
    fn fits(&self, principal: &Principal) -> Option<Grant> {
        match (self, *principal) {
            (Name::Everyone, _) => Some(Grant::Indirect),
            // Services and identities from outside are no AWS principals.
            (Name::EveryAwsPrincipal, Principal::Service { .. } | Principal::Federated { .. }) => None,
            (Name::EveryAwsPrincipal, _) => Some(Grant::Indirect),
            // The account is its root user.
            (Name::Account(named), Principal::Root { account }) => (**named == *account).then_some(Grant::Direct),
            (Name::Account(named), _) => (principal.account() == Some(named)).then_some(Grant::Account),
            (Name::Arn(named), Principal::User { arn, .. }) => (**named == *arn).then_some(Grant::Direct),
            (Name::Arn(named), Principal::Role { session_arn, role_arn, .. }) => {
                direct_or_indirect(named, session_arn, role_arn)
            }
            (Name::Arn(named), Principal::FederatedUser { arn, user_arn, .. }) => {
                direct_or_indirect(named, arn, user_arn)
            }
            (Name::Id(named), Principal::User { id, .. }) => (**named == *id).then_some(Grant::Direct),
            (Name::Id(named), Principal::Role { role_id, session_name, .. }) => match named.split_once(':') {
                Some((role, session)) => (role == role_id && session == session_name).then_some(Grant::Direct),
                None => (**named == *role_id).then_some(Grant::Indirect),
            },
            (Name::Id(named), Principal::FederatedUser { user_id, .. }) => {
                (**named == *user_id).then_some(Grant::Indirect)
            }
            (Name::Service(named), Principal::Service { name }) => {
                named.eq_ignore_ascii_case(name).then_some(Grant::Direct)
            }
            (Name::Federated(named), Principal::Federated { provider }) => {
                (**named == *provider).then_some(Grant::Direct)
            }
            _ => None,
        }
    }
}

fn direct_or_indirect(named: &str, direct: &str, indirect: &str) -> Option<Grant> {
    match named {
        _ if named == direct => Some(Grant::Direct),
        _ if named == indirect => Some(Grant::Indirect),
        _ => None,
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Everyone | Name::EveryAwsPrincipal => f.write_str("*"),
            Name::Account(name) | Name::Arn(name) | Name::Id(name) | Name::Service(name) | Name::Federated(name) => {
                f.write_str(name)
            }
        }
    }
}

impl Principals {
    /// How closely an allowing statement names the one who asks. `NotPrincipal` allows everyone, "anonymous
    /// (unauthenticated) users" too, but those of whose identities one is named.
    pub(crate) fn grant(&self, principal: &Principal) -> Option<Grant> {
        let closest = self.named.iter().filter_map(|name| name.fits(principal)).max();
        match (self.negated, closest) {
            (false, closest) => closest,
            (true, None) if !self.name_everyone() => Some(Grant::Indirect),
            (true, _) => None,
        }
    }

    /// Whether it names everyone.
    pub(crate) fn name_everyone(&self) -> bool {
        let everyone = |name: &Name| matches!(name, Name::Everyone | Name::EveryAwsPrincipal);
        self.named.iter().any(everyone)
    }

    /// Whether a denying statement means the one who asks.
    pub(crate) fn denies(&self, principal: &Principal) -> bool {
        match self.negated {
            true => !self.spares(principal),
            false => self.named.iter().any(|name| *name == Name::EveryAwsPrincipal || name.fits(principal).is_some()),
        }
    }

    /// Whether `NotPrincipal` spares the one who asks: each of the identities she has must be named,
    /// her account as well as herself, and of a role's session the role and the session.
    fn spares(&self, principal: &Principal) -> bool {
        let named = |wanted: &dyn Fn(&Name) -> bool| self.named.iter().any(wanted);
        let account = named(&|name| matches!(name, Name::Account(account) if principal.account() == Some(account)));
        let fits_as = |grant| named(&|name| name.fits(principal) == Some(grant));
        self.name_everyone()
            || match principal {
                Principal::Anonymous => false,
                Principal::Root { .. } => account,
                Principal::User { .. } | Principal::FederatedUser { .. } => account && fits_as(Grant::Direct),
                Principal::Role { .. } => account && fits_as(Grant::Indirect) && fits_as(Grant::Direct),
                Principal::Service { .. } | Principal::Federated { .. } => fits_as(Grant::Direct),
            }
    }
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `AIDA…` or `AROA…`, and for a role perhaps `:session-name`.
///
/// AWS page: "Unique identifiers",
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>.
fn is_unique_id(text: &str) -> bool {
    let (id, session) = match text.split_once(':') {
        Some((id, session)) => (id, Some(session)),
        None => (text, None),
    };
    let characters = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let in_session = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    let is_role = id.starts_with("AROA");
    (is_role || id.starts_with("AIDA"))
        && (16..=128).contains(&id.len())
        && id.bytes().all(characters)
        && session.is_none_or(|name| is_role && !name.is_empty() && name.bytes().all(in_session))
}

/// A host name of at least two labels, such as `ec2.amazonaws.com`.
fn is_domain(text: &str) -> bool {
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(in_label);
    text.contains('.') && text.split('.').all(is_label)
}
