//! bartizan-wire-derive.
