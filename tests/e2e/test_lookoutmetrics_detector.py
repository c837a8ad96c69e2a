"""Detectors: made, described, listed, changed, deleted; by whom, in which account and Region."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from lookoutmetrics import (
    CONFIG, EVERYTHING, NAME, already_there, answer, arn, as_user, dataset, denied, invalid, least, like, longest,
    make_alert, make_detector, member_user, missing, most, not_found, of_detector, one_of, pages, quota_exceeded,
    data_role, user_arn,
)
from server import ACCOUNT, REGION, allow, deny, policy, refused, statement, trust
from sigv4 import Request, minutes_from_now, send, sign

DETECTOR = arn("AnomalyDetector:detector")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/12345678-1234-1234-1234-123456789012"
AN_INTERVAL = one_of("P1D", "PT1H", "PT10M", "PT5M")
FREQUENCY = "anomalyDetectorConfig.anomalyDetectorFrequency"
NOT_BLANK = like(r".*\S.*")


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it."""
    return server.client("lookoutmetrics")


def names(lookout) -> list[str]:
    found = lookout.list_anomaly_detectors()["AnomalyDetectorSummaryList"]
    return [detector["AnomalyDetectorName"] for detector in found]


# What is made


def test_a_detector_is_made_as_asked(lookout):
    before = datetime.now(timezone.utc)
    made = answer(
        lookout.create_anomaly_detector, AnomalyDetectorName="detector", AnomalyDetectorDescription="of a shop",
        AnomalyDetectorConfig=CONFIG, KmsKeyArn=KEY, Tags={"team": "a", "Stage": ""},
    )
    assert made == {"AnomalyDetectorArn": DETECTOR}
    detector = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
    created = detector.pop("CreationTime")
    assert abs((created - before).total_seconds()) < 30 and detector.pop("LastModificationTime") == created
    assert detector == {
        "AnomalyDetectorArn": DETECTOR, "AnomalyDetectorName": "detector", "AnomalyDetectorDescription": "of a shop",
        "AnomalyDetectorConfig": CONFIG, "KmsKeyArn": KEY, "Status": "INACTIVE",
    }
    assert answer(lookout.list_anomaly_detectors) == {
        "AnomalyDetectorSummaryList": [
            {
                "AnomalyDetectorArn": DETECTOR, "AnomalyDetectorName": "detector",
                "AnomalyDetectorDescription": "of a shop", "Status": "INACTIVE", "Tags": {"team": "a", "Stage": ""},
                "CreationTime": created, "LastModificationTime": created,
            }
        ]
    }


def test_what_is_not_given_is_not_there(lookout):
    make_detector(lookout)
    detector = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
    assert set(detector) == {
        "AnomalyDetectorArn", "AnomalyDetectorName", "AnomalyDetectorConfig", "Status", "CreationTime",
        "LastModificationTime",
    }


@pytest.mark.parametrize("frequency", ["P1D", "PT1H", "PT10M", "PT5M"])
def test_every_interval_of_aws_will_do(lookout, frequency):
    make_detector(lookout, AnomalyDetectorConfig={"AnomalyDetectorFrequency": frequency})
    config = lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)["AnomalyDetectorConfig"]
    assert config == {"AnomalyDetectorFrequency": frequency}


