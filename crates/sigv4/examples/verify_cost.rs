//! What it costs to verify one signed `GetCallerIdentity`, with the signing key cached: the median of several batches.
//!
//! `cargo run --release -p bartizan-sigv4 --example verify_cost`

use std::hint::black_box;
use std::io::Write;
use std::time::Instant;

use bartizan_sigv4::{Credentials, Request, Rules, Scope, SigningKey, parse, sign};

const NOW: i64 = 1_440_938_160;
const BATCHES: usize = 15;
const REQUESTS: u32 = 20_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rules = Rules::new("sts");
    let headers: [(&str, &[u8]); 6] = [
        ("host", b"127.0.0.1:4599"),
        ("accept-encoding", b"identity"),
        ("content-type", b"application/x-www-form-urlencoded; charset=utf-8"),
        ("content-length", b"43"),
        ("amz-sdk-invocation-id", b"6f6ad5a5-1d6b-4d3c-9f0e-0c1f8d1f6a51"),
        ("amz-sdk-request", b"attempt=1"),
    ];
    let unsigned = Request {
        method: "POST",
        target: "/",
        headers: &headers,
        body: b"Action=GetCallerIdentity&Version=2011-06-15",
    };
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: None,
    };
    let added = sign(&unsigned, &credentials, "us-east-1", &rules, NOW)?;
    let mut headers = headers.to_vec();
    headers.push(("user-agent", b"aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 lang/python#3.13.7"));
    headers.push(("connection", b"keep-alive"));
    headers.extend(added.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    let request = Request { headers: &headers, ..unsigned };
    let key = SigningKey::derive(credentials.secret_access_key, &Scope::new("20150830", "us-east-1", "sts"));

    let mut costs = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..REQUESTS {
            parse(black_box(&request), &rules)?.verify(&key, NOW)?;
        }
        costs.push(start.elapsed().as_nanos() / u128::from(REQUESTS));
    }
    costs.sort_unstable();
    let (median, best) = costs.get(BATCHES / 2).zip(costs.first()).ok_or("no batch")?;
    let (lines, bytes) = (headers.len(), request.body.len());
    writeln!(
        std::io::stdout(),
        "{median} ns per verified request (median of {BATCHES} batches, best {best} ns; {lines} headers, {bytes} byte body)"
    )?;
    Ok(())
}
