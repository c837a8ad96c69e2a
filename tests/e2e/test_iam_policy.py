"""Managed policies, their versions, and AWS's own."""

import json
import re

import pytest

from iam import pages
from server import ACCOUNT, allow, deny, not_authorized, policy, refused, statement

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
# https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html
JOB_FUNCTIONS = ["Billing", "DatabaseAdministrator", "DataScientist", "NetworkAdministrator", "SupportUser", "SystemAdministrator",
                 "ViewOnlyAccess"]


def make(iam, name: str = "Reader", document: str | None = None, **attributes) -> str:
    return iam.create_policy(PolicyName=name, PolicyDocument=document or allow("iam:ListUsers"), **attributes)["Policy"]["Arn"]


def test_a_policy_is_made_as_asked(iam):
    made = iam.create_policy(
        PolicyName="Reader", Path="/x/", PolicyDocument=allow("iam:Get*"), Description="reads", Tags=[{"Key": "a", "Value": "b"}]
    )["Policy"]
    arn = f"arn:aws:iam::{ACCOUNT}:policy/x/Reader"
    assert re.fullmatch("ANPA[A-Z2-7]{17}", made["PolicyId"]) and made["Arn"] == arn
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert (found["PolicyName"], found["Path"], found["DefaultVersionId"], found["Description"]) == ("Reader", "/x/", "v1", "reads")
    assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"], found["IsAttachable"]) == (0, 0, True)
    assert found["Tags"] == [{"Key": "a", "Value": "b"}]
    version = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]
    assert version["Document"] == json.loads(allow("iam:Get*")) and version["IsDefaultVersion"] is True


def test_names_are_unique_whatever_the_path(iam):
    make(iam, "Reader")
    for name in ("Reader", "reader"):
        message = f"A policy called {name} already exists. Duplicate names are not allowed."
        with refused("EntityAlreadyExists", message, status=409):
            make(iam, name, Path="/x/")


def test_a_policy_has_6144_characters_at_most_without_white_space(iam):
    document = allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/" + "x" * 5900)
    document = document.replace("xx", "xx" + "x" * (6144 - len(re.sub(r"\s", "", document))), 1)
    with refused("LimitExceeded", "Cannot exceed quota for PolicySize: 6144", status=409):
        make(iam, "one", document.replace("xx", "xxx", 1))
    make(iam, "one", document.replace(", ", "," + "\n " * 100))


@pytest.mark.parametrize(
    "arn, code, message",
    [
        (f"arn:aws:iam::{ACCOUNT}:policy/none", "NoSuchEntity", f"Policy arn:aws:iam::{ACCOUNT}:policy/none was not found."),
        (f"arn:aws:iam::{ACCOUNT}:policy/y/Reader", "NoSuchEntity", f"Policy arn:aws:iam::{ACCOUNT}:policy/y/Reader was not found."),
        ("arn:aws:iam::aws:policy/NoSuchPolicy", "NoSuchEntity", "Policy arn:aws:iam::aws:policy/NoSuchPolicy was not found."),
        ("AmazonS3ReadOnlyAccess", "InvalidInput", "ARN AmazonS3ReadOnlyAccess is not valid."),
        ("short", "ValidationError", None),
    ],
)
def test_an_arn_of_no_policy(iam, arn, code, message):
    make(iam, Path="/x/")
    with refused(code, message):
        iam.get_policy(PolicyArn=arn)


def test_a_policy_of_another_account_is_behind_its_wall(server, iam):
    account, member = server.member_account()
    theirs = make(server.client("iam", member))
    assert account in theirs
    for call in (iam.get_policy, iam.list_policy_versions, iam.delete_policy, iam.list_entities_for_policy):
        with refused("AccessDenied", status=403):
            call(PolicyArn=theirs)
    with refused("AccessDenied", status=403):
        iam.create_policy_version(PolicyArn=theirs, PolicyDocument=allow("*"), SetAsDefault=True)
    iam.create_user(UserName="alice")
    with refused("NoSuchEntity", f"Policy {theirs} does not exist or is not attachable."):
        iam.attach_user_policy(UserName="alice", PolicyArn=theirs)
    assert server.client("iam", member).get_policy(PolicyArn=theirs)["Policy"]["DefaultVersionId"] == "v1"


# Versions


def test_versions(iam):
    arn = make(iam)
    for number in range(2, 6):
        version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow(f"iam:Get{number}*"))["PolicyVersion"]
        assert (version["VersionId"], version["IsDefaultVersion"]) == (f"v{number}", False)
    with refused("LimitExceeded", re.compile("A managed policy can have up to 5 versions. .*"), status=409):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("iam:*"))
    listed = pages(iam.list_policy_versions, "Versions", PolicyArn=arn)
    assert [version["VersionId"] for version in listed] == ["v5", "v4", "v3", "v2", "v1"]
    assert not any("Document" in version for version in listed)
    with refused("DeleteConflict", "Cannot delete the default version of a policy.", status=409):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v5")
    # A number never comes again.
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allow("iam:*"), SetAsDefault=True)["PolicyVersion"]
    assert (made["VersionId"], made["IsDefaultVersion"]) == ("v6", True)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v6"
    with refused("NoSuchEntity", status=404):
        iam.get_policy_version(PolicyArn=arn, VersionId="v5")
    with refused("DeleteConflict", re.compile("This policy has more than one version. .*"), status=409):
        iam.delete_policy(PolicyArn=arn)
    for number in range(1, 5):
        iam.delete_policy_version(PolicyArn=arn, VersionId=f"v{number}")
    iam.delete_policy(PolicyArn=arn)
    with refused("NoSuchEntity", f"Policy {arn} was not found."):
        iam.get_policy(PolicyArn=arn)


