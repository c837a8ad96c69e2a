//! The naive evaluator. Nothing is compiled, every statement is read anew for every request.

use std::collections::BTreeSet;

use serde_json::Value;

use super::matching::{chars, condition, glob, narrowed, substitute, texts, wild};

#[derive(Debug, PartialEq, Eq)]
pub struct Decision {
    pub outcome: &'static str,
    pub by: Option<&'static str>,
    /// Kind of policy, its name, index of the statement, whether it denies.
    pub matched: BTreeSet<(&'static str, String, usize, bool)>,
}

/// A statement that applies.
struct Applied {
    kind: &'static str,
    policy: String,
    level: usize,
    index: usize,
    deny: bool,
    /// `"direct"`, `"indirect"` or `"account"`
    closeness: &'static str,
}

/// "Determining whether a request is allowed or denied within an account", and across accounts.
pub fn decide(case: &Value) -> Decision {
    let request = &case["request"];
    let caller = Caller::of(request);
    let action = request["action"].as_str().expect("an action");
    if action.eq_ignore_ascii_case("sts:GetCallerIdentity") && caller.account.is_some() {
        return Decision { outcome: "allowed", by: None, matched: BTreeSet::new() };
    }
    let applied = all_applied(case, &caller);
    let matched = applied.iter().map(|one| (one.kind, one.policy.clone(), one.index, one.deny)).collect();

    // An explicit deny in any policy ends it.
    let order =
        ["serviceControl", "resourceControl", "endpoint", "resource", "trust", "identity", "boundary", "session"];
    let denying = order.into_iter().find(|kind| applied.iter().any(|one| one.deny && one.kind == *kind));
    if denying.is_some() {
        return Decision { outcome: "explicitDeny", by: denying, matched };
    }
    match missing(case, &caller, &applied) {
        None => Decision { outcome: "allowed", by: None, matched },
        by => Decision { outcome: "implicitDeny", by, matched },
    }
}

/// The kind of policy that lacks an allow.
fn missing(case: &Value, caller: &Caller, applied: &[Applied]) -> Option<&'static str> {
    let policies = &case["policies"];
    let allows = |kind: &str| applied.iter().any(|one| one.kind == kind && !one.deny);
    // Organisations: at every level.
    for kind in ["serviceControl", "resourceControl"] {
        let bound = !caller.service_linked && (kind == "resourceControl" || caller.account.is_some());
        let levels = policies[kind].as_array().map_or(0, Vec::len);
        let at = |level: usize| applied.iter().any(|one| one.kind == kind && one.level == level);
        if bound && !(0..levels).all(at) {
            return Some(if kind == "serviceControl" { "serviceControl" } else { "resourceControl" });
        }
    }
    if policies["endpoint"].as_array().is_some_and(|list| !list.is_empty()) && !allows("endpoint") {
        return Some("endpoint");
    }
    let on_resource = if policies["trust"].is_null() { "resource" } else { "trust" };
    let mut closeness: Vec<&str> =
        applied.iter().filter(|one| one.kind == on_resource).map(|one| one.closeness).collect();
    closeness.extend(granted_by_acl(case, caller));
    let must = !policies["trust"].is_null() || !policies["key"].is_null();
    let is_root = caller.kind == "root";
    if on_resource == "trust" && is_root && case["request"]["action"] == "sts:AssumeRole" {
        return Some("trust");
    }
    let Some(account) = &caller.account else {
        return closeness.is_empty().then_some(on_resource);
    };
    let identity = is_root || caller.federated_root || allows("identity");
    let boundary = policies["boundary"].is_null() || allows("boundary");
    let session = match policies["session"].is_array() {
        true => allows("session"),
        false => caller.kind != "federated-user",
    };
    let limits = || match (boundary, session) {
        (false, _) => Some("boundary"),
        (_, false) => Some("session"),
        _ => None,
    };
    let own = || if identity { limits() } else { Some("identity") };
    if case["request"]["resourceAccount"].as_str().is_some_and(|owner| owner != account) {
        return own().or(closeness.is_empty().then_some(on_resource));
    }
    if closeness.contains(&"direct") {
        return None;
    }
    if closeness.contains(&"indirect") {
        return limits();
    }
    if must && closeness.is_empty() {
        return Some(on_resource);
    }
    own()
}