@pytest.mark.parametrize(
    "parameters, faults",
    [
        ({}, [missing("anomalyDetectorName"), missing("anomalyDetectorConfig")]),
        ({"AnomalyDetectorName": "x", "AnomalyDetectorConfig": {}}, [missing(FREQUENCY)]),
        ({"AnomalyDetectorName": "x", "AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "PT2H"}},
         [(FREQUENCY, "PT2H", AN_INTERVAL)]),
        *(
            ({"AnomalyDetectorName": name, "AnomalyDetectorConfig": CONFIG}, [("anomalyDetectorName", name, NAME)])
            for name in ("a b", "-a", "_a", "a:b", "a/b", "a*", "ä", "a\n")
        ),
        ({"AnomalyDetectorName": "x" * 64, "AnomalyDetectorConfig": CONFIG},
         [("anomalyDetectorName", "x" * 64, longest(63))]),
        ({"AnomalyDetectorName": "x", "AnomalyDetectorConfig": CONFIG, "AnomalyDetectorDescription": "x" * 257},
         [("anomalyDetectorDescription", "x" * 257, longest(256))]),
        ({"AnomalyDetectorName": "x", "AnomalyDetectorConfig": CONFIG, "AnomalyDetectorDescription": " "},
         [("anomalyDetectorDescription", " ", NOT_BLANK)]),
        ({"AnomalyDetectorName": "x", "AnomalyDetectorConfig": CONFIG, "KmsKeyArn": KEY[:-1]},
         [("kmsKeyArn", KEY[:-1], "Member must satisfy regular expression pattern: arn:aws.*:kms:.*:[0-9]{12}:key/"
           "[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}")]),
    ],
)
def test_a_detector_that_cannot_be_is_refused(shared_server, parameters, faults):
    lookout = shared_server.client("lookoutmetrics")
    with invalid(*faults):
        lookout.create_anomaly_detector(**parameters)
    assert names(lookout) == []


def test_names_are_unique_without_case(lookout):
    make_detector(lookout)
    for name in ("detector", "Detector", "DETECTOR"):
        with already_there("AnomalyDetector", DETECTOR):
            make_detector(lookout, name)
    with not_found("AnomalyDetector", arn("AnomalyDetector:DETECTOR")):
        lookout.describe_anomaly_detector(AnomalyDetectorArn=arn("AnomalyDetector:DETECTOR"))


# What is changed


def test_an_update_leaves_what_it_does_not_name(lookout):
    make_detector(lookout, AnomalyDetectorDescription="one", KmsKeyArn=KEY, Tags={"team": "a"})
    before = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
    for change in (
        {"AnomalyDetectorDescription": "two"}, {"AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "P1D"}},
        {"KmsKeyArn": KEY.replace("12345678-", "87654321-")}, {}, {"AnomalyDetectorConfig": {}},
    ):
        answered = answer(lookout.update_anomaly_detector, AnomalyDetectorArn=DETECTOR, **change)
        assert answered == {"AnomalyDetectorArn": DETECTOR}
        after = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
        expected = before | ({} if change == {"AnomalyDetectorConfig": {}} else change)
        assert after.pop("LastModificationTime") > expected.pop("LastModificationTime")
        assert after == expected
        before = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
    assert lookout.list_tags_for_resource(ResourceArn=DETECTOR)["Tags"] == {"team": "a"}


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "hourly"}},
         (FREQUENCY, "hourly", AN_INTERVAL)),
        ({"AnomalyDetectorDescription": "\t"}, ("anomalyDetectorDescription", "\t", NOT_BLANK)),
    ],
)
def test_an_update_that_cannot_be_changes_nothing(lookout, change, fault):
    make_detector(lookout)
    before = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
    with invalid(fault):
        lookout.update_anomaly_detector(AnomalyDetectorArn=DETECTOR, KmsKeyArn=KEY, **change)
    assert answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR) == before


def test_an_interval_must_suit_the_dataset(server, lookout):
    make_detector(lookout)
    metric_set = lookout.create_metric_set(**dataset(DETECTOR, data_role(server)))["MetricSetArn"]
    shorter, longer = {"AnomalyDetectorFrequency": "PT5M"}, {"AnomalyDetectorFrequency": "P1D"}
    with invalid((FREQUENCY, "PT5M", f"Member must suit the dataset {metric_set}")):
        lookout.update_anomaly_detector(AnomalyDetectorArn=DETECTOR, AnomalyDetectorConfig=shorter)
    assert lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)["AnomalyDetectorConfig"] == CONFIG
    lookout.update_anomaly_detector(AnomalyDetectorArn=DETECTOR, AnomalyDetectorConfig=longer)
    assert lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)["AnomalyDetectorConfig"] == longer


# What is deleted


def test_a_detector_takes_its_dataset_and_its_alerts_along(server, lookout):
    role = data_role(server)
    kept, gone = make_detector(lookout, "kept"), make_detector(lookout)
    for detector in (kept, gone):
        lookout.create_metric_set(**dataset(detector, role))
        make_alert(lookout, detector, role, f"of-{detector.rsplit(':')[-1]}")
    assert answer(lookout.delete_anomaly_detector, AnomalyDetectorArn=gone) == {}
    with not_found("AnomalyDetector", gone):
        lookout.describe_anomaly_detector(AnomalyDetectorArn=gone)
    with not_found("AnomalyDetector", gone):
        lookout.delete_anomaly_detector(AnomalyDetectorArn=gone)
    with not_found("MetricSet", arn("MetricSet/detector/dataset")):
        lookout.describe_metric_set(MetricSetArn=arn("MetricSet/detector/dataset"))
    with not_found("Alert", arn("Alert:of-detector")):
        lookout.describe_alert(AlertArn=arn("Alert:of-detector"))
    assert names(lookout) == ["kept"]
    assert [found["AlertName"] for found in lookout.list_alerts()["AlertSummaryList"]] == ["of-kept"]
    assert [found["AnomalyDetectorArn"] for found in lookout.list_metric_sets()["MetricSetSummaryList"]] == [kept]


