"""What browsers send: where it goes, what it is called, and when it is gone."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from framepick.app.routes import address
from framepick.app.service import Service
from framepick.app.uploads import Uploads, clean_name
from framepick.app.visits import Visit, Visits
from framepick.errors import UsageError
from tests.conftest import wait_for

NAMES = [
    ("holiday.mp4", "holiday.mp4"),
    ("../../x.mp4", "x.mp4"),
    ("C:\\films\\x.mp4", "x.mp4"),
    ("a<b>:c|d?.mov", "a_b__c_d_.mov"),
    ("..", "upload"),
    ("", "upload"),
    (".hidden.mp4", "hidden.mp4"),
    ("line\nbreak\0.mp4", "line_break_.mp4"),
    ("con.mp4", "_con.mp4"),
    ("Küste 海.mp4", "Küste 海.mp4"),
]


@pytest.mark.parametrize(("sent", "kept"), NAMES)
def test_a_name_is_never_a_path(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_name("é" * 300 + ".mp4")
    assert name.endswith(".mp4")
    assert len(name.encode()) <= 120


@pytest.fixture
def visit(service: Service) -> Visit:
    return service.visits.begin("browser")


def send(port: int, visit: Visit, name: str, content: bytes, **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("PUT", f"{address(visit)}/upload?name={name}", content, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def files_below(folder: Path) -> list[str]:
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


def test_an_upload_lies_in_the_folder_of_its_session(
    port: int, visit: Visit, tmp_path: Path
) -> None:
    before = set(files_below(tmp_path))
    status, _ = send(port, visit, "../../x.mp4", b"film")
    assert status == 200
    [name] = set(files_below(tmp_path)) - before
    assert name.endswith("/x.mp4")
    assert (tmp_path / name).is_relative_to(visit.folder)
    assert (tmp_path / name).read_bytes() == b"film"


def test_one_over_the_limit_is_refused_with_the_way_out_and_leaves_nothing(
    port: int, visit: Visit
) -> None:
    status, text = send(port, visit, "big.mp4", bytes(2_000_001))
    assert status == 400
    assert "big.mp4: is larger than 2.0 MB" in text
    assert "--upload-limit" in text
    assert files_below(visit.folder) == []


def test_one_that_does_not_say_its_size_is_cut_off_at_the_limit(
    service: Service, visit: Visit
) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield bytes(100_000)

    with pytest.raises(UsageError, match="is larger than"):
        asyncio.run(service.uploads.receive(visit.folder, "x.mp4", None, endless()))
    assert sent == 2_100_000
    assert list(visit.folder.iterdir()) == []


def test_half_an_upload_leaves_nothing(port: int, visit: Visit) -> None:
    with socket.create_connection(("127.0.0.1", port)) as link:
        head = f"PUT {address(visit)}/upload?name=x.mp4 HTTP/1.1\r\nHost: x\r\n"
        link.sendall(f"{head}Content-Length: 100000\r\n\r\n".encode() + bytes(50_000))
        assert wait_for(lambda: bool(files_below(visit.folder)))
    assert wait_for(lambda: list(visit.folder.iterdir()) == [])


def test_an_empty_file_is_refused(port: int, visit: Visit) -> None:
    status, text = send(port, visit, "x.mp4", b"")
    assert status == 400
    assert "it is empty" in text


def test_a_page_of_another_site_cannot_send(port: int, visit: Visit) -> None:
    status, _ = send(port, visit, "x.mp4", b"film", Origin="http://evil.example")
    assert status == 404
    assert files_below(visit.folder) == []


def test_uploads_end_with_their_session(weights: Path, scratch: Path) -> None:
    uploads = Uploads(1000)
    connected = {"one", "two"}
    visits = Visits(uploads.new_folder, connected.__contains__, grace_seconds=0)
    first, second = visits.begin("one"), visits.begin("two")
    (first.folder / "film.mp4").touch()
    connected.remove("one")
    visits.end_gone()
    visits.end_gone()
    assert not first.folder.exists()
    assert second.folder.exists()
    assert visits.get(first.token) is None
    assert visits.get(second.token) is second
    visits.close()
    uploads.close()
    assert list(scratch.iterdir()) == []


def test_a_session_waits_for_a_browser_that_lost_its_connection(scratch: Path) -> None:
    uploads = Uploads(1000)
    connected = {"one"}
    visits = Visits(uploads.new_folder, connected.__contains__, grace_seconds=60)
    visit = visits.begin("one")
    connected.clear()
    visits.end_gone()
    visits.end_gone()
    assert visits.get(visit.token) is visit
    visits.close()
    uploads.close()
