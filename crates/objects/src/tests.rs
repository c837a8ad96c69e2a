use std::{
    fs,
    io::Read as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use super::*;

fn object(objects: &Objects, bytes: &[u8], etag: &str) -> Object {
    let mut draft = objects.draft();
    draft.write(bytes).expect("room");
    let content = draft.finish().expect("room");
    Object { etag: etag.to_owned(), modified: 1, size: bytes.len() as u64, head: "{}".to_owned(), content }
}

fn read(objects: &Objects, key: &str, skip: u64, length: u64) -> Vec<u8> {
    let found = objects.get("b", key).expect("an index").expect("an object");
    let mut bytes = Vec::new();
    objects.read(&found.content, skip, length).expect("bytes").read_to_end(&mut bytes).expect("bytes");
    bytes
}

fn files(directory: &Path) -> usize {
    let directories = fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path());
    directories.filter(|path| path.is_dir()).map(|path| fs::read_dir(path).expect("a directory").count()).sum()
}

/// The sweeper removes them a little later.
fn files_become(directory: &Path, expected: usize) {
    let begun = Instant::now();
    while files(directory) != expected {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} files, not {expected}", files(directory));
        thread::yield_now();
    }
}

fn names(page: &Page) -> Vec<String> {
    let name = |listed: &'_ Listed| match listed {
        Listed::Object(key, _) | Listed::Prefix(key) => key.clone(),
    };
    page.items.iter().map(name).collect()
}

#[test]
fn what_is_put_is_read_in_parts_and_after_a_restart() {
    let directory = tempfile::tempdir().expect("a directory");
    let large: Vec<u8> = (0..300_000u32).map(|number| number.to_le_bytes()[0]).collect();
    {
        let objects = Objects::open(directory.path(), None).expect("objects");
        for (key, bytes) in [("small", b"abc".as_slice()), ("large", &large), ("empty", b"")] {
            objects.put("b", key, object(&objects, bytes, "1"), Wanted::Anything).expect("room");
        }
    }
    let objects = Objects::open(directory.path(), None).expect("objects");
    assert_eq!(read(&objects, "small", 1, 1), b"b");
    assert_eq!(read(&objects, "empty", 0, 0), b"");
    assert_eq!(read(&objects, "large", 299_990, 10), large[299_990..]);
    assert_eq!(objects.get("other", "small").expect("an index"), None);
    files_become(directory.path(), 1);
}

#[test]
fn what_was_half_done_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    {
        let objects = Objects::open(directory.path(), None).expect("objects");
        objects.put("b", "kept", object(&objects, &[1; 200_000], "1"), Wanted::Anything).expect("room");
        // Written and synced, and the process ends before the index has it.
        let _ = object(&objects, &[2; 200_000], "2");
        drop(objects.draft());
        files_become(directory.path(), 2);
    }
    let objects = Objects::open(directory.path(), None).expect("objects");
    files_become(directory.path(), 1);
    objects.put("b", "kept", object(&objects, b"new", "2"), Wanted::Etag("1".to_owned())).expect("room");
    files_become(directory.path(), 0);
    assert!(matches!(objects.put("b", "kept", object(&objects, b"x", "3"), Wanted::Nothing), Err(Error::Unmet)));
    assert_eq!(read(&objects, "kept", 0, 3), b"new");
}

#[test]
fn lists_are_in_order_and_rolled_up() {
    let directory = tempfile::tempdir().expect("a directory");
    let objects = Objects::open(directory.path(), None).expect("objects");
    for key in ["a", "b/1", "b/2", "b/c/3", "b0", "ö"] {
        objects.put("b", key, object(&objects, b"", "1"), Wanted::Anything).expect("room");
    }
    let list = |prefix, after, delimiter, most| objects.list("b", prefix, after, delimiter, most).expect("an index");
    assert_eq!(names(&list("", "", "", 10)), ["a", "b/1", "b/2", "b/c/3", "b0", "ö"]);
    assert_eq!(names(&list("", "", "/", 10)), ["a", "b/", "b0", "ö"]);
    assert_eq!(names(&list("b/", "", "/", 10)), ["b/1", "b/2", "b/c/"]);
    assert_eq!(names(&list("", "b/", "/", 10)), ["b0", "ö"]);
    assert_eq!(names(&list("", "b/1", "/", 10)), ["b/", "b0", "ö"]);
    let first = list("", "", "/", 2);
    assert!(first.is_truncated && names(&first) == ["a", "b/"]);
    assert!(!list("", "b0", "/", 1).is_truncated);
}

#[test]
fn parts_become_an_object_and_others_go() {
    let directory = tempfile::tempdir().expect("a directory");
    let objects = Objects::open(directory.path(), None).expect("objects");
    let upload = Upload { key: "k".to_owned(), id: "u".to_owned(), begun: 1, head: "{}".to_owned() };
    objects.begin("b", upload).expect("room");
    for (number, byte) in [(1, 1u8), (2, 2), (3, 3)] {
        objects.put_part("b", "k", "u", number, object(&objects, &[byte; 200_000], "p")).expect("room");
    }
    files_become(directory.path(), 3);
    let mut parts = objects.parts("u", 0, 10).expect("an index");
    parts.truncate(2);
    let whole = Object { size: 0, content: Content::default(), ..object(&objects, b"", "whole") };
    objects.complete("b", "k", "u", parts.clone(), whole.clone(), Wanted::Anything).expect("room");
    files_become(directory.path(), 2);
    assert_eq!(read(&objects, "k", 199_999, 2), [1, 2]);
    assert!(matches!(objects.complete("b", "k", "u", parts, whole, Wanted::Anything), Err(Error::Unmet)));
    assert!(matches!(objects.put_part("b", "k", "u", 1, object(&objects, b"x", "p")), Err(Error::Unmet)));
}

