import re

from iam import pages
from server import ACCOUNT, allow, not_authorized, policy, refused, statement, trust

EC2 = {"Service": "ec2.amazonaws.com"}


def test_a_profile_is_made_and_holds_one_role(iam):
    profile = iam.create_instance_profile(InstanceProfileName="Web", Path="/x/")["InstanceProfile"]
    assert re.fullmatch("AIPA[A-Z2-7]{17}", profile["InstanceProfileId"])
    assert profile["Arn"] == f"arn:aws:iam::{ACCOUNT}:instance-profile/x/Web" and profile["Roles"] == []
    with refused("EntityAlreadyExists", "Instance Profile web already exists.", status=409):
        iam.create_instance_profile(InstanceProfileName="web")
    for name in ("one", "two"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(EC2))
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="one")
    with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", status=409):
        iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="two")
    found = iam.get_instance_profile(InstanceProfileName="WEB")["InstanceProfile"]
    assert [role["RoleName"] for role in found["Roles"]] == ["one"]
    with refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", status=409):
        iam.delete_instance_profile(InstanceProfileName="Web")
    iam.remove_role_from_instance_profile(InstanceProfileName="Web", RoleName="one")
    iam.delete_instance_profile(InstanceProfileName="Web")
    with refused("NoSuchEntity", "Instance Profile Web cannot be found.", status=404):
        iam.get_instance_profile(InstanceProfileName="Web")


def test_profiles_are_listed_by_name_path_and_role(iam):
    iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust(EC2))
    for name, path in (("c", "/"), ("B", "/x/"), ("a", "/x/")):
        iam.create_instance_profile(InstanceProfileName=name, Path=path)
        if name != "c":
            iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="role")
    names = lambda found: [profile["InstanceProfileName"] for profile in found]
    assert names(pages(iam.list_instance_profiles, "InstanceProfiles")) == ["a", "B", "c"]
    assert names(iam.list_instance_profiles(PathPrefix="/x/")["InstanceProfiles"]) == ["a", "B"]
    assert names(pages(iam.list_instance_profiles_for_role, "InstanceProfiles", RoleName="role")) == ["a", "B"]


def test_a_role_is_passed_with_permission_only(server, iam):
    role = server.role("role", trust(EC2))
    iam.create_instance_profile(InstanceProfileName="profile")
    add = {"InstanceProfileName": "profile", "RoleName": "role"}
    without = server.client("iam", server.user("without", allow("iam:AddRoleToInstanceProfile")))
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/without", "iam:PassRole", role), status=403):
        without.add_role_to_instance_profile(**add)
    to_lambda = allow("iam:PassRole", role, {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})
    wrong = server.client("iam", server.user("wrong", allow("iam:AddRoleToInstanceProfile"), to_lambda))
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/wrong", "iam:PassRole", role)):
        wrong.add_role_to_instance_profile(**add)
    to_ec2 = policy(
        statement("Allow", "iam:AddRoleToInstanceProfile"),
        statement("Allow", "iam:PassRole", role, {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
    )
    server.client("iam", server.user("right", to_ec2)).add_role_to_instance_profile(**add)
