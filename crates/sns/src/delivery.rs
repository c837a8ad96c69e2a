//! The worker that delivers what was published.
//!
//! Deliveries lie in the store from the commit of the call that made them until they are done, so that whatever ends the
//! process, the next one goes on: each is made at least once. One thread at a time works for a subscription, on a batch of
//! its oldest deliveries, so that an endpoint that is slow or dead holds up nobody but itself.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use bartizan_gate::{Gate, Unreached};
use bartizan_store::{
    Snapshot,
    delivery::{Delivery, End, Settled},
    entity::{Subscription, Topic},
};
use jiff::Timestamp;

use crate::{
    mail::{Letter, Mail},
    notice::{self, Notice},
    retry_policy::RetryPolicy,
};

/// How many subscriptions are delivered to at once.
const AT_ONCE: usize = 32;

/// How many deliveries to one subscription are made in a row, and settled in one transaction.
const BATCH: usize = 10;

/// How long to wait for news before looking whether something that was put off is due.
const PATIENCE: Duration = Duration::from_millis(200);

/// Where a letter says that it comes from, if its topic has no name to be shown.
const SENDER: &str = "Bartizan Notifications";

/// Delivers what was published, as long as the process lives.
pub struct Deliverer {
    /// Whose deliveries, and the way out.
    pub gate: Arc<Gate>,
    /// How electronic mail is sent, if it is.
    pub mail: Option<Mail>,
    /// Where endpoints find this installation, for the links to confirm and to cancel: `https://sns.example.com`.
    pub public_url: String,
}

/// Why a delivery failed.
struct Failure {
    why: String,
    /// Whether trying again may help.
    is_transient: bool,
    retry: RetryPolicy,
}

impl Deliverer {
    /// Works until `ended`, and then leaves what is under way to itself: it is done, or found again by the next process.
    pub fn run(self: Arc<Self>, ended: &AtomicBool) {
        let busy: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let mut heard = 0;
        while !ended.load(Ordering::Acquire) {
            let working = lock(&busy).clone();
            let free = AT_ONCE.saturating_sub(working.len());
            match self.gate.store().due_deliveries(Timestamp::now(), &working, free, BATCH) {
                Ok(batches) => {
                    for batch in batches.into_iter().filter(|batch| !batch.is_empty()) {
                        self.begin(batch, &busy);
                    }
                }
                Err(error) => tracing::error!(%error, "deliveries cannot be read"),
            }
            heard = self.gate.store().wait_for_deliveries(heard, PATIENCE);
        }
    }

    /// Delivers a batch on a thread of its own.
    fn begin(self: &Arc<Self>, batch: Vec<Delivery>, busy: &Arc<Mutex<BTreeSet<String>>>) {
        let Some(subscription) = batch.first().map(|delivery| delivery.subscription.clone()) else { return };
        lock(busy).insert(subscription.clone());
        let (worker, done) = (Arc::clone(self), Arc::clone(busy));
        let (name, freed) = ("delivery".to_owned(), subscription.clone());
        let spawned = thread::Builder::new().name(name).spawn(move || {
            worker.deliver(&batch);
            lock(&done).remove(&freed);
            worker.gate.store().wake_deliverer();
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "no thread to deliver with");
            lock(busy).remove(&subscription);
        }
    }

    fn deliver(&self, batch: &[Delivery]) {
        let settled: Vec<Settled> =
            batch.iter().map(|delivery| Settled { position: delivery.position, end: self.attempt(delivery) }).collect();
        if let Err(error) = self.gate.store().settle(&settled, Timestamp::now()) {
            // They are made again: at least once.
            tracing::error!(%error, "what was delivered cannot be written");
        }
    }

    /// One attempt, and what becomes of the delivery.
    fn attempt(&self, delivery: &Delivery) -> End {
        let snapshot = self.gate.store().snapshot();
        let Some(subscription) = snapshot.get::<Subscription>(delivery.account, &delivery.subscription) else {
            return End::Done;
        };
        let Some(notice) = Notice::of_document(&delivery.document) else {
            return undelivered(delivery, "what is to be delivered cannot be read".to_owned());
        };
        if !notice.is_wanted_by(subscription) {
            return End::Done;
        }
        let failure = match self.send(&snapshot, delivery, &notice, subscription) {
            Ok(()) => return End::Done,
            Err(failure) => failure,
        };
        match failure.retry.delay(delivery.attempts).filter(|_| failure.is_transient) {
            Some(delay) => {
                let due = Timestamp::now().checked_add(delay).unwrap_or(Timestamp::MAX);
                End::Again { due, error: failure.why }
            }
            None => undelivered(delivery, failure.why),
        }
    }

