//! A new session, and the credentials that go with it.

use bartizan_gate::{Context, Error, Session, SessionOf, UniqueId};
use bartizan_store::AccountId;
use bartizan_wire::Shape;
use jiff::Timestamp;

/// Temporary credentials. They leave in the answer that makes them, and are kept nowhere.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html>
#[derive(Shape)]
pub struct Credentials {
    pub access_key_id: String,
    #[shape(sensitive)]
    pub secret_access_key: String,
    #[shape(sensitive)]
    pub session_token: String,
    pub expiration: Timestamp,
}

/// A session under a new access key id that lasts `seconds` from now, not limited in any way yet.
///
/// # Errors
/// Only if the system's random generator fails.
pub fn new_session(cx: &Context<'_>, account: AccountId, of: SessionOf, seconds: i32) -> Result<Session, Error> {
    let issued = cx.now.as_second();
    Ok(Session {
        access_key_id: cx.unique_id(UniqueId::TemporaryAccessKey)?,
        account,
        of,
        issued,
        expires: issued.saturating_add(i64::from(seconds)),
        policy: None,
        policy_arns: Vec::new(),
        tags: Vec::new(),
        transitive_tag_keys: Vec::new(),
        source_identity: None,
        mfa_authenticated: None,
    })
}

impl Credentials {
    /// The credentials of the session, with a new secret.
    ///
    /// # Errors
    /// Only if the system's random generator fails.
    pub fn issue(cx: &Context<'_>, session: &Session) -> Result<Self, Error> {
        let secret = cx.new_secret()?;
        Ok(Self {
            access_key_id: session.access_key_id.clone(),
            secret_access_key: secret.expose().to_owned(),
            session_token: cx.session_token(session, &secret)?,
            expiration: session.expiration(),
        })
    }
}
