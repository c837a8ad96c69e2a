//! The one thread that removes blobs which have become nobody's.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::Duration,
};

use crate::{Error, blobs::Blobs, index::Index};

/// How long until what could not be removed is tried again.
const AGAIN: Duration = Duration::from_secs(30);

/// Wakes the thread. It ends when this is dropped.
pub(crate) struct Sweeper(SyncSender<()>);

impl Sweeper {
    /// Begins with what earlier runs have left.
    pub fn begin(index: Arc<Index>, blobs: Arc<Blobs>, run: u64) -> io::Result<Self> {
        let (wake, woken) = mpsc::sync_channel(1);
        let sweep = move || {
            if let Err(error) = blobs.abort_uploads_before(run) {
                tracing::warn!(%error, "uploads that earlier runs had begun are left until the next start");
            }
            while wait(&woken, sweep(&index, &blobs)) {}
        };
        thread::Builder::new().name("sweeper".to_owned()).spawn(sweep)?;
        Ok(Self(wake))
    }

    /// There is something to remove.
    pub fn wake(&self) {
        // If it is full, the thread is about to look anyway.
        let _ = self.0.try_send(());
    }
}

/// Whether to go on, once there is something to do.
fn wait(woken: &Receiver<()>, swept: Result<bool, Error>) -> bool {
    match swept {
        Ok(true) => woken.recv().is_ok(),
        Ok(false) => woken.recv_timeout(AGAIN) != Err(RecvTimeoutError::Disconnected),
        Err(error) => {
            tracing::warn!(%error, "what was deleted or replaced cannot be removed yet");
            woken.recv_timeout(AGAIN) != Err(RecvTimeoutError::Disconnected)
        }
    }
}

/// Removes what it can; whether that is all.
fn sweep(index: &Index, blobs: &Blobs) -> Result<bool, Error> {
    loop {
        let garbage = index.garbage()?;
        if garbage.is_empty() {
            return Ok(true);
        }
        let mut removed = Vec::new();
        let mut failed = None;
        for name in garbage {
            match blobs.remove(&name) {
                Ok(true) => removed.push(name),
                Ok(false) => {}
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let none = removed.is_empty();
        index.forget(removed)?;
        match failed {
            Some(error) => return Err(error),
            None if none => return Ok(false),
            None => {}
        }
    }
}
