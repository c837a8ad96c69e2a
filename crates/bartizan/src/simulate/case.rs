//! One line of `bartizan simulate`: its members, and what they mean to the engine.

use std::{borrow::Cow, fmt};

use aws_lc_rs::digest;
use bartizan_policy::{
    Acl, AclGrant, AclPermission, Compiled, Context, Grantee, Kind, Level, Policies, PolicySet, Principal, Request,
    Resource, Source, Values,
};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;
use std::sync::Arc;

/// A request and the policies that apply to it. Members beside these are passed over.
#[derive(Deserialize)]
pub struct Case<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    request: CaseRequest<'a>,
    #[serde(borrow, default)]
    policies: CasePolicies<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CaseRequest<'a> {
    #[serde(borrow)]
    principal: Option<CasePrincipal<'a>>,
    #[serde(borrow)]
    action: Cow<'a, str>,
    #[serde(borrow)]
    resource: Cow<'a, str>,
    /// Where there is none: the account in the resource's ARN, or else the principal's.
    #[serde(borrow, default)]
    resource_account: Option<Cow<'a, str>>,
    /// Of a federated user's session: the ARN of the user, or of the account's root user, who made it.
    #[serde(borrow, default)]
    federated_by: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    context: Attributes<'a>,
    /// Keys of which nobody knows whether the request will carry them, nor with which values.
    #[serde(default)]
    unknown: Unknown,
}

/// Condition keys that are unknown: those listed, or with `"*"` all that the context does not give.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Unknown {
    #[default]
    None,
    Listed(Vec<String>),
    Others(AllOthers),
}

#[derive(Deserialize)]
enum AllOthers {
    #[serde(rename = "*")]
    All,
}

