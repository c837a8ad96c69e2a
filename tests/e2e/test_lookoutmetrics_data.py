"""The look at a dataset's data when the dataset is made: as its role, which must be allowed to; what no detector could work
with is refused in words.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/permissions-service.html
"""

import gzip

import pytest

from lookoutmetrics import (
    CSV, HEADER, READ_DATA, ROWS, arn, as_csv, dataset, furnished, make_data, make_detector, service_role, source,
)
from server import ACCOUNT, LOOKOUT, allow, deny, policy, refused, statement, trust

DETECTOR = arn("AnomalyDetector:detector")
METRIC_SET = arn("MetricSet/detector/dataset")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/LookoutMetricsRole/LookoutMetricsSession"
INSUFFICIENT = (
    "Insufficient amount of data was found at the source location. Check service limits and requirements."
)
FOREIGN = "Timestamp Column values inside file provided in S3 path do not match provided timestamp format."
LIST = statement("Allow", "s3:ListBucket", "arn:aws:s3:::data")
GET = statement("Allow", "s3:GetObject", "arn:aws:s3:::data/*")
BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/historical/one.csv"
LINES = {"JsonFormatDescriptor": {"FileCompression": "NONE"}}


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with a detector, a role and data."""
    return furnished(server)


@pytest.fixture(scope="module")
def shared_server_s3(shared_server):
    """Amazon S3 with a bucket, beside a detector and a role, for tests that make no dataset."""
    make_detector(shared_server.client("lookoutmetrics"))
    service_role(shared_server)
    return make_data(shared_server)


def refuses(lookout, message: str, **changes):
    """No dataset is made of this."""
    with refused("ValidationException", message, status=400) as refusal:
        lookout.create_metric_set(**dataset(DETECTOR, ROLE, **changes))
    assert refusal.response["Reason"] == "OTHER"
    assert lookout.list_metric_sets()["MetricSetSummaryList"] == []


def of_role(reason: str, action: str, resource: str) -> str:
    return f"User: {SESSION} is not authorized to perform: {action} on resource: {resource} {reason} (AccessDenied)"


def continuous(**changes) -> dict:
    """A source of continuous data alone."""
    return {"MetricSource": source(ROLE, HistoricalDataPathList=None, **changes)}


# What the role may


@pytest.mark.parametrize(
    "policies, action, resource, reason",
    [
        ([], "s3:ListBucket", BUCKET, "because no identity-based policy allows the s3:ListBucket action"),
        ([policy(GET)], "s3:ListBucket", BUCKET, "because no identity-based policy allows the s3:ListBucket action"),
        ([policy(LIST)], "s3:GetObject", OBJECT, "because no identity-based policy allows the s3:GetObject action"),
        ([policy(LIST, statement("Allow", "s3:GetObject", "arn:aws:s3:::data/continuous/*"))], "s3:GetObject", OBJECT,
         "because no identity-based policy allows the s3:GetObject action"),
        ([allow("s3:*"), deny("s3:GetObject")], "s3:GetObject", OBJECT,
         "with an explicit deny in an identity-based policy"),
    ],
)
def test_the_role_must_be_allowed_to_list_and_read(server, policies, action, resource, reason):
    lookout = server.client("lookoutmetrics")
    make_detector(lookout)
    make_data(server)
    server.role("LookoutMetricsRole", trust(LOOKOUT), *policies)
    # The caller may everything, and it does not help.
    refuses(lookout, of_role(reason, action, resource))


def test_the_bucket_has_its_say(server, lookout):
    s3 = server.client("s3")
    document = policy({"Effect": "Deny", "Principal": {"AWS": ROLE}, "Action": "s3:GetObject", "Resource": f"{BUCKET}/*"})
    s3.put_bucket_policy(Bucket="data", Policy=document)
    refuses(lookout, of_role("with an explicit deny in a resource-based policy", "s3:GetObject", OBJECT))


def test_a_template_needs_permission_to_list_though_there_is_nothing_yet(server, lookout, iam):
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="policy0", PolicyDocument=policy(GET))
    reason = "because no identity-based policy allows the s3:ListBucket action"
    refuses(lookout, of_role(reason, "s3:ListBucket", BUCKET), **continuous())
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="policy0", PolicyDocument=policy(LIST))
    lookout.create_metric_set(**dataset(DETECTOR, ROLE, **continuous()))


def test_an_update_is_looked_at_as_much(server, lookout, iam):
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    before = lookout.describe_metric_set(MetricSetArn=METRIC_SET)

    def update(**change):
        lookout.update_metric_set(MetricSetArn=METRIC_SET, **change)

    for change, message in (
        ({"TimestampColumn": {"ColumnName": "time", "ColumnFormat": "yyyy-MM-dd HH"}}, "The data has no column time."),
        ({"TimestampColumn": {"ColumnName": "timestamp", "ColumnFormat": "yyyy-MM-dd HH:mm"}}, FOREIGN),
        ({"DimensionList": ["platform", "country"]}, "The data has no column country."),
        ({"MetricList": [{"MetricName": "sales", "AggregationFunction": "SUM"}]}, "The data has no column sales."),
        ({"MetricSource": source(ROLE, HistoricalDataPathList=["s3://data/none/"])}, INSUFFICIENT),
    ):
        with refused("ValidationException", message, status=400):
            update(**change)
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="policy0", PolicyDocument=policy(LIST))
    reason = "because no identity-based policy allows the s3:GetObject action"
    for change in ({"DimensionList": ["platform"]}, {"MetricSource": source(ROLE)}):
        with refused("ValidationException", of_role(reason, "s3:GetObject", OBJECT), status=400):
            update(**change)
    assert lookout.describe_metric_set(MetricSetArn=METRIC_SET)["LastModificationTime"] == before["LastModificationTime"]
    # What changes nothing of what is read asks for nothing.
    update(MetricSetDescription="of a shop", Offset=60)


# Where the data is


def test_there_must_be_data(server, lookout):
    s3 = server.client("s3")
    s3.put_object(Bucket="data", Key="deeper/2021/one.csv", Body=as_csv(HEADER, *ROWS))
    s3.put_object(Bucket="data", Key="folder/", Body=b"")
    s3.put_object(Bucket="data", Key="header/one.csv", Body=as_csv(HEADER))
    s3.put_object(Bucket="data", Key="nothing/one.csv", Body=b"")
    for folder in ("none", "deeper", "folder", "header", "nothing", "historic"):
        refuses(lookout, INSUFFICIENT, MetricSource=source(ROLE, HistoricalDataPathList=[f"s3://data/{folder}/"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"HistoricalDataPathList": ["s3://nowhere/historical/"]},
        {"TemplatedPathList": ["s3://nowhere/{{yyyyMMdd}}/{{HHmm}}"], "HistoricalDataPathList": None},
    ],
)
def test_a_bucket_must_be_there(server, lookout, iam, changes):
    iam.put_role_policy(RoleName="LookoutMetricsRole", PolicyName="p", PolicyDocument=allow("s3:*"))
    message = "The specified bucket does not exist (NoSuchBucket)"
    refuses(lookout, message, MetricSource=source(ROLE, **changes))


def test_a_bucket_must_be_in_the_region(server):
    lookout = server.client("lookoutmetrics")
    make_detector(lookout)
    make_data(server, region="eu-central-1")
    service_role(server)
    words = "One of specified bucket in {} is not in same region as this AWS service API."
    refuses(lookout, words.format("historicalDataPathList"))
    refuses(lookout, words.format("templatedPathList"), **continuous())
    there = server.client("lookoutmetrics", region="eu-central-1")
    detector = make_detector(there)
    there.create_metric_set(**dataset(detector, ROLE))


def test_there_may_be_three_thousand_files_of_the_past(server, lookout):
    s3 = server.client("s3")
    body = as_csv(HEADER, *ROWS)
    for number in range(2999):
        s3.put_object(Bucket="data", Key=f"historical/{number:04}.csv", Body=body)
    # What lies deeper is not of them, nor is what was a folder's sign.
    for key in ("historical/", "historical/deeper/one.csv", "historical/1/two.csv"):
        s3.put_object(Bucket="data", Key=key, Body=b"")
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    lookout.delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    make_detector(lookout)
    s3.put_object(Bucket="data", Key="historical/3000.csv", Body=body)
    message = "There are more than 3000 files at the source location. Check service limits and requirements."
    refuses(lookout, message)


# What is in it


@pytest.mark.parametrize(
    "body, changes, message",
    [
        (as_csv(HEADER[:-1], ROWS[0][:-1]), {}, "The data has no column revenue."),
        (as_csv(HEADER, *ROWS, delimiter="|"), {}, "The data has no column timestamp."),
        (as_csv(HEADER, *ROWS).replace(b" 04:", b"T04:"), {}, FOREIGN),
        (as_csv(HEADER, ["", *ROWS[0][1:]]), {}, FOREIGN),
        (as_csv(HEADER, ROWS[0][:-1], ROWS[1][:-1]), {},
         "The data's records are not of the format that FileFormatDescriptor describes."),
        (as_csv(HEADER, *ROWS), {"FileFormatDescriptor": LINES},
         "The data's records are not of the format that FileFormatDescriptor describes."),
        (b'{"timestamp": "2021-02-03 04:00:00", "platform": "web", "views": 5, "revenue": null}\n',
         {"FileFormatDescriptor": LINES}, "The data has no column revenue."),
        (as_csv(HEADER, *ROWS), {"FileFormatDescriptor": {"CsvFormatDescriptor": {"FileCompression": "GZIP"}}},
         "The data cannot be read: invalid gzip header."),
        (gzip.compress(as_csv(HEADER, *ROWS), mtime=0)[:20],
         {"FileFormatDescriptor": {"CsvFormatDescriptor": {"FileCompression": "GZIP"}}},
         "The data cannot be read: incomplete deflate stream."),
    ],
)
def test_the_records_must_be_as_they_are_described(shared_server, shared_server_s3, body, changes, message):
    lookout = shared_server.client("lookoutmetrics")
    # Whether it is the data of the past or of an interval that has come already.
    for key, paths in (
        ("past/one", {"HistoricalDataPathList": ["s3://data/past/"], "TemplatedPathList": None}),
        ("now/20210203/0400/one",
         {"HistoricalDataPathList": None, "TemplatedPathList": ["s3://data/now/{{yyyyMMdd}}/{{HHmm}}"]}),
    ):
        shared_server_s3.put_object(Bucket="data", Key=key, Body=body)
        refuses(lookout, message, MetricSource=source(ROLE, **paths, **changes))


def test_only_a_sample_is_looked_at(server, lookout):
    """The first records of the first and the last file; what else is of another kind comes to light when it is read."""
    s3 = server.client("s3")
    s3.put_object(Bucket="data", Key="historical/other.csv", Body=b"what is this\n")
    s3.put_object(Bucket="data", Key="historical/two.csv", Body=as_csv(HEADER, *ROWS * 60, ["what", "is", "this"]))
    # Not of any interval.
    s3.put_object(Bucket="data", Key="continuous/readme.txt", Body=b"what is this\n")
    s3.put_object(Bucket="data", Key="continuous/20210203/readme.txt", Body=b"what is this\n")
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    server.user("last")
    read = [record["requestParameters"] for record in server.audit() if record["eventName"] == "GetObject"]
    assert [parameters["Key"] for parameters in read] == ["historical/one.csv", "historical/two.csv"]


def test_one_timestamp_of_the_format_will_do(server, lookout):
    rows = [[f"2021-02-03T0{hour}", *ROWS[0][1:]] for hour in range(5)]
    server.client("s3").put_object(Bucket="data", Key="historical/one.csv", Body=as_csv(HEADER, *rows, ROWS[0]))
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
