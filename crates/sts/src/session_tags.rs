//! The tags passed with a session, and those inherited in a role chain.
//!
//! Keys are kept with case but compared without.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>

use std::collections::BTreeSet;

use bartizan_gate::{Fault, Session};
use bartizan_store::{entity, fold};
use bartizan_wire::Shape;

use crate::error;

/// A session tag on the wire.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_Tag.html>
#[derive(Debug, Clone, Shape)]
pub struct Tag {
    #[shape(min = 1, max = 128, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
    pub key: String,
    #[shape(min = 0, max = 256, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")]
    pub value: String,
}

/// The key of a session tag.
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
pub struct TagKey(String);

/// The tags of a new session.
#[derive(Debug)]
pub struct SessionTags {
    /// Those that the request passes.
    pub passed: Vec<entity::Tag>,
    /// The keys of those that the request makes transitive.
    pub transitive_keys: Vec<String>,
    /// Those that the calling session hands down. They stay transitive.
    pub inherited: Vec<entity::Tag>,
}

impl SessionTags {
    /// Reads what was passed, by a caller with this session.
    ///
    /// # Errors
    /// `InvalidParameterValue` if two keys differ at most in case, if one is AWS's own or would override an inherited
    /// tag, or if a key is made transitive whose tag is not passed.
    pub fn read(tags: Option<&[Tag]>, transitive: Option<&[TagKey]>, caller: Option<&Session>) -> Result<Self, Fault> {
        let (tags, transitive) = (tags.unwrap_or_default(), transitive.unwrap_or_default());
        let inherited = caller.map(handed_down).unwrap_or_default();
        let mut keys = BTreeSet::new();
        for tag in tags {
            if !keys.insert(fold(&tag.key)) {
                return Err(error::invalid_parameter_value(
                    "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
                ));
            }
            if is_reserved(&tag.key) || is_reserved(&tag.value) {
                return Err(error::invalid_parameter_value(
                    "Tag keys and values that start with 'aws:' are reserved for internal use.",
                ));
            }
        }
        if inherited.iter().any(|tag| keys.contains(&fold(&tag.key))) {
            return Err(error::invalid_parameter_value(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key \
                 from the calling session.",
            ));
        }
        if transitive.iter().any(|key| !keys.contains(&fold(key.as_str()))) {
            return Err(error::invalid_parameter_value(
                "The specified transitive tag key must be included in the requested tags.",
            ));
        }
        Ok(Self {
            passed: tags.iter().map(|tag| entity::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect(),
            transitive_keys: transitive.iter().map(|key| key.as_str().to_owned()).collect(),
            inherited,
        })
    }

    /// Whether the session has none.
    pub fn is_empty(&self) -> bool {
        self.passed.is_empty() && self.inherited.is_empty()
    }

    /// All tags of the session.
    pub fn all(&self) -> impl Iterator<Item = &entity::Tag> {
        self.inherited.iter().chain(&self.passed)
    }

    /// The keys of all tags that the session hands down in its turn.
    pub fn all_transitive_keys(&self) -> Vec<String> {
        self.inherited.iter().map(|tag| &tag.key).chain(&self.transitive_keys).cloned().collect()
    }

    /// A role's tags as `aws:ResourceTag` has them once the inherited tags have taken the place of those of the same
    /// key; `None` if none does.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining>
    pub fn over(&self, role: &[entity::Tag]) -> Option<Vec<entity::Tag>> {
        let over = |tag: &entity::Tag| self.inherited.iter().find(|inherited| fold(&inherited.key) == fold(&tag.key));
        role.iter().any(|tag| over(tag).is_some()).then(|| {
            role.iter()
                .map(|tag| entity::Tag { key: tag.key.clone(), value: over(tag).unwrap_or(tag).value.clone() })
                .collect()
        })
    }
}

/// The tags of a session that the next one in the chain inherits.
fn handed_down(session: &Session) -> Vec<entity::Tag> {
    let keys: BTreeSet<String> = session.transitive_tag_keys.iter().map(|key| fold(key)).collect();
    session.tags.iter().filter(|tag| keys.contains(&fold(&tag.key))).cloned().collect()
}

fn is_reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

#[cfg(test)]
mod tests;
