"""The whole way from a bucket to an alert, as a user walks it who has just the permissions that it takes; and what becomes
of it when one of these is taken away, from the user or from the service's roles.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/gettingstarted-detector.html
https://docs.aws.amazon.com/lookoutmetrics/latest/dev/permissions.html
"""

import json
from pathlib import Path

import pytest
from botocore import xform_name

from lookoutmetrics import (
    READ_DATA, answer, arn, clock, data_role, dataset, executions, folder, function, has_status, make_alert, make_detector,
    service_role, shop, sns, source, user_arn, written,
)
from server import (
    ACCOUNT, LOOKOUT, REGION, Server, bartizan, not_authorized, policy, refused, statement, trust, wait_until,
)
from webhook import visit, webhook

NOW = 450_000
"""The hour in which all of this happens, for detectors."""
WRONG = range(NOW - 60, NOW - 57)
"""The hours of the history in which something went wrong in Italy."""
TO_COME = range(NOW + 6, NOW + 9)
"""The hours after that in which it does so again."""
TRIED, WATCHER = arn("AnomalyDetector:tried"), arn("AnomalyDetector:watcher")
BUCKET = "arn:aws:s3:::data"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LookoutMetricsRole"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
BOTH = [TRIED, WATCHER]
PERMISSIONS = {
    "s3:CreateBucket": BUCKET, "s3:PutObject": f"{BUCKET}/*", "iam:CreateRole": ROLE, "iam:PutRolePolicy": ROLE,
    "iam:PassRole": ROLE, "sns:CreateTopic": TOPIC, "sns:Subscribe": TOPIC,
    "lookoutmetrics:CreateAnomalyDetector": BOTH, "lookoutmetrics:DescribeAnomalyDetector": BOTH,
    "lookoutmetrics:CreateMetricSet": [*BOTH, arn("MetricSet/tried/dataset"), arn("MetricSet/watcher/dataset")],
    "lookoutmetrics:BackTestAnomalyDetector": TRIED, "lookoutmetrics:ListAnomalyGroupSummaries": BOTH,
    "lookoutmetrics:GetAnomalyGroup": TRIED, "lookoutmetrics:ListAnomalyGroupTimeSeries": TRIED,
    "lookoutmetrics:PutFeedback": TRIED, "lookoutmetrics:GetFeedback": TRIED,
    "lookoutmetrics:CreateAlert": [WATCHER, arn("Alert:to-topic"), arn("Alert:to-function")],
    "lookoutmetrics:ActivateAnomalyDetector": WATCHER, "lookoutmetrics:DescribeAnomalyDetectionExecutions": WATCHER,
    "lookoutmetrics:DeactivateAnomalyDetector": WATCHER,
}
"""What the user may, and nothing else."""
PASSED = {"StringEquals": {"iam:PassedToService": LOOKOUT["Service"]}}
ACCESS_DENIED = {"s3": "AccessDenied", "iam": "AccessDenied", "sns": "AuthorizationError"}
OF_THE_SERVICE = {
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
    "ArnLike": {"aws:SourceArn": f"arn:aws:lookoutmetrics:{REGION}:{ACCOUNT}:AnomalyDetector:*"},
}
"""For whom the service may assume the role.

https://docs.aws.amazon.com/lookoutmetrics/latest/dev/cross-service-confused-deputy-prevention.html
"""
DATA_AND_ALERTS = [
    statement("Allow", "s3:ListBucket", BUCKET), statement("Allow", "s3:GetObject", f"{BUCKET}/*"),
    statement("Allow", "sns:Publish", TOPIC), statement("Allow", "lambda:InvokeFunction", FUNCTION),
]
"""What the service's role is allowed."""


@pytest.fixture
def topic_hook():
    with webhook() as hook:
        yield hook


@pytest.fixture
def function_hook():
    with webhook() as hook:
        yield hook


