"""Permissions boundaries: what they take away, and who may set them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

import pytest

from server import ACCOUNT, Credentials, allow, deny, not_authorized, policy, refused, statement, trust

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
S3_ONLY = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
SERVICE_ROLE = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"
USERS = f"arn:aws:iam::{ACCOUNT}:user/"


def test_a_boundary_takes_away_and_gives_nothing(server, iam):
    shirley = server.client("iam", server.user("shirley", allow("*"), PermissionsBoundary=READ_ONLY))
    shirley.list_users()
    caller, arn = f"arn:aws:iam::{ACCOUNT}:user/shirley", f"arn:aws:iam::{ACCOUNT}:user/new"
    sentence = not_authorized(caller, "iam:CreateUser", arn, "because no permissions boundary allows the iam:CreateUser action")
    with refused("AccessDenied", sentence, status=403):
        shirley.create_user(UserName="new")
    poor = server.client("iam", server.user("poor", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess"))
    with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/poor", "iam:ListUsers", USERS)):
        poor.list_users()


def test_a_boundary_denies(server, iam):
    document = policy(statement("Allow", "*"), statement("Deny", "iam:ListUsers"))
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    alice = server.client("iam", server.user("alice", allow("*"), PermissionsBoundary=arn))
    sentence = not_authorized(f"arn:aws:iam::{ACCOUNT}:user/alice", "iam:ListUsers", USERS, "with an explicit deny in a permissions boundary")
    with refused("AccessDenied", sentence):
        alice.list_users()
    alice.list_groups()


def test_a_boundary_bites_from_the_next_request_until_it_is_gone(server, iam):
    alice = server.client("iam", server.user("alice", allow("*")))
    alice.list_users()
    iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=S3_ONLY)
    with refused("AccessDenied"):
        alice.list_users()
    iam.delete_user_permissions_boundary(UserName="alice")
    alice.list_users()


def test_a_roles_boundary_limits_its_sessions(server, iam):
    role = server.role("role", trust(), allow("*"), PermissionsBoundary=S3_ONLY)
    session = server.assume(role, server.user("caller", allow("sts:AssumeRole")))
    caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session"
    reason = "because no permissions boundary allows the iam:ListUsers action"
    with refused("AccessDenied", not_authorized(caller, "iam:ListUsers", USERS, reason)):
        server.client("iam", session).list_users()
    iam.put_role_permissions_boundary(RoleName="role", PermissionsBoundary=READ_ONLY)
    server.client("iam", session).list_users()
    iam.delete_role_permissions_boundary(RoleName="role")
    server.client("iam", session).create_user(UserName="made-by-role")


def test_a_user_of_a_boundary_is_bounded_in_its_sessions(server):
    alice = server.user("alice", allow("*"), PermissionsBoundary=S3_ONLY)
    with refused("AccessDenied"):
        server.client("sts", alice).assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/none", RoleSessionName="session")


@pytest.mark.parametrize("kind", ["user", "role"])
def test_what_cannot_be_a_boundary(iam, kind):
    trusted = {"AssumeRolePolicyDocument": trust()} if kind == "role" else {}
    named = {f"{kind.capitalize()}Name": "someone"}
    getattr(iam, f"create_{kind}")(**named, **trusted)
    put = getattr(iam, f"put_{kind}_permissions_boundary")
    arn = f"arn:aws:iam::{ACCOUNT}:policy/none"
    with refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable."):
        put(**named, PermissionsBoundary=arn)
    with refused("PolicyNotAttachable", status=400):
        put(**named, PermissionsBoundary=SERVICE_ROLE)
    with refused("NoSuchEntity", status=404):
        put(**{f"{kind.capitalize()}Name": "nobody"}, PermissionsBoundary=READ_ONLY)


def test_a_delegate_makes_bounded_users_only(server, iam):
    """The page's own story: María lets Zhang make users, who can never do more than the boundary says."""
    boundary = iam.create_policy(PolicyName="XCompanyBoundaries", PolicyDocument=allow(["s3:*", "iam:List*"]))["Policy"]["Arn"]
    has_boundary = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    zhang = server.client("iam", server.user("Zhang", policy(
        statement("Allow", ["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:DetachUserPolicy",
                            "iam:PutUserPermissionsBoundary"], condition=has_boundary),
        statement("Deny", "iam:DeleteUserPermissionsBoundary"),
        statement("Allow", ["iam:CreateAccessKey", "iam:DeleteUserPermissionsBoundary"]),
    )))
    with refused("AccessDenied"):
        zhang.create_user(UserName="Nikhil")
    with refused("AccessDenied"):
        zhang.create_user(UserName="Nikhil", PermissionsBoundary=READ_ONLY)
    zhang.create_user(UserName="Nikhil", PermissionsBoundary=boundary)
    zhang.attach_user_policy(UserName="Nikhil", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    for call, parameters in (
        (zhang.delete_user_permissions_boundary, {}),
        (zhang.put_user_permissions_boundary, {"PermissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ):
        with refused("AccessDenied", status=403):
            call(UserName="Nikhil", **parameters)
    nikhil = server.client("iam", Credentials.of(zhang.create_access_key(UserName="Nikhil")["AccessKey"]))
    nikhil.list_users()
    with refused("AccessDenied"):
        nikhil.create_user(UserName="other")
    # Zhang may not do it to a user who has no boundary either.
    iam.create_user(UserName="free")
    with refused("AccessDenied"):
        zhang.attach_user_policy(UserName="free", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_a_boundary_that_is_a_policy_of_ones_own_changes_with_it(server, iam):
    arn = iam.create_policy(PolicyName="boundary", PolicyDocument=allow("iam:ListUsers"))["Policy"]["Arn"]
    alice = server.client("iam", server.user("alice", allow("*"), PermissionsBoundary=arn))
    alice.list_users()
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=deny("iam:ListUsers"), SetAsDefault=True)
    with refused("AccessDenied"):
        alice.list_users()
