//! What a commit means: compare and set, gap-free revisions, all or nothing, durable before it is seen.

use std::{collections::BTreeSet, fs, sync::Mutex, thread};

use bartizan_store::{Changes, CommitError, Store, audit::Batch};

use crate::common::{DATABASE, Home, MARK, all, commit, furnish, group, ours, put, user};

#[test]
fn a_commit_on_an_old_state_is_a_conflict_and_does_nothing() {
    let home = Home::new();
    let store = home.open().unwrap();
    let base = store.snapshot().revision();
    put(&store, user("AIDA1", "first"));
    let said = all(&store.snapshot());
    let mut changes = Changes::default();
    changes.put(user("AIDA2", "second"));
    for stale in [base, base + 2, u64::MAX] {
        assert!(matches!(store.commit(stale, &changes, &Batch::default()), Err(CommitError::Conflict)), "{stale}");
    }
    assert_eq!(all(&store.snapshot()), said);
    drop(store);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn concurrent_committers_lose_nothing_and_leave_no_gap() {
    const THREADS: usize = 4;
    const COMMITS: usize = 12;
    let home = Home::new();
    let store = home.open().unwrap();
    let revisions = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, revisions) = (&store, &revisions);
            scope.spawn(move || {
                for number in 0..COMMITS {
                    loop {
                        let base = store.snapshot();
                        // Each decides on what it reads: how many there are.
                        let name = format!("n{}", base.users.count(ours()));
                        let mut changes = Changes::default();
                        changes.put(user(&format!("AIDA{thread}X{number}"), &name));
                        match store.commit(base.revision(), &changes, &Batch::default()) {
                            Ok(next) => {
                                assert_eq!(next.revision(), base.revision() + 1);
                                assert!(store.snapshot().revision() >= next.revision(), "own write is not read");
                                assert!(revisions.lock().unwrap().insert(next.revision()), "a revision twice");
                                break;
                            }
                            Err(CommitError::Conflict) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    let count = THREADS * COMMITS;
    assert_eq!(revisions.into_inner().unwrap(), (1..=count as u64).collect());
    let check = |store: &Store| {
        let snapshot = store.snapshot();
        assert_eq!(snapshot.users.count(ours()), count);
        for number in 0..count {
            assert!(snapshot.users.by_name(ours(), &format!("n{number}")).is_some(), "n{number}");
        }
    };
    check(&store);
    drop(store);
    check(&home.open().unwrap());
}

#[test]
fn a_snapshot_does_not_change_under_its_reader() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let held = store.snapshot();
    let said = all(&held);
    commit(&store, |changes| {
        changes.delete(&user("AIDA1", "Alice"));
        changes.put(user("AIDA2", "Bobby"));
        changes.put(group("AGPA9", "late"));
    })
    .unwrap();
    assert_eq!(all(&held), said);
    assert!(held.pointing_at::<bartizan_store::entity::User>(ours(), "AGPA1").count() == 1);
    assert_ne!(all(&store.snapshot()), said);
}

#[test]
fn a_name_taken_by_another_is_refused_by_the_database_too() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let said = all(&store.snapshot());
    for taken in ["Bob", "bob", "BOB"] {
        let refused = commit(&store, |changes| {
            changes.put(group("AGPA9", "goes with it"));
            changes.put(user("AIDA9", taken));
        });
        assert!(matches!(refused, Err(CommitError::Failed(_))), "{taken}");
        assert_eq!(all(&store.snapshot()), said, "half of it happened");
    }
    // A group may have a user's name, and a user of another account too.
    put(&store, group("AGPA9", "Bob"));
    let mut other = user("AIDA9", "Bob");
    other.account = crate::common::theirs();
    put(&store, other);
    let said = all(&store.snapshot());
    drop(store);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn a_name_is_free_again_once_its_owner_is_renamed_or_deleted() {
    let home = Home::new();
    let store = home.open().unwrap();
    put(&store, user("AIDA1", "Alice"));
    put(&store, user("AIDA1", "Alicia"));
    put(&store, user("AIDA2", "alice"));
    commit(&store, |changes| changes.delete(&user("AIDA2", "alice"))).unwrap();
    put(&store, user("AIDA3", "ALICE"));
    // Only the case of one's own name.
    put(&store, user("AIDA3", "Alice"));
    let said = all(&store.snapshot());
    drop(store);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn nobody_sees_a_commit_that_failed_and_the_next_one_works() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let said = all(&store.snapshot());
    // Another process (against all advice) has the database locked for writing.
    let meddler = rusqlite::Connection::open(home.join(DATABASE)).unwrap();
    meddler.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(commit(&store, |changes| changes.put(user("AIDA9", "x"))), Err(CommitError::Failed(_))));
    assert_eq!(all(&store.snapshot()), said);
    assert!(store.is_writable());
    meddler.execute_batch("ROLLBACK").unwrap();
    drop(meddler);
    put(&store, user("AIDA9", "x"));
    let said = all(&store.snapshot());
    drop(store);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn what_is_acknowledged_is_marked() {
    let home = Home::new();
    let store = home.open().unwrap();
    let mut before = home.read(MARK);
    for number in 0..4 {
        put(&store, user(&format!("AIDA{number}"), &format!("n{number}")));
        let after = home.read(MARK);
        assert_ne!(after, before);
        assert_eq!(after.len(), before.len(), "written in place");
        before = after;
    }
    assert!(fs::metadata(home.join("commit.new")).is_err());
}
