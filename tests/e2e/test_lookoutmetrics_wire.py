"""The API on the wire, rest-json: what no client shows, and what no client would send."""

import json
import re
from urllib.parse import quote

import pytest

from lookoutmetrics import arn, like, user_arn
from server import not_authorized
from sigv4 import Request, send, sign

DETECTOR = arn("AnomalyDetector:detector")
AN_ARN = like(r"arn:([a-z\d-]+):.*:.*:.*:.+")
FAILED = "failed to satisfy constraint: "


def post(server, path: str, body: bytes, *, method: str = "POST", service: str = "lookoutmetrics"):
    request = Request(method=method, path=path, headers=[("Content-Type", "application/json")], body=body)
    return send(server, sign(request, server, server.root, service))


def test_an_error_has_the_shape_of_its_model(shared_server):
    told = post(shared_server, "/DescribeAnomalyDetector", b'{"AnomalyDetectorArn":"detector"}')
    assert told.status == 400
    assert told.headers["x-amzn-ErrorType"] == "ValidationException"
    assert told.headers["Content-Type"] == "application/json"
    assert re.fullmatch("[0-9a-f-]{36}", told.headers["x-amzn-RequestId"])
    assert json.loads(told.body) == {
        "Message": f"1 validation error detected: Value 'detector' at 'anomalyDetectorArn' {FAILED}{AN_ARN}",
        "Reason": "FIELD_VALIDATION_FAILED",
        "Fields": [{"Name": "anomalyDetectorArn", "Message": AN_ARN}],
    }
    told = post(shared_server, "/DescribeAnomalyDetector", json.dumps({"AnomalyDetectorArn": DETECTOR}).encode())
    assert (told.status, told.headers["x-amzn-ErrorType"]) == (400, "ResourceNotFoundException")
    assert json.loads(told.body) == {
        "Message": f"AnomalyDetector {DETECTOR} could not be found.",
        "ResourceId": DETECTOR,
        "ResourceType": "AnomalyDetector",
    }
    nobody = shared_server.user("nobody")
    request = Request(path="/ListAnomalyDetectors", body=b"{}")
    told = send(shared_server, sign(request, shared_server, nobody, "lookoutmetrics"))
    assert (told.status, told.headers["x-amzn-ErrorType"]) == (403, "AccessDeniedException")
    sentence = not_authorized(user_arn("nobody"), "lookoutmetrics:ListAnomalyDetectors", "*")
    assert json.loads(told.body) == {"Message": sentence}


@pytest.mark.parametrize(
    "body, message",
    [
        (b"[]", "The body is not an object"),
        (b'{"MaxResults":"5"}', "STRING_VALUE can not be converted to an Integer"),
        (b'{"MaxResults":5.5}', "DECIMAL_VALUE can not be converted to an Integer"),
        (b'{"NextToken":["x"]}', "START_ARRAY can not be converted to a String"),
        (b'{"NextToken":1}', "NUMBER_VALUE can not be converted to a String"),
        (b"{", "The body is not well-formed: EOF while parsing an object at line 1 column 1"),
        (b'{"MaxResults":1,"MaxResults":2}',
         "The body is not well-formed: a name is given twice in one object at line 1 column 31"),
    ],
)
def test_what_cannot_be_read_is_no_request(shared_server, body, message):
    told = post(shared_server, "/ListAnomalyDetectors", body)
    assert (told.status, told.headers["x-amzn-ErrorType"]) == (400, "SerializationException")
    assert json.loads(told.body) == {"Message": message}


@pytest.mark.parametrize("body", [b"", b"{}", b'{"MaxResults":null}', b'{"Unknown":{"a":[1]}}'])
def test_what_says_nothing_is_a_request(shared_server, body):
    told = post(shared_server, "/ListAnomalyDetectors", body)
    assert (told.status, json.loads(told.body)) == (200, {"AnomalyDetectorSummaryList": []})


@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/"), ("POST", "/ListDetectors"), ("POST", "/listanomalydetectors"),
        ("POST", "/ListAnomalyDetectors/"), ("GET", "/ListAnomalyDetectors"), ("GET", "/tags/"), ("GET", "/tags/a/b"),
        ("PUT", "/tags/" + quote(DETECTOR, safe="")),
    ],
)
def test_what_is_no_operation_is_not_found(shared_server, method, path):
    assert post(shared_server, path, b"", method=method).refusal == ("UnknownOperationException", 404)


def test_a_signature_for_another_service_is_none(shared_server):
    for service in ("iam", "s3", "lookoutequipment"):
        told = post(shared_server, "/ListAnomalyDetectors", b"{}", service=service)
        assert told.refusal == ("InvalidSignatureException", 403)
