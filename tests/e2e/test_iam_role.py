import re

import pytest

from iam import pages
from server import ACCOUNT, Credentials, allow, policy, refused, trust

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_a_role_is_made_as_asked(iam):
    role = iam.create_role(
        RoleName="Reader", Path="/division/", AssumeRolePolicyDocument=trust(), Description="reads", MaxSessionDuration=7200,
        PermissionsBoundary=READ_ONLY, Tags=[{"Key": "team", "Value": "a"}],
    )["Role"]
    assert re.fullmatch("AROA[A-Z2-7]{17}", role["RoleId"])
    assert role["Arn"] == f"arn:aws:iam::{ACCOUNT}:role/division/Reader"
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    found = iam.get_role(RoleName="READER")["Role"]
    assert (found["RoleName"], found["Description"], found["MaxSessionDuration"]) == ("Reader", "reads", 7200)
    assert found["RoleLastUsed"] == {} and found["Tags"] == [{"Key": "team", "Value": "a"}]
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    listed = iam.list_roles()["Roles"]
    assert len(listed) == 1 and not {"Tags", "PermissionsBoundary", "RoleLastUsed"} & set(listed[0])


def test_names_are_unique_without_case(iam):
    iam.create_role(RoleName="Reader", AssumeRolePolicyDocument=trust())
    with refused("EntityAlreadyExists", "Role with name reader already exists.", status=409):
        iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust())


@pytest.mark.parametrize(
    "parameters, code, message",
    [
        ({"Path": "/aws-service-role/x/"}, "InvalidInput",
         "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"),
        ({"MaxSessionDuration": 3599}, "ValidationError", re.compile(".*Value '3599' at 'maxSessionDuration'.*greater than or equal to 3600")),
        ({"MaxSessionDuration": 43201}, "ValidationError", re.compile(".*less than or equal to 43200")),
        ({"PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/none"}, "NoSuchEntity",
         f"Scope ARN: arn:aws:iam::{ACCOUNT}:policy/none does not exist or is not attachable."),
        ({"AssumeRolePolicyDocument": allow("sts:AssumeRole")}, "MalformedPolicyDocument", None),
        ({"AssumeRolePolicyDocument": trust(action="s3:GetObject")}, "MalformedPolicyDocument", None),
        ({"AssumeRolePolicyDocument": "{}"}, "MalformedPolicyDocument", None),
    ],
)
def test_a_role_that_cannot_be_is_refused(iam, parameters, code, message):
    with refused(code, message):
        iam.create_role(**{"RoleName": "role", "AssumeRolePolicyDocument": trust()} | parameters)


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}, {"AWS": "arn:aws:iam::999999999999:user/nobody"},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"}, {"AWS": "12345"}, {"AWS": "nobody"}, {"Service": "not a service"},
        {"Aws": ACCOUNT}, "nobody", {}, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"},
    ],
)
def test_a_principal_that_is_not_there_is_refused(iam, principal):
    with refused("MalformedPolicyDocument", status=400):
        iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust(principal))


def test_a_long_trust_policy_is_refused(iam):
    condition = {"StringEquals": {"sts:ExternalId": ["x" * 500] * 5}}
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048", status=409):
        iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust(condition=condition))


def test_updates(server, iam):
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust(), Description="one", MaxSessionDuration=7200)
    iam.update_role(RoleName="role", Description="two", MaxSessionDuration=14400)
    role = iam.get_role(RoleName="role")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("two", 14400)
    iam.update_role(RoleName="role")
    role = iam.get_role(RoleName="role")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("two", 3600)
    assert iam.update_role_description(RoleName="role", Description="three")["Role"]["Description"] == "three"


def test_roles_are_listed_by_name_and_path(iam):
    for name, path in (("c", "/"), ("B", "/x/"), ("a", "/x/y/")):
        iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust())
    assert [role["RoleName"] for role in pages(iam.list_roles, "Roles")] == ["a", "B", "c"]
    assert [role["RoleName"] for role in iam.list_roles(PathPrefix="/x/")["Roles"]] == ["a", "B"]


def test_a_role_goes_only_without_anything_on_it(iam):
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust())
    iam.attach_role_policy(RoleName="role", PolicyArn=READ_ONLY)
    iam.put_role_policy(RoleName="role", PolicyName="p", PolicyDocument=allow("iam:*"))
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    conflicts = set()
    for then in (
        lambda: iam.detach_role_policy(RoleName="role", PolicyArn=READ_ONLY),
        lambda: iam.delete_role_policy(RoleName="role", PolicyName="p"),
        lambda: iam.remove_role_from_instance_profile(InstanceProfileName="profile", RoleName="role"),
    ):
        with refused("DeleteConflict", status=409) as refusal:
            iam.delete_role(RoleName="role")
        conflicts.add(refusal.message)
        then()
    assert conflicts == {
        f"Cannot delete entity, must {first} first."
        for first in ("detach all policies", "delete policies", "remove roles from instance profile")
    }
    iam.delete_role(RoleName="role")
    with refused("NoSuchEntity", "The role with name role cannot be found.", status=404):
        iam.get_role(RoleName="role")


