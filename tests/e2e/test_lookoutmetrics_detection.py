"""What hangs on data and detection, and who may ask for it; and what a detector that never ran has to answer."""

import pytest

from lookoutmetrics import (
    CSV, GROUP, answer, arn, as_user, dataset, denied, invalid, like, make_detector, missing, most, not_found, one_of,
    data_role, user_arn,
)
from server import ACCOUNT, allow

DETECTOR, NONE = arn("AnomalyDetector:detector"), arn("AnomalyDetector:none")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
UUID = like("[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}")
GUESSED = {"AutoDetectionMetricSource": {"S3SourceConfig": {"HistoricalDataPathList": ["s3://data/"]}}}
SAMPLE = {"S3SourceConfig": {"RoleArn": ROLE, "HistoricalDataPathList": ["s3://data/"], "FileFormatDescriptor": CSV}}
FEEDBACK = {"AnomalyGroupId": GROUP, "TimeSeriesId": "series", "IsAnomaly": True}


@pytest.fixture(scope="module")
def lookout(shared_server):
    """Lookout for Metrics as the root user calls it, with a detector that has a dataset."""
    lookout = shared_server.client("lookoutmetrics")
    lookout.create_metric_set(**dataset(make_detector(lookout), data_role(shared_server)))
    return lookout


def calls(client, detector: str = DETECTOR) -> dict:
    """Every operation about a detector that is here, with what it asks for."""
    own = {"AnomalyDetectorArn": detector}
    group = own | {"AnomalyGroupId": GROUP}
    of_group = own | {"AnomalyGroupTimeSeriesFeedback": {"AnomalyGroupId": GROUP}}
    return {
        "ActivateAnomalyDetector": lambda: client.activate_anomaly_detector(**own),
        "BackTestAnomalyDetector": lambda: client.back_test_anomaly_detector(**own),
        "DeactivateAnomalyDetector": lambda: client.deactivate_anomaly_detector(**own),
        "DetectMetricSetConfig": lambda: client.detect_metric_set_config(**own, **GUESSED),
        "DescribeAnomalyDetectionExecutions": lambda: client.describe_anomaly_detection_executions(**own),
        "GetDataQualityMetrics": lambda: client.get_data_quality_metrics(**own),
        "ListAnomalyGroupSummaries": lambda: client.list_anomaly_group_summaries(SensitivityThreshold=0, **own),
        "GetAnomalyGroup": lambda: client.get_anomaly_group(**group),
        "ListAnomalyGroupTimeSeries": lambda: client.list_anomaly_group_time_series(MetricName="views", **group),
        "ListAnomalyGroupRelatedMetrics": lambda: client.list_anomaly_group_related_metrics(**group),
        "PutFeedback": lambda: client.put_feedback(AnomalyGroupTimeSeriesFeedback=FEEDBACK, **own),
        "GetFeedback": lambda: client.get_feedback(**of_group),
    }


# Who may ask


def test_only_who_may_ask_is_told_anything(shared_server, lookout):
    nobody = as_user(shared_server, "nobody", allow("lookoutmetrics:*", arn("AnomalyDetector:x")))
    for detector in (DETECTOR, NONE):
        for action, call in calls(nobody, detector).items():
            with denied(user_arn("nobody"), action, detector):
                call()
    with denied(user_arn("nobody"), "GetSampleData", "*"):
        nobody.get_sample_data(**SAMPLE)


def test_permission_may_be_for_one_detector(shared_server, lookout):
    user = as_user(shared_server, "user", allow("lookoutmetrics:*", DETECTOR))
    other = make_detector(lookout, "other")
    for (action, call), ours in zip(calls(user, other).items(), calls(user).values(), strict=True):
        with denied(user_arn("user"), action, other):
            call()
        try:
            ours()
        except user.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] != "AccessDeniedException"


def test_a_detector_that_is_not_there_is_not_found(lookout):
    for call in calls(lookout, NONE).values():
        with not_found("AnomalyDetector", NONE):
            call()


# What a detector that never ran has to say


