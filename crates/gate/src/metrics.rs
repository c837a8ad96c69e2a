//! What `/metrics` tells, in Prometheus' text format.

use std::time::Duration;

use metrics::{Counter, Histogram, Key, Label, Level, Metadata, Recorder, SharedString};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::Service;

/// Counters, made once so that counting allocates nothing. Not global: two gates in one process do not mix.
pub(crate) struct Metrics {
    handle: PrometheusHandle,
    services: Vec<(&'static str, [Counter; 5])>,
    durations: Histogram,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was answered.
    Answered = 0,
    /// It was not authenticated.
    Unauthenticated = 1,
    /// It was not authorised.
    Denied = 2,
    /// It was refused for what it asked.
    Refused = 3,
    /// We failed.
    Failed = 4,
}

const OUTCOMES: [&str; 5] = ["answered", "unauthenticated", "denied", "refused", "failed"];

impl Metrics {
    pub fn new(services: &[Service]) -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        recorder.describe_counter("bartizan_requests_total".into(), None, "Requests, by service and outcome.".into());
        recorder.describe_histogram(
            "bartizan_request_duration_seconds".into(),
            None,
            "Time from the whole request to the whole answer.".into(),
        );
        let services = services
            .iter()
            .map(|service| (service.name, OUTCOMES.map(|outcome| counter(&recorder, service.name, outcome))))
            .collect();
        let durations =
            recorder.register_histogram(&Key::from_static_name("bartizan_request_duration_seconds"), &metadata());
        Self { handle: recorder.handle(), services, durations }
    }

    pub fn count(&self, service: &str, outcome: Outcome, took: Duration) {
        let counters = self.services.iter().find(|(name, _)| *name == service);
        if let Some(counter) = counters.and_then(|(_, counters)| counters.get(outcome as usize)) {
            counter.increment(1);
        }
        self.durations.record(took.as_secs_f64());
    }

    /// Folds what was recorded into the summaries; to be called now and then.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    pub fn render(&self) -> String {
        self.handle.render()
    }
}

fn counter(recorder: &PrometheusRecorder, service: &'static str, outcome: &'static str) -> Counter {
    let labels = vec![
        Label::new("service", SharedString::const_str(service)),
        Label::new("outcome", SharedString::const_str(outcome)),
    ];
    recorder.register_counter(&Key::from_parts("bartizan_requests_total", labels), &metadata())
}

fn metadata() -> Metadata<'static> {
    Metadata::new(module_path!(), Level::INFO, None)
}
