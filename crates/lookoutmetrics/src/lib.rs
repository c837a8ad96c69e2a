//! bartizan-lookoutmetrics.
