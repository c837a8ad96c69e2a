//! What it costs to verify one signed GetCallerIdentity with the signing key at hand: parse, canonicalise, compare.

use std::{hint::black_box, time::Instant};

use bartizan_sigv4::{Credentials, Request, Rules, Scope, SigningKey, parse, sign};

use crate::{Failure, median, world::SECRET};

const NOW: i64 = 1_440_938_160;
const BATCHES: usize = 25;
const REQUESTS: u32 = 20_000;

/// The median over batches.
pub fn median_nanoseconds() -> Result<f64, Failure> {
    let rules = Rules::new("sts");
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("host", b"127.0.0.1:4599"),
        ("accept-encoding", b"identity"),
        ("content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
        ("content-length", b"43"),
    ];
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let unsigned = Request { method: "POST", target: "/", headers: &headers, body };
    let credentials = Credentials { access_key_id: "AKIDEXAMPLE", secret_access_key: SECRET, session_token: None };
    let added = sign(&unsigned, &credentials, "us-east-1", &rules, NOW).map_err(|error| error.to_string())?;
    headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    headers.push(("user-agent", b"aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 lang/python#3.13.7"));
    let request = Request { method: "POST", target: "/", headers: &headers, body };
    let key = SigningKey::derive(SECRET, &Scope::new("20150830", "us-east-1", "sts"));
    let mut costs = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let began = Instant::now();
        for _ in 0..REQUESTS {
            let verified = parse(black_box(&request), &rules).and_then(|unverified| unverified.verify(&key, NOW));
            verified.map_err(|error| error.to_string())?;
        }
        costs.push(began.elapsed().as_nanos() as f64 / f64::from(REQUESTS));
    }
    Ok(median(costs))
}
