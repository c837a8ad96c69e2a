"""Who may reach what: bucket policies, access control lists, ownership, the public and what is kept from it, other accounts,
presigned requests and chunked bodies.
"""

import hashlib
import json
import urllib.error
import urllib.request
import zlib
from base64 import b64encode
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from s3 import EMPTY, chunked, put
from server import ACCOUNT, ROOT, Credentials, allow, deny, policy, refused, statement, trust
from sigv4 import Request, send, sign

OPEN = {
    "BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": False, "RestrictPublicBuckets": False,
}
EVERYONE, MEMBERS = (f"http://acs.amazonaws.com/groups/global/{group}" for group in ("AllUsers", "AuthenticatedUsers"))


@pytest.fixture
def s3(server):
    client = server.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="key", Body=b"secret")
    return client


def bucket_policy(effect: str, principal, action="s3:GetObject", resource="arn:aws:s3:::bucket/*", **elements) -> str:
    return policy(statement(effect, action, resource, Principal=principal, **elements))


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: dict = {}) -> tuple[int, bytes]:
    """An unsigned request, or one that is signed by its address."""
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def canonical(account: str) -> str:
    return account.rjust(64, "0")


# Bucket policies


def test_a_bucket_policy_lets_in_and_keeps_out(server, s3):
    nobody = server.client("s3", server.user("nobody"))
    with refused("AccessDenied"):
        nobody.get_object(Bucket="bucket", Key="key")
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Allow", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/nobody"}))
    assert nobody.get_object(Bucket="bucket", Key="key")["Body"].read() == b"secret"
    with refused("AccessDenied"):
        nobody.put_object(Bucket="bucket", Key="key", Body=b"mine")
    full = server.client("s3", server.user("full", allow("s3:*")))
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Deny", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/full"}))
    with refused("AccessDenied"):
        full.get_object(Bucket="bucket", Key="key")
    assert json.loads(s3.get_bucket_policy(Bucket="bucket")["Policy"])["Statement"][0]["Effect"] == "Deny"
    s3.delete_bucket_policy(Bucket="bucket")
    assert full.get_object(Bucket="bucket", Key="key")
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket="bucket")


