import re

import pytest

from iam import pages, refuses_foreign_markers
from server import ACCOUNT, allow, not_authorized, refused, trust

BOUNDARY = "arn:aws:iam::aws:policy/ReadOnlyAccess"


def test_a_user_is_made_as_asked(iam):
    made = iam.create_user(UserName="alice", Path="/division/", Tags=[{"Key": "team", "Value": "a"}], PermissionsBoundary=BOUNDARY)
    user = made["User"]
    assert re.fullmatch("AIDA[A-Z2-7]{17}", user["UserId"])
    assert {name: user[name] for name in user if name not in ("UserId", "CreateDate")} == {
        "Path": "/division/", "UserName": "alice", "Arn": f"arn:aws:iam::{ACCOUNT}:user/division/alice",
        "Tags": [{"Key": "team", "Value": "a"}],
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": BOUNDARY},
    }
    assert iam.get_user(UserName="alice")["User"] == user
    listed = iam.list_users()["Users"]
    assert listed == [{name: user[name] for name in ("Path", "UserName", "UserId", "Arn", "CreateDate")}]


def test_names_are_unique_without_case_and_kept_with_it(iam):
    iam.create_user(UserName="Alice")
    with refused("EntityAlreadyExists", "User with name alice already exists.", status=409):
        iam.create_user(UserName="alice", Path="/elsewhere/")
    assert iam.get_user(UserName="ALICE")["User"]["UserName"] == "Alice"


@pytest.mark.parametrize(
    "parameters, constraint",
    [
        ({"UserName": "a b"}, r"Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: \[\\w\+=,\.@-\]\+"),
        ({"UserName": "x" * 65}, "Value 'x{65}' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"),
        ({"UserName": ""}, ".*Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1"),
        ({"UserName": "alice", "Path": "nowhere"}, "Value 'nowhere' at 'path' failed to satisfy constraint: .*"),
        ({}, "Value null at 'userName' failed to satisfy constraint: Member must not be null"),
    ],
)
def test_what_does_not_satisfy_the_model_is_refused(iam, parameters, constraint):
    with refused("ValidationError", re.compile(f"[12] validation errors? detected: {constraint}"), status=400):
        iam.create_user(**parameters)


def test_all_faults_are_told_at_once(iam):
    with refused("ValidationError") as refusal:
        iam.create_user(UserName="a b", Path="nowhere")
    assert refusal.message.startswith("2 validation errors detected: ")


def test_a_boundary_that_is_not_there_is_refused(iam):
    arn = f"arn:aws:iam::{ACCOUNT}:policy/none"
    with refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", status=404):
        iam.create_user(UserName="alice", PermissionsBoundary=arn)


def test_there_are_as_many_users_as_the_quota_says(new_server):
    iam = new_server().start("--quotas", "users=2").client("iam")
    iam.create_user(UserName="one")
    iam.create_user(UserName="two")
    with refused("LimitExceeded", "Cannot exceed quota for UsersPerAccount: 2", status=409):
        iam.create_user(UserName="three")
    iam.delete_user(UserName="one")
    iam.create_user(UserName="three")


