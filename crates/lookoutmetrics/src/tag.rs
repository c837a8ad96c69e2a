//! Tags of detectors, datasets and alerts. Each has its own: none are inherited.
//!
//! Keys are kept with their case, but no resource may have two that differ in nothing else: condition keys
//! (`aws:ResourceTag/…`) are compared without case, and a policy must not see one of two values at random.
//!
//! <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-tags.html>

use std::collections::{BTreeMap, BTreeSet};

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{entity, fold};
use bartizan_wire::{Place, Shape};

use crate::{
    error::{self, ResourceType},
    lookup::{self, Resource as _},
    names::Arn,
};

/// How many tags a resource may have.
const MAX_TAGS: usize = 50;

/// A tag's key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Shape)]
#[shape(min = 1, max = 128)]
pub struct TagKey(String);

/// A tag's value, which may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 256)]
pub struct TagValue(String);

/// The tags of a request.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 50)]
pub struct TagMap(BTreeMap<TagKey, TagValue>);

/// The keys of tags to take off.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 50)]
pub struct TagKeyList(Vec<TagKey>);

/// A resource's tags in an answer.
pub type Tags = BTreeMap<TagKey, TagValue>;

/// Puts tags on a resource; one of the same key is replaced.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_TagResource.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "TagResourceRequest")]
pub struct TagResource {
    #[shape(wire = "resourceArn")]
    resource_arn: Arn,
    #[shape(wire = "tags")]
    tags: TagMap,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct TagResourceResponse;

/// Takes tags off a resource. Keys that it has not are passed over.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_UntagResource.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "UntagResourceRequest")]
pub struct UntagResource {
    #[shape(wire = "resourceArn")]
    resource_arn: Arn,
    #[shape(wire = "tagKeys")]
    tag_keys: TagKeyList,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct UntagResourceResponse;

/// Lists the tags of a resource.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListTagsForResource.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListTagsForResourceRequest")]
pub struct ListTagsForResource {
    #[shape(wire = "resourceArn")]
    resource_arn: Arn,
}

/// A resource's tags.
#[derive(Debug, Shape)]
pub struct ListTagsForResourceResponse {
    tags: Option<Tags>,
}

impl Operation for TagResource {
    const ACTION: &'static str = "lookoutmetrics:TagResource";
    const EFFECT: Effect = Effect::Write;
    type Output = TagResourceResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let requested = requested(Some(&self.tags), &Place::named("tags"))?;
        Ok(on(scope, Self::ACTION, &self.resource_arn).request_tags(&requested).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let new = requested(Some(&self.tags), &Place::named("tags"))?;
        change(cx, &self.resource_arn, |tags| merge(tags, new))?;
        Ok(TagResourceResponse)
    }
}

impl Operation for UntagResource {
    const ACTION: &'static str = "lookoutmetrics:UntagResource";
    const EFFECT: Effect = Effect::Write;
    type Output = UntagResourceResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let keys = self.tag_keys.as_slice().iter().map(TagKey::as_str);
        Ok(on(scope, Self::ACTION, &self.resource_arn).tag_keys(keys).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let keys: BTreeSet<&str> = self.tag_keys.as_slice().iter().map(TagKey::as_str).collect();
        change(cx, &self.resource_arn, |tags| {
            tags.retain(|tag| !keys.contains(tag.key.as_str()));
            Ok(())
        })?;
        Ok(UntagResourceResponse)
    }
}

impl Operation for ListTagsForResource {
    const ACTION: &'static str = "lookoutmetrics:ListTagsForResource";
    const EFFECT: Effect = Effect::Read;
    type Output = ListTagsForResourceResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(on(scope, Self::ACTION, &self.resource_arn).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        Ok(ListTagsForResourceResponse { tags: Some(shown(tags_of(cx, &self.resource_arn)?)) })
    }
}

/// Changes the tags of the resource of this ARN, of any of the three kinds. Its configuration is not modified by that,
/// nor is its time of modification.
fn change(
    cx: &mut Context<'_>,
    arn: &Arn,
    change: impl FnOnce(&mut Vec<entity::Tag>) -> Result<(), Error>,
) -> Result<(), Error> {
    match kind(arn) {
        ResourceType::Alert => {
            let mut alert = entity::Alert::clone(lookup::find(cx, arn)?);
            change(&mut alert.tags)?;
            cx.put(alert);
        }
        ResourceType::AnomalyDetector
        | ResourceType::AnomalyGroup
        | ResourceType::Metric
        | ResourceType::TimeSeries => {
            let mut detector = entity::AnomalyDetector::clone(lookup::find(cx, arn)?);
            change(&mut detector.tags)?;
            cx.put(detector);
        }
        ResourceType::MetricSet => {
            let mut metric_set = entity::MetricSet::clone(lookup::find(cx, arn)?);
            change(&mut metric_set.tags)?;
            cx.put(metric_set);
        }
    }
    Ok(())
}

/// The tags of the resource of this ARN.
fn tags_of<'a>(scope: &Scope<'a>, arn: &Arn) -> Result<&'a [entity::Tag], Error> {
    Ok(match kind(arn) {
        ResourceType::Alert => lookup::find::<entity::Alert>(scope, arn)?.tags(),
        ResourceType::AnomalyDetector
        | ResourceType::AnomalyGroup
        | ResourceType::Metric
        | ResourceType::TimeSeries => lookup::find::<entity::AnomalyDetector>(scope, arn)?.tags(),
        ResourceType::MetricSet => lookup::find::<entity::MetricSet>(scope, arn)?.tags(),
    })
}