def test_who_locks_herself_out_can_still_take_the_policy_off(server, s3):
    everything = bucket_policy("Deny", "*", "s3:*", ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"])
    s3.put_bucket_policy(Bucket="bucket", Policy=everything)
    with refused("AccessDenied"):
        s3.get_object(Bucket="bucket", Key="key")
    with refused("AccessDenied"):
        server.client("s3", server.user("full", allow("s3:*"))).delete_bucket_policy(Bucket="bucket")
    s3.delete_bucket_policy(Bucket="bucket")
    assert s3.get_object(Bucket="bucket", Key="key")


@pytest.mark.parametrize(
    "document",
    [
        "{}", "no json", bucket_policy("Allow", {"AWS": ACCOUNT}, resource="arn:aws:s3:::other/*"),
        bucket_policy("Allow", {"AWS": ACCOUNT}, resource="arn:aws:s3:::bucket2"),
        policy(statement("Allow", "s3:GetObject", "arn:aws:s3:::bucket/*")),
        bucket_policy("Allow", {"AWS": ACCOUNT}, Condition={"NoSuchOperator": {"s3:prefix": "x"}}),
        policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:GetObject"}),
    ],
)
def test_a_policy_that_is_none_is_refused(s3, document):
    with refused("MalformedPolicy", status=400):
        s3.put_bucket_policy(Bucket="bucket", Policy=document)


# Whom a bucket policy names


def user_arn(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{name}"


def shown(s3):
    """The first statement's principal, as it is shown."""
    return json.loads(s3.get_bucket_policy(Bucket="bucket")["Policy"])["Statement"][0]["Principal"]["AWS"]


def reads(server, credentials) -> bool:
    try:
        return bool(server.client("s3", credentials).get_object(Bucket="bucket", Key="key"))
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied"
        return False


def delete_user(server, name: str, by: Credentials | None = None) -> str:
    """Deletes the user with its keys and policies; the id that it had."""
    iam = server.client("iam", by)
    for inline in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=inline)
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    identity = iam.get_user(UserName=name)["User"]["UserId"]
    iam.delete_user(UserName=name)
    return identity


def test_a_user_of_the_same_name_regains_no_bucket(server, s3):
    bob = server.user("bob")
    given = bucket_policy("Allow", {"AWS": user_arn("bob")})
    s3.put_bucket_policy(Bucket="bucket", Policy=given)
    assert shown(s3) == user_arn("bob") and reads(server, bob)
    old = delete_user(server, "bob")
    bob = server.user("bob")
    assert shown(s3) == old
    assert not reads(server, bob)
    # Neither does whoever puts back what is shown give it to anyone.
    with refused("MalformedPolicy", "Invalid principal in policy", status=400):
        s3.put_bucket_policy(Bucket="bucket", Policy=s3.get_bucket_policy(Bucket="bucket")["Policy"])
    s3.put_bucket_policy(Bucket="bucket", Policy=given)
    assert shown(s3) == user_arn("bob") and reads(server, bob)


def test_a_role_of_the_same_name_regains_no_bucket(server, s3):
    iam, caller = server.client("iam"), server.user("caller", allow("sts:AssumeRole"))
    role = server.role("role", trust())
    session = f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session"
    for named, suffix in ((role, ""), (session, ":session")):
        s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Allow", {"AWS": named}))
        assert shown(s3) == named
        assert reads(server, server.assume(role, caller))
        assert reads(server, server.assume(role, caller, session="other")) == (named == role)
        identity = iam.get_role(RoleName="role")["Role"]["RoleId"]
        iam.delete_role(RoleName="role")
        assert server.role("role", trust()) == role
        assert shown(s3) == identity + suffix
        assert not reads(server, server.assume(role, caller))


def test_a_renamed_user_keeps_the_bucket_and_a_denial_keeps_her(server, s3):
    full, _ = server.user("full", allow("s3:*")), server.user("other")
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Deny", {"AWS": [user_arn("full"), user_arn("other")]}))
    server.client("iam").update_user(UserName="full", NewUserName="renamed")
    assert not reads(server, full)
    assert shown(s3)[0] == user_arn("renamed")


def test_who_is_spared_by_a_bucket_policy_is_spared_herself(server, s3):
    alice, bob = (server.user(name, allow("s3:*")) for name in ("alice", "bob"))
    spared = {"AWS": [user_arn("alice"), f"arn:aws:iam::{ACCOUNT}:root"]}
    denial = policy(statement("Deny", "s3:GetObject", "arn:aws:s3:::bucket/*", NotPrincipal=spared))
    s3.put_bucket_policy(Bucket="bucket", Policy=denial)
    assert (reads(server, alice), reads(server, bob)) == (True, False)
    delete_user(server, "alice")
    assert not reads(server, server.user("alice", allow("s3:*")))


def test_those_of_another_account_are_named_by_id_too(server, s3):
    member, administrator = server.member_account()
    server.user("bob", allow("s3:*"))
    theirs = server.user("bob", allow("s3:*"), by=administrator)
    named = f"arn:aws:iam::{member}:user/bob"
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Allow", {"AWS": named}))
    assert shown(s3) == named and reads(server, theirs)
    delete_user(server, "bob", administrator)
    assert not reads(server, server.user("bob", allow("s3:*"), by=administrator))


@pytest.mark.parametrize(
    "principal",
    [
        user_arn("nobody"), f"arn:aws:iam::{ACCOUNT}:role/nobody", f"arn:aws:sts::{ACCOUNT}:assumed-role/nobody/session",
        "arn:aws:iam::999999999999:root", "999999999999", "AIDANOBODYNOBODYNOBOD", "AROANOBODYNOBODYNOBOD:session",
        "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity EH1HDMB1FH2TC", f"arn:aws-cn:iam::{ACCOUNT}:root",
        user_arn("path/somebody"),
    ],
)
@pytest.mark.parametrize("element", ["Principal", "NotPrincipal"])
def test_a_bucket_policy_names_nobody_who_is_not_there(server, s3, element, principal):
    server.user("somebody")
    named = {element: {"AWS": [user_arn("somebody"), principal]}}
    with refused("MalformedPolicy", "Invalid principal in policy", status=400):
        s3.put_bucket_policy(
            Bucket="bucket", Policy=policy(statement("Deny", "s3:GetObject", "arn:aws:s3:::bucket/*", **named))
        )
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket="bucket")


