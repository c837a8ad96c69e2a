//! Requests that are let in by their head, before their body is read: those of services in rest-xml.

use std::{
    cell::RefCell,
    io::{Cursor, Read},
    net::{IpAddr, Ipv4Addr},
};

use bartizan_sigv4::{Authentication, Payload, Rules, Unverified};
use bartizan_wire::Protocol;
use hyper::{HeaderMap, Method};

use super::{Answered, Gate, Passage};
use crate::{
    Body, Error, Row, Service, SignatureFacts,
    authenticate::Unauthenticated,
    input::{Called, Received},
    reply::Refusal,
};

/// How a body is received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Receives {
    /// Whole, and no larger than this. An operation on objects may then wait for what is slow: a disk, another store.
    Whole { most: usize, waits: bool },
    /// By the operation, while it runs.
    Streamed,
}

/// The greatest body of most operations. The longest policy document, percent-encoded, is well below it.
const SMALL_BODY: usize = 1024 * 1024;
/// The greatest body in XML: ten thousand parts with their checksums.
const XML_BODY: usize = 4 * 1024 * 1024;

impl Gate {
    /// How the body of the request with this head is to be received.
    pub(crate) fn receives(&self, method: &Method, target: &str, headers: &HeaderMap) -> Receives {
        let received = Received { method, target, headers, body: &[], peer: IpAddr::V4(Ipv4Addr::UNSPECIFIED) };
        if received.path() == "/" || received.header("x-amz-target").is_some() {
            return Receives::Whole { most: SMALL_BODY, waits: false };
        }
        match received.called(self.services) {
            Ok(Some(Called { service: Service { protocol: Protocol::RestXml { .. }, .. }, row, .. })) => match row {
                Some(row) if row.streams() => Receives::Streamed,
                _ => Receives::Whole { most: XML_BODY, waits: true },
            },
            _ => Receives::Whole { most: SMALL_BODY, waits: false },
        }
    }

    /// The same where the signature covers what the head says of the body: the body is held against that, before the
    /// input is read of it, or while the operation reads it.
    pub(super) fn pass_head(
        &self,
        received: &Received<'_>,
        signed: Option<(Unverified, Payload)>,
        stream: Option<Box<dyn Read + Send>>,
        passage: &mut Passage<'_>,
    ) -> Result<Answered, Refusal> {
        let (unverified, payload) = signed.map_or((None, Payload::Unsigned), |(one, other)| (Some(one), other));
        let length = |name: &str| received.header(name).and_then(|length| length.parse().ok());
        let is_chunked = matches!(payload, Payload::Chunked { .. });
        let length = if is_chunked { length("x-amz-decoded-content-length") } else { length("content-length") };
        passage.facts.signature = unverified.as_ref().map(|unverified| SignatureFacts {
            presigned: unverified.presigned(),
            signed_at: unverified.signed_at(),
            content_sha256: received.header("x-amz-content-sha256").map(str::to_owned),
        });
        let chunks = match &unverified {
            Some(unverified) => self
                .signing_keys
                .authenticate(unverified, &self.store.snapshot(), self.keyring(), passage.now.as_second())
                .map(|(_, key)| Some(unverified.chunks(&key)))
                .map_err(Refusal::Unauthenticated)?,
            None => None,
        };
        let from: Box<dyn Read + Send> = stream.unwrap_or_else(|| Box::new(Cursor::new(received.body.to_vec())));
        let mut body = Body::new(from, &payload, chunks, length);
        if passage.called.row.is_some_and(Row::streams) {
            passage.body = RefCell::new(Some(body));
            return self.pass(received, unverified.as_ref(), passage);
        }
        let mut whole = Vec::new();
        body.read_to_end(&mut whole).map_err(Error::from).map_err(|error| match error {
            Error::Body(fault) => Refusal::Body(fault),
            error => error.into(),
        })?;
        self.pass(&Received { body: &whole, ..*received }, unverified.as_ref(), passage)
    }
}

pub(super) const fn is_rest_xml(service: &Service) -> bool {
    matches!(service.protocol, Protocol::RestXml { .. })
}

/// What of the signature needs no body; `None` for a request that nobody signed.
pub(super) fn signed_head(
    authentication: Result<Authentication<'_>, bartizan_sigv4::Error>,
    rules: &Rules<'_>,
) -> Result<Option<(Unverified, Payload)>, Refusal> {
    match authentication.and_then(|read| read.canonicalize_head(rules)) {
        Ok(signed) => Ok(Some(signed)),
        Err(bartizan_sigv4::Error::MissingAuthenticationToken) => Ok(None),
        Err(error) => Err(Refusal::Unauthenticated(Unauthenticated::Signature(error))),
    }
}
