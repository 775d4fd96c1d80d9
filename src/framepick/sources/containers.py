"""Opening files from strangers: local containers, the best real video stream, bounded pixels."""

from __future__ import annotations

import os
import stat
from typing import NamedTuple, NoReturn

import av
from av.codec.hwaccel import HWAccel
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framepick.errors import SourceError
from framepick.sources.wire import CHANGED

# A playlist or an ffconcat script reads other files, so formats are named, and so is the protocol.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,mxf,gif,ivf,nut,wtv,dv,rm,"
    "mjpeg,h264,hevc,m4v,mpegvideo,yuv4mpegpipe,av1,obu"
)
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS}
MAX_PIXELS = 100_000_000
"""Largest picture that is decoded: 12K film fits, a picture made to fill memory does not."""
MAX_SIDE = 65_000
"""Longest side in pixels; JPEG takes no more than 65,500."""


def open_container(path: str, hwaccel: HWAccel | None = None) -> InputContainer:
    """Open a regular local file, its decoders on the device of `hwaccel` if that is given.

    Raises
    ------
    SourceError
        Missing, not a regular file, not readable, or not a container that framepick reads.
    """
    _check_regular(path)
    try:
        # an absolute path is never taken for a URL such as concat:a
        return av.open(
            os.path.abspath(path), options=_OPTIONS, metadata_errors="replace", hwaccel=hwaccel
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise SourceError(f"is not a video that can be read ({_reason(error)})") from error


def video_streams(container: InputContainer) -> list[VideoStream]:
    """Real video streams, the best first; cover art is none.

    Raises
    ------
    SourceError
        There is no video stream, or its codec is unknown.
    """
    real = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not real:
        raise SourceError("holds no video")
    known = [s for s in real if s.codec_context is not None]
    if not known:
        raise SourceError("uses a video codec that is not supported")
    best = container.streams.best("video")
    return sorted(known, key=lambda s: _rank(s, best), reverse=True)


def stream_at(container: InputContainer, index: int) -> VideoStream:
    """Give the video stream that has this index in its file.

    Raises
    ------
    SourceError
        There is none any more: the file is another than before.
    """
    for stream in container.streams.video:
        if stream.index == index:
            return stream
    raise SourceError(CHANGED)


def check_size(width: int, height: int) -> None:
    """Refuse pictures larger than `MAX_PIXELS` or `MAX_SIDE`.

    Raises
    ------
    SourceError
        The picture is too large.
    """
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        limit = f"{MAX_PIXELS // 1_000_000} million pixels or {MAX_SIDE} on a side"
        raise SourceError(f"has pictures of {width} x {height}, over {limit}")


def ready(stream: VideoStream, threads: int) -> None:
    """Prepare a stream's decoder to use `threads`; call before the first packet is decoded."""
    context = stream.codec_context
    limit(context)
    context.thread_type = "AUTO" if threads > 1 else "NONE"
    context.thread_count = threads


def limit(context: VideoCodecContext) -> None:
    """Have a decoder refuse pictures larger than `MAX_PIXELS`."""
    context.options = {"max_pixels": str(MAX_PIXELS)}


class Opened(NamedTuple):
    """A stream of a file, and what decodes it; that goes when the container does."""

    container: InputContainer
    stream: VideoStream
    context: VideoCodecContext


def open_decoder(path: str, stream_index: int, threads: int) -> Opened:
    """Open a file for decoding in software, with that many threads."""
    container = open_container(path)
    stream = stream_at(container, stream_index)
    ready(stream, threads)
    return Opened(container, stream, stream.codec_context)


def _rank(stream: VideoStream, best: object) -> tuple[bool, bool, int]:
    default = bool(stream.disposition & Disposition.default)
    area = stream.codec_context.width * stream.codec_context.height
    return stream is best, default, area


def _check_regular(path: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        _veto(error)
    if stat.S_ISDIR(mode):
        raise SourceError("is a folder; name the files in it")
    if not stat.S_ISREG(mode):
        raise SourceError("is not a regular file")
    try:
        with open(path, "rb") as file:
            if not file.read(1):
                raise SourceError("is empty")
    except OSError as error:
        _veto(error)


def _veto(error: OSError | ValueError) -> NoReturn:
    if isinstance(error, FileNotFoundError):
        raise SourceError("does not exist") from error
    raise SourceError(f"cannot be opened ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