def test_who_has_no_id_is_named_as_ever(server, s3):
    """Accounts by their root users, services, providers, federated users."""
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/feather"
    named = {
        "AWS": [ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", federated],
        "Service": "lookoutmetrics.amazonaws.com", "Federated": "accounts.google.com",
    }
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Allow", named))
    assert shown(s3) == [f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:root", federated]
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"] == {"IsPublic": False}
    caller = server.client("sts", server.user("caller", allow("sts:GetFederationToken")))
    feather = caller.get_federation_token(Name="feather", Policy=deny("s3:PutObject"))["Credentials"]
    assert reads(server, Credentials.of(feather))
    assert not reads(server, server.user("nobody"))


# Other accounts


def test_another_account_needs_both_sides(server, s3):
    member, administrator = server.member_account()
    stranger = server.user("stranger", allow("s3:*"), by=administrator)
    theirs = server.client("s3", stranger)
    with refused("AccessDenied"):
        theirs.get_object(Bucket="bucket", Key="key")
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Allow", {"AWS": member}, ["s3:GetObject", "s3:PutObject"]))
    assert theirs.get_object(Bucket="bucket", Key="key")["Body"].read() == b"secret"
    with refused("AccessDenied"):
        server.client("s3", server.user("powerless", by=administrator)).get_object(Bucket="bucket", Key="key")
    with refused("AccessDenied"):
        theirs.list_objects_v2(Bucket="bucket")
    for call, given in (("get_bucket_policy", {}), ("delete_bucket_policy", {})):
        with refused("AccessDenied"):
            getattr(theirs, call)(Bucket="bucket", **given)
    with refused("BucketAlreadyExists", status=409):
        theirs.create_bucket(Bucket="bucket")
    with refused("BucketAlreadyOwnedByYou", status=409):
        s3.create_bucket(Bucket="bucket")
    theirs.put_object(Bucket="bucket", Key="theirs", Body=b"x")
    assert s3.get_object_acl(Bucket="bucket", Key="theirs")["Owner"]["ID"] == canonical(ACCOUNT)


def test_what_another_account_owns_the_buckets_policy_cannot_give_away(server, s3):
    member, administrator = server.member_account()
    theirs = server.client("s3", administrator)
    s3.put_bucket_ownership_controls(
        Bucket="bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    s3.put_bucket_policy(Bucket="bucket", Policy=bucket_policy("Allow", {"AWS": [member, ACCOUNT]}, "s3:*"))
    theirs.put_object(Bucket="bucket", Key="theirs", Body=b"x")
    assert theirs.get_object_acl(Bucket="bucket", Key="theirs")["Owner"]["ID"] == canonical(member)
    with refused("AccessDenied"):
        s3.get_object(Bucket="bucket", Key="theirs")
    theirs.put_object_acl(Bucket="bucket", Key="theirs", ACL="bucket-owner-full-control")
    assert s3.get_object(Bucket="bucket", Key="theirs")["Body"].read() == b"x"


# Access control lists


def test_acls_do_not_count_until_they_are_turned_on(s3):
    for call, given in (
        ("put_object_acl", {"Key": "key", "ACL": "public-read"}), ("put_bucket_acl", {"ACL": "public-read"}),
        ("put_object", {"Key": "new", "Body": b"x", "ACL": "public-read"}),
    ):
        with refused("AccessControlListNotSupported", "The bucket does not allow ACLs", status=400):
            getattr(s3, call)(Bucket="bucket", **given)
    s3.put_object(Bucket="bucket", Key="new", Body=b"x", ACL="bucket-owner-full-control")
    s3.put_bucket_ownership_controls(
        Bucket="bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    with refused("AccessDenied"):
        s3.put_object_acl(Bucket="bucket", Key="key", ACL="public-read")


def with_acls(s3):
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=OPEN)
    rule = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    s3.put_bucket_ownership_controls(Bucket="bucket", OwnershipControls=rule)


def test_an_acl_lets_the_public_in_until_it_is_ignored(server, s3):
    with_acls(s3)
    url = f"{server.url}/bucket/key"
    assert fetch(url)[0] == 403
    s3.put_object_acl(Bucket="bucket", Key="key", ACL="public-read")
    assert fetch(url) == (200, b"secret")
    assert fetch(url, "PUT", b"mine")[0] == fetch(url, "DELETE")[0] == fetch(f"{server.url}/bucket")[0] == 403
    s3.put_bucket_acl(Bucket="bucket", ACL="public-read-write")
    assert fetch(f"{url}2", "PUT", b"anyone's")[0] == 200
    assert fetch(f"{server.url}/bucket")[0] == 200
    grants = s3.get_bucket_acl(Bucket="bucket")["Grants"]
    assert [(grant["Grantee"].get("URI"), grant["Permission"]) for grant in grants] == [
        (None, "FULL_CONTROL"), (EVERYONE, "READ"), (EVERYONE, "WRITE"),
    ]
    with refused("InvalidBucketAclWithObjectOwnership"):
        rule = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        s3.put_bucket_ownership_controls(Bucket="bucket", OwnershipControls=rule)
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=OPEN | {"IgnorePublicAcls": True})
    assert fetch(url)[0] == fetch(f"{server.url}/bucket")[0] == 403


def test_an_acl_names_accounts_and_groups(server, s3):
    with_acls(s3)
    member, administrator = server.member_account()
    theirs = server.client("s3", server.user("stranger", allow("s3:*"), by=administrator))
    s3.put_object_acl(Bucket="bucket", Key="key", GrantRead=f'id="{canonical(member)}"')
    assert theirs.get_object(Bucket="bucket", Key="key")
    with refused("AccessDenied"):
        theirs.get_object_acl(Bucket="bucket", Key="key")
    owner = s3.get_object_acl(Bucket="bucket", Key="key")["Owner"]
    grants = [{"Grantee": {"Type": "Group", "URI": MEMBERS}, "Permission": "READ_ACP"}]
    s3.put_object_acl(Bucket="bucket", Key="key", AccessControlPolicy={"Owner": owner, "Grants": grants})
    with refused("AccessDenied"):
        theirs.get_object(Bucket="bucket", Key="key")
    assert theirs.get_object_acl(Bucket="bucket", Key="key")["Grants"][0]["Grantee"]["URI"] == MEMBERS
    with refused("InvalidArgument"):
        s3.put_object_acl(Bucket="bucket", Key="key", GrantRead=f'id="{canonical("999999999999")}"')
    with refused("AccessDenied"):
        stolen = {"Owner": {"ID": canonical(member)}, "Grants": grants}
        s3.put_object_acl(Bucket="bucket", Key="key", AccessControlPolicy=stolen)


# The public


def test_nobody_is_let_in_where_a_policy_says_so_only(server, s3):
    url = f"{server.url}/bucket/key"
    public = bucket_policy("Allow", "*")
    with refused("AccessDenied"):
        s3.put_bucket_policy(Bucket="bucket", Policy=public)
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=OPEN)
    s3.put_bucket_policy(Bucket="bucket", Policy=public)
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"]["IsPublic"] is True
    assert fetch(url) == (200, b"secret")
    assert fetch(url, "PUT", b"x")[0] == fetch(server.url)[0] == fetch(f"{server.url}/bucket?list-type=2")[0] == 403
    assert fetch(f"{url}?acl")[0] == fetch(f"{server.url}/bucket?policy")[0] == 403
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=OPEN | {"RestrictPublicBuckets": True})
    assert fetch(url)[0] == 403
    events = [event for event in server.audit("--event-name", "GetObject") if event["userIdentity"]["type"] == "AWSAccount"]
    assert events[0]["userIdentity"]["accountId"] == "ANONYMOUS_PRINCIPAL"


