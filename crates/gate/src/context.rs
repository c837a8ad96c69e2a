use std::{io::Read, net::IpAddr, ops::Deref, sync::Arc};

use bartizan_objects::Objects;
use bartizan_policy::Policy;
use bartizan_store::{
    AccountId, Changes, Entity, Keyring, Purpose, Sealed, Secret, Snapshot,
    audit::KeyUse,
    delivery::Message,
    entity::{AccessKey, SecretVersion},
    volume::Volume,
};
use bartizan_wire::{ErrorReply, Value};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::{
    Acting, Assumes, AuthorizationMessage, Body, Caller, Calls, Check, Error, Gate, HeldPolicies, HeldPolicy, Holder,
    InnerReply, Outbound, Quotas, Session, UniqueId, authorise::Denial, gather, id,
};

/// What an operation may look at: one state, one caller, one time.
pub struct Scope<'a> {
    /// The state that the request is decided on.
    pub snapshot: &'a Snapshot,
    /// Who asks.
    pub caller: &'a Caller,
    /// When.
    pub now: Timestamp,
    /// The Region that the request was signed for.
    pub region: &'a str,
    /// What is known of the request itself.
    pub request: &'a RequestFacts,
    pub(crate) gate: &'a Gate,
}

/// What is known of a request besides its input.
#[derive(Debug, Clone)]
pub struct RequestFacts {
    /// `x-amzn-RequestId`
    pub id: String,
    /// The address of the connection's other end; never a header's word.
    pub source_ip: IpAddr,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The `Referer` header.
    pub referer: Option<String>,
    /// Whether the connection is TLS.
    pub secure_transport: bool,
    /// The principal of the service that asks, as a role of its customer's or with its caller's credentials. Then there is
    /// no address, agent or referer.
    pub invoked_by: Option<&'static str>,
    /// The principals of the services that have gone on with the caller's credentials, in their order: `aws:CalledVia`.
    pub called_via: Vec<String>,
    /// How it is signed; `None` if it is not.
    pub signature: Option<SignatureFacts>,
}

/// How a request is signed.
#[derive(Debug, Clone)]
pub struct SignatureFacts {
    /// Whether the signature is in the query.
    pub presigned: bool,
    /// When, in seconds since the epoch.
    pub signed_at: i64,
    /// What `x-amz-content-sha256` says.
    pub content_sha256: Option<String>,
}

/// Bytes that an operation answers with, besides its output.
pub(crate) struct Streamed {
    pub from: Box<dyn Read + Send>,
    pub length: u64,
    /// Whether they are a part of something, so that the status is 206.
    pub is_part: bool,
}

/// What an operation may do, once everything it asked for is allowed. Only the gate makes one.
pub struct Context<'a> {
    scope: &'a Scope<'a>,
    pub(crate) changes: Changes,
    pub(crate) denials: Vec<Option<Box<Denial>>>,
    pub(crate) body: Option<Body>,
    pub(crate) streamed: Option<Streamed>,
    pub(crate) undo: Vec<Box<dyn FnOnce() + 'a>>,
}

