//! bartizan-policy.
