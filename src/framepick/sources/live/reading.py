"""Opens a live source and reads it without pause, in a thread of its own."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any, Literal

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from framepick.errors import SourceError
from framepick.sources.containers import open_container, video_streams
from framepick.sources.geometry import NO_CROP, Orientation
from framepick.sources.live.backlog import Timed, arrivals, device_seconds
from framepick.sources.live.clips import write_clip
from framepick.sources.live.clock import DeviceClock
from framepick.sources.live.failures import is_absent, is_denied, why_broken, why_failed
from framepick.sources.live.lines import Arrived, Line, PictureLine, Stamp, line_for
from framepick.sources.live.opencv_camera import OpenCvCamera
from framepick.sources.live.ring import Coded, Ring
from framepick.sources.sequential import TroubleLog
from framepick.sources.upright import OrientationReader

_WITHOUT_TIMES = ("mpjpeg", "mjpeg", "h264", "hevc", "m4v", "mpegvideo", "obu", "yuv4mpegpipe")
"""Formats that say nothing of times: libav makes them up for a rate that it guesses."""
_RETRY_SECONDS = 1.0
_LEAST_STEP = 0.001
"""Seconds between two pictures of a file, at least."""
_SOCKET_SECONDS = 10.0
"""libav gives up on a network stream after so long, most times; the parent watches as well."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Why nothing more comes."""

    reason: Literal["ended", "refused", "denied", "error"]
    """At its end; it could not be opened; nor with this password; while it was read."""
    text: str