# Trust


def may_assume(server, caller: Credentials, role: str) -> bool:
    try:
        server.assume(role, caller)
    except server.client("sts").exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False
    return True


def test_who_is_trusted_by_name_needs_no_permission_of_its_own(server):
    trusted, other = server.user("trusted"), server.user("other", allow("sts:*"))
    role = server.role("role", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/trusted"}))
    assert may_assume(server, trusted, role) and not may_assume(server, other, role)


def test_who_is_trusted_as_an_account_needs_permission_too(server):
    with_permission, without = server.user("with", allow("sts:AssumeRole")), server.user("without")
    role = server.role("role", trust())
    assert may_assume(server, with_permission, role) and not may_assume(server, without, role)


def test_a_user_of_the_same_name_regains_no_trust(server, iam):
    server.user("bob")
    role = server.role("role", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    shown = lambda: iam.get_role(RoleName="role")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
    assert shown() == f"arn:aws:iam::{ACCOUNT}:user/bob"
    old = iam.get_user(UserName="bob")["User"]["UserId"]
    for key in iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="bob", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="bob")
    bob = server.user("bob", allow("sts:*"))
    assert shown() == old
    assert not may_assume(server, bob, role)
    iam.update_assume_role_policy(RoleName="role", PolicyDocument=trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    assert may_assume(server, bob, role)


def test_a_role_of_the_same_name_regains_no_trust(server, iam):
    caller = server.user("caller", allow("sts:AssumeRole"))
    first = server.role("first", trust(), allow("sts:AssumeRole"))
    second = server.role("second", trust({"AWS": first}))
    assert may_assume(server, server.assume(first, caller), second)
    iam.delete_role_policy(RoleName="first", PolicyName="policy0")
    iam.delete_role(RoleName="first")
    assert server.role("first", trust(), allow("sts:AssumeRole")) == first
    assert not may_assume(server, server.assume(first, caller), second)


def test_one_session_may_be_trusted_alone(server):
    caller = server.user("caller", allow("sts:AssumeRole"))
    first = server.role("first", trust(), allow("sts:AssumeRole"))
    second = server.role("second", trust({"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/first/named"}))
    assert may_assume(server, server.assume(first, caller, session="named"), second)
    assert not may_assume(server, server.assume(first, caller, session="other"), second)


def test_a_renamed_user_keeps_its_trust(server, iam):
    bob = server.user("bob")
    role = server.role("role", trust({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    iam.update_user(UserName="bob", NewUserName="robert")
    assert may_assume(server, bob, role)
    shown = iam.get_role(RoleName="role")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]
    assert shown == f"arn:aws:iam::{ACCOUNT}:user/robert"


def test_a_change_of_trust_bites_on_the_next_request(server, iam):
    caller = server.user("caller", allow("sts:AssumeRole"))
    role = server.role("role", trust())
    assert may_assume(server, caller, role)
    iam.update_assume_role_policy(RoleName="role", PolicyDocument=trust({"Service": "ec2.amazonaws.com"}))
    assert not may_assume(server, caller, role)


def test_trust_may_deny(server, iam):
    caller = server.user("caller", allow("sts:AssumeRole"))
    both = policy(
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        {"Effect": "Deny", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/caller"}, "Action": "sts:AssumeRole"},
    )
    role = server.role("role", both)
    assert not may_assume(server, caller, role)
    assert may_assume(server, server.user("other", allow("sts:AssumeRole")), role)


def test_a_principal_of_another_account_is_known_there(server):
    account, member = server.member_account()
    elsewhere = server.client("iam", member)
    elsewhere.create_user(UserName="carol")
    elsewhere.put_user_policy(UserName="carol", PolicyName="p", PolicyDocument=allow("sts:AssumeRole"))
    carol = Credentials.of(elsewhere.create_access_key(UserName="carol")["AccessKey"])
    role = server.role("role", trust({"AWS": f"arn:aws:iam::{account}:user/carol"}))
    assert may_assume(server, carol, role)
    # Across accounts both sides must allow.
    elsewhere.delete_user_policy(UserName="carol", PolicyName="p")
    assert not may_assume(server, carol, role)
