"""The edge: hostile HTTP, limits, and what is never said.

The lines quoted are those of the lessons that other systems taught, and each test is ours that would have caught it.
"""

import json
import socket
import time
from dataclasses import replace

import pytest

from server import ROOT, wait_until
from sigv4 import FORM, WHO_AM_I, Answer, Connection, Request, query_request, send, sign

MEBIBYTE = 1024 * 1024


@pytest.fixture
def server(shared_server):
    return shared_server


def still_answers(server):
    assert send(server, sign(WHO_AM_I, server, ROOT, "sts")).status == 200


def raw(server, head: str, body: bytes = b"") -> Answer | None:
    """Sends these lines; `None` if the connection was closed without an answer."""
    with Connection(server) as connection:
        try:
            return connection.send(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        except (ConnectionError, OSError):
            return None


# "No body limit"


def padded(length: int) -> Request:
    padding = b"&Padding="
    return replace(WHO_AM_I, body=WHO_AM_I.body + padding + b"x" * (length - len(WHO_AM_I.body) - len(padding)))


def test_a_body_of_a_mebibyte_is_read_and_no_larger_one(server):
    assert send(server, sign(padded(MEBIBYTE), server, ROOT, "sts")).status == 200
    assert send(server, sign(padded(MEBIBYTE + 1), server, ROOT, "sts")).status == 413


def test_a_body_without_end_is_not_waited_for(server):
    head = WHO_AM_I.with_headers(("Host", server.address), ("Content-Length", str(1024 * MEBIBYTE)))
    with Connection(server) as connection:
        connection.socket.sendall(head.in_bytes())
        with pytest.raises(OSError):
            for _ in range(64):
                connection.socket.sendall(b"x" * MEBIBYTE)
    still_answers(server)


def test_a_chunked_body_has_the_same_limit(server):
    head = f"POST / HTTP/1.1\nHost: {server.address}\nTransfer-Encoding: chunked"
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    answer = raw(server, head, chunk * 17 + b"0\r\n\r\n")
    assert answer is None or answer.status == 413
    still_answers(server)


def test_a_chunked_body_is_signed_like_another(server):
    request = sign(WHO_AM_I, server, ROOT, "sts").with_headers(("Transfer-Encoding", "chunked"))
    head = replace(request, body=b"").in_bytes()
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(request.body), request.body)
    assert send(server, head + body).status == 200
    tampered = request.body.replace(b"Version", b"version")
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(tampered), tampered)
    assert send(server, head + body).status in (400, 403)


# "Header and form bombs"


def test_too_many_headers_are_refused(server):
    request = sign(WHO_AM_I.with_headers(*((f"A{number}", "x") for number in range(200))), server, ROOT, "sts")
    assert send(server, request).status == 431
    still_answers(server)


def test_a_head_without_end_is_refused(server):
    with Connection(server) as connection:
        connection.socket.sendall(f"GET / HTTP/1.1\r\nHost: {server.address}\r\nA: ".encode())
        try:
            for _ in range(64):
                connection.socket.sendall(b"x" * 65536)
            assert connection.receive().status == 431
        except (ConnectionError, OSError):
            pass
    still_answers(server)


@pytest.mark.parametrize(
    "parameters",
    [
        "&".join(f"A.member.{number}=x" for number in range(60_000)),
        "A" + ".member.1" * 20_000 + "=x",
        "Tags.member.999999999.Key=x",
        "Tags.member.99999999999999999999999999.Key=x",
        "&".join("UserName=x" for _ in range(50_000)),
        "&" * 500_000,
    ],
    ids=["wide", "deep", "sparse", "overflow", "doubled", "empty"],
)
def test_a_form_bomb_is_refused_quickly(server, parameters):
    request = sign(query_request("CreateUser", "2010-05-08", parameters), server, ROOT, "iam")
    began = time.monotonic()
    answer = send(server, request)
    assert answer.status == 400
    assert time.monotonic() - began < 5
    still_answers(server)


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b'{"a":' * 100_000, b'"' + b"x" * 500_000, b"{" + b'"a":1,' * 50_000 + b'"a":1}', b"1" * 500_000],
    ids=["lists", "objects", "string", "doubled", "digits"],
)
def test_a_json_bomb_is_refused_quickly(server, body):
    for service, path, headers in (
        ("lookoutmetrics", "/CreateAnomalyDetector", []),
        ("organizations", "/", [("X-Amz-Target", "AWSOrganizationsV20161128.CreateAccount")]),
    ):
        began = time.monotonic()
        answer = send(server, sign(Request(path=path, headers=headers, body=body), server, ROOT, service))
        assert answer.status == 400 and answer.code
        assert time.monotonic() - began < 5
    still_answers(server)


