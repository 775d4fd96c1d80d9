"""Files that name other files or addresses: nothing is read and nobody is asked.

The canary is a video that may be read by name only. Each file here names it, or an address of this
machine where somebody listens.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from benchmarks.batch_faults import make_clips
from samples.clipmaker import numbered, write
from tests.command_line import framepick
from tests.conftest import wait_for
from tests.tiny import tiny_weights

CANARY = b"canary-5f3a81"


@dataclass
class Listener:
    """Counts who connects by TCP, or sends by UDP."""

    port: int
    contacts: list[str] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        found = Listener(tcp.getsockname()[1])
        udp.bind(("127.0.0.1", found.port))
        tcp.settimeout(0.05)
        udp.settimeout(0.05)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    connection, caller = tcp.accept()
                    connection.close()
                    found.contacts.append(str(caller))
                with suppress(TimeoutError):
                    found.contacts.append(str(udp.recvfrom(9)[1]))

        thread = threading.Thread(target=listen)
        thread.start()
        try:
            yield found
        finally:
            done.set()
            thread.join()


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


def test_the_listener_hears(listener: Listener) -> None:
    """Or else silence would prove nothing."""
    socket.create_connection(("127.0.0.1", listener.port)).close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.sendto(b"x", ("127.0.0.1", listener.port))
    assert wait_for(lambda: len(listener.contacts) == 2)


def playlists(canary: Path, port: int) -> dict[str, str]:
    address = f"http://127.0.0.1:{port}"
    m3u8 = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n"
    mpd = (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
        '<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        "<BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    concat = "ffconcat version 1.0\nfile '{}'\n"
    sdp = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    sdp += f"m=video {port} RTP/AVP 96\n"
    files = {"session.sdp": sdp + "a=rtpmap:96 H264/90000\n", "session.mp4": sdp}
    for name, text in (("hls", m3u8), ("dash", mpd), ("concat", concat)):
        for kind, target in (("near", canary.name), ("far", f"{address}/{canary.name}")):
            for ending in ("m3u8", "mpd", "ffconcat", "mp4", "ts", "unknown"):
                files[f"{name}-{kind}.{ending}"] = text.format(target)
    files["absolute.m3u8"] = m3u8.format(f"file://{canary}")
    files["key.m3u8"] = m3u8.format("x.ts").replace(
        "#EXTINF", f'#EXT-X-KEY:METHOD=AES-128,URI="{address}/key"\n#EXTINF'
    )
    return files


def boxed(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def alias(path: Path) -> bytes:
    """Give a data reference as QuickTime writes it: to another file, by its path."""
    name = os.fsencode(path.name)[:63]
    record = bytes(10) + bytes([4]) + b"disk".ljust(27, b"\0") + bytes(12)
    record += (
        bytes([len(name)]) + name.ljust(63, b"\0") + bytes(16) + bytes([0, 1, 0, 1]) + bytes(16)
    )
    target = os.fsencode(path)
    record += struct.pack(">hH", 2, len(target)) + target + b"\0" * (len(target) % 2)
    record += struct.pack(">hH", -1, 0)
    return boxed(b"alis", bytes(4) + record)


def with_reference(movie: bytes, reference: bytes) -> bytes:
    """Give a movie whose samples lie in another file, though all else is as it was."""
    out = b""
    while movie:
        size, kind = struct.unpack_from(">I4s", movie)
        content, movie = movie[8:size], movie[size:]
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            content = with_reference(content, reference)
        elif kind == b"dref":
            content = content[:8] + reference
        elif kind == b"mdat":
            content = bytes(len(content))
        out += boxed(kind, content)
    return out


@pytest.fixture
def folder(tmp_path: Path, listener: Listener) -> Path:
    """Give a folder of files that name others, with a canary and a sound clip beside them."""
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "canary.mp4", numbered(25), gop=25)
    canary = tmp_path / "in" / "canary.mp4"
    canary.write_bytes(canary.read_bytes() + boxed(b"free", CANARY))
    for name, text in playlists(canary, listener.port).items():
        (tmp_path / "in" / name).write_text(text)
    movie = canary.read_bytes()
    url = boxed(b"url ", bytes(4) + f"http://127.0.0.1:{listener.port}/x.mp4".encode() + b"\0")
    near = boxed(b"url ", bytes(4) + f"file://{canary}".encode() + b"\0")
    for name, reference in (("url", url), ("near", near), ("alias", alias(canary))):
        (tmp_path / "in" / f"{name}.mov").write_bytes(with_reference(movie, reference))
    tiny_weights(tmp_path)
    return tmp_path


def rows(out: Path) -> dict[str, dict[str, object]]:
    lines = (out / "manifest.jsonl").read_text().splitlines()
    return {Path(row["source"]).name: row for row in map(json.loads, lines)}


def canaries(out: Path) -> list[Path]:
    files = (path for path in out.rglob("*") if path.is_file())
    return [path for path in files if CANARY in path.read_bytes()]


def test_files_that_name_others_fail_alone(folder: Path, listener: Listener) -> None:
    names = sorted(set(os.listdir(folder / "in")) - {"canary.mp4"})
    shutil.copy(folder / "in" / "canary.mp4", folder / "sound.mp4")
    options = ("--out", "out", "--weights", "tiny.safetensors", "--jobs", 1, "--pages", "all")
    inputs = [*(f"in/{name}" for name in names), "sound.mp4"]
    done = framepick(folder, "batch", *inputs, *options)
    assert done.returncode == 1
    found = rows(folder / "out")
    assert found.pop("sound.mp4")["state"] == "ok"
    assert found.keys() == set(names)
    assert {name: row["state"] for name, row in found.items() if row["state"] != "failed"} == {}
    assert not listener.contacts
    assert not canaries(folder / "out")


def test_a_folder_of_them_is_walked_without_asking_anybody(
    folder: Path, listener: Listener
) -> None:
    options = ("--out", "out", "--weights", "tiny.safetensors", "--jobs", 1)
    framepick(folder, "batch", "in", *options)
    found = rows(folder / "out")
    assert {name for name, row in found.items() if row["state"] == "ok"} == {"canary.mp4"}
    assert not listener.contacts


def names_like_addresses(port: int) -> list[str]:
    near = ("http:x.mp4", "concat:canary.mp4|canary.mp4", "file:canary.mp4", "pipe:0", "data:,x")
    return [*near, "subfile,,start,0,end,0,,:canary.mp4", f"http:127.0.0.1:{port}", "tcp:x"]


def test_names_like_addresses_are_files_and_nothing_else(
    folder: Path, listener: Listener, tmp_path_factory: pytest.TempPathFactory
) -> None:
    card = tmp_path_factory.mktemp("card")
    make_clips(card / "made", 1)
    names = names_like_addresses(listener.port)
    for name in names:
        shutil.copy(card / "made" / "clip-00.mp4", card / name)
    shutil.copy(folder / "in" / "canary.mp4", card / "canary.mp4")
    options = ("--weights", folder / "tiny.safetensors", "--jobs", 1)
    assert framepick(card, "batch", *names, "--out", "out", *options).returncode == 0
    assert {name: row["state"] for name, row in rows(card / "out").items()} == dict.fromkeys(
        names, "ok"
    )
    for name in names:
        (card / name).unlink()
    assert framepick(card, "batch", *names, "--out", "gone", *options).returncode != 0
    assert not listener.contacts
    assert not canaries(card / "out") + canaries(card / "gone")


def test_addresses_are_not_asked(folder: Path, listener: Listener) -> None:
    address = f"127.0.0.1:{listener.port}/canary.mp4"
    (folder / "list.txt").write_text(f"http://{address}\nrtsp://{address}\n")
    options = ("--weights", "tiny.safetensors", "--jobs", 1, "--out", "out")
    for inputs in (
        [f"http://{address}"],
        [f"rtmp://{address}"],
        [f"tcp://{address}"],
        ["--files-from", "list.txt"],
    ):
        done = framepick(folder, "batch", *inputs, *options)
        assert done.returncode in (1, 2)
        assert "Traceback" not in done.stderr
    assert not listener.contacts
