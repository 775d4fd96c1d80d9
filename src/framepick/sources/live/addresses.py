"""What the name of a live source stands for, and how it is opened (pure, but for looking at files).

Names may hold a user and a password. `Address.shown` leaves them out, and nothing else of an
address is ever printed or written.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

from framepick.errors import SourceError
from framepick.sources.live.cameras import Camera, cameras

Kind = Literal["device", "network", "file", "filter", "pipe"]

_PROTOCOLS = {
    "rtsp": "rtsp,rtp,srtp,tcp,udp",
    "rtsps": "rtsp,rtsps,rtp,srtp,tcp,udp,tls",
    "rtmp": "rtmp,tcp",
    "http": "http,https,tcp,tls",
    "https": "http,https,tcp,tls",
    "tcp": "tcp",
    "udp": "udp",
    "srt": "srt",
}
"""Protocols of cameras, and those that each of them may lead to."""
_FORMATS = (
    "rtsp,mpjpeg,mjpeg,mpegts,flv,live_flv,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,avi,asf,ogg,nut,"
    "mpeg,h264,hevc,m4v,mpegvideo,ivf,obu,yuv4mpegpipe"
)
"""Formats of streams by name: a playlist or a script would read other addresses and files."""
_TIMEOUT = {"rw_timeout": "8000000"}
"""In microseconds; for writing and reading."""
_OPTIONS = {
    "rtsp": {"rtsp_transport": "tcp"},
    "rtsps": {"rtsp_transport": "tcp"},
    "http": _TIMEOUT,
    "https": _TIMEOUT,
    "tcp": _TIMEOUT,
    "udp": {"fifo_size": "100000", "overrun_nonfatal": "1"},
}
_LISTENING = {
    "rtsp": {"rtsp_flags": "listen", "listen_timeout": "86400"},
    "rtmp": {"listen": "1"},
    "http": {"listen": "1"},
    "tcp": {"listen": "1"},
    "udp": {},
    "srt": {"mode": "listener"},
}
"""How libav waits for a sender."""
_PROBING = {"analyzeduration": "3000000"}
"""Longest that a stream is looked at before it counts as open, in microseconds."""
_INPUT_OF_SYSTEM = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}
_FILTER_PREFIX = "lavfi:"
_SECRET = re.compile(r"(?i)((?:pass|pwd|token|key|secret|auth|user|login)[^=&/]*=)[^&/]*")
_STREAM_KEY = re.compile(r"^(/[^/]*)/.+")
"""In the path of an RTMP address, what follows the name of the application."""


@dataclass(frozen=True, slots=True)
class Address:
    """A live source: its name without secrets, and what a capture process needs to open it."""

    shown: str
    kind: Kind
    url: str = field(repr=False)
    format: str | None = None
    """Name of libav's input format or device; None to find out."""
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Options of libav for opening it, the most wanted; without those of a device it also works."""
    is_listening: bool = False
    """Whether it waits for somebody to send; that may take any time."""

    @property
    def may_return(self) -> bool:
        """Whether it is worth opening again after its end: a clean end of a camera is a loss."""
        return self.kind in ("device", "network")


def address_of(
    name: str, as_live: bool = False, size: str | None = None, rate: float | None = None
) -> Address:
    """Say what `name` stands for.

    It may be a number or the name of a webcam, a device such as /dev/video0, an address such as
    rtsp://user:password@host/path, `-` for standard input, `lavfi:` and a filter graph that makes
    pictures, or, played `as_live`, a file. An address with `?listen` at its end, such as
    tcp://0.0.0.0:9000?listen, waits for somebody to send there. `size`, such as 1280x720, and
    `rate`, in frames per second, are asked of a device.

    Raises
    ------
    SourceError
        It is a file that is not to be played as if live, or nothing that is known.
    """
    if as_live:
        return Address(Path(name).name, "file", name)
    if name == "-":
        return Address("standard input", "pipe", "pipe:", None, _limited("pipe"))
    if name.startswith(_FILTER_PREFIX):
        return Address(name, "filter", name.removeprefix(_FILTER_PREFIX), "lavfi")
    scheme = name.partition("://")[0].lower() if "://" in name else ""
    if scheme in _PROTOCOLS:
        return _stream(name, scheme)
    if not scheme and (device := _device_called(name, size, rate)):
        return device
    raise SourceError(_why_unknown(name, scheme))


def without_secrets(url: str) -> str:
    """Give a URL without its user, its password and values that look like secrets."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        path, query = (_SECRET.sub(r"\1...", text) for text in (parts.path, parts.query))
        if parts.scheme.lower() == "rtmp":
            path = _STREAM_KEY.sub(r"\1/...", path)
        return urlunsplit((parts.scheme, host, path, query, ""))
    except ValueError:  # not a URL after all: say nothing of what follows the scheme
        return url.partition("://")[0] + "://..."


def _stream(url: str, scheme: str) -> Address:
    start, mark, query = url.partition("?")
    asked = query.split("&") if mark else []
    is_listening = scheme == "udp" or (scheme in _LISTENING and "listen" in asked)
    options = {**_OPTIONS.get(scheme, {}), **_limited(_PROTOCOLS[scheme])}
    if is_listening:
        rest = "&".join(one for one in asked if one != "listen")
        url = f"{start}?{rest}" if rest else start
        options |= _LISTENING[scheme]
    form = "mpegts" if scheme in ("udp", "srt") else None
    return Address(without_secrets(url), "network", url, form, options, is_listening)


def _limited(protocols: str) -> dict[str, str]:
    return {"protocol_whitelist": protocols, "format_whitelist": _FORMATS, **_PROBING}


def _device_called(name: str, size: str | None, rate: float | None) -> Address | None:
    if name.isascii() and name.isdigit():
        is_linux = sys.platform.startswith("linux")
        return _device(f"/dev/video{name}" if is_linux else name, f"webcam {name}", size, rate)
    if name.startswith("/dev/"):
        return _device(name, name, size, rate)
    camera = _camera_called(name)
    return _device(camera.device, camera.name, size, rate) if camera else None


def _device(url: str, shown: str, size: str | None, rate: float | None) -> Address:
    system = "linux" if sys.platform.startswith("linux") else sys.platform
    options = {"input_format": "mjpeg"} if system == "linux" else {}
    if size:
        options["video_size"] = size
    if rate:
        options["framerate"] = f"{rate:g}"
    return Address(shown, "device", url, _INPUT_OF_SYSTEM.get(system), options)


def _camera_called(name: str) -> Camera | None:
    """Give the camera whose name begins with, or holds, the words of `name`."""
    wanted = name.casefold()
    found = [one for one in cameras() if wanted in one.name.casefold()]
    return min(found, key=lambda one: not one.name.casefold().startswith(wanted), default=None)


def _why_unknown(name: str, scheme: str) -> str:
    if scheme:
        known = ", ".join(f"{one}://" for one in _PROTOCOLS)
        return f"{scheme}://: no such kind of stream is read; {known} are"
    if Path(name).exists():
        return f"{name}: is a file; use `framepick pick` for it, or play it with --as-live"
    return f"{name}: no such camera; `framepick live --list` names those that are there"
