import re

import pytest

from iam import pages
from server import ACCOUNT, ROOT, Credentials, allow, not_authorized, refused, trust, wait_until
from sigv4 import query_request, send, sign


def test_a_key_works_at_once_and_its_secret_is_told_once(server, iam):
    iam.create_user(UserName="alice")
    key = iam.create_access_key(UserName="ALICE")["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"]) and re.fullmatch("[A-Za-z0-9+/]{40}", key["SecretAccessKey"])
    assert (key["UserName"], key["Status"]) == ("alice", "Active")
    assert server.client("sts", Credentials.of(key)).get_caller_identity()["Arn"].endswith(":user/alice")
    listed = iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]
    assert listed == [{name: key[name] for name in ("UserName", "AccessKeyId", "Status", "CreateDate")}]


def test_two_keys_at_most(server, iam):
    iam.create_user(UserName="alice")
    for _ in range(2):
        iam.create_access_key(UserName="alice")
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", status=409):
        iam.create_access_key(UserName="alice")
    iam.create_access_key()
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", status=409):
        iam.create_access_key()


def test_without_a_name_it_is_the_callers_own(server, iam):
    alice = server.user("alice", allow("iam:*AccessKey*", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    own = server.client("iam", alice)
    made = own.create_access_key()["AccessKey"]
    keys = pages(own.list_access_keys, "AccessKeyMetadata")
    assert {key["AccessKeyId"] for key in keys} == {alice.access_key_id, made["AccessKeyId"]}
    own.delete_access_key(AccessKeyId=made["AccessKeyId"])
    roots = iam.list_access_keys()["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in roots] == [ROOT.access_key_id] and "UserName" not in roots[0]
    # The caller's own and nobody else's.
    server.user("bob")
    with refused("AccessDenied"):
        own.create_access_key(UserName="bob")


def test_whose_a_new_key_is_the_caller_cannot_choose(server, iam):
    # "The caller named the parent of a new credential and got root's"
    administrator = server.user("administrator", allow("*"))
    alice = server.user("alice", allow("iam:*", f"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"))
    own = server.client("iam", alice)
    for name in ("administrator", "ADMINISTRATOR", "root", ACCOUNT, "*", f"arn:aws:iam::{ACCOUNT}:root"):
        with pytest.raises(iam.exceptions.ClientError) as caught:
            own.create_access_key(UserName=name)
        assert caught.value.response["Error"]["Code"] in ("AccessDenied", "ValidationError")
    for parameter in ("ParentUser", "TargetUser", "AccountId", "UserId", "Arn", "username", "Username", "AccessKeyId"):
        request = query_request("CreateAccessKey", "2010-05-08", f"{parameter}=administrator")
        answer = send(server, sign(request, server, alice, "iam"))
        if answer.status == 200:
            assert "<UserName>alice</UserName>" in answer.body
            own.delete_access_key(AccessKeyId=re.search("<AccessKeyId>(.*?)<", answer.body)[1])
        else:
            assert answer.refusal == ("MalformedInput", 400)
    assert [key["AccessKeyId"] for key in iam.list_access_keys()["AccessKeyMetadata"]] == [ROOT.access_key_id]
    others = iam.list_access_keys(UserName="administrator")["AccessKeyMetadata"]
    assert [key["AccessKeyId"] for key in others] == [administrator.access_key_id]


def test_a_role_has_no_keys(server):
    session = server.assume(server.role("role", trust(), allow("iam:*")), server.user("caller", allow("sts:AssumeRole")))
    iam = server.client("iam", session)
    for call in (iam.create_access_key, iam.list_access_keys):
        with refused("ValidationError", "Must specify userName when calling with non-User credentials", status=400):
            call()


def test_status(server, iam):
    alice = server.user("alice")
    iam.update_access_key(UserName="alice", AccessKeyId=alice.access_key_id, Status="Inactive")
    assert iam.list_access_keys(UserName="alice")["AccessKeyMetadata"][0]["Status"] == "Inactive"
    with refused("InvalidClientTokenId", "The security token included in the request is invalid.", status=403):
        server.client("sts", alice).get_caller_identity()
    iam.update_access_key(UserName="alice", AccessKeyId=alice.access_key_id, Status="Active")
    server.client("sts", alice).get_caller_identity()
    with refused("InvalidInput", status=400):
        iam.update_access_key(UserName="alice", AccessKeyId=alice.access_key_id, Status="Expired")
    with refused("ValidationError", re.compile(".*Value 'x' at 'status' failed to satisfy constraint: Member must satisfy enum value set: .*")):
        iam.update_access_key(UserName="alice", AccessKeyId=alice.access_key_id, Status="x")


def test_a_key_belongs_to_its_user(server, iam):
    alice, bob = server.user("alice"), server.user("bob")
    _, member = server.member_account()
    missing = f"The Access Key with id {bob.access_key_id} cannot be found."
    with refused("NoSuchEntity", missing, status=404):
        iam.delete_access_key(UserName="alice", AccessKeyId=bob.access_key_id)
    with refused("NoSuchEntity", missing, status=404):
        iam.update_access_key(UserName="alice", AccessKeyId=bob.access_key_id, Status="Inactive")
    with refused("NoSuchEntity", missing, status=404):
        iam.delete_access_key(AccessKeyId=bob.access_key_id)
    elsewhere = server.client("iam", member)
    elsewhere.create_user(UserName="bob")
    with refused("NoSuchEntity", missing, status=404):
        elsewhere.delete_access_key(UserName="bob", AccessKeyId=bob.access_key_id)
    with refused("NoSuchEntity", status=404):
        elsewhere.get_access_key_last_used(AccessKeyId=bob.access_key_id)
    assert server.client("sts", bob).get_caller_identity() and server.client("sts", alice).get_caller_identity()


def test_last_used(server, iam):
    alice = server.user("alice")
    never = iam.get_access_key_last_used(AccessKeyId=alice.access_key_id)
    assert never["UserName"] == "alice"
    assert never["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    server.client("sts", alice, region="eu-west-1").get_caller_identity()

    def used():
        answer = iam.get_access_key_last_used(AccessKeyId=alice.access_key_id)["AccessKeyLastUsed"]
        return answer if "LastUsedDate" in answer else None

    now = wait_until(used, "the use is known", 5)
    assert (now["ServiceName"], now["Region"]) == ("sts", "eu-west-1")
    server.stop()
    server.start()
    again = server.client("iam").get_access_key_last_used(AccessKeyId=alice.access_key_id)["AccessKeyLastUsed"]
    assert again == now


def test_an_attempt_that_failed_is_no_use(server, iam):
    alice = server.user("alice")
    with refused("SignatureDoesNotMatch"):
        server.client("sts", Credentials(alice.access_key_id, "x" * 40)).get_caller_identity()
    used = iam.get_access_key_last_used(AccessKeyId=alice.access_key_id)["AccessKeyLastUsed"]
    assert "LastUsedDate" not in used


def test_who_may_not_ask_does_not_learn_which_keys_of_other_accounts_are_there(server):
    _, member = server.member_account()
    elsewhere = server.client("iam", member)
    elsewhere.create_user(UserName="bob")
    theirs = elsewhere.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    nobody = server.client("iam", server.user("nobody"))
    sentence = not_authorized(
        f"arn:aws:iam::{ACCOUNT}:user/nobody", "iam:GetAccessKeyLastUsed", f"arn:aws:iam::{ACCOUNT}:user/*"
    )
    for key in (theirs, "AKIAI44QH8DHBEXAMPLE"):
        with refused("AccessDenied", sentence, status=403):
            nobody.get_access_key_last_used(AccessKeyId=key)


def test_a_key_of_a_renamed_user_goes_on(server, iam):
    alice = server.user("alice")
    iam.update_user(UserName="alice", NewUserName="alicia")
    assert server.client("sts", alice).get_caller_identity()["Arn"].endswith(":user/alicia")


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "AKIA!OSFODNN7EXAMPLE"])
def test_an_id_that_is_none_is_refused(iam, key):
    with refused("ValidationError", status=400):
        iam.get_access_key_last_used(AccessKeyId=key)


def test_nobody_lists_the_keys_of_another_without_permission(server):
    server.user("alice")
    nobody = server.client("iam", server.user("nobody"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
    for action, call in (("CreateAccessKey", nobody.create_access_key), ("ListAccessKeys", nobody.list_access_keys)):
        with refused("AccessDenied", not_authorized(f"arn:aws:iam::{ACCOUNT}:user/nobody", f"iam:{action}", arn)):
            call(UserName="alice")