def test_a_detector_of_the_same_name_is_another_one(server, lookout):
    role = data_role(server)
    make_detector(lookout, AnomalyDetectorDescription="old", Tags={"team": "a"})
    lookout.create_metric_set(**dataset(DETECTOR, role))
    make_alert(lookout, DETECTOR, role)
    lookout.delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    make_detector(lookout)
    assert "AnomalyDetectorDescription" not in lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    assert lookout.list_tags_for_resource(ResourceArn=DETECTOR)["Tags"] == {}
    assert lookout.list_metric_sets(AnomalyDetectorArn=DETECTOR)["MetricSetSummaryList"] == []
    assert lookout.list_alerts(AnomalyDetectorArn=DETECTOR)["AlertSummaryList"] == []


def test_what_is_answered_outlives_the_process(server, lookout):
    role = data_role(server)
    make_detector(lookout, AnomalyDetectorDescription="kept", KmsKeyArn=KEY, Tags={"team": "a"})
    metric_set = lookout.create_metric_set(**dataset(DETECTOR, role, Tags={"team": "b"}))["MetricSetArn"]
    alert = make_alert(lookout, DETECTOR, role, Tags={"team": "c"})

    def everything():
        lookout = server.client("lookoutmetrics")
        return [
            answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR),
            answer(lookout.describe_metric_set, MetricSetArn=metric_set),
            answer(lookout.describe_alert, AlertArn=alert),
            *map(answer, (lookout.list_anomaly_detectors, lookout.list_metric_sets, lookout.list_alerts)),
        ]

    before = everything()
    server.kill()
    server.start()
    assert everything() == before


# How many


def test_a_region_has_ten_detectors(server, lookout):
    for number in range(10):
        make_detector(lookout, f"detector{number}")
    message = "The maximum number of detectors in this account and Region is 10."
    with quota_exceeded("detectors", message, "AnomalyDetector", DETECTOR):
        make_detector(lookout)
    make_detector(server.client("lookoutmetrics", region="eu-west-1"))
    lookout.delete_anomaly_detector(AnomalyDetectorArn=arn("AnomalyDetector:detector3"))
    make_detector(lookout)


def test_the_quota_can_be_raised(new_server):
    lookout = new_server().start("--quotas", "anomaly_detectors=11").client("lookoutmetrics")
    for number in range(11):
        make_detector(lookout, f"detector{number}")
    message = "The maximum number of detectors in this account and Region is 11."
    with quota_exceeded("detectors", message, "AnomalyDetector", DETECTOR):
        make_detector(lookout)


def test_the_quota_holds_when_all_come_at_once(server):
    def attempt(number: int) -> str:
        try:
            return make_detector(server.client("lookoutmetrics"), f"detector{number}")
        except ClientError as error:
            return error.response["Error"]["Code"]

    server.client("lookoutmetrics")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(24)))
    assert answers.count("ServiceQuotaExceededException") == 14
    made = {answered for answered in answers if answered.startswith("arn:")}
    there = names(server.client("lookoutmetrics"))
    assert made == {arn(f"AnomalyDetector:{name}") for name in there} and len(made) == 10


# Pages