/// How the access control list grants the action: to a group as to everyone, to an account as to an
/// account.
fn granted_by_acl(case: &Value, caller: &Caller) -> Vec<&'static str> {
    let action = case["request"]["action"].as_str().expect("an action").to_lowercase();
    let object = case["request"]["resource"].as_str().is_some_and(|resource| resource.contains('/'));
    let needed = match (action.as_str(), object) {
        ("s3:getobject" | "s3:getobjectversion", true) => "READ",
        ("s3:putobject", true) => "WRITE",
        ("s3:listbucket" | "s3:listbucketversions" | "s3:listbucketmultipartuploads", false) => "READ",
        ("s3:getobjectacl" | "s3:getobjectversionacl", true) | ("s3:getbucketacl", false) => "READ_ACP",
        ("s3:putobjectacl" | "s3:putobjectversionacl", true) | ("s3:putbucketacl", false) => "WRITE_ACP",
        _ => return Vec::new(),
    };
    let grants = case["policies"]["acl"].as_array().into_iter().flatten();
    let permitting = grants.filter(|grant| grant["permission"] == needed || grant["permission"] == "FULL_CONTROL");
    let closeness = |grant: &Value| match grant["grantee"].as_str()?.rsplit('/').next()? {
        "AllUsers" => Some("indirect"),
        "AuthenticatedUsers" => caller.account.as_ref().map(|_| "indirect"),
        account => (caller.account.as_deref() == Some(account)).then_some("account"),
    };
    // Whoever is in no account has nothing of an account's grant.
    permitting.filter_map(closeness).collect()
}

/// Every statement of every policy that concerns the caller, if it applies.
fn all_applied(case: &Value, caller: &Caller) -> Vec<Applied> {
    let policies = &case["policies"];
    let mut applied = Vec::new();
    let mut look = |kind, policy: &str, level, document: &Value| {
        for (index, statement) in super::matching::list(&document["Statement"]).iter().enumerate() {
            if let Some(closeness) = applies(statement, document, &case["request"], caller) {
                let deny = statement["Effect"] == "Deny";
                applied.push(Applied { kind, policy: policy.to_owned(), level, index, deny, closeness });
            }
        }
    };
    for kind in ["identity", "session", "endpoint"] {
        for (number, document) in policies[kind].as_array().into_iter().flatten().enumerate() {
            look(kind, &number.to_string(), 0, document);
        }
    }
    for (kind, name) in [("boundary", "boundary"), ("resource", "resource"), ("trust", "trust")] {
        look(kind, name, 0, &policies[name]);
    }
    look("resource", "key", 0, &policies["key"]);
    for kind in ["serviceControl", "resourceControl"] {
        if caller.service_linked || (kind == "serviceControl" && caller.account.is_none()) {
            continue;
        }
        for (level, documents) in policies[kind].as_array().into_iter().flatten().enumerate() {
            for (number, document) in documents.as_array().into_iter().flatten().enumerate() {
                look(kind, &number.to_string(), level, document);
            }
        }
    }
    applied
}

fn applies(statement: &Value, document: &Value, request: &Value, caller: &Caller) -> Option<&'static str> {
    let variables = document["Version"] == "2012-10-17";
    let deny = statement["Effect"] == "Deny";
    let action = request["action"].as_str().expect("an action").to_lowercase();
    let in_actions =
        |key: &str| texts(&statement[key]).iter().any(|pattern| action_fits(&pattern.to_lowercase(), &action));
    let action_ok = if statement["Action"].is_null() { !in_actions("NotAction") } else { in_actions("Action") };

    let resource = request["resource"].as_str().unwrap_or("*");
    let fits = |pattern: &String| {
        let pattern = substitute(pattern, request, variables, true)?;
        Some(glob(&narrowed(&pattern), &chars(resource)))
    };
    let resource_ok = match (&statement["Resource"], &statement["NotResource"]) {
        (Value::Null, Value::Null) => true,
        (Value::Null, excepted) => {
            let fitting: Vec<Option<bool>> = texts(excepted).iter().map(fits).collect();
            !fitting.contains(&Some(true)) && (deny || !fitting.contains(&None))
        }
        (listed, _) => texts(listed).iter().any(|pattern| fits(pattern) == Some(true)),
    };

    let mut by_arn = false;
    let mut conditions_ok = true;
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            conditions_ok &= condition(operator, key, &texts(values), request, variables);
            let positive = ["ArnEquals", "ArnLike", "StringEquals", "StringLike"];
            let name = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
            by_arn |= key.eq_ignore_ascii_case("aws:PrincipalArn") && positive.contains(&name);
        }
    }
    if !(action_ok && resource_ok && conditions_ok) {
        return None;
    }
    caller.named(statement, deny, by_arn)
}

