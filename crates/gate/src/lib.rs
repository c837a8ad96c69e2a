//! bartizan-gate.
