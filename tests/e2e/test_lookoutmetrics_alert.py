"""Alerts: what may be one, and who may make, see, change and delete it."""

from datetime import datetime, timezone

import pytest

from lookoutmetrics import (
    EVERYTHING, NAME, already_there, answer, arn, as_user, denied, function, furnished, invalid, least, longest,
    make_alert, make_detector, member_user, missing, most, not_found, one_of, pages, quota_exceeded, service_role,
    shortest, sns, timeless, user_arn,
)
from server import ACCOUNT, allow, policy, statement

DETECTOR = arn("AnomalyDetector:detector")
ALERT = arn("Alert:alert")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
FILTERS = {
    "MetricList": ["views", "revenue"],
    "DimensionFilterList": [{"DimensionName": "platform", "DimensionValueList": ["pc_web", "mobile"]}],
}


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with a detector and a role for its alerts."""
    return furnished(server)


@pytest.fixture(scope="module")
def shared_lookout(shared_server):
    """The same for the tests that make no alert."""
    return furnished(shared_server)


def describe(lookout) -> dict:
    """The alert without its times."""
    return timeless(lookout.describe_alert(AlertArn=ALERT)["Alert"])


def topic(name: str, value: str | None) -> dict:
    """An action that tells a topic, with another value of this member, or without it."""
    given = sns(ROLE)["SNSConfiguration"] | {name: value}
    return {"Action": {"SNSConfiguration": {member: value for member, value in given.items() if value is not None}}}


def names(found: dict) -> list[str]:
    return [alert["AlertName"] for alert in found["AlertSummaryList"]]


# What is made


def test_an_alert_is_made_as_asked(lookout):
    before = datetime.now(timezone.utc)
    made = answer(
        lookout.create_alert, AlertName="alert", AnomalyDetectorArn=DETECTOR, Action=sns(ROLE),
        AlertDescription="to the shop", AlertSensitivityThreshold=0, AlertFilters=FILTERS, Tags={"team": "a"},
    )
    assert made == {"AlertArn": ALERT}
    created = lookout.describe_alert(AlertArn=ALERT)["Alert"]["CreationTime"]
    assert abs((created - before).total_seconds()) < 30
    assert describe(lookout) == {
        "AlertArn": ALERT, "AlertName": "alert", "AnomalyDetectorArn": DETECTOR, "AlertDescription": "to the shop",
        "AlertType": "SNS", "AlertStatus": "ACTIVE", "AlertSensitivityThreshold": 0, "AlertFilters": FILTERS,
        "Action": sns(ROLE),
    }
    assert answer(lookout.list_alerts) == {
        "AlertSummaryList": [
            {
                "AlertArn": ALERT, "AlertName": "alert", "AnomalyDetectorArn": DETECTOR, "AlertType": "SNS",
                "AlertStatus": "ACTIVE", "AlertSensitivityThreshold": 0, "Tags": {"team": "a"},
                "CreationTime": created, "LastModificationTime": created,
            }
        ]
    }


def test_a_function_may_be_called_instead(lookout):
    make_alert(lookout, DETECTOR, ROLE, Action=function(ROLE))
    assert describe(lookout) == {
        "AlertArn": ALERT, "AlertName": "alert", "AnomalyDetectorArn": DETECTOR, "AlertType": "LAMBDA",
        "AlertStatus": "ACTIVE", "Action": function(ROLE),
    }


def test_a_topic_is_told_in_json_unless_it_is_said_otherwise(lookout):
    for given, shown in ((None, "JSON"), ("LONG_TEXT", "LONG_TEXT"), ("SHORT_TEXT", "SHORT_TEXT")):
        alert = make_alert(lookout, DETECTOR, ROLE, f"in-{shown}", **topic("SnsFormat", given))
        assert lookout.describe_alert(AlertArn=alert)["Alert"]["Action"]["SNSConfiguration"]["SnsFormat"] == shown


# What cannot be made


def only(*filters: dict) -> dict:
    return {"AlertFilters": {"DimensionFilterList": list(filters)}}


EITHER = ("action", None, "Member must have either an SNSConfiguration or a LambdaConfiguration")
DIMENSIONS = "alertFilters.dimensionFilterList"


@pytest.mark.parametrize(
    "changes, faults",
    [
        ({"AlertName": None, "AnomalyDetectorArn": None, "Action": None},
         [missing("alertName"), missing("anomalyDetectorArn"), missing("action")]),
        ({"AlertName": "a b"}, [("alertName", "a b", NAME)]),
        ({"AlertName": "x" * 64}, [("alertName", "x" * 64, longest(63))]),
        ({"AlertDescription": "x" * 257}, [("alertDescription", "x" * 257, longest(256))]),
        ({"AlertSensitivityThreshold": -1}, [("alertSensitivityThreshold", "-1", least(0))]),
        ({"AlertSensitivityThreshold": 101}, [("alertSensitivityThreshold", "101", most(100))]),
        ({"Action": {}}, [EITHER]),
        ({"Action": sns(ROLE) | function(ROLE)}, [EITHER]),
        (topic("RoleArn", None), [missing("action.sNSConfiguration.roleArn")]),
        (topic("SnsTopicArn", None), [missing("action.sNSConfiguration.snsTopicArn")]),
        (topic("SnsTopicArn", "arn:aws:sqs:us-east-1:123456789012:queue"),
         [("action.sNSConfiguration.snsTopicArn", "arn:aws:sqs:us-east-1:123456789012:queue",
           "Member must be an ARN of the service sns")]),
        (topic("SnsFormat", "XML"),
         [("action.sNSConfiguration.snsFormat", "XML", one_of("LONG_TEXT", "SHORT_TEXT", "JSON"))]),
        ({"Action": {"LambdaConfiguration": {"RoleArn": ROLE, "LambdaArn": ROLE}}},
         [("action.lambdaConfiguration.lambdaArn", ROLE, "Member must be an ARN of the service lambda")]),
        ({"AlertFilters": {"MetricList": []}}, [("alertFilters.metricList", "[]", shortest(1))]),
        ({"AlertFilters": {"MetricList": list("abcdef")}},
         [("alertFilters.metricList", "[a, b, c, d, e, f]", longest(5))]),
        (only({}),
         [missing(f"{DIMENSIONS}.1.member.dimensionName"), missing(f"{DIMENSIONS}.1.member.dimensionValueList")]),
        (only(FILTERS["DimensionFilterList"][0], FILTERS["DimensionFilterList"][0]),
         [(f"{DIMENSIONS}.2.member.dimensionName", "platform",
           "Member must be there once only; give all of its values in one list")]),
        (only({"DimensionName": "d", "DimensionValueList": list("abcdefghijk")}),
         [(f"{DIMENSIONS}.1.member.dimensionValueList", "[a, b, c, d, e, f, g, h, i, j, k]",
           longest(10))]),
    ],
)
def test_an_alert_that_cannot_be_is_refused(shared_lookout, changes, faults):
    given = {"AlertName": "alert", "AnomalyDetectorArn": DETECTOR, "Action": sns(ROLE)} | changes
    with invalid(*faults):
        shared_lookout.create_alert(**{name: value for name, value in given.items() if value is not None})
    assert shared_lookout.list_alerts()["AlertSummaryList"] == []


@pytest.mark.parametrize("detector", [arn("AnomalyDetector:none"), ALERT, "arn:aws:s3:::bucket"])
def test_without_a_detector_there_is_no_alert(shared_lookout, detector):
    with not_found("AnomalyDetector", detector):
        make_alert(shared_lookout, detector, ROLE)
    with not_found("AnomalyDetector", detector):
        shared_lookout.list_alerts(AnomalyDetectorArn=detector)


def test_names_are_unique_in_the_region_without_case(server, lookout):
    make_alert(lookout, DETECTOR, ROLE)
    other = make_detector(lookout, "other")
    for detector, name in ((DETECTOR, "alert"), (other, "alert"), (other, "ALERT")):
        with already_there("Alert", ALERT):
            make_alert(lookout, detector, ROLE, name)
    elsewhere = server.client("lookoutmetrics", region="eu-west-1")
    assert make_alert(elsewhere, make_detector(elsewhere), ROLE) == arn("Alert:alert", region="eu-west-1")


def test_a_detector_has_ten_alerts(lookout):
    for number in range(10):
        make_alert(lookout, DETECTOR, ROLE, f"alert{number}")
    with quota_exceeded("alerts-per-detector", "The maximum number of alerts for this detector is 10.", "Alert", ALERT):
        make_alert(lookout, DETECTOR, ROLE)
    make_alert(lookout, make_detector(lookout, "other"), ROLE)
    lookout.delete_alert(AlertArn=arn("Alert:alert4"))
    make_alert(lookout, DETECTOR, ROLE, "eleventh")


# What is listed


def test_alerts_are_listed_by_name_in_pages(lookout):
    other = make_detector(lookout, "other")
    for name, detector in (("d", DETECTOR), ("B", other), ("a", DETECTOR), ("c", other), ("e", DETECTOR)):
        make_alert(lookout, detector, ROLE, name)
    for size, expected in ((1, [1] * 5), (2, [2, 2, 1]), (5, [5])):
        found = pages(lookout.list_alerts, "AlertSummaryList", size)
        assert [len(page) for page in found] == expected
        assert [alert["AlertName"] for page in found for alert in page] == ["B", "a", "c", "d", "e"]
    found = pages(lookout.list_alerts, "AlertSummaryList", 2, AnomalyDetectorArn=DETECTOR)
    assert [[alert["AlertName"] for alert in page] for page in found] == [["a", "d"], ["e"]]


def test_a_deleted_alert_disturbs_no_list(lookout):
    for name in ("a", "b", "c"):
        make_alert(lookout, DETECTOR, ROLE, name)
    for filters in ({}, {"AnomalyDetectorArn": DETECTOR}):
        page = lookout.list_alerts(MaxResults=1, **filters)
        make_alert(lookout, DETECTOR, ROLE, "aa")
        lookout.delete_alert(AlertArn=arn("Alert:a"))
        assert names(lookout.list_alerts(NextToken=page["NextToken"], **filters)) == ["aa", "b", "c"]
        lookout.delete_alert(AlertArn=arn("Alert:aa"))
        make_alert(lookout, DETECTOR, ROLE, "a")


# What is changed and deleted


def test_an_update_leaves_what_it_does_not_name(lookout):
    make_alert(lookout, DETECTOR, ROLE, AlertSensitivityThreshold=50, AlertDescription="one", Tags={"team": "a"})
    expected = describe(lookout)
    for change, shown in (
        ({"AlertDescription": "two"}, {}), ({"AlertSensitivityThreshold": 0}, {}), ({"AlertFilters": FILTERS}, {}),
        ({"Action": function(ROLE)}, {"AlertType": "LAMBDA"}), ({"Action": sns(ROLE)}, {"AlertType": "SNS"}), ({}, {}),
    ):
        before = lookout.describe_alert(AlertArn=ALERT)["Alert"]
        assert answer(lookout.update_alert, AlertArn=ALERT, **change) == {"AlertArn": ALERT}
        after = lookout.describe_alert(AlertArn=ALERT)["Alert"]
        assert after["LastModificationTime"] > before["LastModificationTime"]
        assert after["CreationTime"] == before["CreationTime"]
        expected |= change | shown
        assert describe(lookout) == expected
    assert lookout.list_tags_for_resource(ResourceArn=ALERT)["Tags"] == {"team": "a"}


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"Action": {}}, EITHER),
        ({"Action": sns(ROLE) | function(ROLE)}, EITHER),
        ({"AlertSensitivityThreshold": 101}, ("alertSensitivityThreshold", "101", most(100))),
        (only({"DimensionName": "d"}), missing(f"{DIMENSIONS}.1.member.dimensionValueList")),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(lookout, change, fault):
    make_alert(lookout, DETECTOR, ROLE)
    before = answer(lookout.describe_alert, AlertArn=ALERT)
    with invalid(fault):
        lookout.update_alert(AlertArn=ALERT, AlertDescription="changed", **change)
    assert answer(lookout.describe_alert, AlertArn=ALERT) == before


def test_a_deleted_alert_is_gone(server, lookout):
    make_alert(lookout, DETECTOR, ROLE, Tags={"team": "a"})
    make_alert(lookout, DETECTOR, ROLE, "kept")
    elsewhere = server.client("lookoutmetrics", region="eu-west-1")
    with not_found("Alert", ALERT):
        elsewhere.delete_alert(AlertArn=ALERT)
    assert answer(lookout.delete_alert, AlertArn=ALERT) == {}
    for call in (lookout.describe_alert, lookout.update_alert, lookout.delete_alert):
        for gone in (ALERT, arn("Alert:KEPT"), arn("AnomalyDetector:detector")):
            with not_found("Alert", gone):
                call(AlertArn=gone)
    assert names(lookout.list_alerts()) == ["kept"]
    make_alert(lookout, DETECTOR, ROLE)
    assert lookout.list_tags_for_resource(ResourceArn=ALERT)["Tags"] == {}


# Who may


def test_making_one_needs_permission_on_the_detector_and_on_the_alert(server, lookout):
    passing = statement("Allow", "iam:PassRole")
    for name, resource, lacking in (
        ("detector-only", DETECTOR, ALERT), ("alert-only", ALERT, DETECTOR),
        ("other-alert", [DETECTOR, arn("Alert:other")], ALERT),
        ("other-detector", [arn("AnomalyDetector:other"), ALERT], DETECTOR),
    ):
        user = as_user(server, name, policy(statement("Allow", "lookoutmetrics:*", resource), passing))
        with denied(user_arn(name), "CreateAlert", lacking):
            make_alert(user, DETECTOR, ROLE)
    both = policy(statement("Allow", "lookoutmetrics:*", [DETECTOR, ALERT]), passing)
    make_alert(as_user(server, "both", both), DETECTOR, ROLE)


def test_permission_on_a_detector_is_none_on_its_alerts(server, lookout):
    make_alert(lookout, DETECTOR, ROLE)
    user = as_user(server, "user", allow("lookoutmetrics:*", DETECTOR))
    assert names(user.list_alerts(AnomalyDetectorArn=DETECTOR)) == ["alert"]
    for action, call in (
        ("DescribeAlert", user.describe_alert), ("UpdateAlert", user.update_alert), ("DeleteAlert", user.delete_alert),
    ):
        for alert in (ALERT, ALERT + "-none"):
            with denied(user_arn("user"), action, alert):
                call(AlertArn=alert)
    with denied(user_arn("user"), "ListAlerts", "*"):
        user.list_alerts()
    # And the other way round.
    user = as_user(server, "other", allow("lookoutmetrics:*", ALERT))
    user.describe_alert(AlertArn=ALERT)
    with denied(user_arn("other"), "ListAlerts", DETECTOR):
        user.list_alerts(AnomalyDetectorArn=DETECTOR)
    user.delete_alert(AlertArn=ALERT)


def test_another_accounts_alert_is_out_of_reach(server, lookout):
    make_alert(lookout, DETECTOR, ROLE)
    account, member = server.member_account()
    carol = server.client("lookoutmetrics", member_user(server, member, EVERYTHING))
    caller = f"arn:aws:iam::{account}:user/carol"
    for action, call in (
        ("DescribeAlert", carol.describe_alert), ("UpdateAlert", carol.update_alert),
        ("DeleteAlert", carol.delete_alert),
    ):
        reason = f"because no resource-based policy allows the lookoutmetrics:{action} action"
        with denied(caller, action, ALERT, reason):
            call(AlertArn=ALERT)
    # Nor does an alert of hers hear of our detector.
    reason = "because no resource-based policy allows the lookoutmetrics:CreateAlert action"
    with denied(caller, "CreateAlert", DETECTOR, reason):
        make_alert(carol, DETECTOR, ROLE.replace(ACCOUNT, account), "mine")
    assert names(carol.list_alerts()) == [] and names(lookout.list_alerts()) == ["alert"]
