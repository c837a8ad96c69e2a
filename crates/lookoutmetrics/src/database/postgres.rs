//! Asking, and rows as they come.
//!
//! The asynchronous client is used rather than the one that blocks: only it can be given a deadline that holds against a
//! server that answers nothing, or without end. Here it is a call that blocks like any other.

use std::{borrow::Cow, net::SocketAddr, pin::pin, time::Duration};

use futures_util::TryStreamExt as _;
use tokio::{runtime::Builder, task::JoinHandle, time::timeout};
use tokio_postgres::{
    Client, Config, NoTls,
    config::SslMode,
    error::{DbError, SqlState},
    types::BorrowToSql,
};

use super::{
    Login, Selection, Unread, link,
    query::{TimeColumn, When},
};
use crate::data::Row;

/// How long it may take until the server has answered at all.
const CONNECT: Duration = Duration::from_secs(10);
/// How long it may take to take leave, which is a courtesy to the server's log.
const FAREWELL: Duration = Duration::from_secs(1);
/// How much of what a server says is told on, in characters.
const MAX_WORDS: usize = 200;

/// A server, where it was found to be.
#[derive(Debug, Clone)]
pub struct Server<'a> {
    /// As the customer calls it, and as its certificate must.
    pub host: &'a str,
    /// Where it is: the caller has looked at each of them, and nothing else is connected to.
    pub addresses: &'a [SocketAddr],
    /// Whether it is in a network that the operator allowed, and may do without TLS and a certificate of its name.
    pub is_internal: bool,
    /// The database.
    pub database: &'a str,
}

/// How much may be read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows that are handed on.
    pub rows: u64,
    /// How long all of it may take.
    pub patience: Duration,
}

/// Reads rows of a table: `each` is given the columns of each one as text, `None` where there is no value, and says
/// whether to go on. Rows whose text tells no time are handed on, too, and rows are in no order. It blocks, and must not be
/// called on a thread that drives a runtime of its own (`block_in_place` and `spawn_blocking` are well).
///
/// # Errors
/// Why not. What was handed on before counts no less.
pub fn read(
    server: &Server<'_>,
    login: &Login,
    selection: &Selection<'_>,
    limits: Limits,
    each: &mut dyn FnMut(Option<&Row<'_>>) -> bool,
) -> Result<(), Unread> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Unread::Broken(error.to_string()))?;
    let outcome = runtime.block_on(async {
        let read = async {
            let (client, connection) = connect(server, login).await?;
            let outcome = rows(&client, selection, limits, each).await;
            drop(client);
            let _ = timeout(FAREWELL, connection).await;
            outcome
        };
        timeout(limits.patience, read).await.unwrap_or(Err(Unread::TooSlow))
    });
    runtime.shutdown_background();
    outcome
}

/// The client, and the connection that it has: it ends with the client, and how, whoever waits for an answer learns.
async fn connect(server: &Server<'_>, login: &Login) -> Result<(Client, JoinHandle<()>), Unread> {
    let connect = async {
        let stream = link::open(server).await?;
        let mut config = Config::new();
        // What there is to say of TLS has been said.
        config.ssl_mode(SslMode::Disable).application_name("Bartizan");
        config.dbname(server.database).user(&login.username).password(login.password.expose());
        config.connect_raw(stream, NoTls).await.map_err(|error| unread(&error, server.database, None))
    };
    let slow = || Unread::Unreachable("it does not answer".to_owned());
    let (client, connection) = timeout(CONNECT, connect).await.map_err(|_| slow())??;
    Ok((client, tokio::spawn(async move { drop(connection.await) })))
}

async fn rows(
    client: &Client,
    selection: &Selection<'_>,
    limits: Limits,
    each: &mut dyn FnMut(Option<&Row<'_>>) -> bool,
) -> Result<(), Unread> {
    let unread = |error: tokio_postgres::Error| unread(&error, "", Some(selection));
    // The server gives up, too, when nobody waits any more.
    let settings =
        format!("SET statement_timeout = {}; START TRANSACTION READ ONLY", limits.patience.as_millis().max(1));
    client.batch_execute(&settings).await.map_err(unread)?;
    let probe = client.prepare(&selection.probe()).await.map_err(unread)?;
    let kind = probe.columns().first().map(|column| column.type_().clone());
    let kind = kind.ok_or_else(|| Unread::Broken("the server tells no types".to_owned()))?;
    let time = TimeColumn::of(&kind)
        .ok_or_else(|| Unread::NoTime(selection.timestamp().to_owned(), kind.name().to_owned()))?;
    let (query, parameters) = selection.query(time);
    let parameters = parameters.iter().map(BorrowToSql::borrow_to_sql);
    let mut found = pin!(client.query_raw(&query, parameters).await.map_err(unread)?);
    let mut handed_on = 0;
    while let Some(row) = found.try_next().await.map_err(unread)? {
        let mut values: Vec<Option<Cow<'_, str>>> = Vec::with_capacity(row.len());
        for place in 0..row.len() {
            let value: Option<&str> = row.try_get(place).map_err(unread)?;
            values.push(value.filter(|value| !value.is_empty()).map(Cow::Borrowed));
        }
        if let Some(Some(text)) = values.first() {
            match selection.when(time, text) {
                When::Beyond => continue,
                When::Unclear => {}
                When::Within(text) => {
                    if let Some(first) = values.first_mut() {
                        *first = Some(Cow::Owned(text));
                    }
                }
            }
        }
        handed_on += 1;
        if handed_on > limits.rows {
            return Err(Unread::TooManyRows(limits.rows));
        }
        if !each(Some(&values)) {
            break;
        }
    }
    Ok(())
}

/// What the customer is told of an error.
fn unread(error: &tokio_postgres::Error, database: &str, selection: Option<&Selection<'_>>) -> Unread {
    let Some(told) = error.as_db_error() else {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        return Unread::Broken(cause);
    };
    let table = || selection.map(|selection| selection.table.to_owned()).unwrap_or_default();
    match *told.code() {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => Unread::Unauthenticated,
        SqlState::INVALID_CATALOG_NAME => Unread::NoDatabase(database.to_owned()),
        SqlState::UNDEFINED_TABLE | SqlState::INVALID_SCHEMA_NAME => Unread::NoTable(table()),
        SqlState::UNDEFINED_COLUMN => Unread::NoColumn(column(told, selection)),
        SqlState::INSUFFICIENT_PRIVILEGE => Unread::Forbidden(table()),
        SqlState::QUERY_CANCELED => Unread::TooSlow,
        SqlState::TOO_MANY_CONNECTIONS | SqlState::CANNOT_CONNECT_NOW | SqlState::ADMIN_SHUTDOWN => {
            Unread::Unreachable(words(told.message()))
        }
        _ => Unread::Refused(format!("{} ({})", words(told.message()), told.code().code())),
    }
}

/// Which column the server has in mind: the one of ours that it names, in whichever language it speaks.
fn column(told: &DbError, selection: Option<&Selection<'_>>) -> String {
    let columns = selection.map(|selection| selection.columns).unwrap_or_default();
    let quoted = |column: &&&str| told.message().contains(&format!("\"{column}\""));
    columns.iter().find(quoted).map_or_else(|| words(told.message()), |column| (*column).to_owned())
}

fn words(message: &str) -> String {
    message.chars().filter(|letter| !letter.is_control()).take(MAX_WORDS).collect()
}
