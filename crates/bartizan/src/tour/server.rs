//! The throw-away server that the tour visits: the real one, in a directory that does not outlive it.

use std::{io, net::SocketAddr, path::Path, sync::Arc};

use bartizan_gate::{Config, Gate};
use bartizan_store::{AccountId, Store};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    sync::oneshot::{self, Sender},
    task::JoinHandle,
};

use crate::{
    Failure,
    bootstrap::{self, RootKey},
    services::SERVICES,
};

/// A running server. The fields are dropped in this order: the directory goes last.
pub struct Server {
    address: SocketAddr,
    stop: Sender<()>,
    serving: JoinHandle<io::Result<()>>,
    runtime: Runtime,
    directory: TempDir,
}

impl Server {
    /// Opens a server for an account on a free port of this machine, and gives the key of the account's root user.
    pub fn open(account: AccountId) -> Result<(Self, RootKey), Failure> {
        let directory = tempfile::Builder::new().prefix("bartizan-tour-").tempdir()?;
        let store = Store::open(directory.path(), None)?;
        let key = bootstrap::random_key(&store)?;
        bootstrap::found(&store, account, &key)?;
        let gate = Arc::new(Gate::new(store, SERVICES, Config::default()));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let serving = runtime.spawn(bartizan_gate::serve(gate, listener, async {
            // It ends as well when nobody is left to say so.
            let _ = stopped.await;
        }));
        Ok((Self { address, stop, serving, runtime, directory }, key))
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Shuts the server down, which writes what waits, and gives the directory it leaves.
    pub fn close(self) -> Result<Remains, Failure> {
        let _ = self.stop.send(());
        self.runtime.block_on(self.serving)??;
        Ok(Remains(self.directory))
    }
}

/// The directory of a server that has been shut down; it is removed when dropped.
pub struct Remains(TempDir);

impl Remains {
    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Removes the directory.
    pub fn remove(self) -> io::Result<()> {
        self.0.close()
    }
}
