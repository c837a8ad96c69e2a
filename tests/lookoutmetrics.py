"""What the Lookout for Metrics tests share."""

import math
import random
from contextlib import contextmanager
from datetime import UTC, datetime

from server import (
    ACCOUNT, LOOKOUT, REGION, Credentials, Server, allow, not_authorized, policy, refused, statement, trust,
)

CONFIG = {"AnomalyDetectorFrequency": "PT1H"}
CSV = {
    "CsvFormatDescriptor": {
        "FileCompression": "NONE", "Charset": "UTF-8", "ContainsHeader": True, "Delimiter": ",", "QuoteSymbol": '"',
    }
}
GROUP = "12345678-90ab-cdef-1234-567890abcdef"
"""The id of an anomaly group that is nowhere."""
HEADER = ["timestamp", "platform", "marketplace", "views", "revenue"]
ROWS = [["2021-02-03 04:00:00", "web", "it", "5", "1.5"], ["2021-02-03 04:00:00", "app", "fr", "6", ""]]
READ_DATA = policy(
    statement("Allow", "s3:ListBucket", "arn:aws:s3:::data"), statement("Allow", "s3:GetObject", "arn:aws:s3:::data/*"),
)
"""What the service's role must be allowed.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/permissions-service.html
"""
EVERYTHING = policy(
    statement("Allow", "lookoutmetrics:*"),
    statement("Allow", "iam:PassRole", "*", {"StringEquals": {"iam:PassedToService": LOOKOUT["Service"]}}),
)
"""AWS's example of a policy that allows everything, and to pass roles to the service.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/permissions-user.html
"""


def arn(resource: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    """The ARN of `AnomalyDetector:NAME`, `MetricSet/DETECTOR/NAME` or `Alert:NAME`."""
    return f"arn:aws:lookoutmetrics:{region}:{account}:{resource}"


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


# What is there


def service_role(server: Server, name: str = "LookoutMetricsRole", condition: dict | None = None, **attributes) -> str:
    """Makes a role that trusts Lookout for Metrics, and may read data. Its ARN."""
    return server.role(name, trust(LOOKOUT, condition), READ_DATA, **attributes)


def as_csv(*rows: list[str], delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(row) + "\n" for row in rows).encode()


def make_data(server: Server, *, region: str = REGION):
    """Makes a bucket with historical data of a shop. Amazon S3 as the root user calls it."""
    s3 = server.client("s3", region=region)
    where = {} if region == REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket="data", **where)
    s3.put_object(Bucket="data", Key="historical/one.csv", Body=as_csv(HEADER, *ROWS))
    return s3


def data_role(server: Server, *, region: str = REGION) -> str:
    """Makes a bucket of data, and a role for it. The role's ARN."""
    make_data(server, region=region)
    return service_role(server)


def make_detector(lookout, name: str = "detector", **parameters) -> str:
    """Makes a detector. Its ARN."""
    given = {"AnomalyDetectorName": name, "AnomalyDetectorConfig": CONFIG} | parameters
    return lookout.create_anomaly_detector(**given)["AnomalyDetectorArn"]


def source(role: str, **changes) -> dict:
    """A source of historical and continuous data in CSV."""
    s3 = {
        "RoleArn": role, "HistoricalDataPathList": ["s3://data/historical/"],
        "TemplatedPathList": ["s3://data/continuous/{{yyyyMMdd}}/{{HHmm}}"], "FileFormatDescriptor": CSV,
    }
    return {"S3SourceConfig": _without_nothing(s3 | changes)}


def dataset(detector: str, role: str, **changes) -> dict:
    """Parameters of CreateMetricSet, after AWS's example of a shop; what is `None` is left out."""
    given = {
        "AnomalyDetectorArn": detector,
        "MetricSetName": "dataset",
        "MetricList": [
            {"MetricName": "views", "AggregationFunction": "SUM"},
            {"MetricName": "revenue", "AggregationFunction": "AVG"},
        ],
        "DimensionList": ["platform", "marketplace"],
        "TimestampColumn": {"ColumnName": "timestamp", "ColumnFormat": "yyyy-MM-dd HH:mm:ss"},
        "MetricSetFrequency": "PT1H",
        "MetricSource": source(role),
    }
    return _without_nothing(given | changes)


