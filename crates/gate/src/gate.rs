mod function;
mod head;
mod inner;
mod work;

use std::{
    cell::RefCell,
    io::Read,
    net::IpAddr,
    sync::{Arc, OnceLock},
    time::Instant,
};

use bartizan_objects::Objects;
use bartizan_policy::{Compiled, Kind, Policy};
use bartizan_sigv4::{Authentication, Rules, Unverified};
use bartizan_store::{AccountId, CommitError, Keyring, Snapshot, Store, audit::KeyUse, entity::Role};
use bartizan_wire::{Protocol, Reply, Schema, Value, rest_xml};
use hyper::{HeaderMap, Method};
use jiff::Timestamp;

use crate::{
    Body, Caller, Check, Context, Effect, Error, HeldPolicy, Outbound, Quotas, RequestFacts, Row, Scope, Service,
    SessionOf,
    audit::{self, Event, Pending},
    authenticate::{SigningKeys, Unauthenticated},
    authorise,
    context::Streamed,
    gather, id,
    input::{Called, Received},
    metrics::Metrics,
    reply::{Refusal, reply},
    service::HOME_REGION,
};

pub use function::{Functions, InvalidFunction, Uninvoked};
pub(crate) use head::Receives;
use head::{is_rest_xml, signed_head};
pub use inner::{Acting, Assumes, Calls, Reply as InnerReply};
pub use work::{Leased, Lost};

/// The door: a store, the services behind it, and what is kept to answer fast.
pub struct Gate {
    store: Store,
    objects: Option<Objects>,
    services: &'static [Service],
    config: Config,
    signing_keys: SigningKeys,
    compiled: Compiled,
    pending: Pending,
    metrics: Metrics,
    /// How each operation is recorded, once it has been.
    shown: Vec<Vec<OnceLock<Shown>>>,
}

/// What of an operation goes into its record.
struct Shown {
    input: Schema,
    output: Schema,
    /// Whether the answer does: that of a change, and one that hands out a credential.
    answer: bool,
}

/// An operation's answer.
struct Answered {
    output: Value,
    streamed: Option<Streamed>,
    /// Whether its record is written already, with its effect.
    recorded: bool,
}

/// How a gate differs from another.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How many of each thing an account may have.
    pub quotas: Quotas,
    /// What may be reached from here.
    pub outbound: Outbound,
    /// Whether electronic mail is sent.
    pub sends_mail: bool,
    /// Where functions of AWS Lambda are.
    pub functions: Functions,
}

/// What goes back: a reply and the headers of every reply.
pub(crate) struct Answer {
    pub reply: Reply,
    /// What follows the reply's own body.
    pub streamed: Option<Streamed>,
    pub request_id: String,
    /// Where a denial has one.
    pub encoded_message: Option<String>,
}

/// One request on its way through the door.
struct Passage<'a> {
    called: &'a Called<'a>,
    service_index: usize,
    now: Timestamp,
    facts: RequestFacts,
    region: &'a str,
    claimed_access_key: Option<&'a str>,
    caller: Option<Caller>,
    event_id: String,
    /// The input without its secrets, as the record has it.
    parameters: Option<Vec<u8>>,
    /// The body of an operation that reads it while it runs.
    body: RefCell<Option<Body>>,
}

impl Gate {
    /// A gate before a store.
    #[must_use]
    pub fn new(store: Store, services: &'static [Service], config: Config) -> Self {
        let shown =
            services.iter().map(|service| service.operations.iter().map(|_| OnceLock::new()).collect()).collect();
        Self {
            store,
            objects: None,
            services,
            config,
            signing_keys: SigningKeys::default(),
            compiled: Compiled::default(),
            pending: Pending::default(),
            metrics: Metrics::new(services),
            shown,
        }
    }

    /// The same gate with objects behind it.
    #[must_use]
    pub fn with_objects(mut self, objects: Objects) -> Self {
        self.objects = Some(objects);
        self
    }

