//! Datasets, which the API calls metric sets: what a detector reads, and how.

mod plan;
mod rules;
mod sample;
mod supply;
mod timestamp_format;

pub use plan::format;
pub use supply::Supply;

use std::sync::Arc;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{entity, fold};
use bartizan_wire::{Place, Shape};
use jiff::Timestamp;

use crate::{
    configuration,
    data::Plan,
    error::{self, Quota, ResourceType},
    lookup,
    metric_source::MetricSource,
    names::{self, Arn, ColumnName, Frequency, MetricSetDescription, MetricSetName},
    page::{MaxResults, NextToken, Paging},
    role,
    tag::{self, TagMap, Tags},
};

/// How many datasets a detector may have.
const MAX_METRIC_SETS: usize = 1;

/// Gives a detector its dataset.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_CreateMetricSet.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "CreateMetricSetRequest")]
pub struct CreateMetricSet {
    anomaly_detector_arn: Arn,
    metric_set_name: MetricSetName,
    metric_set_description: Option<MetricSetDescription>,
    metric_list: MetricList,
    offset: Option<Offset>,
    timestamp_column: Option<TimestampColumn>,
    dimension_list: Option<DimensionList>,
    metric_set_frequency: Option<Frequency>,
    metric_source: MetricSource,
    timezone: Option<Timezone>,
    tags: Option<TagMap>,
    dimension_filter_list: Option<Vec<MetricSetDimensionFilter>>,
}

/// The measures of a dataset.
#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(min = 1)]
pub struct MetricList(Vec<Metric>);

/// A measure: a column, and how its values of one interval become one.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct Metric {
    metric_name: ColumnName,
    aggregation_function: AggregationFunction,
    /// For Amazon CloudWatch.
    #[shape(min = 1, max = 255, pattern = r"[^:].*")]
    namespace: Option<String>,
}

/// How several values become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AggregationFunction {
    Avg,
    Sum,
}

/// For how many seconds after its end an interval's data is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(min = 0, max = 432_000)]
pub struct Offset(i32);

/// The column that says when.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct TimestampColumn {
    column_name: Option<ColumnName>,
    /// A pattern in Java's letters: `yyyy-MM-dd HH:mm:ss`.
    #[shape(max = 63, pattern = r".*\S.*")]
    column_format: Option<String>,
}

/// The dimensions of a dataset.
#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(min = 1)]
pub struct DimensionList(Vec<ColumnName>);

/// Where timestamps and paths are local: a name of the IANA's; UTC if there is none.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(max = 60, pattern = r".*\S.*")]
pub struct Timezone(String);

/// Which rows count: those with one of these values in this dimension.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct MetricSetDimensionFilter {
    name: Option<ColumnName>,
    filter_list: Option<FilterList>,
}

/// The values of which one must be there.
#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(min = 1)]
pub struct FilterList(Vec<Filter>);

/// One value, and what to do with it.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct Filter {
    dimension_value: Option<String>,
    filter_operation: Option<FilterOperation>,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum FilterOperation {
    Equals,
}

/// The new dataset.
#[derive(Debug, Shape)]
pub struct CreateMetricSetResponse {
    metric_set_arn: Option<String>,
}

/// Describes a dataset.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DescribeMetricSet.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DescribeMetricSetRequest")]
pub struct DescribeMetricSet {
    metric_set_arn: Arn,
}

/// A dataset.
#[derive(Debug, Shape)]
pub struct DescribeMetricSetResponse {
    metric_set_arn: Option<String>,
    anomaly_detector_arn: Option<String>,
    metric_set_name: Option<String>,
    metric_set_description: Option<MetricSetDescription>,
    creation_time: Option<Timestamp>,
    last_modification_time: Option<Timestamp>,
    offset: Option<Offset>,
    metric_list: Option<MetricList>,
    timestamp_column: Option<TimestampColumn>,
    dimension_list: Option<DimensionList>,
    metric_set_frequency: Option<Frequency>,
    timezone: Option<Timezone>,
    metric_source: Option<MetricSource>,
    dimension_filter_list: Option<Vec<MetricSetDimensionFilter>>,
}

