//! The shape of the house: which crate may know which. Arrows point down only, the leaves do not know each other, and
//! a service never imports a service.

#![expect(clippy::unwrap_used, reason = "a test that cannot read the house fails")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What each crate may depend on, as ARCHITECTURE.md draws it.
const ARROWS: &[(&str, &[&str])] = &[
    ("anomaly", &[]),
    (
        "bartizan",
        &[
            "anomaly",
            "gate",
            "iam",
            "lookoutmetrics",
            "objects",
            "organizations",
            "policy",
            "s3",
            "secretsmanager",
            "sigv4",
            "sns",
            "store",
            "sts",
            "wire",
        ],
    ),
    ("gate", &["objects", "policy", "sigv4", "store", "wire"]),
    ("iam", &["gate", "policy", "store", "wire"]),
    ("lookoutmetrics", &["anomaly", "gate", "policy", "store", "wire"]),
    // What it asks of an outer store is signed.
    ("objects", &["sigv4"]),
    ("organizations", &["gate", "policy", "store", "wire"]),
    ("policy", &[]),
    ("s3", &["gate", "objects", "policy", "store", "wire"]),
    ("secretsmanager", &["gate", "policy", "store", "wire"]),
    ("sigv4", &[]),
    ("sns", &["gate", "policy", "store", "wire"]),
    ("store", &[]),
    ("sts", &["gate", "policy", "store", "wire"]),
    ("wire", &["wire-derive"]),
    ("wire-derive", &[]),
];

/// What the pure crates must not have: I/O, a clock, async.
const IMPURE: &[&str] = &["tokio", "hyper", "rusqlite", "tracing", "ureq"];
const PURE: &[&str] = &["anomaly", "policy", "sigv4", "wire", "wire-derive"];

/// The longest a source file may be without its tests.
const CEILING: usize = 600;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The `[dependencies]` of each crate, by folder; development dependencies are the tests' own business.
fn manifests() -> BTreeMap<String, Vec<String>> {
    fs::read_dir(crates())
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let manifest: toml::Table = fs::read_to_string(path.join("Cargo.toml")).unwrap().parse().unwrap();
            let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
            let names = dependencies.into_iter().flat_map(|table| table.keys().cloned()).collect();
            (path.file_name().unwrap().to_string_lossy().into_owned(), names)
        })
        .collect()
}

#[test]
fn arrows_point_down_only() {
    let manifests = manifests();
    assert_eq!(
        manifests.keys().map(String::as_str).collect::<Vec<_>>(),
        ARROWS.iter().map(|(folder, _)| *folder).collect::<Vec<_>>(),
        "a crate came or went: say what it may know"
    );
    for (folder, allowed) in ARROWS {
        for dependency in &manifests[*folder] {
            if let Some(ours) = dependency.strip_prefix("bartizan-") {
                assert!(allowed.contains(&ours), "{folder} must not know {ours}");
            }
        }
    }
}

#[test]
fn the_ground_floor_is_pure() {
    let manifests = manifests();
    for folder in PURE {
        for dependency in &manifests[*folder] {
            assert!(!IMPURE.contains(&dependency.as_str()), "{folder} must not use {dependency}");
        }
    }
}

#[test]
fn no_file_is_a_god() {
    let mut waiting = vec![crates()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            // Tests may be as long as they need.
            if path.is_dir() && path.file_name().is_some_and(|name| name != "tests") {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(".rs") && !path.to_string_lossy().ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let lines = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap().lines().count();
                assert!(lines <= CEILING, "{} has {lines} lines", path.display());
                assert!(!text.contains(concat!("macro", "_rules!")), "{} has a macro", path.display());
            }
        }
    }
}
