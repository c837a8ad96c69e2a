//! Lookout for Metrics as a user has it, from files of Amazon S3 to what was found, beside the detector alone over the same
//! points in this process, on as many threads as there are cores: what no service around it can be faster than.

use std::{
    hint::black_box,
    num::NonZero,
    ops::Range,
    thread,
    time::{Duration, Instant},
};

use bartizan_anomaly::{Interval, Series, Time};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::{
    Failure, load, median,
    report::{Goal, Report},
    requests::Wording,
    server::{Bartizan, Directory},
};

/// 2024-01-01, when all data begins.
const BEGIN: i64 = 1_704_067_200;
/// A day on which the data was written three times, each time with other noise, which is what each day is drawn from.
const DRAWN_FROM: usize = 24 * 3;
/// How often the small back-test is done.
const ROUNDS: usize = 7;
/// Hours that a detector learns from before it watches, and those that it then has missed.
const LEARNT: usize = 336;
const MISSED: usize = 30;
/// The most that may be resident, whatever the number of points.
const BOUND: Goal = Goal::AtMost(1_500.0, "MB");
const ROLE: &str = "arn:aws:iam::123456789012:role/reader";

/// A back-test of 42 series, and one interval after the other of 50,000.
pub fn measure(report: &mut Report) -> Result<(), Failure> {
    back_test(report, &Shops::new(6, 7), 3_000, ROUNDS, Goal::AtMost(2.0, "s"))?;
    watch(report, &Shops::new(5_000, 10))
}

/// Back-tests of 50,000 series; the short one is there to show that memory does not grow with the points.
pub fn measure_large(report: &mut Report) -> Result<(), Failure> {
    let shops = Shops::new(5_000, 10);
    back_test(report, &shops, 300, 1, Goal::None("s"))?;
    back_test(report, &shops, 3_000, 1, Goal::AtMost(600.0, "s"))
}

fn back_test(report: &mut Report, shops: &Shops, hours: usize, rounds: usize, goal: Goal) -> Result<(), Failure> {
    let directory = Directory::new()?;
    let (mut took, mut ratios) = (Vec::new(), Vec::new());
    shops.furnish(&directory, hours, 0)?;
    let server = Bartizan::start(&directory)?;
    let user = User(Wording::of_root(server.address())?);
    for round in 0..rounds {
        let detector = user.make_detector(&format!("round-{round}"), shops, &[])?;
        let began = Instant::now();
        user.lookout("BackTestAnomalyDetector", &json!({"AnomalyDetectorArn": detector}))?;
        user.wait_for(&detector, "BACK_TEST_COMPLETE")?;
        let whole = began.elapsed().as_secs_f64();
        let alone = shops.observe(&mut shops.unlearnt()?, 0..hours);
        took.push(whole);
        ratios.push(whole / alone.as_secs_f64());
    }
    let what = format!("back-test of {} series x {hours} points", shops.series());
    report.goal(&what, goal, median(took));
    report.goal(&format!("{what} / the detector alone"), Goal::None("×"), median(ratios));
    report.goal(&format!("{what}, resident at most"), BOUND, server.peak_kilobytes()? / 1_000.0);
    Ok(())
}

