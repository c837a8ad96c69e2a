//! The audit trail as the store keeps it.

use bartizan_store::{
    Changes, CommitError, OpenError, Store,
    audit::{Batch, KeyUse},
};
use jiff::{SignedDuration, Timestamp};

use crate::common::{Home, WAL, time, user};

/// Records of these names, each so many seconds after the common time.
fn records(records: &[(&str, i64)]) -> Batch {
    let mut batch = Batch::default();
    for (name, after) in records {
        let json = format!(r#"{{"eventName":"{name}"}}"#);
        batch.push(time() + SignedDuration::from_secs(*after), json.as_bytes());
    }
    batch
}

fn trail(home: &Home, since: Option<Timestamp>) -> Vec<String> {
    let mut found = Vec::new();
    Store::read_audit(home, since, |json| {
        found.push(json.to_owned());
        true
    })
    .unwrap();
    found
}

#[test]
fn a_commits_records_are_there_with_it_and_not_without_it() {
    let home = Home::new();
    let store = home.open().unwrap();
    let mut changes = Changes::default();
    changes.put(user("AIDA1", "Alice"));
    store.commit(0, &changes, &records(&[("CreateUser", 0)])).unwrap();
    let mut clash = Changes::default();
    clash.put(user("AIDA2", "alice"));
    assert!(matches!(store.commit(1, &clash, &records(&[("Clash", 1)])), Err(CommitError::Failed(_))));
    assert!(matches!(store.commit(0, &changes, &records(&[("Stale", 2)])), Err(CommitError::Conflict)));
    store.record(&records(&[("ListUsers", 3), ("GetUser", 4)]), &[]).unwrap();
    let expected = [r#"{"eventName":"CreateUser"}"#, r#"{"eventName":"ListUsers"}"#, r#"{"eventName":"GetUser"}"#];
    assert_eq!(trail(&home, None), expected, "while the store is open");
    // What a crash leaves has them too.
    let crashed = home.copy();
    drop(crashed.open().unwrap());
    assert_eq!(trail(&crashed, None), expected);
    assert_eq!(store.snapshot().revision(), 1, "records are no revision");
}

#[test]
fn what_was_later_is_not_left_out_whatever_the_order_of_the_batch() {
    let home = Home::new();
    let store = home.open().unwrap();
    // Requests are recorded as they end, not as they came.
    store.record(&records(&[("Early", 0), ("Late", 100), ("Middle", 50)]), &[]).unwrap();
    store.record(&records(&[("Latest", 200)]), &[]).unwrap();
    let since = |seconds: i64| trail(&home, Some(time() + SignedDuration::from_secs(seconds)));
    assert_eq!(since(0).len(), 4);
    assert!(since(90).contains(&r#"{"eventName":"Late"}"#.to_owned()));
    assert_eq!(since(101), [r#"{"eventName":"Latest"}"#]);
    assert!(since(201).is_empty());
}

#[test]
fn a_batch_gives_back_its_last_record_alone() {
    let home = Home::new();
    let store = home.open().unwrap();
    let mut batch = records(&[("One", 0), ("Two", 0)]);
    batch.pop();
    batch.append(&records(&[("Three", 7)]));
    assert_eq!(batch.len(), 2);
    store.record(&batch, &[]).unwrap();
    let after = time() + SignedDuration::from_secs(7);
    assert_eq!(trail(&home, Some(after)), [r#"{"eventName":"One"}"#, r#"{"eventName":"Three"}"#]);
    batch.pop();
    batch.pop();
    batch.pop();
    assert!(batch.is_empty());
    store.record(&batch, &[]).unwrap();
    assert_eq!(trail(&home, None).len(), 2);
}

#[test]
fn a_reader_stops_where_it_wants() {
    let home = Home::new();
    let store = home.open().unwrap();
    store.record(&records(&[("One", 0), ("Two", 0)]), &[]).unwrap();
    store.record(&records(&[("Three", 0)]), &[]).unwrap();
    let mut seen = 0;
    Store::read_audit(&home, None, |_| {
        seen += 1;
        seen < 2
    })
    .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn where_there_is_no_store_there_is_no_trail_and_none_is_made() {
    let home = Home::new();
    assert!(matches!(Store::read_audit(&home, None, |_| true), Err(OpenError::DatabaseMissing(_))));
    assert_eq!(std::fs::read_dir(&*home).unwrap().count(), 0);
    home.write("bartizan.db", b"garbage garbage garbage");
    assert!(matches!(Store::read_audit(&home, None, |_| true), Err(OpenError::Damaged(_))));
}

#[test]
fn the_last_use_of_a_key_is_kept() {
    let home = Home::new();
    let store = home.open().unwrap();
    let used = |after: i64, service: &str| KeyUse {
        access_key_id: "AKIA1".to_owned(),
        time: time() + SignedDuration::from_secs(after),
        service: service.to_owned(),
        region: "us-east-1".to_owned(),
    };
    assert!(store.key_use("AKIA1").unwrap().is_none());
    store.record(&Batch::default(), &[used(0, "iam")]).unwrap();
    store.record(&Batch::default(), &[used(60, "sts")]).unwrap();
    drop(store);
    let found = home.open().unwrap().key_use("AKIA1").unwrap().unwrap();
    assert_eq!((found.service.as_str(), found.time), ("sts", time() + SignedDuration::from_secs(60)));
}

#[test]
fn a_cut_log_of_records_alone_opens_at_the_last_commit() {
    // Records of reads are no revision: losing the last ones to a damaged disk loses no decision.
    let home = Home::new();
    let store = home.open().unwrap();
    let mut changes = Changes::default();
    changes.put(user("AIDA1", "Alice"));
    store.commit(0, &changes, &records(&[("CreateUser", 0)])).unwrap();
    let length = home.read(WAL).len();
    store.record(&records(&[("ListUsers", 1)]), &[]).unwrap();
    let cut = home.copy();
    cut.write(WAL, &cut.read(WAL)[..length]);
    assert_eq!(cut.open().unwrap().snapshot().revision(), 1);
    assert_eq!(trail(&cut, None), [r#"{"eventName":"CreateUser"}"#]);
}

#[test]
fn a_damaged_row_is_told_and_not_passed_over() {
    let home = Home::new();
    let store = home.open().unwrap();
    store.record(&records(&[("One", 0)]), &[]).unwrap();
    store.record(&records(&[("Two", 0)]), &[]).unwrap();
    drop(store);
    for damage in ["x''", "zeroblob(9)", "substr(records, 1, length(records) - 5)"] {
        let copy = home.copy();
        copy.sql(&format!("UPDATE audit SET records = {damage} WHERE position = 2"));
        let mut seen = Vec::new();
        let result = Store::read_audit(&copy, None, |json| {
            seen.push(json.to_owned());
            true
        });
        assert!(matches!(result, Err(OpenError::Damaged(_))), "{damage}: {result:?}, {seen:?}");
        assert_eq!(seen.first().map(String::as_str), Some(r#"{"eventName":"One"}"#));
    }
}
