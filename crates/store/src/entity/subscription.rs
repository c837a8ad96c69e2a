use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AccountId, Entity, Kind, Snapshot, Table};

/// A subscription to an SNS topic: an endpoint that is told, or that has been asked whether it wants to be.
///
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The topic's account.
    pub account: AccountId,
    /// Its ARN: the topic's, a colon and a UUID.
    pub arn: String,
    /// The topic's ARN.
    pub topic_arn: String,
    /// The account that subscribed.
    pub owner: AccountId,
    /// The ARN of the user, role or root user that subscribed.
    pub principal: String,
    /// `http`, `https`, `email` or `email-json`.
    pub protocol: String,
    /// An address of the web or of electronic mail.
    pub endpoint: String,
    /// Whether messages are sent as they were published, without an envelope.
    pub raw_message_delivery: bool,
    /// The endpoint's consent.
    pub confirmation: Confirmation,
}

/// Whether an endpoint wants what it was subscribed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Confirmation {
    /// It has been asked, and gets nothing until it has answered with the token.
    Pending {
        /// What only the endpoint knows.
        token: String,
        /// When it was last asked.
        asked: Timestamp,
    },
    /// It wants it.
    Confirmed {
        /// Whether the answer was signed.
        authenticated: bool,
        /// Whether only the owners of subscription and topic may cancel it; else whoever knows its ARN may.
        authenticate_on_unsubscribe: bool,
    },
}

impl Subscription {
    /// Whether the endpoint has confirmed it.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        matches!(self.confirmation, Confirmation::Confirmed { .. })
    }
}

impl Entity for Subscription {
    const KIND: Kind = Kind::Subscription;

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> &str {
        &self.arn
    }

    fn name(&self) -> Option<&str> {
        None
    }

    fn links(&self) -> Vec<&str> {
        vec![&self.topic_arn]
    }

    fn table(snapshot: &Snapshot) -> &Table<Self> {
        &snapshot.subscriptions
    }

    fn table_mut(snapshot: &mut Snapshot) -> &mut Table<Self> {
        &mut snapshot.subscriptions
    }
}