def test_a_public_block_is_told(s3):
    block = s3.get_public_access_block(Bucket="bucket")["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    s3.delete_public_access_block(Bucket="bucket")
    with refused("NoSuchPublicAccessBlockConfiguration", status=404):
        s3.get_public_access_block(Bucket="bucket")


# Presigned


def test_a_presigned_address_is_good_for_what_it_was_signed_for(server, s3):
    s3 = server.client("s3", signature_version="s3v4")
    reading = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"}, ExpiresIn=60)
    assert fetch(reading) == (200, b"secret")
    assert fetch(reading.replace("/key", "/other"))[0] == fetch(reading, "PUT", b"x")[0] == 403
    writing = s3.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "new"}, ExpiresIn=60)
    assert fetch(writing, "PUT", b"new")[0] == 200
    assert fetch(writing)[0] == 403
    # "a write-only URL became CopyObject as the signer"
    assert fetch(writing, "PUT", b"", {"x-amz-copy-source": "bucket/key"})[0] == 403
    assert fetch(writing, "PUT", b"", {"x-amz-acl": "public-read"})[0] == 403
    assert fetch(f"{writing}&x-amz-copy-source=bucket/key", "PUT", b"")[0] == 403
    assert s3.get_object(Bucket="bucket", Key="new")["Body"].read() == b"new"


