"""Every IAM operation about something that is there asks for permission on its whole ARN, path and all, and with its
tags: who may not is told the ARN, and who is denied by a tag is denied.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

import pytest

from authority.parameters import Thing, parameters
from authority.principals import call
from conformance.models import SOURCES, described, load
from server import ACCOUNT, LOOKOUT, Credentials, allow, not_authorized, policy, refused, statement, trust

KINDS = {
    "InstanceProfileName": "instance-profile",
    "GroupName": "group",
    "UserName": "user",
    "RoleName": "role",
    "PolicyArn": "policy",
}
"""What an operation is about, by the first of these members that it has."""

TAGGED = {"instance-profile", "user", "role", "policy"}
"""Groups have no tags."""

NOT_THERE_YET = {"CreateGroup", "CreateInstanceProfile", "CreatePolicy", "CreateRole", "CreateUser"}

MODEL = load(SOURCES["iam"], "iam")
TAGS = [{"Key": "team", "Value": "red"}]


def about() -> dict[str, str]:
    """What each of our operations is about."""
    rows = (row["operation"] for row in described()["iam"]["operations"] if row["available"])
    inputs = {name: MODEL.operation_model(name).input_shape for name in rows if name not in NOT_THERE_YET}
    kinds = {
        name: next((kind for member, kind in KINDS.items() if member in shape.members), None)
        for name, shape in inputs.items()
        if shape
    }
    return {name: kind for name, kind in kinds.items() if kind}


ABOUT = about()


@pytest.fixture(scope="module")
def furnished(shared_server):
    """A server with one thing of each kind, all of one name and path."""
    iam = shared_server.client("iam")
    given = {"Path": "/the/path/", "Tags": TAGS}
    iam.create_user(UserName="thing", **given)
    iam.create_role(RoleName="thing", AssumeRolePolicyDocument=trust(LOOKOUT), **given)
    iam.create_instance_profile(InstanceProfileName="thing", **given)
    iam.create_policy(PolicyName="thing", PolicyDocument=allow("s3:*"), **given)
    iam.create_group(GroupName="thing", Path="/the/path/")
    shared_server.key = Credentials.of(iam.create_access_key(UserName="thing")["AccessKey"])
    shared_server.callers = {
        "nobody": shared_server.user("nobody"),
        "aws:ResourceTag": shared_server.user("by-aws-tag", denied_by("aws:ResourceTag/team")),
        "iam:ResourceTag": shared_server.user("by-iam-tag", denied_by("iam:ResourceTag/team")),
    }
    return shared_server


def denied_by(key: str) -> str:
    return policy(statement("Allow", "*"), statement("Deny", "*", condition={"StringEquals": {key: "red"}}))


def arn(kind: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/the/path/thing"


def ask(server, caller: str, operation: str):
    thing = Thing("thing", server.key.access_key_id, ACCOUNT)
    given = parameters(MODEL.operation_model(operation), thing)
    if "PolicyArn" in given:
        given["PolicyArn"] = arn("policy")
    return call(server.client("iam", server.callers[caller]), operation, given)


def test_all_kinds_are_here():
    assert set(ABOUT.values()) == set(KINDS.values()) and len(ABOUT) > 60


@pytest.mark.parametrize("operation", ABOUT)
def test_permission_is_asked_on_the_whole_arn(furnished, operation):
    nobody = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    with refused("AccessDenied", not_authorized(nobody, f"iam:{operation}", arn(ABOUT[operation])), status=403):
        ask(furnished, "nobody", operation)


@pytest.mark.parametrize("key", ["aws:ResourceTag", "iam:ResourceTag"])
@pytest.mark.parametrize("operation", [name for name, kind in ABOUT.items() if kind in TAGGED])
def test_a_tag_of_the_resource_denies(furnished, operation, key):
    with refused("AccessDenied", status=403) as refusal:
        ask(furnished, key, operation)
    assert refusal.message.endswith("with an explicit deny in an identity-based policy"), refusal.message
