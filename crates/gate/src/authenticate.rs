//! From a signature to a caller.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use bartizan_sigv4::{Scope, SigningKey, Unverified};
use bartizan_store::{
    Keyring, Snapshot,
    entity::{AccessKey, AccessKeyOwner, AccessKeyStatus, AccountStatus},
};

use crate::{Caller, Identity, Session, SessionOf};

/// Why a request has no caller.
#[derive(Debug)]
pub(crate) enum Unauthenticated {
    /// The signature, its place or its time is wrong.
    Signature(bartizan_sigv4::Error),
    /// No such access key, or it may not be used, or it is not the session token's, or whoever it was for is gone.
    InvalidToken,
    /// The session is over.
    ExpiredToken,
}

/// Signing keys that have verified a request before. Whether the credential is still good is looked up anew each time;
/// only the derivation is spared.
#[derive(Default)]
pub(crate) struct SigningKeys {
    /// By access key id. The access key is kept to see that it is the very same one still.
    long_term: Cache<AccessKey>,
    /// By session token.
    temporary: Cache<Session>,
}

/// By [`place`]: what the key was derived for, and the key.
type Cache<Of> = RwLock<HashMap<String, Arc<(Arc<Of>, SigningKey)>>>;

/// Beyond this many the cache begins anew: a bound on memory, not a tuning.
const CAPACITY: usize = 8192;

impl SigningKeys {
    /// Verifies the signature with the credential that the request names; the key is for what of the body is signed.
    pub fn authenticate(
        &self,
        request: &Unverified,
        snapshot: &Snapshot,
        keyring: &Keyring,
        now: i64,
    ) -> Result<(Caller, SigningKey), Unauthenticated> {
        let (caller, key) = match request.session_token() {
            None => self.long_term(request, snapshot, keyring, now)?,
            Some(token) => self.temporary(request, token, snapshot, keyring, now)?,
        };
        match snapshot.account(caller.account) {
            Some(account) if account.status == AccountStatus::Active => Ok((caller, key)),
            _ => Err(Unauthenticated::InvalidToken),
        }
    }

    fn long_term(
        &self,
        request: &Unverified,
        snapshot: &Snapshot,
        keyring: &Keyring,
        now: i64,
    ) -> Result<(Caller, SigningKey), Unauthenticated> {
        let (key, identity) = key_and_owner(request.access_key_id(), snapshot)?;
        let place = place(&key.id, request.scope());
        let cached = self.long_term.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        let signing_key = match cached.as_deref() {
            Some((of, signing_key)) if Arc::ptr_eq(of, key) => {
                request.verify(signing_key, now).map_err(Unauthenticated::Signature)?;
                signing_key.clone()
            }
            _ => {
                let secret = keyring.open_secret(&key.id, &key.secret).map_err(|_| Unauthenticated::InvalidToken)?;
                let signing_key = SigningKey::derive(secret.expose(), request.scope());
                request.verify(&signing_key, now).map_err(Unauthenticated::Signature)?;
                remember(&self.long_term, place, Arc::new((Arc::clone(key), signing_key.clone())));
                signing_key
            }
        };
        Ok((Caller { account: key.account, identity, access_key_id: key.id.clone(), session: None }, signing_key))
    }

    fn temporary(
        &self,
        request: &Unverified,
        token: &str,
        snapshot: &Snapshot,
        keyring: &Keyring,
        now: i64,
    ) -> Result<(Caller, SigningKey), Unauthenticated> {
        let place = place(token, request.scope());
        let cached = self.temporary.read().unwrap_or_else(PoisonError::into_inner).get(&place).cloned();
        let is_new = cached.is_none();
        let opened = match cached {
            Some(cached) => cached,
            None => {
                let (session, secret) = Session::open(token, keyring).map_err(|_| Unauthenticated::InvalidToken)?;
                Arc::new((Arc::new(session), SigningKey::derive(secret.expose(), request.scope())))
            }
        };
        let (session, signing_key) = &*opened;
        if session.access_key_id != request.access_key_id() {
            return Err(Unauthenticated::InvalidToken);
        }
        request.verify(signing_key, now).map_err(Unauthenticated::Signature)?;
        if session.expires <= now {
            return Err(Unauthenticated::ExpiredToken);
        }
        let identity = identity_of(session, snapshot).ok_or(Unauthenticated::InvalidToken)?;
        let (account, access_key_id) = (session.account, session.access_key_id.clone());
        let (session, signing_key) = (Some(Arc::clone(session)), signing_key.clone());
        if is_new {
            remember(&self.temporary, place, opened);
        }
        Ok((Caller { account, identity, access_key_id, session }, signing_key))
    }
}

/// A long-term access key that may be used, and whose it is.
pub(crate) fn key_and_owner<'a>(
    access_key_id: &str,
    snapshot: &'a Snapshot,
) -> Result<(&'a Arc<AccessKey>, Identity), Unauthenticated> {
    let key = snapshot.access_key(access_key_id).ok_or(Unauthenticated::InvalidToken)?;
    if key.status != AccessKeyStatus::Active {
        return Err(Unauthenticated::InvalidToken);
    }
    let identity = match &key.owner {
        AccessKeyOwner::Root => Identity::Root,
        AccessKeyOwner::User(id) => {
            Identity::User(Arc::clone(snapshot.users.by_id(key.account, id).ok_or(Unauthenticated::InvalidToken)?))
        }
    };
    Ok((key, identity))
}

/// Whose session it is, if they are still there: known by unique id, so that a new one of the same name is not them.
pub(crate) fn identity_of(session: &Session, snapshot: &Snapshot) -> Option<Identity> {
    let account = session.account;
    Some(match &session.of {
        SessionOf::Root => Identity::Root,
        SessionOf::User(id) => Identity::User(Arc::clone(snapshot.users.by_id(account, id)?)),
        SessionOf::Role(id, session_name) => {
            Identity::Role { role: Arc::clone(snapshot.roles.by_id(account, id)?), session_name: session_name.clone() }
        }
        SessionOf::FederatedUser(name, issuer) => Identity::FederatedUser {
            name: name.clone(),
            issuer: match issuer {
                None => None,
                Some(id) => Some(Arc::clone(snapshot.users.by_id(account, id)?)),
            },
        },
    })
}

/// Where a signing key is kept: under its credential and scope. No credential that has verified a request holds a line
/// break, so that each has its own places.
fn place(credential: &str, scope: &Scope) -> String {
    [credential, scope.date(), scope.region(), scope.service()].join("\n")
}

fn remember<Of>(cache: &Cache<Of>, place: String, value: Arc<(Arc<Of>, SigningKey)>) {
    let mut cache = cache.write().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= CAPACITY {
        cache.clear();
    }
    cache.insert(place, value);
}
