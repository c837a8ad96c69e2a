//! bartizan-sigv4.
