//! What opens, and what does not: second openers, keys, marks, first starts that were cut short.

use std::{fs, os::unix::fs::PermissionsExt};

use bartizan_store::{OpenError, Store};

use crate::common::{DATABASE, Home, KEY, MARK, WAL, all, furnish, put, user};

/// A furnished store that has been closed, and what it said.
fn closed() -> (Home, String) {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let said = all(&store.snapshot());
    store.close();
    (home, said)
}

#[test]
fn what_was_committed_is_there_again() {
    let (home, said) = closed();
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn what_was_committed_is_there_without_a_clean_end() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let crashed = home.copy();
    assert_eq!(all(&crashed.open().unwrap().snapshot()), all(&store.snapshot()));
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let home = Home::new();
    let first = home.open().unwrap();
    let refusal = home.refusal();
    assert!(matches!(refusal, OpenError::InUse(_)), "{refusal}");
    assert!(refusal.to_string().contains("in use by another bartizan process"));
    drop(first);
    home.open().unwrap();
}

#[test]
fn a_refused_opener_changes_nothing() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    home.refusal();
    put(&store, user("AIDA9", "after"));
    let said = all(&store.snapshot());
    drop(store);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn a_missing_key_is_refused_and_not_replaced() {
    let (home, said) = closed();
    let key = home.read(KEY);
    home.remove(KEY);
    let refusal = home.refusal();
    assert!(matches!(refusal, OpenError::KeyMissing(_)), "{refusal}");
    assert!(!home.join(KEY).exists());
    home.write(KEY, &key);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}

#[test]
fn a_wrong_key_is_refused() {
    let (home, _) = closed();
    let (other, _) = closed();
    let right = home.read(KEY);
    let mut short = right.clone();
    short.truncate(20);
    for wrong in [other.read(KEY), short, b"not a key".to_vec(), b"\xff\xfe".to_vec(), Vec::new()] {
        home.write(KEY, &wrong);
        let refusal = home.refusal();
        assert!(matches!(refusal, OpenError::KeyWrong(_) | OpenError::Io(..)), "{refusal}");
    }
    home.write(KEY, &right);
    home.open().unwrap();
}

#[test]
fn the_key_and_the_directory_are_for_their_owner_alone() {
    let home = Home::new();
    let inner = home.join("made");
    drop(Store::open(&inner, None).unwrap());
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(inner.join(KEY)), 0o600);
    assert_eq!(mode(inner), 0o700);
}

#[test]
fn a_key_may_be_kept_elsewhere() {
    let (home, elsewhere) = (Home::new(), Home::new());
    let key = elsewhere.join("the.key");
    drop(Store::open(&home, Some(&key)).unwrap());
    assert!(key.exists() && !home.join(KEY).exists());
    assert!(matches!(home.refusal(), OpenError::KeyMissing(_)));
    Store::open(&home, Some(&key)).unwrap();
}

#[test]
fn a_missing_database_is_refused() {
    let (home, _) = closed();
    home.remove(DATABASE);
    let refusal = home.refusal();
    assert!(matches!(refusal, OpenError::DatabaseMissing(_)), "{refusal}");
    assert!(!home.join(DATABASE).exists(), "it was made anew");
}

#[test]
fn a_used_database_without_its_mark_is_refused() {
    let (home, _) = closed();
    home.remove(MARK);
    let refusal = home.refusal();
    assert!(matches!(&refusal, OpenError::Damaged(why) if why.contains("commit.mark is missing")), "{refusal}");
    // Also when all that it holds is in the write-ahead log.
    let open = Home::new();
    let store = open.open().unwrap();
    put(&store, user("AIDA1", "Alice"));
    let crashed = open.copy();
    crashed.remove(MARK);
    assert!(matches!(crashed.refusal(), OpenError::Damaged(_)));
    assert!(crashed.join(DATABASE).exists());
}

#[test]
fn a_mark_that_says_nothing_is_refused() {
    let (home, _) = closed();
    for garbage in [Vec::new(), vec![0; 112], vec![0xff; 112], b"hello".to_vec()] {
        home.write(MARK, &garbage);
        let refusal = home.refusal();
        assert!(matches!(&refusal, OpenError::Damaged(why) if why.contains("commit.mark cannot be read")), "{refusal}");
    }
}

#[test]
fn one_torn_slot_of_the_mark_costs_nothing() {
    let (home, said) = closed();
    let mark = home.read(MARK);
    for slot in 0..2 {
        let copy = home.copy();
        let mut torn = mark.clone();
        torn[slot * 56 + 3] ^= 0x10;
        copy.write(MARK, &torn);
        assert_eq!(all(&copy.open().unwrap().snapshot()), said, "slot {slot}");
    }
}

#[test]
fn a_mark_of_another_store_is_refused() {
    let (home, _) = closed();
    let (other, _) = closed();
    home.write(MARK, &other.read(MARK));
    assert!(matches!(home.refusal(), OpenError::Damaged(_)));
}

#[test]
fn a_database_one_commit_ahead_of_its_mark_opens() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let before = home.read(MARK);
    let earlier = home.copy();
    put(&store, user("AIDA9", "unmarked"));
    let crashed = home.copy();
    crashed.write(MARK, &before);
    let reopened = crashed.open().unwrap();
    assert_eq!(all(&reopened.snapshot()), all(&store.snapshot()));
    // And it is marked now: a database without that commit no longer opens.
    let mark = crashed.read(MARK);
    earlier.open().unwrap();
    earlier.write(MARK, &mark);
    assert!(matches!(earlier.refusal(), OpenError::Damaged(_)));
}

