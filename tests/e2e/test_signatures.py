"""Who asks: every way in which a signature can be wrong, in each protocol, in AWS's words.

The lines quoted are those of the lessons that other systems taught, and each test is ours that would have caught it.
"""

import hashlib
import re
from dataclasses import replace
from datetime import datetime, timezone

import pytest

from server import ACCOUNT, ROOT, Credentials, allow
from sigv4 import (
    FORM, WHO_AM_I, Connection, Request, format_time, minutes_from_now, presign, query_request, send, sign,
)

JSON = ("Content-Type", "application/x-amz-json-1.1")
REQUESTS = {
    "sts": WHO_AM_I,
    "iam": query_request("ListUsers", "2010-05-08"),
    "organizations": Request(headers=[JSON, ("X-Amz-Target", "AWSOrganizationsV20161128.ListRoots")], body=b"{}"),
    "lookoutmetrics": Request(path="/ListAnomalyDetectors", headers=[JSON], body=b"{}"),
}
"""A request to each service: two speak the Query protocol, one JSON 1.1, one rest-json."""

# The same failure has a name and a status of each protocol's own.
MISSING = {
    "sts": ("MissingAuthenticationToken", 403),
    "iam": ("MissingAuthenticationToken", 403),
    "organizations": ("MissingAuthenticationTokenException", 400),
    "lookoutmetrics": ("MissingAuthenticationTokenException", 403),
}
INCOMPLETE = {
    "sts": ("IncompleteSignature", 400),
    "iam": ("IncompleteSignature", 400),
    "organizations": ("IncompleteSignatureException", 400),
    "lookoutmetrics": ("IncompleteSignatureException", 403),
}
UNKNOWN_TOKEN = {
    "sts": ("InvalidClientTokenId", 403),
    "iam": ("InvalidClientTokenId", 403),
    "organizations": ("UnrecognizedClientException", 400),
    "lookoutmetrics": ("UnrecognizedClientException", 403),
}
MISMATCH = {
    "sts": ("SignatureDoesNotMatch", 403),
    "iam": ("SignatureDoesNotMatch", 403),
    "organizations": ("InvalidSignatureException", 400),
    "lookoutmetrics": ("InvalidSignatureException", 403),
}
EXPIRED = {
    "sts": ("RequestExpired", 400),
    "iam": ("RequestExpired", 400),
    "organizations": ("InvalidSignatureException", 400),
    "lookoutmetrics": ("InvalidSignatureException", 403),
}

every_service = pytest.mark.parametrize("service", REQUESTS)


@pytest.fixture
def server(shared_server):
    return shared_server


def signed(server, service="sts", request=None, credentials=ROOT, **options) -> Request:
    return sign(request or REQUESTS[service], server, credentials, service, **options)


def change(old, new):
    return lambda value: re.sub(old, new, value, count=1)


# What is right is let in


@every_service
def test_a_right_signature_is_let_in(server, service):
    answer = send(server, signed(server, service))
    # Whoever is no member of an organization is told so, which is no matter of signatures.
    assert answer.status == 200 or answer.code == "AWSOrganizationsNotInUseException"


def test_the_answer_names_the_signer(server):
    answer = send(server, signed(server))
    assert f"<Arn>arn:aws:iam::{ACCOUNT}:root</Arn>" in answer.body
    assert re.search(r"<RequestId>[0-9a-f-]{36}</RequestId>", answer.body)


def test_any_region_will_do(server):
    assert send(server, signed(server, region="eu-west-1")).status == 200


def test_a_date_header_will_do(server):
    date = datetime.now(timezone.utc)
    unsigned = WHO_AM_I.with_headers(("Date", date.strftime("%a, %d %b %Y %H:%M:%S GMT")))
    request = sign(unsigned, server, ROOT, "sts", now=date, leave_unsigned=("X-Amz-Date",))
    assert send(server, request.without("X-Amz-Date")).status == 200


