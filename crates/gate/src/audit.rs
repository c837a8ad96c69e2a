//! The audit trail: each request, allowed or denied, as a CloudTrail record.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bartizan_store::{
    AccountId, Store,
    audit::{Batch, KeyUse},
};
use bartizan_wire::{Naming, Protocol, Schema, Value, json::Members};
use jiff::Timestamp;

use crate::{Caller, Effect, Identity, RequestFacts, time::iso};

/// Records that wait to be written. Beyond this many requests are refused rather than left unrecorded.
const CAPACITY: usize = 200_000;

/// The most bytes of a text that the caller chose, as CloudTrail has it for user agents and error messages.
const MAX_TEXT: usize = 1024;
/// The most bytes of parameters or of an answer, as CloudTrail has it. Longer ones are left out.
const MAX_VALUE: usize = 100 * 1024;

/// What has happened and is not written yet.
#[derive(Default)]
pub(crate) struct Pending {
    records: Mutex<Batch>,
    used: Mutex<HashMap<String, KeyUse>>,
}

/// All that a record tells.
pub(crate) struct Event<'a> {
    /// The principal of the service that is called.
    pub source: &'a str,
    pub operation: &'a str,
    pub effect: Effect,
    pub region: &'a str,
    pub now: Timestamp,
    pub facts: &'a RequestFacts,
    pub caller: Option<&'a Caller>,
    /// The access key id of a request whose signature proved nothing.
    pub claimed_access_key: Option<&'a str>,
    pub event_id: &'a str,
    /// As [`shown`] has it.
    pub parameters: Option<&'a [u8]>,
    /// As [`shown`] has it; only for what changes something.
    pub response: Option<&'a [u8]>,
    pub error: Option<(&'a str, &'a str)>,
    /// The account that the record is for.
    pub recipient: Option<AccountId>,
}

impl Pending {
    /// Whether there is room for the record of one more request.
    pub fn has_room(&self) -> bool {
        lock(&self.records).len() < CAPACITY
    }

    pub fn push(&self, time: Timestamp, record: &[u8]) {
        lock(&self.records).push(time, record);
    }

    pub fn used(&self, access_key_id: &str, now: Timestamp, service: &str, region: &str) {
        let mut used = lock(&self.used);
        if used
            .get(access_key_id)
            .is_some_and(|last| last.time.as_second() == now.as_second() && last.service == service)
        {
            return;
        }
        let (service, region) = (service.to_owned(), region.to_owned());
        used.insert(
            access_key_id.to_owned(),
            KeyUse { access_key_id: access_key_id.to_owned(), time: now, service, region },
        );
    }

    pub fn last_used(&self, access_key_id: &str) -> Option<KeyUse> {
        lock(&self.used).get(access_key_id).cloned()
    }

    /// Takes the records that wait, to be written now.
    pub fn take(&self) -> Batch {
        std::mem::take(&mut *lock(&self.records))
    }

    /// Puts back what could not be written, before what has come since.
    pub fn give_back(&self, mut records: Batch) {
        let mut newer = lock(&self.records);
        records.append(&newer);
        *newer = records;
    }

