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
