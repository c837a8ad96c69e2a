"""A store of others that holds objects' bytes: nanio, small and from PyPI. It verifies signatures, and knows nothing of us."""

import itertools
import os
import socket
import subprocess
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError

from server import REGION, Credentials, client_of, wait_until

KEY = Credentials("OUTERKEY", "outer/secret+key")


class OuterStore:
    """One directory, and at most one process that serves it, always at the same address."""

    def __init__(self, directory: Path):
        self.directory = directory
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.process: subprocess.Popen | None = None
        self._numbers = itertools.count()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "OuterStore":
        command = [sys.executable, "-m", "nanio", "serve", "--host", "127.0.0.1", "--port", str(self.port)]
        key = {"NANIO_ACCESS_KEY": KEY.access_key_id, "NANIO_SECRET_KEY": KEY.secret_access_key}
        with (self.directory / "nanio.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(self.directory / "data"), "--no-access-log"],
                env=os.environ | key, stdout=log, stderr=log,
            )

        def answers():
            assert self.process.poll() is None, (self.directory / "nanio.log").read_text()
            try:
                return client_of("s3", self.url, KEY).list_buckets()
            except BotoCoreError:
                return None

        wait_until(answers, "the outer store answers")
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()

    def bucket(self) -> "OuterBucket":
        """A new bucket in it."""
        return OuterBucket(self.url, KEY, f"outer{next(self._numbers)}").make()


class OuterBucket:
    """A bucket for objects' bytes, in any store."""

    def __init__(self, url: str, key: Credentials, name: str):
        self.client = client_of("s3", url, key)
        self.name = name
        self.url = f"{url}/{name}/kept/here?region={REGION}"
        self.environment = {
            "BARTIZAN_OBJECT_STORE": self.url,
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        }

    def make(self) -> "OuterBucket":
        self.client.create_bucket(Bucket=self.name)
        return self

    def keys(self) -> list[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def blobs(self) -> list[str]:
        """All that is there but the mark, and what is still being uploaded."""
        uploads = self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
        return [key for key in self.keys() if not key.endswith("/bartizan")] + [upload["UploadId"] for upload in uploads]
