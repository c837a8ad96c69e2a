"""Tags of detectors, datasets and alerts, and what policies can make of them.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/detectors-tags.html
"""

import pytest

from lookoutmetrics import (
    answer, arn, as_user, dataset, denied, invalid, like, longest, make_alert, make_detector, missing, not_found,
    data_role, shortest, sns, user_arn,
)
from server import ACCOUNT, allow, policy, statement
from sigv4 import Request, send, sign

DETECTOR, METRIC_SET, ALERT = ALL = (
    arn("AnomalyDetector:detector"), arn("MetricSet/detector/dataset"), arn("Alert:alert"),
)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
RESERVED = "Map keys and values must not begin with aws:, which is reserved"
LETTERS = "Map keys and values can contain letters, numbers, spaces and _.:/=+@-"
CASE = "Map keys must differ in more than the case of their letters"


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with one resource of each kind."""
    lookout = server.client("lookoutmetrics")
    role = data_role(server)
    make_detector(lookout)
    lookout.create_metric_set(**dataset(DETECTOR, role))
    make_alert(lookout, DETECTOR, role)
    return lookout


def tags(lookout, resource: str) -> dict:
    return lookout.list_tags_for_resource(ResourceArn=resource)["Tags"]


# Put on and taken off


@pytest.mark.parametrize("resource", ALL)
def test_tags_come_and_go(lookout, resource):
    assert answer(lookout.list_tags_for_resource, ResourceArn=resource) == {"Tags": {}}
    first, odd = {"Department": "Marketing", "CostCenter": "1234ABCD", "empty": ""}, "Kostenstelle Zürich_.:/=+@-"
    put = lookout.tag_resource(ResourceArn=resource, Tags=first)
    assert put["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert tags(lookout, resource) == first
    lookout.tag_resource(ResourceArn=resource, Tags={"Department": "Sales", odd: odd})
    assert tags(lookout, resource) == first | {"Department": "Sales", odd: odd}
    taken = lookout.untag_resource(ResourceArn=resource, TagKeys=["Department", "costcenter", odd, "none"])
    assert taken["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert tags(lookout, resource) == {"CostCenter": "1234ABCD", "empty": ""}
    # Nothing is inherited, and the lists show the same.
    for other in set(ALL) - {resource}:
        assert tags(lookout, other) == {}
    listed = [
        *lookout.list_anomaly_detectors()["AnomalyDetectorSummaryList"],
        *lookout.list_metric_sets()["MetricSetSummaryList"], *lookout.list_alerts()["AlertSummaryList"],
    ]
    assert sorted(len(item["Tags"]) for item in listed) == [0, 0, 2]


def test_tagging_modifies_nothing_else(lookout):
    before = answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR)
    lookout.tag_resource(ResourceArn=DETECTOR, Tags={"a": "b"})
    lookout.untag_resource(ResourceArn=DETECTOR, TagKeys=["a"])
    assert answer(lookout.describe_anomaly_detector, AnomalyDetectorArn=DETECTOR) == before


def test_a_resource_has_fifty_tags(lookout):
    fifty = {f"key{number}": "x" * 256 for number in range(50)}
    lookout.tag_resource(ResourceArn=DETECTOR, Tags=fifty)
    lookout.tag_resource(ResourceArn=DETECTOR, Tags={"key7": "new"})
    with invalid(("tags", None, "A resource must not have more than 50 tags")):
        lookout.tag_resource(ResourceArn=DETECTOR, Tags={"one": "more"})
    assert tags(lookout, DETECTOR) == fifty | {"key7": "new"}


KEY = f"Map keys must satisfy constraint: [{longest(128)}, {shortest(1)}]"


@pytest.mark.parametrize(
    "given, fault",
    [
        ({}, ("tags", "{}", shortest(1))),
        *(({key: "x"}, ("tags", key, RESERVED)) for key in ("aws:team", "AWS:team", "aWs:", "aws:")),
        *(({"team": value}, ("tags", "team", RESERVED)) for value in ("aws:x", "AWS:x")),
        *(
            ({key: "x"}, ("tags", key, LETTERS))
            for key in ("*", "a?", "${aws:username}", "a,b", "a\n", "a\u0000", "a\u200b")
        ),
        ({"team": "*"}, ("tags", "team", LETTERS)),
        ({"Team": "a", "team": "b"}, ("tags", "team", CASE)),
        ({"x" * 129: ""}, ("tags", None, KEY)),
        ({"": ""}, ("tags", None, KEY)),
        ({"x": "x" * 257}, ("tags", None, f"Map value must satisfy constraint: [{longest(256)}]")),
    ],
)
def test_tags_that_cannot_be_are_refused_wherever_they_are_given(shared_server, given, fault):
    lookout, new = shared_server.client("lookoutmetrics"), arn("AnomalyDetector:new")
    for call in (
        lambda: lookout.tag_resource(ResourceArn=new, Tags=given),
        lambda: make_detector(lookout, "new", Tags=given),
        lambda: lookout.create_metric_set(**dataset(new, ROLE, Tags=given)),
        lambda: make_alert(lookout, new, ROLE, Tags=given),
    ):
        with invalid(fault):
            call()


def test_a_key_is_there_in_one_case_only(lookout):
    """Condition keys are compared without case: `aws:ResourceTag/team` must not have two values."""
    lookout.tag_resource(ResourceArn=DETECTOR, Tags={"Team": "a"})
    with invalid(("tags", "team", "Map keys must differ in more than case from the resource's tag Team")):
        lookout.tag_resource(ResourceArn=DETECTOR, Tags={"team": "b"})
    assert tags(lookout, DETECTOR) == {"Team": "a"}


@pytest.mark.parametrize(
    "kind, resource",
    [
        ("AnomalyDetector", arn("AnomalyDetector:none")), ("MetricSet", arn("MetricSet/detector/none")),
        ("Alert", arn("Alert:none")),
        ("AnomalyDetector", "arn:aws:s3:::bucket"), ("AnomalyDetector", DETECTOR.replace("us-east-1", "eu-west-1")),
        ("Alert", ALERT + ":event/12345678-90ab-cdef-1234-567890abcdef"),
    ],
)
def test_what_is_not_there_has_no_tags(server, lookout, kind, resource):
    for call in (
        lambda: lookout.tag_resource(ResourceArn=resource, Tags={"a": "b"}),
        lambda: lookout.untag_resource(ResourceArn=resource, TagKeys=["a"]),
        lambda: lookout.list_tags_for_resource(ResourceArn=resource),
    ):
        with not_found(kind, resource):
            call()


def test_the_path_names_the_resource_and_nothing_else_does(server, lookout):
    with invalid(("resourceArn", "detector", like(r"arn:([a-z\d-]+):.*:.*:.*:.+"))):
        lookout.list_tags_for_resource(ResourceArn="detector")
    with invalid(missing("tagKeys")):
        lookout.untag_resource(ResourceArn=DETECTOR, TagKeys=[])
    lookout.tag_resource(ResourceArn=ALERT, Tags={"a": "b"})
    path = "/tags/" + DETECTOR.replace(":", "%3A")
    for request in (
        Request(path=path, body=b'{"tags":{"a":"b"},"resourceArn":"%s"}' % ALERT.encode()),
        Request(path=path, body=b'{"tags":{"a":"b"},"ResourceArn":"%s"}' % ALERT.encode()),
        Request(method="DELETE", path=path, query=f"tagKeys=a&resourceArn={ALERT.replace(':', '%3A')}"),
        Request(method="DELETE", path=path, query="tagKeys=a&TagKeys=b"),
    ):
        told = send(server, sign(request, server, server.root, "lookoutmetrics"))
        assert told.refusal == ("SerializationException", 400)
    assert tags(lookout, ALERT) == {"a": "b"} and tags(lookout, DETECTOR) == {}


# What policies make of them


@pytest.mark.parametrize("resource", ALL)
def test_a_policy_may_ask_for_a_resources_tag(server, lookout, resource):
    by_tag = allow("lookoutmetrics:*", condition={"StringEquals": {"aws:ResourceTag/TEAM": "red"}})
    user = as_user(server, "user", by_tag)
    action, describe = {
        DETECTOR: ("DescribeAnomalyDetector", lambda: user.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)),
        METRIC_SET: ("DescribeMetricSet", lambda: user.describe_metric_set(MetricSetArn=METRIC_SET)),
        ALERT: ("DescribeAlert", lambda: user.describe_alert(AlertArn=ALERT)),
    }[resource]
    for value, is_allowed in ((None, False), ("blue", False), ("red", True), ("Red", False)):
        if value:
            lookout.tag_resource(ResourceArn=resource, Tags={"team": value})
        if is_allowed:
            describe()
            assert tags(user, resource) == {"team": value}
        else:
            with denied(user_arn("user"), action, resource):
                describe()
            with denied(user_arn("user"), "ListTagsForResource", resource):
                tags(user, resource)
    # The others have it not by inheritance.
    lookout.tag_resource(ResourceArn=resource, Tags={"team": "red"})
    for other in set(ALL) - {resource}:
        with denied(user_arn("user"), "ListTagsForResource", other):
            tags(user, other)


def test_all_that_is_done_with_a_resource_asks_for_its_tag(server, lookout):
    for resource in ALL:
        lookout.tag_resource(ResourceArn=resource, Tags={"team": "red"})
    others = policy(
        statement("Allow", ["lookoutmetrics:*", "iam:PassRole"]),
        statement("Deny", "*", "*", {"StringEquals": {"aws:ResourceTag/team": "red"}}),
    )
    user = as_user(server, "user", others)
    explicit = "with an explicit deny in an identity-based policy"
    for action, resource, call in (
        ("DeleteAnomalyDetector", DETECTOR, lambda: user.delete_anomaly_detector(AnomalyDetectorArn=DETECTOR)),
        ("UpdateAnomalyDetector", DETECTOR, lambda: user.update_anomaly_detector(AnomalyDetectorArn=DETECTOR)),
        ("ActivateAnomalyDetector", DETECTOR, lambda: user.activate_anomaly_detector(AnomalyDetectorArn=DETECTOR)),
        ("CreateMetricSet", DETECTOR, lambda: user.create_metric_set(**dataset(DETECTOR, ROLE, MetricSetName="new"))),
        ("CreateAlert", DETECTOR, lambda: make_alert(user, DETECTOR, ROLE, "new")),
        ("ListAlerts", DETECTOR, lambda: user.list_alerts(AnomalyDetectorArn=DETECTOR)),
        ("ListMetricSets", DETECTOR, lambda: user.list_metric_sets(AnomalyDetectorArn=DETECTOR)),
        ("UpdateMetricSet", METRIC_SET, lambda: user.update_metric_set(MetricSetArn=METRIC_SET)),
        ("UpdateAlert", ALERT, lambda: user.update_alert(AlertArn=ALERT)),
        ("DeleteAlert", ALERT, lambda: user.delete_alert(AlertArn=ALERT)),
        ("TagResource", ALERT, lambda: user.tag_resource(ResourceArn=ALERT, Tags={"team": "blue"})),
        ("UntagResource", ALERT, lambda: user.untag_resource(ResourceArn=ALERT, TagKeys=["team"])),
    ):
        with denied(user_arn("user"), action, resource, explicit):
            call()
    lookout.untag_resource(ResourceArn=ALERT, TagKeys=["team"])
    user.delete_alert(AlertArn=ALERT)


def creations(client, **parameters):
    """The three ways to make something with tags: the action, the resource that is named in a denial, the call."""
    new = arn("AnomalyDetector:new")
    return (
        ("CreateAnomalyDetector", new, lambda: make_detector(client, "new", **parameters)),
        ("CreateMetricSet", new, lambda: client.create_metric_set(**dataset(new, ROLE, **parameters))),
        ("CreateAlert", arn("Alert:new"), lambda: client.create_alert(
            AlertName="new", AnomalyDetectorArn=new, Action=sns(ROLE), **parameters)),
    )


def test_a_policy_may_ask_for_the_tags_of_a_request(server, lookout):
    conditions = {
        "StringEquals": {"aws:RequestTag/team": ["red", "green"]},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
    }
    own = policy(statement("Allow", "lookoutmetrics:*", "*", conditions), statement("Allow", "iam:PassRole"))
    user = as_user(server, "user", own)
    for tags_given in (None, {"team": "blue"}, {"team": "Red"}, {"stage": "red"}, {"team": "red", "x": ""}):
        given = {"Tags": tags_given} if tags_given else {}
        for action, resource, call in creations(user, **given):
            with denied(user_arn("user"), action, resource):
                call()
        if given:
            with denied(user_arn("user"), "TagResource", DETECTOR):
                user.tag_resource(ResourceArn=DETECTOR, **given)
    for _, _, call in creations(user, Tags={"team": "red", "stage": "test"}):
        call()
    for resource in (arn("AnomalyDetector:new"), arn("MetricSet/new/dataset"), arn("Alert:new")):
        assert tags(lookout, resource) == {"team": "red", "stage": "test"}
    # A key is named without case where it is part of a condition key; among the values of aws:TagKeys, it is a value.
    with denied(user_arn("user"), "TagResource", DETECTOR):
        user.tag_resource(ResourceArn=DETECTOR, Tags={"Team": "green"})
    user.tag_resource(ResourceArn=DETECTOR, Tags={"team": "green"})
    assert tags(lookout, DETECTOR) == {"team": "green"}


def test_a_policy_may_ask_for_a_tag_to_be_given(server, lookout):
    own = policy(
        statement("Allow", ["lookoutmetrics:*", "iam:PassRole"]),
        statement("Deny", "lookoutmetrics:Create*", "*", {"Null": {"aws:RequestTag/owner": "true"}}),
    )
    user = as_user(server, "user", own)
    for given in ({}, {"Tags": {"team": "red"}}):
        for action, resource, call in creations(user, **given):
            with denied(user_arn("user"), action, resource, "with an explicit deny in an identity-based policy"):
                call()
    for _, _, call in creations(user, Tags={"Owner": "me"}):
        call()


def test_a_policy_may_say_which_keys_are_taken_off(server, lookout):
    lookout.tag_resource(ResourceArn=ALERT, Tags={"team": "red", "stage": "test", "owner": "me"})
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]}}
    own = allow("lookoutmetrics:UntagResource", condition=only)
    user = as_user(server, "user", own)
    for keys in (["owner"], ["team", "owner"], ["Team"]):
        with denied(user_arn("user"), "UntagResource", ALERT):
            user.untag_resource(ResourceArn=ALERT, TagKeys=keys)
    user.untag_resource(ResourceArn=ALERT, TagKeys=["stage", "team"])
    assert tags(lookout, ALERT) == {"owner": "me"}


def test_the_tags_of_the_caller_and_of_the_resource_can_be_compared(server, lookout):
    """Attribute-based access control, as AWS's tutorial of it has it: who has the resource's project may."""
    same = {"StringEquals": {"aws:ResourceTag/project": "${aws:PrincipalTag/project}"}}
    own = allow("lookoutmetrics:*", condition=same)
    red = as_user(server, "red", own, Tags=[{"Key": "project", "Value": "red"}])
    none = as_user(server, "none", own)
    lookout.tag_resource(ResourceArn=DETECTOR, Tags={"project": "red"})
    red.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR)
    with denied(user_arn("red"), "DescribeAlert", ALERT):
        red.describe_alert(AlertArn=ALERT)
    for call, action, resource in (
        (lambda: none.describe_anomaly_detector(AnomalyDetectorArn=DETECTOR), "DescribeAnomalyDetector", DETECTOR),
        (lambda: none.describe_alert(AlertArn=ALERT), "DescribeAlert", ALERT),
    ):
        with denied(user_arn("none"), action, resource):
            call()
