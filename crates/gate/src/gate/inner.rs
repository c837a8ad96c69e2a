//! Calls from within: a service assumes a role that its customer has given it, and calls other services as that role. They
//! are authorised, run, committed and recorded as anyone's are; only that nothing has to be signed or read.
//!
//! As AWS documents for service roles, `aws:SourceArn` and `aws:SourceAccount` are in the request to assume the role and
//! in none after it, `aws:ViaAWSService` is false, and there is no `aws:CalledVia`: both are for services that go on with
//! their caller's own credentials.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice>

use std::{cell::RefCell, io::Read, net::Ipv4Addr, sync::Arc, time::Instant};

use bartizan_store::{AccountId, Snapshot, entity::AccountStatus};
use bartizan_wire::{ErrorReply, Schema, Value, json::Members};
use jiff::Timestamp;

use super::{Answered, Gate, Passage, session_may_call};
use crate::{
    Arn, Caller, Effect, Error, Identity, RequestFacts, Scope, Session, SessionOf,
    audit::{self, Event},
    authenticate::{Unauthenticated, identity_of},
    authorise, id,
    input::Called,
    metrics::Outcome,
    reply::{Refusal, reply},
    time::iso,
};

/// The service that roles are assumed of, as records name it.
const STS: &str = "sts.amazonaws.com";
/// Seconds that an assumed role is good for.
const LIFE: i64 = 3_600;

/// What a service assumes a role for.
#[derive(Debug, Clone, Copy)]
pub struct Assumes<'a> {
    /// The service's principal, `lookoutmetrics.amazonaws.com`.
    pub service: &'static str,
    /// The role.
    pub role_arn: &'a str,
    /// What the session is called.
    pub session_name: &'a str,
    /// The resource that the service works for, where there is one already.
    pub source_arn: Option<&'a str>,
    /// The account that the resource is in.
    pub source_account: AccountId,
    /// The Region that the service works in.
    pub region: &'a str,
}

/// A service as a role of its customer's. It ends after an hour; what it may do is asked at each call.
#[derive(Debug, Clone)]
pub struct Assumed {
    service: &'static str,
    region: String,
    session: Arc<Session>,
}

/// What a service gets back from another.
pub struct Reply {
    /// The operation's output.
    pub output: Value,
    /// The bytes that it answers with besides, of an object for example.
    pub body: Option<Box<dyn Read + Send>>,
}