@pytest.fixture
def start(new_server, function_hook):
    """Starts a server, or the same again, for whose detectors it is some hour."""
    server = new_server()

    def begin(hour: int) -> Server:
        if server.process:
            server.stop()
        arguments = ("--deliver-to-internal", "127.0.0.0/8", "--lambda", f"{FUNCTION}={function_hook.url}/event")
        return server.start(*arguments, environment=clock(hour))

    return begin


def deliveries(server: Server, *arguments: str) -> list[dict]:
    printed = bartizan("deliveries", "--data-dir", str(server.data_dir), "--json", *arguments)
    return [json.loads(line) for line in printed.splitlines()]


# What the user does


class User:
    """Calls operations, by their names in IAM policies, as a user with these permissions."""

    def __init__(self, server: Server):
        self.server, self.key = server, server.user("ann")
        # A user's own inline policies could not be as long.
        iam = server.client("iam")
        iam.create_group(GroupName="analysts")
        iam.add_user_to_group(GroupName="analysts", UserName="ann")
        self.may_all_but()

    def may_all_but(self, *taken: str):
        allowed = (
            statement("Allow", action, on, PASSED if action == "iam:PassRole" else None)
            for action, on in PERMISSIONS.items() if action not in taken
        )
        iam = self.server.client("iam")
        iam.put_group_policy(GroupName="analysts", PolicyName="permissions", PolicyDocument=policy(*allowed))

    def do(self, action: str, *also_needed: str, **parameters) -> dict:
        return self.call(*action.split(":"), **parameters)

    def call(self, service: str, operation: str, **parameters) -> dict:
        return answer(getattr(self.server.client(service, self.key), xform_name(operation)), **parameters)

    def upload(self, directory: Path):
        for file in sorted(directory.rglob("*.csv")):
            self.do("s3:PutObject", Bucket="data", Key=str(file.relative_to(directory)), Body=file.read_bytes())


class UserOfTheCli(User):
    """The same with the AWS CLI, which knows the service from the exported model."""

    def __init__(self, server: Server, models: Path):
        super().__init__(server)
        self.models = models

    def call(self, service: str, operation: str, **parameters) -> dict:
        command = ["s3api" if service == "s3" else service, xform_name(operation, "-")]
        return self.aws(*command, "--cli-input-json", json.dumps(parameters)) or {}

    def upload(self, directory: Path):
        self.aws("s3", "cp", "--only-show-errors", "--recursive", str(directory), "s3://data/")

    def aws(self, *arguments: str):
        environment = {"AWS_DATA_PATH": str(self.models)}
        return self.server.aws(*arguments, credentials=self.key, environment=environment)


class Doubter(User):
    """Before each step, each permission that it takes is away once: it is refused, and changes nothing."""

    def __init__(self, server: Server):
        super().__init__(server)
        self.doubted: set[str] = set()

    def do(self, action: str, *also_needed: str, **parameters) -> dict:
        for taken in {action, *also_needed} - self.doubted:
            before = world(self.server)
            self.may_all_but(taken)
            code = ACCESS_DENIED.get(action.split(":")[0], "AccessDeniedException")
            with refused(code, status=403) as refusal:
                super().do(action, **parameters)
            start, end = not_authorized(user_arn("ann"), taken, "|").split("|")
            assert refusal.message.startswith(start) and refusal.message.endswith(end), refusal.message
            assert world(self.server) == before, taken
            self.may_all_but()
            self.doubted.add(taken)
        return super().do(action, **parameters)


def world(server: Server) -> dict:
    """All that a step could change."""
    s3, iam, topics, lookout = (server.client(name) for name in ("s3", "iam", "sns", "lookoutmetrics"))
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    roles = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    detectors = lookout.list_anomaly_detectors()["AnomalyDetectorSummaryList"]
    groups = [
        (one["AnomalyDetectorArn"], group["AnomalyGroupId"]) for one in detectors
        for group in lookout.list_anomaly_group_summaries(
            AnomalyDetectorArn=one["AnomalyDetectorArn"], SensitivityThreshold=0)["AnomalyGroupSummaryList"]
    ]
    return {
        "objects": {name: answer(s3.list_objects_v2, Bucket=name) for name in buckets},
        "policies": {name: iam.list_role_policies(RoleName=name)["PolicyNames"] for name in roles},
        "topics": topics.list_topics()["Topics"], "subscriptions": topics.list_subscriptions()["Subscriptions"],
        "detectors": detectors, "datasets": lookout.list_metric_sets()["MetricSetSummaryList"],
        "alerts": lookout.list_alerts()["AlertSummaryList"],
        "feedback": {
            group: answer(lookout.get_feedback, AnomalyDetectorArn=detector,
                          AnomalyGroupTimeSeriesFeedback={"AnomalyGroupId": group})
            for detector, group in groups
        },
    }


