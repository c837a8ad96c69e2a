//! The secrets of an account, found by what they are called, what they are for, and how they are tagged.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html>

use std::{collections::BTreeMap, sync::Arc};

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::entity::{self, Secret};
use bartizan_wire::Shape;
use jiff::Timestamp;

use crate::{
    lookup,
    names::{SecretArn, VersionId, VersionStages, shown_arn},
    page::{self, MaxResults, NextToken},
    secret::{ExternalSecretRotationMetadataItem, RotationRulesType, versions_to_stages},
    tag::{self, Tag},
};

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html>
#[derive(Debug, Shape)]
pub struct ListSecrets {
    include_planned_deletion: Option<bool>,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
    filters: Option<Filters>,
    sort_order: Option<SortOrderType>,
    sort_by: Option<SortByType>,
}

/// All of them must let a secret through (`FiltersListType`).
#[derive(Debug, Clone, Shape)]
#[shape(max = 10)]
pub struct Filters(Vec<Filter>);

/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html>
#[derive(Debug, Clone, Shape)]
pub struct Filter {
    key: Option<FilterNameStringType>,
    values: Option<FilterValues>,
}

/// One of them must be found (`FilterValuesStringList`).
#[derive(Debug, Clone, Shape)]
#[shape(min = 1, max = 10)]
pub struct FilterValues(Vec<FilterValue>);

/// What is looked for; with an exclamation mark before it, what must not be there (`FilterValueStringType`).
#[derive(Debug, Clone, Shape)]
#[shape(max = 512, pattern = r"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$")]
pub struct FilterValue(String);

/// Where it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum FilterNameStringType {
    #[shape(name = "description")]
    Description,
    #[shape(name = "name")]
    Name,
    #[shape(name = "tag-key")]
    TagKey,
    #[shape(name = "tag-value")]
    TagValue,
    #[shape(name = "primary-region")]
    PrimaryRegion,
    #[shape(name = "owning-service")]
    OwningService,
    #[shape(name = "all")]
    All,
}

/// Which come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum SortOrderType {
    #[shape(name = "asc")]
    Asc,
    #[shape(name = "desc")]
    Desc,
}

/// In which order. When a secret was last read is not kept: by that, all are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
pub enum SortByType {
    #[shape(name = "created-date")]
    CreatedDate,
    #[shape(name = "last-accessed-date")]
    LastAccessedDate,
    #[shape(name = "last-changed-date")]
    LastChangedDate,
    #[shape(name = "name")]
    Name,
}

#[derive(Debug, Shape)]
pub struct ListSecretsResponse {
    secret_list: Option<Vec<SecretListEntry>>,
    next_token: Option<NextToken>,
}

/// A secret in a list: as DescribeSecret has it.
///
/// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_SecretListEntry.html>
#[derive(Debug, Default, Shape)]
pub struct SecretListEntry {
    #[shape(name = "ARN")]
    arn: Option<SecretArn>,
    #[shape(min = 1, max = 256)]
    name: Option<String>,
    #[shape(min = 0, max = 256)]
    r#type: Option<String>,
    #[shape(max = 2048)]
    description: Option<String>,
    #[shape(min = 0, max = 2048)]
    kms_key_id: Option<String>,
    rotation_enabled: Option<bool>,
    #[shape(name = "RotationLambdaARN", min = 0, max = 2048)]
    rotation_lambda_arn: Option<String>,
    rotation_rules: Option<RotationRulesType>,
    external_secret_rotation_metadata: Option<Vec<ExternalSecretRotationMetadataItem>>,
    #[shape(min = 20, max = 2048)]
    external_secret_rotation_role_arn: Option<String>,
    last_rotated_date: Option<Timestamp>,
    last_changed_date: Option<Timestamp>,
    last_accessed_date: Option<Timestamp>,
    deleted_date: Option<Timestamp>,
    next_rotation_date: Option<Timestamp>,
    tags: Option<Vec<Tag>>,
    secret_versions_to_stages: Option<BTreeMap<VersionId, VersionStages>>,
    #[shape(min = 1, max = 128)]
    owning_service: Option<String>,
    created_date: Option<Timestamp>,
    #[shape(min = 1, max = 128, pattern = r"^([a-z]+-)+\d+$")]
    primary_region: Option<String>,
}

