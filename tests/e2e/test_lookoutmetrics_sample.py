"""Samples of data, which the service reads as the role that it is given: what that role may not, nobody is shown.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/permissions-service.html
"""

import gzip

import pytest

from lookoutmetrics import CSV, EVERYTHING, HEADER, ROWS, arn, as_csv, as_user, invalid, make_data, missing
from server import ACCOUNT, LOOKOUT, allow, policy, refused, statement, trust

ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/LookoutMetricsRole/LookoutMetricsSession"
SERVICE = LOOKOUT["Service"]
LIST, GET = (statement("Allow", "s3:ListBucket", "arn:aws:s3:::data"),
             statement("Allow", "s3:GetObject", "arn:aws:s3:::data/*"))
INSUFFICIENT = (
    "Insufficient amount of data was found at the source location. Check service limits and requirements."
)


@pytest.fixture
def data(server):
    """A bucket of historical data."""
    s3 = make_data(server)
    s3.put_object(Bucket="data", Key="historical/z/deeper.csv", Body=as_csv(["other"], ["0"]))
    return s3


def sample(**changes) -> dict:
    given = {"RoleArn": ROLE, "HistoricalDataPathList": ["s3://data/historical/"], "FileFormatDescriptor": CSV}
    return {"S3SourceConfig": {name: value for name, value in (given | changes).items() if value is not None}}


def answered(client, **changes) -> tuple[list, list]:
    answer = client.get_sample_data(**sample(**changes))
    return answer["HeaderValues"], answer["SampleRows"]


def trail(server) -> list[dict]:
    """What the service itself has done. A change writes what waits before it."""
    server.user("last")
    return [record for record in server.audit() if record["userIdentity"].get("invokedBy") == SERVICE]


# What must be refused


@pytest.mark.parametrize(
    "document",
    [
        trust({"Service": "sns.amazonaws.com"}),
        trust(),
        trust(LOOKOUT, {"StringEquals": {"aws:SourceAccount": "999999999999"}}),
        trust(LOOKOUT, {"ArnLike": {"aws:SourceArn": arn("AnomalyDetector:detector")}}),
    ],
)
def test_a_role_that_does_not_trust_the_service_is_not_assumed(server, data, document):
    server.role("LookoutMetricsRole", document, allow("*"))
    message = f"User: {SERVICE} is not authorized to perform: sts:AssumeRole on resource: {ROLE} (AccessDenied)"
    with refused("ValidationException", message, status=400):
        server.client("lookoutmetrics").get_sample_data(**sample())
    [record] = trail(server)
    assert (record["eventName"], record["errorCode"]) == ("AssumeRole", "AccessDenied")


@pytest.mark.parametrize("allowed, action", [([], "s3:ListBucket"), ([GET], "s3:ListBucket"), ([LIST], "s3:GetObject")])
def test_what_the_role_may_not_is_not_shown(server, data, allowed, action):
    server.role("LookoutMetricsRole", trust(LOOKOUT), *map(policy, allowed))
    # The caller may everything, and it does not help.
    with refused("ValidationException", status=400) as refusal:
        server.client("lookoutmetrics").get_sample_data(**sample())
    assert f"User: {SESSION} is not authorized to perform: {action}" in refusal.response["Error"]["Message"]


def test_taking_the_permission_away_stops_the_next_reading(server, data, iam):
    server.role("LookoutMetricsRole", trust(LOOKOUT))
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="p", PolicyDocument=policy(LIST, GET))
    lookout = as_user(server, "user", EVERYTHING)
    assert answered(lookout) == (HEADER, ROWS)
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="p", PolicyDocument=policy(LIST))
    with refused("ValidationException", status=400):
        lookout.get_sample_data(**sample())
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="p", PolicyDocument=policy(LIST, GET))
    iam.update_assume_role_policy(RoleName="LookoutMetricsRole", PolicyDocument=trust())
    with refused("ValidationException", status=400):
        lookout.get_sample_data(**sample())


