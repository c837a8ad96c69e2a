//! Damage of all kinds, everywhere: either the store does not open, or it says exactly what was committed.

use bartizan_store::OpenError;

use crate::common::{DATABASE, Home, MARK, WAL, all, commit, furnish, group, put, user};

const FRAME: usize = 24 + 4096;

/// Checks that after the damage the store refuses or says the same; whether it refused.
fn refuses_or_is_whole(home: &Home, said: &str, what: &str) -> bool {
    match home.open() {
        Ok(store) => {
            assert_eq!(all(&store.snapshot()), said, "{what}: it opens and says something else");
            false
        }
        Err(OpenError::Damaged(_) | OpenError::KeyWrong(_) | OpenError::Newer(_)) => true,
        Err(other) => panic!("{what}: {other}"),
    }
}

/// A furnished, closed store whose whole state is in the database file.
fn checkpointed() -> (Home, String) {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let said = all(&store.snapshot());
    store.close();
    drop(store);
    assert!(!home.join(WAL).exists());
    (home, said)
}

#[test]
fn a_database_cut_at_any_length_is_refused() {
    let (home, said) = checkpointed();
    let whole = home.read(DATABASE);
    let page_ends = (0..whole.len()).step_by(4096);
    let others = [1, 15, 16, 99, 100, 512, 1000, 4095, 4097, whole.len() - 4095, whole.len() - 1];
    for length in page_ends.chain(others) {
        let cut = home.copy();
        cut.write(DATABASE, &whole[..length]);
        assert!(refuses_or_is_whole(&cut, &said, &format!("cut at {length}")), "cut at {length} of {}", whole.len());
    }
}

#[test]
fn any_flipped_byte_of_an_entity_is_refused() {
    let (home, said) = checkpointed();
    let whole = home.read(DATABASE);
    for text in [&br#""Effect\":\"Deny\""#[..], b"AIDA1", b"\"team\"", b"Bob", b"user123456789012AIDA2"] {
        let mut found = 0;
        for start in (0..whole.len() - text.len()).filter(|start| whole[*start..].starts_with(text)) {
            found += 1;
            for position in start..start + text.len() {
                let flipped = home.copy();
                let mut bytes = whole.clone();
                bytes[position] ^= 0x20;
                flipped.write(DATABASE, &bytes);
                // Some occurrences are in the change log or the index of names, which decide nothing.
                refuses_or_is_whole(&flipped, &said, &format!("flipped at {position}"));
            }
        }
        assert!(found > 0, "{} is not in the database", String::from_utf8_lossy(text));
    }
    let deny = br#"{\"Effect\":\"Deny\""#;
    let at = whole.windows(deny.len()).position(|window| window == deny).unwrap();
    let flipped = home.copy();
    let mut bytes = whole.clone();
    bytes[at + deny.len() - 4] ^= 1;
    flipped.write(DATABASE, &bytes);
    assert!(refuses_or_is_whole(&flipped, &said, "a Deny"), "a flipped Deny opens");
}

#[test]
fn a_flipped_byte_anywhere_is_refused_or_harmless() {
    let (home, said) = checkpointed();
    let whole = home.read(DATABASE);
    let mut refused = 0;
    for position in (0..whole.len()).step_by(157) {
        let flipped = home.copy();
        let mut bytes = whole.clone();
        bytes[position] ^= 0xff;
        flipped.write(DATABASE, &bytes);
        refused += u32::from(refuses_or_is_whole(&flipped, &said, &format!("flipped at {position}")));
    }
    assert!(refused > 10, "only {refused} of the flips were refused");
}

#[test]
fn a_log_cut_anywhere_after_acknowledged_commits_is_refused() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let said = all(&store.snapshot());
    let crashed = home.copy();
    let log = crashed.read(WAL);
    assert_eq!((log.len() - 32) % FRAME, 0);
    assert!(!refuses_or_is_whole(&crashed.copy(), &said, "whole"));
    let frame_ends = (32..log.len()).step_by(FRAME);
    for length in frame_ends.chain([0, 1, 31, 33, 32 + FRAME / 2, log.len() - FRAME / 2, log.len() - 1]) {
        let cut = crashed.copy();
        cut.write(WAL, &log[..length]);
        assert!(refuses_or_is_whole(&cut, &said, &format!("cut at {length}")), "cut at {length} of {}", log.len());
    }
    let gone = crashed.copy();
    gone.remove(WAL);
    assert!(refuses_or_is_whole(&gone, &said, "without its log"));
}