/// Lists the datasets of the Region, or of a detector.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListMetricSets.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListMetricSetsRequest")]
pub struct ListMetricSets {
    anomaly_detector_arn: Option<Arn>,
    max_results: Option<MaxResults>,
    next_token: Option<NextToken>,
}

/// A page of datasets, in the order of their ARNs.
#[derive(Debug, Shape)]
pub struct ListMetricSetsResponse {
    metric_set_summary_list: Option<Vec<MetricSetSummary>>,
    next_token: Option<NextToken>,
}

/// A dataset in a list.
#[derive(Debug, Shape)]
pub struct MetricSetSummary {
    metric_set_arn: Option<String>,
    anomaly_detector_arn: Option<String>,
    metric_set_description: Option<MetricSetDescription>,
    metric_set_name: Option<String>,
    creation_time: Option<Timestamp>,
    last_modification_time: Option<Timestamp>,
    tags: Option<Tags>,
}

/// Changes a dataset. What is left out stays; the time zone cannot change.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_UpdateMetricSet.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "UpdateMetricSetRequest")]
pub struct UpdateMetricSet {
    metric_set_arn: Arn,
    metric_set_description: Option<MetricSetDescription>,
    metric_list: Option<MetricList>,
    offset: Option<Offset>,
    timestamp_column: Option<TimestampColumn>,
    dimension_list: Option<DimensionList>,
    metric_set_frequency: Option<Frequency>,
    metric_source: Option<MetricSource>,
    dimension_filter_list: Option<Vec<MetricSetDimensionFilter>>,
}

/// The changed dataset.
#[derive(Debug, Shape)]
pub struct UpdateMetricSetResponse {
    metric_set_arn: Option<String>,
}

/// What the store keeps of a dataset besides its names, times and tags.
#[derive(Debug, Clone, PartialEq, Shape)]
struct Configuration {
    metric_set_description: Option<MetricSetDescription>,
    metric_list: MetricList,
    offset: Option<Offset>,
    timestamp_column: Option<TimestampColumn>,
    dimension_list: Option<DimensionList>,
    /// The detector's, if there is none.
    metric_set_frequency: Option<Frequency>,
    metric_source: MetricSource,
    timezone: Option<Timezone>,
    dimension_filter_list: Option<Vec<MetricSetDimensionFilter>>,
}

impl Operation for CreateMetricSet {
    const ACTION: &'static str = "lookoutmetrics:CreateMetricSet";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateMetricSetResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let requested = tag::requested(self.tags.as_ref(), &Place::named("tags"))?;
        let detector = &self.anomaly_detector_arn;
        let mut checks = vec![
            lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, detector.as_str()).request_tags(&requested),
        ];
        // What is no detector's ARN has no dataset to name, and finds no detector when this runs.
        if let Some(name) = names::anomaly_detector_name(detector) {
            let arn = names::metric_set_arn(scope, name, self.metric_set_name.as_str());
            checks.push(lookup::on::<entity::MetricSet>(scope, Self::ACTION, &arn).request_tags(&requested));
        }
        for role in self.metric_source.role_arns() {
            checks.push(role::may_pass(scope, role)?);
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let name = self.metric_set_name.as_str();
        let arn = names::metric_set_arn(cx, &detector.name, name);
        let mut others = 0;
        for other in cx.snapshot.pointing_at::<entity::MetricSet>(cx.account(), &detector.arn) {
            if fold(&other.name) == fold(name) {
                return Err(error::already_exists(ResourceType::MetricSet, &other.arn));
            }
            others += 1;
        }
        if others >= MAX_METRIC_SETS {
            return Err(error::quota_exceeded(
                Quota::MetricSetsPerDetector,
                MAX_METRIC_SETS,
                ResourceType::MetricSet,
                &arn,
            ));
        }
        let configuration = Configuration::from(self.clone());
        let plan = configuration.must_be_valid(detector, &arn)?;
        configuration.data_must_be_readable(cx, detector, &plan)?;
        cx.put(entity::MetricSet {
            account: cx.account(),
            anomaly_detector_arn: detector.arn.clone(),
            name: name.to_owned(),
            configuration: configuration::to_json(configuration, &arn)?,
            created: cx.now,
            modified: cx.now,
            tags: tag::requested(self.tags.as_ref(), &Place::named("tags"))?,
            arn: arn.clone(),
        });
        Ok(CreateMetricSetResponse { metric_set_arn: Some(arn) })
    }
}

