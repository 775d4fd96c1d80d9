"""Cameras of other makers for framepick live: ffmpeg and GStreamer send numbered frames.

The film goes on while a sender is away, as what a camera sees does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from samples.clipmaker import numbered, write

RATE = 15
_RTSP_SERVER = Path(__file__).with_name("rtsp_server.py")
_RESTART_SECONDS = 0.5

Command = Callable[[Path, float, int], Sequence[str]]
"""What sends a film from a second of it on, at a port."""


@dataclass(frozen=True)
class Peer:
    """A kind of sender."""

    name: str
    address: str
    """What framepick is given; {port} stands for the port."""
    command: Command


def write_film(path: Path, seconds: int, size: tuple[int, int] = (640, 360)) -> None:
    """Write numbered frames, `RATE` a second, a key frame every second."""
    write(path, numbered(seconds * RATE, size), rate=RATE, gop=RATE)


class Sender:
    """A peer that runs until it is told otherwise: where it ends by itself, it begins again."""

    def __init__(self, peer: Peer, film: Path, port: int, origin: float | None = None) -> None:
        self.address = peer.address.format(port=port)
        self._peer, self._film, self._port = peer, film, port
        self._origin = monotonic() if origin is None else origin
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to send."""
        self._wanted.set()
        self._thread = threading.Thread(target=self._keep_up, daemon=True)
        self._thread.start()

    def kill(self) -> None:
        """End the process at once."""
        self._wanted.clear()
        self._signal(signal.SIGKILL)
        if self._thread:
            self._thread.join()

    def freeze(self) -> None:
        """Stop the process where it stands."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _keep_up(self) -> None:
        while self._wanted.is_set():
            command = self._peer.command(self._film, monotonic() - self._origin, self._port)
            with subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as self._process:
                if not self._wanted.is_set():
                    self._signal(signal.SIGKILL)
            threading.Event().wait(_RESTART_SECONDS)


def _ffmpeg(*output: str) -> Command:
    def command(film: Path, seconds: float, port: int) -> Sequence[str]:
        read = ["ffmpeg", "-v", "quiet", "-re", "-ss", f"{seconds:.3f}", "-i", str(film)]
        return [*read, "-threads", "1", *(one.format(port=port) for one in output)]

    return command


def _rtsp_server(film: Path, seconds: float, port: int) -> Sequence[str]:
    cut = film.with_name(f"{film.stem}-{port}.mp4")
    read = ["ffmpeg", "-v", "quiet", "-y", "-ss", f"{seconds:.3f}", "-i", str(film)]
    subprocess.run([*read, "-c", "copy", "-avoid_negative_ts", "make_zero", str(cut)], check=True)
    return ["/usr/bin/python3", str(_RTSP_SERVER), str(cut), str(port)]


_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(RATE))
_B_FRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", str(2 * RATE))
_LOCAL = "127.0.0.1:{port}"
PEERS = (
    Peer(
        "HTTP MJPEG",
        f"http://{_LOCAL}/",
        _ffmpeg("-c:v", "mjpeg", "-q:v", "4", "-f", "mpjpeg", "-listen", "1", f"http://{_LOCAL}/"),
    ),
    Peer(
        "TCP MPEG-TS",
        f"tcp://{_LOCAL}",
        _ffmpeg(*_H264, "-f", "mpegts", f"tcp://{_LOCAL}?listen"),
    ),
    Peer(
        "TCP MPEG-TS, pushed",
        f"tcp://{_LOCAL}?listen",
        _ffmpeg(*_H264, "-f", "mpegts", f"tcp://{_LOCAL}"),
    ),
    Peer(
        "UDP MPEG-TS, B-frames",
        f"udp://{_LOCAL}",
        _ffmpeg(*_B_FRAMES, "-f", "mpegts", f"udp://{_LOCAL}?pkt_size=1316"),
    ),
    Peer(
        "RTSP, pushed",
        f"rtsp://{_LOCAL}/live?listen",
        _ffmpeg(*_H264, "-f", "rtsp", "-rtsp_transport", "tcp", f"rtsp://{_LOCAL}/live"),
    ),
    Peer("RTSP server", f"rtsp://{_LOCAL}/live", _rtsp_server),
)
