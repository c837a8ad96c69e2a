//! The policies that a simulation considers: those that are stored and those that are given.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use bartizan_gate::{Error, Fault, HeldPolicy, Holder, Origin, Scope};
use bartizan_policy::{Kind, Malformed, Match, Policy, PolicySet, PolicyType, context_keys};
use bartizan_wire::Shape;

use crate::{
    error,
    names::PolicyDocument,
    simulate::position::{self, Position},
};

/// Where a policy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Shape)]
pub enum PolicySourceType {
    /// It is embedded in a user.
    #[shape(name = "user")]
    User,
    /// It is embedded in a group.
    #[shape(name = "group")]
    Group,
    /// It is embedded in a role.
    #[shape(name = "role")]
    Role,
    /// AWS manages it.
    #[shape(name = "aws-managed")]
    AwsManaged,
    /// The account manages it.
    #[shape(name = "user-managed")]
    UserManaged,
    /// It is the resource's.
    #[shape(name = "resource")]
    Resource,
    /// It was given with the request.
    #[shape(name = "none")]
    None,
}

/// A statement that made the result.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Statement.html>
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Shape)]
pub struct Statement {
    pub source_policy_id: Option<String>,
    pub source_policy_type: Option<PolicySourceType>,
    pub start_position: Option<Position>,
    pub end_position: Option<Position>,
}

/// One level of an organization: its root, a unit or an account.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_OrderedOrganizationPolicyType.html>
#[derive(Debug, Shape)]
#[shape(name = "OrderedOrganizationPolicyType")]
pub struct OrderedOrganizationPolicy {
    pub service_control_policy_input_list: Option<Vec<PolicyDocument>>,
}

/// One policy, and how results call it.
#[derive(Debug)]
struct Considered<'a> {
    id: String,
    source: PolicySourceType,
    kind: Kind,
    text: &'a str,
    policy: Arc<Policy>,
    /// Where its statements begin and end, of those that have been shown: to find that the text is gone through.
    positions: RefCell<BTreeMap<usize, (Position, Position)>>,
}

impl Considered<'_> {
    fn positions(&self, matched: &Match<'_>) -> (Position, Position) {
        let mut positions = self.positions.borrow_mut();
        let found = positions.entry(matched.statement);
        found.or_insert_with(|| position::of_statement(self.text, &matched.span)).clone()
    }
}

/// Policies of one kind that are evaluated together.
#[derive(Debug, Default)]
pub struct Kin<'a> {
    considered: Vec<Considered<'a>>,
    /// Each by its place: ids need not be unique.
    set: PolicySet,
}

impl<'a> Kin<'a> {
    fn new(considered: Vec<Considered<'a>>) -> Self {
        let by_place = considered.iter().enumerate();
        let set = PolicySet::new(by_place.map(|(place, one)| (place.to_string(), Arc::clone(&one.policy))));
        Self { considered, set }
    }

    /// For the engine.
    pub const fn set(&self) -> &PolicySet {
        &self.set
    }

    fn get(&self, matched: &Match<'_>) -> Option<&Considered<'a>> {
        self.considered.get(matched.policy.parse::<usize>().ok()?)
    }
}

/// All policies of a simulation.
#[derive(Debug)]
pub struct SimulatedPolicies<'a> {
    pub identity: Kin<'a>,
    pub boundary: Option<Kin<'a>>,
    pub resource: Option<Kin<'a>>,
    /// The levels of an organization, its root first.
    pub service_control: Vec<Kin<'a>>,
}

impl SimulatedPolicies<'_> {
    /// How many statements they have.
    pub fn statements(&self) -> usize {
        let all = self.all().chain(&self.service_control);
        all.map(|kin| kin.set.statements()).sum()
    }

    /// The condition keys of all but the service control policies, by their lower case, as they are written there.
    ///
    /// # Errors
    /// None: all have been read before.
    pub fn written_keys(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut written = BTreeMap::new();
        for one in self.all().flat_map(|kin| &kin.considered) {
            let keys = context_keys(one.text, one.kind).map_err(|malformed| Error::Internal(malformed.to_string()))?;
            for key in keys {
                written.entry(key.to_ascii_lowercase()).or_insert(key);
            }
        }
        Ok(written)
    }

    /// A statement that applied, as a result shows it; those of service control policies are not shown.
    pub fn shown(&self, matched: &Match<'_>) -> Option<Statement> {
        let kin = match matched.policy_type {
            PolicyType::Identity => &self.identity,
            PolicyType::Boundary => self.boundary.as_ref()?,
            PolicyType::Resource => self.resource.as_ref()?,
            PolicyType::ServiceControl
            | PolicyType::ResourceControl
            | PolicyType::Endpoint
            | PolicyType::Trust
            | PolicyType::Session => return None,
        };
        let considered = kin.get(matched)?;
        let (start, end) = considered.positions(matched);
        Some(Statement {
            source_policy_id: Some(considered.id.clone()),
            source_policy_type: Some(considered.source),
            start_position: Some(start),
            end_position: Some(end),
        })
    }

    fn all(&self) -> impl Iterator<Item = &Kin<'_>> {
        [&self.identity].into_iter().chain(&self.boundary).chain(&self.resource)
    }
}