/// Who asks; `null` is nobody.
#[derive(Deserialize)]
#[serde(untagged)]
enum CasePrincipal<'a> {
    /// The ARN of a user, a root user, a role, a role's session or a federated user.
    Arn(#[serde(borrow)] Cow<'a, str>),
    Outside(#[serde(borrow)] Outside<'a>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Outside<'a> {
    Service(#[serde(borrow)] Cow<'a, str>),
    Federated(#[serde(borrow)] Cow<'a, str>),
}

/// A kind of policy that is not known here could deny: it is an error.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CasePolicies<'a> {
    #[serde(borrow)]
    identity: Option<Vec<NamedDocument<'a>>>,
    #[serde(borrow)]
    permissions_boundary: Option<NamedDocument<'a>>,
    /// An empty list: no session policies were passed.
    #[serde(borrow)]
    session: Option<Vec<NamedDocument<'a>>>,
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
    acl: Option<Vec<CaseGrant>>,
    /// From the organisation's root to the account. An empty list: none apply.
    #[serde(borrow)]
    service_control: Option<Vec<CaseLevel<'a>>>,
    #[serde(borrow)]
    resource_control: Option<Vec<CaseLevel<'a>>>,
    /// An empty list: the request came through no endpoint.
    #[serde(borrow)]
    endpoint: Option<Vec<NamedDocument<'a>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedDocument<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    document: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseLevel<'a> {
    #[serde(borrow)]
    target: Cow<'a, str>,
    #[serde(borrow)]
    policies: Vec<NamedDocument<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseGrant {
    grantee: String,
    permission: String,
}

/// The name under which a resource's policy is matched.
const RESOURCE: &str = "resource";

impl Case<'_> {
    /// The id, as JSON.
    pub fn id(&self) -> &str {
        self.id.get()
    }

    /// Whether there are keys that nobody knows.
    pub fn has_unknown(&self) -> bool {
        !matches!(self.request.unknown, Unknown::None)
    }

    /// Puts the case as the engine's question to `ask`.
    ///
    /// # Errors
    /// What cannot be understood: a principal, a document, a grant.
    pub fn with<T>(
        &self,
        compiled: &Compiled,
        ask: impl FnOnce(&Request<'_>, &Policies<'_>) -> T,
    ) -> Result<T, String> {
        let CaseRequest { principal, action, resource, resource_account, federated_by, context, .. } = &self.request;
        let names = Names::of(principal.as_ref(), context)?;
        let principal = names.principal(principal.as_ref(), federated_by.as_deref())?;
        let owner = resource_account.as_deref().or_else(|| {
            let account = resource.split(':').nth(4)?;
            is_account(account).then_some(account)
        });
        if let Some(owner) = resource_account.as_deref().filter(|owner| !is_account(owner)) {
            return Err(format!("resourceAccount: {owner:?} is no account id"));
        }

        let policies = &self.policies;
        let set = |kind, documents: &[NamedDocument<'_>]| compile(compiled, kind, documents);
        let identity = set(Kind::Identity, policies.identity.as_deref().unwrap_or_default())?;
        let boundary = policies.permissions_boundary.as_ref();
        let boundary = boundary.map(|boundary| set(Kind::Identity, std::slice::from_ref(boundary))).transpose()?;
        let session = policies.session.as_deref().filter(|session| !session.is_empty());
        let session = session.map(|session| set(Kind::Identity, session)).transpose()?;
        let endpoint = policies.endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
        let endpoint = endpoint.map(|endpoint| set(Kind::Endpoint, endpoint)).transpose()?;
        let levels = |kind, levels: Option<&[CaseLevel<'_>]>| {
            levels.unwrap_or_default().iter().map(|level| set(kind, &level.policies)).collect::<Result<Vec<_>, _>>()
        };
        let scps = levels(Kind::ServiceControl, policies.service_control.as_deref())?;
        let rcps = levels(Kind::ResourceControl, policies.resource_control.as_deref())?;
        let acl = policies.acl.as_deref().map(acl).transpose()?;

        let attached = Attached::of(action, resource);
        let kind = if attached == Attached::Trust { Kind::Trust } else { Kind::Resource };
        // Roles and keys always have a policy: one that is not given allows nothing.
        let on_resource = match policies.resource {
            Some(document) => Some(set(kind, &[NamedDocument { name: Cow::Borrowed(RESOURCE), document }])?),
            None if attached == Attached::Other => None,
            None => Some(set(kind, &[])?),
        };
        let request = Request { principal, action, resource, resource_account: owner, context: &self.request };
        let policies = Policies {
            identity: Some(&identity),
            boundary: boundary.as_deref(),
            session: session.as_deref(),
            resource: on_resource.as_deref().map(|policies| attached.policies(policies)),
            acl: acl.as_ref(),
            service_control: &with_targets(&scps, policies.service_control.as_deref()),
            resource_control: &with_targets(&rcps, policies.resource_control.as_deref()),
            endpoint: endpoint.as_deref(),
        };
        Ok(ask(&request, &policies))
    }
}

fn compile(compiled: &Compiled, kind: Kind, documents: &[NamedDocument<'_>]) -> Result<Arc<PolicySet>, String> {
    let hash = |document: &NamedDocument<'_>| {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, document.document.get().as_bytes()).as_ref());
        hash
    };
    let hashes: Vec<[u8; 32]> = documents.iter().map(hash).collect();
    let mut sources = Vec::with_capacity(documents.len());
    for (NamedDocument { name, document }, hash) in documents.iter().zip(&hashes) {
        sources.push(Source { name, hash, text: document.get() });
    }
    compiled.set(kind, &sources).map_err(|unreadable| unreadable.to_string())
}

fn with_targets<'a>(sets: &'a [Arc<PolicySet>], levels: Option<&'a [CaseLevel<'_>]>) -> Vec<Level<'a>> {
    let level = |(policies, level): (&'a Arc<PolicySet>, &'a CaseLevel<'_>)| Level { target: &level.target, policies };
    sets.iter().zip(levels.unwrap_or_default()).map(level).collect()
}

fn acl(grants: &[CaseGrant]) -> Result<Acl, String> {
    let grant = |grant: &CaseGrant| {
        let grantee = Grantee::parse(&grant.grantee);
        let permission = AclPermission::parse(&grant.permission);
        Ok(AclGrant {
            grantee: grantee.ok_or_else(|| format!("acl: {:?} is no account id and no group", grant.grantee))?,
            permission: permission.ok_or_else(|| format!("acl: there is no permission {:?}", grant.permission))?,
        })
    };
    Ok(Acl { grants: grants.iter().map(grant).collect::<Result<_, String>>()? })
}

/// What kind of resource it is that the resource's policy hangs on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attached {
    /// A role: its trust policy must allow.
    Trust,
    /// A KMS key: its policy must allow.
    Key,
    Other,
}

/// The actions that a role's trust policy speaks of.
const TRUST_ACTIONS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
];