/// Where calls from within can be made: at the [`Gate`] by what works beside it, and in an operation by its
/// [`Context`](crate::Context), which shows nothing else of the gate.
pub trait Calls {
    /// Lets a service assume a role of its customer's; see [`Gate::assume`].
    ///
    /// # Errors
    /// `AccessDenied` if the role's trust policy does not allow it.
    fn assume(&self, assumes: &Assumes<'_>) -> Result<Assumed, ErrorReply>;

    /// Calls another service as such a role; see [`Assumed::call`].
    ///
    /// # Errors
    /// As the other service's own callers get them.
    fn call(&self, role: &Assumed, service: &str, operation: &'static str, input: Value) -> Result<Reply, ErrorReply>;
}

impl Calls for Gate {
    fn assume(&self, assumes: &Assumes<'_>) -> Result<Assumed, ErrorReply> {
        Self::assume(self, assumes)
    }

    fn call(&self, role: &Assumed, service: &str, operation: &'static str, input: Value) -> Result<Reply, ErrorReply> {
        role.call(self, service, operation, input)
    }
}

impl Gate {
    /// Lets a service assume a role, if the role's trust policy allows it now.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
    ///
    /// # Errors
    /// `AccessDenied`, in the same words whether the role refuses or is not there.
    pub fn assume(&self, assumes: &Assumes<'_>) -> Result<Assumed, ErrorReply> {
        if !self.pending.has_room() {
            return Err(unrecordable());
        }
        let now = Timestamp::now();
        let assumed = self.assume_at(assumes, &self.store.snapshot(), now);
        let refusal = format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
            assumes.service, assumes.role_arn
        );
        let error = assumed.is_none().then_some(("AccessDenied", refusal.as_str()));
        let [request_id, event_id] = id::uuids(self.keyring()).unwrap_or_default();
        let (parameters, response) = (assumes.shown(), assumed.as_ref().map(|(assumed, caller)| assumed.shown(caller)));
        let event = Event {
            source: STS,
            operation: "AssumeRole",
            effect: Effect::Read,
            region: assumes.region,
            now,
            facts: &facts(assumes.service, request_id),
            caller: None,
            claimed_access_key: None,
            event_id: &event_id,
            parameters: Some(&parameters),
            response: response.as_deref(),
            error,
            recipient: Arn::parse(assumes.role_arn).and_then(|arn| arn.account.parse().ok()),
        };
        self.pending.push(now, &event.record());
        assumed.map(|(assumed, _)| assumed).ok_or_else(|| ErrorReply::new(403, "AccessDenied", refusal))
    }

    fn assume_at(&self, assumes: &Assumes<'_>, snapshot: &Snapshot, now: Timestamp) -> Option<(Assumed, Caller)> {
        let arn = Arn::parse(assumes.role_arn)?;
        let account: AccountId = arn.account.parse().ok()?;
        let name = arn.resource.strip_prefix("role/")?.rsplit('/').next()?;
        let role = snapshot.roles.by_name(account, name).filter(|role| role.arn() == assumes.role_arn)?;
        let session = Arc::new(Session {
            access_key_id: crate::UniqueId::TemporaryAccessKey.generate(self.keyring()).ok()?,
            account,
            of: SessionOf::Role(role.id.clone(), assumes.session_name.to_owned()),
            issued: now.as_second(),
            expires: now.as_second() + LIFE,
            policy: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            mfa_authenticated: None,
        });
        let assumed = Assumed { service: assumes.service, region: assumes.region.to_owned(), session };
        let caller = assumed.caller(snapshot, now).ok()?;
        let request = facts(assumes.service, String::new());
        // The keys of the caller are not asked for where a service asks; its account is the role's.
        let scope = Scope { snapshot, caller: &caller, now, region: assumes.region, request: &request, gate: self };
        let Assumes { service, source_arn, source_account, .. } = *assumes;
        authorise::service_may_assume(&scope, role, service, source_arn, source_account, &self.compiled)
            .then_some((assumed, caller))
    }
}

impl Assumed {
    /// Calls an operation of a service behind the gate. The input's members have their names on the wire.
    ///
    /// # Errors
    /// As the service's own callers get them.
    pub fn call(&self, gate: &Gate, service: &str, operation: &'static str, input: Value) -> Result<Reply, ErrorReply> {
        let began = Instant::now();
        let position = gate.services.iter().position(|known| known.name == service);
        let Some((service_index, service)) = position.and_then(|at| Some((at, gate.services.get(at)?))) else {
            return Err(ErrorReply::new(404, "UnknownService", format!("There is no service {service}.")));
        };
        let called = Called::inner(service, service.operation(operation), operation);
        let [request_id, event_id] = id::uuids(gate.keyring()).unwrap_or_default();
        let mut passage = Passage {
            service_index,
            called: &called,
            now: Timestamp::now(),
            facts: facts(self.service, request_id),
            region: service.region(&self.region),
            claimed_access_key: None,
            caller: None,
            event_id,
            parameters: None,
            body: RefCell::new(None),
        };
        let outcome = self.pass(gate, input, &mut passage);
        let (outcome, kind) = match outcome {
            Ok(Answered { output, streamed, recorded }) => {
                if !recorded {
                    let response = called.row.and_then(|row| gate.answer_shown(&passage, row, &output));
                    gate.pending.push(passage.now, &gate.record(&passage, response.as_deref(), None));
                }
                (Ok(Reply { output, body: streamed.map(|streamed| streamed.from) }), Outcome::Answered)
            }
            Err(refusal) => {
                let (error, kind) = reply(&refusal, service, operation);
                if gate.pending.has_room() {
                    let message = error.message.split("\n\n").next().unwrap_or_default();
                    gate.pending.push(passage.now, &gate.record(&passage, None, Some((&error.code, message))));
                }
                (Err(error), kind)
            }
        };
        gate.metrics.count(service.name, kind, began.elapsed());
        outcome
    }