# "Lenient Content-Length"


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: -1", "Content-Length: +3", "Content-Length: 3 ,3", "Content-Length: 0x3", "Content-Length: three",
        "Content-Length: 3\nContent-Length: 4", "Content-Length: 3, 4", "Content-Length: 99999999999999999999999",
        "Content-Length: 3\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked", "Transfer-Encoding: gzip", "Content-Length:",
    ],
)
def test_a_length_that_can_be_read_in_two_ways_is_refused(server, lines):
    with Connection(server) as connection:
        head = f"POST / HTTP/1.1\nHost: {server.address}\n{lines}"
        connection.socket.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\nabc")
        try:
            answer = connection.receive()
            assert 400 <= answer.status < 500
            # What followed the head is no second request.
            assert b"HTTP/1.1 200" not in _rest(connection)
        except (ConnectionError, OSError):
            pass
    still_answers(server)


def _rest(connection) -> bytes:
    connection.socket.settimeout(0.3)
    try:
        return connection.socket.recv(65536)
    except (TimeoutError, ConnectionError):
        return b""


def test_a_smuggled_request_is_not_answered(server):
    # To a proxy that goes by Content-Length this is one request, to one that goes by chunks it is two.
    head = f"POST / HTTP/1.1\r\nHost: {server.address}\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Connection(server) as connection:
        connection.socket.sendall(head.encode() + b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        try:
            assert 400 <= connection.receive().status < 500
            assert b"bartizan_requests" not in _rest(connection)
        except (ConnectionError, OSError):
            pass


@pytest.mark.parametrize(
    "head",
    [
        "GET", "GET /", "GET / HTTP/9.9\nHost: x", "GET  / HTTP/1.1\nHost: x", "\0\0\0\0", "GET / HTTP/1.1\nHost x",
        "GET / HTTP/1.1\n Host: x", "GET / HTTP/1.1\nHost: x\nA\0: b", "GET / HTTP/1.1\nHost : x", "PRI * HTTP/2.0",
        "CONNECT sts.amazonaws.com:443 HTTP/1.1\nHost: x", "OPTIONS * HTTP/1.1\nHost: x",
        "GET http://sts.amazonaws.com/ HTTP/1.1\nHost: sts.amazonaws.com", "G\xc3\xa4T / HTTP/1.1\nHost: x",
    ],
)
def test_what_is_no_request_is_refused(server, head):
    answer = raw(server, head)
    assert answer is None or 400 <= answer.status < 600 and answer.status != 500
    still_answers(server)


# "h2 floods"


def test_http_2_is_not_spoken(server):
    settings = b"\0\0\0\4\0\0\0\0\0"
    flood = b"\0\0\4\3\0\0\0\0\1\0\0\0\0" * 10_000
    with Connection(server) as connection:
        try:
            connection.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + flood)
            assert 400 <= connection.receive().status < 500
        except (ConnectionError, OSError):
            pass
    upgrade = WHO_AM_I.with_headers(
        ("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")
    )
    answer = send(server, sign(upgrade, server, ROOT, "sts", leave_unsigned=("Connection", "Upgrade", "HTTP2-Settings")))
    assert answer.status == 200 and "Upgrade" not in answer.headers
    still_answers(server)


def test_a_slow_head_holds_up_nobody(server):
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    try:
        for connection in slow:
            connection.sendall(b"POST / HTTP/1.1\r\nHost:")
        began = time.monotonic()
        still_answers(server)
        assert time.monotonic() - began < 5
    finally:
        for connection in slow:
            connection.close()


# What is not one reading is none


@pytest.mark.parametrize("path", ["/a/..", "/./", "//", "/%2e%2e/", "/x"])
def test_a_path_is_taken_as_it_was_sent(server, path):
    answer = send(server, sign(replace(WHO_AM_I, path=path), server, ROOT, "sts"))
    assert 400 <= answer.status < 500


def test_a_plus_sign_in_a_query_string_is_refused(server):
    request = Request("GET", query="Action=GetUser&Version=2010-05-08&UserName=a+b")
    assert send(server, sign(request, server, ROOT, "iam")).status in (400, 403)


@pytest.mark.parametrize("body", [b"Action=GetCallerIdentity&Version=2011-06-15&A=%zz", b"Action=GetCallerIdentity&Version=2011-06-15&A=%ff"])
def test_a_form_that_is_no_text_is_refused(server, body):
    answer = send(server, sign(Request(headers=[FORM], body=body), server, ROOT, "sts"))
    assert answer.refusal == ("MalformedInput", 400)


@pytest.mark.parametrize(
    "action, version, code",
    [
        ("NoSuchAction", "2011-06-15", "InvalidAction"), ("getcalleridentity", "2011-06-15", "InvalidAction"),
        ("GetCallerIdentity", "2010-05-08", "SignatureDoesNotMatch"), ("GetCallerIdentity", "1999-01-01", None),
        ("", "2011-06-15", "InvalidAction"),
    ],
)
def test_an_action_that_is_none_is_refused(server, action, version, code):
    answer = send(server, sign(query_request(action, version), server, ROOT, "sts"))
    assert 400 <= answer.status < 500 and (code is None or answer.code == code)


