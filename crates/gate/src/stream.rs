//! Bodies that are longer than memory should be, between the asynchronous edge and the operations, which are not.

use std::{
    future::Future as _,
    io::{self, Read},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{
    runtime::Handle,
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use crate::{
    body::{BodyFault, fault},
    context::Streamed,
};

/// How long a head or a body may take to arrive.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How much is read for one frame.
const FRAME: u64 = 256 * 1024;

/// The body of an answer.
pub(crate) type Outgoing = Either<Full<Bytes>, Sending>;

/// A request's body, read by a thread that may wait.
pub(crate) struct Arriving {
    body: Incoming,
    handle: Handle,
    frame: Bytes,
}

impl Arriving {
    pub const fn new(body: Incoming, handle: Handle) -> Self {
        Self { body, handle, frame: Bytes::new() }
    }
}

impl Read for Arriving {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.frame.is_empty() {
            let frame = timeout_of(&self.handle, &mut self.body)?;
            match frame {
                None => return Ok(0),
                Some(Err(_)) => return Err(fault(BodyFault::Incomplete)),
                Some(Ok(frame)) => self.frame = frame.into_data().unwrap_or_default(),
            }
        }
        let bytes = self.frame.split_to(buffer.len().min(self.frame.len()));
        if let Some(to) = buffer.get_mut(..bytes.len()) {
            to.copy_from_slice(&bytes);
        }
        Ok(bytes.len())
    }
}

type Received = Option<Result<Frame<Bytes>, hyper::Error>>;

fn timeout_of(handle: &Handle, body: &mut Incoming) -> io::Result<Received> {
    handle.block_on(async { timeout(PATIENCE, body.frame()).await }).map_err(|_| fault(BodyFault::Slow))
}

/// An answer's body, read frame by frame as the other side takes it.
pub(crate) struct Sending {
    left: u64,
    state: State,
}

type Reader = Box<dyn Read + Send>;

enum State {
    Idle(Option<Reader>),
    Reading(JoinHandle<(Reader, io::Result<Vec<u8>>)>),
}

impl Sending {
    /// What is short goes out at once.
    pub fn begin(streamed: Streamed) -> Outgoing {
        let Streamed { from, length, .. } = streamed;
        if length > FRAME {
            return Either::Right(Self { left: length, state: State::Idle(Some(from)) });
        }
        match tokio::task::block_in_place(|| read(from, length)) {
            (_, Ok(bytes)) => Either::Left(Full::new(Bytes::from(bytes))),
            // The head has been promised: the connection must break.
            (from, Err(_)) => Either::Right(Self { left: length, state: State::Idle(Some(from)) }),
        }
    }
}

fn read(mut from: Reader, length: u64) -> (Reader, io::Result<Vec<u8>>) {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let read = from.by_ref().take(length).read_to_end(&mut bytes);
    let whole = read.and_then(|read| match read as u64 == length {
        true => Ok(bytes),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    });
    (from, whole)
}

impl Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match &mut self.state {
                State::Idle(from) => {
                    let Some(from) = from.take() else { return Poll::Ready(None) };
                    let length = self.left.min(FRAME);
                    if length == 0 {
                        return Poll::Ready(None);
                    }
                    self.state = State::Reading(spawn_blocking(move || read(from, length)));
                }
                State::Reading(reading) => {
                    let (from, bytes) = ready!(Pin::new(reading).poll(cx)).map_err(io::Error::other)?;
                    let bytes = bytes.inspect_err(|error| tracing::error!(%error, "an object cannot be read"))?;
                    self.left -= bytes.len() as u64;
                    self.state = State::Idle(Some(from));
                    return Poll::Ready(Some(Ok(Frame::data(Bytes::from(bytes)))));
                }
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}
