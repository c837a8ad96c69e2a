//! What `serve` can be told: by flag, by environment, by file, in this order; a default for each.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use bartizan_gate::Quotas;
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
    /// Quotas other than AWS's, such as users=200000,roles=20000.
    #[arg(long, env = "BARTIZAN_QUOTAS", value_name = "NAME=NUMBER,…")]
    quotas: Option<Quotas>,
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
    quotas: Option<String>,
}

/// What `serve` goes by.
pub struct Config {
    pub listen: SocketAddr,
    pub data_dir: PathBuf,
    pub master_key_file: Option<PathBuf>,
    pub account_id: Option<AccountId>,
    pub quotas: Quotas,
}

/// The data directory where none is named.
pub const DATA_DIR: &str = "bartizan-data";

const PORT: u16 = 4599;

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
        Ok(Config {
            listen: self.listen.or(file.listen).unwrap_or_else(|| (Ipv4Addr::LOCALHOST, PORT).into()),
            data_dir: self.data_dir.or(file.data_dir).unwrap_or_else(|| DATA_DIR.into()),
            master_key_file: self.master_key_file.or(file.master_key_file),
            account_id: self.account_id.or(file.account_id),
            quotas,
        })
    }
}