def sns(role: str) -> dict:
    """An action that tells a topic."""
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"
    return {"SNSConfiguration": {"RoleArn": role, "SnsTopicArn": topic, "SnsFormat": "JSON"}}


def function(role: str) -> dict:
    """An action that calls a function."""
    return {"LambdaConfiguration": {"RoleArn": role, "LambdaArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"}}


def make_alert(lookout, detector: str, role: str, name: str = "alert", **parameters) -> str:
    """Makes an alert. Its ARN."""
    given = {"AlertName": name, "AnomalyDetectorArn": detector, "Action": sns(role)} | parameters
    return lookout.create_alert(**given)["AlertArn"]


def furnished(server: Server):
    """Lookout for Metrics as the root user calls it, with a detector, and a role and data for what hangs on it."""
    lookout = server.client("lookoutmetrics")
    make_detector(lookout)
    data_role(server)
    return lookout


def as_user(server: Server, name: str, *policies: str, **attributes):
    """Lookout for Metrics as a new user with these policies calls it."""
    return server.client("lookoutmetrics", server.user(name, *policies, **attributes))


def member_user(server: Server, member: Credentials, *policies: str) -> Credentials:
    """Makes a user in the member account, and a key for it."""
    return server.user("carol", *(policies or [allow("*")]), by=member)


def _without_nothing(given: dict) -> dict:
    return {name: value for name, value in given.items() if value is not None}


# Answers


def answer(call, **parameters) -> dict:
    """What the call answers, and nothing around it."""
    answered = call(**parameters)
    del answered["ResponseMetadata"]
    return answered


def timeless(found: dict) -> dict:
    """A resource without its times, which are in order."""
    assert found["CreationTime"] <= found["LastModificationTime"]
    return {name: value for name, value in found.items() if name not in ("CreationTime", "LastModificationTime")}


def of_detector(lookout) -> list[tuple]:
    """The operations that need a detector's ARN and nothing else, and how they are called."""
    return [
        ("DescribeAnomalyDetector", lookout.describe_anomaly_detector),
        ("UpdateAnomalyDetector", lookout.update_anomaly_detector),
        ("DeleteAnomalyDetector", lookout.delete_anomaly_detector),
        ("ListAlerts", lookout.list_alerts),
        ("ListMetricSets", lookout.list_metric_sets),
    ]


def pages(call, member: str, size: int, **parameters) -> list[list]:
    """The pages of a list; only the last one may be short."""
    found, token = [], {}
    while True:
        page = call(MaxResults=size, **parameters, **token)
        found.append(page[member])
        if "NextToken" not in page:
            return found
        assert len(page[member]) == size
        token = {"NextToken": page["NextToken"]}


# Constraints, in AWS's words


def shortest(length: int) -> str:
    return f"Member must have length greater than or equal to {length}"


def longest(length: int) -> str:
    return f"Member must have length less than or equal to {length}"


def least(number: int) -> str:
    return f"Member must have value greater than or equal to {number}"


def most(number: int) -> str:
    return f"Member must have value less than or equal to {number}"


def one_of(*values: str) -> str:
    return f"Member must satisfy enum value set: [{', '.join(values)}]"


