//! Tags: their rules, and how those of a request change those of a resource.
//!
//! A resource has at most fifty tags. Keys are kept with case but compared without: `Team` replaces `team`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>

use std::collections::BTreeSet;

use bartizan_gate::{Error, Fault, Operation, Scope};
use bartizan_store::{entity, fold};
use bartizan_wire::Shape;

use crate::{
    error,
    names::{Marker, MaxItems, TagKey},
    page::{Page, Paging},
};

/// How many tags a resource may have.
const MAX_TAGS: usize = 50;

/// A tag on the wire.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html>
#[derive(Debug, Clone, Shape)]
pub struct Tag {
    #[shape(min = 1, max = 128, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+")]
    pub key: String,
    #[shape(min = 0, max = 256, pattern = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*")]
    pub value: String,
}

/// The tags of a request as they are stored. An operation asks for them in its checks, so that no condition ever sees
/// one key with two values.
///
/// # Errors
/// `InvalidInput` if two keys differ at most in case, or one is AWS's own.
pub fn requested(tags: &[Tag]) -> Result<Vec<entity::Tag>, Fault> {
    let mut keys = BTreeSet::new();
    for tag in tags {
        if !keys.insert(fold(&tag.key)) {
            return Err(error::invalid_input(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
            ));
        }
        if is_reserved(&tag.key) || is_reserved(&tag.value) {
            return Err(error::invalid_input(
                "Tag keys and values that start with 'aws:' are reserved for internal use.",
            ));
        }
    }
    Ok(tags.iter().map(|tag| entity::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect())
}

/// Puts tags on a resource; `resource` is how the quota calls it, such as `User`.
///
/// # Errors
/// `LimitExceeded` if they would be more than fifty.
pub fn merge(tags: &mut Vec<entity::Tag>, new: Vec<entity::Tag>, resource: &str) -> Result<(), Fault> {
    for tag in new {
        match tags.iter_mut().find(|old| fold(&old.key) == fold(&tag.key)) {
            Some(old) => *old = tag,
            None => tags.push(tag),
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(error::quota_exceeded(&format!("TagsPer{resource}"), MAX_TAGS));
    }
    Ok(())
}

/// Takes tags off a resource. Keys that it has not are passed over.
pub fn remove(tags: &mut Vec<entity::Tag>, keys: &[TagKey]) {
    let keys: BTreeSet<String> = keys.iter().map(|key| fold(key.as_str())).collect();
    tags.retain(|tag| !keys.contains(&fold(&tag.key)));
}

/// A resource's tags in an answer; a resource without tags shows none.
pub fn shown(tags: &[entity::Tag]) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| tags.iter().map(Tag::from).collect())
}

/// A page of a resource's tags, sorted by key.
///
/// # Errors
/// As [`Paging::of`].
pub fn page<O: Operation>(
    scope: &Scope<'_>,
    tags: &[entity::Tag],
    marker: &Option<Marker>,
    max_items: &Option<MaxItems>,
) -> Result<Page<Tag>, Error> {
    let paging = Paging::of::<O>(scope, marker, max_items)?;
    let mut sorted: Vec<&entity::Tag> = tags.iter().collect();
    sorted.sort_by_cached_key(|tag| fold(&tag.key));
    paging.count_and_take(scope, sorted.into_iter().map(Tag::from))
}

fn is_reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

impl From<&entity::Tag> for Tag {
    fn from(tag: &entity::Tag) -> Self {
        Self { key: tag.key.clone(), value: tag.value.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    fn stored(tags: &[(&str, &str)]) -> Vec<entity::Tag> {
        tags.iter().map(|(key, value)| entity::Tag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
    }

    #[test]
    fn keys_that_differ_in_case_are_one_key() {
        let fault = requested(&[tag("Team", "a"), tag("team", "b")]).unwrap_err();
        assert_eq!(fault.code, "InvalidInput");
        assert_eq!(fault.message, "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
        assert_eq!(requested(&[tag("Team", "a"), tag("Teams", "b")]).unwrap().len(), 2);
    }

    #[test]
    fn tags_of_aws_are_refused_in_any_case() {
        for (key, value) in [("aws:x", ""), ("AWS:x", ""), ("aWs:", ""), ("x", "aws:y")] {
            assert_eq!(requested(&[tag(key, value)]).unwrap_err().code, "InvalidInput", "{key}={value}");
        }
        for (key, value) in [("aws", "aws"), ("x:aws:", "é"), ("äws:", "")] {
            assert!(requested(&[tag(key, value)]).is_ok(), "{key}={value}");
        }
    }

    #[test]
    fn a_tag_replaces_the_one_of_its_key() {
        let mut tags = stored(&[("team", "a"), ("cost", "1")]);
        merge(&mut tags, stored(&[("Team", "b")]), "User").unwrap();
        assert_eq!(tags, stored(&[("Team", "b"), ("cost", "1")]));
        remove(&mut tags, &[TagKey::new("COST").unwrap(), TagKey::new("other").unwrap()]);
        assert_eq!(tags, stored(&[("Team", "b")]));
    }

    #[test]
    fn there_are_at_most_fifty_tags() {
        let keys: Vec<String> = (0..50).map(|number| format!("k{number}")).collect();
        let mut tags = stored(&keys.iter().map(|key| (key.as_str(), "")).collect::<Vec<_>>());
        merge(&mut tags, stored(&[("K7", "new")]), "User").unwrap();
        let fault = merge(&mut tags, stored(&[("one more", "")]), "User").unwrap_err();
        assert_eq!((fault.code, fault.message.as_str()), ("LimitExceeded", "Cannot exceed quota for TagsPerUser: 50"));
    }
}
