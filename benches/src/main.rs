//! Measures the release binary beside s3s-fs, in one run. `README.md` says how, and what came out.

mod detector;
mod load;
mod lookout;
mod objects;
mod peer;
mod policies;
mod report;
mod requests;
mod server;
mod simulate;
mod verification;
mod world;

use std::{env, error::Error, path::PathBuf, time::Duration};

use load::{Measured, Request};
use report::{Goal, Report};
use requests::Wording;
use server::{Bartizan, Directory, Peer};
use world::World;

/// What is measured if nothing is named.
const PARTS: [&str; 10] =
    ["verification", "policies", "simulate", "speed", "size", "memory", "start", "objects", "detector", "lookout"];

type Failure = Box<dyn Error + Send + Sync>;

/// How long one case is driven before the next has its turn.
const SLICE: Duration = Duration::from_millis(700);
/// How often each case has its turn.
const ROUNDS: usize = 9;
const CONNECTIONS: [usize; 2] = [8, 64];
/// The world that must not be slower than the small one.
const MANY: World = World { users: 100_000, roles: 10_000 };

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => bench(&PARTS),
        ["sets"] => policies::print_resident(),
        ["peer", directory] => peer::serve(&PathBuf::from(directory)),
        // For profiling by hand: one case against one world for as long as it is let.
        ["drive", case, seconds] => drive(case, Duration::from_secs(seconds.parse()?)),
        _ => bench(&arguments.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

fn bench(parts: &[&str]) -> Result<(), Failure> {
    let mut report = Report::default();
    for part in parts {
        match *part {
            "verification" => verification(&mut report)?,
            "policies" => policies::measure(&mut report)?,
            "simulate" => simulate::measure(&mut report)?,
            "speed" => speed(&mut report)?,
            "size" => size(&mut report)?,
            "memory" => memory(&mut report)?,
            "start" => start(&mut report)?,
            "objects" => objects::measure(&mut report)?,
            "detector" => detector::measure(&mut report)?,
            "lookout" => lookout::measure(&mut report)?,
            "lookout-large" => lookout::measure_large(&mut report)?,
            other => return Err(format!("there is no part '{other}'").into()),
        }
    }
    report.print()
}

/// One signature with a cached key, without any server.
fn verification(report: &mut Report) -> Result<(), Failure> {
    let nanoseconds = verification::median_nanoseconds()?;
    report.goal("verification alone, key cached", Goal::AtMost(3.0, "µs"), nanoseconds / 1000.0);
    Ok(())
}

/// The hot operations beside `/healthz` of the same server and beside the peer.
fn speed(report: &mut Report) -> Result<(), Failure> {
    let directory = Directory::new()?;
    world::furnish(&directory, World::SMALL)?;
    let server = Bartizan::start(&directory)?;
    let peer = Peer::start()?;
    for connections in CONNECTIONS {
        let words = Wording::new(server.address(), peer.address())?;
        let cases: Vec<(&str, Request)> = vec![
            ("/healthz, unsigned", words.healthz()),
            ("GetCallerIdentity", words.get_caller_identity()?),
            ("ListUsers of ten", words.list_users()?),
            ("AssumeRole", words.assume_role()?),
            ("s3s-fs GetObject of 3 bytes", words.peer_get_object()?),
            ("s3s-fs HeadBucket", words.peer_head_bucket()?),
        ];
        let measured = interleaved(&cases, connections, report)?;
        let [healthz, identity, users, role, object, bucket] = &measured[..] else { return Err("cases".into()) };
        let of = |what: &str| format!("{what} at {connections}");
        // The peer at its best.
        let best = if median_rate(object) > median_rate(bucket) { object } else { bucket };
        report.goal(&of("GetCallerIdentity / s3s-fs"), Goal::AtLeast(0.7, "×"), ratio(identity, best));
        report.goal(&of("ListUsers / s3s-fs"), Goal::AtLeast(0.7, "×"), ratio(users, best));
        report.goal(&of("GetCallerIdentity / healthz"), Goal::AtLeast(0.5, "×"), ratio(identity, healthz));
        report.goal(&of("ListUsers / healthz"), Goal::AtLeast(0.5, "×"), ratio(users, healthz));
        report.goal(&of("AssumeRole / GetCallerIdentity"), Goal::AtLeast(0.3, "×"), ratio(role, identity));
    }
    Ok(())
}

/// The same operations with a hundred thousand users, beside a server with ten.
fn size(report: &mut Report) -> Result<(), Failure> {
    let (small, many) = (Directory::new()?, Directory::new()?);
    world::furnish(&small, World::SMALL)?;
    world::furnish(&many, MANY)?;
    let (small, many) = (Bartizan::start(&small)?, Bartizan::start(&many)?);
    let (few_words, many_words) = (Wording::of(small.address())?, Wording::of(many.address())?);
    for connections in CONNECTIONS {
        let cases: Vec<(&str, Request)> = vec![
            ("GetCallerIdentity, 10 users", few_words.get_caller_identity()?),
            ("GetCallerIdentity, 100,000 users", many_words.get_caller_identity()?),
            ("ListUsers of ten, 10 users", few_words.list_users()?),
            ("ListUsers of ten, 100,000 users", many_words.list_users()?),
            ("AssumeRole, 1 role", few_words.assume_role()?),
            ("AssumeRole, 10,000 roles", many_words.assume_role()?),
        ];
        let measured = interleaved(&cases, connections, report)?;
        for (pair, name) in measured.chunks_exact(2).zip(["GetCallerIdentity", "ListUsers", "AssumeRole"]) {
            let [few, many] = pair else { continue };
            let slower = ratio(few, many);
            report.goal(&format!("{name}: ten / 100,000 users at {connections}"), Goal::AtMost(1.2, "×"), slower);
        }
    }
    Ok(())
}

/// What is resident after the start, with nothing and with many.
fn memory(report: &mut Report) -> Result<(), Failure> {
    let (empty, many) = (Directory::new()?, Directory::new()?);
    let server = Bartizan::start(&empty)?;
    let (at_start, words) = (server.resident_kilobytes()?, Wording::of(server.address())?);
    load::drive(&words.healthz(), 64, Duration::from_secs(1))?;
    let after_load = server.resident_kilobytes()?;
    drop(server);
    report.goal("resident, empty, at the start", Goal::AtMost(40.0, "MB"), at_start / 1000.0);
    report.goal("resident, empty, after a second at 64", Goal::AtMost(40.0, "MB"), after_load / 1000.0);
    world::furnish(&many, World { roles: World::SMALL.roles, ..MANY })?;
    let server = Bartizan::start(&many)?;
    let (many_at_start, words) = (server.resident_kilobytes()?, Wording::of(server.address())?);
    load::drive(&words.list_users()?, 64, Duration::from_secs(1))?;
    let many_after_load = server.resident_kilobytes()?;
    let users = MANY.users as f64;
    report.goal("a user beyond, at the start", Goal::AtMost(1.5, "kB"), (many_at_start - at_start) / users);
    report.goal("a user beyond, after a second at 64", Goal::AtMost(1.5, "kB"), (many_after_load - after_load) / users);
    Ok(())
}

/// From the start of the process to its first answer.
fn start(report: &mut Report) -> Result<(), Failure> {
    const TIMES: usize = 7;
    let (mut fresh, mut existing) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let directory = Directory::new()?;
        fresh.push(Bartizan::start(&directory)?.took.as_secs_f64() * 1000.0);
        existing.push(Bartizan::start(&directory)?.took.as_secs_f64() * 1000.0);
    }
    report.goal("start on a fresh store", Goal::AtMost(200.0, "ms"), median(fresh));
    report.goal("start on an existing store", Goal::AtMost(100.0, "ms"), median(existing));
    let directory = Directory::new()?;
    world::furnish(&directory, MANY)?;
    let many: Result<Vec<f64>, Failure> =
        (0..3).map(|_| Ok(Bartizan::start(&directory)?.took.as_secs_f64() * 1000.0)).collect();
    report.goal("start with 100,000 users, 10,000 roles", Goal::None("ms"), median(many?));
    Ok(())
}

