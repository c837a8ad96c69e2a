"""Signature Version 4, once more and by itself: small, and able to sign what no client would send.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import http.client
import json
import re
import socket
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, unquote

from server import PATIENCE, REGION, Credentials, Server

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass
class Request:
    """A request as its bytes will be: headers in order, names and doublets as they are here."""

    method: str = "POST"
    path: str = "/"
    query: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def with_headers(self, *headers: tuple[str, str]) -> "Request":
        return replace(self, headers=[*self.headers, *headers])

    def without(self, name: str) -> "Request":
        return replace(self, headers=[header for header in self.headers if header[0].lower() != name.lower()])

    def header(self, name: str) -> str:
        return next(value for given, value in self.headers if given.lower() == name.lower())

    def edit(self, name: str, change) -> "Request":
        """The same with another value of this header; what is signed stays."""
        edited = [(given, change(value) if given.lower() == name.lower() else value) for given, value in self.headers]
        return replace(self, headers=edited)

    def in_bytes(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in self.headers):
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + self.body


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def code(self) -> str:
        """The error's code in whichever protocol; empty if it is none."""
        if found := re.search(r"<Code>(.*?)</Code>", self.body):
            return found[1]
        if named := self.headers.get("x-amzn-ErrorType"):
            return named.split(":")[0]
        try:
            return json.loads(self.body).get("__type", "").rsplit("#")[-1]
        except (ValueError, AttributeError):
            return ""

    @property
    def message(self) -> str:
        if found := re.search(r"<Message>(.*?)</Message>", self.body, re.DOTALL):
            text = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&apos;", "'")
            return text.replace("&#39;", "'").replace("&#10;", "\n").replace("&#xA;", "\n").replace("&amp;", "&")
        try:
            error = json.loads(self.body)
            return error.get("message") or error.get("Message") or ""
        except (ValueError, AttributeError):
            return ""

    @property
    def refusal(self) -> tuple[str, int]:
        return self.code, self.status


def sign(
    request: Request,
    server: Server,
    credentials: Credentials,
    service: str,
    *,
    now: datetime | None = None,
    region: str = REGION,
    leave_unsigned: tuple[str, ...] = (),
    scope: str | None = None,
) -> Request:
    """The request with an Authorization header. Every header of it is signed but those left out by name."""
    stamp = format_time(now)
    request = request.with_headers(("X-Amz-Date", stamp))
    if not any(name.lower() == "host" for name, _ in request.headers):
        request = request.with_headers(("Host", server.address))
    if credentials.session_token:
        request = request.with_headers(("X-Amz-Security-Token", credentials.session_token))
    scope = scope or f"{stamp[:8]}/{region}/{service}/aws4_request"
    names = sorted({name.lower() for name, _ in request.headers} - {name.lower() for name in leave_unsigned})
    declared = [value for name, value in request.headers if name.lower() == "x-amz-content-sha256" and service == "s3"]
    body = declared[0] if declared else hashlib.sha256(request.body).hexdigest()
    signature = _signature(request, credentials, stamp, scope, names, body)
    authorization = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )
    return request.with_headers(("Authorization", authorization))


def presign(
    request: Request,
    server: Server,
    credentials: Credentials,
    service: str,
    *,
    now: datetime | None = None,
    region: str = REGION,
    expires: int | str = 60,
) -> Request:
    """The request with its signature in the query."""
    stamp = format_time(now)
    request = request.with_headers(("Host", server.address))
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    names = sorted({name.lower() for name, _ in request.headers})
    parameters = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{credentials.access_key_id}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(expires),
        "X-Amz-SignedHeaders": ";".join(names),
    }
    if credentials.session_token:
        parameters["X-Amz-Security-Token"] = credentials.session_token
    added = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in parameters.items())
    request = replace(request, query=f"{request.query}&{added}" if request.query else added)
    signature = _signature(request, credentials, stamp, scope, names, hashlib.sha256(request.body).hexdigest())
    return replace(request, query=f"{request.query}&X-Amz-Signature={signature}")


def format_time(now: datetime | None) -> str:
    return (now or datetime.now(timezone.utc)).strftime("%Y%m%dT%H%M%SZ")


def minutes_from_now(minutes: float) -> datetime:
    return datetime.now(timezone.utc) + timedelta(minutes=minutes)


def _signature(request: Request, credentials: Credentials, stamp: str, scope: str, names: list[str], body: str) -> str:
    pairs = [pair.partition("=") for pair in request.query.split("&") if pair]
    encoded = sorted((_encode(unquote(name)), _encode(unquote(value))) for name, _, value in pairs)
    lines = [request.method, quote(request.path, safe="/-_.~"), "&".join(f"{name}={value}" for name, value in encoded)]
    for name in names:
        values = [" ".join(value.split()) for given, value in request.headers if given.lower() == name]
        lines.append(f"{name}:{','.join(values)}")
    canonical = "\n".join([*lines, "", ";".join(names), body])
    to_sign = "\n".join([ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = b"AWS4" + credentials.secret_access_key.encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return _hmac(key, to_sign).hex()


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class Connection:
    """One TCP connection that is kept, and on which anything can be sent."""

    def __init__(self, server: Server, *, source: str = "127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", server.port), PATIENCE, source_address=(source, 0))

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, request: Request | bytes) -> Answer:
        self.socket.sendall(request if isinstance(request, bytes) else request.in_bytes())
        return self.receive()

    def receive(self, method: str = "POST") -> Answer:
        response = http.client.HTTPResponse(self.socket, method=method)
        response.begin()
        return Answer(response.status, response.msg, response.read().decode())

    def is_closed(self) -> bool:
        """Whether the server has closed, after all that it still had to say."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


def send(server: Server, request: Request | bytes, *, source: str = "127.0.0.1") -> Answer:
    """Sends on a connection of its own, from this address."""
    with Connection(server, source=source) as connection:
        return connection.send(request)


FORM = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")


def query_request(action: str, version: str = "2011-06-15", parameters: str = "") -> Request:
    body = f"Action={action}&Version={version}{'&' + parameters if parameters else ''}"
    return Request(headers=[FORM], body=body.encode())


WHO_AM_I = query_request("GetCallerIdentity")
"""The call that needs no permission: what it answers is about the signature alone."""
