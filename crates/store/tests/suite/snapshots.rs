//! What a snapshot answers: by id, by name, in pages, by what points at what, and how many.

use bartizan_store::{
    Entity, Kind, Snapshot, Store,
    entity::{AccessKey, AccessKeyOwner, AccessKeyStatus, Group, Policy, User},
    fold,
};

use crate::common::{Home, access_key, commit, furnish, ours, put, theirs, user};

const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

fn names<'a>(users: impl Iterator<Item = &'a std::sync::Arc<User>>) -> Vec<&'a str> {
    users.map(|user| user.name.as_str()).collect()
}

/// Runs a check on a snapshot as it was made by commits, and as it was loaded.
fn fresh_and_loaded(make: impl FnOnce(&Store), check: impl Fn(&Snapshot)) {
    let home = Home::new();
    let store = home.open().unwrap();
    make(&store);
    check(&store.snapshot());
    drop(store);
    check(&home.open().unwrap().snapshot());
}

#[test]
fn accounts_are_walls() {
    fresh_and_loaded(
        |store| {
            put(store, user("AIDA1", "same"));
            let mut other = user("AIDA2", "same");
            other.account = theirs();
            other.groups = vec!["AGPA1".to_owned()];
            put(store, other);
        },
        |snapshot| {
            assert_eq!(snapshot.users.by_name(ours(), "same").unwrap().id, "AIDA1");
            assert_eq!(snapshot.users.by_name(theirs(), "same").unwrap().id, "AIDA2");
            assert!(snapshot.users.by_id(ours(), "AIDA2").is_none());
            assert!(snapshot.get::<User>(theirs(), "AIDA1").is_none());
            assert_eq!(names(snapshot.users.by_name_after(ours(), None)).len(), 1);
            assert_eq!(snapshot.users.by_id_after(theirs(), None).count(), 1);
            assert_eq!(snapshot.pointing_at::<User>(ours(), "AGPA1").count(), 0);
            assert_eq!(snapshot.pointing_at::<User>(theirs(), "AGPA1").count(), 1);
            assert_eq!((snapshot.users.count(ours()), snapshot.users.count(theirs())), (1, 1));
            let nobody = crate::common::account("000000000001");
            assert_eq!((snapshot.users.count(nobody), snapshot.users.by_name_after(nobody, None).count()), (0, 0));
        },
    );
}

#[test]
fn names_are_found_in_any_case_and_kept_in_theirs() {
    fresh_and_loaded(
        |store| {
            put(store, user("AIDA1", "MixedCase"));
        },
        |snapshot| {
            for asked in ["MixedCase", "mixedcase", "MIXEDCASE"] {
                assert_eq!(snapshot.users.by_name(ours(), asked).unwrap().name, "MixedCase", "{asked}");
            }
            assert!(snapshot.users.by_name(ours(), "MixedCas").is_none());
            assert!(snapshot.users.by_name(ours(), "").is_none());
        },
    );
    assert_eq!(fold("ÄÖ-az_AZ"), "äö-az_az");
}

#[test]
fn pages_join_without_gap_or_overlap_in_the_order_of_folded_names() {
    let given = ["b", "A", "a-", "Z9", "z", "B_1", "aa", "0", "=x"];
    let mut sorted = given;
    sorted.sort_by_key(|name| fold(name));
    fresh_and_loaded(
        |store| {
            for (number, name) in given.iter().enumerate() {
                put(store, user(&format!("AIDA{number}"), name));
                let mut other = user(&format!("AIDAX{number}"), name);
                other.account = theirs();
                put(store, other);
            }
        },
        |snapshot| {
            assert_eq!(names(snapshot.users.by_name_after(ours(), None)), sorted);
            for size in 1..=given.len() {
                let (mut all, mut marker) = (Vec::new(), None);
                loop {
                    let page: Vec<_> =
                        names(snapshot.users.by_name_after(ours(), marker)).into_iter().take(size).collect();
                    all.extend(page.iter().copied());
                    match page.last() {
                        Some(last) => marker = Some(*last),
                        None => break,
                    }
                }
                assert_eq!(all, sorted, "pages of {size}");
            }
            // After a name that is gone, or that never was.
            assert_eq!(names(snapshot.users.by_name_after(ours(), Some("AB"))), sorted[5..]);
            assert!(names(snapshot.users.by_name_after(ours(), Some("zz"))).is_empty());
        },
    );
}

