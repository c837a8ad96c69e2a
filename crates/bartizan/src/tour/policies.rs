//! The policies of the story, laid out as the tour shows them.

/// Lets mateojackson look at one detector.
pub const READ_ORDERS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "lookoutmetrics:DescribeAnomalyDetector",
    "Resource": "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:orders"
  }]
}"#;

/// Lets marymajor make alerts, but hand no role to anyone.
pub const MAKE_ALERTS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "lookoutmetrics:CreateAlert",
    "Resource": "*"
  }]
}"#;

/// Lets marymajor hand one role to one service.
pub const PASS_ALERT_ROLE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "iam:PassRole",
    "Resource": "arn:aws:iam::123456789012:role/OrdersAlertRole",
    "Condition": {
      "StringEquals": { "iam:PassedToService": "lookoutmetrics.amazonaws.com" }
    }
  }]
}"#;

/// Who may assume the role in which alerts are sent: the service, on behalf of this account's detectors alone.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
pub const TRUST_THE_SERVICE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": { "Service": "lookoutmetrics.amazonaws.com" },
    "Action": "sts:AssumeRole",
    "Condition": {
      "StringEquals": { "aws:SourceAccount": "123456789012" },
      "ArnLike": { "aws:SourceArn": "arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:*" }
    }
  }]
}"#;

/// Who may assume a role: mateojackson.
pub const TRUST_MATEOJACKSON: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Principal": { "AWS": "arn:aws:iam::123456789012:user/mateojackson" },
    "Action": "sts:AssumeRole"
  }]
}"#;

/// What the operator's role may do: everything with detectors.
pub const OPERATE: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{ "Effect": "Allow", "Action": "lookoutmetrics:*", "Resource": "*" }]
}"#;

/// What one session of the operator's role is limited to.
pub const ONLY_LOOK: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": ["lookoutmetrics:Describe*", "iam:ListUsers"],
    "Resource": "*"
  }]
}"#;

/// The boundary that mateojackson meets.
pub const READERS_AT_MOST: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": ["lookoutmetrics:Describe*", "lookoutmetrics:List*", "sts:AssumeRole"],
    "Resource": "*"
  }]
}"#;

/// What a visitor of the other account may do there.
pub const LOOK: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [{
    "Effect": "Allow",
    "Action": "lookoutmetrics:DescribeAnomalyDetector",
    "Resource": "*"
  }]
}"#;

/// Lets mateojackson assume this role.
pub fn assume(role_arn: &str) -> String {
    format!(
        r#"{{
  "Version": "2012-10-17",
  "Statement": [{{
    "Effect": "Allow",
    "Action": "sts:AssumeRole",
    "Resource": "{role_arn}"
  }}]
}}"#
    )
}
