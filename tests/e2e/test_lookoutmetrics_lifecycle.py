"""A detector's life: tried on its history, or set to watch; each interval once, whatever ends the process.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-lifecycle.html
"""

from datetime import UTC, datetime

import pytest

from lookoutmetrics import (
    arn, clock, data_role, dataset, executions, folder, has_status, make_detector, not_found, shop, source, written,
)
from server import Server, allow, policy, refused, statement, wait_until

START = int(datetime(2021, 2, 1, tzinfo=UTC).timestamp()) // 3600
"""The hour at which the shop opened."""
DETECTOR = arn("AnomalyDetector:detector")
ROLE = "LookoutMetricsRole"


def put(server: Server, key: str, body: str):
    server.client("s3").put_object(Bucket="data", Key=key, Body=body.encode())


def tried(server: Server, history: str):
    """A detector that has this history and is to be tried on it. Lookout for Metrics as the root user calls it."""
    lookout = server.client("lookoutmetrics")
    role = data_role(server)
    put(server, "historical/one.csv", history)
    lookout.create_metric_set(**dataset(make_detector(lookout), role, MetricSource=source(role, TemplatedPathList=None)))
    return lookout


# Back-test


def test_a_back_test_ends_complete(server):
    lookout = tried(server, shop(range(START, START + 600), {START + 560: 3.0}))
    lookout.back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    # Scripts wait while it is one of these, and must not stop before it begins.
    assert has_status(lookout, DETECTOR, "BACK_TEST_ACTIVATING", "BACK_TEST_ACTIVE", "BACK_TEST_COMPLETE")
    wait_until(lambda: has_status(lookout, DETECTOR, "BACK_TEST_COMPLETE"), "the back-test's end")
    for again in (lookout.back_test_anomaly_detector, lookout.activate_anomaly_detector):
        with refused("ConflictException", status=409):
            again(AnomalyDetectorArn=DETECTOR)


def test_too_little_history_is_a_failure_that_says_so(server):
    lookout = tried(server, shop(range(START, START + 284)))
    lookout.back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    wait_until(lambda: has_status(lookout, DETECTOR, "FAILED"), "the failure")
    found = lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    assert found["FailureType"] == "BACK_TEST_ACTIVATION_FAILURE"
    assert found["FailureReason"] == (
        "Insufficient amount of data was found at the source location. Check service limits and requirements."
    )


@pytest.mark.parametrize("action", ["s3:ListBucket", "s3:GetObject"])
def test_what_the_role_may_no_longer_read_is_not_tried(server, iam, action):
    lookout = tried(server, shop(range(START, START + 300)))
    iam.put_role_policy(
        RoleName=ROLE, PolicyName="deny", PolicyDocument=policy(statement("Deny", action)),
    )
    lookout.back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    wait_until(lambda: has_status(lookout, DETECTOR, "FAILED"), "the failure")
    reason = lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)["FailureReason"]
    assert f"{ROLE}/LookoutMetricsSession is not authorized to perform: {action}" in reason


def test_a_back_test_goes_on_after_a_kill(server):
    lookout = tried(server, shop(range(START, START + 2_000)))
    lookout.back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    server.kill()
    server.start()
    lookout = server.client("lookoutmetrics")
    wait_until(lambda: has_status(lookout, DETECTOR, "BACK_TEST_COMPLETE"), "the back-test's end")


def test_a_detector_may_be_deleted_at_work(server):
    lookout = tried(server, shop(range(START, START + 2_000)))
    lookout.back_test_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    lookout.delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    with not_found("AnomalyDetector", DETECTOR):
        lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    # Another of its name knows nothing of it.
    make_detector(lookout)
    assert has_status(lookout, DETECTOR, "INACTIVE")
    assert executions(lookout, DETECTOR) == []


# Continuous mode