def test_headers_that_are_not_amazons_may_stay_unsigned(server):
    request = signed(server, request=WHO_AM_I.with_headers(("User-Agent", "test"), ("Accept", "*/*")),
                     leave_unsigned=("User-Agent", "Accept", "Content-Type"))
    assert send(server, request).status == 200


def test_spaces_in_header_values_are_collapsed(server):
    assert send(server, signed(server, request=WHO_AM_I.with_headers(("X-Amz-Meta", "  a   b  ")))).status == 200


def test_a_path_in_percent_encoding_is_signed_encoded_again(server):
    arn = f"arn%3Aaws%3Alookoutmetrics%3Aus-east-1%3A{ACCOUNT}%3AAnomalyDetector%3Anone"
    answer = send(server, signed(server, "lookoutmetrics", Request("GET", f"/tags/{arn}")))
    assert answer.refusal == ("ResourceNotFoundException", 400)


def test_the_payload_hash_may_be_told_in_a_header(server):
    digest = hashlib.sha256(WHO_AM_I.body).hexdigest()
    assert send(server, signed(server, request=WHO_AM_I.with_headers(("X-Amz-Content-Sha256", digest)))).status == 200


# No signature, or not a whole one


@every_service
def test_an_unsigned_request_is_refused(server, service):
    answer = send(server, REQUESTS[service].with_headers(("Host", server.address)))
    assert answer.refusal == MISSING[service]
    assert answer.message == "Request is missing Authentication Token"


@every_service
@pytest.mark.parametrize(
    "part, message",
    [
        ("Credential", "Authorization header requires 'Credential' parameter."),
        ("Signature", "Authorization header requires 'Signature' parameter."),
        ("SignedHeaders", "Authorization header requires 'SignedHeaders' parameter."),
    ],
)
def test_an_authorization_without_a_part_is_incomplete(server, service, part, message):
    request = signed(server, service).edit("Authorization", change(rf"{part}=[^,]+(, )?", ""))
    answer = send(server, request)
    assert answer.refusal == INCOMPLETE[service]
    assert message in answer.message


@pytest.mark.parametrize(
    "authorization",
    [
        "", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256 Credential=a, Credential=b",
        "Bearer token", "Basic dXNlcjpwYXNz", "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=",
        "AWS4-ECDSA-P256-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request, SignedHeaders=, Signature=0",
    ],
)
def test_a_malformed_authorization_is_incomplete(server, authorization):
    request = WHO_AM_I.with_headers(
        ("Host", server.address), ("X-Amz-Date", format_time(None)), ("Authorization", authorization)
    )
    assert send(server, request).refusal == ("IncompleteSignature", 400)


def test_a_request_without_a_date_is_incomplete(server):
    answer = send(server, signed(server).without("X-Amz-Date"))
    assert answer.refusal == ("IncompleteSignature", 400)
    assert "'X-Amz-Date' or a 'Date' header" in answer.message


@pytest.mark.parametrize("date", ["now", "2026-01-01T00:00:00Z", "20260101T000000", "20261301T000000Z", ""])
def test_a_date_that_is_none_is_incomplete(server, date):
    answer = send(server, signed(server).edit("X-Amz-Date", lambda _: date))
    assert answer.refusal == ("IncompleteSignature", 400)


# A signature, but not the right one


@every_service
def test_an_unknown_access_key_is_refused(server, service):
    stranger = Credentials("AKIAI44QH8DHBEXAMPLE", ROOT.secret_access_key)
    answer = send(server, signed(server, service, credentials=stranger))
    assert answer.refusal == UNKNOWN_TOKEN[service]
    assert answer.message == "The security token included in the request is invalid."


@every_service
def test_a_wrong_secret_is_refused(server, service):
    forger = Credentials(ROOT.access_key_id, "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")
    answer = send(server, signed(server, service, credentials=forger))
    assert answer.refusal == MISMATCH[service]
    assert answer.message.startswith(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )


@every_service
def test_a_changed_body_is_refused(server, service):
    request = signed(server, service)
    more = b"&A=b" if FORM in request.headers else b" "
    assert send(server, replace(request, body=request.body + more)).refusal == MISMATCH[service]


@pytest.mark.parametrize(
    "edit",
    [
        lambda request: replace(request, method="PUT"),
        lambda request: replace(request, query="a=b"),
        lambda request: request.edit("Content-Type", lambda _: "application/x-www-form-urlencoded"),
        lambda request: request.edit("Host", lambda _: "iam.amazonaws.com"),
        lambda request: request.edit("X-Amz-Date", lambda _: format_time(minutes_from_now(1))),
        lambda request: request.edit("Authorization", change(r"Signature=.", "Signature=")),
        lambda request: request.edit("Authorization", lambda value: value[:-1] + ("0" if value[-1] != "0" else "1")),
        lambda request: request.edit("Authorization", lambda value: value.replace("us-east-1", "us-east-2")),
        lambda request: request.edit("Authorization", lambda value: value[:-64] + value[-64:].upper()),
    ],
    ids=["method", "query", "content type", "host", "date", "short", "last digit", "region", "upper case"],
)
def test_what_is_changed_after_signing_is_refused(server, edit):
    assert send(server, edit(signed(server))).refusal == ("SignatureDoesNotMatch", 403)


def test_the_secret_is_compared_with_case(server):
    credentials = server.user("case")
    swapped = replace(credentials, secret_access_key=credentials.secret_access_key.swapcase())
    assert send(server, signed(server, credentials=swapped)).refusal == ("SignatureDoesNotMatch", 403)


def test_a_payload_hash_of_another_body_is_refused(server):
    request = signed(server, request=WHO_AM_I.with_headers(("X-Amz-Content-Sha256", "0" * 64)))
    assert send(server, request).refusal == ("SignatureDoesNotMatch", 403)


# Scope: "Scope for another service routed to an API that failed open"


@pytest.mark.parametrize(
    "service, scoped_to",
    [(service, other) for service in REQUESTS for other in [*REQUESTS, "s3", "IAM", ""] if other != service],
)
def test_a_scope_for_another_service_is_refused(server, service, scoped_to):
    answer = send(server, sign(REQUESTS[service], server, ROOT, scoped_to))
    assert answer.refusal == MISMATCH[service]
    assert f"Credential should be scoped to correct service: '{service}'." in answer.message


@pytest.mark.parametrize(
    "scope, message",
    [
        ("{day}/us-east-1/sts/aws4", "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'."),
        ("20150830/us-east-1/sts/aws4_request", "Date in Credential scope does not match YYYYMMDD from ISO-8601 version "
                                                "of date from HTTP: '20150830' != '{day}'"),
        ("{day}//sts/aws4_request", "Credential should be scoped to a valid region, not ''."),
        ("{day}/us east/sts/aws4_request", None),
    ],
)
def test_a_wrong_scope_is_refused_and_named(server, scope, message):
    day = format_time(None)[:8]
    answer = send(server, signed(server, scope=scope.format(day=day)))
    assert answer.status in (400, 403) and answer.code in ("SignatureDoesNotMatch", "IncompleteSignature")
    assert message is None or message.format(day=day) in answer.message


# Time: the window of 15 minutes


@every_service
@pytest.mark.parametrize("minutes", [-14.9, 14.9])
def test_within_fifteen_minutes_a_signature_is_good(server, service, minutes):
    answer = send(server, signed(server, service, now=minutes_from_now(minutes)))
    assert answer.code not in (EXPIRED[service][0], MISMATCH[service][0])


