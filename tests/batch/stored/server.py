"""A local S3 server in a process of its own, and a bucket looked at with another client."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


class Bucket:
    """A bucket, by its name."""

    def __init__(self, name: str, endpoint: str) -> None:
        self.name = name
        keys = {
            "aws_access_key_id": "key",
            "aws_secret_access_key": "secret",
            "region_name": "us-east-1",
        }
        self._client: Any = boto3.client("s3", endpoint_url=endpoint, **keys)
        self._client.create_bucket(Bucket=name)

    def url(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def put(self, key: str, content: bytes) -> None:
        self._client.put_object(Bucket=self.name, Key=key, Body=content)

    def read(self, key: str) -> bytes:
        content: bytes = self._client.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def remove(self, key: str) -> None:
        self._client.delete_object(Bucket=self.name, Key=key)

    def tags(self, prefix: str = "") -> dict[str, tuple[str, str]]:
        """Give content and time of all objects, by key."""
        pages = self._client.get_paginator("list_objects_v2")
        return {
            one["Key"]: (one["ETag"], str(one["LastModified"]))
            for page in pages.paginate(Bucket=self.name, Prefix=prefix)
            for one in page.get("Contents", ())
        }

    def download(self, prefix: str, folder: Path) -> Path:
        """Copy all objects below a prefix to a folder."""
        for key in self.tags(f"{prefix}/"):
            path = folder / key.removeprefix(f"{prefix}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.read(key))
        return folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


@contextmanager
def s3_server() -> Iterator[str]:
    """Run a server, and give its address."""
    port = free_port()
    call = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def use_server(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Have framepick, here and in processes started later, use the server at an address."""
    from framepick.stores import store_of

    store_of.cache_clear()
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**ENVIRONMENT, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
