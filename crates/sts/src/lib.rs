//! bartizan-sts.