def test_two_mechanisms_at_once_are_refused(server, s3):
    s3 = server.client("s3", signature_version="s3v4")
    reading = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"}, ExpiresIn=60)
    assert fetch(reading, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"})[0] == 400


# Signatures and bodies


def crc32(body: bytes) -> str:
    return b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()


CHUNKS = [b"a" * 70_000, b"b" * 70_000, b"c"]
WHOLE = b"".join(CHUNKS)


@pytest.mark.parametrize("signs", [True, False], ids=["signed", "unsigned"])
@pytest.mark.parametrize("trailer", [None, {"x-amz-checksum-crc32": crc32(WHOLE)}], ids=["plain", "trailer"])
def test_a_chunked_body_is_taken(server, s3, signs, trailer):
    if not signs and not trailer:
        pytest.skip("there is no such form")
    answer = send(server, chunked(server, CHUNKS, trailer=trailer, signs=signs))
    assert answer.status == 200, answer.body
    got = s3.get_object(Bucket="bucket", Key="new")
    assert got["Body"].read() == WHOLE and "ContentEncoding" not in got


@pytest.mark.parametrize(
    "spoil, code",
    [
        (lambda body: body.replace(b"bbb", b"bxb", 1), "SignatureDoesNotMatch"),
        (lambda body: body.replace(b"chunk-signature=", b"chunk-signature=0", 1), "SignatureDoesNotMatch"),
        (lambda body: body.replace(b";chunk-signature=", b";ignored=", 1), "SignatureDoesNotMatch"),
        (lambda body: body[: len(body) // 2], "IncompleteBody"),
        (lambda body: b"zz" + body, "IncompleteBody"),
        (lambda body: body.replace(b"x-amz-trailer-signature:", b"x-amz-trailer-signature:0"), "SignatureDoesNotMatch"),
        (lambda body: body.replace(b"crc32:", b"crc32:A"), "SignatureDoesNotMatch"),
        (lambda body: body.replace(b"x-amz-trailer-signature:", b"x-amz-acl:public-read\r\nx-amz-trailer-signature:"),
         "SignatureDoesNotMatch"),
    ],
)
def test_a_chunked_body_that_is_not_as_signed_leaves_nothing(server, s3, spoil, code):
    request = chunked(server, CHUNKS, trailer={"x-amz-checksum-crc32": crc32(WHOLE)})
    assert send(server, replace(request, body=spoil(request.body))).code == code
    with refused("NoSuchKey"):
        s3.get_object(Bucket="bucket", Key="new")


def test_an_unsigned_trailer_is_no_header(server, s3):
    trailer = {"x-amz-checksum-crc32": crc32(WHOLE), "x-amz-acl": "public-read", "x-amz-copy-source": "bucket/key"}
    assert send(server, chunked(server, CHUNKS, trailer=trailer, signs=False)).status == 200
    assert s3.get_object(Bucket="bucket", Key="new")["Body"].read() == WHOLE
    wrong = {"x-amz-checksum-crc32": crc32(b"other")}
    assert send(server, chunked(server, CHUNKS, trailer=wrong, signs=False)).code == "BadDigest"


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_body_of_another_hash_leaves_nothing(server, s3, size):
    request = put(server, b"x" * size, hashlib.sha256(b"y" * size).hexdigest())
    assert send(server, request).refusal == ("XAmzContentSHA256Mismatch", 400)
    with refused("NoSuchKey"):
        s3.get_object(Bucket="bucket", Key="new")
    assert send(server, put(server, b"x" * size, "UNSIGNED-PAYLOAD")).status == 200


@pytest.mark.parametrize("header", [("x-amz-acl", "public-read"), ("x-amz-copy-source", "bucket/key"), ("X-Amz-Meta-A", "1")])
def test_an_amazon_header_that_is_not_signed_is_refused(server, s3, header):
    request = put(server, b"x", "UNSIGNED-PAYLOAD").with_headers(header)
    assert send(server, request).refusal == ("AccessDenied", 403)


def test_a_small_body_has_its_limit(server, s3):
    request = Request("POST", "/bucket", "delete", headers=[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], body=b"x" * (4 << 20) + b"x")
    assert send(server, request).status == 413
    with refused("MalformedXML"):
        s3.delete_objects(Bucket="bucket", Delete={"Objects": []})


def test_a_scope_for_another_service_is_refused(server, s3):
    for service, code in (("iam", "InvalidAction"), ("lookoutmetrics", "UnknownOperationException")):
        request = Request("GET", "/bucket/key", headers=[("x-amz-content-sha256", EMPTY)])
        assert send(server, sign(request, server, ROOT, service)).code == code
