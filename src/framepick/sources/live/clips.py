"""Writes coded pictures of a ring as a video file."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import cast

import av
from av.container import OutputContainer
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framepick.sources.containers import open_container
from framepick.sources.live.ring import Coded

Template = VideoStream | VideoCodecContext
"""What a file is like: the stream that its pictures come from, or the coder that made them."""
_SEEK_BASE = 1e-6
"""Seconds per unit of libav's seeking."""
_WITH_PARAMETERS = ("h264", "hevc")
"""Codecs whose pictures cannot be decoded without parameter sets."""
_MILLISECONDS = Fraction(1, 1000)
"""The time base of Matroska files."""


def write_clip(pictures: Sequence[Coded], template: Template, path: str) -> float:
    """Write a Matroska file, and give the time that its first picture is shown at.

    Raises
    ------
    av.error.FFmpegError, OSError
        The file cannot be written.
    """
    start = min(one.time_seconds for one in pictures)
    with av.open(path, "w", format="matroska") as container:
        stream = _stream(container, template, pictures[0].data)
        latest = -(1 << 62)
        for one in pictures:
            packet = av.Packet(one.data)
            packet.stream, packet.time_base = stream, _MILLISECONDS
            packet.pts = round((one.time_seconds - start) * 1000)
            latest = max(latest + 1, round((one.decode_seconds - start) * 1000))
            packet.dts = latest = min(latest, packet.pts)
            packet.is_keyframe = one.is_key
            container.mux(packet)
    return start


def picture_at(path: str, seconds: float) -> av.VideoFrame | None:
    """Give the picture of a clip that is nearest to a time of it; None if none can be decoded.

    Raises
    ------
    av.error.FFmpegError, OSError
        The file cannot be read.
    """
    best: av.VideoFrame | None = None
    with open_container(path) as container:
        stream = container.streams.video[0]
        container.seek(max(0, round(seconds / _SEEK_BASE)), backward=True)
        for picture in container.decode(stream):
            if picture.time is None:
                continue
            if best is not None and abs(picture.time - seconds) > abs((best.time or 0) - seconds):
                break
            best = picture
    return best


def _stream(container: OutputContainer, template: Template, first: bytes) -> VideoStream:
    if isinstance(template, VideoStream):
        return _completed(
            container.add_stream_from_template(template, opaque=True), template, first
        )
    stream = cast(VideoStream, container.add_stream(template.name))
    stream.width, stream.height, stream.pix_fmt = template.width, template.height, template.pix_fmt
    stream.time_base = _MILLISECONDS
    return stream


def _completed(stream: VideoStream, template: VideoStream, first: bytes) -> VideoStream:
    """Add what was not known when a stream was opened, or has changed since."""
    found, known = stream.codec_context, template.codec_context
    if known.width:
        found.width, found.height, found.pix_fmt = known.width, known.height, known.pix_fmt
    if not found.extradata and found.name in _WITH_PARAMETERS:
        found.extradata = first  # a key frame of a broadcast repeats them, and others are skipped
    return stream
