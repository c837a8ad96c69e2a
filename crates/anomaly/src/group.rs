//! Anomaly groups.
