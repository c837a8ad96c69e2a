"""Objects: put, read, listed, copied, deleted; and all that must be refused."""

import hashlib
import io
import os

import pytest

from server import ACCOUNT, allow, not_authorized, policy, refused, statement

LARGE = os.urandom(6 * 1024 * 1024)


@pytest.fixture
def s3(server):
    client = server.client("s3")
    client.create_bucket(Bucket="bucket")
    return client


def keys(answer: dict) -> list[str]:
    return [item["Key"] for item in answer.get("Contents", [])]


# Refusals


def test_who_may_nothing_is_let_into_nothing(server, s3):
    s3.put_object(Bucket="bucket", Key="key", Body=b"secret")
    nobody = server.client("s3", server.user("nobody"))
    arn = f"arn:aws:iam::{ACCOUNT}:user/nobody"
    with refused("AccessDenied", not_authorized(arn, "s3:GetObject", "arn:aws:s3:::bucket/key"), status=403):
        nobody.get_object(Bucket="bucket", Key="key")
    with refused("AccessDenied", status=403):
        nobody.put_object(Bucket="bucket", Key="key", Body=b"mine")
    with refused("AccessDenied", status=403):
        nobody.delete_object(Bucket="bucket", Key="key")
    with refused("AccessDenied", not_authorized(arn, "s3:ListBucket", "arn:aws:s3:::bucket")):
        nobody.list_objects_v2(Bucket="bucket")
    with refused("403"):
        nobody.head_object(Bucket="bucket", Key="key")
    with refused("AccessDenied"):
        nobody.create_bucket(Bucket="other")
    with refused("AccessDenied"):
        nobody.list_buckets()
    for bucket in ("bucket", "no-such-bucket"):
        deleted = nobody.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "key"}]})
        assert [error["Code"] for error in deleted["Errors"]] == ["AccessDenied"]
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"secret"


def test_what_is_to_be_deleted_on_a_condition_stays(s3):
    """Conditions of deletion are not available, and what is not looked at is not done without."""
    etag = s3.put_object(Bucket="bucket", Key="key", Body=b"secret")["ETag"]
    with refused("NotImplemented", status=501):
        s3.delete_object(Bucket="bucket", Key="key", IfMatch=etag)
    for condition, code in (
        ({"ETag": etag}, "NotImplemented"), ({"Size": 6}, "NotImplemented"),
        ({"LastModifiedTime": "2026-01-01T00:00:00Z"}, "InvalidArgument"),
    ):
        with refused(code):
            s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "other"}, {"Key": "key", **condition}]})
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"secret"


def test_what_is_not_there_only_who_may_list_learns(server, s3):
    reader = server.client("s3", server.user("reader", allow("s3:GetObject")))
    with refused("AccessDenied", "Access Denied", status=403):
        reader.get_object(Bucket="bucket", Key="nothing")
    lister = server.client("s3", server.user("lister", allow(["s3:GetObject", "s3:ListBucket"])))
    with refused("NoSuchKey", "The specified key does not exist.", status=404):
        lister.get_object(Bucket="bucket", Key="nothing")
    with refused("404"):
        lister.head_object(Bucket="bucket", Key="nothing")
    with refused("NoSuchBucket", status=404):
        s3.get_object(Bucket="nothing", Key="nothing")
    with refused("NoSuchBucket", status=404):
        s3.put_object(Bucket="nothing", Key="nothing", Body=b"x" * 100_000)


