"""Managed policies on users, groups and roles: one set of rules."""

import pytest

from iam import pages
from server import ACCOUNT, allow, not_authorized, refused, trust

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
SERVICE_ROLE = "arn:aws:iam::aws:policy/aws-service-role/AWSSupportServiceRolePolicy"


class Holder:
    """A kind of thing that policies are attached to."""

    def __init__(self, kind: str):
        self.kind = kind
        self.named = {f"{kind.capitalize()}Name": "holder"}

    def make(self, iam):
        trusted = {"AssumeRolePolicyDocument": trust()} if self.kind == "role" else {}
        getattr(iam, f"create_{self.kind}")(**self.named, **trusted)

    def attach(self, iam, arn: str):
        getattr(iam, f"attach_{self.kind}_policy")(**self.named, PolicyArn=arn)

    def detach(self, iam, arn: str):
        getattr(iam, f"detach_{self.kind}_policy")(**self.named, PolicyArn=arn)

    def attached(self, iam, **filters) -> list[str]:
        listed = pages(getattr(iam, f"list_attached_{self.kind}_policies"), "AttachedPolicies", **self.named, **filters)
        return [policy["PolicyName"] for policy in listed]


@pytest.fixture(params=["user", "group", "role"])
def holder(request, iam):
    made = Holder(request.param)
    made.make(iam)
    return made


def make(iam, name: str, path: str = "/") -> str:
    return iam.create_policy(PolicyName=name, Path=path, PolicyDocument=allow("iam:ListUsers"))["Policy"]["Arn"]


def test_policies_are_attached_listed_and_detached(iam, holder):
    for name, path in (("c", "/"), ("B", "/x/"), ("a", "/x/")):
        holder.attach(iam, make(iam, name, path))
    assert holder.attached(iam) == ["a", "B", "c"]
    assert holder.attached(iam, PathPrefix="/x/") == ["a", "B"]
    arn = f"arn:aws:iam::{ACCOUNT}:policy/c"
    holder.attach(iam, arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1
    holder.detach(iam, arn)
    assert holder.attached(iam) == ["a", "B"]
    with refused("NoSuchEntity", f"Policy {arn} was not found.", status=404):
        holder.detach(iam, arn)


def test_ten_at_most(iam, holder):
    arns = [make(iam, f"p{number}") for number in range(11)]
    for arn in arns[:10]:
        holder.attach(iam, arn)
    with refused("LimitExceeded", f"Cannot exceed quota for PoliciesPer{holder.kind.capitalize()}: 10", status=409):
        holder.attach(iam, arns[10])
    holder.attach(iam, arns[3])
    assert len(holder.attached(iam)) == 10


def test_a_policy_that_is_not_there_is_not_attached(iam, holder):
    for arn in (f"arn:aws:iam::{ACCOUNT}:policy/none", "arn:aws:iam::aws:policy/None"):
        with refused("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", status=404):
            holder.attach(iam, arn)


def test_a_service_roles_policy_is_not_attached(iam, holder):
    with refused("PolicyNotAttachable", status=400):
        holder.attach(iam, SERVICE_ROLE)


def test_the_policy_is_a_condition_key(server, iam, holder):
    one, other = make(iam, "one"), make(iam, "other")
    condition = {"ArnEquals": {"iam:PolicyARN": one}}
    delegate = server.client("iam", server.user("delegate", allow(["iam:Attach*", "iam:Detach*"], condition=condition)))
    holder.attach(delegate, one)
    with refused("AccessDenied", status=403):
        holder.attach(delegate, other)
    holder.attach(iam, other)
    with refused("AccessDenied", status=403):
        holder.detach(delegate, other)
    holder.detach(delegate, one)
    assert holder.attached(iam) == ["other"]


def test_an_attachment_bites_on_the_next_request(server, iam):
    arn = make(iam, "one")
    alice = server.client("iam", server.user("alice"))
    sentence = not_authorized(f"arn:aws:iam::{ACCOUNT}:user/alice", "iam:ListUsers", f"arn:aws:iam::{ACCOUNT}:user/")
    for _ in range(3):
        with refused("AccessDenied", sentence):
            alice.list_users()
        iam.attach_user_policy(UserName="alice", PolicyArn=arn)
        alice.list_users()
        iam.detach_user_policy(UserName="alice", PolicyArn=arn)


def test_entities_for_a_policy(iam):
    arn = make(iam, "one")
    for kind in ("user", "group", "role"):
        holder = Holder(kind)
        holder.make(iam)
        holder.attach(iam, arn)
    iam.create_user(UserName="bounded", Path="/x/", PermissionsBoundary=arn)
    kinds = {"User": "PolicyUsers", "Group": "PolicyGroups", "Role": "PolicyRoles"}
    names = lambda answer: {kind: sorted(found[f"{kind}Name"] for found in answer[member]) for kind, member in kinds.items()}
    assert names(iam.list_entities_for_policy(PolicyArn=arn)) == {"User": ["bounded", "holder"], "Group": ["holder"], "Role": ["holder"]}
    assert names(iam.list_entities_for_policy(PolicyArn=arn, EntityFilter="Role")) == {"User": [], "Group": [], "Role": ["holder"]}
    assert names(iam.list_entities_for_policy(PolicyArn=arn, PathPrefix="/x/"))["User"] == ["bounded"]
    only_boundaries = iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter="PermissionsBoundary")
    assert names(only_boundaries) == {"User": ["bounded"], "Group": [], "Role": []}
    seen, marker = [], {}
    while True:
        page = iam.list_entities_for_policy(PolicyArn=arn, MaxItems=1, **marker)
        found = [name for of_kind in names(page).values() for name in of_kind]
        assert len(found) == 1
        seen += found
        if not page["IsTruncated"]:
            break
        marker = {"Marker": page["Marker"]}
    assert sorted(seen) == ["bounded", "holder", "holder", "holder"]


def test_the_cli_attaches(server):
    server.aws("iam", "create-user", "--user-name", "holder")
    server.aws("iam", "attach-user-policy", "--user-name", "holder", "--policy-arn", READ_ONLY)
    listed = server.aws("iam", "list-attached-user-policies", "--user-name", "holder")
    assert listed == {"AttachedPolicies": [{"PolicyName": "ReadOnlyAccess", "PolicyArn": READ_ONLY}]}