def like(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


NAME = like(r"^[a-zA-Z0-9][a-zA-Z0-9\-_]*")
"""What names and columns must be like."""


# Refusals


@contextmanager
def invalid(*faults: tuple[str, str | None, str]):
    """The block's last call must be refused for these faults: each a place, the value shown there, the constraint."""
    errors = "error" if len(faults) == 1 else "errors"
    sentence = f"{len(faults)} validation {errors} detected: {'; '.join(map(_in_words, faults))}"
    with refused("ValidationException", sentence, status=400) as refusal:
        yield
    assert refusal.response["Reason"] == "FIELD_VALIDATION_FAILED"
    assert refusal.response["Fields"] == [{"Name": place, "Message": constraint} for place, _, constraint in faults]


def missing(place: str) -> tuple[str, None, str]:
    """The fault of what is required and not there."""
    return place, None, "Member must not be null"


@contextmanager
def not_found(kind: str, resource: str):
    """The block's last call must be told that this is not there. AWS's status of that is 400."""
    with refused("ResourceNotFoundException", f"{kind} {resource} could not be found.", status=400) as refusal:
        yield
    assert (refusal.response["ResourceType"], refusal.response["ResourceId"]) == (kind, resource)


@contextmanager
def already_there(kind: str, resource: str):
    """The block's last call must be told that this is there already."""
    with refused("ConflictException", f"{kind} {resource} already exists.", status=409) as refusal:
        yield
    assert (refusal.response["ResourceType"], refusal.response["ResourceId"]) == (kind, resource)


@contextmanager
def quota_exceeded(code: str, message: str, kind: str, resource: str):
    """The block's last call must be told that there are as many as there may be. AWS's status of that is 402."""
    with refused("ServiceQuotaExceededException", message, status=402) as refusal:
        yield
    members = {name: refusal.response[name] for name in ("QuotaCode", "ServiceCode", "ResourceType", "ResourceId")}
    assert members == {"QuotaCode": code, "ServiceCode": "lookoutmetrics", "ResourceType": kind, "ResourceId": resource}


def denied(caller: str, action: str, resource: str, reason: str | None = None):
    """The block's last call must be denied to the caller in AWS's sentence; `action` may leave out the service."""
    full = action if ":" in action else f"lookoutmetrics:{action}"
    return refused("AccessDeniedException", not_authorized(caller, full, resource, reason), status=403)


def _in_words(fault: tuple[str, str | None, str]) -> str:
    place, value, constraint = fault
    shown = f"'{value}' " if value is not None else "null " if fault == missing(place) else ""
    return f"Value {shown}at '{place}' failed to satisfy constraint: {constraint}"


# A shop's history


MARKETS, PLATFORMS = ("de", "fr", "it"), ("app", "web")


def shop(hours: range, incidents: dict[int, float] | None = None, *, silent: range = range(0)) -> str:
    """The hourly sales of a shop as CSV: a daily rhythm, little noise, and factors at hours that went wrong in Italy."""
    noise = random.Random(7)
    lines = [",".join(HEADER)]
    for hour in hours:
        at = datetime.fromtimestamp(hour * 3600, UTC)
        for market in MARKETS:
            for platform in PLATFORMS:
                level = 100 + 60 * math.sin(at.hour / 24 * 2 * math.pi) + 20 * MARKETS.index(market)
                views = level * (1 + noise.gauss(0, 0.02))
                if market == "it":
                    views *= (incidents or {}).get(hour, 1)
                if hour not in silent:
                    lines.append(f"{at:%Y-%m-%d %H:%M:%S},{platform},{market},{views:.2f},{views / 10:.2f}")
    return "\n".join(lines) + "\n"


def written(hour: int) -> str:
    """An interval's start, as the service writes it."""
    return f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%dT%H:%M}Z[UTC]"


def folder(hour: int) -> str:
    """Where a template looks for an hour's data."""
    return f"continuous/{datetime.fromtimestamp(hour * 3600, UTC):%Y%m%d/%H%M}"


def clock(hour: int, speed: int = 1) -> dict:
    """The environment of a server for whose detectors it is then, and time goes so much faster."""
    return {"BARTIZAN_TEST_CLOCK": f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%dT%H:%M:%SZ}*{speed}"}


def executions(lookout, detector: str) -> list[tuple]:
    """The intervals that a detector has looked at, oldest first: when, how it ended, and why if it failed."""
    found, token = [], {}
    while True:
        page = lookout.describe_anomaly_detection_executions(AnomalyDetectorArn=detector, **token)
        found += [(one["Timestamp"], one["Status"], one.get("FailureReason")) for one in page["ExecutionList"]]
        if "NextToken" not in page:
            return found[::-1]
        token = {"NextToken": page["NextToken"]}


def has_status(lookout, detector: str, *expected: str) -> bool:
    status = lookout.describe_anomaly_detector(AnomalyDetectorArn=detector)["Status"]
    assert status not in ("FAILED", "BACK_TEST_COMPLETE") or status in expected, lookout.describe_anomaly_detector(
        AnomalyDetectorArn=detector
    )
    return status in expected
