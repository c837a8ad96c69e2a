//! A body of the JSON protocols.
//!
//! Promises: no panic; what is taken is JSON to another reader too; what is written reads back as it was.

use bartizan_wire::json;

/// The target.
pub fn run(data: &[u8]) {
    let Ok(value) = json::decode(data) else { return };
    // No body at all is an empty object.
    if !data.is_empty() {
        let other: Result<serde_json::Value, _> = serde_json::from_slice(data);
        assert!(other.is_ok(), "{data:?} is taken, but is no JSON: {other:?}");
    }
    let written = json::encode(&value);
    let again = json::decode(&written);
    assert_eq!(again.as_ref(), Ok(&value), "{}", String::from_utf8_lossy(&written));
    assert_eq!(json::encode(&value), written);
}
