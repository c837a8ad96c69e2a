//! The audit trail: each request, allowed or denied, as a CloudTrail record.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bartizan_store::{
    Store,
    audit::{KeyUse, Record},
};
use bartizan_wire::{Protocol, Value, json};
use jiff::Timestamp;

use crate::{Caller, Effect, Identity, RequestFacts, Service};

/// Records that wait to be written. Beyond this many requests are refused rather than left unrecorded.
const CAPACITY: usize = 200_000;

/// The most bytes of a text that the caller chose, as CloudTrail has it for user agents and error messages.
const MAX_TEXT: usize = 1024;
/// The most bytes of parameters or of an answer, as CloudTrail has it. Longer ones are left out.
const MAX_VALUE: usize = 100 * 1024;

/// What has happened and is not written yet.
#[derive(Default)]
pub(crate) struct Pending {
    records: Mutex<Vec<Record>>,
    used: Mutex<HashMap<String, KeyUse>>,
}

/// All that a record tells.
pub(crate) struct Event<'a> {
    pub service: &'a Service,
    pub operation: &'a str,
    pub effect: Effect,
    pub region: &'a str,
    pub now: Timestamp,
    pub facts: &'a RequestFacts,
    pub caller: Option<&'a Caller>,
    /// The access key id of a request whose signature proved nothing.
    pub claimed_access_key: Option<&'a str>,
    pub event_id: &'a str,
    /// Without secrets.
    pub parameters: Option<&'a Value>,
    /// Without secrets; only for what changes something.
    pub response: Option<&'a Value>,
    pub error: Option<(&'a str, &'a str)>,
}

impl Pending {
    /// Whether there is room for the record of one more request.
    pub fn has_room(&self) -> bool {
        lock(&self.records).len() < CAPACITY
    }

    pub fn push(&self, record: Record) {
        lock(&self.records).push(record);
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
    pub fn take(&self) -> Vec<Record> {
        std::mem::take(&mut *lock(&self.records))
    }

    /// Puts back what could not be written, before what has come since.
    pub fn give_back(&self, records: Vec<Record>) {
        lock(&self.records).splice(0..0, records);
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
    /// The record.
    pub fn record(&self) -> Record {
        let mut out = String::with_capacity(1024);
        out.push_str(r#"{"eventVersion":"1.11","userIdentity":"#);
        self.identity(&mut out);
        field(&mut out, "eventTime", &second(self.now));
        field(&mut out, "eventSource", self.service.principal);
        field(&mut out, "eventName", within(self.operation, MAX_TEXT));
        field(&mut out, "awsRegion", self.region);
        field(&mut out, "sourceIPAddress", &self.facts.source_ip.to_string());
        if let Some(agent) = &self.facts.user_agent {
            field(&mut out, "userAgent", within(agent, MAX_TEXT));
        }
        if let Some((code, message)) = self.error {
            field(&mut out, "errorCode", code);
            field(&mut out, "errorMessage", within(message, MAX_TEXT));
        }
        self.value(&mut out, "requestParameters", self.parameters);
        self.value(&mut out, "responseElements", self.response);
        field(&mut out, "requestID", &self.facts.id);
        field(&mut out, "eventID", self.event_id);
        out.push_str(if self.effect == Effect::Read { r#","readOnly":true"# } else { r#","readOnly":false"# });
        field(&mut out, "eventType", "AwsApiCall");
        out.push_str(r#","managementEvent":true"#);
        if let Some(caller) = self.caller {
            field(&mut out, "recipientAccountId", &caller.account.to_string());
        }
        field(&mut out, "eventCategory", "Management");
        out.push('}');
        Record { time: self.now, json: out }
    }

    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
    fn identity(&self, out: &mut String) {
        let Some(caller) = self.caller else {
            out.push_str(r#"{"type":"Unknown""#);
            if let Some(id) = self.claimed_access_key {
                field(out, "accessKeyId", within(id, MAX_TEXT));
            }
            out.push('}');
            return;
        };
        out.push_str(match caller.identity {
            Identity::Root => r#"{"type":"Root""#,
            Identity::User(_) => r#"{"type":"IAMUser""#,
            Identity::Role { .. } => r#"{"type":"AssumedRole""#,
            Identity::FederatedUser { .. } => r#"{"type":"FederatedUser""#,
        });
        field(out, "principalId", &caller.user_id());
        field(out, "arn", &caller.arn());
        field(out, "accountId", &caller.account.to_string());
        field(out, "accessKeyId", &caller.access_key_id);
        if let Identity::User(user) = &caller.identity {
            field(out, "userName", &user.name);
        }
        let Some(session) = &caller.session else {
            out.push('}');
            return;
        };
        out.push_str(r#","sessionContext":{"sessionIssuer":{"#);
        let (kind, id, arn, name) = match &caller.identity {
            Identity::Role { role, .. } => ("Role", role.id.clone(), role.arn(), Some(&role.name)),
            Identity::User(user) | Identity::FederatedUser { issuer: Some(user), .. } => {
                ("IAMUser", user.id.clone(), user.arn(), Some(&user.name))
            }
            Identity::Root | Identity::FederatedUser { issuer: None, .. } => {
                ("Root", caller.account.to_string(), format!("arn:aws:iam::{}:root", caller.account), None)
            }
        };
        out.push_str(r#""type":"#);
        string(out, kind);
        field(out, "principalId", &id);
        field(out, "arn", &arn);
        field(out, "accountId", &caller.account.to_string());
        if let Some(name) = name {
            field(out, "userName", name);
        }
        out.push_str(r#"},"attributes":{"creationDate":"#);
        string(out, &second(Timestamp::from_second(session.issued).unwrap_or_default()));
        field(out, "mfaAuthenticated", if session.mfa_authenticated.is_some() { "true" } else { "false" });
        out.push('}');
        if let Some(source) = &session.source_identity {
            field(out, "sourceIdentity", source);
        }
        out.push_str("}}");
    }

    fn value(&self, out: &mut String, name: &str, value: Option<&Value>) {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":");
        match value {
            Some(value) if !value.is_null() && !is_empty(value) => {
                let cased = match self.service.protocol {
                    // Lookout for Metrics' records keep the capital first letter; the older services' do not.
                    Protocol::RestJson => value.clone(),
                    Protocol::Query { .. } | Protocol::Json { .. } => lower_camel(value.clone()),
                };
                match json::encode(&cased) {
                    encoded if encoded.len() <= MAX_VALUE => out.push_str(&String::from_utf8_lossy(&encoded)),
                    _ => out.push_str(r#"{"omitted":true}"#),
                }
            }
            _ => out.push_str("null"),
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Map(members) => members.is_empty(),
        Value::Structure(members) => members.is_empty(),
        _ => false,
    }
}

fn lower_camel(value: Value) -> Value {
    match value {
        Value::Structure(members) => {
            Value::Map(members.into_iter().map(|(name, value)| (lower_first(&name), lower_camel(value))).collect())
        }
        Value::Map(members) => {
            Value::Map(members.into_iter().map(|(name, value)| (lower_first(&name), lower_camel(value))).collect())
        }
        Value::List(items) => Value::List(items.into_iter().map(lower_camel).collect()),
        other => other,
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// As much of the text as fits.
fn within(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// CloudTrail's times have no fraction.
fn second(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).unwrap_or_default().to_string()
}

fn field(out: &mut String, name: &str, value: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":");
    string(out, value);
}

fn string(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
