//! What a subscription is like.

use std::collections::BTreeMap;

use bartizan_gate::{Check, Checks, Context, Effect, Error, Fault, Operation, Scope};
use bartizan_store::entity::{Confirmation, Subscription};
use bartizan_wire::Shape;

use crate::{error, lookup, names};

/// <https://docs.aws.amazon.com/sns/latest/api/API_GetSubscriptionAttributes.html>
#[derive(Debug, Shape)]
#[shape(name = "GetSubscriptionAttributesInput")]
pub struct GetSubscriptionAttributes {
    subscription_arn: String,
}

#[derive(Debug, Shape)]
pub struct GetSubscriptionAttributesResponse {
    attributes: Option<BTreeMap<String, String>>,
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html>
#[derive(Debug, Shape)]
#[shape(name = "SetSubscriptionAttributesInput")]
pub struct SetSubscriptionAttributes {
    subscription_arn: String,
    attribute_name: String,
    attribute_value: Option<String>,
}

/// Sets one attribute.
///
/// # Errors
/// `InvalidParameter`
pub fn set(subscription: &mut Subscription, name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "RawMessageDelivery" => {
            let raw = match value {
                _ if value.eq_ignore_ascii_case("true") => true,
                _ if value.eq_ignore_ascii_case("false") => false,
                _ => {
                    let reason = format!("RawMessageDelivery: Invalid value [{value}]. Must be true or false.");
                    return Err(error::invalid_because("Attributes", &reason));
                }
            };
            if raw && !subscription.protocol.starts_with("http") {
                let reason = format!(
                    "RawMessageDelivery: Delivery protocol [{}] does not support raw message delivery.",
                    subscription.protocol
                );
                return Err(error::invalid_because("Attributes", &reason));
            }
            subscription.raw_message_delivery = raw;
            Ok(())
        }
        "FilterPolicy" | "FilterPolicyScope" | "RedrivePolicy" | "DeliveryPolicy" | "ReplayPolicy" => {
            let reason = format!("{name} is not available in this version of Bartizan");
            Err(error::invalid_because("Attributes", &reason))
        }
        _ => Err(error::invalid_parameter("AttributeName")),
    }
}

impl Operation for GetSubscriptionAttributes {
    const ACTION: &'static str = "sns:GetSubscriptionAttributes";
    const EFFECT: Effect = Effect::Read;
    type Output = GetSubscriptionAttributesResponse;

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        names::topic_of_subscription(scope, &self.subscription_arn)?;
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<GetSubscriptionAttributesResponse, Error> {
        let subscription = lookup::own_subscription(cx, &self.subscription_arn)?;
        let authenticated = matches!(subscription.confirmation, Confirmation::Confirmed { authenticated: true, .. });
        let attributes = [
            ("ConfirmationWasAuthenticated", authenticated.to_string()),
            ("Endpoint", subscription.endpoint.clone()),
            ("Owner", subscription.owner.to_string()),
            ("PendingConfirmation", (!subscription.is_confirmed()).to_string()),
            ("Protocol", subscription.protocol.clone()),
            ("RawMessageDelivery", subscription.raw_message_delivery.to_string()),
            ("SubscriptionArn", subscription.arn.clone()),
            ("SubscriptionPrincipal", subscription.principal.clone()),
            ("TopicArn", subscription.topic_arn.clone()),
        ];
        let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(GetSubscriptionAttributesResponse { attributes: Some(attributes) })
    }
}

impl Operation for SetSubscriptionAttributes {
    const ACTION: &'static str = "sns:SetSubscriptionAttributes";
    const EFFECT: Effect = Effect::Write;
    type Output = ();

    fn checks(&self, scope: &Scope<'_>) -> Result<Checks, Error> {
        names::topic_of_subscription(scope, &self.subscription_arn)?;
        Ok(Check::new(Self::ACTION, "*").into())
    }

    fn run(&self, cx: &mut Context<'_>) -> Result<(), Error> {
        let mut subscription = Subscription::clone(lookup::own_subscription(cx, &self.subscription_arn)?);
        set(&mut subscription, &self.attribute_name, self.attribute_value.as_deref().unwrap_or_default())?;
        cx.put(subscription);
        Ok(())
    }
}