    pub(crate) const fn objects(&self) -> Option<&Objects> {
        self.objects.as_ref()
    }

    pub(crate) fn allows(&self, check: &Check, scope: &Scope<'_>) -> Result<bool, Error> {
        authorise::allows(check, scope, &self.compiled)
    }

    /// The store behind the gate.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Writes the audit records that wait, and keeps the metrics in order. To be called at least every second, and
    /// before the process ends.
    pub fn flush(&self) {
        self.pending.flush(&self.store);
        self.metrics.upkeep();
    }

    /// Tidies up before the process ends.
    pub(crate) fn close(&self) {
        self.store.close();
        if let Some(objects) = &self.objects {
            objects.close();
        }
    }

    /// Whether requests can be answered.
    pub(crate) fn is_ready(&self) -> bool {
        self.pending.has_room() && self.store.is_writable()
    }

    pub(crate) fn metrics(&self) -> String {
        self.metrics.render()
    }

    /// The way out, to addresses that others name.
    #[must_use]
    pub fn outbound(&self) -> &Outbound {
        &self.config.outbound
    }

    pub(crate) fn sends_mail(&self) -> bool {
        self.config.sends_mail
    }

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.config.quotas
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        self.store.keyring()
    }

    pub(crate) fn last_used(&self, access_key_id: &str) -> Result<Option<KeyUse>, Error> {
        if let Some(used) = self.pending.last_used(access_key_id) {
            return Ok(Some(used));
        }
        self.store.key_use(access_key_id).map_err(|error| Error::Internal(error.to_string()))
    }

    pub(crate) fn service_may_assume(
        &self,
        scope: &Scope<'_>,
        role: &Role,
        service: &str,
        source_arn: &str,
        source_account: AccountId,
    ) -> bool {
        authorise::service_may_assume(scope, role, service, Some(source_arn), source_account, &self.compiled)
    }

    pub(crate) fn compiled(&self, policy: &HeldPolicy<'_>) -> Result<Arc<Policy>, Error> {
        self.compiled.policy(Kind::Identity, &policy.source()).map_err(|unreadable| gather::stored(&unreadable))
    }

    /// One request's life, from what was received to what is sent. `None`: the request is for no service here.
    pub(crate) fn answer(
        &self,
        method: &Method,
        target: &str,
        headers: &HeaderMap,
        body: &[u8],
        stream: Option<Box<dyn Read + Send>>,
        peer: IpAddr,
    ) -> Option<Answer> {
        let began = Instant::now();
        let received = Received { method, target, headers, body, peer };
        let lines = received.header_lines();
        let signed = bartizan_sigv4::Request { method: method.as_str(), target, headers: &lines, body };
        let authentication = Authentication::read(&signed);
        let called = match received.called(self.services) {
            // Any path may be a bucket's; signed for another service it was meant for that one, which has no such operation.
            Ok(Some(called)) if !is_rest_xml(called.service) || is_for(&authentication, called.service.name) => called,
            // What cannot be read, or names no service, is answered in the way of the service that it is signed for.
            unclear => {
                let service = authentication
                    .as_ref()
                    .ok()
                    .and_then(|read| self.services.iter().find(|service| service.name == read.scope().service()))?;
                let refusal = match unclear {
                    Err(malformed) => Refusal::Malformed(malformed),
                    Ok(_) => Refusal::UnknownOperation,
                };
                let [request_id] = id::uuids(self.keyring()).unwrap_or_default();
                let (error, outcome) = reply(&refusal, service, &received.action().unwrap_or_default());
                self.metrics.count(service.name, outcome, began.elapsed());
                let reply = service.protocol.encode_error(&error, &request_id);
                return Some(Answer { reply, streamed: None, request_id, encoded_message: None });
            }
        };
        let (region, claimed_access_key) = match &authentication {
            Ok(read) => {
                (called.service.region(read.scope().region()).to_owned(), Some(read.access_key_id().to_owned()))
            }
            Err(_) => (HOME_REGION.to_owned(), None),
        };
        let [request_id, event_id] = id::uuids(self.keyring()).unwrap_or_default();
        let mut passage = Passage {
            service_index: self.services.iter().position(|service| std::ptr::eq(service, called.service))?,
            called: &called,
            now: Timestamp::now(),
            facts: facts(&received, request_id),
            body: RefCell::new(None),
            region: &region,
            claimed_access_key: claimed_access_key.as_deref(),
            caller: None,
            event_id,
            parameters: None,
        };
        let outcome = match called.row {
            Some(row) if !row.signed && !row.available => Err(Error::Unavailable.into()),
            _ if is_rest_xml(called.service) => {
                signed_head(authentication, &Rules { service: called.service.name, ..Rules::s3() })
                    .and_then(|signed| self.pass_head(&received, signed, stream, &mut passage))
            }
            Some(row) if !row.signed && is_unsigned(&authentication) => self.pass(&received, None, &mut passage),
            _ => authentication
                .and_then(|read| read.canonicalize(&Rules::new(called.service.name)))
                .map_err(|error| Refusal::Unauthenticated(Unauthenticated::Signature(error)))
                .and_then(|unverified| self.pass(&received, Some(&unverified), &mut passage)),
        };
        Some(self.finish(passage, outcome, began))
    }

    /// Authenticates (there is nothing to verify of who has signed nothing), authorises, runs and commits; again if
    /// another commit came first.
    fn pass(
        &self,
        received: &Received<'_>,
        unverified: Option<&Unverified>,
        passage: &mut Passage<'_>,
    ) -> Result<Answered, Refusal> {
        let called = passage.called;
        if !self.pending.has_room() {
            return Err(Refusal::Unrecordable);
        }
        let mut input = None;
        loop {
            let snapshot = self.store.snapshot();
            let caller = match unverified {
                Some(unverified) => self
                    .signing_keys
                    .authenticate(unverified, &snapshot, self.keyring(), passage.now.as_second())
                    .map(|(caller, _)| caller)
                    .map_err(Refusal::Unauthenticated)?,
                None => Caller::anonymous(),
            };
            let caller = passage.caller.insert(caller).clone();
            let row = called.row.ok_or(Refusal::UnknownOperation)?;
            session_may_call(&caller, called.service, row)?;
            let value = match input.take() {
                Some(value) => value,
                None => {
                    let value = {
                        // What this version has not says so, whatever its input means.
                        let schema = self.shown(passage, row).filter(|_| row.available).map(|shown| &shown.input);
                        received.input(called, row, schema, received.body).map_err(Refusal::Malformed)?
                    };
                    passage.parameters = self
                        .shown(passage, row)
                        .map(|shown| audit::shown(&shown.input, &value, called.service.protocol));
                    value
                }
            };
            let again = (row.effect == Effect::Write).then(|| value.clone());
            match self.run(row, value, &caller, &snapshot, passage)? {
                Some(answered) => return Ok(answered),
                None => input = again,
            }
        }
    }

    /// Steps 4 to 7 on one state; `None` if another commit came first.
    fn run(
        &self,
        row: &'static Row,
        input: Value,
        caller: &Caller,
        snapshot: &Snapshot,
        passage: &Passage<'_>,
    ) -> Result<Option<Answered>, Refusal> {
        let scope =
            Scope { snapshot, caller, now: passage.now, region: passage.region, request: &passage.facts, gate: self };
        let bound = row.bind(input)?;
        let checks = if row.available { bound.checks(&scope)? } else { Check::new(row.action, "*").into() };
        let denials = authorise::authorise(&checks, row.action, &scope, &self.compiled)?;
        let mut context = Context::new(&scope);
        context.denials = denials;
        context.body = passage.body.take();
        let output = bound.run(&mut context)?;
        let Context { changes, streamed, undo, .. } = context;
        if row.effect == Effect::Read || changes.is_empty() {
            if !changes.is_empty() {
                return Err(Error::Internal(format!("{} reads only, but left changes", row.action)).into());
            }
            return Ok(Some(Answered { output, streamed, recorded: false }));
        }
        let record = self.record(passage, self.answer_shown(passage, row, &output).as_deref(), None);
        // What waits goes before it, so that the trail is in the order of the answers.
        let mut records = self.pending.take();
        records.push(passage.now, &record);
        match blocking(|| self.store.commit(snapshot.revision(), &changes, &records)) {
            Ok(_) => Ok(Some(Answered { output, streamed, recorded: true })),
            Err(error) => {
                undo.into_iter().for_each(|undo| undo());
                records.pop();
                self.pending.give_back(records);
                match error {
                    CommitError::Conflict => Ok(None),
                    CommitError::Failed(error) => Err(Error::Internal(format!("the commit failed: {error}")).into()),
                }
            }
        }
    }

    /// Turns the outcome into a reply, and into an audit record where the commit has not made one.
    fn finish(&self, passage: Passage<'_>, outcome: Result<Answered, Refusal>, began: Instant) -> Answer {
        let Called { service, row, name, .. } = passage.called;
        let request_id = passage.facts.id.clone();
        if let Some(caller) =
            passage.caller.as_ref().filter(|caller| caller.session.is_none() && !caller.is_anonymous())
        {
            self.pending.used(&caller.access_key_id, passage.now, service.name, passage.region);
        }
        let (mut reply, streamed, kind, encoded_message) = match outcome {
            Ok(Answered { output, streamed, recorded }) => {
                if !recorded {
                    let response = row.and_then(|row| self.answer_shown(&passage, row, &output));
                    self.pending.push(passage.now, &self.record(&passage, response.as_deref(), None));
                }
                let mut reply = self.success(&passage, output);
                if streamed.as_ref().is_some_and(|streamed| streamed.is_part) {
                    reply.status = 206;
                }
                (reply, streamed, crate::metrics::Outcome::Answered, None)
            }
            Err(refusal) => {
                let (error, kind) = reply(&refusal, service, name);
                let encoded = match refusal {
                    Refusal::Error(Error::Denied(denial)) => Some(denial.encoded),
                    _ => None,
                };
                if self.pending.has_room() {
                    // What follows the first paragraph is the caller's own request, which may hold a session token.
                    let message = error.message.split("\n\n").next().unwrap_or_default();
                    self.pending.push(passage.now, &self.record(&passage, None, Some((&error.code, message))));
                }
                (service.protocol.encode_error(&error, &request_id), None, kind, encoded)
            }
        };
        if is_rest_xml(service) {
            reply.headers.push(("x-amz-request-id".into(), request_id.clone()));
        }
        self.metrics.count(service.name, kind, began.elapsed());
        Answer { reply, streamed, request_id, encoded_message }
    }

    fn success(&self, passage: &Passage<'_>, output: Value) -> Reply {
        let Called { service, row, name, .. } = passage.called;
        let route = row.and_then(|row| row.route);
        if let (Protocol::RestXml { namespace }, Some(row), Some(route)) = (service.protocol, row, &route)
            && let Some(shown) = self.shown(passage, row)
        {
            return rest_xml::encode(&shown.output, route, output, namespace);
        }
        let reply = service.protocol.encode_success(name, output, &passage.facts.id);
        match route {
            Some(route) => route.finish(reply),
            None => reply,
        }
    }

    fn record(&self, passage: &Passage<'_>, response: Option<&[u8]>, error: Option<(&str, &str)>) -> Vec<u8> {
        Event {
            source: passage.called.service.principal,
            operation: &passage.called.name,
            effect: passage.called.row.map_or(Effect::Read, |row| row.effect),
            region: passage.region,
            now: passage.now,
            facts: &passage.facts,
            caller: passage.caller.as_ref(),
            claimed_access_key: passage.claimed_access_key,
            event_id: &passage.event_id,
            parameters: passage.parameters.as_deref(),
            response,
            error,
            recipient: passage.caller.as_ref().filter(|caller| !caller.is_anonymous()).map(|caller| caller.account),
        }
        .record()
    }

    /// The answer without its secrets, where it is recorded.
    fn answer_shown(&self, passage: &Passage<'_>, row: &'static Row, output: &Value) -> Option<Vec<u8>> {
        let shown = self.shown(passage, row).filter(|shown| shown.answer)?;
        Some(audit::shown(&shown.output, output, passage.called.service.protocol))
    }

    fn shown(&self, passage: &Passage<'_>, row: &'static Row) -> Option<&Shown> {
        let service = passage.service_index;
        let position = self.services.get(service)?.operations.iter().position(|other| std::ptr::eq(other, row))?;
        let shown = self.shown.get(service)?.get(position)?.get_or_init(|| {
            let (input, output) = (row.schemas)();
            let answer = row.effect == Effect::Write || holds_secret(&output);
            Shown { input, output, answer }
        });
        Some(shown)
    }
}

