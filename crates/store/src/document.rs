use std::{fmt, sync::Arc};

use aws_lc_rs::digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A policy document, as its author wrote it, with the hash by which its compiled form is cached.
#[derive(Clone, PartialEq, Eq)]
pub struct Document(Arc<Content>);

#[derive(PartialEq, Eq)]
struct Content {
    text: Box<str>,
    hash: [u8; 32],
}

impl Document {
    /// Takes the text as it is. Whether it is a policy is for the policy engine to say, before it gets here.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, text.as_bytes()).as_ref());
        Self(Arc::new(Content { text: text.into(), hash }))
    }

    /// The text, byte for byte.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// SHA-256 of the text.
    #[must_use]
    pub fn hash(&self) -> &[u8; 32] {
        &self.0.hash
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text())
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}
