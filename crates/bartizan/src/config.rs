//! What `serve` can be told: by flag, by environment, by file, in this order; a default for each.

use std::{
    env, fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use bartizan_gate::{Functions, Networks, Quotas};
use bartizan_lookoutmetrics::Clock;
use bartizan_objects::{Credentials, OuterStore};
use bartizan_sns::Mail;
use bartizan_store::AccountId;
use clap::Args;
use serde::Deserialize;

use crate::Failure;

/// The flags of `serve`.
#[derive(Args)]
pub struct Arguments {
    /// Where to listen [default: 127.0.0.1:4599].
    #[arg(long, env = "BARTIZAN_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where the state is kept [default: ./bartizan-data].
    #[arg(long, env = "BARTIZAN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The file of the master key, made at the first start [default: master.key in the data directory].
    #[arg(long, env = "BARTIZAN_MASTER_KEY_FILE", value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// The id of the account that the first start makes [default: a random one].
    #[arg(long, env = "BARTIZAN_ACCOUNT_ID", value_name = "ID")]
    account_id: Option<AccountId>,
    /// The bucket of another S3-compatible store that holds the objects' bytes, as
    /// https://HOST/BUCKET[/PREFIX][?region=REGION]; with the key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY [default:
    /// files in the data directory].
    #[arg(long, env = "BARTIZAN_OBJECT_STORE", value_name = "URL")]
    object_store: Option<String>,
    /// Quotas other than AWS's, such as users=200000,roles=20000.
    #[arg(long, env = "BARTIZAN_QUOTAS", value_name = "NAME=NUMBER,…")]
    quotas: Option<Quotas>,
    /// Where subscribers find this server, for the links in what they are sent [default: where it listens].
    #[arg(long, env = "BARTIZAN_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// Internal networks and addresses that messages may be delivered to [default: none].
    #[arg(long, env = "BARTIZAN_DELIVER_TO_INTERNAL", value_name = "CIDR,…")]
    deliver_to_internal: Option<Networks>,
    /// The SMTP relay that takes electronic mail.
    #[arg(long, env = "BARTIZAN_MAIL_RELAY", value_name = "HOST:PORT")]
    mail_relay: Option<String>,
    /// A directory that electronic mail is written into, instead of a relay.
    #[arg(long, env = "BARTIZAN_MAIL_DIRECTORY", value_name = "DIR")]
    mail_directory: Option<PathBuf>,
    /// Whom electronic mail is from [default: no-reply@bartizan.invalid].
    #[arg(long, env = "BARTIZAN_MAIL_FROM", value_name = "ADDRESS")]
    mail_from: Option<String>,
    /// Where functions of AWS Lambda are that alerts call: each gets events posted.
    #[arg(long, env = "BARTIZAN_LAMBDA", value_name = "ARN=URL,…")]
    lambda: Option<Functions>,
    /// A TOML file with any of these, named as here with underscores.
    #[arg(long, env = "BARTIZAN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The same in a file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    master_key_file: Option<PathBuf>,
    account_id: Option<AccountId>,
    object_store: Option<String>,
    quotas: Option<String>,
    public_url: Option<String>,
    deliver_to_internal: Option<String>,
    mail_relay: Option<String>,
    mail_directory: Option<PathBuf>,
    mail_from: Option<String>,
    lambda: Option<String>,
}

/// What `serve` goes by.
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub master_key_file: Option<PathBuf>,
    pub account_id: Option<AccountId>,
    pub object_store: Option<OuterStore>,
    pub quotas: Quotas,
    pub public_url: Option<String>,
    pub deliver_to_internal: Networks,
    pub mail: Option<Mail>,
    pub functions: Functions,
    /// The time of detectors.
    pub clock: Clock,
}

/// The data directory where none is named.
pub const DATA_DIR: &str = "bartizan-data";

const PORT: u16 = 4599;
const MAIL_FROM: &str = "no-reply@bartizan.invalid";

impl Arguments {
    /// Puts flags, environment, file and defaults together.
    pub fn resolve(self) -> Result<Config, Failure> {
        let file = match &self.config {
            None => File::default(),
            Some(path) => {
                let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
                toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?
            }
        };
        let quotas = match self.quotas {
            Some(quotas) => quotas,
            None => file.quotas.as_deref().unwrap_or_default().parse()?,
        };
        let deliver_to_internal = match self.deliver_to_internal {
            Some(networks) => networks,
            None => file.deliver_to_internal.as_deref().unwrap_or_default().parse()?,
        };
        let functions = match self.lambda {
            Some(functions) => functions,
            None => file.lambda.as_deref().unwrap_or_default().parse()?,
        };
        // For tests alone, and so no flag: a detector on a wrong time watches nothing.
        let clock = match std::env::var("BARTIZAN_TEST_CLOCK") {
            Ok(clock) => clock.parse()?,
            Err(_) => Clock::REAL,
        };
        Ok(Config {
            clock,
            functions,
            listen: self.listen.or(file.listen).unwrap_or_else(|| (Ipv4Addr::LOCALHOST, PORT).into()),
            data_dir: self.data_dir.or(file.data_dir).unwrap_or_else(|| DATA_DIR.into()),
            master_key_file: self.master_key_file.or(file.master_key_file),
            account_id: self.account_id.or(file.account_id),
            object_store: self.object_store.or(file.object_store).map(|url| object_store(&url)).transpose()?,
            quotas,
            public_url: self.public_url.or(file.public_url),
            deliver_to_internal,
            mail: mail(
                self.mail_relay.or(file.mail_relay),
                self.mail_directory.or(file.mail_directory),
                &self.mail_from.or(file.mail_from).unwrap_or_else(|| MAIL_FROM.to_owned()),
            )?,
        })
    }
}

/// Another store, and the key to it. A command line can be seen by others, so that no secret is taken from there.
fn object_store(url: &str) -> Result<OuterStore, Failure> {
    let named = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let required = |name: &str| named(name).ok_or_else(|| format!("the object store needs a key: set {name}"));
    let credentials = Credentials {
        access_key_id: required("AWS_ACCESS_KEY_ID")?,
        secret_access_key: required("AWS_SECRET_ACCESS_KEY")?.into(),
        session_token: named("AWS_SESSION_TOKEN").map(Into::into),
    };
    Ok(OuterStore::new(url, credentials)?)
}

/// How electronic mail is sent, if it is.
fn mail(relay: Option<String>, directory: Option<PathBuf>, from: &str) -> Result<Option<Mail>, Failure> {
    match (relay, directory) {
        (None, None) => Ok(None),
        (Some(relay), None) => Ok(Some(Mail::by_relay(&relay, from)?)),
        (None, Some(directory)) => Ok(Some(Mail::into_directory(&directory, from)?)),
        (Some(_), Some(_)) => Err("electronic mail goes to a relay or into a directory: name one of them".into()),
    }
}