def watching(server: Server, *, history: int, hours: range, now: int, incidents=None):
    """A detector that watches from `now` on, with so many hours of history before `hours`, which each have a folder."""
    server.stop()
    server.start(environment=clock(now, speed=7200))
    lookout = server.client("lookoutmetrics")
    role = data_role(server)
    if history:
        put(server, "historical/one.csv", shop(range(hours.start - history, hours.start)))
    for hour in hours:
        put(server, f"{folder(hour)}/part.csv", shop(range(hour, hour + 1), incidents))
    paths = {} if history else {"HistoricalDataPathList": None}
    lookout.create_metric_set(**dataset(make_detector(lookout), role, MetricSource=source(role, **paths)))
    lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    return lookout


def test_a_detector_with_a_history_watches_at_once(server):
    now = START + 400
    lookout = watching(server, history=400, hours=range(now, now + 24), now=now + 3)
    wait_until(lambda: has_status(lookout, DETECTOR, "ACTIVE"), "the activation")
    wait_until(lambda: len(executions(lookout, DETECTOR)) >= 5, "five intervals")
    with refused("ConflictException", status=409):
        lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    lookout.deactivate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    wait_until(lambda: has_status(lookout, DETECTOR, "DEACTIVATED"), "its rest")
    rested = executions(lookout, DETECTOR)
    lookout.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    wait_until(lambda: has_status(lookout, DETECTOR, "ACTIVE"), "the second activation")
    wait_until(lambda: len(executions(lookout, DETECTOR)) > len(rested), "the next interval")


def test_a_detector_without_a_history_learns_first(server):
    # Every other hour has no data.
    hours = range(START, START + 60, 2)
    lookout = watching(server, history=0, hours=hours, now=START + 2)
    wait_until(lambda: has_status(lookout, DETECTOR, "LEARNING"), "the activation")
    wait_until(lambda: len(executions(lookout, DETECTOR)) >= 4, "four intervals")
    assert has_status(lookout, DETECTOR, "LEARNING")
    found = executions(lookout, DETECTOR)
    assert {at: status for at, status, _ in found} == {
        at: "COMPLETED" if int(at[11:13]) % 2 == 0 else "FAILED" for at, _, _ in found
    }
    reasons = {reason for _, status, reason in found if status == "FAILED"}
    start = "No datapoint was found at the source location for time interval from 2021-02-0"
    assert reasons and all(reason.startswith(start) for reason in reasons)


def test_intervals_that_a_stop_missed_are_caught_up_once_each(server):
    now = START + 400
    hours = range(now, now + 30)
    lookout = watching(server, history=400, hours=hours, now=now)
    wait_until(lambda: len(executions(lookout, DETECTOR)) >= 3, "three intervals")
    server.kill()
    server.start(environment=clock(now + 20, speed=7200))
    lookout = server.client("lookoutmetrics")
    wait_until(lambda: len(executions(lookout, DETECTOR)) >= 20, "all intervals")
    found = [at for at, status, _ in executions(lookout, DETECTOR) if status == "COMPLETED"]
    expected = [written(hour) for hour in hours]
    first = expected.index(found[0])
    assert found == expected[first : first + len(found)]


def test_a_permission_that_is_taken_away_stops_the_next_reading_and_no_other(server, iam):
    now = START + 400
    lookout = watching(server, history=400, hours=range(now, now + 60), now=now)
    wait_until(lambda: len(executions(lookout, DETECTOR)) >= 2, "two intervals")
    deny = policy(statement("Deny", "s3:GetObject"))
    server.client("iam").put_role_policy(RoleName=ROLE, PolicyName="deny", PolicyDocument=deny)
    wait_until(lambda: executions(lookout, DETECTOR)[-1][1] == "FAILED", "a failed interval")
    assert "is not authorized to perform: s3:GetObject" in executions(lookout, DETECTOR)[-1][2]
    server.client("iam").delete_role_policy(RoleName=ROLE, PolicyName="deny")
    wait_until(lambda: executions(lookout, DETECTOR)[-1][1] == "COMPLETED", "an interval after that")
    assert has_status(lookout, DETECTOR, "ACTIVE")
