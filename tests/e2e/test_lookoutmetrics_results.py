"""What a back-test has found, as its owner asks for it: groups, their series, causes and effects, feedback.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-anomalies.html
"""

import base64
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from lookoutmetrics import (
    GROUP, answer, arn, as_user, data_role, dataset, denied, has_status, make_detector, not_found, pages, shop, source,
    user_arn, written,
)
from server import allow, bartizan

START = int(datetime(2021, 2, 1, tzinfo=UTC).timestamp()) // 3600
"""The hour at which the shop opened."""
WRONG = range(START + 500, START + 504)
"""The hours in which it sold three times as much in Italy; of the first 420 hours of 600, detectors learn."""
DETECTOR = arn("AnomalyDetector:detector")
OWN = {"AnomalyDetectorArn": DETECTOR}


@pytest.fixture(scope="module")
def lookout(shared_server):
    """Lookout for Metrics as the root user calls it, with a detector that has been tried on a shop's history."""
    lookout = shared_server.client("lookoutmetrics")
    role = data_role(shared_server)
    history = shop(range(START, START + 600), dict.fromkeys(WRONG, 3.0))
    shared_server.client("s3").put_object(Bucket="data", Key="historical/one.csv", Body=history.encode())
    lookout.create_metric_set(**dataset(make_detector(lookout), role, MetricSource=source(role, TemplatedPathList=None)))
    lookout.back_test_anomaly_detector(**OWN)
    show(shared_server, "detector", "--wait")
    return lookout


def show(server, *arguments: str, code: int = 0) -> str:
    return bartizan("lookout", "show", "--data-dir", str(server.data_dir), *arguments, code=code)


def groups(lookout, threshold: int = 70) -> dict[str, dict]:
    """The groups of the hours that went wrong, by their measures."""
    found = lookout.list_anomaly_group_summaries(SensitivityThreshold=threshold, **OWN)["AnomalyGroupSummaryList"]
    return {one["PrimaryMetricName"]: one for one in found if one["StartTime"] == written(WRONG.start)}


def test_the_incident_is_a_group_of_each_measure(lookout):
    found = groups(lookout)
    assert set(found) == {"views", "revenue"}
    for group in found.values():
        assert written(WRONG.start) <= group["EndTime"] <= written(WRONG.stop)
        assert 70 <= group["AnomalyGroupScore"] <= 100
    listed = lookout.list_anomaly_group_summaries(SensitivityThreshold=0, **OWN)
    starts = [one["StartTime"] for one in listed["AnomalyGroupSummaryList"]]
    assert starts == sorted(starts, reverse=True)
    statistics = listed["AnomalyGroupStatistics"]
    assert statistics["EvaluationStartDate"] == written(START + 420)
    assert statistics["TotalCount"] == len(starts)
    assert sum(one["OccurrenceCount"] for one in statistics["ItemizedMetricStatsList"]) == len(starts)
    one_by_one = pages(
        lookout.list_anomaly_group_summaries, "AnomalyGroupSummaryList", 1, SensitivityThreshold=0, **OWN)
    assert [page[0]["StartTime"] for page in one_by_one] == starts


def test_the_incident_comes_from_where_it_was(lookout):
    group = groups(lookout)["views"]
    found = lookout.get_anomaly_group(AnomalyGroupId=group["AnomalyGroupId"], **OWN)["AnomalyGroup"]
    (impact,) = found.pop("MetricLevelImpactList")
    assert found == group
    platform, marketplace = impact["ContributionMatrix"]["DimensionContributionList"]
    assert (platform["DimensionName"], marketplace["DimensionName"]) == ("platform", "marketplace")
    first = marketplace["DimensionValueContributionList"][0]
    assert first["DimensionValue"] == "it" and first["ContributionScore"] >= 95
    assert {one["DimensionValue"] for one in platform["DimensionValueContributionList"]} == {"app", "web"}
    for dimension in (platform, marketplace):
        assert sum(one["ContributionScore"] for one in dimension["DimensionValueContributionList"]) == 100


def test_a_groups_series_are_what_the_data_says(lookout):
    group = groups(lookout)["views"]
    found = answer(
        lookout.list_anomaly_group_time_series, MetricName="views", AnomalyGroupId=group["AnomalyGroupId"], **OWN)
    assert (found["TimestampList"][0], found["TimestampList"][-1]) == (group["StartTime"], group["EndTime"])
    # As scripts of the service's day read a timestamp.
    at = datetime.strptime(found["TimestampList"][0].split("[")[0], "%Y-%m-%dT%H:%M%z")
    assert at == datetime.fromtimestamp(0, UTC) + timedelta(hours=WRONG.start)
    rows = [line.split(",") for line in shop(range(START, START + 600), dict.fromkeys(WRONG, 3.0)).splitlines()[1:]]
    data = {(row[0], row[1], row[2]): float(row[3]) for row in rows}
    assert {len(one["TimeSeriesId"]) for one in found["TimeSeriesList"]} == {128}
    for series in found["TimeSeriesList"]:
        platform, marketplace = (one["DimensionValue"] for one in series["DimensionList"])
        hours = range(WRONG.start, WRONG.start + len(found["TimestampList"]))
        times = [f"{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%d %H:%M:%S}" for hour in hours]
        assert series["MetricValueList"] == pytest.approx([data[time, platform, marketplace] for time in times])
    assert {one["DimensionList"][1]["DimensionValue"] for one in found["TimeSeriesList"]} >= {"it"}


def test_measures_that_went_wrong_together_are_related(lookout):
    found = groups(lookout)
    related = lookout.list_anomaly_group_related_metrics(AnomalyGroupId=found["views"]["AnomalyGroupId"], **OWN)
    effects = [one for one in related["InterMetricImpactList"] if one["MetricName"] == "revenue"]
    assert found["revenue"]["AnomalyGroupId"] in {one["AnomalyGroupId"] for one in effects}


