//! Every target on its seeds, on mutations of them and on random bytes: the same ones in every run, in bounded time.

use std::{
    env, fs,
    path::Path,
    time::{Duration, Instant},
};

use bartizan_fuzz::{
    canonical_request, condition, findings, json_body, policy_document, query_form, resource_pattern, xml_writer,
};

/// Inputs for each target, unless `BARTIZAN_FUZZ_INPUTS` says how many; a second is enough for these.
const INPUTS: u32 = 3_000;

/// No single input may take longer: matching and parsing must not blow up.
const PATIENCE: Duration = Duration::from_secs(2);

/// Marsaglia's xorshift with 64 bits: repeatable, and no dependency.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap_or(0)
    }

    /// Another input from a seed: some bytes replaced, some pieces cut, doubled or taken from another seed.
    fn mutate(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(24)).min(bytes.len());
            match self.below(6) {
                0 => {
                    bytes.splice(at..at, [u8::try_from(self.below(256)).unwrap_or(0)]);
                }
                1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 => {
                    bytes.drain(at..end);
                }
                3 => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                4 => {
                    const TOKENS: &[&str] = &[
                        "*",
                        "?",
                        "${aws:username}",
                        "${",
                        "%00",
                        "%",
                        "&",
                        "=",
                        ".member.1",
                        ".member.999999999",
                        "\"",
                        "\\u0000",
                        "\\",
                        "{",
                        "}",
                        "[",
                        "]",
                        ",",
                        ":",
                        "null",
                        "1e999",
                        "-0",
                        "\n",
                        "\r",
                        "x-amz-",
                        "\u{FFFE}",
                        "\u{2028}",
                        "]]>",
                        "<",
                        "/../",
                        "//",
                    ];
                    bytes.splice(at..at, TOKENS[self.below(TOKENS.len())].bytes());
                }
                _ => {
                    let other = &seeds[self.below(seeds.len())];
                    let from = self.below(other.len() + 1);
                    let piece = other[from..(from + self.below(40)).min(other.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        bytes
    }
}

fn smoke(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert!(seeds.len() >= 3, "{target} has {} seeds", seeds.len());
    let timed = |bytes: &[u8]| {
        let began = Instant::now();
        run(bytes);
        assert!(began.elapsed() < PATIENCE, "{:?} for {}", began.elapsed(), String::from_utf8_lossy(bytes));
    };
    timed(b"");
    seeds.iter().for_each(|seed| timed(seed));
    let mut random = Random(0x5eed_0000_0000_0001);
    let inputs = env::var("BARTIZAN_FUZZ_INPUTS").map_or(INPUTS, |inputs| inputs.parse().unwrap());
    for _ in 0..inputs {
        timed(&random.mutate(&seeds));
        let noise: Vec<u8> = (0..random.below(200)).map(|_| u8::try_from(random.below(256)).unwrap_or(0)).collect();
        timed(&noise);
    }
}

#[test]
fn canonical_requests() {
    smoke("canonical_request", canonical_request::run);
}

#[test]
fn query_forms() {
    smoke("query_form", query_form::run);
}

#[test]
fn json_bodies() {
    smoke("json_body", json_body::run);
}

#[test]
fn xml_answers() {
    smoke("xml_writer", xml_writer::run);
}

#[test]
fn policy_documents() {
    smoke("policy_document", policy_document::run);
}

#[test]
fn resource_patterns() {
    smoke("resource_pattern", resource_pattern::run);
}

#[test]
fn conditions() {
    smoke("condition", condition::run);
}

#[test]
fn policy_findings() {
    smoke("findings", findings::run);
}
