//! What is kept of an object besides its bytes.

use std::collections::BTreeMap;

use bartizan_gate::{Error, Scope};
use bartizan_objects::Object;
use bartizan_store::{
    AccountId,
    entity::{AccessGrant, Tag},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error;

/// What is kept of an object besides its bytes, their tag, their number and when they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// Who put it, or the bucket's owner.
    pub owner: AccountId,
    /// Its access control list.
    pub grants: Vec<AccessGrant>,
    /// `x-amz-meta-…`
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Headers that come back as they were given, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Checksums in Base64, by the names of their algorithms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub checksums: BTreeMap<String, String>,
    /// How many parts it was made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<usize>,
}

impl Stored {
    /// As the index keeps it.
    pub fn to_json(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|error| Error::Internal(error.to_string()))
    }

    /// Of an object or upload that is kept.
    pub fn read(head: &str) -> Result<Self, Error> {
        serde_json::from_str(head).map_err(|error| Error::Internal(format!("an object's head: {error}")))
    }
}

/// The object under a key, if it is there.
pub fn find(scope: &Scope<'_>, bucket_id: &str, key: &str) -> Result<Option<(Object, Stored)>, Error> {
    let found =
        scope.objects()?.get(bucket_id, key).map_err(|error| error::of_objects(error, error::operation_aborted))?;
    found.map(|object| Stored::read(&object.head).map(|stored| (object, stored))).transpose()
}

/// When an object came, as it is told: to the second.
pub fn modified(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(milliseconds.div_euclid(1000)).ok()
}