impl Attached {
    fn of(action: &str, resource: &str) -> Attached {
        let mut segments = resource.splitn(6, ':').skip(2);
        let (service, name) = (segments.next().unwrap_or_default(), segments.nth(2).unwrap_or_default());
        let is_on_key = || action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("kms"));
        match service {
            "iam"
                if name.starts_with("role/")
                    && TRUST_ACTIONS.iter().any(|trust| trust.eq_ignore_ascii_case(action)) =>
            {
                Attached::Trust
            }
            "kms" if name.starts_with("key/") && is_on_key() => Attached::Key,
            _ => Attached::Other,
        }
    }

    fn policies(self, policies: &PolicySet) -> Resource<'_> {
        match self {
            Attached::Trust => Resource::Trust(policies),
            Attached::Key => Resource::Key(policies),
            Attached::Other => Resource::Policy(policies),
        }
    }
}

/// What a principal is called beside its ARN.
#[derive(Default)]
struct Names {
    role_arn: String,
    session_arn: String,
    /// The unique id, from `aws:userid`.
    id: String,
    session_name: String,
}

/// An ARN of IAM or STS, taken apart.
struct PrincipalArn<'a> {
    partition: &'a str,
    account: &'a str,
    /// `user`, `role`, `assumed-role`, `federated-user`, `root`
    kind: &'a str,
    /// What follows the first slash.
    name: &'a str,
}

impl<'a> PrincipalArn<'a> {
    fn parse(arn: &'a str) -> Option<PrincipalArn<'a>> {
        let (partition, rest) = arn.strip_prefix("arn:")?.split_once(':')?;
        let (service, rest) = rest.split_once(':')?;
        let (account, resource) = rest.strip_prefix(':')?.split_once(':')?;
        let (kind, name) = resource.split_once('/').unwrap_or((resource, ""));
        let is_known = match (service, kind) {
            ("iam", "root") => name.is_empty(),
            ("iam", "user" | "role") | ("sts", "federated-user") => !name.is_empty(),
            ("sts", "assumed-role") => {
                name.split_once('/').is_some_and(|(role, session)| !role.is_empty() && !session.is_empty())
            }
            _ => false,
        };
        (is_known && is_account(account)).then_some(PrincipalArn { partition, account, kind, name })
    }
}

impl Names {
    /// Reads what the ARN and the context say.
    fn of(principal: Option<&CasePrincipal<'_>>, context: &Attributes<'_>) -> Result<Names, String> {
        let Some(CasePrincipal::Arn(arn)) = principal else {
            return Ok(Names::default());
        };
        let PrincipalArn { partition, account, kind, name } = parse(arn)?;
        let user_id = context.single("aws:userid").unwrap_or_default();
        Ok(match kind {
            "user" => Names { id: user_id.to_owned(), ..Names::default() },
            "role" | "assumed-role" => {
                let (role, session_name) = match kind {
                    "assumed-role" => name.split_once('/').unwrap_or_default(),
                    _ => (name, user_id.split_once(':').map_or("", |(_, session)| session)),
                };
                let last = role.rsplit('/').next().unwrap_or_default();
                // A session's ARN has lost the role's path; the context may have it.
                let with_path = context.single("aws:principalarn").filter(|given| {
                    PrincipalArn::parse(given).is_some_and(|given| {
                        (given.account, given.kind, given.name.rsplit('/').next()) == (account, "role", Some(last))
                    })
                });
                let plain = || format!("arn:{partition}:iam::{account}:role/{role}");
                Names {
                    role_arn: match (kind, with_path) {
                        ("assumed-role", Some(given)) => given.to_owned(),
                        _ => plain(),
                    },
                    session_arn: match session_name {
                        "" => String::new(),
                        _ => format!("arn:{partition}:sts::{account}:assumed-role/{last}/{session_name}"),
                    },
                    id: user_id.split(':').next().unwrap_or_default().to_owned(),
                    session_name: session_name.to_owned(),
                }
            }
            _ => Names::default(),
        })
    }