def test_an_unknown_target_is_an_unknown_operation(server):
    request = Request(headers=[("X-Amz-Target", "AWSOrganizationsV20161128.NoSuchThing")], body=b"{}")
    assert send(server, sign(request, server, ROOT, "organizations")).refusal == ("UnknownOperationException", 400)


def test_an_unknown_path_is_an_unknown_operation(server):
    request = Request(path="/NoSuchThing", body=b"{}")
    assert send(server, sign(request, server, ROOT, "lookoutmetrics")).refusal == ("UnknownOperationException", 404)


def test_a_wrong_method_is_no_operation(server):
    request = Request("DELETE", path="/ListAnomalyDetectors")
    assert 400 <= send(server, sign(request, server, ROOT, "lookoutmetrics")).status < 500


def test_an_unsigned_request_for_nothing_learns_nothing(server):
    answer = send(server, Request("GET", path="/console", headers=[("Host", server.address)]))
    assert answer.status in (403, 404) and "bartizan" not in answer.body.lower()


# "CORS reflecting any origin with credentials"


def test_no_origin_is_let_in(server):
    for request in (
        Request("OPTIONS", headers=[("Host", server.address), ("Origin", "https://evil.example"),
                                    ("Access-Control-Request-Method", "POST")]),
        sign(WHO_AM_I.with_headers(("Origin", "https://evil.example")), server, ROOT, "sts"),
    ):
        answer = send(server, request)
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


# "Secrets in logs by derived Debug"


def test_no_secret_is_in_the_log_the_trail_or_the_metrics(new_server):
    server = new_server().start(environment={"BARTIZAN_LOG": "trace"})
    iam, sts = server.client("iam"), server.client("sts")
    key = server.user("keeper")
    session = sts.get_session_token()["Credentials"]
    send(server, sign(WHO_AM_I, server, key, "sts"))
    forged = sign(WHO_AM_I, server, key, "sts")
    signature = forged.header("Authorization").rsplit("=", 1)[1]
    send(server, forged)
    send(server, replace(forged, body=b"Action=GetSessionToken&Version=2011-06-15"))
    iam.list_users()
    assert server.stop() == 0
    said = server.log() + server.output() + json.dumps(server.audit())
    assert len(server.audit()) >= 6
    for secret in (
        ROOT.secret_access_key, key.secret_access_key, session["SecretAccessKey"], session["SessionToken"], signature
    ):
        assert secret not in said


def test_an_answer_tells_no_secret_of_ours(server):
    key = server.user("asker")
    wrong = sign(WHO_AM_I, server, replace(key, secret_access_key="x" * 40), "sts")
    answer = send(server, wrong)
    assert answer.code == "SignatureDoesNotMatch"
    assert key.secret_access_key not in answer.body
    # The signature that would have been right would be as good as the secret.
    right = sign(WHO_AM_I, server, key, "sts")
    assert right.header("Authorization").rsplit("=", 1)[1] not in answer.body


# "500 where 403 was due"


@pytest.mark.parametrize("name", ["é", "a\u0000b", "x" * 5000, "../../etc/passwd", "'; DROP TABLE entity; --", "\ufffd", "💥"])
def test_strange_names_never_break_anything(server, name):
    iam = server.client("iam")
    for call in (iam.get_user, iam.create_user, iam.delete_user, iam.list_groups_for_user):
        with pytest.raises(iam.exceptions.ClientError) as caught:
            call(UserName=name)
        assert 400 <= caught.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    still_answers(server)


# The doors without a lock


def test_health_readiness_and_metrics_are_open(server):
    assert server.get("/healthz") == (200, "ok\n")
    assert server.get("/readyz") == (200, "ready\n")
    still_answers(server)
    before = _count(server, "sts", "answered")
    still_answers(server)
    wait_until(lambda: _count(server, "sts", "answered") == before + 1, "the request is counted")


def test_refusals_are_counted(server):
    before = _count(server, "iam", "unauthenticated")
    send(server, query_request("ListUsers", "2010-05-08").with_headers(("Host", server.address)))
    assert _count(server, "iam", "unauthenticated") == before + 1


def _count(server, service: str, outcome: str) -> int:
    status, metrics = server.get("/metrics")
    assert status == 200
    for line in metrics.splitlines():
        if line.startswith("bartizan_requests_total") and f'"{service}"' in line and f'"{outcome}"' in line:
            return int(line.rsplit(" ", 1)[1])
    return 0


def test_the_answer_carries_its_request_id(server):
    answer = send(server, sign(WHO_AM_I, server, ROOT, "sts"))
    assert f"<RequestId>{answer.headers['x-amzn-RequestId']}</RequestId>" in answer.body
    assert answer.headers["Content-Type"] == "text/xml"