@every_service
@pytest.mark.parametrize("minutes, says", [(-15.1, "Signature expired: "), (15.1, "Signature not yet current: ")])
def test_beyond_fifteen_minutes_a_signature_is_refused(server, service, minutes, says):
    answer = send(server, signed(server, service, now=minutes_from_now(minutes)))
    assert answer.refusal == EXPIRED[service]
    assert answer.message.startswith(says) and "15 min." in answer.message


def test_an_old_signature_of_a_stranger_tells_no_time(server):
    forger = Credentials(ROOT.access_key_id, "wrong" * 8)
    answer = send(server, signed(server, credentials=forger, now=minutes_from_now(-60)))
    assert answer.refusal == ("SignatureDoesNotMatch", 403)


# Presigned requests

IDENTITY_QUERY = "Action=GetCallerIdentity&Version=2011-06-15"


def presigned(server, credentials=ROOT, query=IDENTITY_QUERY, headers=(), **options) -> Request:
    return presign(Request("GET", query=query, headers=list(headers)), server, credentials, "sts", **options)


def test_a_presigned_get_caller_identity_is_let_in(server):
    answer = send(server, presigned(server))
    assert answer.status == 200 and f"<Account>{ACCOUNT}</Account>" in answer.body


def test_a_presigned_request_of_a_session_is_let_in(server):
    session = Credentials.of(server.client("sts", server.user("presigner")).get_session_token()["Credentials"])
    answer = send(server, presigned(server, session))
    assert answer.status == 200 and ":user/presigner</Arn>" in answer.body


def test_a_presigned_request_with_a_further_signed_header_needs_it(server):
    request = presigned(server, headers=[("x-k8s-aws-id", "cluster")])
    assert send(server, request).status == 200
    assert send(server, request.without("x-k8s-aws-id")).refusal == ("SignatureDoesNotMatch", 403)


def test_a_presigned_request_lasts_as_long_as_it_says(server):
    assert send(server, presigned(server, now=minutes_from_now(-60), expires=3700)).status == 200
    answer = send(server, presigned(server, now=minutes_from_now(-60), expires=3500))
    assert answer.refusal == ("RequestExpired", 400)
    assert answer.message.startswith("Signature expired: ")


def test_a_presigned_request_lasts_seven_days_at_most(server):
    assert send(server, presigned(server, now=minutes_from_now(-7 * 24 * 60 + 1), expires=604800)).status == 200
    answer = send(server, presigned(server, expires=604801))
    assert answer.refusal == ("IncompleteSignature", 400)
    assert "less than a week" in answer.message


@pytest.mark.parametrize("expires", ["0", "-1", "+60", "1e3", "sixty", "", "99999999999999999999"])
def test_a_lifetime_that_is_none_is_refused(server, expires):
    assert send(server, presigned(server, expires=expires)).refusal == ("IncompleteSignature", 400)


def test_a_presigned_request_of_the_future_is_refused(server):
    answer = send(server, presigned(server, now=minutes_from_now(16), expires=3600))
    assert answer.refusal == ("RequestExpired", 400)


@pytest.mark.parametrize(
    "name", ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date", "X-Amz-Expires"]
)
def test_a_presigned_request_without_a_part_is_incomplete(server, name):
    request = presigned(server)
    answer = send(server, replace(request, query=re.sub(rf"&{name}=[^&]*", "", request.query)))
    assert answer.refusal == ("IncompleteSignature", 400)
    assert f"AWS query-string parameters must include '{name}'." in answer.message


def test_a_presigned_request_is_good_for_its_own_action_only(server):
    request = presigned(server)
    tampered = replace(request, query=request.query.replace("GetCallerIdentity", "GetSessionToken"))
    assert send(server, tampered).refusal == ("SignatureDoesNotMatch", 403)


# "x-amz-* headers that are not in SignedHeaders were obeyed"


@every_service
def test_an_amazon_header_that_is_not_signed_is_refused(server, service):
    request = signed(server, service).with_headers(("X-Amz-Something", "else"))
    answer = send(server, request)
    assert answer.refusal == MISMATCH[service]
    assert answer.message == "There were headers present in the request which were not signed: x-amz-something"


