//! A connection to a server that may be anyone's: encrypted before anything is said, and read message by message.
//!
//! <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL>

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

use super::{Server, Unread};

/// "Will you speak TLS?"
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
/// The longest that one message may be, in bytes: as long as a record of a file.
const MAX_MESSAGE: u32 = 4 * 1024 * 1024;
/// How many bytes all messages together may have that are no rows: settings and notices are kept, too.
const MAX_TALK: u32 = 8 * 1024 * 1024;
/// What a message with a row begins with.
const DATA_ROW: u8 = b'D';
/// How many bytes tell what a message is, and its length.
const HEAD: usize = 5;

/// Bytes to and from a server.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// Connects to the first of the server's addresses that answers.
pub async fn open(server: &Server<'_>) -> Result<Guarded<Box<dyn Stream>>, Unread> {
    let mut failure = io::Error::other("it has no address");
    for address in server.addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|error| Unread::Unreachable(error.to_string()))?;
                return greet(stream, server).await;
            }
            Err(error) => failure = error,
        }
    }
    Err(Unread::Unreachable(failure.to_string()))
}

/// Asks for TLS, and does without where that is allowed.
async fn greet(mut stream: TcpStream, server: &Server<'_>) -> Result<Guarded<Box<dyn Stream>>, Unread> {
    let broken = |error: io::Error| Unread::Broken(error.to_string());
    stream.write_all(&SSL_REQUEST).await.map_err(broken)?;
    // One byte and no more: what else has come by then was sent by nobody in particular.
    let answer = stream.read_u8().await.map_err(broken)?;
    match answer {
        b'S' => {
            let name = ServerName::try_from(server.host.to_owned());
            let name = name.map_err(|error| Unread::Unreachable(error.to_string()))?;
            let config = if server.is_internal { unverified() } else { verified() };
            let config = config.map_err(|error| Unread::Broken(error.to_string()))?;
            let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await;
            let stream = stream.map_err(|error| match error.get_ref().and_then(|inner| inner.downcast_ref()) {
                Some(Error::InvalidCertificate(why)) => Unread::Untrusted(why.to_string()),
                _ => broken(error),
            })?;
            Ok(Guarded::new(Box::new(stream)))
        }
        b'N' if server.is_internal => Ok(Guarded::new(Box::new(stream))),
        b'N' => Err(Unread::Insecure),
        _ => Err(Unread::Unreachable("what answers there does not speak PostgreSQL's protocol".to_owned())),
    }
}

/// For a server of the Internet: its certificate is one of its name, of an authority that browsers trust.
fn verified() -> Result<ClientConfig, Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth())
}

/// For a server of an internal network, whose certificate is its own word for itself, as PostgreSQL's mostly are: nobody
/// who listens learns anything.
fn unverified() -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(AnyCertificate(Arc::clone(&provider)));
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// Takes any certificate, of a server that has its key.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// A stream of messages, none of which may be longer than [`MAX_MESSAGE`]: whoever reads them keeps each whole. Nor may
/// those be longer than [`MAX_TALK`] together that are no rows.
pub struct Guarded<S> {
    stream: S,
    messages: Messages,
}

/// Where in a message the bytes that come are.
#[derive(Default)]
struct Messages {
    head: Vec<u8>,
    /// How many bytes of its body are still to come.
    body: usize,
    /// How many bytes of messages that are no rows there were.
    talk: u32,
}

impl Messages {
    /// Follows bytes as they come.
    fn follow(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let needed = if self.body > 0 { self.body } else { HEAD - self.head.len() };
            let (taken, rest) = bytes.split_at(needed.min(bytes.len()));
            bytes = rest;
            if self.body > 0 {
                self.body -= taken.len();
                continue;
            }
            self.head.extend_from_slice(taken);
            if let [kind, length @ ..] = self.head.as_slice()
                && let Ok(length) = <[u8; HEAD - 1]>::try_from(length)
            {
                // The length counts itself.
                let length = u32::from_be_bytes(length);
                if !(4..=MAX_MESSAGE).contains(&length) {
                    return Err(io::Error::other("a message is longer than 4 MiB, or none"));
                }
                if *kind != DATA_ROW {
                    self.talk = self.talk.saturating_add(length);
                }
                if self.talk > MAX_TALK {
                    return Err(io::Error::other("the server says more than 8 MiB besides rows"));
                }
                self.body = length as usize - (HEAD - 1);
                self.head.clear();
            }
        }
        Ok(())
    }
}

impl<S> Guarded<S> {
    fn new(stream: S) -> Self {
        Self { stream, messages: Messages::default() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let this = &mut *self;
        match Pin::new(&mut this.stream).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => Poll::Ready(this.messages.follow(buffer.filled().get(before..).unwrap_or_default())),
            other => other,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