    /// Writes what waits. What could not be written waits on.
    pub fn flush(&self, store: &Store) {
        let records = self.take();
        let used = std::mem::take(&mut *lock(&self.used));
        if records.is_empty() && used.is_empty() {
            return;
        }
        let uses: Vec<KeyUse> = used.values().cloned().collect();
        if let Err(error) = store.record(&records, &uses) {
            tracing::error!(%error, waiting = records.len(), "the audit trail cannot be written");
            self.give_back(records);
            let mut newer = lock(&self.used);
            for (id, key) in used {
                newer.entry(id).or_insert(key);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Event<'_> {
    /// The record: one JSON text.
    pub fn record(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(2048);
        let mut record = Members::begin(&mut out);
        record.string("eventVersion", "1.11");
        self.identity(record.object("userIdentity"));
        record.string("eventTime", &iso(self.now.as_second()));
        record.string("eventSource", self.source);
        record.string("eventName", within(self.operation, MAX_TEXT));
        record.string("awsRegion", self.region);
        if let Some(service) = self.facts.invoked_by {
            record.string("sourceIPAddress", service);
            record.string("userAgent", service);
        } else {
            record.string("sourceIPAddress", &self.facts.source_ip.to_string());
            if let Some(agent) = &self.facts.user_agent {
                record.string("userAgent", within(agent, MAX_TEXT));
            }
        }
        if let Some((code, message)) = self.error {
            record.string("errorCode", code);
            record.string("errorMessage", within(message, MAX_TEXT));
        }
        record.name("requestParameters").extend_from_slice(self.parameters.unwrap_or(NOTHING));
        record.name("responseElements").extend_from_slice(self.response.unwrap_or(NOTHING));
        record.string("requestID", &self.facts.id);
        record.string("eventID", self.event_id);
        let read_only: &[u8] = if self.effect == Effect::Read { b"true" } else { b"false" };
        record.name("readOnly").extend_from_slice(read_only);
        record.string("eventType", "AwsApiCall");
        record.name("managementEvent").extend_from_slice(b"true");
        if let Some(account) = self.recipient {
            record.string("recipientAccountId", &account.to_string());
        }
        record.string("eventCategory", "Management");
        record.end();
        out
    }

    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
    fn identity(&self, mut identity: Members<'_>) {
        let Some(caller) = self.caller else {
            if let Some(service) = self.facts.invoked_by {
                identity.string("type", "AWSService");
                identity.string("invokedBy", service);
                return identity.end();
            }
            identity.string("type", "Unknown");
            if let Some(id) = self.claimed_access_key {
                identity.string("accessKeyId", within(id, MAX_TEXT));
            }
            return identity.end();
        };
        let kind = match caller.identity {
            Identity::Anonymous => {
                identity.string("type", "AWSAccount");
                identity.string("principalId", "");
                identity.string("accountId", "ANONYMOUS_PRINCIPAL");
                return identity.end();
            }
            Identity::Root => "Root",
            Identity::User(_) => "IAMUser",
            Identity::Role { .. } => "AssumedRole",
            Identity::FederatedUser { .. } => "FederatedUser",
        };
        let account = caller.account.to_string();
        identity.string("type", kind);
        identity.string("principalId", &caller.user_id());
        identity.string("arn", &caller.arn());
        identity.string("accountId", &account);
        identity.string("accessKeyId", &caller.access_key_id);
        if let Identity::User(user) = &caller.identity {
            identity.string("userName", &user.name);
        }
        if let Some(session) = &caller.session {
            let mut context = identity.object("sessionContext");
            issuer(caller, &account, context.object("sessionIssuer"));
            let mut attributes = context.object("attributes");
            attributes.string("creationDate", &iso(session.issued));
            attributes.string("mfaAuthenticated", if session.mfa_authenticated.is_some() { "true" } else { "false" });
            attributes.end();
            if let Some(source) = &session.source_identity {
                context.string("sourceIdentity", source);
            }
            context.end();
        }
        if let Some(service) = self.facts.invoked_by {
            identity.string("invokedBy", service);
        }
        identity.end();
    }
}

/// Whose session it is.
fn issuer(caller: &Caller, account: &str, mut issuer: Members<'_>) {
    let (kind, id, arn, name) = match &caller.identity {
        Identity::Role { role, .. } => ("Role", role.id.as_str(), role.arn(), Some(&role.name)),
        Identity::User(user) | Identity::FederatedUser { issuer: Some(user), .. } => {
            ("IAMUser", user.id.as_str(), user.arn(), Some(&user.name))
        }
        Identity::Anonymous | Identity::Root | Identity::FederatedUser { issuer: None, .. } => {
            ("Root", account, format!("arn:aws:iam::{account}:root"), None)
        }
    };
    issuer.string("type", kind);
    issuer.string("principalId", id);
    issuer.string("arn", &arn);
    issuer.string("accountId", account);
    if let Some(name) = name {
        issuer.string("userName", name);
    }
    issuer.end();
}

/// What is recorded where there is nothing.
const NOTHING: &[u8] = b"null";

/// Parameters or an answer as a record has them: JSON, without secrets.
pub(crate) fn shown(schema: &Schema, value: &Value, protocol: Protocol) -> Vec<u8> {
    let naming = match protocol {
        // Lookout for Metrics' records keep the capital first letter; the older services' do not.
        Protocol::RestJson => Naming::Wire,
        Protocol::Query { .. } | Protocol::Json { .. } => Naming::LowerFirst,
    };
    let mut out = Vec::new();
    schema.write_shown(&mut out, value, naming);
    match out.len() {
        _ if out == b"{}" => NOTHING.to_vec(),
        ..=MAX_VALUE => out,
        _ => br#"{"omitted":true}"#.to_vec(),
    }
}

/// As much of the text as fits.
fn within(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
