"""Objects whose bytes are in a store of others. What S3 does is the same, so these are the same tests; and what is not."""

import os

import pytest
from botocore.exceptions import ClientError

from e2e.test_s3_object import (  # They run here too, with the server below.
    begin,
    s3,
    test_a_copy_needs_both_permissions,
    test_a_part_is_copied,
    test_a_part_that_is_too_small_is_refused,
    test_a_range_is_read,
    test_boto3s_own_uploads_and_downloads,
    test_conditions_are_held,
    test_many_are_deleted_each_by_itself,
    test_parts_become_an_object,
    test_what_is_put_is_read,
)
from e2e.test_s3_tools import (
    test_a_body_that_breaks_off_leaves_nothing,
    test_an_upload_goes_on_after_a_sudden_death,
    test_the_aws_cli_keeps_a_folder,
    test_what_was_acknowledged_is_there_after_a_sudden_death,
)
from outer_store import KEY, OuterBucket, OuterStore
from server import refused, wait_until

LARGE = os.urandom(12 * 1024 * 1024)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = OuterStore(tmp_path_factory.mktemp("outer")).start()
    yield store
    store.kill()


@pytest.fixture
def outer(store):
    return store.bucket()


@pytest.fixture
def server(new_server, outer):
    return new_server(outer=outer).start()


# Starts that must be refused


def test_a_store_that_cannot_be_used_is_refused(new_server, store, outer):
    server = new_server(outer=outer)
    for change, said in (
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "it answered 403 SignatureDoesNotMatch"),
        ({"AWS_ACCESS_KEY_ID": "NOBODY"}, "it answered 403 InvalidAccessKeyId"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "the object store needs a key: set AWS_SECRET_ACCESS_KEY"),
    ):
        assert said in server.refuses_to_start(environment=change)
    for url, said in (
        (f"{store.url}/none", "it answered 404 NoSuchBucket"),
        ("http://127.0.0.1:1/bucket", "cannot be used: "),
        (store.url, "must name a bucket"),
        (f"http://{KEY.access_key_id}:hidden@127.0.0.1/bucket", "must not hold credentials"),
    ):
        assert said in server.refuses_to_start("--object-store", url)
    assert not any(secret in server.log() for secret in (KEY.secret_access_key, "hidden"))
    # None of them has bound the directory.
    server.start()


def test_bytes_that_are_elsewhere_are_refused(new_server, store, outer):
    server = new_server(outer=outer).start()
    server.client("s3").create_bucket(Bucket="bucket")
    server.stop()
    other = store.bucket()
    elsewhere = "is not the object store that this data directory's objects are in"
    assert elsewhere in server.refuses_to_start("--object-store", other.url)
    assert elsewhere in server.refuses_to_start("--object-store", f"{store.url}/{outer.name}/kept/there")
    server.outer = None
    assert "the objects' bytes are in an object store: start with --object-store" in server.refuses_to_start()
    server.outer = outer
    # The same bytes are known again wherever they are.
    for key in outer.keys():
        other.client.copy_object(Bucket=other.name, Key=key, CopySource={"Bucket": outer.name, "Key": key})
    server.outer = other
    server.start()


def test_a_directory_with_files_is_refused(new_server, outer):
    server = new_server().start()
    server.client("s3").create_bucket(Bucket="bucket")
    server.stop()
    server.outer = outer
    server.start().stop()
    server = new_server().start()
    client = server.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="key", Body=b"x")
    server.stop()
    server.outer = outer
    assert "there are objects whose bytes are in files: start without --object-store" in server.refuses_to_start()


# Bytes


def test_the_store_holds_the_bytes_and_only_them(server, s3, outer):
    s3.put_object(Bucket="bucket", Key="telling/name", Body=b"small", Metadata={"telling": "metadata"})
    s3.put_object(Bucket="bucket", Key="empty", Body=b"")
    s3.put_object(Bucket="bucket", Key="large", Body=LARGE)
    blobs = outer.blobs()
    read = {key: outer.client.get_object(Bucket=outer.name, Key=key) for key in blobs}
    assert sorted(blob["Body"].read() for blob in read.values()) == sorted([b"small", LARGE])
    assert not any("telling" in key or blob["Metadata"] for key, blob in read.items())
    assert all(key.startswith("kept/here/") for key in outer.keys())
    assert not list((server.data_dir / "objects").glob("[0-9]*/*"))
    s3.put_object(Bucket="bucket", Key="large", Body=b"smaller")
    s3.delete_object(Bucket="bucket", Key="telling/name")
    wait_until(lambda: len(outer.blobs()) == 1, "what is nobody's is gone")