fn action_fits(pattern: &str, action: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (Some((service, name)), Some((called, operation))) = (pattern.split_once(':'), action.split_once(':')) else {
        return false;
    };
    glob(&wild(service), &chars(called)) && glob(&wild(name), &chars(operation))
}

/// Who asks: every name she has.
struct Caller {
    kind: &'static str,
    account: Option<String>,
    service_linked: bool,
    federated_root: bool,
    /// Names that are herself, names that stand for more than herself, the ARN of her account.
    direct: Vec<String>,
    indirect: Vec<String>,
    root: Option<String>,
}

impl Caller {
    fn of(request: &Value) -> Caller {
        let mut caller = Caller {
            kind: "anonymous",
            account: None,
            service_linked: false,
            federated_root: false,
            direct: vec![],
            indirect: vec![],
            root: None,
        };
        if let Some(service) = request["principal"]["service"].as_str() {
            caller.kind = "service";
            caller.direct.push(format!("Service {service}"));
        }
        if let Some(provider) = request["principal"]["federated"].as_str() {
            caller.kind = "federated";
            caller.direct.push(format!("Federated {provider}"));
        }
        let Some(arn) = request["principal"].as_str() else {
            return caller;
        };
        let account = arn.split(':').nth(4).expect("an account");
        let name = arn.rsplit('/').next().unwrap_or_default();
        let root = format!("AWS arn:aws:iam::{account}:root");
        caller.account = Some(account.to_owned());
        caller.direct.push(format!("AWS {arn}"));
        caller.root = Some(root.clone());
        let id = |prefix, name: &str| format!("AWS {}", super::common::unique_id(prefix, name));
        if arn.contains(":user/") {
            caller.kind = "user";
            caller.direct.push(id("AIDA", name));
        } else if arn.contains(":assumed-role/") {
            let role = arn.split('/').nth(1).expect("a role");
            caller.kind = "role";
            caller.service_linked = role.starts_with("AWSServiceRoleFor");
            caller.direct.push(format!("{}:{name}", id("AROA", role)));
            caller.indirect = vec![format!("AWS arn:aws:iam::{account}:role/{role}"), id("AROA", role)];
        } else if arn.contains(":federated-user/") {
            caller.kind = "federated-user";
            let user = request["federatedBy"].as_str().unwrap_or_default();
            caller.federated_root = user.ends_with(":root");
            caller.indirect.push(format!("AWS {user}"));
            caller.indirect.retain(|name| *name != root);
        } else {
            caller.kind = "root";
        }
        caller
    }

    /// How a statement names her, if it does; statements without principals are about her anyway.
    fn named(&self, statement: &Value, deny: bool, by_arn: bool) -> Option<&'static str> {
        let excepted = !statement["NotPrincipal"].is_null();
        let element = if excepted { &statement["NotPrincipal"] } else { &statement["Principal"] };
        let mut names = Vec::new();
        match element {
            Value::Null => return Some("direct"),
            Value::String(_) => names.push("*".to_owned()),
            of_kinds => {
                for (kind, values) in of_kinds.as_object().expect("principals") {
                    for value in texts(values) {
                        let is_account = value.len() == 12 && value.chars().all(|c| c.is_ascii_digit());
                        names.push(match is_account {
                            true => format!("{kind} arn:aws:iam::{value}:root"),
                            false => format!("{kind} {value}"),
                        });
                    }
                }
            }
        }
        let any_of = |mine: &[String]| mine.iter().any(|name| names.contains(name));
        let star = names.iter().any(|name| name == "*");
        let aws_star = names.iter().any(|name| name == "AWS *");
        let direct = any_of(&self.direct);
        let indirect = any_of(&self.indirect);
        let account = self.root.as_ref().is_some_and(|root| names.contains(root));
        if excepted && !deny {
            let named = star || aws_star || direct || indirect || account;
            return (!named).then_some("indirect");
        }
        if excepted {
            let spared = star
                || aws_star
                || match self.kind {
                    "anonymous" => false,
                    "service" | "federated" => direct,
                    "role" => direct && indirect && account,
                    _ => direct && account,
                };
            return (!spared).then_some("direct");
        }
        let outside = self.kind == "service" || self.kind == "federated";
        let everyone = star || (aws_star && (deny || !outside));
        match () {
            () if deny => (everyone || direct || indirect || account).then_some("direct"),
            () if direct => Some("direct"),
            () if everyone && by_arn => Some("direct"),
            () if everyone || indirect => Some("indirect"),
            () if account => Some("account"),
            () => None,
        }
    }
}