def test_what_cannot_be_read_is_refused_in_words(server, data):
    server.role("LookoutMetricsRole", trust(LOOKOUT), allow("s3:*"))
    lookout = server.client("lookoutmetrics")
    zipped = {"CsvFormatDescriptor": {"FileCompression": "GZIP"}}
    for changes, message in [
        ({"HistoricalDataPathList": ["s3://nowhere/x/"]}, "The specified bucket does not exist (NoSuchBucket)"),
        ({"HistoricalDataPathList": ["s3://data/empty/"]}, INSUFFICIENT),
        ({"FileFormatDescriptor": zipped}, "The data cannot be read: invalid gzip header."),
    ]:
        with refused("ValidationException", message, status=400):
            lookout.get_sample_data(**sample(**changes))
    with invalid(("s3SourceConfig", None, "Member must have a TemplatedPathList or a HistoricalDataPathList")):
        lookout.get_sample_data(**sample(HistoricalDataPathList=None))
    with invalid(missing("s3SourceConfig")):
        lookout.get_sample_data()


# What is shown


def test_a_sample_has_names_and_the_first_records(server, data):
    server.role("LookoutMetricsRole", trust(LOOKOUT), policy(LIST, GET))
    lookout = server.client("lookoutmetrics")
    assert answered(lookout) == (HEADER, ROWS)
    many = [["2021-02-03 04:00:00", "web", "it", str(number), "0"] for number in range(1000)]
    data.put_object(Bucket="data", Key="continuous/20210203/0400/a.csv", Body=as_csv(HEADER, *many))
    template = {"HistoricalDataPathList": None, "TemplatedPathList": ["s3://data/continuous/{{yyyyMMdd}}/{{HHmm}}"]}
    assert answered(lookout, **template) == (HEADER, many[:10])


def test_files_are_read_as_they_are_described(server, data):
    server.role("LookoutMetricsRole", trust(LOOKOUT), policy(LIST, GET))
    lookout = server.client("lookoutmetrics")
    named = {"ContainsHeader": False, "HeaderList": HEADER, "Delimiter": "|", "FileCompression": "GZIP"}
    lines = b'{"a": 1, "b": "x"}\n{"a": null, "b": "y"}\n'
    for name, body, descriptor, expected in [
        ("csv", gzip.compress(as_csv(*ROWS, delimiter="|")), {"CsvFormatDescriptor": named}, (HEADER, ROWS)),
        ("latin", "a,b\né,ü\n".encode("latin-1"), {"CsvFormatDescriptor": {"Charset": "ISO-8859-1"}},
         (["a", "b"], [["é", "ü"]])),
        ("json", lines, {"JsonFormatDescriptor": {}}, (["a", "b"], [["1", "x"], ["", "y"]])),
        ("nothing", b"", {"CsvFormatDescriptor": {}}, ([], [])),
    ]:
        data.put_object(Bucket="data", Key=f"{name}/file", Body=body)
        changes = {"HistoricalDataPathList": [f"s3://data/{name}/"], "FileFormatDescriptor": descriptor}
        assert answered(lookout, **changes) == expected, name


def test_the_trail_tells_the_service_s_own_calls(server, data):
    server.role("LookoutMetricsRole", trust(LOOKOUT), policy(LIST, GET))
    server.client("lookoutmetrics").get_sample_data(**sample())
    ours = trail(server)
    assert [(record["eventSource"], record["eventName"]) for record in ours] == [
        ("sts.amazonaws.com", "AssumeRole"), ("s3.amazonaws.com", "ListObjectsV2"), ("s3.amazonaws.com", "GetObject"),
    ]
    assumed, listed, read = ours
    assert assumed["userIdentity"] == {"type": "AWSService", "invokedBy": SERVICE}
    assert assumed["requestParameters"]["roleArn"] == ROLE
    for record in (listed, read):
        assert record["userIdentity"]["arn"] == SESSION
        assert record["userIdentity"]["accessKeyId"] == assumed["responseElements"]["credentials"]["accessKeyId"]
        assert record["sourceIPAddress"] == SERVICE
