//! A case as JSON: a request, the policies that apply, and how this crate decides it.
//!
//! `{"request": {"principal", "action", "resource", "resourceAccount", "context"}, "policies": {…}}`,
//! where a principal is an ARN, `null` for nobody, `{"service": …}` or `{"federated": …}`, and a policy
//! is a document. Ids are made from names: the user bob is `AIDABOB00000000000000`.

pub mod guide;

use std::collections::BTreeMap;
use std::sync::Arc;

use bartizan_policy::{
    Acl, AclGrant, AclPermission, Context, Effect, Grantee, Kind, Level, Outcome, Policies, Policy, PolicySet,
    PolicyType, Principal, Request, Resource, decide,
};
use serde_json::Value;

/// A case of a file, its policies' names replaced by the documents the file has under these names.
pub fn spelled_out(case: &Value, documents: &Value) -> Value {
    fn replace(value: &mut Value, documents: &Value) {
        match value {
            Value::String(name) => {
                *value = documents[name.as_str()].clone();
                assert!(value.is_object(), "a document is missing");
            }
            Value::Array(values) => values.iter_mut().for_each(|value| replace(value, documents)),
            other => panic!("no name: {other}"),
        }
    }
    let mut case = case.clone();
    let policies = case["policies"].as_object_mut().expect("policies");
    policies.values_mut().for_each(|value| replace(value, documents));
    case
}

/// A decision that outlives its policies.
pub struct Decided {
    pub effect: Outcome,
    pub by: Option<PolicyType>,
    /// The kind of each matched policy, its name, the statement's place, its effect and its `Sid`.
    pub matched: Vec<(PolicyType, String, usize, Effect, Option<String>)>,
    /// The end of AWS's message.
    pub reason: String,
}

impl Decided {
    /// The outcome as `bartizan simulate` writes it.
    pub fn outcome(&self) -> &'static str {
        match self.effect {
            Outcome::Allowed => "allowed",
            Outcome::ExplicitDeny => "explicitDeny",
            Outcome::ImplicitDeny => "implicitDeny",
        }
    }
}

/// Decides a case; panics if a document is malformed.
pub fn decide_case(case: &Value) -> Decided {
    let context = context(&case["request"]["context"]);
    with_case(case, &context, |request, policies| {
        let decision = decide(request, policies);
        let matched = decision.matched.iter().map(|found| {
            (found.policy_type, found.policy.to_owned(), found.statement, found.effect, found.sid.map(str::to_owned))
        });
        Decided {
            effect: decision.effect,
            by: decision.by,
            matched: matched.collect(),
            reason: decision.reason(request.action),
        }
    })
}

/// Puts a case, with this context, to `ask`.
pub fn with_case<T>(case: &Value, context: &dyn Context, ask: impl FnOnce(&Request, &Policies) -> T) -> T {
    let request = &case["request"];
    let policies = &case["policies"];
    let set = |name: &str, kind| policies[name].is_array().then(|| compile_all(&policies[name], kind));
    let one = |name: &str, kind| compile(&policies[name], kind).map(|policy| PolicySet::new([(name, policy)]));
    let identity = set("identity", Kind::Identity);
    let boundary = one("boundary", Kind::Identity);
    let session = set("session", Kind::Identity);
    let scps = compile_levels(&policies["serviceControl"], Kind::ServiceControl);
    let rcps = compile_levels(&policies["resourceControl"], Kind::ResourceControl);
    let endpoint = set("endpoint", Kind::Endpoint).filter(|set| !set.is_empty());
    let resource = one("resource", Kind::Resource);
    let key = one("key", Kind::Resource);
    let trust = one("trust", Kind::Trust);

    let acl = policies["acl"].as_array().map(|grants| Acl { grants: grants.iter().map(acl_grant).collect() });

    let (scps, rcps) = (levels(&scps), levels(&rcps));
    let policies = Policies {
        identity: identity.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        resource: match (&resource, &key, &trust) {
            (Some(policy), ..) => Some(Resource::Policy(policy)),
            (_, Some(policy), _) => Some(Resource::Key(policy)),
            (.., Some(policy)) => Some(Resource::Trust(policy)),
            _ => None,
        },
        acl: acl.as_ref(),
        service_control: &scps,
        resource_control: &rcps,
        endpoint: endpoint.as_ref(),
    };
    let caller = Caller::new(&request["principal"], request["federatedBy"].as_str());
    let request = Request {
        principal: caller.principal(),
        action: request["action"].as_str().expect("an action"),
        resource: request["resource"].as_str().unwrap_or("*"),
        resource_account: request["resourceAccount"].as_str(),
        context,
    };
    ask(&request, &policies)
}