def test_feedback_is_kept(lookout):
    group = groups(lookout)["revenue"]["AnomalyGroupId"]
    of_group = {"AnomalyGroupId": group}
    series = lookout.list_anomaly_group_time_series(MetricName="revenue", **of_group, **OWN)["TimeSeriesList"]
    ids = sorted(one["TimeSeriesId"] for one in series)
    assert answer(lookout.get_feedback, AnomalyGroupTimeSeriesFeedback=of_group, **OWN) == {
        "AnomalyGroupTimeSeriesFeedback": []
    }
    for series_id in ids:
        said = of_group | {"TimeSeriesId": series_id, "IsAnomaly": False}
        assert answer(lookout.put_feedback, AnomalyGroupTimeSeriesFeedback=said, **OWN) == {}
    found = pages(
        lookout.get_feedback, "AnomalyGroupTimeSeriesFeedback", 1, AnomalyGroupTimeSeriesFeedback=of_group, **OWN)
    assert [one for page in found for one in page] == [{"TimeSeriesId": one, "IsAnomaly": False} for one in ids]
    with not_found("TimeSeries", "series"):
        said = of_group | {"TimeSeriesId": "series", "IsAnomaly": True}
        lookout.put_feedback(AnomalyGroupTimeSeriesFeedback=said, **OWN)
    with not_found("Metric", "views"):
        lookout.list_anomaly_group_time_series(MetricName="views", **of_group, **OWN)


def test_each_interval_was_looked_at_and_the_data_was_counted(lookout):
    newest = lookout.describe_anomaly_detection_executions(MaxResults=2, **OWN)["ExecutionList"]
    assert newest == [{"Timestamp": written(START + hour), "Status": "COMPLETED"} for hour in (599, 598)]
    for timestamp in (written(START + 500), written(START + 500).replace("Z[UTC]", ":00Z")):
        found = answer(lookout.describe_anomaly_detection_executions, Timestamp=timestamp, **OWN)
        assert found == {"ExecutionList": [{"Timestamp": written(START + 500), "Status": "COMPLETED"}]}
    (counted,) = lookout.get_data_quality_metrics(**OWN)["AnomalyDetectorDataQualityMetricList"]
    (of_dataset,) = counted["MetricSetDataQualityMetricList"]
    metrics = of_dataset["DataQualityMetricList"]
    value = {(one["MetricType"], one.get("RelatedColumnName")): one["MetricValue"] for one in metrics}
    assert value["ROWS_PROCESSED", None] == 3600
    assert value["COLUMN_COMPLETENESS", "views"] == 100
    assert value["DIMENSION_UNIQUENESS", "marketplace"] == 3
    assert value["TIME_SERIES_COUNT", None] == 12
    assert value["BACKTEST_INFERENCE_DATA_START_TIME_STAMP", None] == (START + 420) * 3600


def test_people_are_shown_what_it_has_found(shared_server, lookout):
    assert has_status(lookout, DETECTOR, "BACK_TEST_COMPLETE")
    for named in ("detector", DETECTOR):
        head, status, _, header, _, *rows = show(shared_server, named).splitlines()
        assert (head, status) == (DETECTOR, "BACK_TEST_COMPLETE")
        assert header.split() == ["start", "end", "severity", "measure", "most", "of", "it", "from", "values"]
        group = groups(lookout)["views"]
        shown = [row for row in rows if row.lstrip().startswith(group["StartTime"]) and " views " in row]
        start, end, severity, _, *_, sparkline = shown[0].split()
        assert (start, end) == (group["StartTime"], group["EndTime"])
        assert int(severity) == round(group["AnomalyGroupScore"])
        assert " marketplace it 9" in shown[0] or " marketplace it 100 %" in shown[0]
        before, incident = sparkline.removesuffix("]").split("[")
        assert "█" in incident and "█" not in before and len(before + incident) == 48
    make_detector(lookout, "fresh")
    assert show(shared_server, "fresh") == f"{arn('AnomalyDetector:fresh')}\nINACTIVE\n\nNo anomalies.\n"


def test_what_people_are_shown_is_what_was_written(shared_server, lookout, tmp_path):
    assert "there is no detector none" in show(shared_server, "none", code=1)
    key = tmp_path / "master.key"
    key.write_text(base64.b64encode(bytes(32)).decode())
    refusal = show(shared_server, "detector", "--master-key-file", str(key), code=1)
    assert f"{key} is not the master key of this store" in refusal
    # Somebody else's word, though it can be read.
    copy = shutil.copytree(shared_server.data_dir, tmp_path / "copy")
    with closing(sqlite3.connect(copy / "bartizan.db")) as database, database:
        assert database.execute("UPDATE volume SET value = CAST(value || x'20' AS BLOB) WHERE kind = 'outline'").rowcount == 1
    assert "is not as it was written" in bartizan("lookout", "show", "detector", "--data-dir", str(copy), code=1)


def test_permission_to_one_detector_says_nothing_of_anothers_groups(shared_server, lookout):
    other = make_detector(lookout, "other")
    user = as_user(shared_server, "user", allow("lookoutmetrics:*", other))
    group = groups(lookout)["views"]["AnomalyGroupId"]
    with denied(user_arn("user"), "GetAnomalyGroup", DETECTOR):
        user.get_anomaly_group(AnomalyDetectorArn=DETECTOR, AnomalyGroupId=group)
    for unknown in (group, GROUP):
        with not_found("AnomalyGroup", unknown):
            user.get_anomaly_group(AnomalyDetectorArn=other, AnomalyGroupId=unknown)
