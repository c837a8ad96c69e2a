//! The services behind the gate.

use bartizan_gate::Service;

/// Every service, in the order of their names.
pub const SERVICES: &[Service] = &[
    bartizan_iam::SERVICE,
    bartizan_lookoutmetrics::SERVICE,
    bartizan_organizations::SERVICE,
    bartizan_s3::SERVICE,
    bartizan_secretsmanager::SERVICE,
    bartizan_sns::SERVICE,
    bartizan_sts::SERVICE,
];