/// Condition keys, folded as the crate wants them.
pub fn context(context: &Value) -> BTreeMap<String, Vec<String>> {
    let texts = |value: &Value| match value {
        Value::Array(values) => values.iter().map(text).collect(),
        value => vec![text(value)],
    };
    let entries = context.as_object().into_iter().flatten();
    entries.map(|(key, value)| (key.to_ascii_lowercase(), texts(value))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The unique id of a user or role of the tests.
pub fn unique_id(prefix: &str, name: &str) -> String {
    format!("{prefix}{:0<17}", name.to_ascii_uppercase())
}

/// Who asks, with all her names.
pub struct Caller {
    arn: String,
    kind: String,
    account: String,
    name: String,
    role_arn: String,
    id: String,
    federated_by: String,
}

impl Caller {
    /// Reads the principal of a case.
    pub fn new(principal: &Value, federated_by: Option<&str>) -> Caller {
        let (arn, kind) = match principal {
            Value::Null => ("", "anonymous"),
            Value::String(arn) => (arn.as_str(), ""),
            other => match (other["service"].as_str(), other["federated"].as_str()) {
                (Some(service), _) => (service, "service"),
                (_, provider) => (provider.expect("a provider"), "federated"),
            },
        };
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let account = parts.get(4).copied().unwrap_or_default();
        let resource = if kind.is_empty() { parts[5] } else { "" };
        let (of_arn, path) = resource.split_once('/').unwrap_or((resource, ""));
        let name = path.rsplit('/').next().unwrap_or_default();
        let role = path.split('/').next().unwrap_or_default();
        Caller {
            arn: arn.to_owned(),
            kind: if kind.is_empty() { of_arn.to_owned() } else { kind.to_owned() },
            account: account.to_owned(),
            name: name.to_owned(),
            role_arn: format!("arn:aws:iam::{account}:role/{role}"),
            id: match of_arn {
                "user" => unique_id("AIDA", name),
                "assumed-role" => unique_id("AROA", role),
                _ => String::new(),
            },
            federated_by: federated_by.unwrap_or_default().to_owned(),
        }
    }

    /// The principal as the crate wants it.
    pub fn principal(&self) -> Principal<'_> {
        let Caller { arn, account, id, .. } = self;
        match self.kind.as_str() {
            "anonymous" => Principal::Anonymous,
            "root" => Principal::Root { account },
            "user" => Principal::User { account, arn, id },
            "assumed-role" => Principal::Role {
                account,
                session_arn: arn,
                role_arn: &self.role_arn,
                role_id: id,
                session_name: &self.name,
                service_linked: self.role_arn.contains("/AWSServiceRoleFor"),
            },
            "federated-user" => Principal::FederatedUser { account, arn, user_arn: &self.federated_by, user_id: "" },
            "service" => Principal::Service { name: arn },
            "federated" => Principal::Federated { provider: arn },
            other => panic!("no principal: {other} {arn}"),
        }
    }
}

fn acl_grant(grant: &Value) -> AclGrant {
    AclGrant {
        grantee: Grantee::parse(grant["grantee"].as_str().expect("a grantee")).expect("a grantee"),
        permission: AclPermission::parse(grant["permission"].as_str().expect("a permission")).expect("a permission"),
    }
}

fn compile(document: &Value, kind: Kind) -> Option<Arc<Policy>> {
    let text = (!document.is_null()).then(|| document.to_string())?;
    Some(Arc::new(Policy::parse(&text, kind).unwrap_or_else(|malformed| panic!("{malformed}\n{text}"))))
}

/// A set whose policies are called by their places.
fn compile_all(documents: &Value, kind: Kind) -> PolicySet {
    let policies = documents.as_array().into_iter().flatten().filter_map(|document| compile(document, kind));
    PolicySet::new(policies.enumerate().map(|(place, policy)| (place.to_string(), policy)))
}

fn compile_levels(levels: &Value, kind: Kind) -> Vec<PolicySet> {
    levels.as_array().into_iter().flatten().map(|level| compile_all(level, kind)).collect()
}

fn levels(sets: &[PolicySet]) -> Vec<Level<'_>> {
    let targets = ["r-root", "ou-unit", "ou-inner", "111122223333"];
    targets.into_iter().zip(sets).map(|(target, policies)| Level { target, policies }).collect()
}