def test_an_unsigned_target_does_not_choose_the_operation(server):
    request = sign(REQUESTS["organizations"], server, ROOT, "organizations", leave_unsigned=("X-Amz-Target",))
    assert send(server, request).refusal == MISMATCH["organizations"]


def test_an_unsigned_date_is_refused(server):
    assert send(server, signed(server, leave_unsigned=("X-Amz-Date",))).refusal == ("SignatureDoesNotMatch", 403)


def test_a_presigned_request_takes_no_unsigned_amazon_header(server):
    request = presigned(server).with_headers(("X-Amz-Target", "AWSOrganizationsV20161128.ListRoots"))
    assert send(server, request).status in (400, 403)


def test_a_session_token_that_is_not_signed_is_refused(server):
    session = Credentials.of(server.client("sts").get_session_token()["Credentials"])
    request = signed(server, credentials=session, leave_unsigned=("X-Amz-Security-Token",))
    assert send(server, request).refusal == ("SignatureDoesNotMatch", 403)


# "Unsigned-trailer and streaming modes never verified"


@pytest.mark.parametrize(
    "mode",
    [
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ],
)
def test_streaming_payloads_are_not_taken(server, mode):
    request = signed(server, request=WHO_AM_I.with_headers(("X-Amz-Content-Sha256", mode)))
    assert send(server, request).refusal == ("NotImplemented", 501)


@every_service
def test_an_unsigned_payload_is_not_taken(server, service):
    request = signed(server, service, REQUESTS[service].with_headers(("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")))
    assert send(server, request).refusal == MISMATCH[service]


# "Credentials taken from header and query at once: two mechanisms at once is a refusal"


def test_two_mechanisms_at_once_are_refused(server):
    request = sign(replace(presigned(server), headers=[]), server, ROOT, "sts")
    answer = send(server, request)
    assert answer.refusal == ("IncompleteSignature", 400)
    assert answer.message.startswith("Only one auth mechanism allowed")


@pytest.mark.parametrize("parameter", ["X-Amz-Signature=0", "X-Amz-Credential=a", "X-Amz-Algorithm=x", "AWSAccessKeyId=a"])
def test_one_parameter_of_the_other_mechanism_is_enough_to_refuse(server, parameter):
    request = signed(server, request=replace(WHO_AM_I, query=parameter))
    assert send(server, request).refusal == ("IncompleteSignature", 400)


def test_two_tokens_are_refused(server):
    session = Credentials.of(server.client("sts").get_session_token()["Credentials"])
    request = presigned(server, session, headers=[("X-Amz-Security-Token", session.session_token)])
    assert send(server, request).refusal == ("IncompleteSignature", 400)


# "Query validated without case, read with case; duplicated X-Amz-Credential"


@pytest.mark.parametrize(
    "name", ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Algorithm"]
)
@pytest.mark.parametrize("case", [str, str.lower, str.upper])
def test_a_doubled_parameter_of_the_signature_is_refused(server, name, case):
    request = presigned(server)
    value = re.search(rf"{name}=([^&]*)", request.query)[1]
    for query in (f"{request.query}&{case(name)}={value}", f"{case(name)}={value}&{request.query}"):
        assert send(server, replace(request, query=query)).refusal == ("IncompleteSignature", 400)


@pytest.mark.parametrize("name", ["X-Amz-Credential", "X-Amz-Signature", "X-Amz-Security-Token"])
def test_a_recased_parameter_of_the_signature_is_refused(server, name):
    session = Credentials.of(server.client("sts").get_session_token()["Credentials"])
    request = presigned(server, session)
    assert name in request.query
    answer = send(server, replace(request, query=request.query.replace(name, name.lower())))
    assert answer.refusal == ("IncompleteSignature", 400)


