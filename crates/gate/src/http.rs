//! The HTTP edge: the only place that is asynchronous.

use std::{convert::Infallible, future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::Semaphore,
    task::spawn_blocking,
    time::timeout,
};

use crate::{
    Gate,
    gate::{Answer, Receives},
    stream::{Arriving, Outgoing, PATIENCE, Sending},
};

/// The greatest head: request line and headers.
const MAX_HEAD: usize = 64 * 1024;
/// The most header lines.
const MAX_HEADERS: usize = 100;
/// The most connections at once; further ones wait to be accepted.
const MAX_CONNECTIONS: usize = 4096;
/// The most bodies that operations read at once, each on a thread of its own; further ones wait.
const MAX_STREAMS: usize = 128;
/// The most operations on objects at once that may wait without a body; further ones wait.
const MAX_WAITING: usize = 256;
/// How long requests in flight may take once the end is asked for.
const GRACE: Duration = Duration::from_secs(10);
/// How often waiting audit records are written: "within a second".
const FLUSH: Duration = Duration::from_millis(200);

/// Places for requests that hold a thread of their own.
struct Places {
    streams: Semaphore,
    waiting: Semaphore,
}

/// Serves until `end` is ready, then answers what is in flight and writes what waits.
///
/// # Errors
/// If the listener itself fails.
pub async fn serve(gate: Arc<Gate>, listener: TcpListener, end: impl Future<Output = ()>) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let places = Arc::new(Places { streams: Semaphore::new(MAX_STREAMS), waiting: Semaphore::new(MAX_WAITING) });
    let flusher = tokio::spawn(flush(Arc::clone(&gate)));
    tokio::pin!(end);
    loop {
        let accepted = async {
            let place = Arc::clone(&connections).acquire_owned().await.map_err(io::Error::other)?;
            listener.accept().await.map(|accepted| (accepted, place))
        };
        let ((stream, peer), place) = tokio::select! {
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Too many open files and the like: others may free what is short.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
            () = &mut end => break,
        };
        let connection = graceful.watch(connection(Arc::clone(&gate), Arc::clone(&places), stream, peer));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    if timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests were cut off at shutdown");
    }
    flusher.abort();
    // It may be in the middle of writing; what it holds must be written, or given back, before the last flush.
    let _ = flusher.await;
    tokio::task::block_in_place(|| {
        gate.flush();
        gate.close();
    });
    Ok(())
}

async fn flush(gate: Arc<Gate>) {
    let mut tick = tokio::time::interval(FLUSH);
    loop {
        tick.tick().await;
        tokio::task::block_in_place(|| gate.flush());
    }
}

fn connection(
    gate: Arc<Gate>,
    places: Arc<Places>,
    stream: TcpStream,
    peer: SocketAddr,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<Request<Incoming>, Response = Response<Outgoing>, Error = Infallible, Future: Send> + Send,
> {
    // Small answers must not wait for the other side's acknowledgement.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEAD)
        .max_headers(MAX_HEADERS)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(move |request| {
                let (gate, places) = (Arc::clone(&gate), Arc::clone(&places));
                async move { Ok::<_, Infallible>(respond(&gate, &places, request, peer).await) }
            }),
        )
}

async fn respond(
    gate: &Arc<Gate>,
    places: &Places,
    request: Request<Incoming>,
    peer: SocketAddr,
) -> Response<Outgoing> {
    let whole_target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let pages = if request.headers().contains_key(AUTHORIZATION) { "" } else { whole_target };
    match (request.method().as_str(), pages) {
        ("GET", "/healthz") => return text(StatusCode::OK, "ok\n"),
        ("GET", "/readyz") if gate.is_ready() => return text(StatusCode::OK, "ready\n"),
        ("GET", "/readyz") => return text(StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
        ("GET", "/metrics") => return text(StatusCode::OK, gate.metrics()),
        _ => {}
    }
    let (head, body) = request.into_parts();
    // Absolute and authority forms are for proxies; nothing here signs them.
    let Some(target) = head.uri.path_and_query().filter(|_| head.uri.authority().is_none()) else {
        return text(StatusCode::BAD_REQUEST, "only the origin form of a request target is understood\n");
    };
    let (most, waits) = match gate.receives(&head.method, target.as_str(), &head.headers) {
        Receives::Whole { most, waits } => (most, waits),
        Receives::Streamed => {
            let target = target.as_str().to_owned();
            let Ok(_place) = places.streams.acquire().await else { return unserved() };
            let gate = Arc::clone(gate);
            let stream = Arriving::new(body, Handle::current());
            let answer = spawn_blocking(move || {
                gate.answer(&head.method, &target, &head.headers, &[], Some(Box::new(stream)), peer.ip())
            });
            return answer.await.ok().flatten().map_or_else(unserved, send);
        }
    };
    let body = match timeout(PATIENCE, Limited::new(body, most).collect()).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return text(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the request body is larger than {} MiB\n", most >> 20),
            );
        }
        Ok(Err(_)) => return text(StatusCode::BAD_REQUEST, "the request body is not whole\n"),
        Err(_) => return text(StatusCode::REQUEST_TIMEOUT, "the request body did not arrive in time\n"),
    };
    let answer = || gate.answer(&head.method, target.as_str(), &head.headers, &body, None, peer.ip());
    let answer = if waits {
        let Ok(_place) = places.waiting.acquire().await else { return unserved() };
        tokio::task::block_in_place(answer)
    } else {
        answer()
    };
    match answer {
        Some(answer) => send(answer),
        None => text(StatusCode::NOT_FOUND, "no AWS service is called by this request\n"),
    }
}

fn unserved() -> Response<Outgoing> {
    text(StatusCode::INTERNAL_SERVER_ERROR, "the request broke off\n")
}

fn send(answer: Answer) -> Response<Outgoing> {
    let mut response = Response::new(match answer.streamed {
        None => Either::Left(Full::new(Bytes::from(answer.reply.body))),
        Some(streamed) => Sending::begin(streamed),
    });
    *response.status_mut() = StatusCode::from_u16(answer.reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.reply.content_type));
    let further = answer.reply.headers.into_iter();
    let request_id = ("x-amzn-requestid".into(), answer.request_id);
    let encoded = answer.encoded_message.map(|message| ("x-amzn-encoded-authorization-message".into(), message));
    for (name, value) in further.chain([request_id]).chain(encoded) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_ref()), HeaderValue::from_bytes(value.as_bytes()))
        {
            headers.insert(name, value);
        }
    }
    response
}

fn text(status: StatusCode, text: impl Into<Bytes>) -> Response<Outgoing> {
    let mut response = Response::new(Either::Left(Full::new(text.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
