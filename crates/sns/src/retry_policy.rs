//! How often, and when, a delivery is tried again: SNS's delivery policy, as far as it is about that.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

/// The four phases of SNS: at once, after the least delay, after delays that grow, after the greatest delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// Seconds.
    #[serde(default = "twenty")]
    min_delay_target: u32,
    /// Seconds.
    #[serde(default = "twenty")]
    max_delay_target: u32,
    /// In all phases together.
    #[serde(default = "three")]
    num_retries: u32,
    #[serde(default)]
    num_max_delay_retries: u32,
    #[serde(default)]
    num_no_delay_retries: u32,
    #[serde(default)]
    num_min_delay_retries: u32,
    #[serde(default)]
    backoff_function: BackoffFunction,
}

/// How delays grow from the least to the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum BackoffFunction {
    #[default]
    Linear,
    Arithmetic,
    Geometric,
    Exponential,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeliveryPolicy {
    http: Http,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Http {
    default_healthy_retry_policy: RetryPolicy,
    #[serde(default)]
    disable_subscription_overrides: bool,
}

const fn twenty() -> u32 {
    20
}

const fn three() -> u32 {
    3
}

impl RetryPolicy {
    /// Three times, after twenty seconds each: SNS's for HTTP where a topic says nothing.
    const HTTP: Self = Self {
        min_delay_target: 20,
        max_delay_target: 20,
        num_retries: 3,
        num_max_delay_retries: 0,
        num_no_delay_retries: 0,
        num_min_delay_retries: 0,
        backoff_function: BackoffFunction::Linear,
    };

    /// Fifty times over six hours: SNS's for electronic mail, which cannot be changed.
    pub const MAIL: Self = Self {
        min_delay_target: 10,
        max_delay_target: 600,
        num_retries: 50,
        num_max_delay_retries: 38,
        num_no_delay_retries: 0,
        num_min_delay_retries: 2,
        backoff_function: BackoffFunction::Exponential,
    };

    /// Reads a topic's delivery policy.
    ///
    /// # Errors
    /// What is wrong with it, for its author.
    pub fn of_topic(text: &str) -> Result<Self, String> {
        if text.contains('[') {
            return Err("there is no list in a delivery policy".to_owned());
        }
        let DeliveryPolicy { http } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if http.disable_subscription_overrides {
            return Err(
                "http.disableSubscriptionOverrides must be false: subscriptions have no delivery policies".to_owned()
            );
        }
        let policy = http.default_healthy_retry_policy;
        let place = "http.defaultHealthyRetryPolicy";
        if !(1..=3600).contains(&policy.min_delay_target) {
            return Err(format!("{place}.minDelayTarget must be between 1 and 3600"));
        }
        if !(policy.min_delay_target..=3600).contains(&policy.max_delay_target) {
            return Err(format!("{place}.maxDelayTarget must be between minDelayTarget and 3600"));
        }
        if policy.num_retries > 100 {
            return Err(format!("{place}.numRetries must be between 0 and 100"));
        }
        let parts = [policy.num_no_delay_retries, policy.num_min_delay_retries, policy.num_max_delay_retries];
        let phases = parts.iter().try_fold(0_u32, |sum, part| sum.checked_add(*part));
        if phases.is_none_or(|phases| phases > policy.num_retries) {
            return Err(format!("{place}.numRetries must be greater than or equal to the sum of the phases' retries"));
        }
        Ok(policy)
    }

    /// The policy that a topic's deliveries over HTTP follow. What is stored was read before.
    pub fn in_force(delivery_policy: Option<&str>) -> Self {
        delivery_policy.and_then(|text| Self::of_topic(text).ok()).unwrap_or(Self::HTTP)
    }

    /// `EffectiveDeliveryPolicy`
    pub fn shown_of_topic(&self) -> String {
        json!({"http": {"defaultHealthyRetryPolicy": self, "disableSubscriptionOverrides": false}}).to_string()
    }

    /// How long to wait before the retry of this number, counted from zero; `None` if there is none.
    pub fn delay(&self, retry: u32) -> Option<Duration> {
        if retry >= self.num_retries {
            return None;
        }
        let grows_after = self.num_no_delay_retries.saturating_add(self.num_min_delay_retries);
        let grows_until = self.num_retries.saturating_sub(self.num_max_delay_retries);
        let (least, greatest) = (f64::from(self.min_delay_target), f64::from(self.max_delay_target));
        let seconds = match retry {
            _ if retry < self.num_no_delay_retries => 0.0,
            _ if retry < grows_after => least,
            _ if retry >= grows_until => greatest,
            _ => {
                let steps = f64::from(grows_until.saturating_sub(grows_after).saturating_sub(1).max(1));
                let part = f64::from(retry.saturating_sub(grows_after)) / steps;
                match self.backoff_function {
                    BackoffFunction::Linear => least + (greatest - least) * part,
                    BackoffFunction::Arithmetic => least + (greatest - least) * part.powi(2),
                    BackoffFunction::Geometric => least * (greatest / least).powf(part),
                    BackoffFunction::Exponential => least + (greatest - least) * (part * 8.0).exp_m1() / 8_f64.exp_m1(),
                }
            }
        };
        Some(Duration::from_secs_f64(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delays(policy: &RetryPolicy) -> Vec<u64> {
        (0..).map_while(|retry| policy.delay(retry)).map(|delay| delay.as_secs()).collect()
    }

    fn of_topic(policy: &str) -> Result<RetryPolicy, String> {
        RetryPolicy::of_topic(&format!("{{\"http\":{{\"defaultHealthyRetryPolicy\":{policy}}}}}"))
    }

    #[test]
    fn a_topic_that_says_nothing_is_tried_three_times_more() {
        assert_eq!(delays(&RetryPolicy::in_force(None)), [20, 20, 20]);
        assert_eq!(delays(&of_topic("{}").unwrap()), [20, 20, 20]);
    }

    #[test]
    fn there_are_four_phases() {
        let policy = of_topic(
            r#"{"minDelayTarget":1,"maxDelayTarget":9,"numRetries":8,"numNoDelayRetries":2,"numMinDelayRetries":1,
                "numMaxDelayRetries":2,"backoffFunction":"linear"}"#,
        );
        assert_eq!(delays(&policy.unwrap()), [0, 0, 1, 1, 5, 9, 9, 9]);
    }

    #[test]
    fn every_function_grows_from_the_least_to_the_greatest() {
        for function in ["linear", "arithmetic", "geometric", "exponential"] {
            let policy = format!(
                r#"{{"minDelayTarget":10,"maxDelayTarget":1000,"numRetries":10,"backoffFunction":"{function}"}}"#
            );
            let delays = delays(&of_topic(&policy).unwrap());
            assert_eq!((delays.len(), delays.first(), delays.last()), (10, Some(&10), Some(&1000)), "{function}");
            assert!(delays.is_sorted(), "{function}: {delays:?}");
        }
    }

    #[test]
    fn mail_is_tried_for_six_hours() {
        let delays = delays(&RetryPolicy::MAIL);
        assert_eq!(delays.len(), 50);
        let hours = delays.iter().sum::<u64>() / 3600;
        assert!((6..=7).contains(&hours), "{hours}");
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for bad in [
            r#"{"minDelayTarget":0}"#,
            r#"{"minDelayTarget":30}"#,
            r#"{"maxDelayTarget":3601}"#,
            r#"{"numRetries":101}"#,
            r#"{"numRetries":-1}"#,
            r#"{"numRetries":2,"numNoDelayRetries":3}"#,
            r#"{"numNoDelayRetries":4294967295,"numMinDelayRetries":4294967295}"#,
            r#"{"backoffFunction":"random"}"#,
            r#"{"numberOfRetries":3}"#,
            "[]",
        ] {
            assert!(of_topic(bad).is_err(), "{bad}");
        }
        for bad in ["", "{}", r#"{"http":{}}"#, r#"{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":1}}}"#] {
            assert!(RetryPolicy::of_topic(bad).is_err(), "{bad}");
        }
    }
}
