"""Guessing a dataset's configuration from its data, which the service reads with the credentials of whoever asks: a
forward access session.

https://docs.aws.amazon.com/lookoutmetrics/latest/api/API_DetectMetricSetConfig.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-viaawsservice
"""

import gzip

import pytest

from lookoutmetrics import (
    HEADER, ROWS, answer, arn, as_csv, as_user, dataset, denied, furnished, invalid, make_data, make_detector, missing,
    not_found, source, user_arn,
)
from server import ACCOUNT, LOOKOUT, allow, deny, policy, refused, statement, trust

DETECTOR = arn("AnomalyDetector:detector")
SERVICE = LOOKOUT["Service"]
BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/historical/one.csv"
PAST = {"HistoricalDataPathList": ["s3://data/historical/"]}
TO_ASK = statement("Allow", "lookoutmetrics:DetectMetricSetConfig", DETECTOR)
TO_READ = (
    statement("Allow", "s3:ListBucket", BUCKET), statement("Allow", "s3:GetObject", f"{BUCKET}/*"),
)
VIA_SERVICE, DIRECT = ({"Bool": {"aws:ViaAWSService": value}} for value in ("true", "false"))
VIA_LOOKOUT = {"ForAnyValue:StringEquals": {"aws:CalledVia": SERVICE}}


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with a detector, and a bucket of data."""
    lookout = server.client("lookoutmetrics")
    make_detector(lookout)
    make_data(server)
    return lookout


def detected(client, **config) -> dict:
    given = {"AnomalyDetectorArn": DETECTOR, "AutoDetectionMetricSource": {"S3SourceConfig": config or PAST}}
    return answer(client.detect_metric_set_config, **given)["DetectedMetricSetConfig"]


def put(server, key: str, body: bytes):
    server.client("s3").put_object(Bucket="data", Key=key, Body=body)


def refuses(client, message: str, **config):
    with refused("ValidationException", message, status=400) as refusal:
        detected(client, **config)
    assert refusal.response["Reason"] == "OTHER"


def not_allowed(caller: str, action: str, resource: str, reason: str | None = None) -> str:
    reason = reason or f"because no identity-based policy allows the {action} action"
    return f"User: {caller} is not authorized to perform: {action} on resource: {resource} {reason} (AccessDenied)"


def high(value: dict) -> dict:
    return {"Value": value, "Confidence": "HIGH"}


def low(value: dict, message: str) -> dict:
    return {"Value": value, "Confidence": "LOW", "Message": message}


# Whose permissions count


@pytest.mark.parametrize(
    "statements, action, resource",
    [
        ([], "s3:ListBucket", BUCKET),
        ([TO_READ[1]], "s3:ListBucket", BUCKET),
        ([TO_READ[0]], "s3:GetObject", OBJECT),
        # Of requests of hers alone.
        ([statement("Allow", "s3:*", "*", DIRECT)], "s3:ListBucket", BUCKET),
        ([statement("Allow", "s3:*", "*", {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})], "s3:ListBucket", BUCKET),
        ([statement("Allow", "s3:*", "*", {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}})],
         "s3:ListBucket", BUCKET),
    ],
)
def test_what_the_caller_may_not_is_not_looked_at(server, lookout, statements, action, resource):
    user = as_user(server, "user", policy(TO_ASK, *statements))
    refuses(user, not_allowed(user_arn("user"), action, resource))


@pytest.mark.parametrize("condition", [VIA_SERVICE, VIA_LOOKOUT, {"StringEquals": {"aws:CalledViaLast": SERVICE}}])
def test_a_policy_may_deny_what_comes_through_a_service(server, lookout, condition):
    user = server.user("user", policy(TO_ASK, *TO_READ), deny("s3:*", "*", condition))
    # What she reads herself she may.
    server.client("s3", user).get_object(Bucket="data", Key="historical/one.csv")
    message = not_allowed(
        user_arn("user"), "s3:ListBucket", BUCKET, "with an explicit deny in an identity-based policy")
    refuses(server.client("lookoutmetrics", user), message)


def test_a_policy_may_deny_all_but_what_comes_through_a_service(server, lookout):
    """AWS's example "Denies access to AWS based on the source IP": not for services on one's behalf.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html
    """
    elsewhere = {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}} | DIRECT
    user = server.user("user", policy(TO_ASK, *TO_READ), deny("s3:*", "*", elsewhere))
    with refused("AccessDenied", status=403):
        server.client("s3", user).get_object(Bucket="data", Key="historical/one.csv")
    assert detected(server.client("lookoutmetrics", user))["MetricSource"]


def test_a_policy_may_let_only_this_service_through(server, lookout):
    only = [statement("Allow", ["s3:ListBucket", "s3:GetObject"], "*", VIA_LOOKOUT)]
    user = server.user("user", policy(TO_ASK, *only))
    with refused("AccessDenied", status=403):
        server.client("s3", user).get_object(Bucket="data", Key="historical/one.csv")
    assert detected(server.client("lookoutmetrics", user))["MetricSource"]


def test_a_buckets_policy_has_its_say(server, lookout):
    user = as_user(server, "user", policy(TO_ASK, *TO_READ))
    assert detected(user)["MetricSource"]
    document = policy({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{BUCKET}/*",
                       "Condition": VIA_SERVICE})
    server.client("s3").put_bucket_policy(Bucket="data", Policy=document)
    reason = "with an explicit deny in a resource-based policy"
    refuses(user, not_allowed(user_arn("user"), "s3:GetObject", OBJECT, reason))
    # A role of the service is not on anyone's behalf.
    role = server.role("LookoutMetricsRole", trust(LOOKOUT), policy(*TO_READ))
    lookout.create_metric_set(**dataset(DETECTOR, role))


def test_a_sessions_policy_has_its_say(server, lookout):
    caller = server.user("caller", allow("sts:AssumeRole"))
    role = server.role("admin", trust(), allow("*"))
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session"
    assert detected(server.client("lookoutmetrics", server.assume(role, caller)))["MetricSource"]
    narrow = server.assume(role, caller, Policy=policy(TO_ASK, TO_READ[0]))
    reason = "because no session policy allows the s3:GetObject action"
    refuses(server.client("lookoutmetrics", narrow), not_allowed(session, "s3:GetObject", OBJECT, reason))


def test_who_may_not_ask_has_nothing_looked_at(server, lookout):
    user = as_user(server, "user", policy(*TO_READ))
    with denied(user_arn("user"), "DetectMetricSetConfig", DETECTOR):
        detected(user)
    server.user("last")
    assert not [record for record in server.audit() if record["userIdentity"].get("invokedBy")]


def test_the_trail_has_the_callers_name_and_the_services(server, lookout):
    user = as_user(server, "user", policy(TO_ASK, *TO_READ))
    detected(user)
    server.user("last")
    records = [record for record in server.audit() if record["userIdentity"].get("userName") == "user"]
    assert [(record["eventSource"], record["eventName"]) for record in records] == [
        ("s3.amazonaws.com", "ListObjectsV2"), ("s3.amazonaws.com", "GetObject"),
        ("lookoutmetrics.amazonaws.com", "DetectMetricSetConfig"),
    ]
    *forwarded, asked = records
    for record in forwarded:
        assert record["userIdentity"] == asked["userIdentity"] | {"invokedBy": SERVICE}
        assert record["sourceIPAddress"] == record["userAgent"] == SERVICE
    assert asked["sourceIPAddress"] == "127.0.0.1" and "invokedBy" not in asked["userIdentity"]


# What is looked at


def test_there_must_be_something_to_look_at(server, lookout):
    put(server, "empty/one.csv", b"\n")
    insufficient = (
        "Insufficient amount of data was found at the source location. Check service limits and requirements."
    )
    refuses(lookout, insufficient, HistoricalDataPathList=["s3://data/none/"])
    refuses(lookout, insufficient, HistoricalDataPathList=["s3://data/empty/"])
    refuses(lookout, insufficient, TemplatedPathList=["s3://data/historical/{{yyyyMMdd}}/"])
    refuses(lookout, "The specified bucket does not exist (NoSuchBucket)", HistoricalDataPathList=["s3://nowhere/x/"])
    put(server, "cut/one.csv.gz", gzip.compress(b"a,b\n" * 99, mtime=0)[:20])
    refuses(lookout, "The data cannot be read: incomplete deflate stream.", HistoricalDataPathList=["s3://data/cut/"])


def test_what_cannot_be_asked_is_refused(lookout):
    place = "autoDetectionMetricSource.s3SourceConfig"
    with invalid(missing(place)):
        lookout.detect_metric_set_config(AnomalyDetectorArn=DETECTOR, AutoDetectionMetricSource={})
    with invalid((place, None, "Member must have a TemplatedPathList or a HistoricalDataPathList")):
        lookout.detect_metric_set_config(
            AnomalyDetectorArn=DETECTOR, AutoDetectionMetricSource={"S3SourceConfig": {}})
    with invalid((f"{place}.templatedPathList.1.member", "s3://data/x",
                  "Member must have a key for the interval's start, such as {{yyyyMMdd}}")):
        detected(lookout, TemplatedPathList=["s3://data/x"])
    with not_found("AnomalyDetector", arn("AnomalyDetector:none")):
        lookout.detect_metric_set_config(
            AnomalyDetectorArn=arn("AnomalyDetector:none"), AutoDetectionMetricSource={"S3SourceConfig": PAST})


# What is guessed

NONE_CAME = {"Value": {"N": "0"}, "Confidence": "NONE", "Message": "No data of an interval has come."}
TIMELESS = {
    "Confidence": "NONE",
    "Message": "The data has no two timestamps, of a form that is common, from which to tell its interval.",
}
UNQUOTED = low({"S": '"'}, "No value is in quotes.")


def test_delimited_records_are_known_for_what_they_are(server, lookout):
    rows = [[f"2021-02-03 {hour:02}:{minute:02}:00", '"web"', "it", "5", "1.5"]
            for hour in range(4) for minute in range(0, 60, 10) for _ in range(2)]
    put(server, "delimited/one.csv.gz", gzip.compress(as_csv(HEADER, *rows, delimiter="|")))
    assert detected(lookout, HistoricalDataPathList=["s3://data/delimited/"]) == {
        "Offset": NONE_CAME,
        "MetricSetFrequency": high({"S": "PT10M"}),
        "MetricSource": {"S3SourceConfig": {"FileFormatDescriptor": {"CsvFormatDescriptor": {
            "FileCompression": high({"S": "GZIP"}),
            "Charset": high({"S": "UTF-8"}),
            "ContainsHeader": high({"S": "true"}),
            "Delimiter": high({"S": "|"}),
            "HeaderList": high({"SS": HEADER}),
            "QuoteSymbol": high({"S": '"'}),
        }}}},
    }


def test_records_without_a_header_are_known_for_what_they_are(server, lookout):
    put(server, "headless/one.csv", "2021-02-03\tZürich\t5\n".encode("latin-1"))
    assert detected(lookout, HistoricalDataPathList=["s3://data/headless/"]) == {
        "Offset": NONE_CAME,
        "MetricSetFrequency": TIMELESS,
        "MetricSource": {"S3SourceConfig": {"FileFormatDescriptor": {"CsvFormatDescriptor": {
            "FileCompression": high({"S": "NONE"}),
            "Charset": low({"S": "ISO-8859-1"},
                           "The data is not UTF-8. It may be in another character set of single bytes."),
            "ContainsHeader": high({"S": "false"}),
            "Delimiter": high({"S": "\t"}),
            "HeaderList": {"Confidence": "NONE", "Message": "The data has no header."},
            "QuoteSymbol": UNQUOTED,
        }}}},
    }


def test_lines_of_json_are_known_for_what_they_are(server, lookout):
    body = "".join(f'{{"at": "2021-02-{day:02}T00:00:00Z", "views": {day}}}\n' for day in range(1, 9))
    put(server, "lines/one", body.encode())
    assert detected(lookout, HistoricalDataPathList=["s3://data/lines/"]) == {
        "Offset": NONE_CAME,
        "MetricSetFrequency": high({"S": "P1D"}),
        "MetricSource": {"S3SourceConfig": {"FileFormatDescriptor": {"JsonFormatDescriptor": {
            "FileCompression": high({"S": "NONE"}), "Charset": high({"S": "UTF-8"}),
        }}}},
    }


def test_the_paths_of_intervals_tell_how_long_these_are(server, lookout):
    for minutes in ("0400", "0405", "0410", "0420"):
        put(server, f"continuous/20210203/{minutes}/one.csv", as_csv(HEADER, *ROWS))
    put(server, "continuous/readme.txt", b"what is this\n")
    found = detected(lookout, TemplatedPathList=["s3://data/continuous/{{yyyyMMdd}}/{{HHmm}}"])
    assert found["MetricSetFrequency"] == high({"S": "PT5M"})
    message = "All of the data was written long after its intervals."
    assert found["Offset"] == {"Value": {"N": "0"}, "Confidence": "NONE", "Message": message}
    assert found["MetricSource"]["S3SourceConfig"]["FileFormatDescriptor"]["CsvFormatDescriptor"]["HeaderList"] == high(
        {"SS": HEADER})


def test_what_is_guessed_makes_a_dataset(server):
    lookout = furnished(server)
    rows = [[f"2021-02-{day:02} {hour:02}:00:00", *ROWS[0][1:]] for day in (3, 4) for hour in range(24)]
    put(server, "historical/one.csv", as_csv(HEADER, *rows))
    found = detected(lookout)
    csv = found["MetricSource"]["S3SourceConfig"]["FileFormatDescriptor"]["CsvFormatDescriptor"]
    value = {name: next(iter(field.get("Value", {}).values()), None) for name, field in csv.items()}
    form = value | {"ContainsHeader": value["ContainsHeader"] == "true"}
    role = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
    lookout.create_metric_set(**dataset(
        DETECTOR, role, MetricSetFrequency=found["MetricSetFrequency"]["Value"]["S"],
        Offset=int(found["Offset"]["Value"]["N"]),
        MetricSource=source(role, FileFormatDescriptor={"CsvFormatDescriptor": form}),
    ))
