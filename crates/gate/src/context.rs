use std::{net::IpAddr, ops::Deref};

use bartizan_store::{
    AccountId, Changes, Entity, Keyring, Purpose, Secret, Snapshot, audit::KeyUse, delivery::Message, entity::AccessKey,
};
use jiff::Timestamp;

use crate::{AuthorizationMessage, Caller, Error, Gate, Outbound, Quotas, Session, UniqueId, id};

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
    /// The principal of the service that asks, as a role of its customer's. Then there is no address, agent or referer.
    pub invoked_by: Option<&'static str>,
}

/// What an operation may do, once everything it asked for is allowed. Only the gate makes one.
pub struct Context<'a> {
    scope: &'a Scope<'a>,
    pub(crate) changes: Changes,
}

impl Scope<'_> {
    /// The account that the caller acts in.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.caller.account
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

    fn marker_context(&self, operation: &str) -> String {
        format!("{operation} {}", self.account())
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        self.gate.keyring()
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>) -> Self {
        Self { scope, changes: Changes::default() }
    }

    /// Makes the entity be so, once the operation has succeeded.
    pub fn put<E: Entity>(&mut self, entity: E) {
        self.changes.put(entity);
    }

    /// Makes the entity be gone, once the operation has succeeded.
    pub fn delete<E: Entity>(&mut self, entity: &E) {
        self.changes.delete(entity);
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
    pub fn seal_secret(&self, access_key_id: &str, secret: &Secret) -> Result<bartizan_store::Sealed, Error> {
        Ok(self.keyring().seal_secret(access_key_id, secret)?)
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

impl<'a> Deref for Context<'a> {
    type Target = Scope<'a>;

    fn deref(&self) -> &Scope<'a> {
        self.scope
    }
}

#[cfg(test)]
#[path = "context_tests.rs"]
mod tests;
