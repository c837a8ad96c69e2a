//! What is to be delivered: durable with its commit, found when it is due, gone when it is done, kept when it is given up.

use std::collections::BTreeSet;

use bartizan_store::{
    Changes, CommitError, Store,
    audit::Batch,
    delivery::{Delivery, End, KEPT, Message, Settled},
};
use jiff::{SignedDuration, Timestamp};

use crate::common::Home;

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:alerts";

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn message(id: &str, due: i64, subscriptions: &[&str]) -> Message {
    Message {
        id: id.to_owned(),
        account: "123456789012".parse().unwrap(),
        topic: TOPIC.to_owned(),
        document: format!("what {id} says"),
        due: at(due),
        subscriptions: subscriptions.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn publish(store: &Store, message: Message) {
    let mut changes = Changes::default();
    changes.deliver(message);
    assert!(!changes.is_empty());
    store.commit(store.snapshot().revision(), &changes, &Batch::default()).unwrap();
}

fn due(store: &Store, second: i64) -> Vec<Vec<Delivery>> {
    store.due_deliveries(at(second), &BTreeSet::new(), 100, 100).unwrap()
}

/// Message and subscription of each.
fn names(batches: &[Vec<Delivery>]) -> Vec<Vec<(&str, &str)>> {
    batches
        .iter()
        .map(|batch| batch.iter().map(|one| (one.message.as_str(), one.subscription.as_str())).collect())
        .collect()
}

fn settle(store: &Store, delivery: &Delivery, end: End, now: Timestamp) {
    store.settle(&[Settled { position: delivery.position, end }], now).unwrap();
}

fn all(home: &Home) -> Vec<Delivery> {
    let mut found = Vec::new();
    let each = |delivery: &Delivery| {
        found.push(delivery.clone());
        true
    };
    Store::read_deliveries(home, each).unwrap();
    found
}

#[test]
fn a_message_is_there_with_its_commit_and_after_it() {
    let home = Home::new();
    let store = home.open().unwrap();
    publish(&store, message("one", 10, &["a", "b"]));
    publish(&store, message("two", 20, &["a"]));
    drop(store);
    let store = home.open().unwrap();
    assert_eq!(names(&due(&store, 9)), Vec::<Vec<_>>::new());
    assert_eq!(names(&due(&store, 10)), [[("one", "a")], [("one", "b")]]);
    assert_eq!(names(&due(&store, 20)), [vec![("one", "a"), ("two", "a")], vec![("one", "b")]]);
    assert_eq!(due(&store, 20)[0][0].document, "what one says");
}

#[test]
fn what_lost_to_another_commit_is_not_delivered() {
    let home = Home::new();
    let store = home.open().unwrap();
    let old = store.snapshot().revision();
    publish(&store, message("one", 0, &["a"]));
    let mut changes = Changes::default();
    changes.deliver(message("two", 0, &["a"]));
    assert!(matches!(store.commit(old, &changes, &Batch::default()), Err(CommitError::Conflict)));
    assert_eq!(names(&due(&store, 0)), [[("one", "a")]]);
}

#[test]
fn those_that_somebody_works_for_are_left_out_and_no_more_are_given_than_asked_for() {
    let home = Home::new();
    let store = home.open().unwrap();
    publish(&store, message("one", 2, &["a"]));
    publish(&store, message("two", 1, &["b"]));
    publish(&store, message("three", 3, &["a", "c"]));
    let found = |but: &[&str], subscriptions, limit| {
        let but = but.iter().map(|name| (*name).to_owned()).collect();
        store.due_deliveries(at(9), &but, subscriptions, limit).unwrap()
    };
    assert_eq!(names(&found(&["b"], 1, 1)), [[("one", "a")]]);
    assert_eq!(names(&found(&["a", "b"], 9, 9)), [[("three", "c")]]);
    assert_eq!(names(&found(&[], 1, 9)), [[("two", "b")]]);
    assert_eq!(names(&found(&[], 0, 9)), Vec::<Vec<_>>::new());
}

#[test]
fn a_message_goes_with_its_last_delivery() {
    let home = Home::new();
    let store = home.open().unwrap();
    publish(&store, message("one", 0, &["a", "b"]));
    let found = due(&store, 0);
    settle(&store, &found[0][0], End::Done, at(1));
    assert_eq!(names(&due(&store, 1)), [[("one", "b")]]);
    settle(&store, &found[1][0], End::Again { due: at(5), error: "no".to_owned() }, at(1));
    assert_eq!(due(&store, 4), Vec::<Vec<_>>::new());
    let again = &due(&store, 5)[0][0];
    assert_eq!((again.attempts, again.error.as_deref()), (1, Some("no")));
    settle(&store, again, End::Done, at(6));
    assert_eq!(all(&home), []);
    // Only so can its id be used again.
    publish(&store, message("one", 0, &["a"]));
}

#[test]
fn what_is_given_up_is_kept_for_two_weeks_and_never_tried_again() {
    let home = Home::new();
    let store = home.open().unwrap();
    publish(&store, message("one", 0, &["a"]));
    settle(&store, &due(&store, 0)[0][0], End::Undelivered { at: at(1), error: "never".to_owned() }, at(1));
    assert_eq!(due(&store, i64::from(u32::MAX)), Vec::<Vec<_>>::new());
    let kept = SignedDuration::try_from(KEPT).unwrap().as_secs();
    store.settle(&[], at(1 + kept)).unwrap();
    let found = all(&home);
    assert_eq!((found[0].due, found[0].attempts, found[0].error.as_deref()), (None, 1, Some("never")));
    store.settle(&[], at(2 + kept)).unwrap();
    assert_eq!(all(&home), []);
}