def test_detectors_are_listed_by_name_in_pages(lookout):
    for name in ("d", "B", "a", "c", "e"):
        make_detector(lookout, name)
    for size, expected in ((1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (100, [5])):
        found = pages(lookout.list_anomaly_detectors, "AnomalyDetectorSummaryList", size)
        assert [len(page) for page in found] == expected
        assert [item["AnomalyDetectorName"] for page in found for item in page] == ["B", "a", "c", "d", "e"]


def test_a_page_has_at_most_a_hundred(new_server):
    lookout = new_server().start("--quotas", "anomaly_detectors=101").client("lookoutmetrics")
    for number in range(101):
        make_detector(lookout, f"d{number}")
    first = lookout.list_anomaly_detectors()
    rest = lookout.list_anomaly_detectors(NextToken=first["NextToken"])
    assert (len(first["AnomalyDetectorSummaryList"]), len(rest["AnomalyDetectorSummaryList"])) == (100, 1)
    assert "NextToken" not in rest
    for size, constraint in ((0, least(1)), (101, most(100))):
        with invalid(("maxResults", str(size), constraint)):
            lookout.list_anomaly_detectors(MaxResults=size)


def test_what_comes_and_goes_between_pages_disturbs_no_list(lookout):
    for name in ("b", "d", "f"):
        make_detector(lookout, name)
    page = lookout.list_anomaly_detectors(MaxResults=2)
    assert [found["AnomalyDetectorName"] for found in page["AnomalyDetectorSummaryList"]] == ["b", "d"]
    lookout.delete_anomaly_detector(AnomalyDetectorArn=arn("AnomalyDetector:d"))
    for name in ("a", "e"):
        make_detector(lookout, name)
    rest = lookout.list_anomaly_detectors(NextToken=page["NextToken"])["AnomalyDetectorSummaryList"]
    assert [found["AnomalyDetectorName"] for found in rest] == ["e", "f"]


def refuses_token(call, token: str, **parameters):
    constraint = "Member must be a token that this list has answered within 24 hours"
    with invalid(("nextToken", token, constraint)):
        call(NextToken=token, **parameters)


def test_a_token_is_good_for_the_very_list_that_it_came_from(server, lookout):
    role = data_role(server)
    for name in ("one", "two"):
        detector = make_detector(lookout, name)
        lookout.create_metric_set(**dataset(detector, role))
        for number in range(2):
            make_alert(lookout, detector, role, f"{name}{number}")
    one, two = arn("AnomalyDetector:one"), arn("AnomalyDetector:two")
    detectors = lookout.list_anomaly_detectors(MaxResults=1)["NextToken"]
    alerts = lookout.list_alerts(MaxResults=1)["NextToken"]
    alerts_of_one = lookout.list_alerts(MaxResults=1, AnomalyDetectorArn=one)["NextToken"]
    metric_sets = lookout.list_metric_sets(MaxResults=1)["NextToken"]
    assert len({detectors, alerts, alerts_of_one, metric_sets}) == 4
    forged = ("forged", detectors[:-1], detectors[1:], detectors + "A", detectors.swapcase())
    for token in (alerts, alerts_of_one, metric_sets, *forged):
        refuses_token(lookout.list_anomaly_detectors, token)
    for token in (detectors, metric_sets, alerts_of_one):
        refuses_token(lookout.list_alerts, token)
    for token in (detectors, metric_sets, alerts):
        refuses_token(lookout.list_alerts, token, AnomalyDetectorArn=one)
    refuses_token(lookout.list_alerts, alerts_of_one, AnomalyDetectorArn=two)
    for token in (detectors, alerts):
        refuses_token(lookout.list_metric_sets, token)
    # Nor in another Region or account. Another user of the account, and another size of the page, will do.
    refuses_token(server.client("lookoutmetrics", region="eu-west-1").list_anomaly_detectors, detectors)
    _, member = server.member_account()
    refuses_token(server.client("lookoutmetrics", member).list_anomaly_detectors, detectors)
    reader = as_user(server, "reader", allow("lookoutmetrics:ListAnomalyDetectors"))
    page = reader.list_anomaly_detectors(NextToken=detectors, MaxResults=50)
    assert [found["AnomalyDetectorName"] for found in page["AnomalyDetectorSummaryList"]] == ["two"]


@pytest.mark.parametrize("hours, status", [(23.9, 200), (24.1, 400)])
def test_a_token_lasts_a_day(server, lookout, later, hours, status):
    for name in ("a", "b"):
        make_detector(lookout, name)
    token = lookout.list_anomaly_detectors(MaxResults=1)["NextToken"]
    server.stop()
    server.start(environment=later(round(hours * 3600)))
    request = Request(path="/ListAnomalyDetectors", body=json.dumps({"NextToken": token}).encode())
    told = send(server, sign(request, server, server.root, "lookoutmetrics", now=minutes_from_now(hours * 60)))
    assert told.status == status
    if status == 400:
        assert json.loads(told.body)["Fields"] == [
            {"Name": "nextToken", "Message": "Member must be a token that this list has answered within 24 hours"}
        ]


# Regions and accounts are walls


def test_a_detector_is_in_its_region_only(server, lookout):
    make_detector(lookout, Tags={"team": "a"})
    elsewhere = server.client("lookoutmetrics", region="eu-west-1")
    assert elsewhere.list_anomaly_detectors()["AnomalyDetectorSummaryList"] == []
    for call in (
        elsewhere.describe_anomaly_detector, elsewhere.update_anomaly_detector, elsewhere.delete_anomaly_detector,
    ):
        with not_found("AnomalyDetector", DETECTOR):
            call(AnomalyDetectorArn=DETECTOR)
    with not_found("AnomalyDetector", DETECTOR):
        elsewhere.list_tags_for_resource(ResourceArn=DETECTOR)
    there = make_detector(elsewhere)
    assert there == arn("AnomalyDetector:detector", region="eu-west-1")
    elsewhere.delete_anomaly_detector(AnomalyDetectorArn=there)
    lookout.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    # Nor does a tag count from afar.
    by_tag = allow("lookoutmetrics:*", condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
    user = server.user("user", by_tag)
    server.client("lookoutmetrics", user).describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    with denied(user_arn("user"), "DescribeAnomalyDetector", DETECTOR):
        server.client("lookoutmetrics", user, region="eu-west-1").describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)


def test_the_region_of_a_request_is_a_condition_key(server):
    here = allow("lookoutmetrics:*", condition={"StringEquals": {"aws:RequestedRegion": REGION}})
    user = server.user("user", here)
    make_detector(server.client("lookoutmetrics", user))
    there = arn("AnomalyDetector:detector", region="eu-west-1")
    with denied(user_arn("user"), "CreateAnomalyDetector", there):
        make_detector(server.client("lookoutmetrics", user, region="eu-west-1"))


@pytest.mark.parametrize(
    "given",
    [
        "arn:aws:s3:::bucket", arn("Alert:detector"), arn("MetricSet/detector/dataset"),
        DETECTOR.replace("arn:aws:", "arn:aws-cn:"),
    ],
)
def test_the_arn_of_something_else_names_no_detector(lookout, given):
    make_detector(lookout)
    with not_found("AnomalyDetector", given):
        lookout.describe_anomaly_detector(AnomalyDetectorArn=given)


def test_another_accounts_detector_is_out_of_reach(server, lookout):
    account, member = server.member_account()
    make_detector(lookout, AnomalyDetectorDescription="ours", Tags={"team": "a"})
    carol = server.client("lookoutmetrics", member_user(server, member))
    theirs = make_detector(carol)
    assert theirs == arn("AnomalyDetector:detector", account=account)
    # Each sees its own.
    assert "AnomalyDetectorDescription" not in carol.describe_anomaly_detector(AnomalyDetectorArn=theirs)
    for client, own in ((carol, theirs), (lookout, DETECTOR)):
        listed = client.list_anomaly_detectors()["AnomalyDetectorSummaryList"]
        assert [found["AnomalyDetectorArn"] for found in listed] == [own]
    # Nobody reaches the other's, whether it is there or not: not by every permission, not as root.
    for client, caller, detectors in (
        (carol, f"arn:aws:iam::{account}:user/carol", (DETECTOR, DETECTOR + "-none")),
        (lookout, f"arn:aws:iam::{ACCOUNT}:root", (theirs, theirs + "-none")),
    ):
        for detector in detectors:
            for action, call in of_detector(client):
                reason = f"because no resource-based policy allows the lookoutmetrics:{action} action"
                with denied(caller, action, detector, reason):
                    call(AnomalyDetectorArn=detector)
            for action, call, parameters in (
                ("ListTagsForResource", client.list_tags_for_resource, {}),
                ("TagResource", client.tag_resource, {"Tags": {"a": "b"}}),
                ("UntagResource", client.untag_resource, {"TagKeys": ["team"]}),
            ):
                reason = f"because no resource-based policy allows the lookoutmetrics:{action} action"
                with denied(caller, action, detector, reason):
                    call(ResourceArn=detector, **parameters)


def test_a_role_reaches_across_accounts(server, lookout):
    """AWS's way to let others in: "a role that users in other accounts can use to access your resources"."""
    account, member = server.member_account()
    make_detector(lookout)
    carol = member_user(server, member)
    role = server.role("guest", trust({"AWS": account}), allow("lookoutmetrics:Describe*"))
    guest = server.client("lookoutmetrics", server.assume(role, carol))
    assert guest.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)["AnomalyDetectorName"] == "detector"
    with denied(f"arn:aws:sts::{ACCOUNT}:assumed-role/guest/session", "DeleteAnomalyDetector", DETECTOR):
        guest.delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)


