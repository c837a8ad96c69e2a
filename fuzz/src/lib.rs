//! What is fuzzed, one module a target. A target takes any bytes and panics if a promise is broken.
//!
//! The same functions run under libFuzzer (`fuzz_targets/`), and in `tests/smoke.rs` on the seeds and on random bytes
//! that are the same in every run.

pub mod canonical_request;
pub mod condition;
pub mod findings;
pub mod json_body;
pub mod policy_document;
pub mod query_form;
pub mod resource_pattern;
pub mod xml_writer;