@pytest.fixture(params=["boto3", "aws", "doubted"])
def user(request, start, tmp_path) -> User:
    server = start(NOW)
    if request.param == "aws":
        bartizan("models", "export", str(tmp_path / "models"))
        return UserOfTheCli(server, tmp_path / "models")
    return (Doubter if request.param == "doubted" else User)(server)


def wait_for(user: User, detector: str, status: str, *on_the_way: str):
    def has_it() -> bool:
        found = user.do("lookoutmetrics:DescribeAnomalyDetector", AnomalyDetectorArn=detector)
        assert found["Status"] in (status, *on_the_way), found
        return found["Status"] == status

    wait_until(has_it, f"{detector} is {status}")


def test_from_a_bucket_to_an_alert(user, start, topic_hook, function_hook, tmp_path):
    # Data, and a role for it.
    files = {"historical/one.csv": shop(range(NOW - 400, NOW), dict.fromkeys(WRONG, 3.0))}
    files |= {f"{folder(hour)}/part.csv": shop(range(hour, hour + 1), dict.fromkeys(TO_COME, 3.0))
              for hour in range(NOW, NOW + 12)}
    for key, text in files.items():
        file = tmp_path / "data" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    user.do("s3:CreateBucket", Bucket="data")
    user.upload(tmp_path / "data")
    user.do(
        "iam:CreateRole", RoleName="LookoutMetricsRole", AssumeRolePolicyDocument=trust(LOOKOUT, OF_THE_SERVICE))
    user.do(
        "iam:PutRolePolicy", RoleName="LookoutMetricsRole", PolicyName="data", PolicyDocument=policy(*DATA_AND_ALERTS))

    # A back-test finds what went wrong: when, in what, and where.
    tried = {"AnomalyDetectorArn": TRIED}
    config = {"AnomalyDetectorConfig": {"AnomalyDetectorFrequency": "PT1H"}}
    assert user.do("lookoutmetrics:CreateAnomalyDetector", AnomalyDetectorName="tried", **config) == tried
    of_the_past = dataset(TRIED, ROLE, MetricSource=source(ROLE, TemplatedPathList=None))
    user.do("lookoutmetrics:CreateMetricSet", "iam:PassRole", **of_the_past)
    wait_for(user, TRIED, "INACTIVE")
    user.do("lookoutmetrics:BackTestAnomalyDetector", **tried)
    wait_for(user, TRIED, "BACK_TEST_COMPLETE", "BACK_TEST_ACTIVATING", "BACK_TEST_ACTIVE")
    found = user.do("lookoutmetrics:ListAnomalyGroupSummaries", SensitivityThreshold=70, **tried)
    (group,) = [
        one for one in found["AnomalyGroupSummaryList"]
        if one["PrimaryMetricName"] == "views" and one["StartTime"] == written(WRONG.start)
    ]
    assert written(WRONG.start) <= group["EndTime"] <= written(WRONG.stop)
    of_group = {"AnomalyGroupId": group["AnomalyGroupId"]}
    (impact,) = user.do("lookoutmetrics:GetAnomalyGroup", **of_group, **tried)["AnomalyGroup"]["MetricLevelImpactList"]
    assert impact["MetricName"] == "views"
    contributions = {
        one["DimensionName"]: one["DimensionValueContributionList"][0]
        for one in impact["ContributionMatrix"]["DimensionContributionList"]
    }
    assert contributions["marketplace"]["DimensionValue"] == "it"
    assert contributions["marketplace"]["ContributionScore"] >= 95
    listed = user.do("lookoutmetrics:ListAnomalyGroupTimeSeries", MetricName="views", **of_group, **tried)
    assert listed["TimestampList"][0] == group["StartTime"]
    series = listed["TimeSeriesList"][0]
    assert {"DimensionName": "marketplace", "DimensionValue": "it"} in series["DimensionList"]

    # It was none, says the user.
    said = {"TimeSeriesId": series["TimeSeriesId"], "IsAnomaly": False}
    user.do("lookoutmetrics:PutFeedback", AnomalyGroupTimeSeriesFeedback=of_group | said, **tried)
    kept = user.do("lookoutmetrics:GetFeedback", AnomalyGroupTimeSeriesFeedback=of_group, **tried)
    assert kept == {"AnomalyGroupTimeSeriesFeedback": [said]}

    # Another detector watches, and tells.
    watcher = {"AnomalyDetectorArn": WATCHER}
    assert user.do("lookoutmetrics:CreateAnomalyDetector", AnomalyDetectorName="watcher", **config) == watcher
    user.do("lookoutmetrics:CreateMetricSet", "iam:PassRole", **dataset(WATCHER, ROLE))
    assert user.do("sns:CreateTopic", Name="topic") == {"TopicArn": TOPIC}
    user.do("sns:Subscribe", TopicArn=TOPIC, Protocol="http", Endpoint=topic_hook.url)
    assert visit(topic_hook.wait_for("SubscriptionConfirmation")[0].json["SubscribeURL"]) == 200
    filters = {"MetricList": ["views"]}
    for name, action in (("to-topic", sns(ROLE)), ("to-function", function(ROLE))):
        user.do("lookoutmetrics:CreateAlert", "iam:PassRole", AlertName=name, Action=action, AlertFilters=filters,
                AlertSensitivityThreshold=60, **watcher)
    user.do("lookoutmetrics:ActivateAnomalyDetector", **watcher)
    wait_for(user, WATCHER, "ACTIVE", "ACTIVATING")

    def looked_at() -> list[dict]:
        return user.do("lookoutmetrics:DescribeAnomalyDetectionExecutions", **watcher)["ExecutionList"]

    # Time passes.
    assert looked_at() == []
    server = start(NOW + 12)
    wait_until(lambda: len(looked_at()) == 12, "all intervals")
    assert looked_at() == [
        {"Timestamp": written(hour), "Status": "COMPLETED"} for hour in reversed(range(NOW, NOW + 12))
    ]
    wait_until(lambda: not deliveries(server), "all is told")
    groups = user.do("lookoutmetrics:ListAnomalyGroupSummaries", SensitivityThreshold=60, **watcher)
    score = {
        one["StartTime"]: one["AnomalyGroupScore"] for one in groups["AnomalyGroupSummaryList"]
        if one["PrimaryMetricName"] == "views"
    }
    events = {
        "to-topic": [json.loads(sent.json["Message"]) for sent in topic_hook.of_type("Notification")],
        "to-function": [sent.json for sent in function_hook.got],
    }
    for name, told in events.items():
        assert {event["timestamp"] for event in told} == set(score)
        event = next(event for event in told if event["timestamp"] == written(TO_COME.start))
        assert event["alertEventId"].startswith(f"{arn(f'Alert:{name}')}:event/")
        assert event["alertName"] == name and event["alertArn"] == arn(f"Alert:{name}")
        assert event["anomalyDetectorArn"] == WATCHER and 60 <= event["anomalyScore"]
        impacted = event["impactedMetric"]
        assert impacted["metricName"] == "views"
        of_markets = {one["dimensionName"]: one for one in impacted["dimensionContribution"]}["marketplace"]
        assert of_markets["dimensionValueContributions"][0]["dimensionValue"] == "it"
        for series in impacted["relevantTimeSeries"]:
            assert {"dimensionName": "marketplace", "dimensionValue": "it"} in series["dimensions"]
    assert {sent.path for sent in function_hook.got} == {"/event"}
    user.do("lookoutmetrics:DeactivateAnomalyDetector", **watcher)
    wait_for(user, WATCHER, "DEACTIVATED", "DEACTIVATING")
    if isinstance(user, Doubter):
        assert user.doubted == set(PERMISSIONS)