def test_a_credential_hidden_in_percent_encoding_is_seen(server):
    request = presigned(server)
    query = f"{request.query}&X%2DAmz%2DCredential=AKIAI44QH8DHBEXAMPLE%2F20260101%2Fus-east-1%2Fsts%2Faws4_request"
    assert send(server, replace(request, query=query)).refusal == ("IncompleteSignature", 400)


@pytest.mark.parametrize("name", ["Authorization", "X-Amz-Date", "X-Amz-Security-Token", "Host"])
def test_a_doubled_header_of_the_signature_is_refused(server, name):
    session = Credentials.of(server.client("sts").get_session_token()["Credentials"])
    request = signed(server, credentials=session)
    again = request.with_headers((name, request.header(name)))
    assert send(server, again).status == 400


@pytest.mark.parametrize("parameter", ["Action=GetSessionToken", "Version=2010-05-08", "action=GetSessionToken"])
def test_a_doubled_action_or_version_is_refused(server, parameter):
    request = signed(server, request=replace(WHO_AM_I, body=WHO_AM_I.body + b"&" + parameter.encode()))
    assert send(server, request).refusal == ("MalformedInput", 400)


def test_an_action_in_query_and_body_is_refused(server):
    request = signed(server, request=replace(WHO_AM_I, query="Action=GetSessionToken"))
    assert send(server, request).refusal == ("MalformedInput", 400)


# "Host unsigned or doubled"


def test_an_unsigned_host_is_refused(server):
    answer = send(server, signed(server, leave_unsigned=("Host",)))
    assert answer.refusal == ("SignatureDoesNotMatch", 403)
    assert answer.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."


def test_a_missing_host_is_refused(server):
    assert send(server, signed(server).without("Host")).status in (400, 403)


def test_another_host_in_the_request_line_is_refused(server):
    request = signed(server)
    absolute = request.in_bytes().replace(b"POST / ", b"POST http://iam.amazonaws.com/ ", 1)
    assert send(server, absolute).status == 400


@pytest.mark.parametrize("names", ["Host;X-Amz-Date", "x-amz-date;host", "host;host;x-amz-date", "host;;x-amz-date", ";host"])
def test_signed_headers_out_of_order_are_refused(server, names):
    request = signed(server).edit("Authorization", change("SignedHeaders=[^,]*", f"SignedHeaders={names}"))
    assert send(server, request).refusal == ("IncompleteSignature", 400)


def test_a_signed_header_that_is_not_there_is_refused(server):
    request = signed(server, request=WHO_AM_I.with_headers(("X-Amz-Extra", "1"))).without("X-Amz-Extra")
    assert send(server, request).refusal == ("SignatureDoesNotMatch", 403)


# "Identity carried over a kept-alive connection"


def test_a_connection_has_no_identity(server):
    someone = server.user("kept-alive")
    stranger = Credentials("AKIAI44QH8DHBEXAMPLE", "x" * 40)
    with Connection(server) as connection:
        assert ":root</Arn>" in connection.send(signed(server)).body
        unsigned = WHO_AM_I.with_headers(("Host", server.address))
        assert connection.send(unsigned).refusal == ("MissingAuthenticationToken", 403)
        assert ":user/kept-alive</Arn>" in connection.send(signed(server, credentials=someone)).body
        denied = connection.send(signed(server, "iam", credentials=someone))
        assert denied.refusal == ("AccessDenied", 403)
        assert connection.send(signed(server, credentials=stranger)).refusal == ("InvalidClientTokenId", 403)
        assert connection.send(unsigned).refusal == ("MissingAuthenticationToken", 403)


def test_two_requests_in_one_packet_have_an_identity_each(server):
    someone = server.user("pipelined")
    with Connection(server) as connection:
        connection.socket.sendall(
            signed(server).in_bytes() + signed(server, credentials=someone).in_bytes()
        )
        first = connection.receive()
        assert ":root</Arn>" in first.body


