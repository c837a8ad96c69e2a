"""Inline policies of users, groups and roles: one set of rules."""

import json
import re
from dataclasses import dataclass

import pytest

from iam import pages
from server import ACCOUNT, ROOT, Credentials, allow, deny, not_authorized, policy, refused, statement, trust
from sigv4 import query_request, send, sign


@dataclass
class Holder:
    """A kind of thing that has inline policies."""

    kind: str
    limit: int

    @property
    def named(self) -> dict:
        return {f"{self.kind.capitalize()}Name": "holder"}

    def make(self, iam) -> dict:
        trusted = {"AssumeRolePolicyDocument": trust()} if self.kind == "role" else {}
        getattr(iam, f"create_{self.kind}")(**self.named, **trusted)
        return self.named

    def put(self, iam, name: str, document: str):
        getattr(iam, f"put_{self.kind}_policy")(**self.named, PolicyName=name, PolicyDocument=document)

    def get(self, iam, name: str):
        return getattr(iam, f"get_{self.kind}_policy")(**self.named, PolicyName=name)

    def delete(self, iam, name: str):
        getattr(iam, f"delete_{self.kind}_policy")(**self.named, PolicyName=name)

    def names(self, iam) -> list[str]:
        return pages(getattr(iam, f"list_{self.kind}_policies"), "PolicyNames", **self.named)


HOLDERS = [Holder("user", 2048), Holder("group", 5120), Holder("role", 10240)]


@pytest.fixture(params=HOLDERS, ids=lambda holder: holder.kind)
def holder(request, iam):
    request.param.make(iam)
    return request.param


def test_a_policy_is_kept_as_it_was_written(iam, holder):
    document = '{ "Version": "2012-10-17",\n  "Statement": {"Effect": "Allow", "Action": "iam:Get*", "Resource": "*"} }'
    holder.put(iam, "Written", document)
    answer = holder.get(iam, "Written")
    assert answer["PolicyName"] == "Written" and answer["PolicyDocument"] == json.loads(document)
    holder.put(iam, "Written", deny("*"))
    assert holder.get(iam, "Written")["PolicyDocument"]["Statement"][0]["Effect"] == "Deny"
    holder.delete(iam, "Written")
    assert holder.names(iam) == []


def test_names_are_listed_in_order(iam, holder):
    for name in ("c", "B", "a"):
        holder.put(iam, name, allow("iam:GetUser"))
    assert holder.names(iam) == ["a", "B", "c"]


def test_a_policy_that_is_not_there(iam, holder):
    message = f"The {holder.kind} policy with name none cannot be found."
    for call in (holder.get, holder.delete):
        with refused("NoSuchEntity", message, status=404):
            call(iam, "none")


def test_the_sum_of_all_is_limited_without_white_space(iam, holder):
    def of_size(size: int) -> str:
        return (made := allow("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/")).replace("user/", "user/" + "x" * (size - _size(made)))

    holder.put(iam, "one", of_size(holder.limit - 300))
    message = f"Maximum policy size of {holder.limit} bytes exceeded for {holder.kind} holder"
    with refused("LimitExceeded", message, status=409):
        holder.put(iam, "two", of_size(301))
    holder.put(iam, "two", of_size(300).replace(",", ",\n" + " " * 3000))
    with refused("LimitExceeded", message, status=409):
        holder.put(iam, "one", of_size(holder.limit))
    holder.delete(iam, "two")
    holder.put(iam, "one", of_size(holder.limit))


def _size(document: str) -> int:
    return len(re.sub(r"\s", "", document))


@pytest.mark.parametrize(
    "document",
    [
        "{", "[]", "null", "{}", '{"Version":"2012-10-17"}', '{"Version":"2012-10-17","Statement":[]}',
        '{"Version":"2030-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
        policy({"Effect": "allow", "Action": "*", "Resource": "*"}), policy({"Effect": "Allow", "Action": "*"}),
        policy({"Effect": "Allow", "Resource": "*"}), policy({"Action": "*", "Resource": "*"}),
        policy(statement("Allow", "*", Principal="*")), policy(statement("Allow", "iam")),
        policy(statement("Allow", "*", "bucket")), policy(statement("Allow", "*", NotResource="*")),
        policy(statement("Allow", "*", Conditions={})), policy(statement("Allow", "*", condition={"StringEqual": {"a": "b"}})),
        policy(statement("Deny", "*", condition={"ForNoValues:StringEquals": {"aws:TagKeys": "b"}})),
        policy(statement("Allow", "*", Sid="not a word")),
        policy(statement("Allow", "*", Sid="a"), statement("Deny", "*", Sid="a")),
        '{"Version":"2012-10-17","Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
        '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}',
        '{"Version":"2012-10-17","statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
    ],
)
def test_what_cannot_be_understood_is_refused_when_it_is_stored(holders, document):
    # "What cannot be understood must be refused when it is stored."
    for holder in HOLDERS:
        with refused("MalformedPolicyDocument", status=400):
            holder.put(holders, "malformed", document)
        assert holder.names(holders) == []