#[test]
fn a_damaged_log_is_refused() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    let said = all(&store.snapshot());
    let crashed = home.copy();
    let log = crashed.read(WAL);
    for position in (0..log.len()).step_by(997).chain([log.len() - 1]) {
        let damaged = crashed.copy();
        let mut bytes = log.clone();
        bytes[position] ^= 1;
        damaged.write(WAL, &bytes);
        // The header's checkpoint counter and its like may differ; every frame may not.
        let refused = refuses_or_is_whole(&damaged, &said, &format!("flipped at {position}"));
        assert!(refused || position < 32, "flipped at {position} of {} opens", log.len());
    }
}

#[test]
fn a_mark_flipped_anywhere_is_refused_or_harmless() {
    let (home, said) = checkpointed();
    let mark = home.read(MARK);
    for position in 0..mark.len() {
        let flipped = home.copy();
        let mut bytes = mark.clone();
        bytes[position] ^= 1;
        flipped.write(MARK, &bytes);
        refuses_or_is_whole(&flipped, &said, &format!("flipped at {position}"));
    }
}

#[test]
fn rows_changed_behind_our_back_are_found() {
    let (home, said) = checkpointed();
    for (what, statements) in [
        ("lost", "DELETE FROM entity WHERE id = 'AIDA1'"),
        ("all lost", "DELETE FROM entity"),
        ("changed", "UPDATE entity SET document = replace(document, 'Deny', 'Allow') WHERE id = 'AIDA1'"),
        ("moved", "UPDATE entity SET account = '210987654321' WHERE id = 'AIDA1'"),
        ("renumbered", "UPDATE entity SET id = 'AIDA7' WHERE id = 'AIDA1'"),
        ("of another revision", "UPDATE entity SET revision = 1 WHERE id = 'AIDA1'"),
        ("of another kind", "UPDATE entity SET kind = 'role' WHERE id = 'AIDA1'"),
        ("of no kind", "UPDATE entity SET kind = 'ruler' WHERE id = 'AIDA1'"),
        (
            "swapped",
            "UPDATE entity SET document = (SELECT document FROM entity WHERE id = 'AIDA2'), digest = (SELECT digest FROM entity WHERE id = 'AIDA2') WHERE id = 'AIDA1'",
        ),
        (
            "added",
            "INSERT INTO entity SELECT kind, account, 'AIDA7', revision, document, digest FROM entity WHERE id = 'AIDA1'",
        ),
        ("without digest", "UPDATE entity SET digest = x'' WHERE id = 'AIDA1'"),
        ("with a zero digest", "UPDATE entity SET digest = zeroblob(16) WHERE id = 'AIDA1'"),
        ("at another revision", "UPDATE meta SET revision = revision + 1"),
        ("at a negative revision", "UPDATE meta SET revision = -1"),
        ("with another sum", "UPDATE meta SET digest = zeroblob(16)"),
        ("with another sum and revision", "UPDATE meta SET digest = zeroblob(16), revision = revision + 1"),
        ("of no state", "DELETE FROM meta"),
        ("without its table", "DROP TABLE entity"),
    ] {
        let tampered = home.copy();
        tampered.sql(statements);
        if what == "at another revision" {
            // It looks like a commit that was not marked, and every entity is as it was written.
            tampered.open().unwrap();
            continue;
        }
        assert!(refuses_or_is_whole(&tampered, &said, what), "{what}: it opens");
    }
}

#[test]
fn a_row_of_the_past_is_found() {
    let home = Home::new();
    let store = home.open().unwrap();
    let mut alice = user("AIDA1", "Alice");
    put(&store, alice.clone());
    store.close();
    let row = "SELECT quote(document) || ', ' || quote(digest) || ', ' || revision FROM entity WHERE id = 'AIDA1'";
    let old: String =
        rusqlite::Connection::open(home.join(DATABASE)).unwrap().query_row(row, [], |row| row.get(0)).unwrap();
    alice.permissions_boundary = Some("arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned());
    put(&store, alice);
    let said = all(&store.snapshot());
    store.close();
    drop(store);
    home.sql(&format!("UPDATE entity SET (document, digest, revision) = (SELECT {old}) WHERE id = 'AIDA1'"));
    assert!(refuses_or_is_whole(&home, &said, "a row of the past"));
}

#[test]
fn replacing_and_deleting_keep_the_sum_right() {
    let home = Home::new();
    let store = home.open().unwrap();
    furnish(&store);
    commit(&store, |changes| {
        let bob = user("AIDA2", "Bob");
        changes.put(user("AIDA2", "Robert"));
        changes.delete(&bob);
        changes.put(user("AIDA2", "Rob"));
        changes.put(group("AGPA2", "new"));
        changes.delete(&group("AGPA2", "new"));
        changes.delete(&user("AIDA404", "never there"));
    })
    .unwrap();
    let said = all(&store.snapshot());
    assert!(said.contains("\"Rob\"") && !said.contains("Robert") && !said.contains("AGPA2"));
    drop(store);
    assert_eq!(all(&home.open().unwrap().snapshot()), said);
}