class Reader:
    """Reads one live source into a ring, from its construction on.

    `address` holds the fields of an `Address`; the ring keeps `seconds` of at most `most_bytes`.
    Unless it `decodes`, pictures are kept and not given. One that `is_patient` waits for a source
    that is not there.
    """

    def __init__(
        self,
        address: dict[str, Any],
        seconds: float,
        most_bytes: int,
        log: TroubleLog,
        decodes: bool,
        is_patient: bool,
    ) -> None:
        self._address, self._decodes, self._is_patient = address, decodes, is_patient
        self.attempts = 0
        """How often a source that is patiently waited for was not there."""
        self.count = 0
        """Packets that came."""
        self._log = log
        self._clock, self._has_clock = DeviceClock(), True
        self._latest_seconds = 0.0
        self._ring = Ring(seconds, most_bytes)
        self._lock = threading.Lock()
        self._container: InputContainer | None = None
        self._size: tuple[int, int] | None = None
        self._seen_seconds = 0.0 if decodes else inf
        self._line: Line | PictureLine | None = None
        self._ready = threading.Event()
        self._ending: Ending | None = None
        self._orientations = OrientationReader(None, False, NO_CROP)
        self.facts: dict[str, Any] | None = None
        """What is known of the stream once it is open."""
        threading.Thread(target=self._run, name="read", daemon=True).start()

    @property
    def ending(self) -> Ending | None:
        """Why nothing more comes; None while something may."""
        if self._ending is None or (self._line and not self._line.is_ended):
            return None
        return self._ending

    @property
    def ring_bytes(self) -> int:
        """Bytes that the ring holds."""
        return self._ring.byte_count

    def orientation(self, picture: av.VideoFrame) -> Orientation:
        """Give how a picture stands upright."""
        return self._orientations.read(picture)

    def take(self, wait_seconds: float) -> Arrived | None:
        """Give the newest picture that was not taken before; None if none came in time."""
        if not self._ready.wait(wait_seconds) or self._line is None:
            return None
        arrived = self._line.take(wait_seconds)
        if arrived:
            self._note(arrived)
        return arrived

    def _note(self, arrived: Arrived) -> None:
        """Have no clip mix pictures of two sizes."""
        size = arrived.picture.width, arrived.picture.height
        if self._size not in (None, size):
            with self._lock:
                self._ring.begin_at(arrived.stamp.time_seconds)
        self._size, self._seen_seconds = size, arrived.stamp.time_seconds

    def write_clip(self, path: str, start_seconds: float, end_seconds: float) -> float:
        """Write what the ring has of a time as a file; give the time of its first picture.

        Raises
        ------
        SourceError
            The ring holds nothing of that time.
        av.error.FFmpegError, OSError
            The file cannot be written.
        """
        with self._lock:
            # what nobody has seen yet may be of another size
            pictures = self._ring.part(start_seconds, min(end_seconds, self._seen_seconds))
        template = self._line.template if self._line else None
        if not pictures or template is None:
            raise SourceError("it is not in the recent past any more")
        return write_clip(pictures, template, path)

    def _run(self) -> None:
        try:
            if self._is_for_opencv():
                self._read_with_opencv()
            else:
                self._read()
            self._ending = Ending("ended", "it has ended")
        except Exception as error:  # whatever a stream does to a library ends that stream
            self._ending = self._failed(error)
        if self._line:
            self._line.end()
        self._ready.set()

    def _read(self) -> None:
        try:
            # stays open to the end of the process: clips are written after the stream's end, too
            container = self._container = self._opened()
        except (av.error.FFmpegError, OSError, ValueError):
            if self._address["kind"] != "device" or sys.platform.startswith("linux"):
                raise
            return self._read_with_opencv()  # which knows some cameras by number only
        stream = video_streams(container)[0]
        line = self._start(container, stream)
        for packet, arrived in self._packets(container, stream):
            self._take_in(line, packet, arrived)
        return None

    def _is_for_opencv(self) -> bool:
        return self._address["kind"] == "device" and self._address["format"] is None

    def _read_with_opencv(self) -> None:
        camera = OpenCvCamera(self._address["url"], self._address["options"])
        size = {"width": camera.width, "height": camera.height}
        self.facts = {"codec": "raw", "container": "OpenCV", **size, "rate": None}
        line = PictureLine()
        self._line = line
        self._ready.set()
        for picture in camera.pictures():
            self.count += 1
            arrived = time.monotonic()
            data, is_key = line.show(picture, Stamp(arrived, arrived))
            with self._lock:
                self._ring.add(Coded(data, arrived, arrived, is_key))

    def _failed(self, error: Exception) -> Ending:
        if self.facts is not None:
            return Ending("error", why_broken(error))
        return Ending("denied" if is_denied(error) else "refused", why_failed(error))

    def _start(self, container: InputContainer, stream: VideoStream) -> Line:
        context = stream.codec_context
        is_file = self._address["kind"] == "file"
        self._has_clock = is_file or container.format.name not in _WITHOUT_TIMES
        self._orientations = OrientationReader.of_stream(stream, container, NO_CROP)
        self.facts = {
            "codec": context.name,
            "container": container.format.name,
            "width": context.width,
            "height": context.height,
            "rate": str(stream.average_rate) if stream.average_rate else None,
        }
        line = self._line = line_for(stream, self._log, self._decodes)
        self._ready.set()
        return line

    def _opened(self) -> InputContainer:
        while True:
            try:
                return self._opened_at_once()
            except (av.error.FFmpegError, OSError) as error:
                if not (self._is_patient and is_absent(error)):
                    raise
                self.attempts += 1
                time.sleep(_RETRY_SECONDS)

    def _opened_at_once(self) -> InputContainer:
        address = self._address
        if address["kind"] == "file":
            return open_container(address["url"])
        options = dict(address["options"])
        try:
            return self._open(options)
        except (av.error.FFmpegError, OSError):
            if address["kind"] != "device" or not options:
                raise
            return self._open({})  # a device that knows neither JPEG nor the size asked for

    def _open(self, options: dict[str, str]) -> InputContainer:
        address = self._address
        url: str = address["url"]
        is_watched = address["kind"] == "network" and not address["is_listening"]
        return av.open(
            url,
            mode="r",
            format=address["format"],
            options=options,
            metadata_errors="replace",
            timeout=_SOCKET_SECONDS if is_watched else None,
        )

    def _packets(self, container: InputContainer, stream: VideoStream) -> Iterator[Timed]:
        packets = (packet for packet in container.demux(stream) if packet.size)
        kind = self._address["kind"]
        if kind in ("network", "pipe") and self._has_clock:
            return arrivals(packets)
        paced = _paced(packets, stream) if kind == "file" else packets
        return ((packet, time.monotonic()) for packet in paced)

    def _take_in(self, line: Line, packet: Packet[Any], arrived: float) -> None:
        self.count += 1
        base = Fraction(packet.time_base or 1)
        device = device_seconds(packet) if self._has_clock else None
        # times are corrected backwards when pictures come faster, but files need them to rise
        seconds = max(self._clock.time(device, arrived), self._latest_seconds + _LEAST_STEP)
        self._latest_seconds = seconds
        pts, dts = packet.pts, packet.dts
        early = 0.0 if pts is None or dts is None else float((pts - dts) * base)
        stamp = Stamp(seconds + early, arrived)
        for data, is_key in line.feed(packet, stamp):
            coded = Coded(data, stamp.time_seconds, seconds, is_key)
            with self._lock:
                self._ring.add(coded)


def _paced(packets: Iterator[Packet[Any]], stream: VideoStream) -> Iterator[Packet[Any]]:
    """Give packets when they are due, as a camera would."""
    start, first = time.monotonic(), None
    for packet in packets:
        due = packet.dts if packet.dts is not None else packet.pts
        if due is not None:
            seconds = float(due * Fraction(stream.time_base or 1))
            first = seconds if first is None else first
            time.sleep(max(0.0, start + seconds - first - time.monotonic()))
        yield packet
