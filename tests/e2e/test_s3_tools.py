"""Amazon S3 as tools use it, and as it outlives its process: the real AWS CLI, sudden death, memory."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from s3 import put
from server import refused, wait_until

LARGE = os.urandom(9 * 1024 * 1024)


def aws_s3(server, *arguments: str, **options) -> str:
    """`aws s3 …`, whose answers are for people."""
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "s3", *arguments], env=server.environment(**options), capture_output=True, text=True
    )
    return done.stdout + done.stderr + (f"exit {done.returncode}" if done.returncode else "")


# The AWS CLI


def test_the_aws_cli_keeps_a_folder(server, tmp_path):
    folder, back = tmp_path / "folder", tmp_path / "back"
    (folder / "deep er").mkdir(parents=True)
    (folder / "small.txt").write_text("small")
    (folder / "deep er" / "large").write_bytes(LARGE)
    for file in (folder / "small.txt", folder / "deep er" / "large"):
        # Objects' times are whole seconds, so that a file of this very second would seem newer than its object.
        os.utime(file, (0, 0))
    assert "make_bucket: bucket" in aws_s3(server, "mb", "s3://bucket")
    assert aws_s3(server, "sync", str(folder), "s3://bucket/kept").count("upload: ") == 2
    assert aws_s3(server, "sync", str(folder), "s3://bucket/kept") == ""
    listed = aws_s3(server, "ls", "s3://bucket/kept/")
    assert "PRE deep er/" in listed and "5 small.txt" in listed
    assert "large" in aws_s3(server, "ls", "--recursive", "s3://bucket")
    assert aws_s3(server, "sync", "s3://bucket/kept", str(back)).count("download: ") == 2
    assert (back / "deep er" / "large").read_bytes() == LARGE
    assert "copy: " in aws_s3(server, "cp", "s3://bucket/kept/small.txt", "s3://bucket/again")
    assert aws_s3(server, "cp", "s3://bucket/again", "-") == "small"
    assert "BucketNotEmpty" in aws_s3(server, "rb", "s3://bucket")
    assert aws_s3(server, "rm", "--recursive", "s3://bucket").count("delete: ") == 3
    assert "remove_bucket: bucket" in aws_s3(server, "rb", "s3://bucket")
    assert aws_s3(server, "ls") == ""


def test_the_aws_cli_is_refused_in_words(server):
    aws_s3(server, "mb", "s3://bucket")
    nobody = server.user("nobody")
    assert "AccessDenied" in aws_s3(server, "ls", "s3://bucket", credentials=nobody)
    assert "AccessDenied" in aws_s3(server, "mb", "s3://other", credentials=nobody)
    assert "InvalidBucketName" in aws_s3(server, "mb", "s3://tags")


# Sudden death


def test_what_was_acknowledged_is_there_after_a_sudden_death(server, tmp_path):
    server.client("s3").create_bucket(Bucket="bucket")
    acknowledged, stop = {}, threading.Event()

    def write(writer: int):
        number, client = 0, server.client("s3")
        while not stop.is_set():
            body = os.urandom([10, 100_000, 200_000, 6_000_000][number % 4])
            key = f"{writer}/{number}"
            try:
                client.put_object(Bucket="bucket", Key=key, Body=body)
                acknowledged[key] = hashlib.md5(body).hexdigest()
            except (ClientError, BotoCoreError):
                return
            number += 1

    for round_ in range(3):
        stop.clear()
        before = len(acknowledged)
        with ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(write, f"{round_}{writer}") for writer in range(4)]
            wait_until(lambda: len(acknowledged) > before + 30, "some writes")
            server.kill()
            stop.set()
            for writer in writers:
                writer.result(30)
        server.start()
    client = server.client("s3")
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket"):
        found |= {item["Key"]: item["ETag"].strip('"') for item in page.get("Contents", [])}
    assert acknowledged.items() <= found.items()
    # At most what each writer had in flight is there without an answer, and that is whole.
    assert len(found) <= len(acknowledged) + 12
    for key, etag in found.items():
        assert hashlib.md5(client.get_object(Bucket="bucket", Key=key)["Body"].read()).hexdigest() == etag
    # Nothing is left of what was half done: a blob for each object that is not in the index.
    sizes = [item["Size"] for page in client.get_paginator("list_objects_v2").paginate(Bucket="bucket")
             for item in page["Contents"]]
    apart = sum(size > (0 if server.outer else 128 * 1024) for size in sizes)
    wait_until(lambda: len(server.blobs()) == apart, "nothing else is left")


def test_a_truncated_log_of_the_index_is_missed(server):
    client = server.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="large", Body=LARGE)
    server.kill()
    log = server.data_dir / "objects/index.db-wal"
    whole = log.read_bytes()
    os.truncate(log, len(whole) - 2000)
    assert "the objects are damaged" in server.refuses_to_start()
    log.write_bytes(whole)
    assert server.start().client("s3").get_object(Bucket="bucket", Key="large")["Body"].read() == LARGE


def test_an_upload_goes_on_after_a_sudden_death(server):
    client = server.client("s3")
    client.create_bucket(Bucket="bucket")
    upload = {"Bucket": "bucket", "Key": "big"}
    upload["UploadId"] = client.create_multipart_upload(**upload)["UploadId"]
    first = client.upload_part(**upload, PartNumber=1, Body=LARGE)["ETag"]
    server.kill()
    server.start()
    client = server.client("s3")
    parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": client.upload_part(**upload, PartNumber=2, Body=b"x")["ETag"]}]
    answered = []

    def complete():
        try:
            answered.append(client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}))
        except (ClientError, BotoCoreError):
            pass

    thread = threading.Thread(target=complete)
    thread.start()
    server.kill()
    thread.join()
    server.start()
    client = server.client("s3")
    if not answered:
        # It is whole or not there, and can then be completed.
        try:
            client.head_object(Bucket="bucket", Key="big")
        except ClientError:
            client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert client.get_object(Bucket="bucket", Key="big")["Body"].read() == LARGE + b"x"
    with refused("NoSuchUpload"):
        client.list_parts(**upload)


# Memory


def test_a_large_object_needs_no_memory(server, tmp_path, large):
    """In one request and in parts, and to read; with `--large` as large as one request can bring."""
    client = server.client("s3", read_timeout=600)
    client.create_bucket(Bucket="bucket")
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
    size = (5 << 30) if large else (400 << 20)
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(size)
    with path.open("rb") as file:
        etag = client.put_object(Bucket="bucket", Key="large", Body=file)["ETag"].strip('"')
    assert digest(client) == (size, etag)
    client.delete_object(Bucket="bucket", Key="large")
    part = 64 << 20
    client.upload_file(str(path), "bucket", "large", Config=TransferConfig(multipart_chunksize=part, max_concurrency=8))
    assert client.head_object(Bucket="bucket", Key="large")["ETag"].endswith(f'-{-(-size // part)}"')
    assert digest(client) == (size, etag)
    peak = next(line for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmHWM"))
    print(peak)
    assert int(peak.split()[1]) < 150 * 1024, peak


def digest(client) -> tuple[int, str]:
    """The size and the MD5 of what is read."""
    size, md5 = 0, hashlib.md5()
    for chunk in client.get_object(Bucket="bucket", Key="large")["Body"].iter_chunks(1 << 20):
        size += len(chunk)
        md5.update(chunk)
    return size, md5.hexdigest()


def test_a_body_that_breaks_off_leaves_nothing(server):
    server.client("s3").create_bucket(Bucket="bucket")
    request = put(server, b"", "UNSIGNED-PAYLOAD", ("Content-Length", "1000000"))
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(request.in_bytes() + b"x" * 500_000)
    with refused("NoSuchKey"):
        server.client("s3").get_object(Bucket="bucket", Key="new")
    wait_until(lambda: not server.blobs(), "nothing is left")
