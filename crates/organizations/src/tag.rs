//! Tags. Keys and values are case sensitive.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_tagging.html>

use std::collections::BTreeSet;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::{AccountId, entity};
use bartizan_wire::Shape;

use crate::{
    arn, error, membership,
    page::{NextToken, only_page},
};

/// How many tags a resource may have.
const MAX_TAGS: usize = 50;

/// A tag on the wire.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Tag.html>
#[derive(Debug, Clone, Shape)]
pub struct Tag {
    #[shape(min = 1, max = 128, pattern = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$")]
    pub key: String,
    #[shape(min = 0, max = 256, pattern = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$")]
    pub value: String,
}

/// The tags of a request as they are stored.
///
/// # Errors
/// `InvalidInputException` if a key is there twice or is AWS's own; `ConstraintViolationException` if there are too many.
pub fn requested(tags: &[Tag]) -> Result<Vec<entity::Tag>, Fault> {
    let mut keys = BTreeSet::new();
    for tag in tags {
        if !keys.insert(tag.key.as_str()) {
            return Err(error::invalid_input(
                "DUPLICATE_TAG_KEY",
                "Tag keys must be unique among the tags attached to the same entity.",
            ));
        }
        if tag.key.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:")) {
            return Err(error::invalid_input(
                "INVALID_SYSTEM_TAGS_PARAMETER",
                "You specified a tag key that is a system tag. You can't add, edit, or delete system tag keys because \
                 they're reserved for AWS use.",
            ));
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(error::constraint_violation(
            "MAX_TAG_LIMIT_EXCEEDED",
            "You have exceeded the number of tags allowed on this resource.",
        ));
    }
    Ok(tags.iter().map(|tag| entity::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect())
}

/// Tells the tags of an account or of the root.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html>
#[derive(Debug, Shape)]
#[shape(name = "ListTagsForResourceRequest")]
pub struct ListTagsForResource {
    #[shape(
        max = 130,
        pattern = r"^(r-[0-9a-z]{4,32})|(\d{12})|(ou-[0-9a-z]{4,32}-[a-z0-9]{8,32})|(^p-[0-9a-zA-Z_]{8,128})|(^rp-[0-9a-zA-Z_]{4,128})|(^rt-[0-9a-zA-Z_]{8,32})$"
    )]
    pub resource_id: String,
    pub next_token: Option<NextToken>,
}

#[derive(Debug, Shape)]
pub struct ListTagsForResourceResponse {
    pub tags: Option<Vec<Tag>>,
    pub next_token: Option<NextToken>,
}

impl ListTagsForResource {
    /// The tags of the resource, if the organization has it. A root has no tags, as none can be put on it in this version.
    fn tags<'a>(&self, scope: &Scope<'a>, organization: &entity::Organization) -> Option<&'a [entity::Tag]> {
        if self.resource_id == organization.root {
            return Some(&[]);
        }
        membership::account(scope.snapshot, organization, &self.resource_id).map(|account| account.tags.as_slice())
    }
}

impl Operation for ListTagsForResource {
    const ACTION: &'static str = "organizations:ListTagsForResource";
    const EFFECT: Effect = Effect::Read;
    type Output = ListTagsForResourceResponse;

    /// By the form of the id, so that a refusal does not tell whether the organization has the resource.
    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let id = self.resource_id.as_str();
        Ok(match membership::managed(scope) {
            Ok(organization) if id.starts_with("r-") => Check::new(Self::ACTION, arn::root(organization, id)),
            Ok(_) if id.parse::<AccountId>().is_ok() => membership::account_check(Self::ACTION, scope, id),
            _ => Check::new(Self::ACTION, "*"),
        }
        .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let organization = membership::managed(cx)?;
        only_page(self.next_token.as_ref())?;
        let tags = self.tags(cx, organization).ok_or_else(error::target_not_found)?;
        let tags = tags.iter().map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() }).collect();
        Ok(ListTagsForResourceResponse { tags: Some(tags), next_token: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[(&str, &str)]) -> Vec<Tag> {
        tags.iter().map(|(key, value)| Tag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
    }

    #[test]
    fn ids_of_taggable_resources_are_read() {
        let read = |id: &str| {
            let id = bartizan_wire::Value::String(id.to_owned());
            ListTagsForResource::read(bartizan_wire::Value::Map(vec![("ResourceId".to_owned(), id)])).is_ok()
        };
        for id in ["123456789012", "r-examplerootid111", "ou-examplerootid111-exampleouid111", "p-examplepolicyid111"] {
            assert!(read(id), "{id}");
        }
        for id in ["", "12345678901", "1234567890123", "r-abc", "R-ABCD", "o-exampleorgid", "123456789012 "] {
            assert!(!read(id), "{id:?}");
        }
    }

    #[test]
    fn tags_that_make_no_sense_are_refused() {
        let many: Vec<String> = (0..51).map(|number| format!("k{number}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|key| (key.as_str(), "")).collect();
        for (tags, code) in [
            (tags(&[("a", "1"), ("a", "1")]), "InvalidInputException"),
            (tags(&[("aws:a", "1")]), "InvalidInputException"),
            (tags(&[("AWS:a", "1")]), "InvalidInputException"),
            (tags(&many), "ConstraintViolationException"),
        ] {
            assert_eq!(requested(&tags).unwrap_err().code, code);
        }
        assert_eq!(requested(&tags(&[("a", "1"), ("A", "2"), ("xaws:", "aws:")])).unwrap().len(), 3);
        assert_eq!(requested(&tags(many.get(..50).unwrap())).unwrap().len(), 50);
    }
}
