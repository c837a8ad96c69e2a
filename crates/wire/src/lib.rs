//! bartizan-wire.
