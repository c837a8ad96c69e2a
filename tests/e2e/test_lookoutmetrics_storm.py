"""Detectors at work while the process is killed again and again: what they end with is what they end with undisturbed.

Time passes as the servers are started again: for their detectors it is later then, and what they have missed is due.
"""

import random
import shutil

import pytest

from lookoutmetrics import (
    arn, clock, data_role, dataset, executions, folder, has_status, make_detector, shop, source, written,
)
from server import Server, wait_until

DETECTOR = arn("AnomalyDetector:detector")
OWN = {"AnomalyDetectorArn": DETECTOR}
NOW = 450_000
"""The hour in which the detector is set to watch."""
HOURS = range(NOW, NOW + 60)
WRONG = {NOW + 7: 3, NOW + 8: 3, NOW + 20: 0.2, NOW + 33: 4, NOW + 34: 3, NOW + 35: 2, NOW + 36: 3, NOW + 51: 0.1}
KILLS = 10


def groups(lookout) -> list[dict]:
    """All anomaly groups, newest first, each with its metrics."""
    found, token = [], {}
    while True:
        page = lookout.list_anomaly_group_summaries(SensitivityThreshold=0, **OWN, **token)
        found += page["AnomalyGroupSummaryList"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    for group in found:
        of_group = OWN | {"AnomalyGroupId": group["AnomalyGroupId"], "MetricName": group["PrimaryMetricName"]}
        group["Series"] = lookout.list_anomaly_group_time_series(**of_group)["TimeSeriesList"]
    return found


def nameless(found: list[dict]) -> list[dict]:
    """Groups without the ids that are made up for each."""
    return [{name: value for name, value in group.items() if name != "AnomalyGroupId"} for group in found]


def twin(server: Server, new_server) -> Server:
    """Another server, which is not running, with all that is in one that is not."""
    other = new_server()
    shutil.copytree(server.data_dir, other.data_dir)
    return other


def begins(server: Server, history: range, wrong: dict[int, float], hours: range, **paths):
    """Makes a detector with the shop's history, in which some went wrong, and data of these hours."""
    lookout, s3 = server.client("lookoutmetrics"), server.client("s3")
    role = data_role(server)
    s3.put_object(Bucket="data", Key="historical/one.csv", Body=shop(history, wrong).encode())
    for hour in hours:
        s3.put_object(Bucket="data", Key=f"{folder(hour)}/part.csv", Body=shop(range(hour, hour + 1), WRONG).encode())
    lookout.create_metric_set(**dataset(make_detector(lookout), role, MetricSource=source(role, **paths)))
    return lookout


def test_a_detector_that_watches_finds_the_same(new_server):
    server = new_server().start(environment=clock(NOW))
    lookout = begins(server, range(NOW - 400, NOW), {}, HOURS)
    lookout.activate_anomaly_detector(**OWN)
    wait_until(lambda: has_status(lookout, DETECTOR, "ACTIVE"), "the activation")
    server.stop()
    undisturbed = twin(server, new_server).start(environment=clock(HOURS.stop)).client("lookoutmetrics")

    moments = random.Random(11)
    answered, ids = [], {}
    for kill in range(1, KILLS + 1):
        # As many intervals are due as shall be in the end, and the process ends somewhere among them.
        due = len(HOURS) * kill // KILLS
        server.start(environment=clock(NOW + due))
        lookout = server.client("lookoutmetrics")
        enough = moments.randint(len(answered), due)
        wait_until(lambda: len(executions(lookout, DETECTOR)) >= enough, "some intervals")
        now = executions(lookout, DETECTOR)
        assert now[: len(answered)] == answered
        answered = now
        found = {group["AnomalyGroupId"]: group["StartTime"] for group in groups(lookout)}
        assert found.items() >= ids.items()
        ids = found
        server.kill()

    server.start(environment=clock(HOURS.stop))
    lookout = server.client("lookoutmetrics")
    for one in (lookout, undisturbed):
        wait_until(lambda: len(executions(one, DETECTOR)) >= len(HOURS), "all intervals")
        assert executions(one, DETECTOR) == [(written(hour), "COMPLETED", None) for hour in HOURS]
    found = groups(lookout)
    assert {group["AnomalyGroupId"]: group["StartTime"] for group in found}.items() >= ids.items()
    for hour in WRONG:
        assert [one for one in found if one["StartTime"] <= written(hour) <= one["EndTime"]]
    assert nameless(found) == nameless(groups(undisturbed))


def test_a_back_test_finds_the_same(new_server):
    server = new_server().start()
    wrong = {hour: 3 for start in (NOW - 800, NOW - 400, NOW - 20) for hour in (start, start + 1)}
    lookout = begins(server, range(NOW - 2_900, NOW), wrong, range(0), TemplatedPathList=None)
    lookout.back_test_anomaly_detector(**OWN)
    server.kill()
    undisturbed = twin(server, new_server).start().client("lookoutmetrics")
    ids = {}
    moments = [
        lambda: has_status(lookout, DETECTOR, "BACK_TEST_ACTIVATING", "BACK_TEST_ACTIVE", "BACK_TEST_COMPLETE"),
        lambda: has_status(lookout, DETECTOR, "BACK_TEST_ACTIVE", "BACK_TEST_COMPLETE"),
        lambda: groups(lookout) or has_status(lookout, DETECTOR, "BACK_TEST_COMPLETE"),
    ]
    for moment in 2 * moments:
        server.start()
        lookout = server.client("lookoutmetrics")
        wait_until(moment, "that moment of the back-test")
        found = {group["AnomalyGroupId"]: group["StartTime"] for group in groups(lookout)}
        # What was shown stays.
        assert found.items() >= ids.items()
        ids = found
        server.kill()
    server.start()
    lookout = server.client("lookoutmetrics")
    for one in (lookout, undisturbed):
        wait_until(lambda: has_status(one, DETECTOR, "BACK_TEST_COMPLETE"), "the back-test's end")
    found = groups(lookout)
    assert {group["AnomalyGroupId"]: group["StartTime"] for group in found}.items() >= ids.items()
    assert {written(hour) for hour in (NOW - 800, NOW - 400, NOW - 20)} <= {group["StartTime"] for group in found}
    assert nameless(found) == nameless(groups(undisturbed))
    assert executions(lookout, DETECTOR) == executions(undisturbed, DETECTOR)