fn drive(case: &str, time: Duration) -> Result<(), Failure> {
    let directory = Directory::new()?;
    world::furnish(&directory, World::SMALL)?;
    let server = Bartizan::start(&directory)?;
    let words = Wording::of(server.address())?;
    let request = match case {
        "healthz" => words.healthz(),
        "identity" => words.get_caller_identity()?,
        "users" => words.list_users()?,
        "role" => words.assume_role()?,
        other => return Err(format!("there is no case '{other}'").into()),
    };
    eprintln!("process {}", server.id());
    let measured = load::drive(&request, 64, time)?;
    eprintln!("{:.0} requests/s", measured.rate());
    Ok(())
}

/// Each case in turn, round by round, so that what drifts drifts for all; a row of the report for each.
fn interleaved(
    cases: &[(&str, Request)],
    connections: usize,
    report: &mut Report,
) -> Result<Vec<Vec<Measured>>, Failure> {
    for (_, request) in cases {
        load::drive(request, connections, SLICE / 2)?;
    }
    let mut measured: Vec<Vec<Measured>> = cases.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        for turn in 0..cases.len() {
            let case = (turn + round) % cases.len();
            measured[case].push(load::drive(&cases[case].1, connections, SLICE)?);
        }
    }
    for ((name, _), measured) in cases.iter().zip(&measured) {
        report.row(name, connections, measured);
    }
    Ok(measured)
}

/// The median of the ratios of each round.
fn ratio(one: &[Measured], other: &[Measured]) -> f64 {
    median(one.iter().zip(other).map(|(one, other)| one.rate() / other.rate()).collect())
}

fn median_rate(measured: &[Measured]) -> f64 {
    median(measured.iter().map(Measured::rate).collect())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