# What the service's role is


def take(server: Server, taken: str, role: str, allowed: list[dict]):
    """Takes a permission away from a role that is allowed so much: one that it has, or one that it is given elsewhere."""
    iam, name = server.client("iam"), role.rsplit("/", 1)[1]
    denied = statement("Deny", "*", "*", Principal={"AWS": role})
    match taken:
        case "trust":
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
        case "source-arn":
            other = {"ArnEquals": {"aws:SourceArn": arn("AnomalyDetector:another")}}
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(LOOKOUT, other))
        case "bucket-policy":
            own = denied | {"Action": "s3:*", "Resource": [BUCKET, f"{BUCKET}/*"]}
            server.client("s3").put_bucket_policy(Bucket="data", Policy=policy(own))
        case "topic-policy":
            own = denied | {"Action": "SNS:Publish", "Resource": TOPIC}
            server.client("sns").set_topic_attributes(
                TopicArn=TOPIC, AttributeName="Policy", AttributeValue=policy(own))
        case action:
            kept = [one for one in allowed if one["Action"] != action]
            iam.put_role_policy(RoleName=name, PolicyName="policy0", PolicyDocument=policy(*kept))


def assuming(role: str) -> str:
    """What the service is told that may not assume a role."""
    return f"User: {LOOKOUT['Service']} is not authorized to perform: sts:AssumeRole on resource: {role}"