/// A detector has missed some hours, and makes up for them: from one to the next.
fn watch(report: &mut Report, shops: &Shops) -> Result<(), Failure> {
    let directory = Directory::new()?;
    shops.furnish(&directory, LEARNT, MISSED)?;
    let detector = {
        let server = Bartizan::start_with(&directory, &[("BARTIZAN_TEST_CLOCK", &format!("{}*1", hour(LEARNT)?))])?;
        let user = User(Wording::of_root(server.address())?);
        let detector = user.make_detector("watching", shops, &["s3://data/{{yyyyMMdd}}/{{HHmm}}"])?;
        user.lookout("ActivateAnomalyDetector", &json!({"AnomalyDetectorArn": detector}))?;
        user.wait_for(&detector, "ACTIVE")?;
        detector
    };
    let now = hour(LEARNT + MISSED)?;
    let mut done_at = vec![Instant::now()];
    let server = Bartizan::start_with(&directory, &[("BARTIZAN_TEST_CLOCK", &format!("{now}*1"))])?;
    let user = User(Wording::of_root(server.address())?);
    while done_at.len() <= MISSED {
        let asked = json!({"AnomalyDetectorArn": detector, "MaxResults": 100});
        let answer = user.lookout("DescribeAnomalyDetectionExecutions", &asked)?;
        let executions = answer["ExecutionList"].as_array().ok_or("no executions")?;
        if let Some(failed) = executions.iter().find(|execution| execution["Status"] != "COMPLETED") {
            return Err(failed.to_string().into());
        }
        done_at.resize(executions.len() + 1, Instant::now());
        thread::sleep(Duration::from_millis(5));
    }
    let took: Vec<f64> = done_at.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64()).collect();
    let mut series = shops.unlearnt()?;
    shops.observe(&mut series, 0..LEARNT);
    let alone = (LEARNT..LEARNT + MISSED).map(|hour| shops.observe(&mut series, hour..hour + 1).as_secs_f64());
    let (each, alone) = (median(took[1..].to_vec()), median(alone.collect()));
    let what = format!("an interval of {} series", shops.series());
    report.goal(&what, Goal::AtMost(5.0, "s"), each);
    report.goal(&format!("{what} / the detector alone"), Goal::None("×"), each / alone);
    report.goal(&format!("{what}, from a start"), Goal::AtMost(5.0, "s"), took[0]);
    report.goal(&format!("{what}, resident at most"), BOUND, server.peak_kilobytes()? / 1_000.0);
    Ok(())
}

/// The start of an hour.
fn hour(number: usize) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_second(BEGIN)? + SignedDuration::from_hours(number.try_into()?))
}

/// Shops that all measure the same.
struct Shops {
    count: usize,
    measures: Vec<String>,
    /// Hours that data is drawn from: the values of all series, shop by shop.
    drawn_from: Vec<Vec<f64>>,
}

