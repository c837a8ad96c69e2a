//! Alerts: whom a detector tells of anomalies.

pub mod delivery;
mod job;
pub mod message;

use std::collections::BTreeSet;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{entity, fold};
use bartizan_wire::{Faults, Place, Shape};
use jiff::Timestamp;

pub use delivery::deliver;
pub use job::{WORK, forget, jobs_for};

use crate::{
    configuration,
    error::{self, Quota, ResourceType},
    lookup,
    names::{self, AlertDescription, AlertName, Arn, ColumnName, MetricName, SensitivityThreshold},
    page::{MaxResults, NextToken, Paging},
    role,
    tag::{self, TagMap, Tags},
};

/// How many alerts a detector may have.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-quotas.html>
const MAX_ALERTS: usize = 10;

/// Makes an alert of a detector. Without a threshold, it tells of every anomaly that its filters let through.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_CreateAlert.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "CreateAlertRequest")]
pub struct CreateAlert {
    alert_name: AlertName,
    alert_sensitivity_threshold: Option<SensitivityThreshold>,
    alert_description: Option<AlertDescription>,
    anomaly_detector_arn: Arn,
    action: Action,
    tags: Option<TagMap>,
    alert_filters: Option<AlertFilters>,
}

/// What is done: exactly one of these.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct Action {
    #[shape(name = "SNSConfiguration")]
    sns_configuration: Option<SnsConfiguration>,
    lambda_configuration: Option<LambdaConfiguration>,
}

/// A message to a topic of Amazon SNS.
#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(name = "SNSConfiguration")]
pub struct SnsConfiguration {
    /// The role that publishes.
    role_arn: Arn,
    sns_topic_arn: Arn,
    sns_format: Option<SnsFormat>,
}

/// For whom a message is written. JSON unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum SnsFormat {
    /// For people with room, such as in electronic mail.
    LongText,
    /// For people without, such as on telephones.
    ShortText,
    /// For programs.
    Json,
}

/// A call of a function of AWS Lambda.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct LambdaConfiguration {
    /// The role that calls.
    role_arn: Arn,
    lambda_arn: Arn,
}

/// Which anomalies an alert is about.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct AlertFilters {
    metric_list: Option<MetricNameList>,
    dimension_filter_list: Option<DimensionFilterList>,
}

/// One of these measures.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 5)]
pub struct MetricNameList(Vec<MetricName>);

/// All of these.
#[derive(Debug, Clone, PartialEq, Shape)]
#[shape(min = 1, max = 5)]
pub struct DimensionFilterList(Vec<DimensionFilter>);

/// One of these values in this dimension.
#[derive(Debug, Clone, PartialEq, Shape)]
pub struct DimensionFilter {
    dimension_name: Option<ColumnName>,
    dimension_value_list: Option<DimensionValueList>,
}

/// Values of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Shape)]
#[shape(min = 1, max = 10)]
pub struct DimensionValueList(Vec<String>);

/// The new alert.
#[derive(Debug, Shape)]
pub struct CreateAlertResponse {
    alert_arn: Option<String>,
}

/// Describes an alert.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DescribeAlert.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DescribeAlertRequest")]
pub struct DescribeAlert {
    alert_arn: Arn,
}

/// The alert.
#[derive(Debug, Shape)]
pub struct DescribeAlertResponse {
    alert: Option<Alert>,
}

/// An alert.
#[derive(Debug, Shape)]
pub struct Alert {
    action: Option<Action>,
    alert_description: Option<AlertDescription>,
    alert_arn: Option<String>,
    anomaly_detector_arn: Option<String>,
    alert_name: Option<String>,
    alert_sensitivity_threshold: Option<SensitivityThreshold>,
    alert_type: Option<AlertType>,
    alert_status: Option<AlertStatus>,
    last_modification_time: Option<Timestamp>,
    creation_time: Option<Timestamp>,
    alert_filters: Option<AlertFilters>,
}

/// What an alert's action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AlertType {
    Sns,
    Lambda,
}

/// Whether an alert tells anyone. The API has nothing that would make one inactive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Shape)]
#[shape(screaming)]
pub enum AlertStatus {
    Active,
    Inactive,
}