def test_a_detector_that_never_ran_has_found_nothing(lookout):
    expected = {
        "DescribeAnomalyDetectionExecutions": {"ExecutionList": []},
        "GetDataQualityMetrics": {"AnomalyDetectorDataQualityMetricList": []},
        "ListAnomalyGroupSummaries": {
            "AnomalyGroupSummaryList": [], "AnomalyGroupStatistics": {"TotalCount": 0, "ItemizedMetricStatsList": []},
        },
    }
    never_ran = calls(lookout, make_detector(lookout, "new"))
    for action, answered in expected.items():
        assert answer(never_ran[action]) == answered


def test_a_group_that_was_never_found_is_not_found(lookout):
    for action in (
        "GetAnomalyGroup", "ListAnomalyGroupTimeSeries", "ListAnomalyGroupRelatedMetrics", "PutFeedback", "GetFeedback",
    ):
        with not_found("AnomalyGroup", GROUP):
            calls(lookout)[action]()


def test_data_quality_is_of_the_detectors_own_dataset(lookout):
    own = arn("MetricSet/detector/dataset")
    lookout.get_data_quality_metrics(AnomalyDetectorArn=DETECTOR, MetricSetArn=own)
    third = make_detector(lookout, "third")
    with not_found("MetricSet", own):
        lookout.get_data_quality_metrics(AnomalyDetectorArn=third, MetricSetArn=own)
    with not_found("MetricSet", arn("MetricSet/detector/none")):
        lookout.get_data_quality_metrics(AnomalyDetectorArn=DETECTOR, MetricSetArn=arn("MetricSet/detector/none"))


@pytest.mark.parametrize(
    "timestamp", ["2021-02-17T11:00Z[UTC]", "2021-02-17T11:00:00Z", "2021-02-17T11:00+01:00[Europe/Zurich]"]
)
def test_timestamps_are_taken_as_the_service_has_sent_them(lookout, timestamp):
    given = {"AnomalyDetectorArn": DETECTOR, "Timestamp": timestamp}
    assert answer(lookout.describe_anomaly_detection_executions, **given) == {"ExecutionList": []}


@pytest.mark.parametrize(
    "operation, parameters, faults",
    [
        ("activate_anomaly_detector", {}, [missing("anomalyDetectorArn")]),
        ("list_anomaly_group_summaries", {"AnomalyDetectorArn": DETECTOR}, [missing("sensitivityThreshold")]),
        ("list_anomaly_group_summaries", {"AnomalyDetectorArn": DETECTOR, "SensitivityThreshold": 101},
         [("sensitivityThreshold", "101", most(100))]),
        ("get_anomaly_group", {"AnomalyDetectorArn": DETECTOR, "AnomalyGroupId": GROUP.upper()},
         [("anomalyGroupId", GROUP.upper(), UUID)]),
        ("list_anomaly_group_time_series", {"AnomalyDetectorArn": DETECTOR, "AnomalyGroupId": GROUP},
         [missing("metricName")]),
        ("list_anomaly_group_related_metrics",
         {"AnomalyDetectorArn": DETECTOR, "AnomalyGroupId": GROUP, "RelationshipTypeFilter": "CAUSE"},
         [("relationshipTypeFilter", "CAUSE",
           one_of("CAUSE_OF_INPUT_ANOMALY_GROUP", "EFFECT_OF_INPUT_ANOMALY_GROUP"))]),
        ("put_feedback", {"AnomalyDetectorArn": DETECTOR, "AnomalyGroupTimeSeriesFeedback": {}},
         [missing(f"anomalyGroupTimeSeriesFeedback.{name}")
          for name in ("anomalyGroupId", "timeSeriesId", "isAnomaly")]),
        ("get_feedback", {"AnomalyDetectorArn": DETECTOR, "AnomalyGroupTimeSeriesFeedback": {}},
         [missing("anomalyGroupTimeSeriesFeedback.anomalyGroupId")]),
        ("detect_metric_set_config", {"AnomalyDetectorArn": DETECTOR}, [missing("autoDetectionMetricSource")]),
        ("get_sample_data", {"S3SourceConfig": {}},
         [missing("s3SourceConfig.roleArn"), missing("s3SourceConfig.fileFormatDescriptor")]),
        ("describe_anomaly_detection_executions", {"AnomalyDetectorArn": DETECTOR, "NextToken": "forged"},
         [("nextToken", "forged", "Member must be a token that this list has answered within 24 hours")]),
    ],
)
def test_what_cannot_be_asked_is_refused(lookout, operation, parameters, faults):
    with invalid(*faults):
        getattr(lookout, operation)(**parameters)
