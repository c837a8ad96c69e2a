//! bartizan-organizations.