def test_a_bodys_checksums_are_held_against_it(s3):
    with refused("BadDigest", status=400):
        s3.put_object(Bucket="bucket", Key="key", Body=b"abc", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
    with refused("BadDigest"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"abc", ChecksumSHA256="A" * 43 + "=")
    with refused("NoSuchKey"):
        s3.get_object(Bucket="bucket", Key="key")
    for algorithm in ("CRC32", "CRC32C", "SHA1", "SHA256"):
        try:
            put = s3.put_object(Bucket="bucket", Key=algorithm, Body=LARGE, ChecksumAlgorithm=algorithm)
        except Exception as error:  # CRC32C needs awscrt
            assert "crt" in str(error).lower(), error
            continue
        got = s3.get_object(Bucket="bucket", Key=algorithm, ChecksumMode="ENABLED")
        assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"]
        assert got["Body"].read() == LARGE


@pytest.mark.parametrize(
    "given",
    [
        {"ServerSideEncryption": "aws:kms"}, {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32},
        {"ObjectLockLegalHoldStatus": "ON"}, {"WebsiteRedirectLocation": "/x"},
    ],
)
def test_what_cannot_be_honoured_is_refused(s3, given):
    with refused("NotImplemented", status=501):
        s3.put_object(Bucket="bucket", Key="key", Body=b"x", **given)


def test_an_object_of_another_bucket_owner_than_expected_is_refused(s3):
    with refused("AccessDenied"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"x", ExpectedBucketOwner="999999999999")


# Put and read


@pytest.mark.parametrize("body", [b"", b"abc", b"x" * 131_072, b"x" * 131_073, LARGE], ids=len)
def test_what_is_put_is_read(s3, body):
    put = s3.put_object(Bucket="bucket", Key="a/b c+ö%20/../d", Body=body, ContentType="text/plain", Metadata={"who": "me"})
    got = s3.get_object(Bucket="bucket", Key="a/b c+ö%20/../d")
    assert got["Body"].read() == body
    assert got["ETag"] == put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert (got["ContentType"], got["Metadata"], got["ContentLength"]) == ("text/plain", {"who": "me"}, len(body))
    head = s3.head_object(Bucket="bucket", Key="a/b c+ö%20/../d")
    assert (head["ContentLength"], head["ETag"], head["Metadata"]) == (len(body), put["ETag"], {"who": "me"})


def test_a_range_is_read(s3):
    s3.put_object(Bucket="bucket", Key="key", Body=LARGE)
    got = s3.get_object(Bucket="bucket", Key="key", Range="bytes=1000-2999")
    assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert got["ContentRange"] == f"bytes 1000-2999/{len(LARGE)}"
    assert got["Body"].read() == LARGE[1000:3000]
    assert s3.get_object(Bucket="bucket", Key="key", Range="bytes=-5")["Body"].read() == LARGE[-5:]
    with refused("InvalidRange", status=416):
        s3.get_object(Bucket="bucket", Key="key", Range=f"bytes={len(LARGE)}-")


def test_conditions_are_held(s3):
    etag = s3.put_object(Bucket="bucket", Key="key", Body=b"1", IfNoneMatch="*")["ETag"]
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket="bucket", Key="key", Body=b"2", IfNoneMatch="*")
    with refused("PreconditionFailed"):
        s3.put_object(Bucket="bucket", Key="key", Body=b"2", IfMatch='"0"')
    with refused("304"):
        s3.get_object(Bucket="bucket", Key="key", IfNoneMatch=etag)
    with refused("PreconditionFailed"):
        s3.get_object(Bucket="bucket", Key="key", IfMatch='"0"')
    s3.put_object(Bucket="bucket", Key="key", Body=b"2", IfMatch=etag)
    assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == b"2"


# Lists


def test_a_list_is_in_order_and_paged(s3):
    names = [f"a/{number}" for number in range(5)] + ["b", "c/1", "c/2", "ä", "a b&<"]
    for name in names:
        s3.put_object(Bucket="bucket", Key=name, Body=b"x")
    assert keys(s3.list_objects_v2(Bucket="bucket")) == sorted(names, key=str.encode)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="bucket", PaginationConfig={"PageSize": 3})
    assert [key for page in pages for key in keys(page)] == sorted(names, key=str.encode)
    pages = s3.get_paginator("list_objects").paginate(Bucket="bucket", Delimiter="/", PaginationConfig={"PageSize": 2})
    found = [(keys(page), [prefix["Prefix"] for prefix in page.get("CommonPrefixes", [])]) for page in pages]
    assert sorted(sum((a + b for a, b in found), []), key=str.encode) == ["a b&<", "a/", "b", "c/", "ä"]
    assert keys(s3.list_objects_v2(Bucket="bucket", Prefix="c/", StartAfter="c/1")) == ["c/2"]
    with refused("InvalidArgument"):
        s3.list_objects_v2(Bucket="bucket", ContinuationToken="made up")


def test_a_condition_on_the_prefix_holds(server, s3):
    only = allow("s3:ListBucket", condition={"StringLike": {"s3:prefix": "mine/*"}})
    lister = server.client("s3", server.user("lister", only))
    lister.list_objects_v2(Bucket="bucket", Prefix="mine/x")
    for given in ({}, {"Prefix": "yours/"}, {"Prefix": "mine"}):
        with refused("AccessDenied"):
            lister.list_objects_v2(Bucket="bucket", **given)


# Delete


def test_many_are_deleted_each_by_itself(server, s3):
    for key in ("a", "b", "kept"):
        s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    document = policy(statement("Allow", "s3:DeleteObject"), statement("Deny", "s3:DeleteObject", "arn:aws:s3:::bucket/kept"))
    deleter = server.client("s3", server.user("deleter", document))
    done = deleter.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": key} for key in ("a", "b", "kept", "none")]})
    assert [item["Key"] for item in done["Deleted"]] == ["a", "b", "none"]
    assert [(error["Key"], error["Code"]) for error in done["Errors"]] == [("kept", "AccessDenied")]
    assert keys(s3.list_objects_v2(Bucket="bucket")) == ["kept"]
    with refused("BucketNotEmpty", status=409):
        s3.delete_bucket(Bucket="bucket")
    s3.delete_object(Bucket="bucket", Key="kept")
    s3.delete_bucket(Bucket="bucket")
    with refused("NoSuchBucket"):
        s3.list_objects_v2(Bucket="bucket")


# Copy


