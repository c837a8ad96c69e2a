"""Detectors at work while the process is killed again and again: what they end with is what they end with undisturbed.

Time passes as the servers are started again: for their detectors it is later then, and what they have missed is due.
"""

import random
import shutil

from lookoutmetrics import (
    arn, clock, data_role, dataset, executions, folder, has_status, make_detector, pages, shop, source, written,
)
from server import Server, wait_until

DETECTOR = arn("AnomalyDetector:detector")
OWN = {"AnomalyDetectorArn": DETECTOR}
NOW = 450_000
"""The hour in which the detector is set to watch."""
HOURS = range(NOW, NOW + 60)
WRONG = {NOW + 7: 3, NOW + 8: 3, NOW + 20: 0.2, NOW + 33: 4, NOW + 34: 3, NOW + 35: 2, NOW + 36: 3, NOW + 51: 0.1}
KILLS = 10


def summaries(lookout) -> list[dict]:
    """All anomaly groups, newest first."""
    found = pages(lookout.list_anomaly_group_summaries, "AnomalyGroupSummaryList", 100, SensitivityThreshold=0, **OWN)
    return [group for page in found for group in page]


def shown(lookout) -> dict:
    """When and in what each of the anomaly groups began."""
    return {group["AnomalyGroupId"]: (group["StartTime"], group["PrimaryMetricName"]) for group in summaries(lookout)}


def groups(lookout) -> list[dict]:
    """All anomaly groups, each with its metrics, without the ids that are made up for each."""
    found = summaries(lookout)
    for group in found:
        of_group = OWN | {"AnomalyGroupId": group.pop("AnomalyGroupId"), "MetricName": group["PrimaryMetricName"]}
        group["Series"] = lookout.list_anomaly_group_time_series(**of_group)["TimeSeriesList"]
    return found


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
    looked_at, ids = [], {}

    def goes_on(enough: int) -> bool:
        """Whether it is far enough. What has been answered once is so for ever."""
        nonlocal looked_at, ids
        before, looked_at = looked_at, executions(lookout, DETECTOR)
        assert looked_at[: len(before)] == before
        ids_before, ids = ids, shown(lookout)
        assert ids.items() >= ids_before.items()
        return len(looked_at) >= enough

    for kill in range(1, KILLS + 1):
        due = len(HOURS) * kill // KILLS
        # There is always more to do when the process ends.
        server.start(environment=clock(min(NOW + due + 12, HOURS.stop)))
        lookout = server.client("lookoutmetrics")
        enough = moments.randint(due - len(HOURS) // KILLS, due)
        wait_until(lambda: goes_on(enough), "some intervals")
        server.kill()

    server.start(environment=clock(HOURS.stop))
    lookout = server.client("lookoutmetrics")
    for one in (lookout, undisturbed):
        wait_until(lambda: len(executions(one, DETECTOR)) >= len(HOURS), "all intervals")
        assert executions(one, DETECTOR) == [(written(hour), "COMPLETED", None) for hour in HOURS]
    assert shown(lookout).items() >= ids.items()
    found = groups(lookout)
    for hour in WRONG:
        assert [one for one in found if one["StartTime"] <= written(hour) <= one["EndTime"]]
    assert found == groups(undisturbed)


def test_a_back_test_finds_the_same(new_server):
    server = new_server().start()
    wrong = {hour: 3 for start in (NOW - 800, NOW - 400, NOW - 20) for hour in (start, start + 1)}
    lookout = begins(server, range(NOW - 2_900, NOW), wrong, range(0), TemplatedPathList=None)
    lookout.back_test_anomaly_detector(**OWN)
    server.kill()
    undisturbed = twin(server, new_server).start().client("lookoutmetrics")
    moments, ids = random.Random(12), {}

    def goes_on() -> bool:
        """Whether it has ended. What has been answered once is so for ever."""
        nonlocal ids
        before, ids = ids, shown(lookout)
        assert ids.items() >= before.items()
        return has_status(lookout, DETECTOR, "BACK_TEST_COMPLETE")

    for _ in range(6):
        server.start()
        lookout = server.client("lookoutmetrics")
        any(goes_on() for _ in range(moments.randint(1, 20)))
        server.kill()
    # Once more as soon as anything is found.
    server.start()
    lookout = server.client("lookoutmetrics")
    wait_until(lambda: goes_on() or ids, "anything")
    server.kill()

    server.start()
    lookout = server.client("lookoutmetrics")
    wait_until(goes_on, "the back-test's end")
    wait_until(lambda: has_status(undisturbed, DETECTOR, "BACK_TEST_COMPLETE"), "the undisturbed one's end")
    found = groups(lookout)
    assert {written(hour) for hour in (NOW - 800, NOW - 400, NOW - 20)} <= {group["StartTime"] for group in found}
    assert found == groups(undisturbed)
    assert executions(lookout, DETECTOR) == executions(undisturbed, DETECTOR)