/// Lists the alerts of the Region, or of a detector.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_ListAlerts.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "ListAlertsRequest")]
pub struct ListAlerts {
    anomaly_detector_arn: Option<Arn>,
    next_token: Option<NextToken>,
    max_results: Option<MaxResults>,
}

/// A page of alerts, in the order of their names.
#[derive(Debug, Shape)]
pub struct ListAlertsResponse {
    alert_summary_list: Option<Vec<AlertSummary>>,
    next_token: Option<NextToken>,
}

/// An alert in a list.
#[derive(Debug, Shape)]
pub struct AlertSummary {
    alert_arn: Option<String>,
    anomaly_detector_arn: Option<String>,
    alert_name: Option<String>,
    alert_sensitivity_threshold: Option<SensitivityThreshold>,
    alert_type: Option<AlertType>,
    alert_status: Option<AlertStatus>,
    last_modification_time: Option<Timestamp>,
    creation_time: Option<Timestamp>,
    tags: Option<Tags>,
}

/// Changes an alert. What is left out stays.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_UpdateAlert.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "UpdateAlertRequest")]
pub struct UpdateAlert {
    alert_arn: Arn,
    alert_description: Option<AlertDescription>,
    alert_sensitivity_threshold: Option<SensitivityThreshold>,
    action: Option<Action>,
    alert_filters: Option<AlertFilters>,
}

/// The changed alert.
#[derive(Debug, Shape)]
pub struct UpdateAlertResponse {
    alert_arn: Option<String>,
}

/// Deletes an alert.
///
/// <https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DeleteAlert.html>
#[derive(Debug, Clone, Shape)]
#[shape(name = "DeleteAlertRequest")]
pub struct DeleteAlert {
    alert_arn: Arn,
}

/// Nothing.
#[derive(Debug, Shape)]
pub struct DeleteAlertResponse;

/// What the store keeps of an alert besides its names, times and tags.
#[derive(Debug, Clone, PartialEq, Shape)]
struct Configuration {
    alert_description: Option<AlertDescription>,
    alert_sensitivity_threshold: Option<SensitivityThreshold>,
    action: Action,
    alert_filters: Option<AlertFilters>,
}

impl Operation for CreateAlert {
    const ACTION: &'static str = "lookoutmetrics:CreateAlert";
    const EFFECT: Effect = Effect::Write;
    type Output = CreateAlertResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let requested = tag::requested(self.tags.as_ref(), &Place::named("tags"))?;
        let arn = names::alert_arn(scope, self.alert_name.as_str());
        let mut checks = vec![
            lookup::on::<entity::Alert>(scope, Self::ACTION, &arn).request_tags(&requested),
            lookup::on::<entity::AnomalyDetector>(scope, Self::ACTION, self.anomaly_detector_arn.as_str())
                .request_tags(&requested),
        ];
        for role in self.action.role_arns() {
            checks.push(role::may_pass(scope, role)?);
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let detector = lookup::find::<entity::AnomalyDetector>(cx, &self.anomaly_detector_arn)?;
        let name = self.alert_name.as_str();
        let arn = names::alert_arn(cx, name);
        let all = names::alert_arn(cx, "");
        let mut others = names::beginning_with::<entity::Alert>(cx, &all);
        if let Some(other) = others.find(|other| fold(&other.name) == fold(name)) {
            return Err(error::already_exists(ResourceType::Alert, &other.arn));
        }
        if cx.snapshot.pointing_at::<entity::Alert>(cx.account(), &detector.arn).count() >= MAX_ALERTS {
            return Err(error::quota_exceeded(Quota::AlertsPerDetector, MAX_ALERTS, ResourceType::Alert, &arn));
        }
        let configuration = Configuration {
            alert_description: self.alert_description.clone(),
            alert_sensitivity_threshold: self.alert_sensitivity_threshold,
            action: self.action.clone().completed(),
            alert_filters: self.alert_filters.clone(),
        };
        configuration.must_be_valid()?;
        configuration.role_must_be_usable(cx, &detector.arn)?;
        cx.put(entity::Alert {
            account: cx.account(),
            anomaly_detector_arn: detector.arn.clone(),
            name: name.to_owned(),
            configuration: configuration::to_json(configuration, &arn)?,
            created: cx.now,
            modified: cx.now,
            tags: tag::requested(self.tags.as_ref(), &Place::named("tags"))?,
            arn: arn.clone(),
        });
        Ok(CreateAlertResponse { alert_arn: Some(arn) })
    }
}