def test_a_copy_needs_both_permissions(server, s3):
    s3.put_object(Bucket="bucket", Key="from", Body=LARGE, Metadata={"a": "1"}, ContentType="text/css")
    writer = server.client("s3", server.user("writer", allow("s3:PutObject")))
    with refused("AccessDenied"):
        writer.copy_object(Bucket="bucket", Key="to", CopySource="bucket/from")
    with refused("AccessDenied"):
        server.client("s3", server.user("reader", allow("s3:GetObject"))).copy_object(
            Bucket="bucket", Key="to", CopySource="bucket/from"
        )
    s3.copy_object(Bucket="bucket", Key="to", CopySource={"Bucket": "bucket", "Key": "from"})
    got = s3.get_object(Bucket="bucket", Key="to")
    assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (LARGE, {"a": "1"}, "text/css")
    s3.copy_object(Bucket="bucket", Key="to", CopySource="bucket/to", Metadata={"b": "2"}, MetadataDirective="REPLACE")
    assert s3.head_object(Bucket="bucket", Key="to")["Metadata"] == {"b": "2"}
    with refused("InvalidRequest"):
        s3.copy_object(Bucket="bucket", Key="to", CopySource="bucket/to")


# Tags


def test_tags_of_objects_decide(server, s3):
    s3.put_object(Bucket="bucket", Key="red", Body=b"x", Tagging="team=red&site=main")
    s3.put_object(Bucket="bucket", Key="blue", Body=b"x")
    s3.put_object_tagging(Bucket="bucket", Key="blue", Tagging={"TagSet": [{"Key": "team", "Value": "blue"}]})
    assert s3.get_object_tagging(Bucket="bucket", Key="red")["TagSet"] == [
        {"Key": "team", "Value": "red"}, {"Key": "site", "Value": "main"}
    ]
    only = allow("s3:GetObject", condition={"StringEquals": {"s3:ExistingObjectTag/team": "red"}})
    reader = server.client("s3", server.user("reader", only))
    assert reader.get_object(Bucket="bucket", Key="red")["TagCount"] == 2
    with refused("AccessDenied"):
        reader.get_object(Bucket="bucket", Key="blue")
    s3.delete_object_tagging(Bucket="bucket", Key="red")
    with refused("AccessDenied"):
        reader.get_object(Bucket="bucket", Key="red")
    with refused("InvalidTag"):
        s3.put_object_tagging(Bucket="bucket", Key="red", Tagging={"TagSet": [{"Key": "aws:x", "Value": ""}]})
    untagged = server.client("s3", server.user("untagged", allow("s3:PutObject")))
    with refused("AccessDenied"):
        untagged.put_object(Bucket="bucket", Key="red", Body=b"x", Tagging="team=red")


# Multipart


def begin(s3, **given) -> dict:
    upload = s3.create_multipart_upload(Bucket="bucket", Key="big", **given)
    return {"Bucket": "bucket", "Key": "big", "UploadId": upload["UploadId"]}


def test_parts_become_an_object(s3):
    upload = begin(s3, Metadata={"a": "1"})
    etags = [s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"] for number, body in ((1, LARGE), (3, b"end"))]
    assert [part["PartNumber"] for part in s3.list_parts(**upload)["Parts"]] == [1, 3]
    assert [one["Key"] for one in s3.list_multipart_uploads(Bucket="bucket")["Uploads"]] == ["big"]
    with refused("NoSuchKey"):
        s3.get_object(Bucket="bucket", Key="big")
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in zip((1, 3), etags)]
    with refused("InvalidPart"):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": etags[0]}]})
    with refused("InvalidPartOrder"):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts[::-1]})
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert done["ETag"].endswith('-2"')
    got = s3.get_object(Bucket="bucket", Key="big")
    assert got["Body"].read() == LARGE + b"end" and got["Metadata"] == {"a": "1"} and got["ETag"] == done["ETag"]
    assert s3.get_object(Bucket="bucket", Key="big", Range=f"bytes={len(LARGE) - 1}-{len(LARGE)}")["Body"].read() == (
        LARGE[-1:] + b"e"
    )
    with refused("NoSuchUpload", status=404):
        s3.upload_part(**upload, PartNumber=1, Body=b"x")


def test_a_part_that_is_too_small_is_refused(s3):
    upload = begin(s3)
    etags = [s3.upload_part(**upload, PartNumber=number, Body=b"x")["ETag"] for number in (1, 2)]
    with refused("EntityTooSmall", status=400):
        parts = [{"PartNumber": number + 1, "ETag": etag} for number, etag in enumerate(etags)]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    s3.abort_multipart_upload(**upload)
    with refused("NoSuchUpload"):
        s3.list_parts(**upload)


def test_boto3s_own_uploads_and_downloads(s3):
    body = LARGE * 4
    s3.upload_fileobj(io.BytesIO(body), "bucket", "big")
    got = io.BytesIO()
    s3.download_fileobj("bucket", "big", got)
    assert got.getvalue() == body
    s3.copy({"Bucket": "bucket", "Key": "big"}, "bucket", "again")
    assert s3.head_object(Bucket="bucket", Key="again")["ContentLength"] == len(body)


def test_a_part_is_copied(s3):
    s3.put_object(Bucket="bucket", Key="from", Body=LARGE)
    upload = begin(s3)
    part = s3.upload_part_copy(**upload, PartNumber=1, CopySource="bucket/from", CopySourceRange="bytes=0-9")
    etag = part["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert s3.get_object(Bucket="bucket", Key="big")["Body"].read() == LARGE[:10]
