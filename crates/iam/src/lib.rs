//! bartizan-iam.