def test_without_a_name_it_is_the_caller(server, iam):
    root = iam.get_user()["User"]
    assert (root["UserId"], root["Arn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
    alice = server.user("alice", allow("iam:GetUser"))
    assert server.client("iam", alice).get_user()["User"]["UserName"] == "alice"
    role = server.role("role", trust(), allow("iam:*"))
    session = server.assume(role, server.user("caller", allow("sts:AssumeRole")))
    with refused("ValidationError", "Must specify userName when calling with non-User credentials", status=400):
        server.client("iam", session).get_user()


def test_who_may_not_ask_does_not_learn_who_is_there(server, iam):
    nobody = server.client("iam", server.user("nobody"))
    for name in ("nobody", "stranger"):
        arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/nobody", "iam:GetUser", arn), status=403):
            nobody.get_user(UserName=name)
    with refused("NoSuchEntity", "The user with name stranger cannot be found.", status=404):
        iam.get_user(UserName="stranger")


def test_users_are_listed_by_name_and_path(server, iam):
    for name, path in (("carol", "/"), ("Bob", "/division/"), ("alice", "/division/sub/")):
        iam.create_user(UserName=name, Path=path)
    names = [user["UserName"] for user in pages(iam.list_users, "Users")]
    assert names == ["alice", "Bob", "carol"]
    assert [user["UserName"] for user in pages(iam.list_users, "Users", PathPrefix="/division/")] == ["alice", "Bob"]
    assert [user["UserName"] for user in pages(iam.list_users, "Users", PathPrefix="/div")] == ["alice", "Bob"]
    assert iam.list_users(PathPrefix="/other/")["Users"] == []


def test_markers_are_good_for_one_list(server, iam):
    for name in ("a", "b"):
        iam.create_user(UserName=name)
        iam.create_group(GroupName=name)
    refuses_foreign_markers(iam.list_users, iam.list_groups, {})
    _, member = server.member_account()
    marker = iam.list_users(MaxItems=1)["Marker"]
    with refused("ValidationError", "Invalid Marker."):
        server.client("iam", member).list_users(Marker=marker)


@pytest.mark.parametrize("size", [0, -1, 1001, "ten"])
def test_a_page_has_from_one_to_a_thousand_items(iam, size):
    with refused("ValidationError" if size != "ten" else "MalformedInput", status=400):
        iam.list_users(MaxItems=size)


def test_nothing_is_missed_or_told_twice_while_the_list_changes(iam):
    for name in "abcdef":
        iam.create_user(UserName=name)
    first = iam.list_users(MaxItems=3)
    iam.delete_user(UserName="b")
    iam.delete_user(UserName="c")
    iam.create_user(UserName="aa")
    rest = iam.list_users(Marker=first["Marker"])
    assert [user["UserName"] for user in rest["Users"]] == ["d", "e", "f"]


def test_a_user_is_renamed_with_all_that_it_has(server, iam):
    alice = server.user("alice", allow("iam:GetUser"))
    iam.create_group(GroupName="group")
    iam.add_user_to_group(GroupName="group", UserName="alice")
    before = iam.get_user(UserName="alice")["User"]
    iam.update_user(UserName="alice", NewUserName="bob", NewPath="/moved/")
    after = server.client("iam", alice).get_user()["User"]
    assert (after["UserId"], after["Arn"]) == (before["UserId"], f"arn:aws:iam::{ACCOUNT}:user/moved/bob")
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="bob")["Groups"]] == ["group"]
    with refused("NoSuchEntity"):
        iam.get_user(UserName="alice")
    iam.create_user(UserName="alice")
    with refused("EntityAlreadyExists", "User with name BOB already exists.", status=409):
        iam.update_user(UserName="alice", NewUserName="BOB")


def test_only_the_case_of_a_name_may_change(iam):
    before = iam.create_user(UserName="alice")["User"]
    iam.update_user(UserName="alice", NewUserName="Alice")
    after = iam.get_user(UserName="alice")["User"]
    assert (after["UserName"], after["UserId"]) == ("Alice", before["UserId"])


def test_renaming_needs_the_permission_on_both_names(server, iam):
    iam.create_user(UserName="alice")
    alice, bob = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("alice", "bob"))
    half = server.client("iam", server.user("half", allow("iam:UpdateUser", alice)))
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/half", "iam:UpdateUser", bob)):
        half.update_user(UserName="alice", NewUserName="bob")
    server.client("iam", server.user("whole", allow("iam:UpdateUser", [alice, bob]))).update_user(UserName="alice", NewUserName="bob")


def test_a_user_goes_only_without_anything_on_it(server, iam):
    key = server.user("alice", allow("iam:GetUser"))
    iam.create_group(GroupName="group")
    iam.add_user_to_group(GroupName="group", UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn=BOUNDARY)
    for first, then in (
        ("delete access keys", lambda: iam.delete_access_key(UserName="alice", AccessKeyId=key.access_key_id)),
        ("remove users from group", lambda: iam.remove_user_from_group(UserName="alice", GroupName="group")),
        ("delete policies", lambda: iam.delete_user_policy(UserName="alice", PolicyName="policy0")),
        ("detach all policies", lambda: iam.detach_user_policy(UserName="alice", PolicyArn=BOUNDARY)),
    ):
        with refused("DeleteConflict", f"Cannot delete entity, must {first} first.", status=409):
            iam.delete_user(UserName="alice")
        then()
    iam.delete_user(UserName="alice")
    with refused("NoSuchEntity", "The user with name alice cannot be found.", status=404):
        iam.delete_user(UserName="alice")


def test_the_cli_speaks_of_users(server):
    made = server.aws("iam", "create-user", "--user-name", "alice", "--path", "/division/", "--tags", "Key=team,Value=a")
    assert made["User"]["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/division/alice"
    assert server.aws("iam", "list-users", "--query", "Users[].UserName") == ["alice"]
    said = server.aws("iam", "get-user", "--user-name", "bob", code=255)
    assert said.endswith("An error occurred (NoSuchEntity) when calling the GetUser operation: The user with name bob cannot be found.")
