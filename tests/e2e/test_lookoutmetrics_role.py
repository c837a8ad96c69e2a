"""The roles that callers pass to the service: who may pass one, and which the service could assume.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
"""

import pytest

from lookoutmetrics import (
    CSV, EVERYTHING, READ_DATA, arn, as_user, data_role, dataset, denied, function, invalid, make_alert, make_data,
    make_detector, member_user, service_role, sns, source, user_arn,
)
from server import ACCOUNT, LOOKOUT, REGION, allow, policy, refused, statement, trust

DETECTOR = arn("AnomalyDetector:detector")
ROLES = f"arn:aws:iam::{ACCOUNT}:role/"
ROLE = f"{ROLES}LookoutMetricsRole"
SERVICE = LOOKOUT["Service"]
NOT_PASSED_TO_EC2 = {"StringNotEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonLookoutMetricsFullAccess"
PASSED_TO_LOOKOUT, PASSED_TO_EC2 = (
    {"StringEquals": {"iam:PassedToService": service}} for service in (SERVICE, "ec2.amazonaws.com")
)


@pytest.fixture
def lookout(server):
    """Lookout for Metrics as the root user calls it, with a detector."""
    lookout = server.client("lookoutmetrics")
    make_detector(lookout)
    return lookout


def sample(role: str) -> dict:
    """Parameters of GetSampleData."""
    path = "s3://data/historical/"
    return {"S3SourceConfig": {"RoleArn": role, "HistoricalDataPathList": [path], "FileFormatDescriptor": CSV}}


def passes(client, role: str, metric_set: str, alert: str):
    """Every call that passes a role, by name."""
    return {
        "CreateMetricSet": lambda: client.create_metric_set(**dataset(DETECTOR, role, MetricSetName="new")),
        "UpdateMetricSet": lambda: client.update_metric_set(MetricSetArn=metric_set, MetricSource=source(role)),
        "CreateAlert": lambda: client.create_alert(AlertName="new", AnomalyDetectorArn=DETECTOR, Action=sns(role)),
        "UpdateAlert": lambda: client.update_alert(AlertArn=alert, Action=function(role)),
        "GetSampleData": lambda: client.get_sample_data(**sample(role)),
    }


# Who may pass one


@pytest.fixture
def all_there(server, lookout) -> tuple[str, str]:
    """A role, and a dataset and an alert with it."""
    role = data_role(server)
    metric_set = lookout.create_metric_set(**dataset(make_detector(lookout, "other"), role))["MetricSetArn"]
    return metric_set, make_alert(lookout, DETECTOR, role)


@pytest.mark.parametrize(
    "name, passing",
    [
        ("marymajor", None),
        ("of-another-service", statement("Allow", "iam:PassRole", ROLE, PASSED_TO_EC2)),
        ("of-another-role", statement("Allow", "iam:PassRole", f"{ROLES}Other")),
        ("of-another-case", statement("Allow", "iam:PassRole", ROLE.lower())),
        ("of-another-action", statement("Allow", ["iam:GetRole", "sts:AssumeRole"], ROLE)),
        ("by-its-tags", statement("Allow", "iam:PassRole", ROLE, {"StringEquals": {"iam:ResourceTag/team": "a"}})),
    ],
)
def test_who_may_not_pass_a_role_gets_nothing_done_with_it(server, lookout, all_there, iam, name, passing):
    iam.tag_role(RoleName="LookoutMetricsRole", Tags=[{"Key": "team", "Value": "a"}])
    own = policy(statement("Allow", "lookoutmetrics:*"), *([passing] if passing else []))
    user = as_user(server, name, own)
    for role in (ROLE, f"{ROLES}nowhere"):
        for call in passes(user, role, *all_there).values():
            with denied(user_arn(name), "iam:PassRole", role):
                call()
    # What passes no role needs no such permission.
    metric_set, alert = all_there
    user.update_metric_set(MetricSetArn=metric_set, Offset=1)
    user.update_alert(AlertArn=alert, AlertDescription="changed")
    user.delete_alert(AlertArn=alert)


@pytest.mark.parametrize(
    "passing",
    [
        statement("Allow", "iam:PassRole"),
        statement("Allow", "iam:PassRole", ROLE, PASSED_TO_LOOKOUT),
        statement("Allow", "iam:Pass*", f"{ROLES}Lookout*", {"StringLike": {"iam:PassedToService": "lookout*"}}),
    ],
)
def test_who_may_pass_a_role_gets_it_done(server, all_there, passing):
    user = as_user(server, "passer", policy(statement("Allow", "lookoutmetrics:*"), passing))
    for call in passes(user, ROLE, *all_there).values():
        call()


@pytest.mark.parametrize(
    "reason, policies, attributes",
    [
        ("with an explicit deny in an identity-based policy",
         policy(statement("Allow", "*"), statement("Deny", "iam:PassRole", "*", PASSED_TO_LOOKOUT)), {}),
        ("with an explicit deny in an identity-based policy",
         policy(statement("Allow", "*"), statement("Deny", "iam:PassRole", "*", NOT_PASSED_TO_EC2)), {}),
        ("because no permissions boundary allows the iam:PassRole action", EVERYTHING,
         {"PermissionsBoundary": "arn:aws:iam::aws:policy/AmazonLookoutMetricsReadOnlyAccess"}),
    ],
)
def test_every_kind_of_policy_has_its_say(server, all_there, reason, policies, attributes):
    user = as_user(server, "user", policies, **attributes)
    with denied(user_arn("user"), "iam:PassRole", ROLE, reason):
        user.get_sample_data(**sample(ROLE))


def test_a_session_policy_keeps_roles_back(server, all_there):
    caller = server.user("caller", allow("sts:AssumeRole"))
    admin = server.role("admin", trust(), allow("*"))
    session = server.client("lookoutmetrics", server.assume(admin, caller, Policy=allow("lookoutmetrics:*")))
    reason = "because no session policy allows the iam:PassRole action"
    with denied(f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/session", "iam:PassRole", ROLE, reason):
        make_alert(session, DETECTOR, ROLE, "new")


def test_the_managed_policy_passes_roles_of_its_name(server, lookout, iam):
    """AmazonLookoutMetricsFullAccess: roles whose names contain LookoutMetrics."""
    user = server.user("full")
    iam.attach_user_policy(UserName="full", PolicyArn=FULL_ACCESS)
    client = server.client("lookoutmetrics", user)
    make_alert(client, DETECTOR, service_role(server, "MyLookoutMetricsRole", Path="/service/"), "one")
    other = service_role(server, "Lookout")
    with denied(user_arn("full"), "iam:PassRole", other):
        make_alert(client, DETECTOR, other, "two")


def test_both_roles_of_an_action_must_be_passed(server, lookout):
    role, other = service_role(server), service_role(server, "Other")
    passing = statement("Allow", "iam:PassRole", role, PASSED_TO_LOOKOUT)
    user = as_user(server, "user", policy(statement("Allow", "lookoutmetrics:*"), passing))
    for action in (sns(role) | function(other), sns(other) | function(role)):
        with denied(user_arn("user"), "iam:PassRole", other):
            make_alert(user, DETECTOR, role, Action=action)


def test_no_role_crosses_accounts(server, lookout, all_there):
    account, member = server.member_account()
    theirs = ROLE.replace(ACCOUNT, account)
    server.client("iam", member).create_role(RoleName="LookoutMetricsRole", AssumeRolePolicyDocument=trust(LOOKOUT))
    user = as_user(server, "user", allow("*"))
    for client in (lookout, user):
        for call in passes(client, theirs, *all_there).values():
            with refused("AccessDeniedException", "Cross-account pass role is not allowed.", status=403):
                call()
    # Nor from the other side.
    carol = server.client("lookoutmetrics", member_user(server, member, EVERYTHING))
    make_detector(carol)
    detector = DETECTOR.replace(ACCOUNT, account)
    with refused("AccessDeniedException", "Cross-account pass role is not allowed.", status=403):
        make_alert(carol, detector, ROLE)
    make_alert(carol, detector, theirs)


# Which the service could assume

NO_ROLE = "Member must be the ARN of an IAM role in your account"
NO_TRUST = "Member must be a role whose trust policy allows lookoutmetrics.amazonaws.com to assume it for this detector"


def refuses(lookout, role: str, constraint: str):
    """The role will do for nothing, and nothing is made with it."""
    with invalid(("metricSource.s3SourceConfig.roleArn", role, constraint)):
        lookout.create_metric_set(**dataset(DETECTOR, role))
    with invalid(("action.sNSConfiguration.roleArn", role, constraint)):
        make_alert(lookout, DETECTOR, role)
    with invalid(("action.lambdaConfiguration.roleArn", role, constraint)):
        make_alert(lookout, DETECTOR, role, Action=function(role))
    assert lookout.list_metric_sets()["MetricSetSummaryList"] == lookout.list_alerts()["AlertSummaryList"] == []


def takes(lookout, role: str):
    lookout.create_metric_set(**dataset(DETECTOR, role))
    make_alert(lookout, DETECTOR, role)


@pytest.mark.parametrize(
    "role",
    ["role/none", "role/lookoutmetricsrole", "role/path/LookoutMetricsRole", "user/LookoutMetricsRole", "root"],
)
def test_what_is_no_role_is_refused(server, lookout, role):
    service_role(server)
    refuses(lookout, f"arn:aws:iam::{ACCOUNT}:{role}", NO_ROLE)
    refuses(lookout, ROLE.replace("arn:aws:", "arn:aws-cn:"), NO_ROLE)


def source_is(detector: str, operator: str = "ArnEquals") -> dict:
    return {operator: {"aws:SourceArn": detector}}


def account_is(account: str) -> dict:
    return {"StringEquals": {"aws:SourceAccount": account}}


@pytest.mark.parametrize(
    "trusting",
    [
        trust({"Service": "ec2.amazonaws.com"}), trust({"Service": "lookoutequipment.amazonaws.com"}),
        trust({"AWS": ACCOUNT}), trust({"AWS": "*"}), trust(LOOKOUT, action="sts:TagSession"),
        trust(LOOKOUT, account_is("999999999999")), trust(LOOKOUT, source_is(arn("AnomalyDetector:other"))),
        trust(LOOKOUT, source_is(DETECTOR.replace("detector", "Detector"))),
        trust(LOOKOUT, source_is(arn("AnomalyDetector:intern-*"), "ArnLike")),
        trust(LOOKOUT, source_is(arn("AnomalyDetector:*"), "ArnEquals") | account_is("999999999999")),
        trust(LOOKOUT, source_is(arn("AnomalyDetector:*"), "StringEquals")),
        trust(LOOKOUT, source_is(arn("AnomalyDetector:*", region="eu-west-1"), "ArnLike")),
        trust(LOOKOUT, source_is(arn("AnomalyDetector:*", account="999999999999"), "ArnLike")),
        trust(LOOKOUT, source_is(arn("Alert:*"), "ArnLike")),
        trust(LOOKOUT, {"StringEquals": {"sts:ExternalId": "secret"}}),
        trust(LOOKOUT, {"Null": {"aws:SourceArn": "true"}}),
        policy({"Effect": "Allow", "Principal": LOOKOUT, "Action": "sts:AssumeRole"},
               {"Effect": "Deny", "Principal": LOOKOUT, "Action": "sts:*", "Condition": account_is(ACCOUNT)}),
    ],
)
def test_a_role_that_does_not_trust_the_service_for_the_detector_is_refused(server, lookout, trusting):
    refuses(lookout, server.role("LookoutMetricsRole", trusting), NO_TRUST)


@pytest.mark.parametrize(
    "trusting",
    [
        trust(LOOKOUT), trust({"Service": ["ec2.amazonaws.com", SERVICE]}), trust(LOOKOUT, action="sts:*"),
        trust(LOOKOUT, source_is(DETECTOR) | account_is(ACCOUNT)),
        trust(LOOKOUT, source_is(DETECTOR, "StringEquals")),
        trust(LOOKOUT, source_is(arn("AnomalyDetector:*"), "ArnLike") | account_is(ACCOUNT)),
        trust(LOOKOUT, source_is(f"arn:aws:lookoutmetrics:{REGION}:{ACCOUNT}:*", "ArnLike")),
        policy({"Effect": "Allow", "Principal": LOOKOUT, "Action": "sts:AssumeRole"},
               {"Effect": "Deny", "Principal": LOOKOUT, "Action": "sts:AssumeRole",
                "Condition": {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}}),
    ],
)
def test_a_role_that_trusts_the_service_for_the_detector_will_do(server, lookout, trusting):
    make_data(server)
    takes(lookout, server.role("LookoutMetricsRole", trusting, READ_DATA))


def test_trust_is_asked_for_when_a_role_is_given_and_as_it_is_then(server, lookout, iam):
    make_data(server)
    role = server.role("LookoutMetricsRole", trust(LOOKOUT, source_is(arn("AnomalyDetector:other"))), READ_DATA)
    refuses(lookout, role, NO_TRUST)
    iam.update_assume_role_policy(RoleName="LookoutMetricsRole", PolicyDocument=trust(LOOKOUT, source_is(DETECTOR)))
    takes(lookout, role)
    iam.update_assume_role_policy(RoleName="LookoutMetricsRole", PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    metric_set, alert = arn("MetricSet/detector/dataset"), arn("Alert:alert")
    with invalid(("metricSource.s3SourceConfig.roleArn", role, NO_TRUST)):
        lookout.update_metric_set(MetricSetArn=metric_set, MetricSource=source(role))
    with invalid(("action.sNSConfiguration.roleArn", role, NO_TRUST)):
        lookout.update_alert(AlertArn=alert, Action=sns(role))
    lookout.update_metric_set(MetricSetArn=metric_set, Offset=1)
    lookout.update_alert(AlertArn=alert, AlertDescription="changed")
    # A detector's role is bound to it: another detector cannot have it.
    iam.update_assume_role_policy(RoleName="LookoutMetricsRole", PolicyDocument=trust(LOOKOUT, source_is(DETECTOR)))
    other = make_detector(lookout, "other")
    with invalid(("metricSource.s3SourceConfig.roleArn", role, NO_TRUST)):
        lookout.create_metric_set(**dataset(other, role))