impl Operation for DescribeAlert {
    const ACTION: &'static str = "lookoutmetrics:DescribeAlert";
    const EFFECT: Effect = Effect::Read;
    type Output = DescribeAlertResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::Alert>(scope, Self::ACTION, self.alert_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let alert = lookup::find::<entity::Alert>(cx, &self.alert_arn)?;
        let configuration = Configuration::of(alert)?;
        Ok(DescribeAlertResponse {
            alert: Some(Alert {
                alert_type: configuration.action.alert_type(),
                action: Some(configuration.action),
                alert_description: configuration.alert_description,
                alert_arn: Some(alert.arn.clone()),
                anomaly_detector_arn: Some(alert.anomaly_detector_arn.clone()),
                alert_name: Some(alert.name.clone()),
                alert_sensitivity_threshold: configuration.alert_sensitivity_threshold,
                alert_status: Some(AlertStatus::Active),
                last_modification_time: Some(alert.modified),
                creation_time: Some(alert.created),
                alert_filters: configuration.alert_filters,
            }),
        })
    }
}

impl Operation for ListAlerts {
    const ACTION: &'static str = "lookoutmetrics:ListAlerts";
    const EFFECT: Effect = Effect::Read;
    type Output = ListAlertsResponse;

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
                    .of_detector::<entity::Alert>(cx, &detector.arn)?
            }
            None => Paging::of::<Self>(cx, "", self.next_token.as_ref(), self.max_results)?
                .of_prefix::<entity::Alert>(cx, &names::alert_arn(cx, ""))?,
        };
        let summaries = page.into_iter().map(|alert| AlertSummary::of(alert));
        Ok(ListAlertsResponse { alert_summary_list: Some(summaries.collect::<Result<_, _>>()?), next_token })
    }
}

impl Operation for UpdateAlert {
    const ACTION: &'static str = "lookoutmetrics:UpdateAlert";
    const EFFECT: Effect = Effect::Write;
    type Output = UpdateAlertResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        let mut checks = vec![lookup::on::<entity::Alert>(scope, Self::ACTION, self.alert_arn.as_str())];
        for role in self.action.iter().flat_map(Action::role_arns) {
            checks.push(role::may_pass(scope, role)?);
        }
        Ok(checks.into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let mut alert = entity::Alert::clone(lookup::find(cx, &self.alert_arn)?);
        let arn = alert.arn.clone();
        let mut configuration = Configuration::of(&alert)?;
        if let Some(description) = &self.alert_description {
            configuration.alert_description = Some(description.clone());
        }
        if let Some(threshold) = self.alert_sensitivity_threshold {
            configuration.alert_sensitivity_threshold = Some(threshold);
        }
        if let Some(action) = &self.action {
            configuration.action = action.clone().completed();
        }
        if let Some(filters) = &self.alert_filters {
            configuration.alert_filters = Some(filters.clone());
        }
        configuration.must_be_valid()?;
        if self.action.is_some() {
            configuration.role_must_be_usable(cx, &alert.anomaly_detector_arn)?;
        }
        alert.configuration = configuration::to_json(configuration, &arn)?;
        alert.modified = cx.now;
        cx.put(alert);
        Ok(UpdateAlertResponse { alert_arn: Some(arn) })
    }
}

impl Operation for DeleteAlert {
    const ACTION: &'static str = "lookoutmetrics:DeleteAlert";
    const EFFECT: Effect = Effect::Write;
    type Output = DeleteAlertResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on::<entity::Alert>(scope, Self::ACTION, self.alert_arn.as_str()).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<Self::Output, Error> {
        let alert = lookup::find::<entity::Alert>(cx, &self.alert_arn)?;
        forget(cx, alert);
        Ok(DeleteAlertResponse)
    }
}

impl Action {
    /// The roles that are passed with it.
    fn role_arns(&self) -> impl Iterator<Item = &Arn> {
        let of_sns = self.sns_configuration.iter().map(|channel| &channel.role_arn);
        of_sns.chain(self.lambda_configuration.iter().map(|channel| &channel.role_arn))
    }

