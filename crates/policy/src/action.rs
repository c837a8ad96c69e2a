//! The `Action` and `NotAction` elements.
//!
//! AWS page: "IAM JSON policy elements: Action",
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>.

use crate::pattern::Pattern;

/// `Action` or `NotAction`: the actions listed, by service, in ASCII lower case.
///
/// AWS's own policies list more than a thousand actions in a statement, so that the service is
/// looked up rather than tried.
#[derive(Debug)]
pub(crate) struct Actions {
    /// `NotAction`.
    pub(crate) negated: bool,
    /// Whether `*` is listed.
    pub(crate) all: bool,
    /// Services named in full, sorted.
    services: Box<[Service]>,
    /// Services with wildcards, each with a name.
    wild: Box<[(Pattern, Pattern)]>,
}

/// The actions listed of one service.
#[derive(Debug)]
struct Service {
    prefix: Box<str>,
    names: Vec<Pattern>,
}

/// One action as a document writes it.
#[derive(Debug)]
pub(crate) enum Action {
    /// `*`
    All,
    /// `service:Name`, both perhaps with wildcards, in ASCII lower case.
    Of {
        /// The prefix before the colon.
        service: String,
        /// The name behind it.
        name: Pattern,
    },
}

impl Action {
    /// Reads an action.
    ///
    /// # Errors
    ///
    /// AWS's wording for what is wrong with it; `None` where AWS speaks of a syntax error.
    pub(crate) fn parse(text: &str) -> Result<Action, Option<String>> {
        if text == "*" {
            return Ok(Action::All);
        }
        let Some((service, name)) = text.split_once(':') else {
            let message = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
            return Err(Some(message.to_owned()));
        };
        if name.contains(':') {
            return Err(Some("Actions/Condition can contain only one colon.".to_owned()));
        }
        let in_service = |c: char| c.is_ascii_alphanumeric() || "-.*?".contains(c);
        if service.is_empty() || !service.chars().all(in_service) {
            return Err(Some(format!("Vendor {service} is not valid")));
        }
        let in_name = |c: char| c.is_ascii_alphanumeric() || "-._*?".contains(c);
        if name.is_empty() || !name.chars().all(in_name) {
            return Err(None);
        }
        Ok(Action::Of { service: service.to_ascii_lowercase(), name: compile(name) })
    }
}

/// Compiles a service prefix or a name. Neither has variables, so nothing can be wrong with it.
fn compile(text: &str) -> Pattern {
    Pattern::with_wildcards(&text.to_ascii_lowercase())
}

impl Actions {
    /// Sorts the actions of an element by service.
    pub(crate) fn new(negated: bool, listed: Vec<Action>) -> Actions {
        let mut all = false;
        let mut named = Vec::with_capacity(listed.len());
        let mut wild = Vec::new();
        for action in listed {
            match action {
                Action::All => all = true,
                Action::Of { service, name } if service.contains(['*', '?']) => {
                    wild.push((compile(&service), name));
                }
                Action::Of { service, name } => named.push((service, name)),
            }
        }
        named.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut services: Vec<Service> = Vec::with_capacity(1);
        for (service, name) in named {
            match services.last_mut().filter(|last| *last.prefix == *service) {
                Some(last) => last.names.push(name),
                None => services.push(Service { prefix: service.into(), names: vec![name] }),
            }
        }
        services.iter_mut().for_each(|service| service.names.shrink_to_fit());
        Actions { negated, all, services: services.into(), wild: wild.into() }
    }

    /// The actions listed, in ASCII lower case.
    pub(crate) fn texts(&self) -> Vec<String> {
        let all = self.all.then(|| "*".to_owned());
        let named = self
            .services
            .iter()
            .flat_map(|Service { prefix, names }| names.iter().map(move |name| format!("{prefix}:{name}")));
        let wild = self.wild.iter().map(|(service, name)| format!("{service}:{name}"));
        all.into_iter().chain(named).chain(wild).collect()
    }

    /// Whether the element means the action of a request.
    pub(crate) fn mean(&self, requested: &Requested) -> bool {
        self.list(requested) != self.negated
    }

    fn list(&self, requested: &Requested) -> bool {
        if self.all {
            return true;
        }
        let Some((called, operation)) = requested.parts else { return false };
        let found = self.services.binary_search_by(|service| {
            service.prefix.bytes().cmp(called.bytes().map(|byte| byte.to_ascii_lowercase()))
        });
        let service = found.ok().and_then(|index| self.services.get(index));
        service.is_some_and(|service| service.names.iter().any(|name| name.matches_ignoring_case(operation)))
            || self
                .wild
                .iter()
                .any(|(service, name)| service.matches_ignoring_case(called) && name.matches_ignoring_case(operation))
    }
}

/// The action of a request, split and hashed once for all statements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Requested<'a> {
    action: &'a str,
    /// Service and name; `None` without a colon.
    parts: Option<(&'a str, &'a str)>,
    hash: u64,
}

impl<'a> Requested<'a> {
    /// Splits `service:Action`. Without a colon only `*` can match.
    pub(crate) fn new(action: &'a str) -> Requested<'a> {
        Requested { action, parts: action.split_once(':'), hash: hash(action.as_bytes()) }
    }

    /// As it was asked for.
    pub(crate) fn action(&self) -> &'a str {
        self.action
    }

    /// The same for the same action in any case.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether it is this action, given in any case.
    pub(crate) fn is(&self, service: &str, name: &str) -> bool {
        self.parts.is_some_and(|(called, operation)| {
            called.eq_ignore_ascii_case(service) && operation.eq_ignore_ascii_case(name)
        })
    }
}

/// A hash that is blind to ASCII case (and to some more: it only has to be quick, and is not relied on).
fn hash(bytes: &[u8]) -> u64 {
    const CASE: u64 = 0x2020_2020_2020_2020;
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: [u8; 8]| (hash.rotate_left(5) ^ (u64::from_le_bytes(word) | CASE)).wrapping_mul(SPREAD);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let hash = words.iter().fold(0, |hash, word| mix(hash, *word));
    mix(hash, last) >> 20
}