    /// As a signed request passes: everything is asked anew on the newest state.
    fn pass(&self, gate: &Gate, input: Value, passage: &mut Passage<'_>) -> Result<Answered, Refusal> {
        if !gate.pending.has_room() {
            return Err(Refusal::Unrecordable);
        }
        let row = passage.called.row.ok_or(Refusal::UnknownOperation)?;
        if !row.signed {
            return Err(Error::Unavailable.into());
        }
        if let Some(shown) = gate.shown(passage, row) {
            if row.available {
                only_known(&shown.input, &input)?;
            }
            passage.parameters = Some(audit::shown(&shown.input, &input, passage.called.service.protocol));
        }
        loop {
            let snapshot = gate.store.snapshot();
            let caller = self.caller(&snapshot, passage.now).map_err(Refusal::Unauthenticated)?;
            let caller = passage.caller.insert(caller).clone();
            session_may_call(&caller, passage.called.service, row)?;
            if let Some(answered) = gate.run(row, input.clone(), &caller, &snapshot, passage)? {
                return Ok(answered);
            }
        }
    }

    /// Who it is now: the role may be gone, its account closed, the session over.
    pub(super) fn caller(&self, snapshot: &Snapshot, now: Timestamp) -> Result<Caller, Unauthenticated> {
        let session = &self.session;
        if session.expires <= now.as_second() {
            return Err(Unauthenticated::ExpiredToken);
        }
        let is_active = |status| status == AccountStatus::Active;
        if !snapshot.account(session.account).is_some_and(|account| is_active(account.status)) {
            return Err(Unauthenticated::InvalidToken);
        }
        let identity = identity_of(session, snapshot).ok_or(Unauthenticated::InvalidToken)?;
        let access_key_id = session.access_key_id.clone();
        Ok(Caller { account: session.account, identity, access_key_id, session: Some(Arc::clone(session)) })
    }

    /// The service's principal.
    pub(super) const fn service(&self) -> &'static str {
        self.service
    }

    /// The Region that it works in.
    pub(super) fn region(&self) -> &str {
        &self.region
    }

    /// The answer to AssumeRole, without secrets: there are none.
    fn shown(&self, caller: &Caller) -> Vec<u8> {
        let mut out = Vec::new();
        let mut answer = Members::begin(&mut out);
        let mut credentials = answer.object("credentials");
        credentials.string("accessKeyId", &self.session.access_key_id);
        credentials.string("expiration", &iso(self.session.expires));
        credentials.end();
        if let Identity::Role { role, session_name } = &caller.identity {
            let mut user = answer.object("assumedRoleUser");
            user.string("assumedRoleId", &caller.user_id());
            user.string("arn", &role.session_arn(session_name));
            user.end();
        }
        answer.end();
        out
    }
}

impl Assumes<'_> {
    fn shown(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut parameters = Members::begin(&mut out);
        parameters.string("roleArn", self.role_arn);
        parameters.string("roleSessionName", self.session_name);
        parameters.end();
        out
    }
}

/// What a request does not say by its wire name would be left out of it unseen.
fn only_known(schema: &Schema, input: &Value) -> Result<(), Error> {
    let Schema::Structure { members, .. } = schema else { return Ok(()) };
    let is_known = |name: &str| members.iter().any(|member| member.wire_name == name);
    let unknown = match input {
        Value::Structure(given) => given.iter().find(|(name, _)| !is_known(name)).map(|(name, _)| name.to_string()),
        Value::Map(given) => given.iter().find(|(name, _)| !is_known(name)).map(|(name, _)| name.clone()),
        _ => None,
    };
    unknown.map_or(Ok(()), |name| Err(Error::Internal(format!("an inner call gives {name}, which is not known"))))
}

pub(super) fn facts(service: &'static str, id: String) -> RequestFacts {
    RequestFacts {
        id,
        source_ip: Ipv4Addr::UNSPECIFIED.into(),
        user_agent: None,
        referer: None,
        // Nothing leaves the process.
        secure_transport: true,
        invoked_by: Some(service),
        signature: None,
    }
}

fn unrecordable() -> ErrorReply {
    ErrorReply::new(503, "ServiceUnavailable", "The service is unable to handle the request.")
}

#[cfg(test)]
#[path = "inner_tests.rs"]
mod tests;