    const fn alert_type(&self) -> Option<AlertType> {
        match self {
            Self { sns_configuration: Some(_), .. } => Some(AlertType::Sns),
            Self { lambda_configuration: Some(_), .. } => Some(AlertType::Lambda),
            Self { sns_configuration: None, lambda_configuration: None } => None,
        }
    }

    /// The same with what goes without saying.
    fn completed(mut self) -> Self {
        if let Some(channel) = &mut self.sns_configuration {
            channel.sns_format.get_or_insert(SnsFormat::Json);
        }
        self
    }
}

impl Configuration {
    fn of(alert: &entity::Alert) -> Result<Self, Error> {
        configuration::of_json(&alert.configuration, &alert.arn)
    }

    fn must_be_valid(&self) -> Result<(), Error> {
        let faults = self.check();
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    /// That its role can tell anyone. Asked when an action is given, not when something else changes.
    fn role_must_be_usable(&self, scope: &Scope<'_>, detector: &str) -> Result<(), Error> {
        let action = Place::named("Action");
        if let Some(channel) = &self.action.sns_configuration {
            let place = action.member("SNSConfiguration");
            role::must_be_usable(scope, &channel.role_arn, &place.member("RoleArn"), detector)?;
        }
        if let Some(channel) = &self.action.lambda_configuration {
            let place = action.member("LambdaConfiguration");
            role::must_be_usable(scope, &channel.role_arn, &place.member("RoleArn"), detector)?;
        }
        Ok(())
    }

    /// All that is wrong with it by itself.
    fn check(&self) -> Faults {
        let mut faults = Faults::new();
        self.check_action(&mut faults);
        self.check_filters(&mut faults);
        faults
    }

    fn check_action(&self, faults: &mut Faults) {
        let place = Place::named("Action");
        if self.action.role_arns().count() != 1 {
            let constraint = "Member must have either an SNSConfiguration or a LambdaConfiguration";
            faults.unsatisfied(&place, None, constraint);
        }
        if let Some(channel) = &self.action.sns_configuration {
            let place = place.member("SNSConfiguration");
            must_be_of("sns", &channel.sns_topic_arn, &place.member("SnsTopicArn"), faults);
        }
        if let Some(channel) = &self.action.lambda_configuration {
            let place = place.member("LambdaConfiguration");
            must_be_of("lambda", &channel.lambda_arn, &place.member("LambdaArn"), faults);
        }
    }

    fn check_filters(&self, faults: &mut Faults) {
        let place = Place::named("AlertFilters");
        let list = place.member("DimensionFilterList");
        let filters = self.alert_filters.iter().filter_map(|filters| filters.dimension_filter_list.as_ref());
        let mut seen = BTreeSet::new();
        for (position, filter) in filters.flat_map(|list| list.as_slice()).enumerate() {
            let place = list.item(position + 1);
            let name = place.member("DimensionName");
            match &filter.dimension_name {
                None => faults.missing(&name),
                Some(dimension) if !seen.insert(dimension.as_str()) => {
                    let constraint = "Member must be there once only; give all of its values in one list";
                    faults.unsatisfied(&name, Some(dimension.as_str()), constraint);
                }
                Some(_) => {}
            }
            if filter.dimension_value_list.is_none() {
                faults.missing(&place.member("DimensionValueList"));
            }
        }
    }
}

fn must_be_of(service: &str, arn: &Arn, place: &Place<'_>, faults: &mut Faults) {
    if bartizan_gate::Arn::parse(arn.as_str()).is_none_or(|arn| arn.service != service) {
        faults.unsatisfied(place, Some(arn.as_str()), format!("Member must be an ARN of the service {service}"));
    }
}

impl AlertSummary {
    fn of(alert: &entity::Alert) -> Result<Self, Error> {
        let configuration = Configuration::of(alert)?;
        Ok(Self {
            alert_arn: Some(alert.arn.clone()),
            anomaly_detector_arn: Some(alert.anomaly_detector_arn.clone()),
            alert_name: Some(alert.name.clone()),
            alert_sensitivity_threshold: configuration.alert_sensitivity_threshold,
            alert_type: configuration.action.alert_type(),
            alert_status: Some(AlertStatus::Active),
            last_modification_time: Some(alert.modified),
            creation_time: Some(alert.created),
            tags: Some(tag::shown(&alert.tags)),
        })
    }
}

#[cfg(test)]
#[path = "alert_tests.rs"]
mod tests;