# Who may


def test_permission_may_be_for_one_detector(server, lookout):
    make_detector(lookout)
    other = make_detector(lookout, "detector-of-others")
    user = as_user(server, "user", allow("lookoutmetrics:*", DETECTOR))
    user.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    user.update_anomaly_detector(AnomalyDetectorArn=DETECTOR, AnomalyDetectorDescription="mine")
    for action, call in of_detector(user):
        with denied(user_arn("user"), action, other):
            call(AnomalyDetectorArn=other)
    with denied(user_arn("user"), "ListAnomalyDetectors", "*"):
        user.list_anomaly_detectors()
    with denied(user_arn("user"), "CreateAnomalyDetector", arn("AnomalyDetector:detector2")):
        make_detector(user, "detector2")
    user.delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    make_detector(user)
    assert names(lookout) == ["detector", "detector-of-others"]


def test_only_who_may_ask_learns_what_is_there(server, lookout):
    make_detector(lookout)
    nobody = as_user(server, "nobody")
    with denied(user_arn("nobody"), "ListAnomalyDetectors", "*"):
        nobody.list_anomaly_detectors()
    for name in ("detector", "none"):
        detector = arn(f"AnomalyDetector:{name}")
        for action, call in (
            ("DescribeAnomalyDetector", nobody.describe_anomaly_detector),
            ("UpdateAnomalyDetector", nobody.update_anomaly_detector),
            ("DeleteAnomalyDetector", nobody.delete_anomaly_detector),
        ):
            with denied(user_arn("nobody"), action, detector):
                call(AnomalyDetectorArn=detector)
        with denied(user_arn("nobody"), "CreateAnomalyDetector", detector):
            make_detector(nobody, name)


