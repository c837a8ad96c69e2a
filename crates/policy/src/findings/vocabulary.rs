//! What the caller knows of the services that policies speak of.

use std::collections::BTreeMap;

use crate::pattern::Pattern;

/// The actions of the services that the caller knows whole. Of all others nothing is known, and nothing is said.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// By the service's prefix in lower case.
    services: BTreeMap<String, Vec<String>>,
}

impl Vocabulary {
    /// Takes actions such as `iam:CreateUser`. All actions of each service that occurs must be given: any other one
    /// of it is found to be none.
    pub fn new<'a>(actions: impl IntoIterator<Item = &'a str>) -> Vocabulary {
        let mut services: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (service, name) in actions.into_iter().filter_map(|action| action.split_once(':')) {
            services.entry(service.to_ascii_lowercase()).or_default().push(name.to_owned());
        }
        Vocabulary { services }
    }

    /// Whether a name, perhaps with wildcards, is an action of a service; `None` where the service is not known.
    pub(super) fn has(&self, service: &str, name: &str) -> Option<bool> {
        let names = self.services.get(&service.to_ascii_lowercase())?;
        let pattern = Pattern::with_wildcards(&name.to_ascii_lowercase());
        Some(names.iter().any(|known| pattern.matches_ignoring_case(known)))
    }

    /// The action that was perhaps meant: it begins and ends like the name, but for two characters.
    pub(super) fn like(&self, service: &str, name: &str) -> Option<&str> {
        let names = self.services.get(&service.to_ascii_lowercase())?;
        let same = |(one, other): &(u8, u8)| one.eq_ignore_ascii_case(other);
        let common = |known: &str| {
            let longest = known.len().min(name.len());
            let before = known.bytes().zip(name.bytes()).take_while(same).count();
            let behind = known.bytes().rev().zip(name.bytes().rev()).take_while(same).count();
            (before + behind).min(longest)
        };
        let near = names.iter().filter(|known| common(known) + 2 >= known.len().max(name.len()));
        near.max_by_key(|known| common(known)).map(String::as_str)
    }
}