impl Shops {
    /// So many shops with so many measures: a day, and noise that is the same in every run.
    fn new(count: usize, measures: usize) -> Self {
        let mut state = 7_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31) - 0.5
        };
        let mut values = |hour: usize| -> Vec<f64> {
            let level = 100.0 + 50.0 * ((hour % 24) as f64 / 24.0 * std::f64::consts::TAU).sin();
            (0..count * measures).map(|_| ((level + 10.0 * noise()) * 10.0).round() / 10.0).collect()
        };
        let drawn_from = (0..DRAWN_FROM).map(&mut values).collect();
        Self { count, measures: (0..measures).map(|number| format!("measure{number}")).collect(), drawn_from }
    }

    fn series(&self) -> usize {
        self.count * self.measures.len()
    }

    /// The values of an hour.
    fn values(&self, hour: usize) -> &[f64] {
        let day = hour / 24;
        &self.drawn_from[hour % 24 + day * day % 7 % 3 * 24]
    }

    fn unlearnt(&self) -> Result<Vec<Series>, Failure> {
        let interval: Interval = "PT1H".parse()?;
        Ok((0..self.series()).map(|_| Series::new(interval)).collect())
    }

    /// Lets the series learn from these hours, one after the other on each core.
    fn observe(&self, series: &mut [Series], hours: Range<usize>) -> Duration {
        let began = Instant::now();
        let part = series.len().div_ceil(thread::available_parallelism().map_or(1, NonZero::get));
        thread::scope(|scope| {
            for (number, series) in series.chunks_mut(part).enumerate() {
                let hours = hours.clone();
                scope.spawn(move || {
                    for (place, series) in (number * part..).zip(series) {
                        for hour in hours.clone() {
                            let time = Time::from_seconds(BEGIN + 3_600 * hour as i64);
                            black_box(series.observe(time, self.values(hour)[place]));
                        }
                    }
                });
            }
        });
        began.elapsed()
    }

    /// Makes a store with a role, and a file for each hour: these of the past, and after them some of intervals.
    fn furnish(&self, directory: &Directory, past: usize, intervals: usize) -> Result<(), Failure> {
        let server = Bartizan::start(directory)?;
        let words = Wording::of_root(server.address())?;
        let role = ("RoleName", "reader");
        let trust = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "lookoutmetrics.amazonaws.com"}}});
        let policy = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::data/*"]}});
        load::ask(&words.iam("CreateRole", &[role, ("AssumeRolePolicyDocument", &trust.to_string())])?)?;
        let policy = [role, ("PolicyName", "read"), ("PolicyDocument", &policy.to_string())];
        load::ask(&words.iam("PutRolePolicy", &policy)?)?;
        load::ask(&words.object(false, "PUT", "/data", b"")?)?;
        for number in 0..past + intervals {
            let time = hour(number)?;
            let key = if number < past {
                format!("past/{number:05}.csv")
            } else {
                time.strftime("%Y%m%d/%H%M/a.csv").to_string()
            };
            load::ask(&words.object(false, "PUT", &format!("/data/{key}"), self.csv(number, time).as_bytes())?)?;
        }
        Ok(())
    }

    fn csv(&self, hour: usize, time: Timestamp) -> String {
        let mut text = format!("timestamp,shop,{}\n", self.measures.join(","));
        let time = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
        for (shop, values) in self.values(hour).chunks(self.measures.len()).enumerate() {
            text.push_str(&format!("{time},shop{shop}"));
            values.iter().for_each(|value| text.push_str(&format!(",{value}")));
            text.push('\n');
        }
        text
    }
}

/// Who asks.
struct User(Wording);

impl User {
    fn lookout(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        Ok(serde_json::from_slice(&load::ask(&self.0.lookout(operation, body)?)?)?)
    }

    /// A detector of the shops' past, and of what comes to these paths. Its ARN.
    fn make_detector(&self, name: &str, shops: &Shops, paths: &[&str]) -> Result<Value, Failure> {
        let given = json!({"AnomalyDetectorName": name, "AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "PT1H"}});
        let detector = self.lookout("CreateAnomalyDetector", &given)?["AnomalyDetectorArn"].take();
        let measures = shops.measures.iter().map(|name| json!({"MetricName": name, "AggregationFunction": "SUM"}));
        let mut source = json!({"RoleArn": ROLE, "HistoricalDataPathList": ["s3://data/past/"],
            "FileFormatDescriptor": {"CsvFormatDescriptor": {"FileCompression": "NONE", "Charset": "UTF-8",
                "ContainsHeader": true, "Delimiter": ",", "QuoteSymbol": "\""}}});
        if !paths.is_empty() {
            source["TemplatedPathList"] = json!(paths);
        }
        let dataset = json!({"AnomalyDetectorArn": detector, "MetricSetName": format!("{name}-data"),
            "MetricList": measures.collect::<Vec<_>>(), "DimensionList": ["shop"],
            "TimestampColumn": {"ColumnName": "timestamp", "ColumnFormat": "yyyy-MM-dd HH:mm:ss"},
            "MetricSetFrequency": "PT1H", "MetricSource": {"S3SourceConfig": source}});
        self.lookout("CreateMetricSet", &dataset)?;
        Ok(detector)
    }

    fn wait_for(&self, detector: &Value, status: &str) -> Result<(), Failure> {
        loop {
            let found = self.lookout("DescribeAnomalyDetector", &json!({"AnomalyDetectorArn": detector}))?;
            match found["Status"].as_str() {
                Some(now) if now == status => return Ok(()),
                Some("FAILED") | None => return Err(found.to_string().into()),
                Some(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}
