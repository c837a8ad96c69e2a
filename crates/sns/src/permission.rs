//! Permissions: statements of a topic's policy, by their label.

use bartizan_gate::{Checks, Context, Effect, Error, Operation, Scope};
use bartizan_store::{AccountId, entity::Topic};
use bartizan_wire::Shape;

use crate::{error, lookup, names::TopicArn, topic_policy};

/// <https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html>
#[derive(Debug, Shape)]
#[shape(name = "AddPermissionInput")]
pub struct AddPermission {
    topic_arn: String,
    label: String,
    #[shape(name = "AWSAccountId")]
    aws_account_id: Vec<String>,
    action_name: Vec<String>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_RemovePermission.html>
#[derive(Debug, Shape)]
#[shape(name = "RemovePermissionInput")]
pub struct RemovePermission {
    topic_arn: String,
    label: String,
}

impl Operation for AddPermission {
    const ACTION: &'static str = "sns:AddPermission";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &TopicArn::read(scope, &self.topic_arn, "TopicArn")?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut topic = Topic::clone(lookup::topic(cx, &TopicArn::read(cx, &self.topic_arn, "TopicArn")?)?);
        if self.label.is_empty() {
            return Err(error::invalid_parameter("Label").into());
        }
        if self.aws_account_id.is_empty() || self.aws_account_id.iter().any(|id| id.parse::<AccountId>().is_err()) {
            return Err(error::invalid_parameter("AWSAccountId").into());
        }
        let known = |action: &String| topic_policy::ACTIONS.contains(&action.as_str());
        if self.action_name.is_empty() || !self.action_name.iter().all(known) {
            return Err(topic_policy::out_of_scope().into());
        }
        topic.policy = topic_policy::with_permission(
            cx.snapshot,
            &topic.policy,
            &topic.arn,
            &self.label,
            &self.aws_account_id,
            &self.action_name,
        )?;
        cx.put(topic);
        Ok(())
    }
}

impl Operation for RemovePermission {
    const ACTION: &'static str = "sns:RemovePermission";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        Ok(lookup::on_topic(scope, Self::ACTION, &TopicArn::read(scope, &self.topic_arn, "TopicArn")?).into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut topic = Topic::clone(lookup::topic(cx, &TopicArn::read(cx, &self.topic_arn, "TopicArn")?)?);
        topic.policy = topic_policy::without_permission(cx.snapshot, &topic.policy, &self.label)?;
        cx.put(topic);
        Ok(())
    }
}
