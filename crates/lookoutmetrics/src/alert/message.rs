//! What an alert says of an anomaly, in the forms that the service sends: JSON for functions and programs, a long text for
//! letters, a short one for telephones.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-alerts.html>

use serde::{Deserialize, Serialize};

/// How many time series a long text names.
const MAX_SERIES: usize = 10;

/// How long a short text may be, in characters: what a text message holds.
const MAX_SHORT: usize = 160;

/// An anomaly, as an alert tells it. The names of members are the service's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertMessage {
    /// The alert's name.
    pub alert_name: String,
    /// `ALERT_ARN:event/UUID`
    pub alert_event_id: String,
    /// The detector.
    pub anomaly_detector_arn: String,
    /// The alert.
    pub alert_arn: String,
    /// What its author says of it; `null` where that is nothing.
    pub alert_description: Option<String>,
    /// The measure in which it is.
    pub impacted_metric: ImpactedMetric,
    /// When, as the service writes it: `2021-02-14T04:00Z[Atlantic/St_Helena]`.
    pub timestamp: String,
    /// 0 to 100.
    pub anomaly_score: f64,
}

/// The measure in which an anomaly is, and where in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImpactedMetric {
    /// The measure.
    pub metric_name: String,
    /// How much each value of each dimension has to do with it.
    pub dimension_contribution: Vec<DimensionContribution>,
    /// The time series in which it is.
    pub relevant_time_series: Vec<RelevantTimeSeries>,
}

/// A dimension's part in an anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DimensionContribution {
    /// The dimension.
    pub dimension_name: String,
    /// Its values; together they make 100.
    pub dimension_value_contributions: Vec<DimensionValueContribution>,
}

/// A value's part in an anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DimensionValueContribution {
    /// The value.
    pub dimension_value: String,
    /// 0 to 100.
    pub value_contribution: f64,
}

/// A time series in which an anomaly is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelevantTimeSeries {
    /// Which.
    pub time_series_id: String,
    /// The values of the dimensions that make it.
    pub dimensions: Vec<Dimension>,
    /// What was measured.
    pub metric_value: f64,
}

/// A dimension and its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dimension {
    /// The dimension.
    pub dimension_name: String,
    /// Its value.
    pub dimension_value: String,
}

impl AlertMessage {
    /// The event of a function, and a topic's message in the format `JSON`.
    #[must_use]
    pub fn json(&self) -> String {
        // Numbers that are none become null; nothing else can fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The subject of a letter: one line of ASCII below a hundred characters, whatever the alert is called.
    #[must_use]
    pub fn subject(&self) -> String {
        let name: String = self.alert_name.chars().filter(|letter| letter.is_ascii_graphic()).take(63).collect();
        format!("Anomaly of severity {:.0}: {name}", self.anomaly_score)
    }

    /// A topic's message in the format `LONG_TEXT`.
    #[must_use]
    pub fn long_text(&self) -> String {
        let metric = &self.impacted_metric;
        let mut text = format!(
            "An anomaly of severity {:.0} was detected in {} at {}.\n\nAlert: {}\n",
            self.anomaly_score, metric.metric_name, self.timestamp, self.alert_name
        );
        if let Some(description) = &self.alert_description {
            text.push_str(&format!("Description: {description}\n"));
        }
        text.push_str(&format!("Detector: {}\nEvent: {}\n", self.anomaly_detector_arn, self.alert_event_id));
        if !metric.dimension_contribution.is_empty() {
            text.push_str("\nContribution of dimensions:\n");
            for dimension in &metric.dimension_contribution {
                let values: Vec<String> = dimension.dimension_value_contributions.iter().map(percent).collect();
                text.push_str(&format!("  {}: {}\n", dimension.dimension_name, values.join(", ")));
            }
        }
        if !metric.relevant_time_series.is_empty() {
            text.push_str("\nTime series:\n");
            for series in metric.relevant_time_series.iter().take(MAX_SERIES) {
                text.push_str(&format!("  {}: {}\n", series.place(), series.metric_value));
            }
            if let Some(more @ 1..) = metric.relevant_time_series.len().checked_sub(MAX_SERIES) {
                text.push_str(&format!("  and {more} more\n"));
            }
        }
        text
    }

    /// A topic's message in the format `SHORT_TEXT`: what matters most comes first, and the rest is cut off.
    #[must_use]
    pub fn short_text(&self) -> String {
        let metric = &self.impacted_metric;
        let mut text = format!("Anomaly, severity {:.0}, in {}", self.anomaly_score, metric.metric_name);
        if let Some(series) = metric.relevant_time_series.first().filter(|series| !series.dimensions.is_empty()) {
            text.push_str(&format!(" ({})", series.place()));
        }
        text.push_str(&format!(" at {}. Alert {}", self.timestamp, self.alert_name));
        match text.char_indices().nth(MAX_SHORT) {
            None => text,
            Some(_) => text.chars().take(MAX_SHORT - 1).chain(['…']).collect(),
        }
    }
}

impl RelevantTimeSeries {
    /// `marketplace it, platform pc_web`
    fn place(&self) -> String {
        if self.dimensions.is_empty() {
            return "all".to_owned();
        }
        let parts = self.dimensions.iter().map(|part| format!("{} {}", part.dimension_name, part.dimension_value));
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn percent(value: &DimensionValueContribution) -> String {
    format!("{} {:.0} %", value.dimension_value, value.value_contribution)
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
