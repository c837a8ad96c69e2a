use std::collections::HashSet;

use super::*;
use crate::fixture::House;

/// The prefixes and lengths of <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>: a unique
/// id has 21 characters there (`AIDACKCEVSQ6C2EXAMPLE`), an access key id 20 (`AKIAIOSFODNN7EXAMPLE`).
const KINDS: [(UniqueId, &str, usize); 7] = [
    (UniqueId::User, "AIDA", 21),
    (UniqueId::Role, "AROA", 21),
    (UniqueId::Group, "AGPA", 21),
    (UniqueId::Policy, "ANPA", 21),
    (UniqueId::InstanceProfile, "AIPA", 21),
    (UniqueId::AccessKey, "AKIA", 20),
    (UniqueId::TemporaryAccessKey, "ASIA", 20),
];

#[test]
fn ids_have_awss_form_and_do_not_repeat() {
    let house = House::new();
    let mut seen = HashSet::new();
    for (kind, prefix, length) in KINDS {
        for _ in 0..200 {
            let id = kind.generate(house.gate.keyring()).unwrap();
            assert!(id.starts_with(prefix) && id.len() == length, "{id}");
            assert!(id.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte)), "{id}");
            assert!(seen.insert(id), "an id twice");
        }
    }
}

#[test]
fn secrets_have_awss_form_and_all_letters() {
    let house = House::new();
    let mut letters = HashSet::new();
    for _ in 0..100 {
        let secret = new_secret(house.gate.keyring()).unwrap();
        assert_eq!(secret.expose().len(), 40);
        letters.extend(secret.expose().bytes());
    }
    assert_eq!(letters.len(), 64, "of 4,000 random letters of 64 none is missing");
}

#[test]
fn uuids_are_of_version_4() {
    let house = House::new();
    let mut seen = HashSet::new();
    for _ in 0..200 {
        let [id, other] = uuids(house.gate.keyring()).unwrap();
        assert_ne!(id, other);
        let parts: Vec<&str> = id.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
        assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        assert!(seen.insert(id));
    }
}

#[test]
fn an_alphabet_of_nothing_makes_no_text() {
    assert_eq!(text(House::new().gate.keyring(), b"", 5).unwrap(), "");
}
