use bartizan_store::volume::Order;
use jiff::SignedDuration;

use super::*;
use crate::fixture::{House, ours};

const WORKS: &[&str] = &["watch"];
const HERE: &str = "this process";

fn job(id: &str, work: &str, due: i64) -> Job {
    let due = Timestamp::from_second(due).unwrap();
    Job { due: Some(due), ..Job::new(ours(), id.to_owned(), work, "arn:aws:x", serde_json::Value::Null) }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn leased(house: &House, second: i64) -> Option<Leased> {
    house.gate.lease(WORKS, HERE, at(second)).unwrap()
}

/// What a worker leaves: a row, and the job for later.
fn done(house: &House, leased: &Leased, row: u8) -> Result<(), Lost> {
    house.gate.settle(leased, |_, job, changes| {
        changes.put_row(&"owner".into(), "done", vec![row], [row].as_slice().into());
        changes.put(Job { lease: None, due: Some(at(1_000)), ..job.clone() });
    })
}

/// What a worker does that needs longer.
fn renew(house: &House, leased: &Leased) -> Result<(), Lost> {
    house.gate.settle(leased, |_, job, changes| changes.put(job.leased_again(Timestamp::now())))
}

fn rows(house: &House) -> usize {
    house.gate.store().volume().list("owner", "done", Order::Ascending, None, 100).unwrap().len()
}

#[test]
fn what_is_due_longest_is_leased_first_and_by_one_only() {
    let house = House::new();
    house.put(job("later", "watch", 20));
    house.put(job("sooner", "watch", 10));
    house.put(job("another's", "bake", 5));
    assert!(leased(&house, 9).is_none());
    assert_eq!(house.gate.next_due(WORKS, at(9)), Some(at(10)));
    assert_eq!(leased(&house, 30).unwrap().job.id, "sooner");
    assert_eq!(leased(&house, 30).unwrap().job.id, "later");
    assert!(leased(&house, 30).is_none());
}

#[test]
fn what_a_process_left_is_leased_by_the_next_and_done_once() {
    let house = House::new();
    house.put(job("one", "watch", 10));
    let before = house.gate.lease(WORKS, "the process before", at(10)).unwrap().unwrap();
    let now = leased(&house, 10).unwrap();
    assert_eq!((before.job.epoch, now.job.epoch), (1, 2));
    done(&house, &now, 1).unwrap();
    assert!(matches!(done(&house, &before, 2), Err(Lost::Superseded)));
    assert!(matches!(renew(&house, &before), Err(Lost::Superseded)));
    assert_eq!(rows(&house), 1);
    assert_eq!(house.gate.next_due(WORKS, at(10)), Some(at(1_000)));
}

#[test]
fn a_lease_that_ran_out_is_over_and_one_that_was_renewed_is_not() {
    let house = House::new();
    house.put(job("one", "watch", 10));
    let slow = leased(&house, 10).unwrap();
    let past = Timestamp::now().checked_sub(SignedDuration::from_secs(1)).unwrap();
    let mut over = slow.job.clone();
    over.lease.as_mut().unwrap().until = past;
    house.put(over);
    renew(&house, &slow).unwrap();
    assert!(leased(&house, 10).is_none());
    let mut over = slow.job.clone();
    over.lease.as_mut().unwrap().until = past;
    house.put(over);
    assert_eq!(leased(&house, 10).unwrap().job.epoch, 2);
    assert!(matches!(done(&house, &slow, 1), Err(Lost::Superseded)));
}

#[test]
fn what_was_decided_on_a_state_that_is_gone_is_decided_again() {
    let house = House::new();
    house.put(job("one", "watch", 10));
    let lease = leased(&house, 10).unwrap();
    let mut asked = 0;
    house
        .gate
        .settle(&lease, |_, job, changes| {
            asked += 1;
            if asked == 1 {
                // Somebody else commits in between.
                house.put(job_of_another());
            }
            changes.delete(job);
        })
        .unwrap();
    assert_eq!(asked, 2);
    assert!(matches!(done(&house, &lease, 1), Err(Lost::Superseded)));
}

fn job_of_another() -> Job {
    job("another's", "bake", 5)
}