    fn principal<'a>(
        &'a self,
        principal: Option<&'a CasePrincipal<'_>>,
        federated_by: Option<&'a str>,
    ) -> Result<Principal<'a>, String> {
        let arn = match principal {
            None => return Ok(Principal::Anonymous),
            Some(CasePrincipal::Outside(Outside::Service(name))) => return Ok(Principal::Service { name }),
            Some(CasePrincipal::Outside(Outside::Federated(provider))) => {
                return Ok(Principal::Federated { provider });
            }
            Some(CasePrincipal::Arn(arn)) => arn,
        };
        let PrincipalArn { account, kind, .. } = parse(arn)?;
        let Names { role_arn, session_arn, id, session_name } = self;
        Ok(match kind {
            "user" => Principal::User { account, arn, id },
            "root" => Principal::Root { account },
            "federated-user" => {
                Principal::FederatedUser { account, arn, user_arn: federated_by.unwrap_or_default(), user_id: "" }
            }
            _ => {
                let (_, path) = role_arn.split_once(":role/").unwrap_or_default();
                let service_linked = path.starts_with("aws-service-role/") || path.starts_with("AWSServiceRoleFor");
                Principal::Role { account, session_arn, role_arn, role_id: id, session_name, service_linked }
            }
        })
    }
}

fn parse(arn: &str) -> Result<PrincipalArn<'_>, String> {
    PrincipalArn::parse(arn).ok_or_else(|| {
        format!("principal: {arn:?} is no ARN of a user, a role, a role's session, a federated user or a root user")
    })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The condition keys of a case: each with a value, or a list of values, of which numbers and Booleans are as good as their
/// texts.
#[derive(Default)]
struct Attributes<'a>(Vec<(Cow<'a, str>, Vec<String>)>);

impl Attributes<'_> {
    fn get(&self, key: &str) -> Option<&[String]> {
        let found = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.map(|(_, values)| values.as_slice())
    }

    fn single(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            [value] => Some(value),
            _ => None,
        }
    }
}

/// The context of a case.
impl Context for CaseRequest<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        match (self.context.get(key), &self.unknown) {
            (Some(values), _) => Values::Listed(values),
            (None, Unknown::Others(AllOthers::All)) => Values::Unknown,
            (None, Unknown::Listed(keys)) if keys.iter().any(|unknown| unknown.eq_ignore_ascii_case(key)) => {
                Values::Unknown
            }
            (None, Unknown::None | Unknown::Listed(_)) => Values::Absent,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Attributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Attributes<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of condition keys")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut attributes = Attributes(Vec::with_capacity(16));
                while let Some(Key(key)) = map.next_key()? {
                    if attributes.get(&key).is_some() {
                        return Err(de::Error::custom(format!("the condition key {key} is there twice")));
                    }
                    let Texts(values) = map.next_value()?;
                    attributes.0.push((key, values));
                }
                Ok(attributes)
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// One value or a list.
struct Texts(Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number, a Boolean, or a list of such")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Texts, E> {
                Ok(Texts(vec![truth.to_string()]))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Texts, E> {
                Ok(Texts(vec![number.to_string()]))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::with_capacity(1);
                while let Some(Texts(values)) = list.next_element()? {
                    match <[String; 1]>::try_from(values) {
                        Ok([value]) => texts.push(value),
                        Err(_) => return Err(de::Error::custom("a condition key's values are no lists themselves")),
                    }
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