impl<'a> Scope<'a> {
    /// The account that the caller acts in.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.caller.account
    }

    /// The objects of all buckets.
    ///
    /// # Errors
    /// If the gate was made without any.
    pub fn objects(&self) -> Result<&'a Objects, Error> {
        self.gate.objects().ok_or_else(|| Error::Internal("there are no objects behind the gate".to_owned()))
    }

    /// What is kept beside the snapshot because there is too much of it.
    #[must_use]
    pub fn volume(&self) -> &'a Volume {
        self.gate.store().volume()
    }

    /// The installation's quotas.
    #[must_use]
    pub fn quotas(&self) -> &Quotas {
        self.gate.quotas()
    }

    /// What this installation may reach.
    #[must_use]
    pub fn outbound(&self) -> &Outbound {
        self.gate.outbound()
    }

    /// Whether this installation sends electronic mail.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.gate.sends_mail()
    }

    /// When the access key was last used, unwritten uses included.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn last_used(&self, key: &AccessKey) -> Result<Option<KeyUse>, Error> {
        self.gate.last_used(&key.id)
    }

    /// Opens a sealed page marker or next token of this operation and caller's account. Expired (24 hours) or foreign
    /// ones are `None`.
    #[must_use]
    pub fn open_marker(&self, operation: &str, marker: &str) -> Option<String> {
        let clear = self.keyring().open(Purpose::Pagination, self.marker_context(operation).as_bytes(), marker).ok()?;
        let text = std::str::from_utf8(&clear).ok()?;
        let (made, position) = text.split_once(' ')?;
        let age = self.now.as_second().checked_sub(made.parse().ok()?)?;
        (0..=24 * 60 * 60).contains(&age).then(|| position.to_owned())
    }

    /// Seals where a page ended into a marker or next token.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn seal_marker(&self, operation: &str, position: &str) -> Result<String, Error> {
        let text = format!("{} {position}", self.now.as_second());
        let context = self.marker_context(operation);
        Ok(self.keyring().seal(Purpose::Pagination, context.as_bytes(), text.as_bytes())?.as_str().to_owned())
    }

    /// Whether a service could assume the role now, for a resource of the caller's: the role's trust policy decides,
    /// with `aws:SourceArn` and `aws:SourceAccount` in the context.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
    #[must_use]
    pub fn service_may_assume(
        &self,
        role: &bartizan_store::entity::Role,
        service: &str,
        source_arn: &str,
        source_account: AccountId,
    ) -> bool {
        self.gate.service_may_assume(self, role, service, source_arn, source_account)
    }

    /// The policies in force for a user, group or role, as they are gathered when it asks for something itself.
    ///
    /// # Errors
    /// If a policy or a group that it names is not there.
    pub fn policies_of(&self, holder: Holder<'a>) -> Result<HeldPolicies<'a>, Error> {
        gather::of_holder(holder, self.snapshot)
    }

    /// The compiled form of a policy that is stored, identity-based or a permissions boundary.
    ///
    /// # Errors
    /// If it is no policy any more.
    pub fn compiled(&self, policy: &HeldPolicy<'_>) -> Result<Arc<Policy>, Error> {
        self.gate.compiled(policy)
    }

    fn marker_context(&self, operation: &str) -> String {
        format!("{operation} {}", self.account())
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        self.gate.keyring()
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>) -> Self {
        Self { scope, changes: Changes::default(), denials: Vec::new(), body: None, streamed: None, undo: Vec::new() }
    }

    /// The body of a request whose operation reads it while it runs. It can be taken once.
    ///
    /// # Errors
    /// If the operation's row does not say that it does.
    pub fn body(&mut self) -> Result<Body, Error> {
        self.body.take().ok_or_else(|| Error::Internal("there is no body to read".to_owned()))
    }

    /// Answers with these bytes, besides the output. `is_part` makes the status 206.
    pub fn stream(&mut self, from: impl Read + Send + 'static, length: u64, is_part: bool) {
        self.streamed = Some(Streamed { from: Box::new(from), length, is_part });
    }

    /// Why the check of this place was denied, for checks that stand each for itself; `None` if it was allowed. A
    /// check that was not asked counts as allowed by nobody: the operation must have given as many as it does things.
    #[must_use]
    pub fn denied(&self, place: usize) -> Option<&Denial> {
        self.denials.get(place)?.as_deref()
    }

    /// Whether one further thing is allowed, for answers that tell more to those who may know more.
    ///
    /// # Errors
    /// If what is stored cannot be evaluated.
    pub fn allows(&self, check: &Check) -> Result<bool, Error> {
        self.gate.allows(check, self.scope)
    }

    /// Undoes something outside the store if the operation's changes are not committed.
    pub fn unless_committed(&mut self, undo: impl FnOnce() + 'a) {
        self.undo.push(Box::new(undo));
    }

    /// Lets the service, by its principal, go on with its caller's own credentials: the caller's policies decide what it
    /// may call, and can ask for the service.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>
    #[must_use]
    pub fn forward(&self, service: &'static str) -> Acting {
        Acting::forward(service, self.scope)
    }

    /// Makes the entity be so, once the operation has succeeded.
    pub fn put<E: Entity>(&mut self, entity: E) {
        self.changes.put(entity);
    }

    /// Makes the entity be gone, once the operation has succeeded.
    pub fn delete<E: Entity>(&mut self, entity: &E) {
        self.changes.delete(entity);
    }

    /// Makes the volume row be so, once the operation has succeeded.
    pub fn put_row(&mut self, owner: &Arc<str>, kind: &'static str, key: Vec<u8>, value: Arc<[u8]>) {
        self.changes.put_row(owner, kind, key, value);
    }

    /// Makes all volume rows of the owner be gone, once the operation has succeeded.
    pub fn delete_rows(&mut self, owner: &Arc<str>) {
        self.changes.delete_rows(owner);
    }

    /// Has the message delivered to its subscriptions, once the operation has succeeded.
    pub fn deliver(&mut self, message: Message) {
        self.changes.deliver(message);
    }

    /// A random UUID (version 4).
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn uuid(&self) -> Result<String, Error> {
        let [uuid] = id::uuids(self.keyring())?;
        Ok(uuid)
    }

    /// A new unique id.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn unique_id(&self, kind: UniqueId) -> Result<String, Error> {
        Ok(kind.generate(self.keyring())?)
    }

    /// Random characters of an alphabet of 16, 32 or 64 letters, for the ids of other services.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn random_text(&self, alphabet: &[u8], length: usize) -> Result<String, Error> {
        Ok(id::text(self.keyring(), alphabet, length)?)
    }

    /// A random account id. Whether it is taken is for the operation to see.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn random_account_id(&self) -> Result<AccountId, Error> {
        let mut bytes = [0; 8];
        self.keyring().random(&mut bytes)?;
        Ok(AccountId::from_random(u64::from_le_bytes(bytes)))
    }

    /// A new secret access key: 40 characters of base 64, 240 random bits.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn new_secret(&self) -> Result<Secret, Error> {
        Ok(id::new_secret(self.keyring())?)
    }

    /// Seals a new long-term secret for its access key id, to be kept.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn seal_secret(&self, access_key_id: &str, secret: &Secret) -> Result<Sealed, Error> {
        Ok(self.keyring().seal_secret(access_key_id, secret)?)
    }

    /// Seals a secret's value for the version that [`SecretVersion::place`] tells, to be kept.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn seal_secret_value(&self, place: &str, value: &[u8]) -> Result<Sealed, Error> {
        Ok(self.keyring().seal(Purpose::SecretValue, place.as_bytes(), value)?)
    }

    /// Opens the value of a secret's version. It is wiped when dropped.
    ///
    /// # Errors
    /// If it was not sealed here for this very version.
    pub fn open_secret_value(&self, version: &SecretVersion) -> Result<Zeroizing<Vec<u8>>, Error> {
        let place = SecretVersion::place(&version.id, version.is_binary);
        Ok(self.keyring().open(Purpose::SecretValue, place.as_bytes(), version.value.as_str())?)
    }

    /// The session token of a new session.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn session_token(&self, session: &Session, secret: &Secret) -> Result<String, Error> {
        Ok(session.seal(secret, self.keyring())?)
    }

    /// Decodes the encoded message of a denial; `None` if it was not for a caller of this account.
    #[must_use]
    pub fn decode_authorization_message(&self, encoded: &str) -> Option<String> {
        AuthorizationMessage::decode(encoded, self.account(), self.keyring())
    }
}

impl Calls for Context<'_> {
    fn assume(&self, assumes: &Assumes<'_>) -> Result<Acting, ErrorReply> {
        self.gate.assume(assumes)
    }

    fn call(
        &self,
        acting: &Acting,
        service: &str,
        operation: &'static str,
        input: Value,
    ) -> Result<InnerReply, ErrorReply> {
        acting.call(self.gate, service, operation, input)
    }
}

impl<'a> Deref for Context<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Scope<'a> {
        self.scope
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
