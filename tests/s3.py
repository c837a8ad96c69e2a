"""Requests to Amazon S3 that no client would send: signed by their heads, whatever their bodies are.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

import hashlib
import hmac
from dataclasses import replace

from server import REGION, ROOT
from sigv4 import Request, _hmac, format_time

EMPTY = hashlib.sha256(b"").hexdigest()


def put(server, body: bytes, sha256: str, *headers, path="/bucket/new") -> Request:
    """Puts an object, and says that of its body."""
    request = Request("PUT", path, headers=[("x-amz-content-sha256", sha256), *headers], body=body)
    return _signed(request, server)


def _signed(request: Request, server) -> Request:
    """Signed by its head: the payload's line is what `x-amz-content-sha256` says."""
    stamp = format_time(None)
    request = request.with_headers(("X-Amz-Date", stamp), ("Host", server.address))
    scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
    names = sorted({name.lower() for name, _ in request.headers})
    lines = [request.method, request.path, ""]
    lines += [f"{name}:{request.header(name)}" for name in names]
    canonical_request = "\n".join([*lines, "", ";".join(names), request.header("x-amz-content-sha256")])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical_request.encode()).hexdigest()])
    signature = _hmac(_key(stamp), text).hex()
    parts = f"Credential={ROOT.access_key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return request.with_headers(("Authorization", f"AWS4-HMAC-SHA256 {parts}"))


def _key(stamp: str) -> bytes:
    made = b"AWS4" + ROOT.secret_access_key.encode()
    for part in (stamp[:8], REGION, "s3", "aws4_request"):
        made = _hmac(made, part)
    return made


def chunked(server, chunks: list[bytes], *, trailer: dict | None = None, signs=True) -> Request:
    """A body in chunks, each signed after the one before it."""
    kind = f"STREAMING-{'AWS4-HMAC-SHA256' if signs else 'UNSIGNED'}-PAYLOAD{'-TRAILER' if trailer else ''}"
    headers = [
        ("Content-Encoding", "aws-chunked"), ("x-amz-decoded-content-length", str(sum(map(len, chunks)))),
        *([("x-amz-trailer", ",".join(trailer))] if trailer else []),
    ]
    request = put(server, b"", kind, *headers)
    stamp = request.header("X-Amz-Date")
    previous = request.header("Authorization").rsplit("=", 1)[1]
    scope = f"{stamp[:8]}/{REGION}/s3/aws4_request"
    body = b""

    def signature(kind: str, *rest: str) -> str:
        text = "\n".join([f"AWS4-HMAC-SHA256-{kind}", stamp, scope, previous, *rest])
        return hmac.new(_key(stamp), text.encode(), hashlib.sha256).hexdigest()

    for chunk in [*chunks, b""]:
        previous = signature("PAYLOAD", EMPTY, hashlib.sha256(chunk).hexdigest())
        extension = f";chunk-signature={previous}" if signs else ""
        body += f"{len(chunk):x}{extension}\r\n".encode() + (chunk + b"\r\n" if chunk else b"")
    if trailer:
        lines = "".join(f"{name}:{value}\n" for name, value in trailer.items())
        body += lines.replace("\n", "\r\n").encode()
        if signs:
            previous = signature("TRAILER", hashlib.sha256(lines.encode()).hexdigest())
            body += f"x-amz-trailer-signature:{previous}\r\n".encode()
    return replace(request, body=body + b"\r\n")