    fn send(
        &self,
        snapshot: &Snapshot,
        delivery: &Delivery,
        notice: &Notice,
        subscription: &Subscription,
    ) -> Result<(), Failure> {
        let topic = snapshot.get::<Topic>(delivery.account, &delivery.topic);
        let unwritable = || Failure {
            why: "what is to be delivered cannot be written".to_owned(),
            is_transient: false,
            retry: RetryPolicy::MAIL,
        };
        let envelope = || notice.envelope(delivery, subscription, &self.public_url).ok_or_else(unwritable);
        match subscription.protocol.as_str() {
            "http" | "https" => {
                let policy = topic.and_then(|topic| topic.delivery_policy.as_deref());
                let retry = RetryPolicy::in_force(policy);
                let sent = match notice {
                    Notice::Notification { .. } if subscription.raw_message_delivery => {
                        self.post(delivery, notice, subscription, &notice.text(subscription), true)
                    }
                    _ => self.post(delivery, notice, subscription, &envelope()?, false),
                };
                sent.map_err(|error| Failure { why: error.to_string(), is_transient: error.is_transient(), retry })
            }
            protocol => {
                let text = match protocol {
                    "email-json" => envelope()?,
                    _ => self.letter(notice, subscription, delivery),
                };
                let sent = match &self.mail {
                    Some(mail) => mail.send(Letter {
                        id: &format!("{}-{}", delivery.message, delivery.position),
                        sender: topic
                            .map(|topic| topic.display_name.as_str())
                            .filter(|name| !name.is_empty())
                            .unwrap_or(SENDER),
                        to: &subscription.endpoint,
                        subject: subject(notice),
                        text,
                    }),
                    None => Err("this installation sends no electronic mail".to_owned()),
                };
                sent.map_err(|why| Failure { why, is_transient: true, retry: RetryPolicy::MAIL })
            }
        }
    }

    /// <https://docs.aws.amazon.com/sns/latest/dg/http-header.html>
    fn post(
        &self,
        delivery: &Delivery,
        notice: &Notice,
        subscription: &Subscription,
        body: &str,
        raw: bool,
    ) -> Result<(), Unreached> {
        let mut headers = vec![
            ("content-type", "text/plain; charset=UTF-8"),
            ("x-amz-sns-message-type", notice.kind()),
            ("x-amz-sns-message-id", &delivery.message),
            ("x-amz-sns-topic-arn", &delivery.topic),
        ];
        if subscription.is_confirmed() {
            headers.push(("x-amz-sns-subscription-arn", &subscription.arn));
        }
        if raw {
            headers.push(("x-amz-sns-rawdelivery", "true"));
        }
        self.gate.outbound().post(&subscription.endpoint, &headers, body.as_bytes())
    }

    /// What people read.
    fn letter(&self, notice: &Notice, subscription: &Subscription, delivery: &Delivery) -> String {
        match (notice, &subscription.confirmation) {
            (Notice::SubscriptionConfirmation { .. }, bartizan_store::entity::Confirmation::Pending { token, .. }) => {
                format!(
                    "You have chosen to subscribe to the topic:\n{}\n\nTo confirm this subscription, open this link (if this \
                 was in error, no action is necessary):\n{}\n",
                    delivery.topic,
                    notice::subscribe_url(&self.public_url, &delivery.topic, token)
                )
            }
            _ => format!(
                "{}\n\n--\nIf you wish to stop receiving notifications from this topic, please open this link:\n{}\n",
                notice.text(subscription),
                notice::unsubscribe_url(&self.public_url, &subscription.arn)
            ),
        }
    }
}

fn subject(notice: &Notice) -> &str {
    match notice {
        Notice::SubscriptionConfirmation { .. } => "AWS Notification - Subscription Confirmation",
        Notice::Notification { subject, .. } => subject.as_deref().unwrap_or("AWS Notification Message"),
    }
}

fn undelivered(delivery: &Delivery, error: String) -> End {
    let (message, subscription) = (&delivery.message, &delivery.subscription);
    tracing::warn!(message, subscription, error, attempts = delivery.attempts + 1, "not delivered");
    End::Undelivered { at: Timestamp::now(), error }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
