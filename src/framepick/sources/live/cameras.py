"""The cameras of this machine: names, sizes and rates.

On Linux the kernel is asked (Video4Linux's VIDIOC_QUERYCAP and VIDIOC_ENUM_*); elsewhere libav
knows names only.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_QUERY, _FORMATS, _SIZES, _RATES = 0x80685600, 0xC0405602, 0xC02C564A, 0xC034564B
_CAN_CAPTURE, _CAPTURE, _DISCRETE = 1, 1, 1
_HAS_DEVICE_CAPS = 0x80000000
_MOST_ENTRIES = 256
_ELSEWHERE = {"darwin": "avfoundation", "win32": "dshow"}

Ask = Callable[[int, bytearray], None]
"""Puts a request to a device and fills in its answer; OSError when there is none."""


@dataclass(frozen=True, slots=True)
class CameraMode:
    """A size that a camera gives, and how fast."""

    coding: str
    """Four letters, such as MJPG or YUYV."""
    width: int
    height: int
    rates: tuple[float, ...]
    """Frames a second, the highest first; nothing where the camera does not say."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that is there."""

    number: int
    device: str
    """What it is opened by."""
    name: str
    modes: tuple[CameraMode, ...]


def cameras(folder: Path = Path("/dev")) -> list[Camera]:
    """List the cameras of this machine; those that may not be opened are not known."""
    if not sys.platform.startswith("linux"):
        return _cameras_of_libav()
    found = []
    for path in sorted(folder.glob("video*"), key=_number):
        with suppress(OSError, ValueError):
            if camera := _opened(path):
                found.append(camera)
    return found


def camera_from(number: int, device: str, ask: Ask) -> Camera | None:
    """Describe a device by its answers; None if it is no camera."""
    answer = bytearray(104)
    ask(_QUERY, answer)
    capabilities, of_device = struct.unpack_from("<II", answer, 84)
    able = of_device if capabilities & _HAS_DEVICE_CAPS else capabilities
    if not able & _CAN_CAPTURE:
        return None
    return Camera(number, device, _text(answer[16:48]), tuple(_modes(ask)))


def _modes(ask: Ask) -> Iterator[CameraMode]:
    for coding in _answers(ask, _FORMATS, 64, struct.pack("<I", _CAPTURE)):
        letters = bytes(coding[44:48])
        for size in _answers(ask, _SIZES, 44, letters):
            kind, *sides = struct.unpack_from("<6I", size, 8)
            # of a range of sizes, the largest
            width, height = sides[:2] if kind == _DISCRETE else (sides[1], sides[4])
            place = letters + struct.pack("<II", width, height)
            rates = [_rate(one) for one in _answers(ask, _RATES, 52, place)]
            yield CameraMode(_text(letters), width, height, tuple(sorted(rates, reverse=True)))


def _answers(ask: Ask, request: int, size: int, question: bytes) -> Iterator[bytearray]:
    """Give the numbered answers to a question, until there are no more."""
    for index in range(_MOST_ENTRIES):
        answer = bytearray(size)
        answer[:4] = struct.pack("<I", index)
        answer[4 : 4 + len(question)] = question
        try:
            ask(request, answer)
        except OSError:
            return
        yield answer


def _rate(answer: bytearray) -> float:
    """Frames a second of an interval; of a range of intervals, of the shortest."""
    seconds, units = struct.unpack_from("<II", answer, 20)
    return units / seconds if seconds else 0.0


def _opened(path: Path) -> Camera | None:
    from fcntl import ioctl  # which Windows lacks

    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def ask(request: int, answer: bytearray) -> None:
        ioctl(handle, request, answer)

    try:
        return camera_from(_number(path), str(path), ask)
    finally:
        os.close(handle)


def _cameras_of_libav() -> list[Camera]:
    import av.device

    names = av.device.enumerate_input_devices(_ELSEWHERE.get(sys.platform, "v4l2"))
    return [
        Camera(number, one.name, one.description or one.name, ())
        for number, one in enumerate(names)
        if "video" in (one.media_types or ["video"])
    ]


def _number(path: Path) -> int:
    digits = path.name.removeprefix("video")
    return int(digits) if digits.isascii() and digits.isdigit() else 1 << 30


def _text(raw: bytes | bytearray) -> str:
    text = bytes(raw).split(b"\0")[0].decode("utf-8", errors="replace").strip()
    return "".join(one if one.isprintable() else "?" for one in text)