def session(role: str, name: str) -> str:
    """The service as the role."""
    return f"{role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/{name}"


EXPLICITLY = "with an explicit deny in a resource-based policy"
READING = {
    "s3:ListBucket": ("s3:ListBucket", BUCKET), "s3:GetObject": ("s3:GetObject", f"{BUCKET}/{{}}/one.csv"),
    "bucket-policy": ("s3:ListBucket", BUCKET, EXPLICITLY), "trust": None, "source-arn": None,
}
"""What a role may not once this is taken away: read; or not even be assumed."""
TELLING = {
    "sns:Publish": ("sns:Publish", TOPIC), "lambda:InvokeFunction": ("lambda:InvokeFunction", FUNCTION),
    "topic-policy": ("sns:Publish", TOPIC, EXPLICITLY), "trust": None, "source-arn": None,
}
"""The same of telling."""


def named(taken: str) -> str:
    return taken.replace(":", "-")


def shop_data(server: Server, hours: range) -> str:
    """Puts a shop's history into a bucket, and the data of these hours. The ARN of a role that may read it."""
    role = data_role(server)
    s3 = server.client("s3")
    s3.put_object(Bucket="data", Key="historical/one.csv", Body=shop(range(NOW - 400, NOW)).encode())
    for hour in hours:
        body = shop(range(hour, hour + 1), dict.fromkeys(TO_COME, 3.0))
        s3.put_object(Bucket="data", Key=f"{folder(hour)}/one.csv", Body=body.encode())
    return role


LONGEST_REASON = 256
"""Characters of a FailureReason, in AWS's model."""


def why_unread(taken: str, role: str, directory: str) -> str:
    if not READING[taken]:
        return f"{assuming(role)} (AccessDenied)"
    action, on, *reason = READING[taken]
    told = not_authorized(session(role, "LookoutMetricsSession"), action, on.format(directory), *reason)
    why = f"{told} (AccessDenied)"
    return why if len(why) <= LONGEST_REASON else f"{why[: LONGEST_REASON - 1]}…"


