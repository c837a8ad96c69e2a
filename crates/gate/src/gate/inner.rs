//! Calls from within: a service calls others as a role that its customer has given it, or goes on with its own caller's
//! credentials, which AWS calls a forward access session. These calls are authorised, run, committed and recorded as
//! anyone's are; only that nothing has to be signed or read.
//!
//! As AWS documents for service roles, `aws:SourceArn` and `aws:SourceAccount` are in the request to assume the role and
//! in none after it, `aws:ViaAWSService` is false, and there is no `aws:CalledVia`. With the caller's credentials the
//! caller's keys are there, `aws:ViaAWSService` is true, and `aws:CalledVia` names the service.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice>
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>

use std::{cell::RefCell, io::Read, net::Ipv4Addr, sync::Arc, time::Instant};

use bartizan_store::{AccountId, Snapshot, entity::AccountStatus};
use bartizan_wire::{ErrorReply, Schema, Value, json::Members};
use jiff::Timestamp;

use super::{Answered, Gate, Passage, session_may_call};
use crate::{
    Arn, Caller, Effect, Error, Identity, RequestFacts, Scope, Session, SessionOf,
    audit::{self, Event},
    authenticate::{Unauthenticated, identity_of, key_and_owner},
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

/// A service at work for its customer: as a role that it has assumed, for an hour, or with its caller's own credentials, as
/// long as these are good. What it may do is asked at each call.
#[derive(Debug, Clone)]
pub struct Acting {
    service: &'static str,
    region: String,
    access_key_id: String,
    /// Present if the credentials are temporary.
    session: Option<Arc<Session>>,
    /// The services that have gone on with the caller's credentials, in their order; none as a role.
    called_via: Vec<String>,
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
    fn assume(&self, assumes: &Assumes<'_>) -> Result<Acting, ErrorReply>;

    /// Calls another service; see [`Acting::call`].
    ///
    /// # Errors
    /// As the other service's own callers get them.
    fn call(&self, acting: &Acting, service: &str, operation: &'static str, input: Value) -> Result<Reply, ErrorReply>;
}

impl Calls for Gate {
    fn assume(&self, assumes: &Assumes<'_>) -> Result<Acting, ErrorReply> {
        Self::assume(self, assumes)
    }

    fn call(&self, acting: &Acting, service: &str, operation: &'static str, input: Value) -> Result<Reply, ErrorReply> {
        acting.call(self, service, operation, input)
    }
}

impl Gate {
    /// Lets a service assume a role, if the role's trust policy allows it now.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
    ///
    /// # Errors
    /// `AccessDenied`, in the same words whether the role refuses or is not there.
    pub fn assume(&self, assumes: &Assumes<'_>) -> Result<Acting, ErrorReply> {
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
            facts: &facts(assumes.service, Vec::new(), request_id),
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

    fn assume_at(&self, assumes: &Assumes<'_>, snapshot: &Snapshot, now: Timestamp) -> Option<(Acting, Caller)> {
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
        let assumed = Acting {
            service: assumes.service,
            region: assumes.region.to_owned(),
            access_key_id: session.access_key_id.clone(),
            session: Some(session),
            called_via: Vec::new(),
        };
        let caller = assumed.caller(snapshot, now).ok()?;
        let request = facts(assumes.service, Vec::new(), String::new());
        // The keys of the caller are not asked for where a service asks; its account is the role's.
        let scope = Scope { snapshot, caller: &caller, now, region: assumes.region, request: &request, gate: self };
        let Assumes { service, source_arn, source_account, .. } = *assumes;
        authorise::service_may_assume(&scope, role, service, source_arn, source_account, &self.compiled)
            .then_some((assumed, caller))
    }
}

impl Acting {
    /// A service that goes on with the credentials of whoever has called it.
    pub(crate) fn forward(service: &'static str, scope: &Scope<'_>) -> Self {
        let mut called_via = scope.request.called_via.clone();
        called_via.push(service.to_owned());
        Self {
            service,
            region: scope.region.to_owned(),
            access_key_id: scope.caller.access_key_id.clone(),
            session: scope.caller.session.clone(),
            called_via,
        }
    }

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
            facts: self.facts(request_id),
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

    /// Who it is now: the role or user may be gone, the key put out of use, the account closed, the session over.
    pub(super) fn caller(&self, snapshot: &Snapshot, now: Timestamp) -> Result<Caller, Unauthenticated> {
        let (account, identity) = match &self.session {
            None => {
                let (key, identity) = key_and_owner(&self.access_key_id, snapshot)?;
                (key.account, identity)
            }
            Some(session) if session.expires <= now.as_second() => return Err(Unauthenticated::ExpiredToken),
            Some(session) => (session.account, identity_of(session, snapshot).ok_or(Unauthenticated::InvalidToken)?),
        };
        let is_active = |status| status == AccountStatus::Active;
        if !snapshot.account(account).is_some_and(|account| is_active(account.status)) {
            return Err(Unauthenticated::InvalidToken);
        }
        Ok(Caller { account, identity, access_key_id: self.access_key_id.clone(), session: self.session.clone() })
    }

    /// What is known of each of its requests.
    pub(super) fn facts(&self, id: String) -> RequestFacts {
        facts(self.service, self.called_via.clone(), id)
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
        credentials.string("accessKeyId", &self.access_key_id);
        if let Some(session) = &self.session {
            credentials.string("expiration", &iso(session.expires));
        }
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

fn facts(service: &'static str, called_via: Vec<String>, id: String) -> RequestFacts {
    RequestFacts {
        id,
        source_ip: Ipv4Addr::UNSPECIFIED.into(),
        user_agent: None,
        referer: None,
        // Nothing leaves the process.
        secure_transport: true,
        invoked_by: Some(service),
        called_via,
        signature: None,
    }
}

fn unrecordable() -> ErrorReply {
    ErrorReply::new(503, "ServiceUnavailable", "The service is unable to handle the request.")
}

#[cfg(test)]
#[path = "inner_tests.rs"]
mod tests;
