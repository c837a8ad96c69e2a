import re

from iam import pages, refuses_foreign_markers
from server import ACCOUNT, allow, deny, not_authorized, refused

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_a_group_is_made_as_asked(iam):
    group = iam.create_group(GroupName="Admins", Path="/division/")["Group"]
    assert re.fullmatch("AGPA[A-Z2-7]{17}", group["GroupId"])
    assert group["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/division/Admins"
    answer = iam.get_group(GroupName="admins")
    assert (answer["Group"], answer["Users"], answer["IsTruncated"]) == (group, [], False)
    assert iam.list_groups()["Groups"] == [group]


def test_names_are_unique_without_case(iam):
    iam.create_group(GroupName="admins")
    with refused("EntityAlreadyExists", "Group with name ADMINS already exists.", status=409):
        iam.create_group(GroupName="ADMINS")


def test_there_are_as_many_groups_as_the_quota_says(new_server):
    iam = new_server().start("--quotas", "groups=1").client("iam")
    iam.create_group(GroupName="one")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerAccount: 1", status=409):
        iam.create_group(GroupName="two")


def test_a_group_that_is_not_there(iam):
    for call in (iam.get_group, iam.delete_group, iam.update_group):
        with refused("NoSuchEntity", "The group with name none cannot be found.", status=404):
            call(GroupName="none")


def test_groups_are_listed_by_name_and_path(iam):
    for name, path in (("c", "/"), ("B", "/x/"), ("a", "/x/y/")):
        iam.create_group(GroupName=name, Path=path)
    assert [group["GroupName"] for group in pages(iam.list_groups, "Groups")] == ["a", "B", "c"]
    assert [group["GroupName"] for group in iam.list_groups(PathPrefix="/x/")["Groups"]] == ["a", "B"]
    for name in "ab":
        iam.create_user(UserName=name)
    refuses_foreign_markers(iam.list_groups, iam.list_users, {})


def test_a_group_is_renamed_with_its_members(server, iam):
    iam.create_group(GroupName="old")
    member = server.user("member")
    iam.add_user_to_group(GroupName="old", UserName="member")
    iam.put_group_policy(GroupName="old", PolicyName="p", PolicyDocument=allow("iam:ListUsers"))
    iam.update_group(GroupName="old", NewGroupName="new", NewPath="/moved/")
    answer = iam.get_group(GroupName="new")
    assert answer["Group"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:group/moved/new"
    assert [user["UserName"] for user in answer["Users"]] == ["member"]
    server.client("iam", member).list_users()
    iam.create_group(GroupName="other")
    with refused("EntityAlreadyExists", "Group with name NEW already exists.", status=409):
        iam.update_group(GroupName="other", NewGroupName="NEW")


def test_renaming_needs_the_permission_on_both_names(server, iam):
    iam.create_group(GroupName="old")
    old, new = (f"arn:aws:iam::{ACCOUNT}:group/{name}" for name in ("old", "new"))
    half = server.client("iam", server.user("half", allow("iam:UpdateGroup", old)))
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/half", "iam:UpdateGroup", new)):
        half.update_group(GroupName="old", NewGroupName="new")


def test_a_group_goes_only_without_anything_on_it(iam):
    iam.create_group(GroupName="group")
    iam.create_user(UserName="member")
    iam.add_user_to_group(GroupName="group", UserName="member")
    iam.put_group_policy(GroupName="group", PolicyName="p", PolicyDocument=allow("iam:*"))
    iam.attach_group_policy(GroupName="group", PolicyArn=READ_ONLY)
    for first, then in (
        ("remove users from group", lambda: iam.remove_user_from_group(GroupName="group", UserName="member")),
        ("delete policies", lambda: iam.delete_group_policy(GroupName="group", PolicyName="p")),
        ("detach all policies", lambda: iam.detach_group_policy(GroupName="group", PolicyArn=READ_ONLY)),
    ):
        with refused("DeleteConflict", f"Cannot delete entity, must {first} first.", status=409):
            iam.delete_group(GroupName="group")
        then()
    iam.delete_group(GroupName="group")
    assert iam.list_groups()["Groups"] == []


# Membership


def test_members_are_listed_by_name(iam):
    iam.create_group(GroupName="group")
    for name in ("carol", "Bob", "alice"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="group", UserName=name)
        iam.add_user_to_group(GroupName="group", UserName=name)
    assert [user["UserName"] for user in pages(iam.get_group, "Users", GroupName="group")] == ["alice", "Bob", "carol"]


def test_groups_of_a_user_are_listed_by_name(iam):
    iam.create_user(UserName="alice")
    for name in ("c", "B", "a"):
        iam.create_group(GroupName=name)
        iam.add_user_to_group(GroupName=name, UserName="ALICE")
    groups = pages(iam.list_groups_for_user, "Groups", UserName="alice")
    assert [group["GroupName"] for group in groups] == ["a", "B", "c"]


def test_a_user_is_in_ten_groups_at_most(iam):
    iam.create_user(UserName="alice")
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"g{number}", UserName="alice")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10", status=409):
        iam.add_user_to_group(GroupName="g10", UserName="alice")
    iam.add_user_to_group(GroupName="g3", UserName="alice")
    assert len(iam.list_groups_for_user(UserName="alice")["Groups"]) == 10


def test_membership_of_what_is_not_there(iam):
    iam.create_user(UserName="alice")
    iam.create_group(GroupName="group")
    for call in (iam.add_user_to_group, iam.remove_user_from_group):
        with refused("NoSuchEntity", "The user with name nobody cannot be found."):
            call(GroupName="group", UserName="nobody")
        with refused("NoSuchEntity", "The group with name none cannot be found."):
            call(GroupName="none", UserName="alice")
    iam.remove_user_from_group(GroupName="group", UserName="alice")


def test_a_groups_policies_bite_on_the_next_request(server, iam):
    member = server.client("iam", server.user("member"))
    iam.create_group(GroupName="group")
    iam.put_group_policy(GroupName="group", PolicyName="p", PolicyDocument=allow("iam:ListUsers"))
    with refused("AccessDenied"):
        member.list_users()
    iam.add_user_to_group(GroupName="group", UserName="member")
    member.list_users()
    iam.put_group_policy(GroupName="group", PolicyName="q", PolicyDocument=deny("iam:ListUsers"))
    caller, arn = f"arn:aws:iam::{ACCOUNT}:user/member", f"arn:aws:iam::{ACCOUNT}:user/"
    with refused("AccessDenied", not_authorized(caller, "iam:ListUsers", arn, "with an explicit deny in an identity-based policy")):
        member.list_users()
    iam.remove_user_from_group(GroupName="group", UserName="member")
    with refused("AccessDenied", not_authorized(caller, "iam:ListUsers", arn)):
        member.list_users()


def test_a_group_is_no_principal(iam):
    iam.create_group(GroupName="group")
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:group/group"},"Action":"sts:AssumeRole"}}'
    with refused("MalformedPolicyDocument", re.compile("Invalid principal in policy.*")):
        iam.create_role(RoleName="role", AssumeRolePolicyDocument=document % ACCOUNT)
