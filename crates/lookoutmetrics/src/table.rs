//! The table that data is in, read as a user of the database. Who that is says a secret, which is read as the role that the
//! customer gave for it.

use std::{ops::Range, time::Duration};

use bartizan_gate::{Calls, Error, Outbound, Unreached, blocking};
use jiff::Timestamp;

use crate::{
    data::{Plan, Row},
    database::{self, DatabaseSource, Login, Selection, Server, Unread},
    error,
    session::{Session, WorksFor},
};

/// A table, and who reads it.
pub struct Table<'a> {
    source: &'a DatabaseSource,
    outbound: &'a Outbound,
    login: Login,
}

impl<'a> Table<'a> {
    /// Assumes the role, and reads the secret as it.
    ///
    /// # Errors
    /// `ValidationException` if the role may not be assumed or may not read the secret, or if that is no user's name and
    /// password.
    pub fn open(
        calls: &dyn Calls,
        outbound: &'a Outbound,
        source: &'a DatabaseSource,
        works_for: &WorksFor<'_>,
    ) -> Result<Self, Error> {
        let session = Session::open(calls, &source.role, works_for)?;
        let secret = session.call("secretsmanager", "GetSecretValue", vec![("SecretId", &source.secret)])?;
        let login = Login::of(secret.output).map_err(|why| error::refused(why.to_string()))?;
        Ok(Self { source, outbound, login })
    }

    /// Reads the rows of a time: `each` is given the columns of [`Plan::columns`], and says whether to go on. It blocks, for
    /// the patience at most.
    ///
    /// # Errors
    /// Why not, in words for the customer.
    pub fn read(
        &self,
        plan: &Plan,
        range: Range<Timestamp>,
        patience: Duration,
        each: &mut dyn FnMut(&Row<'_>) -> bool,
    ) -> Result<(), Unread> {
        let DatabaseSource { host, port, database, table, .. } = self.source;
        let (columns, pattern, zone) = (&plan.columns(), &plan.pattern, plan.zone());
        blocking(|| {
            let found = self.outbound.resolve(host, *port).map_err(|why| match why {
                // Where a name of an internal network leads is not told.
                Unreached::Internal(_) => Unread::Internal(host.clone()),
                Unreached::Failed(_) | Unreached::Status(_) => Unread::Unreachable(why.to_string()),
            })?;
            let server = Server { host, addresses: &found.addresses, is_internal: found.is_internal, database };
            let selection = Selection { table, columns, pattern, zone, range };
            database::read(&server, &self.login, &selection, patience, each)
        })
    }
}