/// A check of `action` on the resource of this ARN, with the tags that it has.
fn on(scope: &Scope<'_>, action: &'static str, arn: &Arn) -> Check {
    match kind(arn) {
        ResourceType::Alert => lookup::on::<entity::Alert>(scope, action, arn.as_str()),
        ResourceType::AnomalyDetector
        | ResourceType::AnomalyGroup
        | ResourceType::Metric
        | ResourceType::TimeSeries => lookup::on::<entity::AnomalyDetector>(scope, action, arn.as_str()),
        ResourceType::MetricSet => lookup::on::<entity::MetricSet>(scope, action, arn.as_str()),
    }
}

/// The kind of resource that an ARN names; what is no resource of ours is looked for among detectors, in vain.
fn kind(arn: &Arn) -> ResourceType {
    let resource = bartizan_gate::Arn::parse(arn.as_str()).map_or("", |arn| arn.resource);
    match resource.split([':', '/']).next() {
        Some("Alert") => ResourceType::Alert,
        Some("MetricSet") => ResourceType::MetricSet,
        _ => ResourceType::AnomalyDetector,
    }
}

/// The tags of a request as they are stored; `place` is where the input has them. An operation asks for them in its
/// checks, so that no condition ever sees one key with two values.
///
/// # Errors
/// `ValidationException` if two keys differ in case only, a key or a value is AWS's own, or one has a letter that tags
/// cannot have.
pub fn requested(tags: Option<&TagMap>, place: &Place<'_>) -> Result<Vec<entity::Tag>, Error> {
    let Some(tags) = tags else { return Ok(Vec::new()) };
    let mut folded = BTreeSet::new();
    for (key, value) in tags.get() {
        let refuse = |constraint: &str| Err(error::invalid_field(place, Some(key.as_str()), constraint));
        if is_reserved(key.as_str()) || is_reserved(value.as_str()) {
            return refuse("Map keys and values must not begin with aws:, which is reserved");
        }
        if !has_tag_letters(key.as_str()) || !has_tag_letters(value.as_str()) {
            return refuse("Map keys and values can contain letters, numbers, spaces and _.:/=+@-");
        }
        if !folded.insert(fold(key.as_str())) {
            return refuse("Map keys must differ in more than the case of their letters");
        }
    }
    let stored = |(key, value): (&TagKey, &TagValue)| entity::Tag {
        key: key.as_str().to_owned(),
        value: value.as_str().to_owned(),
    };
    Ok(tags.get().iter().map(stored).collect())
}

/// A resource's tags in an answer.
pub fn shown(tags: &[entity::Tag]) -> Tags {
    tags.iter().map(|tag| (TagKey(tag.key.clone()), TagValue(tag.value.clone()))).collect()
}