impl Operation for DescribeMetricSet {
    const ACTION: &'static str = "lookoutmetrics:DescribeMetricSet";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeMetricSetResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::MetricSet>(scope, Self::ACTION, self.metric_set_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let metric_set = lookup::find::<entity::MetricSet>(cx, &self.metric_set_arn)?;
        let configuration = Configuration::of(metric_set)?;
        Ok(DescribeMetricSetResponse {
            metric_set_arn: Some(metric_set.arn.clone()),
            anomaly_detector_arn: Some(metric_set.anomaly_detector_arn.clone()),
            metric_set_name: Some(metric_set.name.clone()),
            metric_set_description: configuration.metric_set_description,
            creation_time: Some(metric_set.created),
            last_modification_time: Some(metric_set.modified),
            offset: configuration.offset,
            metric_list: Some(configuration.metric_list),
            timestamp_column: configuration.timestamp_column,
            dimension_list: configuration.dimension_list,
            metric_set_frequency: configuration.metric_set_frequency,
            timezone: configuration.timezone,
            metric_source: Some(configuration.metric_source),
            dimension_filter_list: configuration.dimension_filter_list,
        })
    }
}

impl Operation for ListMetricSets {
    const ACTION: &'static str = "lookoutmetrics:ListMetricSets";
    const EFFECT: Effect = Effect::Read;
    type Output = ListMetricSetsResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(match &self.anomaly_detector_arn {
            Some(detector) => lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, detector.as_str()),
            None => Check::new(Self::ACTION, "*"),
        }
        .into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let (page, next_token) = match &self.anomaly_detector_arn {
            Some(detector) => {
                let detector = lookup::find::<entity::AnomalyDetector>(cx, detector)?;
                Paging::of::<Self>(cx, &detector.arn, self.next_token.as_ref(), self.max_results)?
                    .of_detector::<entity::MetricSet>(cx, &detector.arn)?
            }
            None => Paging::of::<Self>(cx, "", self.next_token.as_ref(), self.max_results)?
                .of_prefix::<entity::MetricSet>(cx, &names::metric_sets_prefix(cx))?,
        };
        let summaries = page.into_iter().map(|metric_set| MetricSetSummary::of(metric_set));
        Ok(ListMetricSetsResponse { metric_set_summary_list: Some(summaries.collect::<Result<_, _>>()?), next_token })
    }
}

impl Operation for UpdateMetricSet {
    const ACTION: &'static str = "lookoutmetrics:UpdateMetricSet";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateMetricSetResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let mut checks = vec![lookup::on::<entity::MetricSet>(scope, Self::ACTION, self.metric_set_arn.as_str())];
        for role in self.metric_source.iter().flat_map(MetricSource::role_arns) {
            checks.push(role::may_pass(scope, role)?);
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let mut metric_set = entity::MetricSet::clone(lookup::find(cx, &self.metric_set_arn)?);
        let arn = metric_set.arn.clone();
        let detector = detector_of(cx, &metric_set)?;
        let mut configuration = Configuration::of(&metric_set)?;
        configuration.update(self.clone());
        let plan = configuration.must_be_valid(detector, &arn)?;
        if self.changes_what_is_read() {
            configuration.data_must_be_readable(cx, detector, &plan)?;
        }
        metric_set.configuration = configuration::to_json(configuration, &arn)?;
        metric_set.modified = cx.now;
        cx.put(metric_set);
        Ok(UpdateMetricSetResponse { metric_set_arn: Some(arn) })
    }
}

