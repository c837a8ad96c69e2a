//! Tags of secrets. Keys are compared with case.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html>

use std::collections::BTreeSet;

use bartizan_gate::{Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::{self, Secret};
use bartizan_wire::Shape;

use crate::{error, lookup, names::SecretId};

/// How many tags a secret may have.
const MAX_TAGS: usize = 50;

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Tag.html>
#[derive(Debug, Clone, Shape)]
pub struct Tag {
    pub key: Option<TagKey>,
    #[shape(min = 0, max = 256)]
    pub value: Option<String>,
}

/// The key of a tag (`TagKeyType`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 128)]
pub struct TagKey(String);

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>
#[derive(Debug, Shape)]
pub struct TagResource {
    secret_id: SecretId,
    tags: Vec<Tag>,
}

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html>
#[derive(Debug, Shape)]
pub struct UntagResource {
    secret_id: SecretId,
    tag_keys: Vec<TagKey>,
}

/// The tags of a request as they are stored.
///
/// # Errors
/// `InvalidParameterException` if one has no key, two have the same, one is AWS's own, or they are too many.
pub fn requested(tags: &[Tag]) -> Result<Vec<entity::Tag>, Fault> {
    let mut keys = BTreeSet::new();
    let mut stored = Vec::with_capacity(tags.len());
    for tag in tags {
        let key = tag.key.as_ref().ok_or_else(|| error::invalid_parameter("A tag must have a key."))?.as_str();
        if !keys.insert(key) {
            return Err(error::invalid_parameter("You can't have two tags with the same key."));
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return Err(error::invalid_parameter("Tag keys that begin with aws: are reserved for AWS use."));
        }
        stored.push(entity::Tag { key: key.to_owned(), value: tag.value.clone().unwrap_or_default() });
    }
    few_enough(&stored)?;
    Ok(stored)
}

/// Tags in an answer.
///
/// # Errors
/// Only if what is stored is none.
pub fn shown(tags: &[entity::Tag]) -> Result<Option<Vec<Tag>>, Error> {
    let tag = |tag: &entity::Tag| -> Result<Tag, Error> {
        Ok(Tag { key: Some(TagKey::new(tag.key.as_str())?), value: Some(tag.value.clone()) })
    };
    if tags.is_empty() { Ok(None) } else { tags.iter().map(tag).collect::<Result<_, _>>().map(Some) }
}

fn few_enough(tags: &[entity::Tag]) -> Result<(), Fault> {
    if tags.len() > MAX_TAGS {
        return Err(error::invalid_parameter(format!("A secret can't have more than {MAX_TAGS} tags.")));
    }
    Ok(())
}

/// Stores a secret with other tags: "If successfully completing this operation would result in you losing your permissions
/// for this secret, then the operation is blocked and returns an Access Denied error."
fn store(cx: &mut Context<'_>, id: &SecretId, secret: Secret, action: &'static str) -> Result<(), Error> {
    let check = lookup::named(cx, id)?.check_as(action, Some(&secret));
    if !cx.allows(&check)? {
        let message = format!("With these tags you would no longer be authorized to perform {action} on the secret.");
        return Err(error::access_denied(message).into());
    }
    cx.put(Secret { changed: cx.now, ..secret });
    Ok(())
}

impl Operation for TagResource {
    const ACTION: &'static str = "secretsmanager:TagResource";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let tags = requested(&self.tags)?;
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).request_tags(&tags).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut secret = Secret::clone(lookup::named(cx, &self.secret_id)?.usable()?);
        for tag in requested(&self.tags)? {
            match secret.tags.iter_mut().find(|old| old.key == tag.key) {
                Some(old) => *old = tag,
                None => secret.tags.push(tag),
            }
        }
        few_enough(&secret.tags)?;
        store(cx, &self.secret_id, secret, Self::ACTION)
    }
}

impl Operation for UntagResource {
    const ACTION: &'static str = "secretsmanager:UntagResource";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let keys = self.tag_keys.iter().map(TagKey::as_str);
        Ok(lookup::named(scope, &self.secret_id)?.check(Self::ACTION).tag_keys(keys).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut secret = Secret::clone(lookup::named(cx, &self.secret_id)?.usable()?);
        secret.tags.retain(|tag| !self.tag_keys.iter().any(|key| key.as_str() == tag.key));
        store(cx, &self.secret_id, secret, Self::ACTION)
    }
}
