"""Datasets, which the API calls metric sets: what may be one, and who may make, see and change it."""

import gzip
import json
from datetime import datetime, timezone

import pytest

from lookoutmetrics import (
    CSV, EVERYTHING, NAME, ROWS, already_there, answer, arn, as_csv, as_user, dataset, denied, furnished, invalid, least, longest,
    make_detector, member_user, missing, most, not_found, one_of, pages, quota_exceeded, service_role, shortest, source,
    timeless, user_arn,
)
from server import ACCOUNT, allow, policy, statement

DETECTOR = arn("AnomalyDetector:detector")
METRIC_SET = arn("MetricSet/detector/dataset")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with a detector, and a role and data in several forms for it."""
    lookout = furnished(server)
    s3 = server.client("s3")
    record = {"timestamp": ROWS[0][0], "platform": "web", "marketplace": "it", "views": 5, "revenue": 1.5}
    s3.put_object(Bucket="data", Key="zipped/one.json.gz", Body=gzip.compress(json.dumps(record).encode()))
    record |= {"minute": "2021-02-03 04:00", "time": "02/03/2021 04:00 am", "sales": 7}
    record |= {f"{kind}{number}": number for kind in "dm" for number in range(10)}
    s3.put_object(Bucket="data", Key="wide/one.csv", Body=as_csv(list(record), [str(value) for value in record.values()]))
    return lookout


@pytest.fixture(scope="module")
def shared_lookout(shared_server):
    """The same for the tests that make no dataset."""
    return furnished(shared_server)


def describe(lookout) -> dict:
    """The dataset without its times."""
    return timeless(answer(lookout.describe_metric_set, MetricSetArn=METRIC_SET))


# What is made


JSON_LINES = {"JsonFormatDescriptor": {"FileCompression": "GZIP", "Charset": "UTF-8"}}
NAMED = ["timestamp", "views", "revenue", "platform", "marketplace", "unused"]
WIDE = source(ROLE, HistoricalDataPathList=["s3://data/wide/"])
FILTERS = [
    {"Name": dimension, "FilterList": [{"DimensionValue": value, "FilterOperation": "EQUALS"} for value in values]}
    for dimension, values in (("platform", ["pc_web", ""]), ("marketplace", ["it"]))
]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"MetricSetDescription": "of a shop", "Offset": 0, "Timezone": "Europe/Zurich", "DimensionFilterList": FILTERS},
        {"Offset": 432000, "DimensionList": None, "MetricSetFrequency": None},
        {"MetricSource": source(ROLE, HistoricalDataPathList=["s3://data/zipped/"], TemplatedPathList=None,
                                FileFormatDescriptor=JSON_LINES)},
        {"MetricSource": source(ROLE, HistoricalDataPathList=None, FileFormatDescriptor={
            "CsvFormatDescriptor": {"ContainsHeader": False, "HeaderList": NAMED, "Delimiter": "|"}})},
        {"MetricList": [{"MetricName": f"m{number}", "AggregationFunction": "AVG"} for number in range(10)],
         "DimensionList": [f"d{number}" for number in range(10)], "MetricSource": WIDE},
        {"TimestampColumn": {"ColumnName": "time", "ColumnFormat": "MM/dd/yyyy hh:mm a"}, "MetricSetFrequency": "PT5M",
         "MetricSource": WIDE},
    ],
)
def test_a_dataset_is_described_as_it_was_asked_for(lookout, changes):
    asked = dataset(DETECTOR, ROLE, **changes)
    assert answer(lookout.create_metric_set, **asked) == {"MetricSetArn": METRIC_SET}
    assert describe(lookout) == asked | {"MetricSetArn": METRIC_SET}


def test_a_dataset_is_listed(lookout):
    before = datetime.now(timezone.utc)
    lookout.create_metric_set(**dataset(DETECTOR, ROLE, MetricSetDescription="of a shop", Tags={"team": "a"}))
    other = make_detector(lookout, "other")
    lookout.create_metric_set(**dataset(other, ROLE))
    created = lookout.describe_metric_set(MetricSetArn=METRIC_SET)["CreationTime"]
    assert abs((created - before).total_seconds()) < 30
    assert answer(lookout.list_metric_sets, AnomalyDetectorArn=DETECTOR) == {
        "MetricSetSummaryList": [
            {
                "MetricSetArn": METRIC_SET, "AnomalyDetectorArn": DETECTOR, "MetricSetName": "dataset",
                "MetricSetDescription": "of a shop", "Tags": {"team": "a"},
                "CreationTime": created, "LastModificationTime": created,
            }
        ]
    }
    found = pages(lookout.list_metric_sets, "MetricSetSummaryList", 1)
    assert [[item["AnomalyDetectorArn"] for item in page] for page in found] == [[DETECTOR], [other]]
    third = make_detector(lookout, "third")
    assert answer(lookout.list_metric_sets, AnomalyDetectorArn=third) == {"MetricSetSummaryList": []}


# What cannot be made

S3 = "metricSource.s3SourceConfig"
CSV_PLACE = f"{S3}.fileFormatDescriptor.csvFormatDescriptor"
FORMAT = "timestampColumn.columnFormat"
NO_HOUR = "Member must have an hour if the interval is shorter than a day"
NOT_LONGER = "Member must not be longer than the detector's interval, PT1H"
ONCE = "Member must be a column that is neither timestamp, measure nor dimension already"
ONLY_S3 = "Member must be absent: this version of Bartizan reads data from S3SourceConfig only"


def timestamp(form: str) -> dict:
    return {"TimestampColumn": {"ColumnName": "timestamp", "ColumnFormat": form}}


def s3(**changes) -> dict:
    return {"MetricSource": source(ROLE, **changes)}


def csv(**changes) -> dict:
    return s3(FileFormatDescriptor={"CsvFormatDescriptor": CSV["CsvFormatDescriptor"] | changes})


def only(values: list) -> dict:
    return {"DimensionFilterList": values}


@pytest.mark.parametrize(
    "changes, faults",
    [
        # What is required
        ({"MetricSetName": None, "MetricList": None, "MetricSource": None, "AnomalyDetectorArn": None},
         [missing("anomalyDetectorArn"), missing("metricSetName"), missing("metricList"), missing("metricSource")]),
        ({"MetricList": [{}]},
         [missing("metricList.1.member.metricName"), missing("metricList.1.member.aggregationFunction")]),
        ({"MetricList": []}, [("metricList", "[]", shortest(1))]),
        ({"DimensionList": []}, [("dimensionList", "[]", shortest(1))]),
        ({"TimestampColumn": None}, [missing("timestampColumn")]),
        ({"TimestampColumn": {}}, [missing("timestampColumn.columnName"), missing(FORMAT)]),
        # Columns
        ({"DimensionList": ["platform", "platform"]}, [("dimensionList.2.member", "platform", ONCE)]),
        ({"DimensionList": ["views"]}, [("dimensionList.1.member", "views", ONCE)]),
        ({"DimensionList": ["timestamp"]}, [("dimensionList.1.member", "timestamp", ONCE)]),
        ({"DimensionList": ["a b"]},
         [("dimensionList", "[a b]", f"Member must satisfy constraint: [{longest(63)}, {shortest(1)}, {NAME}]")]),
        ({"MetricList": [{"MetricName": "views", "AggregationFunction": "MAX"}]},
         [("metricList.1.member.aggregationFunction", "MAX", one_of("AVG", "SUM"))]),
        # Times
        ({"MetricSetFrequency": "P1D"}, [("metricSetFrequency", "P1D", NOT_LONGER)]),
        ({"Offset": -1}, [("offset", "-1", least(0))]),
        ({"Offset": 432001}, [("offset", "432001", most(432000))]),
        ({"Timezone": "Europe/Atlantis"},
         [("timezone", "Europe/Atlantis", "Member must be the name of a time zone, such as America/Los_Angeles")]),
        (timestamp("yyyy-MM-dd"), [(FORMAT, "yyyy-MM-dd", NO_HOUR)]),
        (timestamp("yyyy-MM-dd hh:mm"),
         [(FORMAT, "yyyy-MM-dd hh:mm", "Member must have an a beside the hour of half a day")]),
        (timestamp("HH:mm"), [(FORMAT, "HH:mm", "Member must have a year, a month and a day")]),
        (timestamp("yyyy-MM-dd HH q"),
         [(FORMAT, "yyyy-MM-dd HH q",
           "Member must have no letters but those of Java's date and time patterns outside of quotes")]),
        (timestamp("yyyy-MM-dd 'HH"), [(FORMAT, "yyyy-MM-dd 'HH", "Member must end its quotes")]),
        # The source
        ({"MetricSource": {}}, [missing(S3)]),
        *(
            ({"MetricSource": source(ROLE) | {name: {}}},
             [(f"metricSource.{name[0].lower()}{name[1:]}", None, ONLY_S3)])
            for name in (
                "AppFlowConfig", "CloudWatchConfig", "RDSSourceConfig", "RedshiftSourceConfig", "AthenaSourceConfig",
            )
        ),
        (s3(RoleArn=None), [missing(f"{S3}.roleArn")]),
        (s3(FileFormatDescriptor=None), [missing(f"{S3}.fileFormatDescriptor")]),
        *(
            (s3(FileFormatDescriptor=form),
             [(f"{S3}.fileFormatDescriptor", None,
               "Member must have either a CsvFormatDescriptor or a JsonFormatDescriptor")])
            for form in ({}, CSV | JSON_LINES)
        ),
        (s3(TemplatedPathList=None, HistoricalDataPathList=None),
         [(S3, None, "Member must have a TemplatedPathList or a HistoricalDataPathList")]),
        (s3(TemplatedPathList=["s3://data/continuous"]),
         [(f"{S3}.templatedPathList.1.member", "s3://data/continuous",
           "Member must have a key for the interval's start, such as {{yyyyMMdd}}")]),
        (s3(TemplatedPathList=["s3://data/{{name}}"]),
         [(f"{S3}.templatedPathList.1.member", "s3://data/{{name}}",
           "Member must have only date and time keys between {{ and }}, such as {{yyyyMMdd}}")]),
        (s3(HistoricalDataPathList=["s3://one", "s3://two"]),
         [(f"{S3}.historicalDataPathList", "[s3://one, s3://two]", longest(1))]),
        (csv(Delimiter=";"),
         [(f"{CSV_PLACE}.delimiter", ";", "Member must be a comma, a tab, a space or a vertical bar")]),
        (csv(ContainsHeader=False), [missing(f"{CSV_PLACE}.headerList")]),
        (csv(HeaderList=["timestamp", "views", "views", "revenue", "platform"]),
         [(f"{CSV_PLACE}.headerList.3.member", "views", "Member must be there once only"),
          (f"{CSV_PLACE}.headerList", None, "Member must have the column marketplace")]),
        # Filters
        (only([{"Name": "views", "FilterList": FILTERS[0]["FilterList"]}]),
         [("dimensionFilterList.1.member.name", "views", "Member must be one of the dataset's dimensions")]),
        (only([FILTERS[0], FILTERS[0]]),
         [("dimensionFilterList.2.member.name", "platform",
           "Member must be there once only; give all of its values in one FilterList")]),
        (only([{}]),
         [missing("dimensionFilterList.1.member.name"), missing("dimensionFilterList.1.member.filterList")]),
        (only([{"Name": "platform", "FilterList": [{}]}]),
         [missing("dimensionFilterList.1.member.filterList.1.member.dimensionValue"),
          missing("dimensionFilterList.1.member.filterList.1.member.filterOperation")]),
        (only([{"Name": "platform", "FilterList": [{"DimensionValue": "x" * 41, "FilterOperation": "EQUALS"}]}]),
         [("dimensionFilterList.1.member.filterList.1.member.dimensionValue", "x" * 41,
           longest(40))]),
    ],
)
def test_a_dataset_that_cannot_be_is_refused(shared_lookout, changes, faults):
    with invalid(*faults):
        shared_lookout.create_metric_set(**dataset(DETECTOR, ROLE, **changes))
    assert shared_lookout.list_metric_sets()["MetricSetSummaryList"] == []


@pytest.mark.parametrize(
    "member, quota, words",
    [("MetricList", "measures-per-dataset", "measures"), ("DimensionList", "dimensions-per-dataset", "dimensions")],
)
def test_a_dataset_has_ten_measures_and_ten_dimensions(shared_lookout, member, quota, words):
    columns = [f"c{number}" for number in range(11)]
    measures = [{"MetricName": column, "AggregationFunction": "SUM"} for column in columns]
    given = {"MetricList": measures} if member == "MetricList" else {"DimensionList": columns}
    with quota_exceeded(quota, f"The maximum number of {words} for a dataset is 10.", "MetricSet", METRIC_SET):
        shared_lookout.create_metric_set(**dataset(DETECTOR, ROLE, **given))


def test_a_detector_has_one_dataset(lookout):
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    for name in ("dataset", "Dataset"):
        with already_there("MetricSet", METRIC_SET):
            lookout.create_metric_set(**dataset(DETECTOR, ROLE, MetricSetName=name))
    second = arn("MetricSet/detector/second")
    message = "The maximum number of datasets for this detector is 1."
    with quota_exceeded("datasets-per-detector", message, "MetricSet", second):
        lookout.create_metric_set(**dataset(DETECTOR, ROLE, MetricSetName="second"))
    # Another detector may have one of the same name.
    other = lookout.create_metric_set(**dataset(make_detector(lookout, "other"), ROLE))["MetricSetArn"]
    assert other == arn("MetricSet/other/dataset")


@pytest.mark.parametrize("detector", [arn("AnomalyDetector:none"), arn("Alert:detector"), "arn:aws:s3:::bucket"])
def test_without_a_detector_there_is_no_dataset(shared_lookout, detector):
    with not_found("AnomalyDetector", detector):
        shared_lookout.create_metric_set(**dataset(detector, ROLE))
    with not_found("AnomalyDetector", detector):
        shared_lookout.list_metric_sets(AnomalyDetectorArn=detector)


# What is changed


def test_an_update_leaves_what_it_does_not_name(lookout):
    lookout.create_metric_set(
        **dataset(DETECTOR, ROLE, Timezone="Europe/Zurich", Offset=60, Tags={"team": "a"}, MetricSource=WIDE))
    expected = describe(lookout)
    for change in (
        {"MetricSetDescription": "of a shop"}, {"Offset": 0}, {"DimensionList": ["platform"]},
        {"MetricSetFrequency": "PT10M"},
        {"MetricList": [{"MetricName": "sales", "AggregationFunction": "SUM"}]}, {"DimensionFilterList": FILTERS[:1]},
        {"TimestampColumn": {"ColumnName": "minute", "ColumnFormat": "yyyy-MM-dd HH:mm"}},
        {"MetricSource": source(ROLE, HistoricalDataPathList=["s3://data/wide/"], TemplatedPathList=None)}, {},
    ):
        before = lookout.describe_metric_set(MetricSetArn=METRIC_SET)
        assert answer(lookout.update_metric_set, MetricSetArn=METRIC_SET, **change) == {"MetricSetArn": METRIC_SET}
        after = lookout.describe_metric_set(MetricSetArn=METRIC_SET)
        assert after["LastModificationTime"] > before["LastModificationTime"]
        assert after["CreationTime"] == before["CreationTime"]
        expected |= change
        assert describe(lookout) == expected
    assert lookout.list_tags_for_resource(ResourceArn=METRIC_SET)["Tags"] == {"team": "a"}


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"DimensionList": ["marketplace"]},
         ("dimensionFilterList.1.member.name", "platform", "Member must be one of the dataset's dimensions")),
        ({"MetricSetFrequency": "P1D"}, ("metricSetFrequency", "P1D", NOT_LONGER)),
        (timestamp("yyyy-MM-dd"), (FORMAT, "yyyy-MM-dd", NO_HOUR)),
        (s3(RoleArn=None), missing(f"{S3}.roleArn")),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(lookout, change, fault):
    lookout.create_metric_set(**dataset(DETECTOR, ROLE, DimensionFilterList=FILTERS[:1]))
    before = answer(lookout.describe_metric_set, MetricSetArn=METRIC_SET)
    with invalid(fault):
        lookout.update_metric_set(MetricSetArn=METRIC_SET, MetricSetDescription="changed", **change)
    assert answer(lookout.describe_metric_set, MetricSetArn=METRIC_SET) == before


@pytest.mark.parametrize(
    "name",
    ["MetricSet/detector/none", "MetricSet/other/dataset", "MetricSet/detector/DATASET", "AnomalyDetector:detector"],
)
def test_what_is_not_there_is_not_found(server, lookout, name):
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    for call in (lookout.describe_metric_set, lookout.update_metric_set):
        with not_found("MetricSet", arn(name)):
            call(MetricSetArn=arn(name))
    with not_found("MetricSet", METRIC_SET):
        server.client("lookoutmetrics", region="eu-west-1").describe_metric_set(MetricSetArn=METRIC_SET)


# Who may


def test_making_one_needs_permission_on_the_detector_and_on_the_dataset(server, lookout):
    passing = statement("Allow", "iam:PassRole")
    for name, resource, lacking in (
        ("detector-only", DETECTOR, METRIC_SET), ("dataset-only", METRIC_SET, DETECTOR),
        ("other-dataset", [DETECTOR, arn("MetricSet/detector/other")], METRIC_SET),
        ("other-detector", [arn("AnomalyDetector:other"), METRIC_SET], DETECTOR),
    ):
        user = as_user(server, name, policy(statement("Allow", "lookoutmetrics:*", resource), passing))
        with denied(user_arn(name), "CreateMetricSet", lacking):
            user.create_metric_set(**dataset(DETECTOR, ROLE))
    both = policy(statement("Allow", "lookoutmetrics:*", [DETECTOR, METRIC_SET]), passing)
    as_user(server, "both", both).create_metric_set(**dataset(DETECTOR, ROLE))


def test_permission_on_a_detector_is_none_on_its_dataset(server, lookout):
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    user = as_user(server, "user", allow("lookoutmetrics:*", DETECTOR))
    assert len(user.list_metric_sets(AnomalyDetectorArn=DETECTOR)["MetricSetSummaryList"]) == 1
    for action, call in (("DescribeMetricSet", user.describe_metric_set), ("UpdateMetricSet", user.update_metric_set)):
        for metric_set in (METRIC_SET, METRIC_SET + "-none"):
            with denied(user_arn("user"), action, metric_set):
                call(MetricSetArn=metric_set)
    with denied(user_arn("user"), "ListMetricSets", "*"):
        user.list_metric_sets()
    lister = as_user(server, "lister", allow("lookoutmetrics:ListMetricSets", arn("*")))
    with denied(user_arn("lister"), "ListMetricSets", "*"):
        lister.list_metric_sets()
    # And the other way round.
    user = as_user(server, "other", allow("lookoutmetrics:*", METRIC_SET))
    user.describe_metric_set(MetricSetArn=METRIC_SET)
    user.update_metric_set(MetricSetArn=METRIC_SET, Offset=1)
    with denied(user_arn("other"), "ListMetricSets", DETECTOR):
        user.list_metric_sets(AnomalyDetectorArn=DETECTOR)
    with denied(user_arn("other"), "DescribeAnomalyDetector", DETECTOR):
        user.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)


def test_another_accounts_dataset_is_out_of_reach(server, lookout):
    lookout.create_metric_set(**dataset(DETECTOR, ROLE))
    account, member = server.member_account()
    carol = server.client("lookoutmetrics", member_user(server, member, EVERYTHING))
    caller = f"arn:aws:iam::{account}:user/carol"
    for action, call, parameters in (
        ("DescribeMetricSet", carol.describe_metric_set, {"MetricSetArn": METRIC_SET}),
        ("UpdateMetricSet", carol.update_metric_set, {"MetricSetArn": METRIC_SET}),
        ("ListTagsForResource", carol.list_tags_for_resource, {"ResourceArn": METRIC_SET}),
    ):
        reason = f"because no resource-based policy allows the lookoutmetrics:{action} action"
        with denied(caller, action, METRIC_SET, reason):
            call(**parameters)
    # Nor can a dataset of hers be put on our detector.
    role = ROLE.replace(ACCOUNT, account)
    reason = "because no resource-based policy allows the lookoutmetrics:CreateMetricSet action"
    with denied(caller, "CreateMetricSet", DETECTOR, reason):
        carol.create_metric_set(**dataset(DETECTOR, role, MetricSetName="mine"))
    assert carol.list_metric_sets()["MetricSetSummaryList"] == []