#[test]
fn a_mark_that_is_older_by_more_is_not_this_databases() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let before = home.read(MARK);
    put(&store, user("AIDA8", "one"));
    put(&store, user("AIDA9", "two"));
    let mixed = home.copy();
    mixed.write(MARK, &before);
    let refusal = mixed.refusal();
    assert!(matches!(&refusal, OpenError::Damaged(why) if why.contains("not of the same time")), "{refusal}");
}

#[test]
fn a_whole_database_of_yesterday_is_refused() {
    let (home, _) = closed();
    let yesterday = home.read(DATABASE);
    let store = home.open().unwrap();
    put(&store, user("AIDA9", "today"));
    store.close();
    drop(store);
    home.write(DATABASE, &yesterday);
    let refusal = home.refusal();
    assert!(matches!(&refusal, OpenError::Damaged(why) if why.contains("was acknowledged, but")), "{refusal}");
}

#[test]
fn another_history_of_the_same_length_is_refused() {
    let (home, _) = closed();
    let fork = home.copy();
    for (home, name) in [(&home, "allowed"), (&fork, "denied")] {
        let store = home.open().unwrap();
        put(&store, user("AIDA9", name));
        store.close();
    }
    home.write(DATABASE, &fork.read(DATABASE));
    let refusal = home.refusal();
    assert!(matches!(&refusal, OpenError::Damaged(why) if why.contains("not the one acknowledged")), "{refusal}");
}

#[test]
fn a_newer_format_is_refused_whatever_else_it_has() {
    let (home, _) = closed();
    home.sql("UPDATE meta SET format = 4");
    assert!(matches!(home.refusal(), OpenError::Newer(4)));
    home.sql("ALTER TABLE meta RENAME COLUMN digest TO something_else");
    assert!(matches!(home.refusal(), OpenError::Newer(4)));
    home.sql("UPDATE meta SET format = 0");
    assert!(matches!(home.refusal(), OpenError::Damaged(_)));
}

#[test]
fn a_store_of_an_older_format_is_brought_to_this_one() {
    for without in [
        "DROP TABLE volume; DROP TABLE delivery; DROP TABLE message; UPDATE meta SET format = 1",
        "DROP TABLE volume; UPDATE meta SET format = 2",
    ] {
        let (home, before) = closed();
        home.sql(without);
        let store = home.open().unwrap();
        assert_eq!(all(&store.snapshot()), before, "{without}");
        assert_eq!(store.volume().get("owner", "kind", b"key").unwrap(), None, "{without}");
        drop(store);
        // A publication finds its tables.
        home.sql("INSERT INTO message VALUES ('m', '123456789012', 't', '{}')");
        home.open().unwrap();
    }
}

#[test]
fn a_first_start_that_was_cut_short_is_begun_again() {
    // After the key.
    let done = Home::new();
    drop(done.open().unwrap());
    let home = Home::new();
    home.write(KEY, &done.read(KEY));
    home.open().unwrap();
    assert_eq!(home.read(KEY), done.read(KEY), "the key is kept");
    // Within the writing of the key, or of the mark.
    let home = Home::new();
    home.write("master.new", b"c2hvcnQ");
    home.write("commit.new", &[0; 20]);
    home.open().unwrap();
    // While the database gets its log: a journal that only a writer could roll back.
    let home = Home::new();
    home.write(KEY, &done.read(KEY));
    let page: Vec<u8> = done.read(DATABASE).iter().copied().take(4096).collect();
    home.write(DATABASE, &page);
    let mut journal = vec![0; 512];
    journal[..8].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]);
    (journal[22], journal[26]) = (2, 16);
    home.write("bartizan.db-journal", &journal);
    home.open().unwrap();
    // After the database's file, before its tables.
    let home = Home::new();
    home.write(KEY, &done.read(KEY));
    home.write(DATABASE, b"");
    home.open().unwrap();
    // After the journal mode was set: a database without tables.
    let home = Home::new();
    home.write(KEY, &done.read(KEY));
    home.sql("PRAGMA journal_mode = WAL; CREATE TABLE t (a); DROP TABLE t;");
    home.open().unwrap();
    // Before the mark, with the tables in the log and in the file.
    let store = done.open().unwrap();
    let home = done.copy();
    home.remove(MARK);
    let again = home.open().unwrap();
    furnish(&again);
    drop((again, store));
    let home = done.copy();
    home.remove(MARK);
    home.open().unwrap();
}

#[test]
fn a_database_that_is_none_is_refused_with_or_without_a_mark() {
    for with_mark in [true, false] {
        let (home, _) = closed();
        home.write(DATABASE, b"This is no database, but it is somebody's file and must not be removed.");
        if !with_mark {
            home.remove(MARK);
        }
        assert!(matches!(home.refusal(), OpenError::Damaged(_)), "{with_mark}");
        assert!(home.read(DATABASE).starts_with(b"This is no database"), "{with_mark}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_an_error_and_no_panic() {
    let home = Home::new();
    home.write("file", b"");
    assert!(matches!(Store::open(&home.join("file"), None), Err(OpenError::Io(..))));
    assert!(matches!(Store::open(&home.join("file/below"), None), Err(OpenError::Io(..))));
}

#[test]
fn a_log_of_another_database_is_not_believed() {
    let (home, said) = closed();
    let other = Home::new();
    let store = other.open().unwrap();
    furnish(&store);
    put(&store, user("AIDA7", "intruder"));
    home.write(WAL, &other.read(WAL));
    // SQLite plays it. We do not take it for this store.
    if let Ok(store) = home.open() {
        assert_eq!(all(&store.snapshot()), said);
    }
}