def test_what_the_role_may_not_read_is_said_where_users_look(start):
    server = start(NOW)
    lookout = server.client("lookoutmetrics")
    shop_data(server, range(NOW, NOW + 3))
    detectors = {}
    for taken in READING:
        role = service_role(server, f"Role-{named(taken)}", OF_THE_SERVICE)
        tried, watching = (make_detector(lookout, f"{kind}-{named(taken)}") for kind in ("tried", "watching"))
        lookout.create_metric_set(**dataset(tried, role, MetricSource=source(role, TemplatedPathList=None)))
        lookout.create_metric_set(**dataset(watching, role))
        lookout.activate_anomaly_detector(AnomalyDetectorArn=watching)
        detectors[taken] = role, tried, watching
    for taken, (role, tried, watching) in detectors.items():
        wait_until(lambda: has_status(lookout, watching, "ACTIVE"), "it watches")
        take(server, taken, role, json.loads(READ_DATA)["Statement"])
        lookout.back_test_anomaly_detector(AnomalyDetectorArn=tried)
    for taken, (role, tried, _) in detectors.items():
        wait_until(lambda: has_status(lookout, tried, "FAILED"), "the back-test has failed")
        failed = lookout.describe_anomaly_detector(AnomalyDetectorArn=tried)
        assert failed["FailureType"] == "BACK_TEST_ACTIVATION_FAILURE"
        assert failed["FailureReason"] == why_unread(taken, role, "historical")
    lookout = start(NOW + 3).client("lookoutmetrics")
    for taken, (role, _, watching) in detectors.items():
        wait_until(lambda: len(executions(lookout, watching)) == 3, "the intervals")
        assert executions(lookout, watching) == [
            (written(hour), "FAILED", why_unread(taken, role, folder(hour))) for hour in range(NOW, NOW + 3)
        ]
        assert has_status(lookout, watching, "ACTIVE")


def test_whom_the_role_may_not_tell_is_said_where_operators_look(start, topic_hook, function_hook):
    server = start(NOW)
    lookout, topics = server.client("lookoutmetrics"), server.client("sns")
    watcher = make_detector(lookout, "watcher")
    lookout.create_metric_set(**dataset(watcher, shop_data(server, range(NOW, NOW + 12))))
    topics.create_topic(Name="topic")
    topics.subscribe(TopicArn=TOPIC, Protocol="http", Endpoint=topic_hook.url)
    visit(topic_hook.wait_for("SubscriptionConfirmation")[0].json["SubscribeURL"])
    teller = server.role("Teller", trust(LOOKOUT, OF_THE_SERVICE), policy(*DATA_AND_ALERTS))
    untouched = make_alert(lookout, watcher, teller, "untouched")
    expected = set()
    for taken, lacking in TELLING.items():
        role = server.role(f"Role-{named(taken)}", trust(LOOKOUT, OF_THE_SERVICE), policy(*DATA_AND_ALERTS))
        action, name = function(role) if taken.startswith("lambda") else sns(role), named(taken)
        alert = make_alert(lookout, watcher, role, name, Action=action)
        take(server, taken, role, DATA_AND_ALERTS)
        why = f"AccessDenied: {assuming(role)}"
        if lacking:
            code = "AuthorizationError" if lacking[1] == TOPIC else "AccessDeniedException"
            why = f"{code}: {not_authorized(session(role, f'LookoutMetrics-{name}'), *lacking)}"
        expected.add((alert, why, 1))
    lookout.activate_anomaly_detector(AnomalyDetectorArn=watcher)
    wait_until(lambda: has_status(lookout, watcher, "ACTIVE"), "it watches")
    server = start(NOW + 12)
    wait_until(lambda: len(executions(server.client("lookoutmetrics"), watcher)) == 12, "all intervals")
    wait_until(lambda: all(one["due"] is None for one in deliveries(server)), "all is told or given up")
    told = [json.loads(sent.json["Message"]) for sent in topic_hook.of_type("Notification")]
    assert told and {event["alertArn"] for event in told} == {untouched}
    assert function_hook.got == []
    undelivered = {(one["alertArn"], one["error"], one["attempts"]) for one in deliveries(server, "--undelivered")}
    assert undelivered == expected