/// That the detector's dataset goes with this interval of the detector's.
///
/// # Errors
/// `ValidationException` if not.
pub fn must_suit_frequency(scope: &Scope<'_>, detector: &str, frequency: Frequency) -> Result<(), Error> {
    for metric_set in scope.snapshot.pointing_at::<entity::MetricSet>(scope.account(), detector) {
        let mut faults = bartizan_wire::Faults::new();
        rules::check_frequency(&Configuration::of(metric_set)?, frequency, &mut faults);
        if !faults.is_empty() {
            let config = Place::named("AnomalyDetectorConfig");
            let place = config.member("AnomalyDetectorFrequency");
            let constraint = format!("Member must suit the dataset {}", metric_set.arn);
            return Err(error::invalid_field(&place, Some(frequency.as_str()), &constraint));
        }
    }
    Ok(())
}

/// A dataset does not outlive its detector.
fn detector_of<'a>(
    scope: &Scope<'a>,
    metric_set: &entity::MetricSet,
) -> Result<&'a Arc<entity::AnomalyDetector>, Error> {
    scope
        .snapshot
        .anomaly_detectors
        .by_id(scope.account(), &metric_set.anomaly_detector_arn)
        .ok_or_else(|| error::damaged(&metric_set.arn, "its detector is not there"))
}

impl UpdateMetricSet {
    /// Whether another role, other files or other columns are read from now on.
    const fn changes_what_is_read(&self) -> bool {
        self.metric_source.is_some()
            || self.timestamp_column.is_some()
            || self.metric_list.is_some()
            || self.dimension_list.is_some()
    }
}

impl Configuration {
    fn of(metric_set: &entity::MetricSet) -> Result<Self, Error> {
        configuration::of_json(&metric_set.configuration, &metric_set.arn)
    }

    /// That a detector can work with it, as far as can be said without its data and its role: the plan that it makes.
    fn must_be_valid(&self, detector: &entity::AnomalyDetector, arn: &str) -> Result<Plan, Error> {
        rules::check_quotas(self, arn)?;
        let frequency = configuration::frequency_of(detector)?;
        let faults = rules::check(self, frequency);
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        // What the rules let through can be read: nobody shall learn otherwise from a detector that fails.
        self.plan(frequency, arn)
    }

    fn update(&mut self, change: UpdateMetricSet) {
        fn replace<T>(kept: &mut Option<T>, given: Option<T>) {
            if given.is_some() {
                *kept = given;
            }
        }
        replace(&mut self.metric_set_description, change.metric_set_description);
        replace(&mut self.offset, change.offset);
        replace(&mut self.timestamp_column, change.timestamp_column);
        replace(&mut self.dimension_list, change.dimension_list);
        replace(&mut self.metric_set_frequency, change.metric_set_frequency);
        replace(&mut self.dimension_filter_list, change.dimension_filter_list);
        if let Some(metric_list) = change.metric_list {
            self.metric_list = metric_list;
        }
        if let Some(metric_source) = change.metric_source {
            self.metric_source = metric_source;
        }
    }
}

impl From<CreateMetricSet> for Configuration {
    fn from(new: CreateMetricSet) -> Self {
        Self {
            metric_set_description: new.metric_set_description,
            metric_list: new.metric_list,
            offset: new.offset,
            timestamp_column: new.timestamp_column,
            dimension_list: new.dimension_list,
            metric_set_frequency: new.metric_set_frequency,
            metric_source: new.metric_source,
            timezone: new.timezone,
            dimension_filter_list: new.dimension_filter_list,
        }
    }
}

impl MetricSetSummary {
    fn of(metric_set: &entity::MetricSet) -> Result<Self, Error> {
        Ok(Self {
            metric_set_arn: Some(metric_set.arn.clone()),
            anomaly_detector_arn: Some(metric_set.anomaly_detector_arn.clone()),
            metric_set_description: Configuration::of(metric_set)?.metric_set_description,
            metric_set_name: Some(metric_set.name.clone()),
            creation_time: Some(metric_set.created),
            last_modification_time: Some(metric_set.modified),
            tags: Some(tag::shown(&metric_set.tags)),
        })
    }
}