def test_servers_share_a_bucket(new_server, outer):
    """Each has a folder of its own, and sweeps that only."""
    one, other = (new_server(outer=outer).start() for _ in range(2))
    for server in (one, other):
        client = server.client("s3")
        client.create_bucket(Bucket="bucket")
        client.put_object(Bucket="bucket", Key="key", Body=str(server.port).encode())
    uploading = begin(one.client("s3"))
    one.client("s3").upload_part(**uploading, PartNumber=1, Body=LARGE)
    other.kill()
    other.start()
    assert one.client("s3").get_object(Bucket="bucket", Key="key")["Body"].read() == str(one.port).encode()
    other.client("s3").delete_object(Bucket="bucket", Key="key")
    wait_until(lambda: len(outer.blobs()) == 2, "the other's object is gone")
    assert len(one.client("s3").list_parts(**uploading)["Parts"]) == 1


def test_another_bartizan_is_a_store(new_server):
    behind = new_server().start()
    user = behind.user("front", '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}')
    outer = OuterBucket(behind.url, user, "outer").make()
    server = new_server(outer=outer).start()
    client = server.client("s3")
    client.create_bucket(Bucket="bucket")
    for body in (b"", b"x", LARGE):
        client.put_object(Bucket="bucket", Key="key", Body=body)
        assert client.get_object(Bucket="bucket", Key="key")["Body"].read() == body
    assert client.get_object(Bucket="bucket", Key="key", Range="bytes=7000000-7000009")["Body"].read() == (
        LARGE[7_000_000:7_000_010]
    )
    wait_until(lambda: len(outer.blobs()) == 1, "what was replaced is gone")
    # It may be forbidden to write, which is no secret of the store behind that the client learns.
    behind.client("iam").put_user_policy(
        UserName="front", PolicyName="deny",
        PolicyDocument='{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:PutObject","Resource":"*"}}',
    )
    with refused("ServiceUnavailable", "Service is unable to handle request.", status=503):
        client.put_object(Bucket="bucket", Key="key", Body=b"new")
    assert client.get_object(Bucket="bucket", Key="key")["Body"].read() == LARGE


def test_an_object_is_read_to_its_end_although_it_is_deleted(server, s3, outer):
    upload = begin(s3)
    etags = [s3.upload_part(**upload, PartNumber=number, Body=LARGE)["ETag"] for number in (1, 2)]
    parts = [{"PartNumber": number + 1, "ETag": etag} for number, etag in enumerate(etags)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    body = s3.get_object(Bucket="bucket", Key="big")["Body"]
    first = body.read(10)
    s3.put_object(Bucket="bucket", Key="gone", Body=b"x")
    s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "big"}, {"Key": "gone"}]})
    wait_until(lambda: len(outer.blobs()) == 2, "only what is read is left")
    assert first + body.read() == LARGE + LARGE

    def nothing_is_left():
        # Whatever is deleted next lets it look again.
        s3.put_object(Bucket="bucket", Key="gone", Body=b"x")
        s3.delete_object(Bucket="bucket", Key="gone")
        return not outer.blobs()

    wait_until(nothing_is_left, "nothing is left")


# A store that is away


def test_while_the_store_is_away_nothing_is_lost(new_server, tmp_path):
    store = OuterStore(tmp_path).start()
    try:
        outer = store.bucket()
        server = new_server(outer=outer).start()
        client = server.client("s3")
        client.create_bucket(Bucket="bucket")
        for key in ("kept", "replaced", "deleted"):
            client.put_object(Bucket="bucket", Key=key, Body=LARGE)
        upload = begin(client)
        etag = client.upload_part(**upload, PartNumber=1, Body=LARGE)["ETag"]
        store.kill()
        for ask in (
            lambda: client.get_object(Bucket="bucket", Key="kept"),
            lambda: client.put_object(Bucket="bucket", Key="replaced", Body=b"new"),
            lambda: client.put_object(Bucket="bucket", Key="new", Body=b"new"),
            lambda: client.copy_object(Bucket="bucket", Key="new", CopySource="bucket/kept"),
            lambda: client.upload_part(**upload, PartNumber=2, Body=b"new"),
        ):
            with pytest.raises(ClientError) as caught:
                ask()
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert caught.value.response["Error"]["Code"] == "ServiceUnavailable"
            assert str(store.port) not in str(caught.value.response)
        # What needs no bytes works.
        assert client.head_object(Bucket="bucket", Key="kept")["ContentLength"] == len(LARGE)
        client.put_object(Bucket="bucket", Key="empty", Body=b"")
        client.delete_object(Bucket="bucket", Key="deleted")
        client.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
        assert server.get("/readyz")[0] == 200
        server.kill()
        assert "cannot be used" in server.refuses_to_start()
        store.start()
        server.start()
        client = server.client("s3")
        for key in ("kept", "replaced", "big"):
            assert client.get_object(Bucket="bucket", Key=key)["Body"].read() == LARGE
        assert [item["Key"] for item in client.list_objects_v2(Bucket="bucket")["Contents"]] == [
            "big", "empty", "kept", "replaced"
        ]
        wait_until(lambda: len(outer.blobs()) == 3, "what was deleted is gone")
    finally:
        store.kill()
