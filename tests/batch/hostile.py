"""Real files that take too much of what a machine has."""

from __future__ import annotations

import fcntl
import io
import os
import signal
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.video.stream import VideoStream
from PIL import Image

from benchmarks.batch_faults import make_clips
from samples.clipmaker import repeat


def png(width: int, height: int) -> bytes:
    """Give a PNG that says that it is so large; it has no more than its first lines."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1 << 20)))


def jpeg(width: int, height: int) -> bytes:
    """Give a JPEG of one colour."""
    file = io.BytesIO()
    Image.new("L", (width, height), 90).save(file, "JPEG")
    return file.getvalue()


def lying_jpeg(width: int, height: int) -> bytes:
    """Give a JPEG that says that it is so large; it has no more than its first blocks."""
    data = bytearray(jpeg(64, 64))
    struct.pack_into(">HH", data, data.index(b"\xff\xc0") + 5, height, width)
    return bytes(data)


def mux(path: Path, codec: str, pictures: Sequence[bytes]) -> None:
    """Write a file of coded pictures whose header says that they are of 64 x 64 pixels."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = 64
        stream.pix_fmt = {"png": "rgb24", "mjpeg": "yuvj420p"}[codec]
        for number, data in enumerate(pictures):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            packet.duration, packet.is_keyframe = 1, True
            output.mux(packet)


def make_endless(path: Path) -> None:
    """Make a film that takes minutes to decode, in a second."""
    make_clips(path.parent / "made", 1)
    repeat(path.parent / "made" / "clip-00.mp4", path, 20_000)


@contextmanager
def stalling(path: Path) -> Iterator[None]:
    """Have whoever opens the file wait, for 45 s at most, as on a network drive that is gone.

    A process that holds a lease on a file is asked to give it back before another one opens it.
    """
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)  # how it is asked
    file = os.open(path, os.O_RDWR)
    try:
        try:
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        except OSError as error:
            pytest.skip(f"no leases on files here ({error})")
        yield
    finally:
        os.close(file)
        signal.signal(signal.SIGIO, before)
