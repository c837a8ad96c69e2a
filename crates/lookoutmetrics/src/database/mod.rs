//! Tables of databases that speak PostgreSQL's protocol: Amazon RDS for PostgreSQL, Amazon Redshift, and one's own.
//!
//! | file | what it holds |
//! |---|---|
//! | `source` | which table, from a dataset's configuration; who asks, from a secret |
//! | `query` | what is asked for: names that are quoted, times that are bound |
//! | `link` | the connection: TLS, and no message that is too long |
//! | `postgres` | asking, and rows as they come |
//!
//! # Invariants
//! - What a customer calls a table or a column is quoted, and what a time is is bound: neither is ever part of a query's
//!   grammar.
//! - Nothing is changed: the transaction is read-only.
//! - A server of the Internet proves with a certificate that it is who it is called before it is sent anything. One of an
//!   internal network, which the installation's operator allowed, may do without.
//! - Whatever the server does, no more than a few messages are in memory, and it ends in time.
//!
//! Nothing here knows the gate: where the host is, and whether it may be reached, is for the caller to say
//! (`bartizan_gate::Outbound::resolve`).

mod link;
mod postgres;
mod query;
mod source;

use std::fmt;

pub use postgres::{Limits, Server, read};
pub use query::Selection;
pub use source::{DatabaseSource, InvalidSecret, Login};

/// Why a table cannot be read, in words for the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// No connection comes about.
    Unreachable(String),
    /// The server does not speak TLS, and it is on the Internet.
    Insecure,
    /// The server's certificate does not prove that it is who it is called.
    Untrusted(String),
    /// The server does not know the user, or the password is another one.
    Unauthenticated,
    /// There is no such database.
    NoDatabase(String),
    /// There is no such table, or the user does not see it.
    NoTable(String),
    /// The table has no such column.
    NoColumn(String),
    /// The user may not read the table.
    Forbidden(String),
    /// The column's type tells no time. The column, and its type.
    NoTime(String, String),
    /// There are more rows than there may be.
    TooManyRows(u64),
    /// It took too long.
    TooSlow,
    /// The server says something else.
    Refused(String),
    /// The connection broke.
    Broken(String),
}

impl Unread {
    /// Whether trying again may help, with nothing changed.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::TooSlow | Self::Broken(_))
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "The database cannot be reached: {why}."),
            Self::Insecure => {
                f.write_str("The database does not speak TLS, which it must outside of internal networks.")
            }
            Self::Untrusted(why) => write!(f, "The database's certificate is not trusted: {why}."),
            Self::Unauthenticated => f.write_str("The database does not accept the secret's user name and password."),
            Self::NoDatabase(name) => write!(f, "The server has no database {name}."),
            Self::NoTable(name) => write!(f, "The database has no table {name}."),
            Self::NoColumn(name) => write!(f, "The table has no column {name}."),
            Self::Forbidden(name) => write!(f, "The secret's user may not read the table {name}."),
            Self::NoTime(column, kind) => {
                write!(f, "The column {column} is of type {kind}, which is neither a timestamp, nor a date, nor text.")
            }
            Self::TooManyRows(limit) => write!(f, "The table has more than {limit} rows for the time that is read."),
            Self::TooSlow => f.write_str("The database did not answer in time."),
            Self::Refused(why) => write!(f, "The database refuses: {why}"),
            Self::Broken(why) => write!(f, "The connection to the database broke: {why}."),
        }
    }
}

impl std::error::Error for Unread {}
