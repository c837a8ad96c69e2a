//! The detector beside what a user would install from PyPI, on one core each: points a second, and bytes of state.

use std::{
    env,
    hint::black_box,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use bartizan_anomaly::{Interval, Series, Time};

use crate::{
    Failure, median,
    report::{Goal, Report},
};

/// Half a year of five minutes.
const POINTS: i64 = 50_000;
const SECONDS: i64 = 300;
const ROUNDS: usize = 9;

/// Requests to a web page: a day, a week and noise that is the same in every run.
fn values() -> Vec<f64> {
    let mut state = 7_u64;
    (0..POINTS)
        .map(|point| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5;
            let day = (point % 288) as f64 / 288.0 * std::f64::consts::TAU;
            let weekend = if matches!(point / 288 % 7, 2 | 3) { 0.6 } else { 1.0 };
            1_000.0 * weekend * (1.0 - 0.5 * day.cos()) * (1.0 + 0.2 * noise)
        })
        .collect()
}

/// Points a second of both channels over one state, and the peers' as their own clock tells.
pub fn measure(report: &mut Report) -> Result<(), Failure> {
    let values = values();
    let interval: Interval = "PT5M".parse()?;
    let mut rates = Vec::new();
    let mut series = Series::new(interval);
    for _ in 0..ROUNDS {
        series = Series::new(interval);
        let began = Instant::now();
        for (point, value) in (0..).zip(&values) {
            black_box(series.observe(Time::from_seconds(point * SECONDS), *value));
        }
        rates.push(POINTS as f64 / began.elapsed().as_secs_f64());
    }
    report.goal("points a second on a core", Goal::AtLeast(500.0, "k/s"), median(rates) / 1_000.0);
    report.goal("state of a series, in memory", Goal::AtMost(8.0, "kB"), series.size() as f64 / 1_000.0);
    report.goal("state of a series, as bytes", Goal::AtMost(8.0, "kB"), series.to_bytes().len() as f64 / 1_000.0);
    let began = Instant::now();
    for _ in 0..1_000 {
        black_box(Series::from_bytes(&black_box(&series).to_bytes())?);
    }
    report.goal("state to bytes and back", Goal::None("µs"), began.elapsed().as_secs_f64() * 1_000.0);

    let quality = Path::new(env!("CARGO_MANIFEST_DIR")).join("quality");
    let python = env::var_os("PYTHON").map_or_else(|| quality.join("../../target/quality/bin/python"), PathBuf::from);
    let output = Command::new(&python).arg(quality.join("speed.py")).output()?;
    if !output.status.success() {
        return Err(format!("{}: {}", python.display(), String::from_utf8_lossy(&output.stderr)).into());
    }
    for line in String::from_utf8(output.stdout)?.lines() {
        let (peer, rate) = line.split_once('\t').ok_or("a peer's line")?;
        report.goal(peer, Goal::None("k/s"), rate.parse::<f64>()? / 1_000.0);
    }
    Ok(())
}
