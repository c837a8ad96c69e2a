"""Alerts that tell: a detector watches, and something goes wrong in Italy.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-alerts.html
"""

import json
from datetime import UTC, datetime

import pytest

from lookoutmetrics import (
    arn, clock, data_role, dataset, folder, make_alert, make_detector, service_role, shop, sns, source, written,
)
from server import ACCOUNT, LOOKOUT, allow, bartizan, trust, wait_until
from webhook import visit, webhook

NOW = int(datetime(2021, 2, 20, tzinfo=UTC).timestamp()) // 3600
DETECTOR = arn("AnomalyDetector:detector")
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:topic"


def deliveries(server) -> list[dict]:
    printed = bartizan("deliveries", "--data-dir", str(server.data_dir), "--json")
    return [json.loads(line) for line in printed.splitlines()]


@pytest.fixture
def server(new_server):
    """A server whose detectors' clock begins at the hour, and goes an hour in half a second."""
    return new_server().start("--deliver-to-internal", "127.0.0.0/8", environment=clock(NOW, speed=7200))


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with a detector that has a history, and data for two days."""
    lookout = server.client("lookoutmetrics")
    role = data_role(server)
    history = shop(range(NOW - 400, NOW)).encode()
    server.client("s3").put_object(Bucket="data", Key="historical/one.csv", Body=history)
    put(server, range(NOW, NOW + 48))
    lookout.create_metric_set(**dataset(make_detector(lookout), role, MetricSource=source(role)))
    return lookout


def put(server, hours: range, factor: float = 1):
    """Puts the data of these hours, with so many times the sales in Italy."""
    s3 = server.client("s3")
    for hour in hours:
        body = shop(range(hour, hour + 1), {hour: factor})
        s3.put_object(Bucket="data", Key=f"{folder(hour)}/part.csv", Body=body.encode())


def newest(lookout) -> str:
    """The last interval that the detector has looked at; nothing before the first."""
    found = lookout.describe_anomaly_detection_executions(AnomalyDetectorArn=DETECTOR, MaxResults=1)["ExecutionList"]
    return found[0]["Timestamp"] if found else ""


def goes_wrong(server, lookout) -> range:
    """Lets the detector watch, and something go wrong some hours later. When."""
    lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    seen = wait_until(lambda: newest(lookout), "the first interval")
    hour = int(datetime.strptime(seen.split("[")[0], "%Y-%m-%dT%H:%M%z").timestamp()) // 3600
    wrong = range(hour + 6, hour + 9)
    put(server, wrong, 3)
    return wrong


def filters(**values) -> dict:
    """Alert filters of a measure and of dimensions' values."""
    dimensions = [{"DimensionName": name, "DimensionValueList": [value]} for name, value in values.items()]
    return {"MetricList": ["views"], "DimensionFilterList": dimensions}


def test_an_alert_tells_once_of_what_it_is_about(server, lookout):
    topics = server.client("sns")
    teller = server.role("Teller", trust(LOOKOUT), allow("sns:Publish", topics.create_topic(Name="topic")["TopicArn"]))
    given = {"AlertFilters": filters(marketplace="it", platform="web"), "AlertSensitivityThreshold": 60}
    told = make_alert(lookout, DETECTOR, teller, "told", **given)
    make_alert(lookout, DETECTOR, teller, "elsewhere", AlertFilters=filters(marketplace="fr"))
    with webhook() as hook:
        topics.subscribe(TopicArn=TOPIC, Protocol="http", Endpoint=hook.url)
        assert visit(hook.wait_for("SubscriptionConfirmation", 1)[0].json["SubscribeURL"]) == 200
        wrong = goes_wrong(server, lookout)
        wait_until(lambda: newest(lookout) > written(wrong.stop + 1), "the incident's end")
        wait_until(lambda: not deliveries(server), "all is delivered")
        events = [json.loads(one.json["Message"]) for one in hook.of_type("Notification")]
    event_of = {event["timestamp"]: event for event in events}
    assert len(event_of) == len(events)
    begun = event_of[written(wrong.start)]
    assert {event["alertArn"] for event in events} == {told}
    assert begun["alertEventId"].startswith(f"{told}:event/") and begun["anomalyScore"] >= 60
    # What it tells is what the API answers.
    found = lookout.list_anomaly_group_summaries(AnomalyDetectorArn=DETECTOR, SensitivityThreshold=60)
    (group,) = [
        one for one in found["AnomalyGroupSummaryList"]
        if one["PrimaryMetricName"] == "views" and one["StartTime"] == begun["timestamp"]
    ]
    metric = begun["impactedMetric"]
    assert metric["metricName"] == "views"
    (series,) = metric["relevantTimeSeries"]
    assert series["dimensions"] == [
        {"dimensionName": "platform", "dimensionValue": "web"}, {"dimensionName": "marketplace", "dimensionValue": "it"},
    ]
    listed = lookout.list_anomaly_group_time_series(
        AnomalyDetectorArn=DETECTOR, AnomalyGroupId=group["AnomalyGroupId"], MetricName="views")
    values = {one["TimeSeriesId"]: one["MetricValueList"] for one in listed["TimeSeriesList"]}
    assert values[series["timeSeriesId"]][0] == pytest.approx(series["metricValue"])


def test_a_role_that_lost_its_permission_tells_nobody_and_that_is_listed(server, lookout):
    server.client("sns").create_topic(Name="topic")
    alert = make_alert(lookout, DETECTOR, service_role(server, "Teller"), "alert", AlertFilters=filters(marketplace="it"))
    goes_wrong(server, lookout)
    wait_until(lambda: deliveries(server), "the alert")
    wait_until(lambda: all(one["due"] is None for one in deliveries(server)), "that it is given up")
    found, *_ = deliveries(server)
    assert found.pop("alertEventId").startswith(f"{alert}:event/")
    why = found.pop("error")
    assert why.startswith(f"AuthorizationError: User: arn:aws:sts::{ACCOUNT}:assumed-role/Teller/LookoutMetrics-alert")
    assert f"not authorized to perform: sns:Publish on resource: {TOPIC}" in why
    assert found == {"alertArn": alert, "attempts": 1, "due": None}
    table = bartizan("deliveries", "--data-dir", str(server.data_dir), "--undelivered")
    assert alert in table and "AuthorizationError" in table
    # What an alert has not told goes with it.
    lookout.delete_alert(AlertArn=alert)
    assert deliveries(server) == []