def test_a_malformed_version_is_refused(iam):
    arn = make(iam)
    for document in ("{", "{}", policy(statement("Allow", "*", Principal="*"))):
        with refused("MalformedPolicyDocument", status=400):
            iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)
        with refused("MalformedPolicyDocument", status=400):
            make(iam, "other", document)
    for version in ("1", "v0", "latest", "v01"):
        with refused("ValidationError", status=400):
            iam.get_policy_version(PolicyArn=arn, VersionId=version)


def test_a_change_of_the_default_version_bites_on_the_next_request(server, iam):
    arn = make(iam)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=deny("iam:*"))
    alice = server.client("iam", server.user("alice"))
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    for version in ("v1", "v2", "v1"):
        iam.set_default_policy_version(PolicyArn=arn, VersionId=version)
        if version == "v1":
            alice.list_users()
            continue
        sentence = not_authorized(f"arn:aws:iam::{ACCOUNT}:user/alice", "iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/",
                                  "with an explicit deny in an identity-based policy")
        with refused("AccessDenied", sentence):
            alice.list_users()


# AWS's own


@pytest.mark.parametrize(
    "name",
    ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "IAMFullAccess", "IAMReadOnlyAccess",
     "IAMUserChangePassword", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonLookoutMetricsFullAccess",
     "AmazonLookoutMetricsReadOnlyAccess", *(f"job-function/{name}" for name in JOB_FUNCTIONS)],
)
def test_amazons_own_policies_are_there(shared_server, name):
    iam = shared_server.client("iam")
    arn = f"arn:aws:iam::aws:policy/{name}"
    found = iam.get_policy(PolicyArn=arn)["Policy"]
    assert found["Arn"] == arn and found["IsAttachable"] is True
    document = iam.get_policy_version(PolicyArn=arn, VersionId=found["DefaultVersionId"])["PolicyVersion"]["Document"]
    assert document["Statement"] and "Version" in document


def test_amazons_own_policies_say_what_they_should(iam):
    def document(name: str) -> dict:
        arn = f"arn:aws:iam::aws:policy/{name}"
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]

    assert document("AdministratorAccess")["Statement"] == [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    lookout = document("AmazonLookoutMetricsFullAccess")["Statement"]
    passing = next(part for part in lookout if "iam:PassRole" in part["Action"])
    assert passing["Resource"] == "arn:aws:iam::*:role/*LookoutMetrics*"
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "lookoutmetrics.amazonaws.com"}}


def test_nobody_changes_amazons_own(iam):
    for call, parameters in (
        (iam.create_policy_version, {"PolicyDocument": allow("*")}), (iam.delete_policy, {}),
        (iam.set_default_policy_version, {"VersionId": "v1"}), (iam.tag_policy, {"Tags": [{"Key": "a", "Value": "b"}]}),
        (iam.delete_policy_version, {"VersionId": "v1"}),
    ):
        with refused("AccessDenied", re.compile(f".* on resource: policy {READ_ONLY}.*"), status=403):
            call(PolicyArn=READ_ONLY, **parameters)


def test_policies_are_listed(iam):
    one, two, three = make(iam, "one"), make(iam, "Two", Path="/x/"), make(iam, "three")
    iam.create_user(UserName="alice", PermissionsBoundary=three)
    iam.attach_user_policy(UserName="alice", PolicyArn=one)
    arns = lambda **filters: [found["Arn"] for found in pages(iam.list_policies, "Policies", 77, **filters)]
    assert arns(Scope="Local") == [one, three, two]
    assert arns(Scope="Local", PathPrefix="/x/") == [two]
    assert sorted(arns(OnlyAttached=True)) == [one, three]
    assert arns(OnlyAttached=True, PolicyUsageFilter="PermissionsPolicy") == [one]
    assert arns(OnlyAttached=True, PolicyUsageFilter="PermissionsBoundary") == [three]
    amazons = arns(Scope="AWS")
    assert READ_ONLY in amazons and one not in amazons and len(amazons) == len(set(amazons)) > 20
    assert sorted(arns(Scope="All")) == sorted(arns()) == sorted([*amazons, one, two, three])


def test_what_is_in_use_is_not_deleted(iam):
    arn = make(iam)
    iam.create_group(GroupName="group")
    iam.attach_group_policy(GroupName="group", PolicyArn=arn)
    with refused("DeleteConflict", "Cannot delete a policy attached to entities.", status=409):
        iam.delete_policy(PolicyArn=arn)
    iam.detach_group_policy(GroupName="group", PolicyArn=arn)
    iam.create_user(UserName="alice", PermissionsBoundary=arn)
    with refused("DeleteConflict", "Cannot delete a policy attached to entities.", status=409):
        iam.delete_policy(PolicyArn=arn)
    iam.delete_user_permissions_boundary(UserName="alice")
    iam.delete_policy(PolicyArn=arn)