/// Whether the request carries no proof of who asks at all. One that carries some is held to it.
fn is_unsigned<T>(authentication: &Result<T, bartizan_sigv4::Error>) -> bool {
    matches!(authentication, Err(bartizan_sigv4::Error::MissingAuthenticationToken))
}

fn holds_secret(schema: &Schema) -> bool {
    schema.traits().sensitive
        || match schema {
            Schema::Structure { members, .. } => {
                members.iter().any(|member| member.sensitive || holds_secret(&member.schema))
            }
            Schema::List { member, .. } => holds_secret(member),
            Schema::Map { key, value, .. } => holds_secret(key) || holds_secret(value),
            _ => false,
        }
}

/// What the session's kind may call at all.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html#stsapi_comparison>
fn session_may_call(caller: &Caller, service: &Service, row: &Row) -> Result<(), Refusal> {
    let Some(session) = &caller.session else { return Ok(()) };
    let limited_to: &[&str] = match session.of {
        SessionOf::Role(..) => return Ok(()),
        SessionOf::User(_) | SessionOf::Root => &["AssumeRole", "GetCallerIdentity"],
        SessionOf::FederatedUser(..) => &["GetCallerIdentity"],
    };
    let multi_factor = session.mfa_authenticated.is_some() && !matches!(session.of, SessionOf::FederatedUser(..));
    match service.name {
        "iam" if !multi_factor => Err(Refusal::Unauthenticated(Unauthenticated::InvalidToken)),
        "sts" if !limited_to.contains(&row.name()) => Err(Refusal::Session(match row.name() {
            "GetSessionToken" => "Cannot call GetSessionToken with session credentials",
            "GetFederationToken" => "Cannot call GetFederationToken with session credentials",
            _ => "Cannot call this operation with session credentials",
        })),
        _ => Ok(()),
    }
}

/// Whether a request is signed for a service, or not so that it could be told.
fn is_for(authentication: &Result<Authentication<'_>, bartizan_sigv4::Error>, service: &str) -> bool {
    authentication.as_ref().map_or(true, |read| read.scope().service() == service)
}

fn facts(received: &Received<'_>, id: String) -> RequestFacts {
    RequestFacts {
        id,
        // An IPv4 caller on an IPv6 socket is an IPv4 caller.
        source_ip: received.peer.to_canonical(),
        user_agent: received.header("user-agent").map(str::to_owned),
        referer: received.header("referer").map(str::to_owned),
        secure_transport: false,
        invoked_by: None,
        called_via: Vec::new(),
        signature: None,
    }
}

/// Runs what waits for the disk without holding up other connections.
fn blocking<T>(work: impl FnOnce() -> T) -> T {
    if tokio::runtime::Handle::try_current().is_ok() { tokio::task::block_in_place(work) } else { work() }
}

/// A gate is shared by all connections.
const _: fn() = || {
    fn shared<T: Send + Sync>() {}
    shared::<Arc<Gate>>();
};
