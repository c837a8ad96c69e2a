//! Amazon Simple Notification Service: the Query API of version 2010-03-31, as far as topics, subscriptions over HTTP,
//! HTTPS and electronic mail, and messages go.
//!
//! One file a resource, and what several of them need:
//!
//! | file | what it holds |
//! |---|---|
//! | `topic`, `topic_attributes` | topics |
//! | `permission`, `topic_policy` | who may do what with a topic |
//! | `subscription`, `subscription_attributes` | who is told, and has agreed to be |
//! | `publish`, `notice` | what is told, and in which form |
//! | `delivery`, `retry_policy`, `mail` | the worker that tells it, again and again until it has or gives up |
//! | `lookup`, `names`, `page`, `tag`, `error` | what operations share |
//!
//! # Invariants
//! - What Publish has answered is told at least once to each subscription that was confirmed, or kept as undelivered.
//! - An endpoint is told nothing but how to confirm, until it has answered with the token that only it was sent.
//! - Who has signed nothing can confirm with a token, and cancel with the ARN of a subscription, and nothing else.
//!
//! # Not here
//! FIFO topics, filter policies, text messages, mobile push, queues; the signatures of messages. Operations for them
//! are authorised, and then say so.
//!
//! <https://docs.aws.amazon.com/sns/latest/dg/welcome.html>

mod delivery;
mod error;
mod lookup;
mod mail;
mod names;
mod notice;
mod page;
mod permission;
mod publish;
mod retry_policy;
mod subscription;
mod subscription_attributes;
mod tag;
mod topic;
mod topic_attributes;
mod topic_policy;

use bartizan_gate::{Row, Service, operation, unavailable};
use bartizan_wire::Protocol;

pub use delivery::Deliverer;
pub use mail::{InvalidMail, Mail};

use crate::{
    permission::{AddPermission, RemovePermission},
    publish::Publish,
    subscription::{ConfirmSubscription, ListSubscriptions, ListSubscriptionsByTopic, Subscribe, Unsubscribe},
    subscription_attributes::{GetSubscriptionAttributes, SetSubscriptionAttributes},
    tag::{ListTagsForResource, TagResource, UntagResource},
    topic::{CreateTopic, DeleteTopic, ListTopics},
    topic_attributes::{GetTopicAttributes, SetTopicAttributes},
};

/// SNS behind the gate.
pub const SERVICE: Service = Service {
    name: "sns",
    principal: "sns.amazonaws.com",
    protocol: Protocol::Query { version: VERSION, namespace: "http://sns.amazonaws.com/doc/2010-03-31/" },
    version: VERSION,
    operations: OPERATIONS,
    invalid: error::invalid,
};

/// Every operation of the API.
pub const OPERATIONS: &[Row] = &[
    operation::<AddPermission>(),
    unavailable("sns:CheckIfPhoneNumberIsOptedOut"),
    operation::<ConfirmSubscription>(),
    unavailable("sns:CreatePlatformApplication"),
    unavailable("sns:CreatePlatformEndpoint"),
    unavailable("sns:CreateSMSSandboxPhoneNumber"),
    operation::<CreateTopic>(),
    unavailable("sns:DeleteEndpoint"),
    unavailable("sns:DeletePlatformApplication"),
    unavailable("sns:DeleteSMSSandboxPhoneNumber"),
    operation::<DeleteTopic>(),
    unavailable("sns:GetDataProtectionPolicy"),
    unavailable("sns:GetEndpointAttributes"),
    unavailable("sns:GetPlatformApplicationAttributes"),
    unavailable("sns:GetSMSAttributes"),
    unavailable("sns:GetSMSSandboxAccountStatus"),
    operation::<GetSubscriptionAttributes>(),
    operation::<GetTopicAttributes>(),
    unavailable("sns:ListEndpointsByPlatformApplication"),
    unavailable("sns:ListOriginationNumbers"),
    unavailable("sns:ListPhoneNumbersOptedOut"),
    unavailable("sns:ListPlatformApplications"),
    unavailable("sns:ListSMSSandboxPhoneNumbers"),
    operation::<ListSubscriptions>(),
    operation::<ListSubscriptionsByTopic>(),
    operation::<ListTagsForResource>(),
    operation::<ListTopics>(),
    unavailable("sns:OptInPhoneNumber"),
    operation::<Publish>(),
    unavailable("sns:PublishBatch"),
    unavailable("sns:PutDataProtectionPolicy"),
    operation::<RemovePermission>(),
    unavailable("sns:SetEndpointAttributes"),
    unavailable("sns:SetPlatformApplicationAttributes"),
    unavailable("sns:SetSMSAttributes"),
    operation::<SetSubscriptionAttributes>(),
    operation::<SetTopicAttributes>(),
    operation::<Subscribe>(),
    operation::<TagResource>(),
    operation::<Unsubscribe>(),
    operation::<UntagResource>(),
    unavailable("sns:VerifySMSSandboxPhoneNumber"),
];

const VERSION: &str = "2010-03-31";