def test_every_kind_of_policy_has_its_say(server, lookout, iam):
    make_detector(lookout)

    def refuses(credentials, caller: str, reason: str):
        with denied(caller, "DeleteAnomalyDetector", DETECTOR, reason):
            server.client("lookoutmetrics", credentials).delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)

    both = policy(statement("Allow", "*"), statement("Deny", "lookoutmetrics:Delete*", arn("AnomalyDetector:*")))
    refuses(server.user("denied", both), user_arn("denied"), "with an explicit deny in an identity-based policy")
    limit = "arn:aws:iam::aws:policy/AmazonLookoutMetricsReadOnlyAccess"
    bounded = server.user("bounded", EVERYTHING, PermissionsBoundary=limit)
    reason = "because no permissions boundary allows the lookoutmetrics:DeleteAnomalyDetector action"
    refuses(bounded, user_arn("bounded"), reason)
    server.client("lookoutmetrics", bounded).describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    role = server.role("admin", trust(), allow("*"))
    caller = server.user("caller", allow("sts:AssumeRole"))
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session"
    limited = server.assume(role, caller, Policy=allow("lookoutmetrics:Describe*"))
    refuses(limited, session, "because no session policy allows the lookoutmetrics:DeleteAnomalyDetector action")
    forbidding = policy(statement("Allow", "*"), statement("Deny", "lookoutmetrics:DeleteAnomalyDetector"))
    limited = server.assume(role, caller, Policy=forbidding)
    refuses(limited, session, "with an explicit deny in a session policy")
    # And a change bites on the next request.
    iam.put_role_policy(RoleName="admin", PolicyName="deny", PolicyDocument=deny("lookoutmetrics:*"))
    unlimited = server.assume(role, caller)
    refuses(unlimited, session, "with an explicit deny in an identity-based policy")
    iam.delete_role_policy(RoleName="admin", PolicyName="deny")
    server.client("lookoutmetrics", unlimited).delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)


def test_who_does_not_sign_is_nobody(server):
    with refused("MissingAuthenticationTokenException", status=403):
        server.anonymous("lookoutmetrics").list_anomaly_detectors()