/// Puts tags on a resource, in the order of their keys.
fn merge(tags: &mut Vec<entity::Tag>, new: Vec<entity::Tag>) -> Result<(), Error> {
    let place = Place::named("tags");
    for tag in new {
        match tags.iter_mut().find(|old| fold(&old.key) == fold(&tag.key)) {
            Some(old) if old.key == tag.key => *old = tag,
            Some(old) => {
                let constraint = format!("Map keys must differ in more than case from the resource's tag {}", old.key);
                return Err(error::invalid_field(&place, Some(&tag.key), &constraint));
            }
            None => tags.push(tag),
        }
    }
    if tags.len() > MAX_TAGS {
        let constraint = format!("A resource must not have more than {MAX_TAGS} tags");
        return Err(error::invalid_field(&place, None, &constraint));
    }
    tags.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(())
}

fn is_reserved(text: &str) -> bool {
    text.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
}

/// Whether all letters are among those that AWS documents for tags.
fn has_tag_letters(text: &str) -> bool {
    text.chars().all(|letter| letter.is_alphanumeric() || letter == ' ' || "_.:/=+@-".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(tags: &[(&str, &str)]) -> TagMap {
        let tags = tags.iter().map(|(key, value)| (TagKey::new(*key).unwrap(), TagValue::new(*value).unwrap()));
        TagMap::new(tags.collect::<BTreeMap<_, _>>()).unwrap()
    }

    fn refused(tags: &[(&str, &str)]) -> bool {
        requested(Some(&map(tags)), &Place::named("tags")).is_err()
    }

    fn stored(tags: &[(&str, &str)]) -> Vec<entity::Tag> {
        tags.iter().map(|(key, value)| entity::Tag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
    }

    #[test]
    fn one_condition_key_never_has_two_values() {
        assert!(refused(&[("Project", "allowed"), ("project", "other")]));
        assert!(!refused(&[("Project", "allowed"), ("Projects", "other")]));
        let mut tags = stored(&[("Project", "a")]);
        assert!(merge(&mut tags, stored(&[("project", "b")])).is_err());
        merge(&mut tags, stored(&[("Project", "b")])).unwrap();
        assert_eq!(tags, stored(&[("Project", "b")]));
    }

    #[test]
    fn reserved_words_and_odd_letters_are_refused() {
        for text in ["aws:x", "AWS:x", "aWs:", "a*", "a?b", "a${b}", "a\n"] {
            assert!(refused(&[(text, "")]), "{text:?} as a key");
            assert!(refused(&[("key", text)]), "{text:?} as a value");
        }
        for text in ["aws", "x:aws:", "Kostenstelle Zürich", "a_.:/=+@-1"] {
            assert!(!refused(&[(text, "")]), "{text:?} as a key");
            assert!(!refused(&[("key", text)]), "{text:?} as a value");
        }
    }

    #[test]
    fn there_are_at_most_fifty_tags() {
        let keys: Vec<String> = (0..50).map(|number| format!("k{number:02}")).collect();
        let mut tags = stored(&keys.iter().map(|key| (key.as_str(), "")).collect::<Vec<_>>());
        merge(&mut tags, stored(&[("k07", "new")])).unwrap();
        assert!(merge(&mut tags, stored(&[("one more", "")])).is_err());
    }

    #[test]
    fn an_arn_says_what_kind_it_names() {
        for (arn, expected) in [
            ("arn:aws:lookoutmetrics:us-east-1:123456789012:Alert:a", ResourceType::Alert),
            ("arn:aws:lookoutmetrics:us-east-1:123456789012:MetricSet/d/m", ResourceType::MetricSet),
            ("arn:aws:lookoutmetrics:us-east-1:123456789012:AnomalyDetector:d", ResourceType::AnomalyDetector),
            ("arn:aws:s3:::Alert", ResourceType::Alert),
            ("arn:aws:s3:::bucket", ResourceType::AnomalyDetector),
        ] {
            assert_eq!(kind(&Arn::new(arn).unwrap()), expected, "{arn}");
        }
    }
}