@pytest.fixture(scope="module")
def holders(shared_server):
    """IAM with one holder of each kind in it, for tests whose policies are all refused."""
    iam = shared_server.client("iam")
    for holder in HOLDERS:
        holder.make(iam)
    return iam


def test_a_malformed_document_says_where(iam, holder):
    with refused("MalformedPolicyDocument") as refusal:
        holder.put(iam, "malformed", '{\n "Version": "2012-10-17",\n "Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]\n}')
    assert re.search(r"line 3\b", refusal.message) and "Statement[0].Effect" in refusal.message


def test_documents_are_percent_encoded_in_the_xml(server, iam):
    iam.create_user(UserName="holder")
    document = policy(statement("Allow", "iam:GetUser", condition={"StringEquals": {"aws:RequestTag/a": "b + c/ä~"}}))
    iam.put_user_policy(UserName="holder", PolicyName="p", PolicyDocument=document)
    request = query_request("GetUserPolicy", "2010-05-08", "UserName=holder&PolicyName=p")
    body = send(server, sign(request, server, ROOT, "iam")).body
    encoded = re.search("<PolicyDocument>(.*?)</PolicyDocument>", body)[1]
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+", encoded.replace("*", "")) and "%20" in encoded and "%7B" in encoded
    assert iam.get_user_policy(UserName="holder", PolicyName="p")["PolicyDocument"] == json.loads(document)
    cli = server.aws("iam", "get-user-policy", "--user-name", "holder", "--policy-name", "p")
    assert cli["PolicyDocument"] == json.loads(document)


def test_a_service_linked_roles_policies_are_its_own(iam):
    with refused("NoSuchEntity"):
        iam.put_role_policy(RoleName="AWSServiceRoleForSupport", PolicyName="p", PolicyDocument=allow("*"))


def test_the_boundary_is_a_condition_key(server, iam):
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam.create_user(UserName="bounded", PermissionsBoundary=boundary)
    iam.create_user(UserName="free")
    delegate = server.client("iam", server.user(
        "delegate", allow("iam:PutUserPolicy", condition={"StringEquals": {"iam:PermissionsBoundary": boundary}})
    ))
    delegate.put_user_policy(UserName="bounded", PolicyName="p", PolicyDocument=allow("*"))
    with refused("AccessDenied"):
        delegate.put_user_policy(UserName="free", PolicyName="p", PolicyDocument=allow("*"))


def test_permissions_and_denials_bite_on_the_next_request(server, iam):
    alice = server.client("iam", server.user("alice"))
    caller, users = f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:user/"
    with refused("AccessDenied", not_authorized(caller, "iam:ListUsers", users)):
        alice.list_users()
    iam.put_user_policy(UserName="alice", PolicyName="a", PolicyDocument=allow("iam:ListUsers"))
    alice.list_users()
    iam.put_user_policy(UserName="alice", PolicyName="d", PolicyDocument=deny("iam:listusers"))
    with refused("AccessDenied", not_authorized(caller, "iam:ListUsers", users, "with an explicit deny in an identity-based policy")):
        alice.list_users()
    iam.delete_user_policy(UserName="alice", PolicyName="d")
    alice.list_users()
    iam.delete_user_policy(UserName="alice", PolicyName="a")
    with refused("AccessDenied", not_authorized(caller, "iam:ListUsers", users)):
        alice.list_users()


def test_one_document_decides_for_each_who_has_it(server, iam):
    # "Decision caches keyed without all inputs": the document is compiled once, and the decision made each time.
    document = allow("iam:ListAccessKeys", "arn:aws:iam::*:user/${aws:username}")
    _, member = server.member_account()
    elsewhere = server.client("iam", member)
    elsewhere.create_user(UserName="alice")
    elsewhere.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=document)
    next_door = Credentials.of(elsewhere.create_access_key(UserName="alice")["AccessKey"])
    clients = {name: server.client("iam", server.user(name, document)) for name in ("alice", "bob")}
    clients["role"] = server.client("iam", server.assume(
        server.role("alice", trust(), document), server.user("caller", allow("sts:AssumeRole")), session="alice"
    ))
    theirs = server.client("iam", next_door)
    for _ in range(3):
        for name, client in clients.items():
            for user in ("alice", "bob"):
                if name == user:
                    client.list_access_keys(UserName=user)
                else:
                    with refused("AccessDenied", status=403):
                        client.list_access_keys(UserName=user)
        own = theirs.list_access_keys(UserName="alice")["AccessKeyMetadata"]
        assert [key["AccessKeyId"] for key in own] == [next_door.access_key_id]
