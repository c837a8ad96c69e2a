//! bartizan-store.