#[test]
fn links_follow_what_is_put_replaced_and_deleted() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let members = |store: &Store, group: &str| {
        store.snapshot().pointing_at::<User>(ours(), group).map(|user| user.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(members(&store, "AGPA1"), ["AIDA1"]);
    let mut bob = user("AIDA2", "Bob");
    bob.groups = vec!["AGPA1".to_owned(), "AGPA2".to_owned()];
    put(&store, bob.clone());
    assert_eq!(members(&store, "AGPA1"), ["AIDA1", "AIDA2"]);
    assert_eq!(members(&store, "AGPA2"), ["AIDA2"]);
    bob.groups = vec!["AGPA2".to_owned()];
    bob.name = "Robert".to_owned();
    put(&store, bob.clone());
    assert_eq!(members(&store, "AGPA1"), ["AIDA1"]);
    assert_eq!(members(&store, "AGPA2"), ["AIDA2"]);
    commit(&store, |changes| changes.delete(&bob)).unwrap();
    assert!(members(&store, "AGPA2").is_empty());
    drop(store);
    let store = home.open().unwrap();
    assert_eq!(members(&store, "AGPA1"), ["AIDA1"]);
    assert!(members(&store, "AGPA2").is_empty());
}

#[test]
fn links_are_of_one_target_and_kind() {
    fresh_and_loaded(
        |store| {
            furnish(store);
            let mut carol = user("AIDA3", "Carol");
            // Once for each way of pointing, and the entity only once.
            carol.attached_policies = vec![READ_ONLY.to_owned()];
            carol.permissions_boundary = Some(READ_ONLY.to_owned());
            put(store, carol);
        },
        |snapshot| {
            assert_eq!(snapshot.pointing_at::<User>(ours(), READ_ONLY).count(), 1);
            assert_eq!(snapshot.pointing_at::<Group>(ours(), READ_ONLY).count(), 0);
            assert_eq!(snapshot.pointing_at::<Policy>(ours(), READ_ONLY).count(), 0);
            assert_eq!(snapshot.pointing_at::<AccessKey>(ours(), "AIDA1").count(), 1);
            // Neither a part of a target nor something longer is the target.
            for near in ["AGPA", "AGPA11", "agpa1", ""] {
                assert_eq!(snapshot.pointing_at::<User>(ours(), near).count(), 0, "{near:?}");
            }
        },
    );
}

#[test]
fn counts_follow() {
    let home = Home::new();
    let store = home.open().unwrap();
    let count = |store: &Store| store.snapshot().users.count(ours());
    assert_eq!(count(&store), 0);
    put(&store, user("AIDA1", "one"));
    put(&store, user("AIDA1", "one again"));
    assert_eq!(count(&store), 1);
    put(&store, user("AIDA2", "two"));
    commit(&store, |changes| changes.delete(&user("AIDA3", "never"))).unwrap();
    assert_eq!(count(&store), 2);
    commit(&store, |changes| {
        changes.delete(&user("AIDA1", ""));
        changes.delete(&user("AIDA1", ""));
    })
    .unwrap();
    assert_eq!(count(&store), 1);
    drop(store);
    assert_eq!(count(&home.open().unwrap()), 1);
}

#[test]
fn a_renamed_entity_has_its_new_name_only() {
    fresh_and_loaded(
        |store| {
            put(store, user("AIDA1", "Before"));
            put(store, user("AIDA1", "After"));
        },
        |snapshot| {
            assert!(snapshot.users.by_name(ours(), "before").is_none());
            assert_eq!(snapshot.users.by_name(ours(), "after").unwrap().id, "AIDA1");
            assert_eq!(names(snapshot.users.by_name_after(ours(), None)), ["After"]);
        },
    );
}

#[test]
fn an_access_key_is_found_without_its_account_and_gone_when_deleted() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let key = store.snapshot().access_key("AKIAALICE").unwrap().as_ref().clone();
    assert_eq!((key.account, &key.owner), (ours(), &AccessKeyOwner::User("AIDA1".to_owned())));
    assert_eq!(
        store.keyring().open_secret(&key.id, &key.secret).unwrap().expose(),
        "a secret of forty characters, or so it is"
    );
    // A sealed secret serves no other key.
    assert!(store.keyring().open_secret("AKIAROOT", &key.secret).is_err());
    for (asked, there) in [("AKIAALIC", false), ("akiaalice", false), ("", false), ("AKIAROOT", true)] {
        assert_eq!(store.snapshot().access_key(asked).is_some(), there, "{asked}");
    }
    let mut inactive = access_key(&store, "AKIAALICE", key.owner.clone());
    inactive.status = AccessKeyStatus::Inactive;
    put(&store, inactive);
    assert_eq!(store.snapshot().access_key("AKIAALICE").unwrap().status, AccessKeyStatus::Inactive);
    commit(&store, |changes| changes.delete(&key)).unwrap();
    assert!(store.snapshot().access_key("AKIAALICE").is_none());
    drop(store);
    assert!(home.open().unwrap().snapshot().access_key("AKIAALICE").is_none());
}

#[test]
fn secrets_are_not_on_the_disk_in_clear() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    for name in [crate::common::DATABASE, crate::common::WAL, crate::common::MARK] {
        let bytes = home.read(name);
        assert!(!bytes.windows(20).any(|window| window == b"a secret of forty ch"), "{name}");
    }
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let mut names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert!(Kind::ALL.iter().all(|kind| Kind::named(kind.name()) == Some(*kind)));
    assert_eq!(Kind::named("User"), None);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Kind::ALL.len());
    assert_eq!(User::KIND, Kind::User);
}
