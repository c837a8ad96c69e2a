use std::sync::Arc;

use bartizan_store::{
    AccountId,
    entity::{Role, User},
};

use crate::Session;

/// Who asks, as the signature proved it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account that the caller acts in.
    pub account: AccountId,
    /// Who in that account.
    pub identity: Identity,
    /// The access key id that signed.
    pub access_key_id: String,
    /// Present if the credentials are temporary.
    pub session: Option<Arc<Session>>,
}

/// Who, within an account.
#[derive(Debug, Clone)]
pub enum Identity {
    /// Nobody: the request is not signed. The account is [`AccountId::NOBODY`]'s, which no account has.
    Anonymous,
    /// The account's root user.
    Root,
    /// An IAM user.
    User(Arc<User>),
    /// A session of a role.
    Role {
        /// The role.
        role: Arc<Role>,
        /// The name that whoever assumed it gave the session.
        session_name: String,
    },
    /// A federated user, made by GetFederationToken.
    FederatedUser {
        /// The name given.
        name: String,
        /// The IAM user whose permissions it shares; `None` for the root user's.
        issuer: Option<Arc<User>>,
    },
}

impl Caller {
    /// Nobody.
    #[must_use]
    pub(crate) const fn anonymous() -> Self {
        Self { account: AccountId::NOBODY, identity: Identity::Anonymous, access_key_id: String::new(), session: None }
    }

    /// Whether nobody signed.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        matches!(self.identity, Identity::Anonymous)
    }

    /// The ARN that GetCallerIdentity tells and that denials name.
    #[must_use]
    pub fn arn(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::Root => format!("arn:aws:iam::{}:root", self.account),
            Identity::User(user) => user.arn(),
            Identity::Role { role, session_name } => role.session_arn(session_name),
            Identity::FederatedUser { name, .. } => format!("arn:aws:sts::{}:federated-user/{name}", self.account),
        }
    }

    /// `aws:userid`: `AIDA…`, `AROA…:session`, `account:name` or the account id for the root user.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable>
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::Root => self.account.to_string(),
            Identity::User(user) => user.id.clone(),
            Identity::Role { role, session_name } => format!("{}:{session_name}", role.id),
            Identity::FederatedUser { name, .. } => format!("{}:{name}", self.account),
        }
    }

    /// The IAM user, if that is who asks.
    #[must_use]
    pub fn user(&self) -> Option<&Arc<User>> {
        match &self.identity {
            Identity::User(user) => Some(user),
            Identity::Anonymous | Identity::Root | Identity::Role { .. } | Identity::FederatedUser { .. } => None,
        }
    }

    /// Whether this is an account's root user.
    #[must_use]
    pub const fn is_root(&self) -> bool {
        matches!(self.identity, Identity::Root)
    }
}