#[test]
fn a_bucket_is_closed_only_when_it_is_empty() {
    let directory = tempfile::tempdir().expect("a directory");
    let objects = Objects::open(directory.path(), None).expect("objects");
    objects.put("b", "k", object(&objects, b"x", "1"), Wanted::Anything).expect("room");
    assert!(!objects.close_if_empty("b").expect("an index"));
    objects.delete("b", vec!["k".to_owned()]).expect("room");
    assert!(objects.close_if_empty("b").expect("an index"));
    assert!(matches!(objects.put("b", "k", object(&objects, b"x", "1"), Wanted::Anything), Err(Error::Closed)));
    objects.reopen("b");
    objects.put("b", "k", object(&objects, b"x", "1"), Wanted::Anything).expect("room");
}

const INDEX: &str = "index.db";
const LOG: &str = "index.db-wal";
const MARK: &str = "commit.mark";

/// What a crash leaves of a directory, in another; with other bytes, or none, in the place of one file's.
fn crashed(directory: &Path, changed: Option<(&str, Option<&[u8]>)>) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a directory");
    for name in [INDEX, LOG, MARK] {
        let bytes = match changed {
            Some((file, bytes)) if file == name => bytes.map(<[u8]>::to_vec),
            _ => fs::read(directory.join(name)).ok(),
        };
        if let Some(bytes) = bytes {
            fs::write(copy.path().join(name), bytes).expect("room");
        }
    }
    copy
}

fn refusal(directory: &Path, changed: (&str, Option<&[u8]>)) -> String {
    let copy = crashed(directory, Some(changed));
    let refusal = Objects::open(copy.path(), None).err().map(|error| error.to_string());
    refusal.unwrap_or_else(|| panic!("it opens, without {:?}", changed.0))
}

/// Objects that are open, with all of them acknowledged and in the log.
fn written() -> (tempfile::TempDir, Objects) {
    let directory = tempfile::tempdir().expect("a directory");
    let objects = Objects::open(directory.path(), None).expect("objects");
    for key in ["a", "b", "c"] {
        objects.put("b", key, object(&objects, &[1; 10_000], "1"), Wanted::Anything).expect("room");
    }
    (directory, objects)
}

#[test]
fn a_log_that_lost_what_was_acknowledged_is_refused() {
    const FRAME: usize = 24 + 4096;
    let (directory, _objects) = written();
    let log = fs::read(directory.path().join(LOG)).expect("a log");
    for length in (0..log.len()).step_by(FRAME / 2).chain([1, 31, 32, 33, log.len() - 1]) {
        let said = refusal(directory.path(), (LOG, Some(&log[..length])));
        assert!(said.contains("damaged"), "cut at {length}: {said}");
    }
    for position in [0, log.len() / 2, log.len() - FRAME + 30, log.len() - 1] {
        let mut bytes = log.clone();
        bytes[position] ^= 1;
        refusal(directory.path(), (LOG, Some(&bytes)));
    }
    refusal(directory.path(), (LOG, None));
    let whole = crashed(directory.path(), None);
    let objects = Objects::open(whole.path(), None).expect("objects");
    assert_eq!(read(&objects, "c", 9_999, 1), [1]);
}

#[test]
fn an_index_without_its_mark_and_a_mark_without_its_index_are_refused() {
    let (directory, objects) = written();
    refusal(directory.path(), (MARK, None));
    refusal(directory.path(), (MARK, Some(&[1; 32])));
    refusal(directory.path(), (MARK, Some(b"")));
    drop(objects);
    for file in [INDEX, LOG] {
        let _ = fs::remove_file(directory.path().join(file));
    }
    assert!(Objects::open(directory.path(), None).is_err());
}

#[test]
fn a_crash_between_a_commit_and_its_mark_loses_nothing() {
    let (directory, _objects) = written();
    let mark = fs::read(directory.path().join(MARK)).expect("a mark");
    let revision = |slot: &[u8]| u64::from_le_bytes(slot[..8].try_into().expect("a slot"));
    let newer = usize::from(revision(&mark[..16]) < revision(&mark[16..]));
    let mut torn = mark;
    torn[newer * 16 + 3] ^= 1;
    let crashed = crashed(directory.path(), Some((MARK, Some(&torn))));
    for _ in 0..2 {
        let objects = Objects::open(crashed.path(), None).expect("objects");
        assert_eq!(read(&objects, "c", 9_999, 1), [1]);
    }
}

#[test]
fn objects_of_a_time_before_marks_get_one() {
    let (directory, objects) = written();
    drop(objects);
    fs::remove_file(directory.path().join(MARK)).expect("a mark");
    let index = rusqlite::Connection::open(directory.path().join(INDEX)).expect("an index");
    index.execute_batch("ALTER TABLE meta DROP COLUMN revision; UPDATE meta SET format = 1").expect("room");
    drop(index);
    for _ in 0..2 {
        let objects = Objects::open(directory.path(), None).expect("objects");
        assert_eq!(read(&objects, "c", 9_999, 1), [1]);
    }
    assert!(directory.path().join(MARK).exists());
    refusal(directory.path(), (MARK, None));
}