# "aws:SourceIp from X-Forwarded-For"; "request headers colliding with server-made condition keys"


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "CF-Connecting-IP", "X-Amz-Source-Ip", "aws:SourceIp"]
)
def test_no_header_says_where_the_caller_is(server, header):
    name = re.sub(r"\W", "", header)
    elsewhere = server.user(f"elsewhere-{name}", allow("iam:ListUsers", condition={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}))
    request = REQUESTS["iam"].with_headers((header.replace(":", "-"), "for=203.0.113.7" if header == "Forwarded" else "203.0.113.7"))
    assert send(server, sign(request, server, elsewhere, "iam")).refusal == ("AccessDenied", 403)
    here = server.user(f"here-{name}", allow("iam:ListUsers", condition={"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}))
    assert send(server, sign(request, server, here, "iam")).status == 200


@pytest.mark.parametrize(
    "key, value",
    [
        ("aws:username", "administrator"), ("aws:PrincipalTag/team", "admin"), ("aws:MultiFactorAuthPresent", "true"),
        ("aws:SecureTransport", "true"), ("aws:PrincipalAccount", "999999999999"), ("aws:PrincipalArn", "*root"),
    ],
)
def test_no_header_or_parameter_makes_a_condition_key(server, key, value):
    name = re.sub(r"\W", "", key)
    caller = server.user(f"collider-{name}", allow("iam:ListUsers", condition={"StringLike": {key: value}}))
    headers = [(key.replace(":", "-").replace("/", "-"), value), (key.replace("aws:", "").replace("/", "-"), value)]
    request = query_request("ListUsers", "2010-05-08", f"{key.replace(':', '%3A').replace('/', '%2F')}={value}")
    answer = send(server, sign(request.with_headers(*headers), server, caller, "iam"))
    assert answer.status in (400, 403)
    plain = send(server, sign(REQUESTS["iam"].with_headers(*headers), server, caller, "iam"))
    assert plain.refusal == ("AccessDenied", 403)


# Keys that may not sign


def test_an_inactive_key_is_refused_at_once_and_an_active_one_taken(server):
    credentials = server.user("inactive")
    iam = server.client("iam")
    assert send(server, signed(server, credentials=credentials)).status == 200
    for status, outcome in (("Inactive", 403), ("Active", 200), ("Inactive", 403)):
        iam.update_access_key(UserName="inactive", AccessKeyId=credentials.access_key_id, Status=status)
        answer = send(server, signed(server, credentials=credentials))
        assert answer.status == outcome
        assert outcome == 200 or answer.code == "InvalidClientTokenId"


def test_a_deleted_key_is_refused_at_once(server):
    credentials = server.user("deleted-key")
    assert send(server, signed(server, credentials=credentials)).status == 200
    server.client("iam").delete_access_key(UserName="deleted-key", AccessKeyId=credentials.access_key_id)
    assert send(server, signed(server, credentials=credentials)).refusal == ("InvalidClientTokenId", 403)


def test_the_access_key_id_is_compared_with_case(server):
    lower = replace(ROOT, access_key_id=ROOT.access_key_id.lower())
    assert send(server, signed(server, credentials=lower)).refusal == ("InvalidClientTokenId", 403)


def test_an_access_key_takes_no_session_token_of_another(server):
    session = server.client("sts").get_session_token()["Credentials"]
    mixed = replace(ROOT, session_token=session["SessionToken"])
    assert send(server, signed(server, credentials=mixed)).refusal == ("InvalidClientTokenId", 403)


@pytest.mark.parametrize("token", ["x", "AAAA", "=", "é", "A" * 8000])
def test_a_session_token_that_is_none_is_refused(server, token):
    session = Credentials.of(server.client("sts").get_session_token()["Credentials"])
    answer = send(server, signed(server, credentials=replace(session, session_token=token)))
    assert answer.refusal == ("InvalidClientTokenId", 403)