/// Identity-based policies: those that are held, then those that are given.
///
/// # Errors
/// `InvalidInput` if one that is given is no policy.
pub fn identity<'a>(scope: &Scope<'_>, held: &[HeldPolicy<'a>], given: &'a [PolicyDocument]) -> Result<Kin<'a>, Error> {
    let mut considered = Vec::with_capacity(held.len() + given.len());
    for policy in held {
        considered.push(stored(scope, policy)?);
    }
    considered.extend(inputs("PolicyInputList", given, Kind::Identity)?);
    Ok(Kin::new(considered))
}

/// The permissions boundary: the one that is given, or else the one that is held.
///
/// # Errors
/// `InvalidInput` if more than one is given, or what is given is no policy.
pub fn boundary<'a>(
    scope: &Scope<'_>,
    held: Option<HeldPolicy<'a>>,
    given: &'a [PolicyDocument],
) -> Result<Option<Kin<'a>>, Error> {
    const LIST: &str = "PermissionsBoundaryPolicyInputList";
    match (given, held) {
        ([], None) => Ok(None),
        ([], Some(held)) => Ok(Some(Kin::new(vec![stored(scope, &held)?]))),
        ([_], _) => Ok(Some(Kin::new(inputs(LIST, given, Kind::Identity)?))),
        _ => Err(error::invalid_input(format!("{LIST} can hold only one policy.")).into()),
    }
}

/// The resource's policy.
///
/// # Errors
/// `InvalidInput` if it is none.
pub fn resource(given: &PolicyDocument) -> Result<Kin<'_>, Fault> {
    Ok(Kin::new(vec![input("ResourcePolicy".to_owned(), given, Kind::Resource)?]))
}

/// The levels of an organization.
///
/// # Errors
/// `InvalidInput` if one of the policies is no service control policy.
pub fn service_control(levels: &[OrderedOrganizationPolicy]) -> Result<Vec<Kin<'_>>, Fault> {
    let mut kin = Vec::with_capacity(levels.len());
    for (place, level) in levels.iter().enumerate() {
        let list = format!("OrderedOrganizationPolicyInputList.{}.ServiceControlPolicyInputList", place + 1);
        let given = level.service_control_policy_input_list.as_deref().unwrap_or_default();
        kin.push(Kin::new(inputs(&list, given, Kind::ServiceControl)?));
    }
    Ok(kin)
}

/// The condition keys of policies that are held and of some that are given, as they are written, each once.
///
/// # Errors
/// `InvalidInput` if one that is given is no policy.
pub fn keys(held: &[HeldPolicy<'_>], given: &[PolicyDocument]) -> Result<Vec<String>, Error> {
    let mut keys: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut note =
        |found: Vec<String>| keys.extend(found.into_iter().filter(|key| seen.insert(key.to_ascii_lowercase())));
    for policy in held {
        let text = policy.document.text();
        note(context_keys(text, Kind::Identity).map_err(|malformed| Error::Internal(malformed.to_string()))?);
    }
    for (place, text) in given.iter().enumerate() {
        let found = context_keys(text.as_str(), Kind::Identity);
        note(found.map_err(|malformed| invalid(&format!("PolicyInputList.{}", place + 1), &malformed))?);
    }
    Ok(keys)
}

/// A policy that is held, by the name that AWS calls it: `user_alice_Mine` if it is embedded, else its own.
fn stored<'a>(scope: &Scope<'_>, held: &HeldPolicy<'a>) -> Result<Considered<'a>, Error> {
    let (id, source) = match held.origin {
        Origin::Inline(Holder::User(user), name) => (format!("user_{}_{name}", user.name), PolicySourceType::User),
        Origin::Inline(Holder::Group(group), name) => (format!("group_{}_{name}", group.name), PolicySourceType::Group),
        Origin::Inline(Holder::Role(role), name) => (format!("role_{}_{name}", role.name), PolicySourceType::Role),
        Origin::Managed(arn) => {
            let source = match arn.starts_with("arn:aws:iam::aws:") {
                true => PolicySourceType::AwsManaged,
                false => PolicySourceType::UserManaged,
            };
            (arn.rsplit('/').next().unwrap_or(arn).to_owned(), source)
        }
    };
    Ok(Considered {
        id,
        source,
        kind: Kind::Identity,
        text: held.document.text(),
        policy: scope.compiled(held)?,
        positions: RefCell::default(),
    })
}

fn inputs<'a>(list: &str, given: &'a [PolicyDocument], kind: Kind) -> Result<Vec<Considered<'a>>, Fault> {
    let numbered = given.iter().enumerate();
    numbered.map(|(place, document)| input(format!("{list}.{}", place + 1), document, kind)).collect()
}

/// A policy that is given. It is not worth a place in the gate's cache.
fn input(id: String, document: &PolicyDocument, kind: Kind) -> Result<Considered<'_>, Fault> {
    let text = document.as_str();
    let policy = Policy::parse(text, kind).map_err(|malformed| invalid(&id, &malformed))?;
    let source = if kind == Kind::Resource { PolicySourceType::Resource } else { PolicySourceType::None };
    Ok(Considered { id, source, kind, text, policy: Arc::new(policy), positions: RefCell::default() })
}

fn invalid(id: &str, malformed: &Malformed) -> Fault {
    error::invalid_input(format!("The policy {id} is not valid: {malformed}"))
}