impl SecretListEntry {
    fn of(secret: &Secret) -> Result<Self, Error> {
        Ok(Self {
            arn: Some(shown_arn(&secret.arn)?),
            name: Some(secret.name.clone()),
            description: secret.description.clone(),
            last_changed_date: Some(secret.changed),
            deleted_date: secret.deletion,
            tags: tag::shown(&secret.tags)?,
            secret_versions_to_stages: versions_to_stages(secret)?,
            created_date: Some(secret.created),
            ..Self::default()
        })
    }
}

impl Filter {
    /// Whether one of the values is found. What is negated must not be found, whatever else is.
    fn lets_through(&self, secret: &Secret) -> bool {
        let (Some(key), Some(values)) = (self.key, &self.values) else { return true };
        let (mut wanted, mut found) = (false, false);
        for value in values.as_slice() {
            match value.as_str().strip_prefix('!') {
                Some(unwanted) if key.finds(secret, unwanted) => return false,
                Some(_) => {}
                None => {
                    wanted = true;
                    found = found || key.finds(secret, value.as_str());
                }
            }
        }
        found || !wanted
    }
}

impl FilterNameStringType {
    /// Whether the attribute begins with the value; the description whatever the case of its letters. `all` finds every
    /// word of the value somewhere.
    fn finds(self, secret: &Secret, value: &str) -> bool {
        let description = secret.description.as_deref().unwrap_or_default().to_lowercase();
        let tags = || secret.tags.iter();
        match self {
            Self::Description => description.starts_with(&value.to_lowercase()),
            Self::Name => secret.name.starts_with(value),
            Self::TagKey => tags().any(|tag| tag.key.starts_with(value)),
            Self::TagValue => tags().any(|tag| tag.value.starts_with(value)),
            Self::PrimaryRegion => secret.arn.split(':').nth(3).is_some_and(|region| region.starts_with(value)),
            // No service owns a secret here.
            Self::OwningService => false,
            Self::All => {
                let name = secret.name.to_lowercase();
                let holds = |tag: &entity::Tag, word: &str| {
                    tag.key.to_lowercase().contains(word) || tag.value.to_lowercase().contains(word)
                };
                value
                    .to_lowercase()
                    .split_whitespace()
                    .all(|word| name.contains(word) || description.contains(word) || tags().any(|tag| holds(tag, word)))
            }
        }
    }
}

impl SortByType {
    /// Where a secret stands: no two stand at the same place.
    fn position(self, secret: &Secret) -> String {
        let time = |time: Timestamp| format!("{:020}", time.as_microsecond());
        let first = match self {
            Self::CreatedDate => time(secret.created),
            Self::LastChangedDate => time(secret.changed),
            Self::LastAccessedDate => String::new(),
            Self::Name => secret.name.clone(),
        };
        format!("{first} {}", secret.arn)
    }
}

impl Operation for ListSecrets {
    const ACTION: &'static str = "secretsmanager:ListSecrets";
    const EFFECT: Effect = Effect::Read;
    type Output = ListSecretsResponse;

    fn checks(&self, _: &Scope<'_>) -> Result<Checks, Error> {
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<ListSecretsResponse, Error> {
        let by = self.sort_by.unwrap_or(SortByType::CreatedDate);
        let backwards = self.sort_order == Some(SortOrderType::Desc);
        let doomed = self.include_planned_deletion == Some(true);
        let here = format!("arn:aws:secretsmanager:{}:", cx.region);
        let filters = self.filters.as_ref().map(Filters::as_slice).unwrap_or_default();
        let is_wanted = |secret: &Arc<Secret>| {
            secret.arn.starts_with(&here)
                && lookup::is_there(secret, cx)
                && (doomed || secret.deletion.is_none())
                && filters.iter().all(|filter| filter.lets_through(secret))
        };
        let wanted = cx.snapshot.secrets.by_id_after(cx.account(), None).filter(|secret| is_wanted(secret));
        let mut secrets: Vec<(String, &Arc<Secret>)> = wanted.map(|secret| (by.position(secret), secret)).collect();
        secrets.sort_by(|(one, _), (other, _)| if backwards { other.cmp(one) } else { one.cmp(other) });
        let list = format!("{} {} {} {backwards}", Self::ACTION, cx.region, by.as_str());
        let (page, next_token) = page::take(
            cx,
            &list,
            self.next_token.as_ref(),
            self.max_results,
            secrets.into_iter(),
            backwards,
            |(position, _)| position.clone(),
        )?;
        let secrets = page.into_iter().map(|(_, secret)| SecretListEntry::of(secret)).collect::<Result<_, _>>()?;
        Ok(ListSecretsResponse { secret_list: Some(secrets), next_token })
    }
}
