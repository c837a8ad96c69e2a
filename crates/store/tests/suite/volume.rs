//! Volume rows and jobs: there with their commit, in order, checked when they are read.

use std::sync::Arc;

use bartizan_store::{Changes, Store, entity::Job, volume::Order};
use jiff::{SignedDuration, Timestamp};

use crate::common::{Home, commit, ours, put};

const KIND: &str = "points";

fn owner() -> Arc<str> {
    Arc::from("0b7c")
}

fn put_rows(changes: &mut Changes, owner: &Arc<str>, numbers: std::ops::Range<u8>) {
    for number in numbers {
        changes.put_row(owner, KIND, vec![number], Arc::from([number, number].as_slice()));
    }
}

fn keys(store: &Store, order: Order, after: Option<&[u8]>, limit: usize) -> Vec<u8> {
    let rows = store.volume().list(&owner(), KIND, order, after, limit).unwrap();
    assert!(rows.iter().all(|(key, value)| *value == [key[0], key[0]]));
    rows.into_iter().map(|(key, _)| key[0]).collect()
}

#[test]
fn rows_are_there_with_their_commit_and_after_it() {
    let home = Home::new();
    let store = home.open().unwrap();
    commit(&store, |changes| put_rows(changes, &owner(), 1..6)).unwrap();
    drop(store);
    let store = home.open().unwrap();
    assert_eq!(store.snapshot().revision(), 1);
    assert_eq!(store.volume().get(&owner(), KIND, &[3]).unwrap(), Some(vec![3, 3]));
    assert_eq!(store.volume().get(&owner(), KIND, &[6]).unwrap(), None);
    assert_eq!(store.volume().get(&owner(), "groups", &[3]).unwrap(), None);
    assert_eq!(store.volume().get("another", KIND, &[3]).unwrap(), None);
}

#[test]
fn rows_are_read_in_order_from_either_end() {
    let home = Home::new();
    let store = home.open().unwrap();
    commit(&store, |changes| {
        put_rows(changes, &owner(), 1..6);
        put_rows(changes, &Arc::from("0b7d"), 0..9);
    })
    .unwrap();
    assert_eq!(keys(&store, Order::Ascending, None, 3), [1, 2, 3]);
    assert_eq!(keys(&store, Order::Ascending, Some(&[3]), 9), [4, 5]);
    assert_eq!(keys(&store, Order::Descending, None, 2), [5, 4]);
    assert_eq!(keys(&store, Order::Descending, Some(&[2]), 9), [1]);
}

#[test]
fn rows_are_replaced_and_deleted() {
    let home = Home::new();
    let store = home.open().unwrap();
    commit(&store, |changes| {
        changes.put_row(&owner(), KIND, vec![1], Arc::from([9].as_slice()));
        put_rows(changes, &owner(), 1..4);
        changes.delete_row(&owner(), KIND, vec![2]);
    })
    .unwrap();
    assert_eq!(keys(&store, Order::Ascending, None, 9), [1, 3]);
    commit(&store, |changes| changes.delete_rows(&owner())).unwrap();
    assert_eq!(keys(&store, Order::Ascending, None, 9), [0; 0]);
}

#[test]
fn what_lost_to_another_commit_is_not_written() {
    let home = Home::new();
    let store = home.open().unwrap();
    let mut changes = Changes::default();
    put_rows(&mut changes, &owner(), 1..2);
    commit(&store, |changes| put_rows(changes, &owner(), 5..6)).unwrap();
    assert!(store.commit(0, &changes, &bartizan_store::audit::Batch::default()).is_err());
    assert_eq!(keys(&store, Order::Ascending, None, 9), [5]);
}

#[test]
fn a_row_that_is_not_as_it_was_written_is_an_error() {
    for change in [
        "UPDATE volume SET value = x'0909' WHERE key = x'02'",
        "UPDATE volume SET key = x'07' WHERE key = x'02'",
        "UPDATE volume SET kind = 'group' WHERE key = x'02'",
        "UPDATE volume SET owner = 'another' WHERE key = x'02'",
        "UPDATE volume SET digest = x'00' WHERE key = x'02'",
    ] {
        let home = Home::new();
        let store = home.open().unwrap();
        commit(&store, |changes| put_rows(changes, &owner(), 2..3)).unwrap();
        home.sql(change);
        let volume = store.volume();
        let found = [("0b7c", KIND), ("0b7c", "group"), ("another", KIND)]
            .map(|(owner, kind)| volume.list(owner, kind, Order::Ascending, None, 9).map(|rows| rows.len()));
        assert!(found.iter().any(Result::is_err), "{change}: {found:?}");
        assert!(found.iter().all(|found| !matches!(found, Ok(1..))), "{change}: {found:?}");
    }
}

#[test]
fn a_job_is_leased_by_one_at_a_time() {
    let home = Home::new();
    let store = home.open().unwrap();
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let job = Job::new(ours(), "1".to_owned(), "detect", "arn:aws:x", serde_json::Value::Null);
    put(&store, job.leased("here", now));
    let snapshot = store.snapshot();
    let found = snapshot.get::<Job>(ours(), "1").unwrap();
    assert_eq!(found.epoch, 1);
    let later = |seconds| now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
    assert!(!found.is_free("here", later(59)));
    assert!(found.is_free("here", later(60)));
    assert!(found.is_free("a process after this one", now), "a lease of a process that has ended is none");
    assert_eq!(found.leased("here", later(60)).epoch, 2);
    assert_eq!(snapshot.pointing_at::<Job>(ours(), "arn:aws:x").count(), 1);
}
