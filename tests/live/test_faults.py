"""Cameras that fail, and places that cannot be written to: sessions go on, and say so once."""

from __future__ import annotations

import base64
import errno
import io
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from benchmarks.live_faults import watch
from benchmarks.live_peers import PEERS, write_film
from framepick.aesthetic import AestheticModel, load_model
from framepick.errors import SourceError
from framepick.live.events import Event
from framepick.live.running import LiveConfig, run_live
from framepick.outputs.stills.saving import save_still
from framepick.sources.live import address_of
from samples.clipmaker import numbered, read_number
from tests.tiny import tiny_weights

RATE = 20
SECRET = "hunter2-secret"  # noqa: S105


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    tiny_weights(folder)
    return folder / "tiny.safetensors"


@pytest.fixture(scope="module")
def model(weights: Path) -> AestheticModel:
    return load_model(weights, "cpu")


@dataclass
class Camera:
    """A network camera that sends numbered JPEG pictures to who knows its password."""

    sizes: list[tuple[int, int]] = field(default_factory=lambda: [(320, 180)])
    """One after the other, 3 s each, the last for ever."""
    content: tuple[str, bytes] | None = None
    """Sent instead of pictures: its type, and the bytes."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://admin:{SECRET}@127.0.0.1:{self.port}/stream?token={SECRET}"

    def pictures(self) -> Iterator[bytes]:
        first = 0
        for size in self.sizes:
            is_last = size is self.sizes[-1]
            count = 1_000 if is_last else 3 * RATE
            for frame in numbered(count, size, first):
                with io.BytesIO() as file:
                    Image.fromarray(frame).save(file, "jpeg", quality=90)
                    yield file.getvalue()
            first += count


@contextmanager
def serving(camera: Camera, password: str = SECRET) -> Iterator[Camera]:
    wanted = "Basic " + base64.b64encode(f"admin:{password}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != wanted:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif camera.content:
                self._send(*camera.content)
            else:
                self._stream()

        def _send(self, kind: str, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(content)

        def _stream(self) -> None:
            self._send("multipart/x-mixed-replace;boundary=frame", b"")
            try:
                for data in camera.pictures():
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}"
                    self.wfile.write(head.encode() + b"\r\n\r\n" + data + b"\r\n")
                    time.sleep(1 / RATE)
            except OSError:
                pass

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    camera.port = server.server_port
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield camera
    finally:
        server.shutdown()
        server.server_close()


def run(
    camera: Camera, out: Path, model: AestheticModel, config: LiveConfig
) -> tuple[Path, list[Event]]:
    events: list[Event] = []
    return run_live(address_of(camera.url), out, model, config, events.append, Flag()), events


def texts_in(folder: Path) -> Iterator[bytes]:
    for path in folder.rglob("*"):
        yield str(path).encode()
        if path.is_file():
            yield path.read_bytes()


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is the camera")
def test_a_camera_that_was_killed_or_frozen_is_watched_again(tmp_path: Path, weights: Path) -> None:
    film = tmp_path / "film.mp4"
    write_film(film, 75, (320, 180))
    peer = next(one for one in PEERS if one.name == "HTTP MJPEG")
    options = ("--weights", str(weights))
    outcome = watch(peer, film, 9871, [2.0], [7.0], *options, steady_seconds=3.0)
    for fault in outcome.faults:
        assert fault.noticed_seconds < 10, fault.name
        assert fault.back_seconds < 10, fault.name
    assert outcome.stills >= 3
    assert outcome.doubles == 0
    assert outcome.apart_seconds < 0.3


def test_passwords_are_nowhere_to_be_read(tmp_path: Path, weights: Path) -> None:
    command = "import sys; from framepick.cli import main; main()"
    with serving(Camera()) as camera:
        out = ["-o", str(tmp_path / "out"), "--sidecar", "both", "--json", "--clip"]
        arguments = ["live", camera.url, "--every", "1s", "--for", "8s", "--weights", str(weights)]
        with subprocess.Popen(
            [sys.executable, "-c", command, *arguments, *out],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout
            line = process.stdout.readline()
            assert json.loads(line)["event"] == "opened"
            known = psutil.Process(process.pid)
            if sys.platform.startswith("linux"):
                family = [known, *known.children(recursive=True)]
                lines = [" ".join(one.cmdline()) for one in family]
                assert not [one for one in lines if SECRET in one]
            said, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert list((tmp_path / "out").glob("*/*.xmp"))
    assert not [text for text in texts_in(tmp_path / "out") if SECRET.encode() in text]
    assert SECRET.encode() not in line + said + errors


def test_a_wrong_password_is_told_without_it(tmp_path: Path, model: AestheticModel) -> None:
    with serving(Camera(), "another") as camera, pytest.raises(SourceError) as error:
        run(camera, tmp_path, model, LiveConfig())
    assert SECRET not in str(error.value)
    assert f"127.0.0.1:{camera.port}" in str(error.value)
    assert "password" in str(error.value)
    assert not list(tmp_path.iterdir())


def test_playlists_and_web_pages_are_not_followed(
    tmp_path: Path, model: AestheticModel, clip: Path
) -> None:
    playlist = f"#EXTM3U\n#EXTINF:5,\nfile://{clip}\n".encode()
    contents = [
        ("application/vnd.apple.mpegurl", playlist),
        ("text/html", b"<!doctype html><html><body>" + b"hello " * 500),
    ]
    for content in contents:
        with serving(Camera(content=content)) as camera, pytest.raises(SourceError) as error:
            run(camera, tmp_path, model, LiveConfig())
        assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_clip_has_pictures_of_one_size(tmp_path: Path, model: AestheticModel) -> None:
    sizes = [(320, 180), (480, 270)]
    with serving(Camera(sizes)) as camera:
        config = LiveConfig("every", every_seconds=1.0, most_seconds=9.0, keeps_clips=True)
        folder, _ = run(camera, tmp_path, model, config)
    shapes = set()
    for path in folder.glob("*_*.jpg"):
        pixels = np.asarray(Image.open(path))
        assert (read_number(pixels) >= 3 * RATE) == (pixels.shape[1] == 480)
        shapes.add(pixels.shape)
    assert shapes == {(180, 320, 3), (270, 480, 3)}


def test_a_full_disk_ends_no_session(
    tmp_path: Path, model: AestheticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_until = time.monotonic() + 6.0

    def full(still: Any, path: Path, *rest: Any) -> None:
        path.write_bytes(b"half")
        if time.monotonic() < full_until:
            raise OSError(errno.ENOSPC, "No space left on device")
        save_still(still, path, *rest)

    monkeypatch.setattr("framepick.outputs.live_folder.save_still", full)
    with serving(Camera()) as camera:
        config = LiveConfig("every", every_seconds=1.0, most_seconds=10.0)
        folder, events = run(camera, tmp_path, model, config)
    missed = [event for event in events if event.kind == "missed"]
    assert missed
    assert all("no space left" in event.text for event in missed)
    kept = [event for event in events if event.kind == "kept"]
    assert kept
    names = {path.name for path in folder.iterdir()}
    rows = json.loads((folder / "picks.json").read_text())["picks"]
    assert {row["still"] for row in rows} == {name for name in names if "_00-" in name}
    assert not [name for name in names if name.startswith(".")]


def test_a_folder_that_is_removed_is_made_again(tmp_path: Path, model: AestheticModel) -> None:
    events: list[Event] = []

    def tell(event: Event) -> None:
        events.append(event)
        if [one.kind for one in events].count("kept") == 1 and event.kind == "kept":
            shutil.rmtree(Path(str(event.values["still"])).parent)

    with serving(Camera()) as camera:
        config = LiveConfig("every", every_seconds=1.0, most_seconds=8.0)
        folder = run_live(address_of(camera.url), tmp_path, model, config, tell, Flag())
    assert "closed" in [event.kind for event in events]
    assert (folder / "picks.json").exists()
